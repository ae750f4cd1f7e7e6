"""Result files: whole, equal from run to run, and safe to open in a spreadsheet."""

import errno
import stat
from unittest.mock import Mock

import pandas as pd
import pytest

from evalkit.errors import DisclosureError, MachineError
from evalkit.plan import Rule
from evalkit.reporting.disclosure import release
from evalkit.reporting.files import write_csv, write_text

RULE = Rule(threshold=5, rounding=1)


def released(labels=("Vällingby", "Råcksta", "Nälsta")):
    frame = pd.DataFrame({"area": list(labels), "n": [3, 120, 40], "level": [0.25, 0.5, None]})
    return release(frame, rule=RULE, counts=["n"], keys=["level"], margins=[()])


def test_hidden_and_missing_values_look_different(tmp_path):
    path = tmp_path / "tabell.csv"
    write_csv(released(), path)
    assert path.read_text(encoding="utf-8").splitlines() == [
        "area,n,level",
        "Vällingby,..,0.25",
        "Råcksta,120,0.5",
        "Nälsta,..,",
    ]


def test_the_same_table_gives_the_same_bytes_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "tabell.csv"
    write_csv(released(), path)
    first = path.read_bytes()
    write_csv(released(), path)
    assert path.read_bytes() == first
    assert [file.name for file in tmp_path.iterdir()] == ["tabell.csv"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-lista", "@cmd", "\tx"])
def test_a_formula_is_refused_and_the_old_file_kept(tmp_path, text):
    path = tmp_path / "tabell.csv"
    write_text("förra", path)
    with pytest.raises(DisclosureError, match="column 'area': 1 of 4") as caught:
        write_csv(released((text, "b", "c")), path)
    assert text not in str(caught.value)
    assert path.read_text(encoding="utf-8") == "förra"


def test_a_negative_number_is_no_formula(tmp_path):
    frame = pd.DataFrame({"label": ["-3", "+4.5"], "gap": [-0.06, -1e-7]})
    write_csv(release(frame, rule=RULE, keys=["gap"]), tmp_path / "tabell.csv")
    assert "-3,-0.06" in (tmp_path / "tabell.csv").read_text(encoding="utf-8")


def test_a_frame_that_has_not_passed_the_gate_is_not_written(tmp_path):
    with pytest.raises(TypeError):
        write_csv(pd.DataFrame({"n": [3]}), tmp_path / "tabell.csv")


def test_paths_that_lead_elsewhere_are_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for path in (tmp_path / ".." / "x.txt", tmp_path / "link"):
        with pytest.raises(DisclosureError, match="leads elsewhere"):
            write_text("x", path)


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(tmp_path, monkeypatch):
    path = tmp_path / "svar.html"
    write_text("förra", path)
    monkeypatch.setattr("os.replace", Mock(side_effect=OSError(errno.ENOSPC, "full")))
    with pytest.raises(MachineError, match=r"svar\.html: full; make room on the disk, then run"):
        write_text("nya", path)
    assert path.read_text(encoding="utf-8") == "förra"
    assert [file.name for file in tmp_path.iterdir()] == ["svar.html"]
