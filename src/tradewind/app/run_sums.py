"""A finished run's stored cells read back as sums by segment and configuration."""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from tradewind.adapters.run_store import FinishedRun
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.errors import RunIncomplete
from tradewind.search.universe import ALL


@dataclass(frozen=True, slots=True, eq=False)
class SegmentSums:
    """Trades, ΣR and ΣR² of configurations over all their trades, whatever the label: segments × configurations."""

    trades: FloatArray
    total_r: FloatArray
    total_r2: FloatArray


def segment_sums(run: FinishedRun, numbers: IntArray, segments: IntArray) -> SegmentSums:
    """Sums of these configurations (ascending) over these segments (ascending), bodies and tails together.

    Raises RunIncomplete where the run's cells are missing or damaged.
    """
    sums = np.zeros((3, len(segments), len(numbers)))
    names = run.tables("cells")
    if not names:
        raise RunIncomplete(f"{run.folder / 'cells'} is missing", "Make the run anew: the same search with --again")
    for name in names:
        table = run.table(name)
        table = table.filter(pc.equal(table["label"], ALL))
        configuration, segment = (table[column].to_numpy() for column in ("configuration", "segment"))
        own = np.isin(configuration, numbers) & np.isin(segment, segments)
        place = np.searchsorted(segments, segment[own]), np.searchsorted(numbers, configuration[own])
        for part, values in zip(sums, ("trades", "sum_r", "sum_r2"), strict=True):
            np.add.at(part, place, table[values].to_numpy()[own])
    return SegmentSums(*sums)
