"""Two runs side by side: what was asked differently, what came out, and how far their candidate tables agree."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from tradewind.adapters.run_store import FinishedRun
from tradewind.app.figures import without_nan

TOP = 100
_COSTS = ("expectancy_bps", "cost_bps", "break_even_cost_bps", "fill_rate")
_RECORD = ("trades", *_COSTS, "win_rate", "mean_r", "profit_factor", "sharpe_per_year", "return", "max_drawdown")
_BEST = ("robust_edge", "trades", *_COSTS, "ambiguous", "sharpe_per_year")


def compare(first: FinishedRun, second: FinishedRun) -> dict[str, Any]:
    """Differences of two runs as plain values.

    `asked` lists every setting, dataset or code version that differs; `figures` the procedure records, the best
    candidate and the decision of both; `specialists` who was chosen for each regime of the first detector;
    `candidates` how the robust edges of configurations in both tables agree (Spearman's rank correlation, None where
    fewer than three are in both), how many of the best 100 they share, and `trades`: what a trade of all of them came
    to in each run. The same configurations under two plans or two costs: that is what orders and costs change alone.
    """
    plain: dict[str, Any] = without_nan(
        {
            "runs": [first.run_id, second.run_id],
            "asked": dict(_asked(first.manifest, second.manifest)),
            "figures": {name: [_figure(run, name) for run in (first, second)] for name in _figures()},
            "specialists": _specialists(first, second),
            "candidates": _candidates(first, second),
        }
    )
    return plain


def _asked(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    one, other = dict(_flat(first)), dict(_flat(second))
    for key in sorted(one.keys() | other.keys()):
        if one.get(key) != other.get(key):
            yield key, [one.get(key), other.get(key)]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _flat(item, f"{path}.{key}" if path else str(key))
        case list() if any(isinstance(item, dict) for item in value):
            for i, item in enumerate(value):
                yield from _flat(item, f"{path}.{i}")
        case _:
            yield path, value


def _figures() -> list[str]:
    records = [f"{record} {name}" for record in ("switch", "static") for name in _RECORD]
    return [*records, *(f"best {name}" for name in _BEST), "decision"]


def _figure(run: FinishedRun, name: str) -> Any:
    if name == "decision":
        return "trade" if run.summary["decision"]["trade"] else "stand aside"
    record, _, key = name.partition(" ")
    return (run.summary["leaderboard"][0] if record == "best" else run.summary["procedure"][record])[key]


def _specialists(first: FinishedRun, second: FinishedRun) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {}
    for place, run in enumerate((first, second)):
        for one in run.summary["specialists"][0]:
            chosen = {"name": one["name"], "parameters": one["parameters"], "edge": one["edge"]}
            out.setdefault(one["regime"], [None, None])[place] = chosen
    return out


def _candidates(first: FinishedRun, second: FinishedRun) -> dict[str, Any]:
    names = sorted(set(first.manifest["space"]["signal_parameters"]) | set(first.manifest["space"]["plan_parameters"]))
    tables = [_edges(run, names) for run in (first, second)]
    both = sorted(tables[0].keys() & tables[1].keys(), key=str)
    edges = np.array([[table[key][0] for key in both] for table in tables]).reshape(2, -1)
    known = np.isfinite(edges).all(axis=0)
    agreement = float(spearmanr(*edges[:, known]).statistic) if known.sum() > 2 else None
    best = [{key for key, (_, rank, _) in table.items() if rank <= TOP} for table in tables]
    trades = [
        _all_trades(run, [table[key][2] for key in both]) for run, table in zip((first, second), tables, strict=True)
    ]
    return {
        "in_both": len(both),
        "rank_correlation": agreement,
        "shared_of_best": len(best[0] & best[1]),
        "best": TOP,
        "trades": {name: [one[name], other[name]] for one, other in [trades] for name in one},
    }


def _all_trades(run: FinishedRun, rows: Sequence[int]) -> dict[str, float]:
    """What the trades of some rows of the candidate table came to: how many, and what one left and cost on average."""
    table = run.table("candidates").take(rows)
    trades, net, cost, ambiguous = (
        np.nan_to_num(table[name].to_numpy()) for name in ("trades", "mean_net_return", "mean_cost", "ambiguous")
    )
    count = trades.sum()
    net_bps, cost_bps = (1e4 * float((trades * each).sum() / count) if count else math.nan for each in (net, cost))
    return {
        "trades": int(count),
        "expectancy_bps": net_bps,
        "cost_bps": cost_bps,
        "break_even_cost_bps": net_bps + cost_bps,
        "ambiguous_share": float(ambiguous.sum() / count) if count else math.nan,
    }


def _edges(run: FinishedRun, names: list[str]) -> dict[tuple[Any, ...], tuple[float, int, int]]:
    """Robust edge, rank and row of every configuration, by its parameters; empty where the run has others."""
    table = run.table("candidates")
    if not set(names) <= set(table.column_names):
        return {}
    keys = zip(*(table[name].to_pylist() for name in names), strict=True)
    values = zip(table["robust_edge"].to_pylist(), table["rank"].to_pylist(), range(len(table)), strict=True)
    return dict(zip(keys, values, strict=True))
