"""Classes of bad input in workbooks: what a person would see otherwise than it is stored.

In plain sheets (21), of days (22), beyond the limits (54); and what CSV files have too (11, 14, 33,
44). Workbooks whose days are counted from 1904 (22) are read: `test_typed_files.py`.
"""

import pytest
from books import OTHER_FILES, SPOILT, spoilt, spoilt_outside

# Of those that are not told of the whole file as fatal: severity, column.
PLACES = {
    "number for a day": ("fatal", "from"),
    "text for a day": ("fatal", "from"),
    "numbers for all days": ("error", "from"),
    "time of day": ("error", "from"),
    "personnummer": ("fatal", "stadsdel"),
}
SECRETS = ("900101", "9007199254740993", "2010-05-01", "x" * 99)


@pytest.fixture
def in_a_workbook(study, evalkit_check):
    """Deliver where children live as a workbook that `make` writes; return what is told of it."""
    sources = study.root / "data_contracts" / "sources"
    sources.mkdir()
    (sources / "kalkyl.yaml").write_text(
        "system: Kalkylblad\ntables: {boende: {file: boende.xlsx}}\n", encoding="utf-8"
    )
    plan = study.root / "params" / "study.yaml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace("extracts: uttag", "extracts: uttag\nsource: kalkyl"), "utf-8")
    study.raw["boende.csv"] = None

    def run(make, *arguments):
        study.change.append(lambda folder: make(study.world, folder / "boende.xlsx", *arguments))
        code, told = evalkit_check()
        assert "Traceback" not in told
        left = [path for path in (study.root / "outputs").rglob("*") if path.is_file()]
        for secret in SECRETS:
            assert secret not in told
            assert not [path for path in left if secret in path.read_text(encoding="utf-8")]
        found = {
            (v.severity, v.first_rows, v.column, v.rule)
            for v in study.report.violations
            if v.file == "boende.xlsx"
        }
        assert all(f"[{rule}]" in told for *_, rule in found)
        return code, found

    return run


@pytest.mark.parametrize("fault", SPOILT)
def test_21_22_54_a_sheet_that_is_no_plain_table_is_refused_with_one_message(in_a_workbook, fault):
    _, rule, rows = SPOILT[fault]
    severity, column = PLACES.get(fault, ("fatal", ""))
    assert in_a_workbook(spoilt, fault) == (3, {(severity, rows, column, rule)})


@pytest.mark.parametrize("fault", OTHER_FILES)
def test_21_54_a_file_that_is_no_plain_workbook_is_refused(in_a_workbook, fault):
    _, rule = OTHER_FILES[fault]
    assert in_a_workbook(spoilt_outside, fault) == (3, {("fatal", (), "", rule)})
