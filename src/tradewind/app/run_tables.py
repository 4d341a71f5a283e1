"""A search's arrays as tables of a run folder, and its finished units as arrays that can be kept and recalled."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.adapters.memory import return_freed_memory
from tradewind.adapters.run_store import RunWriter
from tradewind.model.trades import ExitReason
from tradewind.search.cells import Walked
from tradewind.search.procedure import confidences_of, configurations_of
from tradewind.search.scoring import R2, R_OF_WINS, TRADES, WINS, Candidates, R, Shortlist, StaticChoice
from tradewind.search.search import SearchResult, UnitScores
from tradewind.search.selection import Specialist
from tradewind.search.space import Space
from tradewind.search.universe import Columns, Universe
from tradewind.search.windows import Segmentation

SEGMENTS_AT_ONCE = 2  # of a unit's cells, while they are written
Table = dict[str, npt.NDArray[Any]]
_PARTS = MappingProxyType({"candidates": Candidates, "shortlist": Shortlist, "static": StaticChoice})


class UnitKeeper:
    """Keeps finished units of a search in the run's folder: their scores to resume, their cells as the result."""

    def __init__(
        self, writer: RunWriter, columns: Columns, detectors: Sequence[str], segmentation: Segmentation
    ) -> None:
        self._writer = writer
        self._names = ["ALL"] + [
            f"{detector}:{name}" for detector, names in zip(detectors, columns.names, strict=True) for name in names
        ]
        self._segmentation = segmentation

    def recall(self, unit: int) -> UnitScores | None:
        """Scores of a unit finished before, or None."""
        arrays = self._writer.recall(unit)
        if arrays is None:
            return None
        parts: dict[str, Any] = {}
        for name, kind in _PARTS.items():
            parts[name] = kind(**{f.name: arrays[f"{name}.{f.name}"] for f in fields(kind)})
        return UnitScores(**parts)

    def keep(self, unit: int, unit_scores: UnitScores, walked: Walked) -> None:
        """Write the unit's cells, then its scores: where the scores are there, the cells are too."""
        self._writer.table(f"cells/unit-{unit:04}", self._cells(walked))
        arrays = {
            f"{name}.{f.name}": getattr(getattr(unit_scores, name), f.name)
            for name, kind in _PARTS.items()
            for f in fields(kind)
        }
        self._writer.keep(unit, arrays)
        return_freed_memory()

    def _cells(self, walked: Walked) -> Iterator[Table]:
        """Every configuration × segment × body or tail × label that has a trade; windows are sums of these."""
        for first in range(0, len(walked.cells), SEGMENTS_AT_ONCE):
            yield self._cells_of(walked, first, walked.cells[first : first + SEGMENTS_AT_ONCE])

    def _cells_of(self, walked: Walked, first: int, cells: npt.NDArray[np.float64]) -> Table:
        segment, tail, row, column = np.nonzero(cells[..., TRADES])
        values = cells[segment, tail, row, column]
        return {
            "configuration": walked.numbers[row].astype(np.int32),
            "segment": (first + segment).astype(np.int32),
            "tail": tail.astype(np.bool_),
            "label": column.astype(np.int8) if len(self._names) < 128 else column.astype(np.int32),
            "trades": values[:, TRADES].astype(np.int32),
            "wins": values[:, WINS].astype(np.int32),
            "sum_r": values[:, R],
            "sum_r2": values[:, R2],
            "sum_r_of_wins": values[:, R_OF_WINS],
        }

    def labels(self) -> Table:
        """What the numbers in the cells' `label` column mean."""
        return {"label": np.arange(len(self._names), dtype=np.int32), "name": np.array(self._names)}


def result_tables(universe: Universe, space: Space, result: SearchResult) -> dict[str, Table]:
    """The tables of a run: candidates, windows, choices, procedure trades and days."""
    return {
        "candidates": _candidates(universe, space, result),
        "windows": _windows(universe),
        "choices": _choices(universe, space, result),
        "specialists": _specialists(universe, space, [s for row in result.specialists for s in row]),
        "procedure_trades": _trades(universe, space, result),
        "procedure_days": {
            "day_ms": universe.segmentation.test_day_starts_ms,
            "switch": result.switch.daily,
            "static": result.static.daily,
        },
    }


def _candidates(universe: Universe, space: Space, result: SearchResult) -> Table:
    table = result.candidates
    rank = np.empty(len(space), np.int32)
    rank[result.ranking] = np.arange(1, len(space) + 1)
    parameters = [space.searched_at(number) for number in range(len(space))]
    out: Table = {"configuration": table.numbers.astype(np.int32), "rank": rank}
    for name in (*space.signal_values, *space.exit_values):
        out[name] = np.array([p[name] for p in parameters])
    for name, column in zip(("trades", "wins", "sum_r", "sum_r2", "sum_r_of_wins"), table.overall.T, strict=True):
        out[name] = column
    for f in fields(table):
        values = getattr(table, f.name)
        if f.name != "numbers" and values.ndim == 1:
            out[f.name] = values
    for i, name in enumerate(universe.columns.names[0]):
        out[f"trades_{name}"] = table.cells[:, i, TRADES]
        out[f"sum_r_{name}"] = table.cells[:, i, R]
    return out


def _windows(universe: Universe) -> Table:
    windows = universe.segmentation.windows
    starts = universe.segmentation.segment_start_ms
    return {
        "window": np.array([w.number for w in windows], np.int32),
        "in_sample_start_ms": starts([w.in_first for w in windows]),
        "out_of_sample_start_ms": starts([w.in_end for w in windows]),
        "out_of_sample_end_ms": starts([w.out_end for w in windows]),
        "first_segment": np.array([w.in_first for w in windows], np.int32),
        "test_segment": np.array([w.in_end for w in windows], np.int32),
        "end_segment": np.array([w.out_end for w in windows], np.int32),
        "purged_segments": np.array([w.purged for w in windows], np.int32),
    }


def _choices(universe: Universe, space: Space, result: SearchResult) -> Table:
    """What each window chose in sample: one row per window and regime, and one for the static baseline."""
    rows = [(w, s) for w, row in enumerate(result.window_specialists) for s in row]
    table = _specialists(universe, space, [s for _, s in rows])
    return {
        "window": np.array([w for w, _ in rows], np.int32),
        **table,
        "static": np.array([result.window_static[w] for w, _ in rows], np.int32),
    }


def _specialists(universe: Universe, space: Space, chosen: Sequence[Specialist]) -> Table:
    names = universe.columns.names
    return {
        "detector": np.array([s.mask.detector for s in chosen], np.int32),
        "regime": np.array([names[s.mask.detector][s.mask.label] for s in chosen]),
        "configuration": np.array([s.number for s in chosen], np.int32),
        "trades": np.array([s.trades for s in chosen], np.int32),
        "edge": np.array([s.edge for s in chosen]),
        "mean_r": np.array([s.mean_r for s in chosen]),
        "compared": np.array([s.compared for s in chosen], np.int32),
    }


def _trades(universe: Universe, space: Space, result: SearchResult) -> Table:
    """Every trade of the procedure, with times, the configuration that opened it and its signal's confidence."""
    records = (("switch", result.switch, result.switch_choices), ("static", result.static, result.static_choices))
    parts: dict[str, list[npt.NDArray[Any]]] = {}
    for name, record, choices in records:
        for one, trades in zip(universe.symbols, record.trades, strict=True):
            numbers = configurations_of(one, universe.segmentation, trades, choices)
            columns = dict(trades.columns())
            columns.pop("plan")
            reason = np.array([ExitReason(r).name.lower() for r in trades.reason.tolist()], dtype=object)
            for column in ("signal", "entry", "exit"):
                columns[f"{column}_ts"] = one.bars.ts[columns.pop(column)]
            columns |= {
                "configuration": numbers.astype(np.int32),
                "confidence": confidences_of(one, space, trades, numbers),
                "record": np.full(len(trades), name, dtype=object),
                "symbol": np.full(len(trades), one.bars.symbol, dtype=object),
                "reason": reason,
            }
            for column, values in columns.items():
                parts.setdefault(column, []).append(values)
    return {column: np.concatenate(values) for column, values in parts.items()}
