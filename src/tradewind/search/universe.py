"""All symbols of a search side by side, and the label columns their trades are summed into."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.model.bars import IntArray
from tradewind.model.errors import BadSetting
from tradewind.search.prepare import Prepared
from tradewind.search.windows import Segmentation

ALL = 0  # the column that takes every trade, whatever its labels
MOST_JOINT_LABELS = 255


class Mask(NamedTuple):
    """Entries only where detector number `detector` says `label`."""

    detector: int
    label: int


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Label columns of the cells: column 0 takes every trade, then each detector's labels in order."""

    names: tuple[tuple[str, ...], ...]

    def of(self, detector: int, label: int) -> int:
        return 1 + sum(len(names) for names in self.names[:detector]) + label

    def slice_of(self, detector: int) -> slice:
        first = self.of(detector, 0)
        return slice(first, first + len(self.names[detector]))

    @property
    def count(self) -> int:
        return self.of(len(self.names), 0)

    @property
    def masks(self) -> tuple[Mask, ...]:
        """Every (detector, label)."""
        return tuple(Mask(d, label) for d, names in enumerate(self.names) for label in range(len(names)))


@dataclass(frozen=True, slots=True, eq=False)
class Universe:
    """All symbols of a search in a fixed order (by name), with one numbering of joint labels.

    Trades are summed into `buckets` numbered by the symbols' spans, and into `days`.
    """

    symbols: tuple[Prepared, ...]
    cells: tuple[npt.NDArray[np.uint8], ...]
    column_of_cell: IntArray
    columns: Columns
    segmentation: Segmentation
    buckets: int
    days: int

    @classmethod
    def of(cls, symbols: Sequence[Prepared], segmentation: Segmentation) -> "Universe":
        """Number the joint labels that occur, and purge each window as the symbols' holes ask.

        Raises BadSetting where the joint labels are more than a byte holds.
        """
        ordered = tuple(sorted(symbols, key=lambda one: one.bars.symbol))
        columns = Columns(ordered[0].label_names)
        cells, present = joint_labels([one.labels for one in ordered], [len(names) for names in columns.names])
        if len(present) > MOST_JOINT_LABELS:
            raise BadSetting(f"the detectors make {len(present)} joint labels", "Ask for fewer detectors")
        column_of_cell = np.full(present.shape, -1, np.int64)
        for detector in range(present.shape[1]):
            known = present[:, detector] >= 0
            column_of_cell[known, detector] = columns.of(detector, 0) + present[known, detector]
        laid = segmentation.purged_over([one.bars for one in ordered])
        return cls(
            ordered,
            tuple(cell.astype(np.uint8) for cell in cells),
            column_of_cell,
            columns,
            laid,
            laid.segments,
            laid.days,
        )

    @property
    def bars(self) -> int:
        return sum(len(one.bars) for one in self.symbols)

    def columns_at(self, one: Prepared, at: IntArray) -> IntArray:
        """Label columns of the bars `at` of a symbol, one row a bar: ALL, then each detector's column or -1."""
        out = np.full((len(at), 1 + len(self.columns.names)), ALL, np.int64)
        for detector, labels in enumerate(one.labels):
            label = labels[at].astype(np.int64)
            out[:, 1 + detector] = np.where(label >= 0, self.columns.of(detector, 0) + label, -1)
        return out


def joint_labels(
    labels: Sequence[npt.NDArray[np.int8]], names: Sequence[int]
) -> tuple[list[npt.NDArray[np.int32]], IntArray]:
    """The joint label of each bar, by series, and what they are: rows of each detector's label, ascending.

    `labels` is detectors × bars of each series, -1 unknown, `names` how many labels each detector has. Joint labels
    are only those that occur.
    """
    present = np.zeros((1, 0), np.int64)
    cells = [np.zeros(one.shape[1], np.int32) for one in labels]
    for detector, count in enumerate(names):
        base = count + 1
        coded = [cell * base + one[detector] + 1 for cell, one in zip(cells, labels, strict=True)]
        occurs = sum(np.bincount(code, minlength=len(present) * base) for code in coded) > 0
        place = (np.cumsum(occurs) - 1).astype(np.int32)
        cells = [place[code] for code in coded]
        before, label = np.divmod(np.flatnonzero(occurs), base)
        present = np.column_stack([present[before], label - 1])
    return cells, present
