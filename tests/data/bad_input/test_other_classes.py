"""Classes of bad input that are no matter of one extract's rows.

Elsewhere, each in a test with its class's number: workbooks and limits (21, 22, 54) in
`test_workbooks.py`; what no estimate can be made of (42, 43) in `properties/test_degenerate.py`
too; kills, locks and disks (55) in `running/test_staying_up.py`; equal bytes (56) in
`running/test_batch.py`; chapters edited by hand (58) in `running/test_edited_chapters.py`;
chapters run on their own (60) in `plan/test_closed_parameters.py` too.
"""

import re
from math import isnan

import pytest

from evalkit.chapters.opening import Report
from evalkit.data import aggregation, extracts, table_files
from evalkit.evaluation import evaluate
from evalkit.params import load_periods, load_study


def plan(study, old, new):
    path = study.root / "params" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def cells_of(study):
    study.write()
    plan = load_study(study.root / "params" / "study.yaml")
    periods = load_periods(plan)
    return plan, periods, aggregation.make(plan, periods)


@pytest.mark.parametrize(
    ("given", "exit_code"), [("../uttag", 2), ("/etc", 2), ("~/uttag", 2), ("C:/uttag", 2)]
)
def test_5_a_path_out_of_the_study_is_no_folder_of_extracts(study, evalkit_check, given, exit_code):
    plan(study, "extracts: uttag", f'extracts: "{given}"')
    code, told = evalkit_check()
    assert code == exit_code
    assert "study's folder" in told or "no such folder" in told


def test_6_a_file_that_grows_while_it_is_read_is_refused(study, evalkit_check, monkeypatch):
    def growing(folder, contract, strangers):
        yield from table_files.read_batches(folder, contract, strangers)
        if contract.table == "child":
            with (folder / contract.file).open("ab") as stream:
                stream.write(b"B9;")

    monkeypatch.setattr(extracts, "read_batches", growing)
    code, _ = evalkit_check()
    assert code == 3
    assert {(v.file, v.rule) for v in study.report.violations} == {
        ("barn.csv", "changed-while-read")
    }


NOT_A_COMPARISON = {
    "all areas treated": (r"comparison:\n(    - .*\n)+", "comparison: []\n", "areas.comparison"),
    "no time before": (r"  pre: .*\n", "", "timeline.pre"),
}


@pytest.mark.parametrize("fault", NOT_A_COMPARISON)
def test_42_a_plan_that_compares_nothing_stops(study, evalkit_check, fault):
    pattern, new, place = NOT_A_COMPARISON[fault]
    path = study.root / "params" / "study.yaml"
    text, times = re.subn(pattern, new, path.read_text(encoding="utf-8"), count=1)
    assert times == 1
    path.write_text(text, encoding="utf-8")
    code, told = evalkit_check()
    assert code == 2
    assert f"study.yaml: {place}" in told
    assert "Traceback" not in told


def test_42_43_a_pilot_of_one_case_gets_no_number_and_a_reason(study):
    """The small world: two children, one of them in the pilot's area, and no year before."""
    outcomes, periods, made = cells_of(study)
    for period in periods:
        evidence = Report.of(outcomes, periods, period, made).evidence
        for outcome in outcomes.outcomes:
            effect = evaluate(evidence, outcome)
            assert effect.status != "estimated"
            assert effect.reason
            assert isnan(effect.headline.estimate)


def test_45_no_contract_can_take_in_free_text(study, evalkit_check):
    path = study.root / "data_contracts" / "boende.odcs.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    (place,) = (at for at, line in enumerate(lines) if "physicalName: stadsdel" in line)
    pattern = next(at for at in range(place, len(lines)) if "pattern:" in lines[at])
    del lines[pattern]
    path.write_text("".join(lines), encoding="utf-8")
    code, told = evalkit_check()
    assert code == 3
    assert "boende.odcs.yaml: schema[0].properties[" in told
    assert "free text" in told
    assert study.report is None


def test_48_protected_identities_are_counted_as_everybody_and_told_of_nowhere(study, evalkit_check):
    """Left out, they would bias the counts; small counts are protected whoever they are of."""
    *_, without = cells_of(study)
    study.rows["barn"][0]["skyddade_uppgifter"] = "ja"
    code, told = evalkit_check()
    assert code == 0
    assert "skyddade" not in told
    *_, with_flag = cells_of(study)
    assert with_flag.frame.equals(without.frame)
    assert "skyddade_uppgifter" not in with_flag.frame.to_csv()


LIMITS = {
    "500 columns": (";x" * 500, (1,), None),
    "a huge cell": (None, (2,), None),
    "rows": (None, (4,), ("MAX_ROWS", 2)),
    "bytes": (None, (), ("MAX_BYTES", 9)),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_54_what_is_beyond_a_limit_is_refused(study, evalkit_check, monkeypatch, limit):
    more_headers, rows, lowered = LIMITS[limit]
    if lowered:
        monkeypatch.setattr(f"evalkit.data.limits.{lowered[0]}", lowered[1])
    header, *others = study.text("boende").splitlines(keepends=True)
    if more_headers:
        header = header.strip() + more_headers + "\r\n"
    if limit == "a huge cell":
        others[0] = others[0].replace("Grimsta", "z" * 32_768)
    study.raw["boende.csv"] = "".join([header, *others]).encode()
    code, told = evalkit_check()
    assert code == 3
    found = {(v.severity, v.first_rows, v.column, v.rule) for v in study.report.violations
             if v.file == "boende.csv"}  # fmt: skip
    assert found == {("fatal", rows, "", "limits")}
    assert "zzz" not in told


YAML = {
    "typo": ("timeline:", "timelines:", "unknown key; did you mean 'timeline'?"),
    "key twice": ("seed: 20170101", "seed: 20170101\nseed: 1", "key 'seed' stands twice"),
    "python tag": ("seed: 20170101", "seed: !!python/object/apply:os.getcwd []", "line"),
    "alias": ("id: vallingbyteamet", "id: &a vallingbyteamet\nx: *a", "aliases are refused"),
    "NO": ("simulated: true", "simulated: NO", "simulated"),
    "1.10": ("seed: 20170101", "seed: 1.10", "seed"),
    "no day": ('exposure_end: "2022-08-31"', 'exposure_end: "2022-13-45"', "exposure_end"),
    "huge": ("# The analysis plan.", "#" * 1_000_001, "larger than"),
}


@pytest.mark.parametrize("fault", YAML)
def test_52_yaml_that_says_something_else_stops(study, evalkit_check, fault):
    old, new, words = YAML[fault]
    plan(study, old, new)
    code, told = evalkit_check()
    assert code == 2
    assert words in told
    assert study.report is None


def test_57_no_network_is_used(study, evalkit_check, monkeypatch):
    def refuse(*_):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    assert evalkit_check()[0] == 0


def test_61_services_under_another_act_are_warned_of(study, evalkit_check):
    for rows in study.rows.values():
        for row in rows:
            row["utdrag_datum"] = "2025-12-31"
    study.rows["insats"][1] |= {"start": "2025-07-01"}
    code, _ = evalkit_check()
    assert code == 0
    found = [(v.file, v.rule, v.first_rows, v.severity) for v in study.report.violations]
    assert found == [("insats.csv", "service-under-new-act", (3,), "warning")]


SLICES = {
    "an area": ('area: "Grimsta"', "2021.yaml: area: unknown key"),
    "a unit": ("enhet: pilot", "2021.yaml: enhet: unknown key"),
    "another threshold": ("disclosure: {threshold: 1}", "2021.yaml: disclosure: unknown key"),
}


@pytest.mark.parametrize("given", SLICES)
def test_60_no_parameter_asks_for_a_slice(study, evalkit_check, given):
    line, message = SLICES[given]
    with (study.root / "params" / "2021.yaml").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    code, told = evalkit_check()
    assert code == 2
    assert message in told
    assert study.report is None
