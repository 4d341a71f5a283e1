"""An opening of the hold-out that is interrupted: it counts, leaves no half file, and goes on to the same bytes."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.unit.app.small_search import files_of, searched, small_request

from tradewind.adapters.ledger import Ledger
from tradewind.adapters.run_store import HOLD_OUT, FinishedRun, RunStore
from tradewind.app.holdout import open_hold_out
from tradewind.app.workspace import Workspace
from tradewind.cli.main import INTERRUPTED, run

pytestmark = pytest.mark.slow
PROGRAM = "import sys; from tradewind.cli.main import main; main()"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one run, whose hold-out was opened in a copy of it, so that its bytes are known."""
    root = tmp_path_factory.mktemp("made")
    searched(small_request(), root)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "ws"))


def run_in(root: Path) -> FinishedRun:
    (found,), damaged = RunStore(root / "runs").all()
    assert not damaged
    return found


def whole_result(made: Path, folder: Path) -> bytes:
    root = Path(shutil.copytree(made, folder))
    open_hold_out(run_in(root).run_id, Workspace(root))
    return (run_in(root).folder / HOLD_OUT).read_bytes()


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("place", ["tradewind.app.holdout.walk_schedule", "tradewind.adapters.durable.os.fsync"])
def test_ctrl_c_while_walking_or_writing_leaves_no_half_file_and_the_opening_counts(
    made: Path, root: Path, tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, before = run_in(root).run_id, files_of(run_in(root))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, interrupted)
        assert run(["--workspace", str(root), "holdout", name]) == INTERRUPTED
    assert "interrupted" in capsys.readouterr().err
    assert files_of(run_in(root)) == before
    assert [path.name for path in (root / "runs").iterdir()] == [name]
    assert [one.run for one in Ledger(root / "ledger.sqlite").openings()] == [name]
    assert run(["--workspace", str(root), "runs", "list"]) == 0
    assert "opened, no result" in capsys.readouterr().out
    assert run(["--workspace", str(root), "runs", "show", name]) == 0
    assert "The opening was interrupted; `tradewind holdout` with this run's name goes on" in capsys.readouterr().out
    assert run(["--workspace", str(root), "holdout", name]) == 0
    assert "This was the first run to look at this hold-out" in capsys.readouterr().out
    assert (run_in(root).folder / HOLD_OUT).read_bytes() == whole_result(made, tmp_path / "whole")


def test_a_full_disk_is_one_line_and_leaves_no_half_file(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    name, before = run_in(root).run_id, files_of(run_in(root))
    monkeypatch.setattr("tradewind.adapters.durable.os.fsync", full)
    assert run(["--workspace", str(root), "holdout", name]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: No space left on device")
    assert error.count("\n") == 1
    assert files_of(run_in(root)) == before


def test_a_ledger_that_is_locked_or_damaged_keeps_the_hold_out_closed(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, before = run_in(root).run_id, files_of(run_in(root))
    monkeypatch.setattr("tradewind.adapters.ledger._BUSY_S", 0.05)
    holder = sqlite3.connect(root / "ledger.sqlite")
    holder.execute("BEGIN EXCLUSIVE")
    assert run(["--workspace", str(root), "holdout", name]) == 1
    assert "ledger.sqlite cannot be used: database is locked" in capsys.readouterr().err
    holder.close()
    (root / "ledger.sqlite").write_bytes(b"no database" * 200)
    assert run(["--workspace", str(root), "holdout", name]) == 1
    assert "ledger.sqlite cannot be used" in capsys.readouterr().err
    assert files_of(run_in(root)) == before


def test_a_process_killed_at_any_moment_leaves_the_run_whole_and_counts_once(
    made: Path, root: Path, tmp_path: Path
) -> None:
    name, before = run_in(root).run_id, files_of(run_in(root))
    command = [sys.executable, "-c", PROGRAM, "--workspace", str(root), "holdout", name]
    ledger = Ledger(root / "ledger.sqlite")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not ledger.openings() and process.poll() is None:
        assert time.monotonic() < until, "the opening was never counted"
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    found = files_of(run_in(root))
    assert {path: value for path, value in found.items() if not path.startswith(HOLD_OUT)} == before
    opened = open_hold_out(name, Workspace(root))
    assert opened.runs == 1
    assert (run_in(root).folder / HOLD_OUT).read_bytes() == whole_result(made, tmp_path / "whole")
