"""Run folders: whole or not there, units that survive, damage that is noticed, one writer at a time."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tradewind.adapters.run_store import MANIFEST, SUMMARY, RunStore, RunWriter
from tradewind.model.errors import RunBusy, RunIncomplete, WrongUse

PARTS = (
    "data",
    "preset",
    "costs",
    "regimes",
    "windows",
    "procedure",
    "decision",
    "leaderboard",
    "specialists",
    "accounts",
)
ASKED = dict.fromkeys(("code", "preset", "space", "strategy_source", "data"), "x")


def finish(writer: RunWriter, when: str = "2024-01-01T00:00:00Z") -> None:
    writer.table("numbers", {"a": np.arange(3)})
    writer.finish(ASKED, dict.fromkeys(PARTS, 1), {"finished": when, "stages": []})
    writer.release()


def test_a_run_is_there_only_when_it_is_finished(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    writer = store.begin("one")
    writer.keep(0, {"a": np.arange(3.0)})
    assert store.find("one") is None
    assert store.all() == ([], [])
    finish(writer)
    run = store.find("one")
    assert run is not None
    assert run.table("numbers")["a"].to_pylist() == [0, 1, 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one"]
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "numbers.parquet", "run.meta.toml", "run.toml", "summary.json",
    ]  # fmt: skip


def test_a_table_in_parts_is_written_while_they_are_made(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, "one")
    noise = np.random.default_rng(1).random((3, 100_000))
    written: list[int] = []

    def parts() -> Iterator[dict[str, np.ndarray]]:
        for values in noise:
            written.append(sum(path.stat().st_size for path in tmp_path.rglob("*.part")))
            yield {"a": values}

    writer.table("noise", parts())
    # Noise cannot be compressed to half: 8 bytes a value.
    assert written[0] == 0
    assert written[1] > 400_000
    assert written[2] > 800_000
    finish(writer)
    run = RunStore(tmp_path).find("one")
    assert run is not None
    assert run.table("noise")["a"].to_numpy().tolist() == noise.ravel().tolist()


def test_units_are_recalled_by_the_next_writer(tmp_path: Path) -> None:
    first = RunWriter(tmp_path, "one")
    first.keep(3, {"a": np.array([1.5, np.nan]), "b": np.arange(2)})
    first.release()
    second = RunWriter(tmp_path, "one")
    arrays = second.recall(3)
    assert arrays is not None
    assert arrays["a"].tobytes() == np.array([1.5, np.nan]).tobytes()
    assert second.recall(4) is None
    assert second.recalled == 1
    second.release()


@pytest.mark.parametrize("place", [0, 10, 60, 200, -200, -5, -1])
def test_a_unit_with_a_flipped_byte_counts_as_absent(tmp_path: Path, place: int) -> None:
    writer = RunWriter(tmp_path, "one")
    writer.keep(0, {"a": np.arange(40.0)})
    path = next(tmp_path.rglob("0000*"))
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert writer.recall(0) is None
    path.write_bytes(b"")
    assert writer.recall(0) is None
    writer.release()


def test_a_writer_that_kept_nothing_leaves_nothing(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, "one")
    writer.table("cells/unit-0000", {"a": np.arange(3)})
    writer.release()
    assert list(tmp_path.iterdir()) == []


def test_two_writers_of_one_run_are_refused_and_of_two_runs_not(tmp_path: Path) -> None:
    first = RunWriter(tmp_path, "one")
    with pytest.raises(RunBusy, match="another process is making the run one"):
        RunWriter(tmp_path, "one")
    RunWriter(tmp_path, "two").release()
    first.release()
    RunWriter(tmp_path, "one").release()


def test_a_sweep_removes_what_a_killed_writer_left_and_nothing_of_one_at_work(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    finish(store.begin("done"))
    at_work = store.begin("at-work")
    at_work.table("numbers", {"a": np.arange(3)})
    killed = store.begin("killed")
    killed.table("numbers", {"a": np.arange(3)})
    killed._lock.close()  # as the kernel frees a dead holder's lock, leaving the file
    store.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock-at-work", ".partial-at-work", "done"]
    finish(at_work)
    assert store.find("at-work") is not None


def test_an_empty_name_is_no_run_even_where_there_is_only_one(tmp_path: Path) -> None:
    finish(RunStore(tmp_path).begin("one"))
    with pytest.raises(WrongUse, match="name of the run is empty"):
        RunStore(tmp_path).open("")


def test_a_run_made_anew_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    finish(store.begin("one"))
    finish(store.begin("one"), "2025-01-01T00:00:00Z")
    runs, damaged = store.all()
    assert [run.meta["finished"] for run in runs] == ["2025-01-01T00:00:00Z"]
    assert damaged == []
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_run_is_opened_by_how_its_name_begins(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for name in ("demo-1", "demo-12", "other"):
        finish(store.begin(name))
    assert store.open("o").run_id == "other"
    assert store.open("demo-1").run_id == "demo-1"
    with pytest.raises(RunIncomplete, match="2 runs begin with 'demo': demo-1, demo-12"):
        store.open("demo")
    with pytest.raises(RunIncomplete, match="no run begins with 'x'"):
        store.open("x")


@pytest.mark.parametrize(
    ("file", "content"),
    [(SUMMARY, b"{"), (SUMMARY, b"[]"), (SUMMARY, b"{}"), (MANIFEST, b"\xff"), (MANIFEST, b""), ("run.meta.toml", b"")],
)
def test_a_damaged_run_is_named_and_the_others_are_listed(tmp_path: Path, file: str, content: bytes) -> None:
    store = RunStore(tmp_path)
    finish(store.begin("good"))
    finish(store.begin("bad"))
    (tmp_path / "bad" / file).write_bytes(content)
    with pytest.raises(RunIncomplete, match="bad is damaged"):
        store.open("bad")
    runs, damaged = store.all()
    assert [run.run_id for run in runs] == ["good"]
    assert "bad is damaged" in str(damaged[0])


def test_a_table_that_is_gone_or_damaged_is_named(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    finish(store.begin("one"))
    run = store.open("one")
    with pytest.raises(RunIncomplete, match=r"nope\.parquet is missing"):
        run.table("nope")
    (tmp_path / "one" / "numbers.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunIncomplete, match=r"numbers\.parquet is damaged"):
        run.table("numbers")
