"""What reporting guidelines ask for, and where the report has it or why it has not."""

from markupsafe import Markup

from evalkit.chapters.contents import chapter_link
from evalkit.chapters.opening import Report
from evalkit.framework import Guideline, Item, Met, load_guidelines
from evalkit.plan import Study
from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import number

MET: dict[Met, str] = {"yes": "Finns", "partly": "Finns delvis", "no": "Saknas"}
CLASSES: dict[Met, str] = {"yes": "ek-ok", "partly": "ek-weak", "no": "ek-warn"}


def guidelines_list(report: Report) -> Fragment:
    """Return each guideline's topics, whether the report meets them, and where."""
    found = load_guidelines(report.study)
    return fragments.join(*(_guideline(report.study, one) for one in found))


def _guideline(study: Study, guideline: Guideline) -> Fragment:
    items = Markup("").join(_item(study, item) for item in guideline.items)
    html = Markup('<h3>{}</h3><p>{}</p><ul class="ek-checks">{}</ul><p class="ek-note">{}</p>')
    filled = html.format(guideline.name, summary(guideline), items, f"Källa: {guideline.source}.")
    return Fragment(str(filled), filled.striptags())


def summary(guideline: Guideline) -> str:
    """Return how many of a guideline's topics the report meets, in a sentence."""
    n = {key: number(sum(item.met == key for item in guideline.items)) for key in MET}
    return (
        f"Av {number(len(guideline.items))} punkter finns {n['yes']} i rapporten, {n['partly']} "
        f"finns delvis och {n['no']} saknas."
    )


def _item(study: Study, item: Item) -> Markup:
    status = Markup('<span class="ek-status {}">{}</span>').format(CLASSES[item.met], MET[item.met])
    where = chapter_link(study, item.chapter) if item.chapter else Markup("")
    parts = Markup(". ").join(part for part in (where, item.note) if part)
    return Markup("<li><p><strong>{}</strong> {} {}</p></li>").format(item.topic, status, parts)
