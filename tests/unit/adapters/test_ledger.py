"""The ledger: distinct trials, a hold-out that never moves, and what it says when it is damaged."""

from pathlib import Path

import numpy as np
import pytest

from tradewind.adapters.ledger import Ledger, Trials
from tradewind.model.errors import BadData


def trials(run: str, numbers: list[int], **changed: object) -> Trials:
    values = {
        "run": run, "market": "binance", "symbols": ("BTC/USDT",), "timeframe": "1m", "costs": "{}", "labels": "[]",
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
    "changed", [{"symbols": ("ETH/USDT",)}, {"timeframe": "1h"}, {"costs": "other"}, {"labels": "other"}]
)
def test_other_symbols_timeframes_costs_or_labels_are_other_trials(tmp_path: Path, changed: dict[str, object]) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.record(trials("a", [1, 2]))
    ledger.record(trials("b", [1, 2], **changed))
    assert count(ledger) == 4


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
