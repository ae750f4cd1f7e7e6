"""What clients said in interviews: how many were asked, what they spoke of, how sure the reading.

Few were interviewed, chosen and in the pilot only, so themes are told in words, never as shares.
"""

from collections.abc import Hashable
from math import isnan
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from evalkit.chapters.figures import in_frame, lower_first
from evalkit.chapters.opening import Report
from evalkit.chapters.tables import text_table
from evalkit.estimation.agreement import cohen_kappa
from evalkit.plan import Rule
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, coarse, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import interval, listing, number, percent
from evalkit.reporting.tables import Column

STEPS = {
    "asked": "Tillfrågade", "reached": "Nådda", "consented": "Tackade ja", "done": "Intervjuade",
}  # fmt: skip
THEMES = {
    "tillgänglighet": "Tillgänglighet", "bemötande": "Bemötande och tillit",
    "kontinuitet": "Att slippa berätta igen", "delaktighet": "Delaktighet",
    "snabbhet": "Snabbhet", "behovsanpassning": "Stöd efter behov",
    "oro": "Oro och maktobalans", "samordning": "Samordning",
}  # fmt: skip
# The outer steps say most; one in between is given up first when few left on the way.
BY_WEIGHT = ("asked", "done", "reached", "consented")
MOST, SEVERAL, SINGLE, NOBODY = "De flesta", "Flera", "Enstaka", "Ingen"
TOO_FEW = "För få för att visas"
FEWEST_JUDGEMENTS = 20  # for a percentage
CODED_TWICE = 0.2
NO_INTERVIEWS = (
    "Underlag saknas: inga intervjuer med klienter är levererade. Det som behövs är hur många som "
    "tillfrågades, nåddes, tackade ja och intervjuades, i utdraget intervju."
)
NOT_CODED = (
    "Underlag saknas: det går inte att visa vad intervjuerna handlade om. Det som behövs är "
    "intervjuerna lästa och kodade, i utdraget intervjukod, och fler än några få intervjuer."
)


def interviews_figure(report: Report) -> Fragment:
    """Return how many were asked, reached, consented and interviewed."""
    if _flow(report).empty:
        return fragments.callout("varning", NO_INTERVIEWS)
    released = _released_flow(report)
    drawing = plots.interview_flow(released)
    caption = "Så många klienter i piloten tillfrågades om en intervju, och så många blev av."
    columns = {"step": Column("Steg"), "n": Column("Personer", "count")}
    table = tables.html(
        released, columns, f"Siffrorna bakom figuren. {caption}", counted="personer"
    )
    return in_frame(drawing, "intervjuer", caption, table)


def themes_table(report: Report) -> Fragment:
    """Return what the interviews were about, the most common first, in words."""
    themes = _themes(report)
    if themes.empty:
        return Fragment("", "") if _flow(report).empty else fragments.callout("varning", NOT_CODED)
    rows = [
        {"theme": row["label"], "many": row["many"], "tone": _tone(row, report.rule.threshold)}
        for row in themes.to_dict("records")
    ]
    columns = {
        "theme": Column("Tema"),
        "many": Column("Hur många talade om det"),
        "tone": Column("Hur det lät"),
    }
    few = report.rule.threshold
    note = (
        f"De flesta: mer än hälften av de intervjuade. Flera: minst {few}, men högst hälften. "
        f"Enstaka: färre än {few}. Intervjuerna är för få och för utvalda för procenttal."
    )
    table = text_table(rows, columns, "Vad intervjuerna handlade om", note)
    return fragments.join(fragments.paragraph(_spoken_of(themes)), table)


def coders_agreement(report: Report) -> Fragment:
    """Return how well two coders agreed on the themes, beyond chance."""
    themes = _themes(report)
    if themes.empty:
        return Fragment("", "")
    cells = themes[["both", "only_first", "only_second", "neither"]]
    twice, done = int(cells.iloc[0].sum()), _interviewed(report)
    both, first, second, neither = cells.sum()
    found = cohen_kappa([[both, first], [second, neither]])
    if found.n < FEWEST_JUDGEMENTS:
        return fragments.callout(
            "varning",
            "Hur säker läsningen är går inte att säga: för få intervjuer är lästa av två personer.",
        )
    lines = [
        f"{_read_twice(twice, done, report.rule)} De var eniga i {percent(found.observed)} av "
        f"bedömningarna av om ett tema fanns med, mot {percent(found.expected)} av ren slump."
    ]
    if not isnan(found.kappa):
        limits = interval(found.conf_low, found.conf_high, 2)
        lines.append(f"(Cohens kappa {number(found.kappa, 2)}, osäkerhet {limits}.)")
    lines.append(
        "Minst en femtedel bör läsas av två, och det gjordes."
        if twice >= CODED_TWICE * done
        else "Minst en femtedel bör läsas av två, och det gjordes inte."
    )
    return fragments.paragraph(" ".join(lines))


def quotations(report: Report) -> Fragment:
    """Return what clients said, word for word: only what is masked and approved."""
    if _flow(report).empty:
        return Fragment("", "")
    quotes = report.cells.registers.get("quotation", pd.DataFrame())
    if not quotes.empty:
        quotes = quotes[(quotes["masked"] == "ja") & (quotes["approved"] == "ja")]
    if quotes.empty:
        return fragments.callout(
            "varning",
            "Underlag saknas: inga maskerade och godkända citat är levererade, i utdraget citat.",
        )
    head = "Simulerade citat." if report.study.simulated else "Citat."
    said = [(_label(row.theme), row.text) for row in quotes.itertuples()]
    quote = Markup("<blockquote><p>”{}”<br>Tema: {}</p></blockquote>")
    html = Markup("").join(quote.format(text, theme) for theme, text in said)
    text = " ".join(f"”{text}” ({theme})" for theme, text in said)
    intro = (
        f"{head} De är valda för att visa teman och säger inte hur vanlig en uppfattning är. Varje "
        "citat är maskerat och godkänt."
    )
    return fragments.join(fragments.paragraph(intro), Fragment(str(html), text))


def message(report: Report) -> str:
    """Return how many were interviewed and what most spoke of, as sentences."""
    if _flow(report).empty:
        return ""
    rows = _released_flow(report).frame.set_index("step")["n"]
    done, themes = rows.get(STEPS["done"]), _themes(report)
    parts = [f"{number(float(done))} klienter i piloten intervjuades."] if pd.notna(done) else []
    if not themes.empty:
        parts.append(_spoken_of(themes))
    return " ".join(parts)


def _released_flow(report: Report) -> Released:
    """Return the steps to an interview as they may be shown."""
    flow = _flow(report)
    frame = flow.assign(step=flow["step"].map(STEPS))[["step", "n"]]
    hidden = _hidden_steps(flow, report.rule.threshold)
    return release(frame, rule=report.rule, counts=("n",), withheld={"n": hidden.to_numpy()})


def how_many(n: int, of: int, threshold: int) -> str:
    """Return how many of the interviewed spoke of something, in words that show no small count."""
    if n == 0:
        return NOBODY
    if n < threshold:
        return SINGLE
    return MOST if 2 * n > of else SEVERAL


def _flow(report: Report) -> pd.DataFrame:
    """Return the steps to an interview; no rows when nobody was asked before the cut-off."""
    flow = report.cells.registers.get("interview_flow", pd.DataFrame())
    if flow.empty or flow["n"].max() == 0:
        return flow.iloc[:0]
    return flow[pd.to_datetime(flow["last_asked"]) <= pd.Timestamp(report.period.cutoff)]


def _interviewed(report: Report) -> int:
    return int(_flow(report).set_index("step")["n"]["done"])


def _hidden_steps(flow: pd.DataFrame, threshold: int) -> pd.Series:
    """Return which steps differ by few from one that is shown: those few follow from the two."""
    counts = flow.set_index("step")["n"]
    shown: list[int] = []
    for step in BY_WEIGHT:
        if all(not 0 < abs(counts[step] - n) < threshold for n in (0, *shown)):
            shown.append(counts[step])
        else:
            counts = counts.drop(step)
    return ~flow["step"].isin(counts.index)


def _themes(report: Report) -> pd.DataFrame:
    """Return the themes with how many spoke of each, in order; none where few were interviewed.

    Themes that single interviews touch keep the code frame's order, so that it tells no counts.
    """
    themes = report.cells.registers.get("interview_themes", pd.DataFrame())
    if _flow(report).empty or themes.empty or themes["interviews"].sum() == 0:
        return themes.iloc[:0]
    done, threshold = _interviewed(report), report.rule.threshold
    if done < threshold:
        return themes.iloc[:0]
    spoken = themes["interviews"]
    rank = np.where(spoken >= threshold, spoken, spoken.clip(upper=1))
    order = np.argsort(-rank, kind="stable")
    many = [how_many(int(n), done, threshold) for n in spoken]
    labels = [_label(theme) for theme in themes["theme"]]
    return themes.assign(label=labels, many=many).iloc[order].reset_index(drop=True)


def _tone(theme: dict[Hashable, Any], threshold: int) -> str:
    """Return how most of those who spoke of a theme did so, where they are more than a few."""
    n = theme["interviews"]
    if n == 0:
        return "–"
    if n < threshold:
        return TOO_FEW
    if 2 * theme["positive"] > n:
        return "Mest positivt"
    return "Mest negativt" if 2 * theme["negative"] > n else "Både positivt och negativt"


def _spoken_of(themes: pd.DataFrame) -> str:
    by_word = {word: list(rows["label"]) for word, rows in themes.groupby("many")}
    common = MOST if MOST in by_word else SEVERAL
    parts = [
        f"{word} av de intervjuade talade om {_topics(by_word[word])}."
        for word in (common, NOBODY)
        if word in by_word
    ]
    if NOBODY not in by_word:
        parts.append("Alla teman som vi letade efter togs upp av någon.")
    return " ".join(parts)


def _topics(labels: list[str]) -> str:
    return listing([lower_first(label) for label in labels])


def _read_twice(twice: int, done: int, rule: Rule) -> str:
    """Return how many interviews two have read, without a number that tells of few."""
    if twice == done:
        return "Alla intervjuer lästes av två personer var för sig."
    if min(twice, done - twice) >= rule.threshold:
        read, every = coarse(float(twice), rule), coarse(float(done), rule)
        return f"{number(read)} av {number(every)} intervjuer lästes av två personer var för sig."
    return "En del av intervjuerna lästes av två personer var för sig."


def _label(theme: str) -> str:
    return THEMES.get(theme, theme.capitalize())
