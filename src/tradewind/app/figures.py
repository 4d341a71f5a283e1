"""Everything a search report prints, as plain values: the run's summary, from which terminal and files are made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np

from tradewind.evidence.market import SimulatedMarket
from tradewind.model.bars import FloatArray
from tradewind.model.plan import MarketEntry
from tradewind.model.time import DAY_MS
from tradewind.model.trades import ExitReason, TradeTable
from tradewind.regimes.detector import RegimeDetector
from tradewind.regimes.report import against_truth, describe
from tradewind.search.procedure import Record
from tradewind.search.recorded import COST, NET_RETURN, replay_configuration, sums_of
from tradewind.search.scoring import R2, TRADES, WINS, R
from tradewind.search.search import SearchResult
from tradewind.search.selection import Specialist
from tradewind.search.space import Space
from tradewind.search.universe import Mask, Universe
from tradewind.stats import payoff, scores
from tradewind.stats.bootstrap import Difference, mean_difference
from tradewind.stats.drawdown import equity_path, max_drawdown
from tradewind.stats.intervals import wilson_interval
from tradewind.stats.sharpe import DAYS_PER_YEAR, sharpe
from tradewind.stats.trials import expected_best_of, minimum_backtest_length_years

LEADERS = 10
SMALL_SAMPLE = 100
STAND_ASIDE = "stand aside"
TRUE_STATES: Mapping[str, Mapping[str, tuple[str, ...]] | None] = MappingProxyType(
    {
        "trend_stress": None,
        "volatility_cluster": MappingProxyType({"NORMAL": ("BULL", "BEAR", "SIDEWAYS"), "CLUSTER": ("STRESS",)}),
        "trending_ranging_volatile": MappingProxyType(
            {"TRENDING": ("BULL", "BEAR"), "RANGING": ("SIDEWAYS",), "VOLATILE": ("STRESS",)}
        ),
    }
)


def summarise(
    universe: Universe,
    space: Space,
    result: SearchResult,
    detectors: Sequence[RegimeDetector],
    simulated: SimulatedMarket | None,
    seed: int,
) -> dict[str, Any]:
    """The summary of a search: regimes, both records, choices and comparisons; NaN as None."""
    windows = universe.segmentation.windows
    regimes, symbols = universe.columns.names[0], [one.bars.symbol for one in universe.symbols]
    comparison = differences(result.switch, result.static, seed, shared_days=universe.segmentation.scheme.shared_days)
    summary = {
        "regimes": [_regimes(universe, d, detector, simulated) for d, detector in enumerate(detectors)],
        "windows": {
            "count": len(windows),
            "in_sample_days": _days(universe.segmentation.scheme.in_sample_ms),
            "out_of_sample_days": _days(universe.segmentation.scheme.out_of_sample_ms),
            "step_days": _days(universe.segmentation.scheme.step_ms),
            "purge_bars": universe.segmentation.scheme.purge_bars,
            "test_days": int(universe.segmentation.test_days.sum()),
            "traded_by_switch": sum(any(not s.stands_aside for s in row) for row in result.window_specialists),
            "traded_by_static": sum(number >= 0 for number in result.window_static),
        },
        "procedure": {
            "switch": record_figures(result.switch, regimes, symbols),
            "static": record_figures(result.static, regimes, symbols),
            "overfit_ratio": result.overfit_ratio,
            "comparison": comparison,
        },
        "decision": decision(result, comparison["switch_minus_aside"]),
        "weights": dict(zip(universe.columns.names[0], result.weights.test.tolist(), strict=True)),
        "leaderboard": [leader(result, universe, space, int(n)) for n in result.ranking[:LEADERS]],
        "specialists": [[_specialist(s, universe, space) for s in row] for row in result.specialists],
        "static": {"number": result.static_number, **_named(space, result.static_number)},
        "distribution": _distribution(result),
        "accounts": _accounts(universe, space, result),
        "round_trip_bps": universe.symbols[0].instrument.costs.round_trip_bps,
    }
    plain: dict[str, Any] = without_nan(summary)
    return plain


def _days(duration_ms: int) -> int | float:
    """A duration in days, whole where it is."""
    return duration_ms // DAY_MS if duration_ms % DAY_MS == 0 else duration_ms / DAY_MS


def decision(result: SearchResult, earned: Mapping[str, Any]) -> dict[str, Any]:
    """Whether to trade the specialists, and why in words.

    The best of many configurations looks good on noise too. So its figures alone decide nothing: the procedure that
    chose it must have earned its costs out of sample, with the whole 95 % interval of its daily return above zero.
    """
    if all(s.stands_aside for s in result.specialists[0]):
        return {"trade": False, "reason": "no regime has a configuration that earned its costs"}
    if result.switch.count == 0:
        return {"trade": False, "reason": "the procedure never found anything to trade, so nothing is known of it"}
    if math.isnan(earned["low"]):
        return {"trade": False, "reason": "too few test days to tell what the procedure earns"}
    if earned["low"] > 0:
        return {"trade": True, "reason": "choosing in sample and trading out of sample has earned its costs"}
    how = "has lost" if earned["mean"] <= 0 else "has not clearly earned its costs"
    return {"trade": False, "reason": f"choosing in sample and trading out of sample {how}; the best looks like luck"}


def differences(switch: Record, static: Record, seed: int, *, shared_days: float = 0.0) -> dict[str, Any]:
    """What switching and the static baseline earned a day against each other and against standing aside.

    `shared_days`: for how long choices share the data they rest on, see `mean_difference`.
    """
    aside = np.zeros_like(switch.daily)
    pairs = {
        "switch_minus_static": (switch.daily, static.daily),
        "switch_minus_aside": (switch.daily, aside),
        "static_minus_aside": (static.daily, aside),
    }
    return {
        name: _difference(mean_difference(one, other, seed=seed, shared_days=shared_days))
        for name, (one, other) in pairs.items()
    }


def record_figures(record: Record, regimes: Sequence[str], symbols: Sequence[str]) -> dict[str, Any]:
    """Figures of a record over its days; `regimes` are the names of its labels, `symbols` those of its tables."""
    r, sums = record.joined("r"), np.concatenate([sums_of(table) for table in record.trades])
    net, cost = sums[:, NET_RETURN], sums[:, COST]
    ratio = sharpe(record.daily)
    path = equity_path(record.daily)
    label, reason, side = record.joined("label"), record.joined("reason"), record.joined("direction")
    groups = {
        "regime": {name: r[label == i] for i, name in enumerate(regimes)},
        "exit": {reason_.name.lower(): r[reason == reason_] for reason_ in ExitReason},
        "side": {"long": r[side > 0], "short": r[side < 0]},
        "symbol": {symbol: np.asarray(t.r) for symbol, t in zip(symbols, record.trades, strict=True)},
    }
    return {
        **_trade_figures(r),
        **_per_trade(net.mean() if len(net) else math.nan, cost.mean() if len(cost) else math.nan),
        **order_figures(record.trades),
        "sharpe_per_year": ratio.per_year,
        "sharpe_low": ratio.low_per_year,
        "sharpe_high": ratio.high_per_year,
        "days": ratio.days,
        "return": float(path[-1] - 1.0),
        "max_drawdown": max_drawdown(path).fraction,
        "worst_r": float(r.min()) if len(r) else math.nan,
        "ambiguous": int(record.joined("ambiguous").sum()),
        "by": {name: {key: _trade_figures(v) for key, v in group.items()} for name, group in groups.items()},
    }


def _per_trade(mean_net_return: float, mean_cost: float) -> dict[str, float]:
    """What a trade leaves and what it costs on average, and the cost that would leave nothing, in basis points."""
    return {
        "expectancy_bps": float(mean_net_return * 1e4),
        "cost_bps": float(mean_cost * 1e4),
        "break_even_cost_bps": float(payoff.break_even_cost_bps(mean_net_return, mean_cost)),
    }


def order_figures(tables: Sequence[TradeTable]) -> dict[str, Any]:
    """What came of the entry orders: filled, expired unfilled, and signals refused before an order was placed."""
    filled = sum(len(table) + table.unfinished for table in tables)
    expired = sum(table.expired for table in tables)
    placed = filled + expired
    return {
        "filled": filled,
        "expired": expired,
        "dropped": sum(table.dropped for table in tables),
        "unfinished": sum(table.unfinished for table in tables),
        "fill_rate": filled / placed if placed else math.nan,
    }


def _fill_rate(universe: Universe, space: Space, number: int, mask: Mask | None) -> float:
    """Share of a configuration's entry orders that were filled, over all history; market orders always are."""
    if number < 0 or isinstance(space.strategy_at(number).plan.entry, MarketEntry):
        return 1.0 if number >= 0 else math.nan
    rate: float = order_figures([replay_configuration(one, space, number, mask) for one in universe.symbols])[
        "fill_rate"
    ]
    return rate


def _trade_figures(r: FloatArray) -> dict[str, Any]:
    count, wins = len(r), int((r > 0).sum())
    low, high = wilson_interval(wins, count)
    return {
        "trades": count,
        "win_rate": wins / count if count else math.nan,
        "win_low": float(low),
        "win_high": float(high),
        "mean_r": float(r.mean()) if count else math.nan,
        "profit_factor": float(payoff.profit_factor(r.sum(), r[r > 0].sum())),
    }


def leader(result: SearchResult, universe: Universe, space: Space, number: int) -> dict[str, Any]:
    """One row of the candidate table: pooled over all test segments, selected on these figures."""
    table = result.candidates
    n, wins, total, _, gained = table.overall[number]
    low, high = wilson_interval(wins, n)
    cells = table.cells[number]
    edges = scores.edge_by_regime(cells[:, TRADES], cells[:, R])
    return {
        **_named(space, number),
        "number": number,
        "eligible": bool(table.eligible[number]),
        "trades": int(n),
        "win_rate": wins / n if n else math.nan,
        "win_low": float(low),
        "win_high": float(high),
        "robust_score": float(table.robust_score[number]),
        "break_even_score": float(table.break_even_score[number]),
        "robust_edge": float(table.robust_edge[number]),
        **_per_trade(table.mean_net_return[number], table.mean_cost[number]),
        "fill_rate": _fill_rate(universe, space, number, None),
        "ambiguous": int(table.ambiguous[number]),
        "stability": float(table.stability[number]),
        "mean_r": total / n if n else math.nan,
        "profit_factor": float(payoff.profit_factor(total, gained)),
        "sharpe_per_year": float(table.sharpe_per_day[number]) * math.sqrt(DAYS_PER_YEAR),
        "max_drawdown": float(table.max_drawdown[number]),
        "cells": {
            name: {
                "trades": int(cells[i, TRADES]),
                "win_rate": float(cells[i, WINS] / cells[i, TRADES]) if cells[i, TRADES] else math.nan,
                "edge": float(edges[i]),
                "deviation": _deviation(cells[i]),
                "small": bool(cells[i, TRADES] < SMALL_SAMPLE),
            }
            for i, name in enumerate(universe.columns.names[0])
        },
    }


def _deviation(cell: FloatArray) -> float:
    """Standard deviation of R in a cell (ddof 1)."""
    n = cell[TRADES]
    return math.sqrt(max(0.0, (cell[R2] - cell[R] ** 2 / n) / (n - 1))) if n > 1 else math.nan


def _specialist(one: Specialist, universe: Universe, space: Space) -> dict[str, Any]:
    tenth, fiftieth, last = one.runner_up_edges
    return {
        "detector": one.mask.detector,
        "regime": universe.columns.names[one.mask.detector][one.mask.label],
        "number": one.number,
        **_named(space, one.number),
        "trades": one.trades,
        "fill_rate": _fill_rate(universe, space, one.number, one.mask),
        "edge": one.edge,
        "mean_r": one.mean_r,
        "compared": one.compared,
        "edge_10th": tenth,
        "edge_50th": fiftieth,
        "edge_last": last,
    }


def _named(space: Space, number: int) -> dict[str, Any]:
    if number < 0:
        return {"name": STAND_ASIDE, "parameters": {}}
    strategy = space.strategy_at(number)
    return {"name": getattr(strategy, "name", f"#{number}"), "parameters": space.searched_at(number)}


def _regimes(
    universe: Universe, position: int, detector: RegimeDetector, simulated: SimulatedMarket | None
) -> dict[str, Any]:
    reports = [describe(one.labels_of(position), one.bars.timeframe_ms) for one in universe.symbols]
    known = np.array([report.bars * (1.0 - report.unknown_share) for report in reports])
    shares = np.nansum([np.array(r.shares) * k for r, k in zip(reports, known, strict=True)], axis=0)
    runs = np.sum([r.runs for r in reports], axis=0)
    out = {
        "detector": detector.name,
        "names": list(universe.columns.names[position]),
        "shares": (shares / max(1.0, known.sum())).tolist(),
        "unknown_share": 1.0 - float(known.sum()) / max(1, universe.bars),
        "changes_per_day": float(np.average([r.changes_per_day for r in reports], weights=np.maximum(known, 1.0))),
        "transitions": _pooled_transitions([r.transitions for r in reports], known).tolist(),
        "dwell_mean_bars": (shares / np.maximum(1, runs)).tolist(),
        "truth": None,
    }
    meaning_known = detector.name in TRUE_STATES
    if simulated is not None and meaning_known:
        out["truth"] = _truth(universe, position, detector.name, simulated)
    return out


def _pooled_transitions(tables: Sequence[Sequence[Sequence[float]]], known: FloatArray) -> FloatArray:
    """Chances of label b after label a, over symbols in proportion to their known bars; NaN where a never occurs."""
    values = np.array(tables, np.float64)
    weight = np.where(np.isfinite(values), known[:, np.newaxis, np.newaxis], 0.0)
    total = weight.sum(axis=0)
    return np.where(total > 0, np.nansum(values * weight, axis=0) / np.where(total > 0, total, 1.0), np.nan)


def _truth(universe: Universe, position: int, name: str, simulated: SimulatedMarket) -> dict[str, Any]:
    truths = [
        against_truth(
            one.labels_of(position),
            simulated.states[_minutes(simulated, one.bars.ts)],
            simulated.state_names,
            TRUE_STATES[name],
        )
        for one in universe.symbols
    ]
    bars = [t.bars for t in truths]
    confusion = np.sum([t.confusion for t in truths], axis=0)
    return {
        "accuracy": float(np.average([t.accuracy for t in truths], weights=bars)),
        "guessing": float(np.average([t.guessing for t in truths], weights=bars)),
        "state_names": list(simulated.state_names),
        "recall": np.nanmean([t.recall for t in truths], axis=0).tolist(),
        "delay_median_bars": np.nanmean([t.delay_median for t in truths], axis=0).tolist(),
        "confusion": confusion.tolist(),
    }


def _minutes(simulated: SimulatedMarket, ts: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, Any]:
    return (ts - simulated.settings.start_ms) // 60_000


def _distribution(result: SearchResult) -> dict[str, Any]:
    edge = result.candidates.robust_edge[result.candidates.eligible]
    levels = (0, 5, 25, 50, 75, 95, 100)
    return {
        "eligible": len(edge),
        "too_few_trades": int((~result.candidates.eligible).sum()),
        "positive_share": float((edge > 0).mean()) if len(edge) else math.nan,
        "robust_edge": {f"p{p}": float(np.percentile(edge, p)) for p in levels} if len(edge) else {},
    }


def _accounts(universe: Universe, space: Space, result: SearchResult) -> dict[str, Any]:
    tested = universe.segmentation.test_segments
    spans = np.concatenate([one.spans[tested[one.spans[:, 2]]] for one in universe.symbols])
    bars = int((spans[:, 1] - spans[:, 0]).sum())
    trades = float(result.candidates.overall[:, TRADES].sum())
    return {
        "configurations": len(space),
        "bars": universe.bars,
        "configuration_bars": universe.bars * len(space),
        "test_bars": bars,
        "test_trades": int(trades),
        "trades_per_100_bars": 100 * trades / max(1, bars * len(space)),
        "dropped_signals": int(result.candidates.dropped.sum()),
        "ambiguous_trades": int(result.candidates.ambiguous.sum()),
        "masked_walks": result.masked_walks,
        "replayed": result.replayed,
        "minimum_backtest_length_years": minimum_backtest_length_years(len(space), 1.0) if len(space) > 1 else math.nan,
        "luckiest_sharpe_per_year": _luckiest_sharpe(len(space), int(universe.segmentation.test_days.sum())),
    }


def _luckiest_sharpe(trials: int, days: int) -> float:
    """Annual Sharpe ratio that the best of so many independent worthless trials is expected to show in these days."""
    return expected_best_of(trials) / math.sqrt(days / DAYS_PER_YEAR) if trials > 1 else math.nan


def _difference(one: Difference) -> dict[str, Any]:
    return {**asdict(one), "clear": one.clear}


def without_nan(value: Any) -> Any:
    """The same nested value with None for NaN and infinities, and numpy numbers as Python's."""
    match value:
        case dict():
            return {key: without_nan(item) for key, item in value.items()}
        case list() | tuple():
            return [without_nan(item) for item in value]
        case float() | np.floating():
            return float(value) if math.isfinite(value) else None
        case np.integer():
            return int(value)
        case np.bool_():
            return bool(value)
    return value
