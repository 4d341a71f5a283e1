"""A search that is interrupted or killed in a process of its own goes on where it was, to the same bytes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.app.small_search import files_of

from tradewind.adapters.run_store import FinishedRun, RunStore

# Half of all signal settings and all 64 plans: four units, long enough to be hit in the first pass.
DEMO = (
    "demo", "--days", "30", "--workers", "1", "--set", "strategy.values.vol_period=[20, 60]",
)  # fmt: skip
# Whoever starts the tests in the background of a shell has them ignore Ctrl-C, and their children too.
PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from tradewind.cli.main import main; main()"
)


@contextlib.contextmanager
def started(workspace: Path, *more: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", PROGRAM, "--workspace", str(workspace), *DEMO, *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def units(workspace: Path) -> list[Path]:
    return sorted(path for path in workspace.glob("runs/.partial-*/units/*") if path.suffix == ".crc")


def wait_for_a_unit(workspace: Path, process: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + 60
    while not units(workspace):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "no unit was finished"
        time.sleep(0.002)


def finished(workspace: Path, *more: str) -> FinishedRun:
    with started(workspace, *more) as process:
        said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    runs, damaged = RunStore(workspace / "runs").all()
    assert (len(runs), damaged) == (1, [])
    assert [path.name for path in (workspace / "runs").iterdir()] == [runs[0].run_id]
    return runs[0]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    return finished(tmp_path_factory.mktemp("whole"))


@pytest.mark.slow
def test_ctrl_c_is_prompt_keeps_finished_units_and_the_next_search_goes_on(whole: FinishedRun, tmp_path: Path) -> None:
    with started(tmp_path) as process:
        wait_for_a_unit(tmp_path, process)
        process.send_signal(signal.SIGINT)
        start = time.perf_counter()
        said = process.communicate(timeout=30)
        assert time.perf_counter() - start < 2.0
    assert process.returncode == 130, said
    assert said[0] == ""
    assert "interrupted; what is done is kept" in said[1]
    assert "Traceback" not in said[1]
    kept = len(units(tmp_path))
    assert 1 <= kept < 4
    assert not [path for path in (tmp_path / "runs").iterdir() if not path.name.startswith(".partial-")]
    assert len(files_of(whole)) > 8
    run = finished(tmp_path)
    assert run.meta["units_from_before"] == kept
    assert files_of(run) == files_of(whole)


@pytest.mark.slow
def test_a_killed_search_goes_on_and_a_damaged_unit_is_computed_again(whole: FinishedRun, tmp_path: Path) -> None:
    with started(tmp_path) as process:
        wait_for_a_unit(tmp_path, process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
    kept = units(tmp_path)
    assert kept
    content = bytearray(kept[0].read_bytes())
    content[len(content) // 2] ^= 1
    kept[0].write_bytes(content)
    run = finished(tmp_path)
    assert run.meta["units_from_before"] == len(kept) - 1
    assert files_of(run) == files_of(whole)


@pytest.mark.slow
def test_two_searches_of_the_same_at_once_do_not_disturb_each_other(whole: FinishedRun, tmp_path: Path) -> None:
    with started(tmp_path) as first:
        wait_for_a_unit(tmp_path, first)
        with started(tmp_path) as second:
            said = second.communicate(timeout=60)
        assert first.wait(timeout=60) == 0
    # The second is refused while the first works; where the first was done by then, it shows the same run.
    assert second.returncode in (0, 1)
    assert second.returncode == 0 or "another process is making the run" in said[1].splitlines()[-1]
    (run,), damaged = RunStore(tmp_path / "runs").all()
    assert not damaged
    assert files_of(run) == files_of(whole)


@pytest.mark.slow
def test_ctrl_c_while_getting_ready_is_prompt_and_leaves_no_run(tmp_path: Path) -> None:
    with started(tmp_path, "--again", "--days", "400") as process:
        assert process.stderr is not None
        until = time.monotonic() + 60
        while not process.stderr.readline().startswith("features") and time.monotonic() < until:
            pass
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        start = time.perf_counter()
        process.communicate(timeout=30)
        assert time.perf_counter() - start < 2.0
    assert process.returncode == 130
    assert not (tmp_path / "runs").exists()
