"""Many studies side by side: each as if it ran alone, whatever becomes of the others."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from municipalities import (
    cluster,
    differences,
    environment,
    files,
    is_room,
    kill_one,
    make_studies,
    runs,
    told,
)

from evalkit.disk import claimed
from evalkit.errors import MachineError, NotebookError, ParamsError
from evalkit.running import periods, rooms, side_by_side
from evalkit.running.ends import PeriodEnd

SECONDS = 300
PERIODS = ["2020", "2021"]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="looks at forks")


def lay_out(folder: Path, number: int) -> list[Path]:
    """Lay out so many municipalities with two periods, and return their plans."""
    plans = make_studies(folder, number)
    for plan in plans:
        (plan.parent / "2022.yaml").unlink()
    return plans


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three municipalities, each run by a command of its own as `evalkit run --all`."""
    plans = lay_out(tmp_path_factory.mktemp("alone"), 3)
    code = "from evalkit.cli import main; main()"
    for plan in plans:
        command = [sys.executable, "-W", "ignore", "-c", code, "run", "--all", "--workers", "2"]
        subprocess.run(command, cwd=plan.parent.parent, env=environment(), check=True)
    return plans


@pytest.fixture
def plans(tmp_path: Path) -> list[Path]:
    return lay_out(tmp_path, 3)


@pytest.fixture
def _rooms_end() -> Iterator[None]:
    yield
    rooms.close()


def wait_until(found: Callable[[], object]) -> None:
    for _ in range(SECONDS * 20):
        if found():
            return
        time.sleep(0.05)
    raise AssertionError("never came")


def at_work(plan: Path) -> bool:
    """Tell whether a study's chapters are being run, or its report written."""
    return bool(list((plan.parent.parent / "outputs").glob(".staging-*/*")))


def rooms_of(process: psutil.Process) -> list[psutil.Process]:
    return [one for one in process.children(recursive=True) if is_room(one)]


def test_studies_side_by_side_give_the_files_that_each_gives_alone(
    alone: list[Path], plans: list[Path]
) -> None:
    """And one that cannot be read is told, while the others finish."""
    broken = shutil.copytree(plans[0].parent.parent, plans[0].parents[2] / "bruten") / "params"
    (broken / "study.yaml").write_text("id: bruten\n", encoding="utf-8")
    process = runs([plans[0], broken / "study.yaml", *plans[1:]], "--workers", "2")
    ends = told(process)
    assert process.returncode == ParamsError.exit_code
    by_study: dict[str, list] = {}
    for end in ends:
        place = Path(end["study"]).parents[1].name
        by_study.setdefault(place, []).append((end["kind"], end["period"]))
    assert by_study == {
        "bruten": [("failed", "")],
        **{f"kommun_00{k}": [("published", period) for period in PERIODS] for k in range(3)},
    }
    assert differences(alone, plans) == []


def test_two_that_run_one_study_at_the_same_time_give_its_files_once(
    alone: list[Path], plans: list[Path]
) -> None:
    both = [runs(plans[:1], "--workers", "1") for _ in range(2)]
    kinds = sorted({end["kind"] for end in told(process)} for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(map(sorted, kinds)) == [["published"], ["unchanged"]]
    assert differences(alone[:1], plans[:1]) == []


@pytest.mark.usefixtures("_rooms_end")
def test_a_study_whose_process_dies_is_told_and_the_room_goes_on(plans: list[Path]) -> None:
    ends: list[PeriodEnd] = []
    order = rooms.Order(plans[0], side_by_side.provenance.program())
    other = rooms.Order(plans[1], order.program)

    def both() -> None:
        ends.extend(rooms.run_study(order))
        ends.extend(rooms.run_study(other))

    thread = threading.Thread(target=both)
    thread.start()
    wait_until(lambda: at_work(plans[0]))
    (room,) = [one for one in rooms_of(psutil.Process()) if one.ppid() == os.getpid()]
    (study,) = room.children()
    study.kill()
    thread.join(SECONDS)
    assert [(end.kind, end.exit_code) for end in ends] == [
        ("failed", NotebookError.exit_code), ("published", 0), ("published", 0),
    ]  # fmt: skip
    assert "ended by signal 9" in ends[0].messages[0]
    assert room.is_running()


def test_ctrl_c_leaves_no_process_and_no_half_file(plans: list[Path]) -> None:
    process = runs(plans, "--workers", "2")
    wait_until(lambda: at_work(plans[0]))
    below = rooms_of(psutil.Process(process.pid))
    assert below
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert not psutil.wait_procs(below, timeout=30)[1]
    assert "index.html" not in files(plans[2])


@pytest.mark.usefixtures("_rooms_end")
def test_a_worker_with_another_program_refuses(plans: list[Path]) -> None:
    (end,) = rooms.run_study(rooms.Order(plans[0], "another"))
    assert (end.kind, end.exit_code) == ("failed", MachineError.exit_code)
    assert "another evalkit" in end.messages[0]
    assert not at_work(plans[0])


def test_a_study_that_a_worker_cannot_see_is_told_without_starting_anything(
    tmp_path: Path,
) -> None:
    (end,) = rooms.run_study(rooms.Order(tmp_path / "kommun" / "params" / "study.yaml", ""))
    assert end.exit_code == MachineError.exit_code
    assert end.messages[0].startswith("kommun/params/study.yaml: not found here")


def test_a_report_that_is_not_to_be_seen_from_here_is_a_failure(tmp_path: Path) -> None:
    made = tmp_path / "utvardering.html"
    end = PeriodEnd(tmp_path / "study.yaml", "published", "2021", made)
    seen = side_by_side._seen(end)
    assert (seen.kind, seen.exit_code) == ("failed", MachineError.exit_code)
    made.touch()
    assert side_by_side._seen(end) == end


def test_a_period_is_one_picklable_call(plans: list[Path]) -> None:
    call = pickle.loads(pickle.dumps((periods.run_period, (plans[0], "2O21"))))
    end = call[0](*call[1])
    assert pickle.loads(pickle.dumps(end)) == end
    assert (end.kind, end.exit_code) == ("failed", ParamsError.exit_code)
    assert "did you mean '2021'?" in end.messages[0]


def test_a_study_that_another_holds_is_waited_for_but_not_for_ever(
    plans: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periods, "PATIENCE", 0.3)
    with claimed(plans[0].parent.parent / "outputs"):
        end = periods.run_period(plans[0], "2021")
    assert end.exit_code == MachineError.exit_code
    assert end.seconds > 0.3
    assert "another evalkit is writing here" in end.messages[0]


def test_a_lock_that_is_let_go_in_time_is_had(tmp_path: Path) -> None:
    held = claimed(tmp_path)
    held.__enter__()
    timer = threading.Timer(0.3, lambda: held.__exit__(None, None, None))
    timer.start()
    begun = time.monotonic()
    with claimed(tmp_path, patience=SECONDS):
        assert 0.2 < time.monotonic() - begun < SECONDS


def test_without_dask_a_scheduler_is_refused_with_what_to_install(
    plans: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "evalkit.running.cluster", raising=False)
    with pytest.raises(MachineError, match=r"pip install 'evalkit\[cluster\]'"):
        list(side_by_side.run_studies(plans, scheduler="tcp://127.0.0.1:8786"))


class TestOnACluster:
    """On real workers: processes with a nanny that starts one anew when it dies."""

    @pytest.fixture(autouse=True)
    def _dask(self) -> None:
        pytest.importorskip("distributed")

    def test_a_killed_workers_study_is_run_by_another_and_gives_the_same_files(
        self, alone: list[Path], plans: list[Path]
    ) -> None:
        with cluster(2) as (address, _):
            process = runs(plans, "--scheduler", address)
            wait_until(lambda: any(map(at_work, plans)))
            killed = kill_one()
            assert killed
            assert not psutil.wait_procs(killed, timeout=30)[1]  # nor what worked for it
            ends = told(process)
        assert process.returncode == 0
        assert {end["kind"] for end in ends} <= {"published", "unchanged"}
        assert len(ends) == len(plans) * len(PERIODS)
        assert differences(alone, plans) == []

    def test_a_study_that_the_cluster_gives_up_is_told_and_not_waited_for(
        self, plans: list[Path]
    ) -> None:
        import dask

        with dask.config.set({"distributed.scheduler.allowed-failures": 0}), cluster(1) as (
            address, _,
        ):  # fmt: skip
            process = runs(plans[:1], "--scheduler", address)
            wait_until(lambda: at_work(plans[0]))
            assert kill_one()
            (end,) = told(process)
        assert process.returncode == MachineError.exit_code
        assert "given up by the cluster" in end["messages"][0]

    def test_a_scheduler_that_does_not_answer_is_told(
        self, plans: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from evalkit.running import cluster as dask_cluster

        monkeypatch.setattr(dask_cluster, "_ANSWERS_WITHIN", 1)
        with pytest.raises(MachineError, match="no Dask scheduler answers"):
            list(side_by_side.run_studies(plans, scheduler="tcp://127.0.0.1:9"))
