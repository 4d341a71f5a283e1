"""The ledger: distinct trials, a hold-out that never moves and who opened it, and what it says when it is damaged."""

import json
import multiprocessing
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from tradewind.adapters.ledger import ALL_BARS, Ledger, Opening, Trials
from tradewind.model.errors import BadData


def trials(run: str, numbers: list[int], **changed: object) -> Trials:
    values = {
        "run": run, "market": "binance", "symbols": ("BTC/USDT",), "timeframe": "1m", "costs": "{}", "labels": ("",),
        "start_ms": 0, "end_ms": 100, "configurations": np.array(numbers, np.uint64),
    }  # fmt: skip
    return Trials(**(values | changed))  # type: ignore[arg-type]


def count(ledger: Ledger, start: int = 0, end: int = 100) -> int:
    return ledger.distinct_trials("binance", start, end)


def test_the_hold_out_stays_where_the_first_search_put_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.sqlite"
    assert Ledger(path).hold_out_start("binance", 500, "a") == 500
    assert Ledger(path).hold_out_start("binance", 900, "b") == 500
    assert Ledger(path).hold_out_start("binance", 100, "c") == 500
    assert Ledger(path).hold_out_start("bybit", 100, "c") == 100


def test_trials_count_once_however_often_and_in_whatever_order_they_were_run(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.record(trials("a", [1, 2, 2**64 - 1]))
    ledger.record(trials("a", [1, 2, 2**64 - 1]))
    assert count(ledger) == 3
    ledger.record(trials("b", [2, 2**64 - 1, 1]))
    assert count(ledger) == 3
    ledger.record(trials("c", [3, 1]))
    assert count(ledger) == 4


@pytest.mark.parametrize(
    "changed", [{"symbols": ("ETH/USDT",)}, {"timeframe": "1h"}, {"costs": "other"}, {"labels": ("other",)}]
)
def test_other_symbols_timeframes_costs_or_labels_are_other_trials(tmp_path: Path, changed: dict[str, object]) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.record(trials("a", [1, 2]))
    ledger.record(trials("b", [1, 2], **changed))
    assert count(ledger) == 4


def test_every_configuration_counts_once_under_each_label(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.record(trials("a", [1, 2, 3], labels=(ALL_BARS, "trend BULL", "trend BEAR")))
    assert count(ledger) == 9
    # Known: 1 and 2 over all bars and in BULL. New: 4 there, and all three under the other detector's label.
    ledger.record(trials("b", [1, 2, 4], labels=(ALL_BARS, "trend BULL", "storm CALM")))
    assert count(ledger) == 9 + 2 + 3


OLD_SCHEMA = """
CREATE TABLE hold_outs (market TEXT PRIMARY KEY, start_ms INTEGER NOT NULL, run TEXT NOT NULL);
CREATE TABLE searches (
    run TEXT PRIMARY KEY, market TEXT NOT NULL, symbols TEXT NOT NULL, timeframe TEXT NOT NULL, costs TEXT NOT NULL,
    labels TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, configurations BLOB NOT NULL
);
"""


def test_a_ledger_from_before_openings_and_labels_keeps_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    detectors = json.dumps(['{"name":"trend_stress"}', '{"name":"volatility_cluster"}'])
    with sqlite3.connect(path) as old:
        old.executescript(OLD_SCHEMA)
        old.execute("INSERT INTO hold_outs VALUES ('binance', 77, 'search')")
        blob = np.array([1, 2, 3], "<u8").tobytes()
        row = ("old", "binance", "BTC/USDT", "1m", "{}", detectors, 0, 100, blob)
        old.execute("INSERT INTO searches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    old.close()
    ledger = Ledger(path)
    assert ledger.hold_out_start("binance", 500, "new") == 77
    assert ledger.openings() == ()
    assert count(ledger) == 3 * 2  # its two detectors stand for their labels
    ledger.record(trials("new", [1, 2]))
    assert count(ledger) == 3 * 2 + 2
    assert opened(ledger, "old").nth == 1


def opened(ledger: Ledger, run: str, market: str = "binance", end: int = 900, at: str = "today") -> Opening:
    return ledger.open_hold_out(run=run, market=market, start_ms=500, end_ms=end, opened_at=at)


def test_a_run_opens_a_hold_out_once_and_keeps_its_place_time_and_range(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    first = opened(ledger, "a")
    assert first == Opening(run="a", market="binance", start_ms=500, end_ms=900, opened_at="today", nth=1)
    assert opened(ledger, "z", market="bybit").nth == 1
    assert opened(ledger, "b").nth == 2
    assert opened(ledger, "a", end=1000, at="tomorrow") == first
    assert [(one.run, one.nth) for one in ledger.openings("binance")] == [("a", 1), ("b", 2)]
    assert [(one.run, one.nth) for one in ledger.openings()] == [("a", 1), ("z", 1), ("b", 2)]


def test_asking_who_opened_a_hold_out_makes_no_ledger(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "none" / "ledger.sqlite").openings() == ()
    assert list(tmp_path.iterdir()) == []


def fixed_by(path: Path, proposed: int, answers: "multiprocessing.Queue[tuple[int, int]]") -> None:
    answers.put((proposed, Ledger(path).hold_out_start("binance", proposed, str(proposed))))


@pytest.mark.slow
def test_first_searches_at_the_same_time_agree_on_one_start(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    proposals = (100, 200, 300, 400)
    processes = [context.Process(target=fixed_by, args=(tmp_path / "l.sqlite", p, answers)) for p in proposals]
    for process in processes:
        process.start()
    found = dict(answers.get(timeout=60) for _ in proposals)
    for process in processes:
        process.join(timeout=60)
    assert sorted(found) == list(proposals)
    (start,) = set(found.values())
    assert start in proposals


def test_only_trials_whose_time_overlaps_count(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.record(trials("a", [1], start_ms=0, end_ms=100))
    ledger.record(trials("b", [2], start_ms=100, end_ms=200))
    assert (count(ledger, 0, 100), count(ledger, 99, 101), count(ledger, 100, 300)) == (1, 2, 1)
    assert ledger.distinct_trials("bybit", 0, 300) == 0


def test_a_damaged_ledger_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(BadData, match=r"ledger\.sqlite cannot be used: .*backup"):
        Ledger(path).hold_out_start("binance", 1, "a")
    assert path.read_bytes() == b"this is no database" * 100


def test_a_ledger_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises(BadData, match="unable to open"):
        Ledger(tmp_path / "ledger.sqlite").hold_out_start("binance", 1, "a")


def test_a_ledger_that_another_program_keeps_locked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.sqlite"
    assert opened(Ledger(path), "a").nth == 1
    monkeypatch.setattr("tradewind.adapters.ledger._BUSY_S", 0.05)
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(BadData, match=r"ledger\.sqlite cannot be used: database is locked"):
        opened(Ledger(path), "b")
    holder.close()
    assert [one.run for one in Ledger(path).openings()] == ["a"]
