"""The threats page: every other explanation, its check, and a first sheet of ROBINS-I."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from evalkit.chapters.opening import Report
from evalkit.chapters.tables import text_table
from evalkit.chapters.threat_checks import CHECKS, finding
from evalkit.errors import ParamsError
from evalkit.framework import Domain, Group, Threat, load_threats
from evalkit.params import THREATS
from evalkit.reporting import fragments
from evalkit.reporting.findings import STATUSES, Finding, Status
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import count, listing, number, percent, points
from evalkit.reporting.risk_of_bias import DOMAINS, RISKS, overall, proposed
from evalkit.reporting.shifts import WIDE_PART, WIDE_SHARE
from evalkit.reporting.tables import Column

GROUPS: dict[Group, str] = {
    "comparison": "Jämförelsen",
    "events": "Annat som hände samtidigt",
    "children": "Vilka barn som räknas",
    "records": "Uppgifterna",
    "analysis": "Analysen och utvärderingen",
}
CLASSES: dict[Status, str] = {
    "warning": "ek-warn", "weak": "ek-weak", "clear": "ek-ok", "untestable": "ek-open",
    "pending": "ek-open",
}  # fmt: skip
BASIS: dict[Status, str] = {
    "warning": "Varning", "weak": "Svag kontroll", "untestable": "Går inte att pröva",
}  # fmt: skip
Checked = tuple[tuple[Threat, Finding], ...]


def threats_overview(report: Report) -> Fragment:
    """Return how many threats were checked, with what outcome, and which gave a warning."""
    checked = _checked(report)
    by_status = {
        status: [threat for threat, found in checked if found.status == status]
        for status in STATUSES
    }
    lines = [_summary(len(checked), {key: len(own) for key, own in by_status.items()})]
    if warned := by_status["warning"]:
        lines.append(Markup("Varningarna gäller: {}.").format(_links(warned)))
    if untested := by_status["untestable"]:
        lines.append(Markup("Går inte att pröva: {}.").format(_links(untested)))
    if by_status["weak"]:
        lines.append(_weak_when())
    items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
    return fragments.callout("fakta", Markup("<ul>{}</ul>").format(items))


def threats_list(report: Report) -> Fragment:
    """Return every threat by group: its check, the outcome, and what that means."""
    checked = _checked(report)
    parts = []
    for group, title in GROUPS.items():
        own = [pair for pair in checked if pair[0].group == group]
        if own:
            items = Markup("").join(_item(*pair) for pair in own)
            html = Markup('<h3>{}</h3><ul class="ek-checks">{}</ul>').format(title, items)
            parts.append(Fragment(str(html), html.striptags()))
    return fragments.join(*parts)


def risk_of_bias_table(report: Report) -> Fragment:
    """Return a proposed ROBINS-I judgement for each domain, for a person to confirm or change."""
    checked = _checked(report)
    risks = {domain: proposed(domain, _statuses(checked, domain)) for domain in DOMAINS}
    rows = [
        {
            "domain": DOMAINS[domain],
            "risk": RISKS[risk],
            "basis": _basis(checked, domain),
            "judged": "inte gjord",
        }
        for domain, risk in risks.items()
    ]
    worst = RISKS[overall(list(risks.values()))]
    rows.append({"domain": "Sammantaget", "risk": worst, "judged": "inte gjord"})
    columns = {
        "domain": Column("Område"),
        "risk": Column("Förslag"),
        "basis": Column("Bygger på"),
        "judged": Column("En persons bedömning"),
    }
    note = (
        "Förslaget är förifyllt av räkneregler och är ingen bedömning. En varning ger allvarlig "
        "risk. Utan varning föreslås låg risk, eller måttlig om en kontroll är svag eller inte går "
        "att göra. För förväxling föreslås aldrig lägre än måttlig, eftersom områdena inte "
        "lottades, och allvarlig när ingen kontroll har kunnat avfärda sin felkälla. Sammantaget "
        "gäller det sämsta området. Källa: ROBINS-I (Sterne m.fl. 2016, BMJ 355, i4919)."
    )
    caption = f"Risk för systematiska fel enligt ROBINS-I, förifylld för {report.period.label}"
    return text_table(rows, columns, caption, note)


def _checked(report: Report) -> Checked:
    threats = load_threats(report.study)
    unknown = [one.id for one in threats if one.check is not None and one.id not in CHECKS]
    if unknown:
        raise ParamsError(
            f"{THREATS}: {unknown[0]}: there is no such check; take out its 'check', 'clear' and "
            "'warning'"
        )
    return tuple((threat, finding(report, threat)) for threat in threats)


def _summary(n: int, by_status: dict[Status, int]) -> str:
    done = by_status["warning"] + by_status["weak"] + by_status["clear"]
    warned, clear, weak, untestable, pending = (
        number(by_status[key]) for key in ("warning", "clear", "weak", "untestable", "pending")
    )
    text = (
        f"{number(done)} av {count(n, 'felkälla', 'tänkbara felkällor')} har kontrollerats: "
        f"{warned} gav varning, {clear} gav ingen varning, och i {weak} är kontrollen för svag för "
        f"att avfärda felkällan. {untestable} går inte att pröva med de här uppgifterna."
    )
    if by_status["pending"]:
        text += f" {pending} är inte aktuella ännu."
    return text


def _weak_when() -> str:
    return (
        "En kontroll kallas svag när den inte gav någon varning men hade kunnat missa det som "
        f"räknas som betydelsefullt i utfallen, eller i annat {points(WIDE_SHARE)} eller "
        f"{percent(WIDE_PART)} av det väntade. Felkällan är då inte avfärdad."
    )


def _links(threats: Iterable[Threat]) -> Markup:
    return Markup(", ").join(
        Markup('<a href="#{}">{}</a>').format(_anchor(threat), _lower_first(threat.name))
        for threat in threats
    )


def _item(threat: Threat, found: Finding) -> Markup:
    status = Markup('<span class="ek-status {}">{}</span>').format(
        CLASSES[found.status], STATUSES[found.status]
    )
    head = Markup("<p><strong>{}</strong> {}</p>").format(threat.name, status)
    lines = [line for line in _lines(threat, found) if line]
    body = Markup("").join(Markup("<p>{}</p>").format(line) for line in lines)
    return Markup('<li id="{}">{}{}</li>').format(_anchor(threat), head, body)


def _lines(threat: Threat, found: Finding) -> tuple[str, ...]:
    """Return what was checked, what came of it, and what that means or would take."""
    needed = f"För att pröva det behövs: {_lower_first(threat.needed)}"
    if found.status == "pending" or threat.check is None:
        return found.text, needed
    checked = f"{threat.check} {found.text}"
    if found.status == "weak":
        return (checked,)
    meaning = {"clear": threat.clear, "warning": threat.warning}.get(found.status)
    means = f"Det betyder: {_lower_first(meaning)}" if meaning else needed
    return checked, means


def _statuses(checked: Checked, domain: Domain) -> Sequence[Status]:
    return [found.status for threat, found in checked if threat.domain == domain]


def _basis(checked: Checked, domain: Domain) -> str:
    """Return what speaks against a low risk in a domain, the warnings first."""
    if domain == "classification":
        return "Barnets folkbokföring när ärendet kom in, inte vem som handlade det"
    own = [(threat, found.status) for threat, found in checked if threat.domain == domain]
    said = [
        f"{word}: {listing([_lower_first(threat.name) for threat, status in own if status == key])}"
        for key, word in BASIS.items()
        if any(status == key for _, status in own)
    ]
    return ". ".join(said) or "Kontrollerna gav ingen varning"


def _anchor(threat: Threat) -> str:
    return f"felkalla-{threat.id.lower()}"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
