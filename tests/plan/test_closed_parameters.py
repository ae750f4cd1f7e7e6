"""Parameters cannot lead out of the study's folder, nor ask for what no report would show."""

import shutil
from pathlib import Path

import pytest

from evalkit.chapters.opening import open_period
from evalkit.errors import ParamsError
from evalkit.params import load_periods, load_study, period_from_values

ROOT = Path(__file__).parents[2]


@pytest.fixture
def params(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "params", tmp_path / "study" / "params")
    return tmp_path / "study" / "params"


def change(path: Path, key: str, value: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    (place,) = (i for i, line in enumerate(lines) if line.startswith(f"{key}:"))
    lines[place] = f"{key}: {value}"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("key", ["extracts", "contracts"])
@pytest.mark.parametrize(
    "path",
    [
        "../elsewhere", "extracts/../../elsewhere", "/etc", "~/extracts", '"C:/extracts"',
        "'..\\elsewhere'", '"\\0"', '"ex\\ntracts"', "link", "link/below",
    ],
)  # fmt: skip
def test_a_path_that_leaves_the_studys_folder_is_refused(
    params: Path, key: str, path: str, tmp_path: Path
) -> None:
    (params.parent / "link").symlink_to(tmp_path)
    change(params / "study.yaml", key, path)
    with pytest.raises(ParamsError, match=rf"^study\.yaml: {key}: the path leaves the study's"):
        load_study(params / "study.yaml")


def test_a_path_below_the_folder_is_taken(params: Path) -> None:
    change(params / "study.yaml", "extracts", "data/2021 höst")
    assert load_study(params / "study.yaml").extracts_dir == params.parent / "data/2021 höst"


@pytest.mark.parametrize(
    "name", ["../2021", "/2021", "~", '"2021\\0"', '"a/b"', '""', "cells", "Demo", "lab"]
)
def test_a_periods_name_is_a_folder_of_its_own(params: Path, name: str) -> None:
    change(params / "2021.yaml", "period", name)
    with pytest.raises(ParamsError, match=r"^2021\.yaml: period: "):
        load_periods(load_study(params / "study.yaml"))


def test_two_files_cannot_have_one_period(params: Path) -> None:
    change(params / "2021.yaml", "period", '"2022"')
    with pytest.raises(ParamsError, match="period '2022' stands in more than one file"):
        load_periods(load_study(params / "study.yaml"))


def test_a_period_does_not_name_another_study(params: Path) -> None:
    change(params / "2021.yaml", "study", "../other/params/study.yaml")
    with pytest.raises(ParamsError, match=r"^2021\.yaml: study: Input should be 'params/study"):
        load_periods(load_study(params / "study.yaml"))


def values(params: Path, **changed: str) -> dict[str, str]:
    study = load_study(params / "study.yaml")
    (period,) = (one for one in load_periods(study) if one.period == "2021")
    return period.model_dump(mode="json") | changed


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cutoff": "2022-06-30"}, "cutoff: not as the period's file"),
        ({"label": "Bara Grimsta"}, "label: not as the period's file"),
        ({"start": "2021-03-01", "end": "2021-03-31"}, "start, end: not as the period's file"),
        ({"period": "2021b"}, "no file in params/ has '2021b'"),
        ({"period": "2022"}, "label, start, end: not as the period's file"),
        ({"study": "/etc/study.yaml"}, "study: Input should be 'params/study.yaml'"),
        ({"area": "Grimsta"}, "area: unknown key"),
    ],
)
def test_60_a_notebook_is_run_on_a_planned_period_or_not_at_all(
    params: Path, changed: dict, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = load_study(params / "study.yaml")
    assert period_from_values(values(params), study).period == "2021"
    monkeypatch.chdir(params.parent)
    with pytest.raises(ParamsError, match=message):
        open_period(values(params, **changed))
    assert not (params.parent / "outputs").exists()
