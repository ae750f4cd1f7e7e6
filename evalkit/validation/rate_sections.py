"""The validation page's sections on error rates: false alarms, coverage, and where methods fail."""

from collections.abc import Sequence
from math import sqrt

import pandas as pd
from markupsafe import Markup

from evalkit.reporting import fragments, tables
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.links import link
from evalkit.reporting.numbers import number, percent
from evalkit.reporting.plots.validation import false_alarms
from evalkit.reporting.sectioned import Section, section
from evalkit.reporting.tables import Column
from evalkit.validation.coverage import CONFIDENCE, POWER, SCENARIOS, Coverage, verdict
from evalkit.validation.sections import (
    HEADLINE,
    NAMES,
    OUTCOMES,
    folded,
    named,
    share_of,
)
from evalkit.validation.size import LEVEL, STANDARD_ERRORS, Size

_SIZES = "falska-larm-tabell"
WIDE = "för brett"
COVERED = {
    "exact_t": "Exakt t",
    "lau_li": "Lau–Li",
    "load_weighted": "Efter ärende\N{SOFT HYPHEN}mängd",
}
# What heads a column of the table of sizes.
SHORT = {
    "exact_t": "Exakt t",
    "lau_li": "Lau–Li",
    "permutation": "Permu\N{SOFT HYPHEN}tation",
    "conley_taber": "Conley–Taber",
    "wild_restricted": "Wild, restriktiv",
    "cluster_robust": "Kluster\N{SOFT HYPHEN}robust",
    "wild_unrestricted": "Wild, fri",
}


def false_alarm_section(sizes: Sequence[Size]) -> Section:
    """Return how often each method cries wolf: a figure, a table and the comparison, folded."""
    frame = pd.DataFrame(
        {
            "comparison_areas": one.comparison_areas,
            "sigma": one.sigma,
            "method": one.method,
            "share": one.share,
        }
        for one in sizes
    )
    drawing = false_alarms(frame[frame["sigma"] == 1], NAMES, level=LEVEL)
    return section(
        "falska-larm",
        "Hur ofta slår metoderna falskt larm?",
        fragments.paragraph(
            "Ett område av flera har fått en insats utan verkan. Områdenas nivåer följs i tio år, "
            "sex före och fyra efter, med slumpfel som hänger ihop från år till år. Figuren visar "
            "hur ofta varje metod ändå säger att det finns en skillnad."
        ),
        fragments.figure(
            drawing.svg,
            name="falska-larm-figur",
            alt=drawing.alt,
            caption="Klusterrobusta metoder larmar oftare ju fler områden man jämför med; "
            "det exakta t-testet håller vad det lovar när områdena varierar lika mycket",
            numbers=fragments.told_in(link(_SIZES, "falska larm")),
        ),
        fragments.table(_wide_sizes(frame)),
        _against_reference(sizes),
    )


def _wide_sizes(frame: pd.DataFrame) -> str:
    wide = frame.pivot(index=["sigma", "comparison_areas"], columns="method", values="share")
    columns = {
        "comparison_areas": Column("Områden", "number", 0),
        "sigma": Column("σ", "number", 0),
        **{method: Column(name, "points") for method, name in SHORT.items()},
    }
    return tables.html(
        wide.reset_index(),
        columns,
        "Falska larm i procent, vid lovade 5 procent",
        note="σ är pilotområdets standardavvikelse i förhållande till de andras: 2 betyder att det "
        "varierar dubbelt så mycket.",
        name=_SIZES,
    )


def _against_reference(sizes: Sequence[Size]) -> Fragment:
    rows = [
        {
            "what": named(one),
            "share": one.share,
            "error": one.error,
            "reference": one.reference,
            "margin": one.margin,
            "draws": one.draws,
            "outcome": OUTCOMES["held" if one.held else "failed"],
        }
        for one in sizes
    ]
    columns = {
        "what": Column("Metod och fall"),
        "share": Column("Här", "points", 2),
        "error": Column("Slumpfel", "points", 2),
        "reference": Column("Referens", "points"),
        "margin": Column("Tillåten skillnad", "points", 2),
        "draws": Column("Dragningar", "number", 0),
        "outcome": Column("Utfall"),
    }
    caption = "Falska larm mot referensen, procent"
    note = (
        f"Tillåten skillnad är {number(STANDARD_ERRORS)} slumpfel för skillnaden mellan de två "
        "simuleringarna. Referensen är gjord en gång med andra program: 40 000 dragningar, 2 000 "
        "för wild bootstrap. Med tre jämförelseområden kan bibliotekets egen fria wild bootstrap "
        "aldrig larma, eftersom den räknar urvalet som en dragning till; tabellen visar vad "
        "vanliga program gör."
    )
    table = tables.html(pd.DataFrame(rows), columns, caption, note=note)
    return folded(f"Visa alla {len(sizes)} jämförelser", fragments.table(table))


def coverage_section(rows: Sequence[Coverage]) -> Section:
    """Return how often the interval holds the truth on simulated districts like the user's."""
    title = "Täcker intervallet sanningen på distrikt som våra?"
    if not rows:
        text = "Täckningen på simulerade distrikt har inte räknats den här gången."
        return section("tackning", title, fragments.paragraph(text))
    headline = {one.name: _row(rows, one.name, HEADLINE[0]) for one in SCENARIOS}
    wrong = [one for one in SCENARIOS if not headline[one.name].holds]
    wide = sum(_judged(headline[one.name]) == WIDE for one in wrong)
    return section(
        "tackning",
        title,
        fragments.paragraph(
            "Här simuleras hela distrikt med en känd verkan: utfall som är ja eller nej, områden "
            "av olika storlek, år som hänger ihop, syskon som följs åt. Ett 95-procentsintervall "
            "ska täcka den sanna skillnaden i 95 fall av 100; vi godtar 94–96. Huvudmetodens gör "
            f"det i {len(SCENARIOS) - len(wrong)} av {len(SCENARIOS)} slags distrikt. I {wide} är "
            f"det onödigt brett och i {len(wrong) - wide} för smalt, alltså för säkert på sin sak. "
            "Huvudmetoden är vår egen sammansättning av publicerade delar: täckningen är prövad "
            "här, inte bevisad."
        ),
        fragments.table(_coverage_table(rows)),
        folded("Läs om distrikten där det inte håller", bullets([verdict(x, rows) for x in wrong])),
    )


def _judged(row: Coverage) -> str:
    if row.holds:
        return "som det ska"
    return WIDE if row.coverage > CONFIDENCE else "för smalt"


def _coverage_table(rows: Sequence[Coverage]) -> str:
    frame = pd.DataFrame(
        {
            "label": f"{one.label[:1].upper()}{one.label[1:]}",
            "judged": _judged(_row(rows, one.name, HEADLINE[0])),
            **{method: _row(rows, one.name, method).coverage for method in COVERED},
            "power": _row(rows, one.name, "exact_t").power,
        }
        for one in SCENARIOS
    )
    columns = {
        "label": Column("Slags distrikt"),
        "judged": Column("Huvud\N{SOFT HYPHEN}metodens intervall"),
        **{method: Column(name, "points") for method, name in COVERED.items()},
        "power": Column("Styrka", "points"),
    }
    error = max(one.error for one in rows)
    note = (
        f"Slumpfelet är högst {number(100 * error, 1)} procentenheter. Lau–Li tål att piloten "
        "varierar dubbelt så mycket. Efter ärendemängd är huvudmetoden, som räknar med att små "
        "områden varierar mer. Styrka är hur ofta det exakta t-testet hittar den minsta påvisbara "
        f"effekten; beräknat är {percent(POWER)}."
    )
    return tables.html(frame, columns, "Hur ofta intervallet täcker sanningen, procent", note=note)


def _row(rows: Sequence[Coverage], scenario: str, method: str) -> Coverage:
    for one in rows:
        if (one.scenario, one.method, one.weighting) == (scenario, method, "cases"):
            return one
    raise KeyError(f"no coverage of {method} in {scenario}")


def bullets(texts: Sequence[str]) -> Fragment:
    """Return the texts as a list."""
    items = Markup().join(Markup("<li>{}</li>").format(text) for text in texts)
    return fragments.table(str(Markup("<ul>{}</ul>").format(items)))


def limits(sizes: Sequence[Size]) -> Section:
    """Return where the methods do not hold, each with its figure."""

    def share(method: str, m: int, sigma: float) -> str:
        return percent(share_of(sizes, method, m, sigma), 1)

    wider = number(sqrt((4 + 1 / 9) / (1 + 1 / 9)), 1)
    points = (
        f"Det exakta t-testet lovar för mycket om pilotområdet varierar mer än de andra. Varierar "
        f"det dubbelt så mycket larmar testet falskt i {share('exact_t', 4, 2)} av fallen med fyra "
        f"jämförelseområden, {share('exact_t', 9, 2)} med nio och {share('exact_t', 14, 2)} med "
        "fjorton: fler områden hjälper inte. Därför visar rapporten hur mycket mer området får "
        "variera innan slutsatsen faller.",
        f"Lau–Li med ρ = 2 tål det ({share('lau_li', 9, 2)} med nio områden) men kostar styrka: "
        f"intervallet blir {wider} gånger så brett.",
        "Permutation kan inte nå ner till 5 procent med färre än 19 jämförelseområden. "
        f"Med nio larmar den aldrig ({share('permutation', 9, 1)}), varken falskt eller rätt.",
        f"Klusterrobusta standardfel larmar falskt i {share('cluster_robust', 9, 1)} av fallen med "
        f"nio jämförelseområden och {share('cluster_robust', 49, 1)} med 49. I rapporterna "
        "visas de bara med en varning, aldrig som resultat.",
        f"Wild bootstrap hjälper inte: den fria larmar i {share('wild_unrestricted', 9, 1)} av "
        f"fallen, den restriktiva i {share('wild_restricted', 9, 1)}. Båda är fel, åt var sitt "
        "håll.",
        f"Conley–Taber larmar för ofta med få områden: {share('conley_taber', 4, 1)} med fyra, "
        f"{share('conley_taber', 9, 1)} med nio.",
        "Omordningstestet (Hagemann) kräver minst 14 jämförelseområden för att kunna ge ett svar "
        "på 5-procentsnivån med ρ = 2.",
        "Allt ovan gäller förändringar som är ungefär normalfördelade. Vad små områden, ovanliga "
        "händelser och sneda svängningar gör med intervallet står i föregående avsnitt.",
    )
    return section("granser", "Var metoderna inte håller", bullets(points))
