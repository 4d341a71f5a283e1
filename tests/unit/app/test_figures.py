"""A run's figures against its own tables, computed again with pandas and plain Python."""

import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.app.small_search import searched, small_request

from tradewind.adapters.run_store import FinishedRun
from tradewind.app.figures import without_nan

SYMBOLS = 3


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    return searched(small_request(days=48, seed=1, symbols=SYMBOLS), tmp_path_factory.mktemp("figures"))


def frame(run: FinishedRun, name: str) -> pd.DataFrame:
    return pd.DataFrame(run.table(name).to_pydict())


def all_cells(run: FinishedRun) -> pd.DataFrame:
    """Every cell, with the name of its label."""
    units = [path.stem for path in sorted((run.folder / "cells").glob("*.parquet"))]
    cells = pd.concat([frame(run, f"cells/{unit}") for unit in units], ignore_index=True)
    return cells.merge(frame(run, "labels"), on="label")


def close(value: float | None, expected: float) -> bool:
    return value is not None and math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("record", ["switch", "static"])
def test_the_procedure_record_equals_its_table_of_trades(run: FinishedRun, record: str) -> None:
    figures = run.summary["procedure"][record]
    trades = frame(run, "procedure_trades").query("record == @record")
    assert figures["trades"] == len(trades) > 50
    assert close(figures["win_rate"], (trades.r > 0).mean())
    assert close(figures["mean_r"], trades.r.mean())
    assert close(figures["profit_factor"], trades.r[trades.r > 0].sum() / -trades.r[trades.r <= 0].sum())
    assert close(figures["worst_r"], trades.r.min())
    net = (trades.direction * (trades.exit_price - trades.entry_price) - trades.fees) / trades.entry_price
    assert close(figures["expectancy_bps"], 1e4 * net.mean())
    # Against raw prices, which are a slip of 1 bp better than the fills.
    raw_entry, raw_exit = (
        trades.entry_price / (1 + trades.direction * 1e-4),
        trades.exit_price / (1 - trades.direction * 1e-4),
    )
    gross = trades.direction * (raw_exit - raw_entry) / trades.entry_price
    assert close(figures["break_even_cost_bps"], 1e4 * gross.mean())
    assert close(figures["cost_bps"], 1e4 * (gross - net).mean())
    assert (figures["filled"], figures["expired"]) == (len(trades) + figures["unfinished"], 0)
    assert figures["fill_rate"] == 1.0
    assert np.allclose(np.log1p(net), trades.log_return, atol=1e-12)
    for key, column in (("exit", "reason"), ("symbol", "symbol")):
        for name, group in trades.groupby(column):
            part = figures["by"][key][name]
            assert part["trades"] == len(group)
            assert close(part["mean_r"], group.r.mean())
        assert sum(part["trades"] for part in figures["by"][key].values()) == len(trades)


@pytest.mark.parametrize("record", ["switch", "static"])
def test_its_days_sharpe_return_and_drawdown_equal_those_of_its_trades(run: FinishedRun, record: str) -> None:
    figures = run.summary["procedure"][record]
    trades = frame(run, "procedure_trades").query("record == @record")
    days = frame(run, "procedure_days").set_index("day_ms")
    by_day = trades.groupby(trades.signal_ts // 86_400_000 * 86_400_000).log_return.sum() / SYMBOLS
    daily = by_day.reindex(days.index, fill_value=0.0)
    assert set(by_day.index) <= set(days.index)
    assert np.allclose(days[record], daily, atol=1e-14)
    assert figures["days"] == len(daily) == run.summary["windows"]["test_days"]
    assert close(figures["sharpe_per_year"], daily.mean() / daily.std() * math.sqrt(365))
    equity = np.exp(np.concatenate([[0.0], daily.cumsum()]))
    assert close(figures["return"], equity[-1] - 1)
    assert close(figures["max_drawdown"], (1 - equity / np.maximum.accumulate(equity)).max())
    other = np.zeros(len(daily)) if record == "static" else days["static"].to_numpy()
    name = "static_minus_aside" if record == "static" else "switch_minus_static"
    assert close(run.summary["procedure"]["comparison"][name]["mean"], (daily - other).mean())


def test_the_candidate_table_equals_sums_over_its_cells(run: FinishedRun) -> None:
    cells, windows = all_cells(run), frame(run, "windows")
    tested = {s for w in windows.itertuples() for s in range(w.test_segment, w.end_segment)}
    cells = cells[cells.segment.isin(tested)]
    overall = cells[cells.name == "ALL"].groupby("configuration")[["trades", "wins", "sum_r", "sum_r_of_wins"]].sum()
    candidates = frame(run, "candidates").set_index("configuration")
    for column in overall:
        assert np.allclose(candidates[column], overall[column].reindex(candidates.index, fill_value=0), atol=1e-9)
    weights = {name: weight for name, weight in run.summary["weights"].items() if weight}
    for one in run.summary["leaderboard"]:
        row = overall.loc[one["number"]]
        assert one["trades"] == row.trades
        assert close(one["win_rate"], row.wins / row.trades)
        assert close(one["mean_r"], row.sum_r / row.trades)
        assert close(one["profit_factor"], row.sum_r_of_wins / (row.sum_r_of_wins - row.sum_r))
        kept, paid = candidates.loc[one["number"], ["mean_net_return", "mean_cost"]] * 1e4
        assert close(one["expectancy_bps"], kept)
        assert close(one["cost_bps"], paid)
        assert close(one["break_even_cost_bps"], kept + paid)
        assert 9.9 < paid < 10.1, "two market fills"
        mine = cells[cells.configuration == one["number"]]
        edge = 0.0
        for name, weight in weights.items():
            part = mine[mine.name == f"trend_stress:{name}"]
            n, total = int(part.trades.sum()), float(part.sum_r.sum())
            assert one["cells"][name]["trades"] == n
            edge += weight * (total / (n + 30) if n >= 30 else min(0.0, one["mean_r"]))
        if all(one["cells"][name]["trades"] >= 30 for name in weights):
            assert close(one["robust_edge"], edge)
    ranked = candidates.sort_values("rank")
    assert [one["number"] for one in run.summary["leaderboard"]] == ranked.index[:10].tolist()


def plain_static_choice(run: FinishedRun, window: Any, weights: dict[str, float]) -> int:
    """The best static configuration on a window's in-sample cells, straight from the definitions; -1 for none."""
    cells = all_cells(run)
    inside = (cells.segment >= window.first_segment) & (cells.segment < window.test_segment)
    purged = (cells.segment == window.test_segment - 1) & cells["tail"]
    n: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    total: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in cells[inside & ~purged].itertuples():
        if row.name.startswith("trend_stress:"):
            regime = row.name.partition(":")[2]
            n[row.configuration][regime] += row.trades
            total[row.configuration][regime] += row.sum_r
    best, best_edge = -1, 0.0
    for number in sorted(n):
        trades, r = n[number], total[number]
        if sum(trades.values()) < 100 or any(trades[name] < 30 for name in weights):
            continue
        edge = sum(weight * r[name] / (trades[name] + 30) for name, weight in weights.items())
        if edge > best_edge + 1e-12:
            best, best_edge = number, edge
    return best


def test_the_static_choice_of_each_window_is_the_one_the_definition_names(run: FinishedRun) -> None:
    windows, choices = frame(run, "windows"), frame(run, "choices")
    weights = {name: weight for name, weight in run.summary["weights"].items() if weight}
    found = []
    for window in windows.itertuples():
        chosen = choices[choices.window == window.window].static.unique()
        assert len(chosen) == 1
        assert chosen[0] == plain_static_choice(run, window, weights)
        found.append(chosen[0])
    assert max(found) >= 0, "nothing was ever chosen: this proves nothing"


def test_the_summary_is_strict_json_with_null_for_what_is_undefined(run: FinishedRun) -> None:
    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    text = (run.folder / "summary.json").read_text()
    assert json.loads(text, parse_constant=refuse) == run.summary
    assert without_nan({"a": [math.nan, np.float64(math.inf), np.int64(3), np.bool_(True)], "b": (1.5,)}) == {
        "a": [None, None, 3, True], "b": [1.5],
    }  # fmt: skip


def test_the_sharpe_of_the_luckiest_belongs_to_the_days_of_the_test(run: FinishedRun) -> None:
    # It shrinks with the root of time, and is 1 at the minimum backtest length.
    years = run.summary["windows"]["test_days"] / 365
    shortest = run.summary["accounts"]["minimum_backtest_length_years"]
    assert run.summary["accounts"]["luckiest_sharpe_per_year"] == pytest.approx((shortest / years) ** 0.5, rel=1e-12)


def test_every_configuration_is_a_candidate_once(run: FinishedRun) -> None:
    candidates = frame(run, "candidates")
    assert candidates.configuration.tolist() == list(range(96))
    assert sorted(candidates["rank"]) == list(range(1, 97))


def test_detectors_are_measured_against_the_states_that_were_planted(run: FinishedRun) -> None:
    for one in run.summary["regimes"]:
        assert 0 < one["truth"]["accuracy"] <= 1
        assert math.isclose(sum(one["shares"]), 1.0, abs_tol=1e-9)
        confusion = np.array(one["truth"]["confusion"])
        assert confusion.sum() > 0


def test_the_folder_of_a_run_names_no_path_of_this_machine(run: FinishedRun, tmp_path: Path) -> None:
    for path in run.folder.rglob("*"):
        if path.is_file() and path.name != "run.meta.toml":
            assert str(run.folder.parent).encode() not in path.read_bytes()


RESTING = ("strategy.fixed.entry_expiry=1", "strategy.fixed.limit_target=true")


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    return searched(small_request(days=48, overrides=RESTING), tmp_path_factory.mktemp("maker"))


def test_resting_orders_pay_the_makers_fee_and_the_others_the_takers(maker: FinishedRun) -> None:
    trades = frame(maker, "procedure_trades")
    paid = 1e4 * (trades.fees + trades.slippage) / trades.entry_price
    at_target = trades.reason == "target"
    assert 20 < at_target.sum() < len(trades) - 20
    assert not trades.slippage[at_target].any()
    raw_exit = trades.exit_price / (1 - trades.direction * 1e-4)
    assert np.allclose(trades.slippage[~at_target], 1e-4 * raw_exit[~at_target], rtol=1e-9)
    fees = 0.0002 * trades.entry_price + np.where(at_target, 0.0002, 0.0004) * trades.exit_price
    assert np.allclose(trades.fees, fees, rtol=1e-9)
    for name in ("switch", "static"):
        figures = maker.summary["procedure"][name]
        own = paid[trades.record == name]
        assert close(figures["cost_bps"], own.mean())
        assert close(figures["break_even_cost_bps"], figures["expectancy_bps"] + own.mean())


def test_a_fill_rate_is_of_the_orders_placed(maker: FinishedRun) -> None:
    for figures in maker.summary["procedure"]["switch"], maker.summary["procedure"]["static"]:
        assert figures["expired"] > 0
        assert figures["filled"] == figures["trades"] + figures["unfinished"]
        assert figures["fill_rate"] == figures["filled"] / (figures["filled"] + figures["expired"])
    rates = [one["fill_rate"] for one in maker.summary["leaderboard"]]
    assert 0.9 < min(rates) < 1 >= max(rates)
    chosen = [one for row in maker.summary["specialists"] for one in row]
    assert all((one["fill_rate"] is None) == (one["number"] < 0) for one in chosen)
