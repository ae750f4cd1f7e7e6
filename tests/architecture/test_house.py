"""The house stands as drawn: floors, owners, thin notebooks."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PACKAGE = sorted((ROOT / "evalkit").rglob("*.py"))
FORBIDDEN = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.IfExp,
    ast.Try, ast.Lambda, ast.With, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp,
)  # fmt: skip


def test_imports_go_down_and_outside_libraries_have_one_owner():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def code_cells(notebook: Path) -> list[dict]:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_chapter_is_stored_without_outputs(notebook):
    for cell in code_cells(notebook):
        assert not cell["outputs"]
        assert cell["execution_count"] is None


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_chapter_is_thin(notebook):
    parameters, opening, *calls = ("".join(cell["source"]) for cell in code_cells(notebook))
    assert opening == "import evalkit as ek\n\nreport = ek.open_period(vars())"
    for source in calls:
        assert len(source.splitlines()) <= 6
        (statement,) = ast.parse(source).body
        assert isinstance(statement, ast.Expr)
        assert isinstance(statement.value, ast.Call)
        assert ast.unparse(statement.value.func).startswith("ek.")
    for source in (parameters, *calls):
        assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, FORBIDDEN)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_chapter_calls_only_public_names(notebook):
    from evalkit import vocabulary

    for cell in code_cells(notebook)[2:]:
        name = "".join(cell["source"]).removeprefix("ek.").split("(")[0]
        assert name in vocabulary.__all__


def test_the_chapters_declare_one_set_of_parameters():
    assert len({"".join(code_cells(notebook)[0]["source"]) for notebook in NOTEBOOKS}) == 1


def test_there_is_no_room_without_a_name():
    assert not [path for path in PACKAGE if path.stem in {"utils", "helpers", "misc", "common"}]


def test_inputs_are_not_checked_with_assert():
    """Assertions vanish under `python -O`."""
    for path in PACKAGE:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)], path.name


def test_only_the_gate_makes_released_tables():
    for path in PACKAGE:
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        made = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "Released"]
        assert not made or path.stem == "disclosure", path.name


def test_the_lock_files_name_no_registry():
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text
