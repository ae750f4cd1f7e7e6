"""A run that is killed, stopped, starved of disk or not alone leaves the last complete report."""

import errno
import os
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from chapters import REPOSITORY, write_chapter
from kills import as_executed, files

from evalkit import disk
from evalkit.errors import MachineError, NotebookError
from evalkit.params import load_periods, load_study
from evalkit.running import batch
from evalkit.running.publishing import Publisher

SECONDS = 120
# `evalkit run` without extracts: the lock, the signals and the exit codes are the command's own.
RUN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # pytest may have been told to ignore it
from evalkit import cli
from evalkit.running import batch
cli._run = lambda plan, periods, chosen, *_: batch.run(plan, chosen, workers=2)
sys.argv = ["evalkit", "run", "params/2021.yaml"]
print("ready", flush=True)
cli.main()
"""


def start(root: Path, within: Sequence[str] = (), **options) -> subprocess.Popen:
    """Start a run in a session of its own, and return it when its imports are done."""
    process = subprocess.Popen(
        [*within, sys.executable, "-W", "ignore", "-c", RUN], cwd=root, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **options,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    return process


def wait_for(root: Path, name: str) -> None:
    """Wait until a chapter has written this file, from a cell."""
    for _ in range(SECONDS * 10):
        if (root / name).exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{name} never came")


def gone(pid: int) -> bool:
    """Tell whether a process has ended, or does so within seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and " Z " in Path(f"/proc/{pid}/stat").read_text():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def sleeping(root: Path) -> Path:
    """A study whose chapter says who it is and then sleeps."""
    write_chapter(
        root,
        "00_a",
        "open('kernel', 'w').write(str(stub.os.getpid()))",
        f"stub.time.sleep({SECONDS})",
    )
    return root


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_moment_a_run_leaves_the_old_report_or_the_new(tmp_path: Path) -> None:
    """`python -m tests.running.kills 200` does the same more often, and at every step."""
    code = (
        "from pathlib import Path; from kills import *; import sys\n"
        "folder = Path(sys.argv[1]); old, new = prepare(folder)\n"
        "stages, found = kill_at_random(folder, old, new, times=6, again=3, seed=7)\n"
        "more, also = kill_at_steps(folder, old, new, every=9, again=4)\n"
        "print(stages.total(), more.total(), len(stages | more)); print(*found, *also, sep='\\n')"
    )
    environment = os.environ | {"PYTHONPATH": f"{REPOSITORY}{os.pathsep}{Path(__file__).parent}"}
    # Not in this process: it may have threads, which a fork does not copy.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts, *found = done.stdout.splitlines()
    by_chance, by_step, stages = map(int, counts.split())
    assert not [line for line in found if line]
    assert by_chance == 6
    assert by_step > 5
    assert stages > 3


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_stopped_run_says_so_in_a_line_and_leaves_no_process(
    sleeping: Path, number: int, code: int
) -> None:
    process = start(sleeping)
    wait_for(sleeping, "kernel")
    process.send_signal(number)
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == code
    assert "nothing is half written" in err
    assert len(err.splitlines()) == 1
    assert "failed" not in out
    assert gone(int((sleeping / "kernel").read_text()))
    left = {path.name for path in (sleeping / "outputs").iterdir()}
    assert left == {"demo", ".lock", "index.html"}


def test_a_run_is_alone_and_when_killed_leaves_no_lock_no_kernel_and_no_remains(
    sleeping: Path,
) -> None:
    first = start(sleeping)
    wait_for(sleeping, "kernel")
    second = start(sleeping)
    _, err = second.communicate(timeout=SECONDS)
    assert second.returncode == MachineError.exit_code
    assert err.splitlines() == [
        "MachineError: outputs/: another evalkit is writing here; wait until it has ended, "
        "then run again"
    ]
    assert first.poll() is None
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert gone(int((sleeping / "kernel").read_text()))
    outputs = sleeping / "outputs"
    assert list(outputs.glob(".staging-*"))
    write_chapter(sleeping, "00_a", "stub.answer(label)")
    third = start(sleeping)
    _, err = third.communicate(timeout=SECONDS)
    assert third.returncode == 0, err
    assert {path.name for path in outputs.iterdir()} == {"demo", ".lock", "index.html", "2021"}


def published(root: Path) -> tuple:
    """Return a study with one report, its plan and period, and the report's files."""
    write_chapter(root, "00_a", "stub.answer(label)")
    study = load_study(root / "params" / "study.yaml")
    periods = load_periods(study)
    assert batch.run(study, periods[:1], workers=1).exit_code == 0
    return study, periods, files(root)


def stub_chapters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a chapter be written as executed without its cells being run."""
    monkeypatch.setattr("evalkit.running.notebooks.execute", as_executed)


def test_a_full_disk_fails_the_period_that_it_hits_and_the_others_are_published(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_chapters(monkeypatch)
    study, periods, before = published(root)

    full: list[OSError] = []

    def fsync(handle: int) -> None:
        if full:
            raise full.pop()

    def results(study, period, folder):
        if period.period == "2020":
            full.append(OSError(errno.ENOSPC, "No space left"))
        return ()

    monkeypatch.setattr("os.fsync", fsync)
    result = batch.run(study, periods[:2], workers=1, again=True, publisher=Publisher(results))
    assert [failure.period for failure in result.failures] == ["2020"]
    assert result.exit_code == MachineError.exit_code
    assert "utvardering.html: No space left; make room on the disk" in result.failures[0].message
    assert [path.parent.name for path in result.published] == ["2021"]
    now = files(root)
    assert {name: now[name] for name in before if name.startswith("2020/")} == {
        name: raw for name, raw in before.items() if name.startswith("2020/")
    }
    assert not [name for name in now if name.startswith(".staging-")]


def test_a_file_size_limit_stops_the_command_with_one_message(root: Path) -> None:
    write_chapter(root, "00_a", "stub.answer(label)")
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))  # noqa: E731
    process = start(root, preexec_fn=limit)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == MachineError.exit_code
    assert "index.html: File too large; make room on the disk, then run again" in err
    assert "Traceback" not in err
    assert {path.name for path in (root / "outputs").iterdir()} == {"demo", ".lock"}


def test_outputs_that_may_not_be_written_stop_the_run_with_one_message(root: Path) -> None:
    write_chapter(root, "00_a", "stub.answer(label)")
    outputs = root / "outputs"
    within = ["unshare", "--user"] if os.geteuid() == 0 else []  # no permission stops root else
    if within and (not shutil.which("unshare") or subprocess.run([*within, "true"]).returncode):
        pytest.skip("root, and no user namespaces")
    outputs.chmod(0o555)
    try:
        process = start(root, within)
        _, err = process.communicate(timeout=SECONDS)
    finally:
        outputs.chmod(0o755)
    assert process.returncode == MachineError.exit_code
    assert err.splitlines() == [
        "MachineError: .lock: Permission denied; see to the permissions of the folder it is in, "
        "then run again. The last complete report stands."
    ]


@pytest.mark.parametrize("name", ["utvardering.html", "manifest.json"])
def test_a_folder_in_the_place_of_a_file_is_told_and_left_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    stub_chapters(monkeypatch)
    study, periods, _ = published(root)
    place = root / "outputs" / "2020" / name
    place.unlink()
    place.mkdir()
    (place / "mine.txt").write_text("mine")
    result = batch.run(study, periods[:2], workers=1)
    assert {failure.period for failure in result.failures} == {"2020"}
    assert f"outputs/2020/{name}" in result.failures[0].message
    assert "move what is there" in result.failures[0].message
    assert (place / "mine.txt").read_text() == "mine"
    assert [path.parent.name for path in result.published] == ["2021"]


def test_a_file_in_the_place_of_a_folder_is_told_and_left_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_chapters(monkeypatch)
    write_chapter(root, "00_a")
    study = load_study(root / "params" / "study.yaml")
    (root / "outputs" / "2020").write_text("mine")
    result = batch.run(study, load_periods(study)[:2], workers=1)
    assert [failure.period for failure in result.failures] == ["2020"]
    assert result.exit_code == MachineError.exit_code
    assert (root / "outputs" / "2020").read_text() == "mine"
    assert [path.parent.name for path in result.published] == ["2021"]


def test_a_manifest_that_cannot_be_read_is_told_and_mended_by_running_its_period(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_chapters(monkeypatch)
    study, periods, before = published(root)
    manifest = root / "outputs" / "2020" / "manifest.json"
    manifest.write_text(manifest.read_text()[:40])
    result = batch.run(study, periods[1:2], workers=1)
    assert result.exit_code == NotebookError.exit_code
    assert "outputs/2020/manifest.json: cannot be read" in result.failures[0].message
    assert "2020/" not in (root / "outputs" / "index.html").read_text(encoding="utf-8")
    assert batch.run(study, periods[:1], workers=1).exit_code == 0
    assert manifest.read_bytes() == before["2020/manifest.json"]


def test_what_somebody_has_put_beside_a_report_stays_there(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_chapters(monkeypatch)
    study, periods, _ = published(root)
    (root / "outputs" / "2020" / "protokoll.txt").write_text("mine")
    batch.run(study, periods[:1], workers=1)
    assert (root / "outputs" / "2020" / "protokoll.txt").read_text() == "mine"


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_folder_is_put_whole_with_and_without_the_systems_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_one_step: bool
) -> None:
    if not in_one_step:
        monkeypatch.setattr(disk, "_trade", lambda one, other: False)
    target = tmp_path / "2021"
    for content in ("old", "new"):
        new = tmp_path / ".staging-x" / "2021"
        new.mkdir(parents=True, exist_ok=True)
        (new / "report").write_text(content)
        disk.put(new, target, ["report"])
        (target / "mine").touch()
    assert (target / "report").read_text() == "new"
    assert (target / "mine").exists()
    assert not list((tmp_path / ".staging-x").iterdir())


def test_what_was_moved_aside_when_the_run_was_killed_is_put_back(tmp_path: Path) -> None:
    """Only where a folder cannot be put in one step."""
    staging = tmp_path / ".staging-x"
    for name in ("2021", "2021.replaced"):
        (staging / name).mkdir(parents=True)
        (staging / name / "report").write_text(name)
    disk.settle(staging, tmp_path, ["report"])
    assert (tmp_path / "2021" / "report").read_text() == "2021.replaced"
    assert not staging.exists()


def modes(folder: Path) -> dict[str, str]:
    found = {folder.name: folder, **{
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}}  # fmt: skip
    return {name: stat.filemode(path.stat().st_mode) for name, path in found.items()}


LISTENING = """
def listening():
    found = set()  # by the state: a TCP socket that listens, a UDP socket that anybody may write to
    for table in ("tcp", "tcp6", "udp", "udp6"):
        rows = open(f"/proc/net/{table}").read().splitlines()[1:]
        found |= {row.split()[9] for row in rows
                  if row.split()[3] in ("0A", "07")}
    own = []
    for pid in (os.getpid(), os.getppid()):
        for handle in os.listdir(f"/proc/{pid}/fd"):
            try:
                target = os.readlink(f"/proc/{pid}/fd/{handle}")
            except OSError:
                continue
            own += [target for inode in found if target == f"socket:[{inode}]"]
    return fragments.paragraph(f"open ports: {len(own)}")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_run_needs_no_network_opens_no_port_and_is_its_owners_alone(
    root: Path,
) -> None:
    with (root / "stub.py").open("a", encoding="utf-8") as stub:
        stub.write(LISTENING)
    write_chapter(root, "00_a", "_ = open('kernel', 'w')", "stub.time.sleep(1)", "stub.listening()")
    (root / "outputs" / "demo" / "extracts").rename(root / "extracts")
    shutil.rmtree(root / "outputs")
    plan = root / "params" / "study.yaml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(re.sub(r"(?m)^extracts: \S+", "extracts: extracts", text), encoding="utf-8")
    offline = ["unshare", "--net", "--map-root-user"]
    may = shutil.which("unshare") and not subprocess.run([*offline, "true"]).returncode
    process = start(root, offline if may else [], umask=0)
    wait_for(root, "kernel")
    seen = modes(root / "outputs")  # while it is being written
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    assert any(name.startswith(".staging-") for name in seen)
    seen |= modes(root / "outputs")
    assert {"2021/utvardering.html", "2021/manifest.json", "index.html"} <= seen.keys()
    assert set(seen.values()) == {"-rw-------", "drwx------"}
    page = (root / "outputs" / "2021" / "utvardering.html").read_text(encoding="utf-8")
    assert "open ports: 0" in page
