"""The validation page's first sections: the answer in short, and the known figures."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import pandas as pd
from markupsafe import Markup

from evalkit.reporting import fragments, tables
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import count, listing, number, percent
from evalkit.reporting.sectioned import Section, section
from evalkit.reporting.tables import Column
from evalkit.validation.coverage import Coverage
from evalkit.validation.datasets import INSTALL
from evalkit.validation.replication import Finding, Status
from evalkit.validation.size import LEVEL, Size

# In the order of the figure's key.
NAMES = {
    "exact_t": "exakt t-test",
    "lau_li": "Lau–Li, ρ = 2",
    "permutation": "permutation",
    "conley_taber": "Conley–Taber",
    "wild_restricted": "wild bootstrap, restriktiv",
    "cluster_robust": "klusterrobust",
    "wild_unrestricted": "wild bootstrap, fri",
}
HEADLINE = ("load_weighted", "cases")  # of the first study's plan: method and weighting
DEVIATES = "avviker, förklarad"
OUTCOMES: dict[Status, str] = {
    "held": "stämmer",
    "failed": "stämmer inte",
    "not_run": "inte kört",
}


def folded(summary: str, content: Fragment) -> Fragment:
    """Return content that the reader opens by its summary."""
    text = Markup("<details><summary>{}</summary>{}</details>")
    return fragments.table(str(text.format(summary, Markup(content.html))))


def answer(
    findings: Sequence[Finding], sizes: Sequence[Size], coverage: Sequence[Coverage]
) -> Section:
    """Return the answer in short, and what was checked, for a reader who stops here."""
    ran = [one for one in findings if one.status != "not_run"]
    right = [one for one in ran if one.status == "held"]
    agree = [one for one in sizes if one.held]
    exact = sum(one.to_the_digit for one in right)
    explained = sum(one.replication.deviates for one in right)
    text = (
        f"{len(right)} av {len(ran)} kända siffror återskapas: {exact} på sista tryckta siffran, "
        f"{len(right) - exact - explained} inom en tolerans som följer av hur källan räknade, och "
        f"{explained} avviker av skäl som förklaras vid tabellen. "
        f"{len(agree)} av {len(sizes)} simulerade felandelar stämmer med referensen. Det exakta "
        f"t-testet slår falskt larm i {percent(share_of(sizes, 'exact_t', 9, 1), 1)} av fallen "
        "med nio jämförelseområden när områdena varierar lika mycket; utlovat är "
        f"{percent(LEVEL)}. Är områdena också lika stora är huvudmetoden, som räknar med antalet "
        f"ärenden, samma test.{_covered(coverage)}"
    )
    parts = [fragments.callout("svar", text)]
    missing = len(findings) - len(ran)
    if missing:
        parts.append(_not_run(findings, missing))
    if len(right) < len(ran) or len(agree) < len(sizes):
        parts.append(_wrong(findings, sizes))
    return section("svar", "Svaret i korthet", *parts, *_explained())


def _covered(coverage: Sequence[Coverage]) -> str:
    mine = [one for one in coverage if (one.method, one.weighting) == HEADLINE]
    if not mine:
        return ""
    holds = sum(one.holds for one in mine)
    return (
        f" Huvudmetodens 95-procentsintervall täcker sanningen i 94–96 fall av 100 i {holds} av "
        f"{len(mine)} slags simulerade distrikt, och i mellan {_hundreds(mine, min)} och "
        f"{_hundreds(mine, max)} av 100 i alla. Områdena dras där oberoende av varandra; det "
        "prövas alltså inte vad som händer när något drabbar hela linjen på en gång."
    )


def _hundreds(rows: Sequence[Coverage], end: Callable[..., float]) -> str:
    return number(100 * end(one.coverage for one in rows), 1)


def _explained() -> list[Fragment]:
    return [
        fragments.paragraph(text)
        for text in (
            "Kontrollen har två delar. Den första är om verktyget räknar rätt: siffror som andra "
            "har publicerat, och några referensräkningar som inte är publicerade, räknas om här. "
            "De räknas med samma program som gör rapporterna, och jämförs med de kända.",
            "Den andra är om metoderna går att lita på när ett enda område har fått insatsen. "
            "Tusentals påhittade utvärderingar görs där piloten inte har någon verkan alls. En "
            "metod som lovar högst fem falska larm på hundra ska då larma högst så ofta. "
            "Flera vanliga metoder larmar i stället i vartannat fall.",
        )
    ]


def _not_run(findings: Sequence[Finding], missing: int) -> Fragment:
    packages = {one.replication.needs for one in findings if one.status == "not_run"}
    names = listing(sorted(INSTALL[name] for name in packages))
    return fragments.callout(
        "varning",
        f"{count(missing, 'siffra', 'siffror')} har inte räknats om, eftersom data saknas: "
        f"installera {names} (ingår i utvecklingstilläggen, evalkit[dev]) och kör igen. De räknas "
        "varken som rätt eller fel.",
    )


def _wrong(findings: Sequence[Finding], sizes: Sequence[Size]) -> Fragment:
    wrong = [one.replication.key for one in findings if one.status == "failed"]
    wrong += [named(one) for one in sizes if not one.held]
    items = Markup().join(Markup("<li>{}</li>").format(text) for text in wrong)
    return fragments.callout("varning", Markup("<p>Stämmer inte:</p><ul>{}</ul>").format(items))


def named(size: Size) -> str:
    """Return what the reader calls a method in one design."""
    ratio = number(size.sigma)
    return f"{NAMES[size.method]}: {size.comparison_areas} områden, σ = {ratio}"


def published(findings: Sequence[Finding]) -> Section:
    """Return the published figures: a row for each source, and every figure folded."""
    sources = list(dict.fromkeys(one.replication.source for one in findings))
    groups = {
        source: [one for one in findings if one.replication.source == source] for source in sources
    }
    return section(
        "publicerat",
        "Kända siffror, räknade på nytt",
        fragments.paragraph(
            "Varje rad är en källa. Alla siffror finns hopfällda under tabellen. En siffra stämmer "
            "när den skiljer sig från den tryckta med högst en halv enhet i sista siffran, om "
            "inget annat sägs vid tabellen."
        ),
        fragments.table(_by_source(groups)),
        *(_every_figure(source, group) for source, group in groups.items()),
    )


def _by_source(groups: dict[str, list[Finding]]) -> str:
    rows = [
        {
            "source": source,
            "figures": len(group),
            **{status: sum(one.status == status for one in group) for status in OUTCOMES},
        }
        for source, group in groups.items()
    ]
    whole = {
        name: Column(label, "number", 0)
        for name, label in (
            ("figures", "Siffror"),
            ("held", "Stämmer"),
            ("failed", "Stämmer inte"),
            ("not_run", "Inte kört"),
        )
    }
    columns = {"source": Column("Källa"), **whole}
    return tables.html(pd.DataFrame(rows), columns, "Kända siffror efter källa")


def _every_figure(source: str, group: Sequence[Finding]) -> Fragment:
    frame = pd.DataFrame([_figure(one) for one in group])
    columns = {
        "figure": Column("Siffra"),
        "printed": Column("Tryckt eller referens"),
        "found": Column("Här"),
        "difference": Column("Skillnad"),
        "tolerance": Column("Tolerans"),
        "outcome": Column("Utfall"),
    }
    whys = dict.fromkeys(one.replication.why_tolerance for one in group)
    note = f"Tolerans: {'; '.join(whys)}."
    table = tables.html(frame, columns, source, note=note)
    return folded(f"{source} ({len(group)})", fragments.table(table))


def _figure(finding: Finding) -> dict[str, object]:
    one = finding.replication
    missing = finding.status == "not_run"
    difference = finding.found - one.printed
    return {
        "figure": one.figure,
        "printed": number(one.printed, one.decimals),
        "found": None if missing else number(finding.found, one.decimals + 1),
        "difference": None if missing else number(difference, one.decimals + 1),
        "tolerance": _plain(one.tolerance),
        "outcome": DEVIATES if one.deviates and not missing else OUTCOMES[finding.status],
    }


def _plain(tolerance: float) -> str:
    """Return two significant digits without an exponent."""
    return f"{Decimal(f'{tolerance:.2g}'):f}".replace(".", ",")


def share_of(sizes: Sequence[Size], method: str, m: int, sigma: float) -> float:
    """Return the share that a method rejected in one design."""
    for one in sizes:
        if (one.method, one.comparison_areas, one.sigma) == (method, m, sigma):
            return one.share
    raise KeyError(f"no size of {method} with {m} comparison areas and sigma {sigma}")
