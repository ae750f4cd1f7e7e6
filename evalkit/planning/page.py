"""From params/power.yaml to outputs/planering.html."""

from pathlib import Path

from evalkit.disk import private_folder
from evalkit.plan import Rule, Study
from evalkit.planning import grounds, sections
from evalkit.planning.basis import Basis, assumed_basis, before_the_start, own_basis
from evalkit.planning.designs import Outlook, outlook
from evalkit.planning.plan import PowerPlan, load_power
from evalkit.reporting.files import write_text
from evalkit.reporting.numbers import number, percent
from evalkit.reporting.pages import Cover
from evalkit.reporting.sectioned import sectioned_page

PAGE = "planering.html"
RULE = Rule(threshold=5, rounding=1)  # where no study says


def write_page(path: Path) -> Path:
    """Answer the questions in `path` (params/power.yaml), and return where the page is.

    Raises
    ------
    ParamsError : the questions contradict themselves, or the study's plan.
    ContractError : the study's extracts do not hold.
    DesignError : too few years before the start, or an area without cases.
    DisclosureError : a pilot area with too few cases to be shown.
    """
    plan, study = load_power(path)
    bases = _bases(plan, study)
    found = tuple(
        outlook(plan, outcome, basis) for outcome, basis in zip(plan.outcomes, bases, strict=True)
    )
    page = plan.root / "outputs" / PAGE
    private_folder(page.parent)
    write_text(page_of(plan, study, found), page)
    return page


def page_of(plan: PowerPlan, study: Study | None, outlooks: tuple[Outlook, ...]) -> str:
    """Return the page that says all this."""
    rule = RULE if study is None else study.disclosure.rule
    grounds.refuse_small_pilots(plan, outlooks, rule)
    own = any(one.basis.observed is not None for one in outlooks)
    cover = Cover(
        plan.title,
        plan.organisation,
        "Planering: vad skulle synas, innan en pilot startar?",
        own and study is not None and study.simulated,
        (
            ("Frågor", "params/power.yaml"),
            ("Simulerade utvärderingar per uppläggning", number(plan.draws)),
            ("Slumptalens frö", str(plan.seed)),
            ("Konfidensnivå", percent(plan.confidence)),
        ),
    )
    parts = (
        sections.answer(plan, outlooks),
        *(sections.of_outcome(plan, one, place) for place, one in enumerate(outlooks, 1)),
        sections.help_section(plan, outlooks),
        grounds.grounds(plan, outlooks, rule),
        grounds.limits(),
    )
    return sectioned_page(cover, parts, PAGE)


def _bases(plan: PowerPlan, study: Study | None) -> list[Basis]:
    """Return what each outcome rests on; the extracts are opened only if some outcome needs it."""
    if study is None or all(outcome.own is None for outcome in plan.outcomes):
        return [assumed_basis(outcome) for outcome in plan.outcomes]
    evidence, years = before_the_start(study)
    return [
        assumed_basis(outcome)
        if outcome.own is None
        else own_basis(outcome, evidence, years, plan.confidence)
        for outcome in plan.outcomes
    ]
