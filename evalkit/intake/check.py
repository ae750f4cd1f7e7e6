"""From the extracts to outputs/kvalitet.html and kvalitet.json."""

from collections.abc import Sequence
from dataclasses import replace

from evalkit.data import aggregation
from evalkit.data.extracts import Watch, unwatched
from evalkit.disk import private_folder
from evalkit.intake import quality_page, summary
from evalkit.intake.findings import Findings, findings
from evalkit.plan import Period, Study
from evalkit.reporting.files import write_text

PAGE, JSON = quality_page.NAME, "kvalitet.json"


def check(study: Study, periods: Sequence[Period], watch: Watch = unwatched) -> Findings:
    """Check a study's extracts, and write what was found for its owner only.

    Also when a contract is broken, which is when the page is needed. What an earlier check left
    is taken away first, so that a page is never older than the last check. Raises ContractError
    for a contract that is missing or broken itself, or a folder that is not there.
    """
    outputs = study.root / "outputs"
    for name in (PAGE, JSON):
        (outputs / name).unlink(missing_ok=True)
    checked = aggregation.check(study, periods, watch)
    found = replace(findings(checked), simulated=study.simulated)
    private_folder(outputs)
    write_text(quality_page.page(study, found), outputs / PAGE)
    write_text(summary.as_json(found), outputs / JSON)
    return found
