"""Walk-forward windows over segments of one length, and the buckets trades are summed into."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.model.bars import Bars, IntArray
from tradewind.model.errors import BadSetting, NoData
from tradewind.model.time import DAY_MS, duration_text, unit_of

MOST_WINDOWS = 400
SHORT_HISTORY_DAYS = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Durations of a walk-forward in milliseconds. `purge_bars` at the end of each in-sample part are left out of it,
    so that no in-sample trade reaches into the test; `anchored` keeps every in-sample part starting at the first bar.
    """

    in_sample_ms: int
    out_of_sample_ms: int
    step_ms: int
    purge_bars: int
    anchored: bool = False

    def __post_init__(self) -> None:
        if min(self.in_sample_ms, self.out_of_sample_ms, self.step_ms) < 1:
            raise BadSetting("a walk-forward duration is nothing or less", "Use at least one bar")
        if self.purge_bars < 1:
            raise BadSetting("walk_forward.purge_bars is below 1", "It must cover the longest hold plus 1")

    @classmethod
    def of_days(
        cls,
        *,
        in_sample_days: int,
        out_of_sample_days: int,
        step_days: int,
        purge_bars: int,
        anchored: bool = False,
    ) -> "Scheme":
        """A scheme of whole days."""
        return cls(
            in_sample_ms=in_sample_days * DAY_MS,
            out_of_sample_ms=out_of_sample_days * DAY_MS,
            step_ms=step_days * DAY_MS,
            purge_bars=purge_bars,
            anchored=anchored,
        )

    @property
    def shared_days(self) -> float:
        """For how many days two choices still rest on common data: for ever where every in-sample part is anchored."""
        return math.inf if self.anchored else self.in_sample_ms / DAY_MS

    @property
    def segment_ms(self) -> int:
        """Length of a segment: the greatest common divisor of the three durations."""
        return math.gcd(self.in_sample_ms, self.out_of_sample_ms, self.step_ms)


def reference_scheme(history_days: int, purge_bars: int) -> Scheme:
    """168 days in sample, 28 out of sample, step 28; under 360 days of history 4/16, 1/16 and 1/16 of it."""
    if history_days >= SHORT_HISTORY_DAYS:
        return Scheme.of_days(in_sample_days=168, out_of_sample_days=28, step_days=28, purge_bars=purge_bars)
    out = max(1, history_days // 16)
    return Scheme.of_days(in_sample_days=4 * out, out_of_sample_days=out, step_days=out, purge_bars=purge_bars)


class Window(NamedTuple):
    """Segments of one window: in sample [in_first, in_end), out of sample [in_end, out_end).

    The last `purged` in-sample segments count without their tails: one, or more where a symbol has fewer bars in the
    last one than the purge, so that trades from before it could still end in the test.
    """

    number: int
    in_first: int
    in_end: int
    out_end: int
    purged: int = 1


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Segments of `segment_ms` from `start_ms`, and the windows made of them.

    Segments of whole days begin at a UTC midnight, others at the first bar. Windows may overlap in their tests; a
    segment is traded by the choice of the latest window that tests it. Bars are numbered by UTC day for daily figures:
    a day counts if any of it is tested, and what is signalled outside the test falls on a spare day that never counts.
    """

    start_ms: int
    segment_ms: int
    segments: int
    windows: tuple[Window, ...]
    scheme: Scheme

    @classmethod
    def over(
        cls, start_ms: int, end_ms: int, scheme: Scheme, *, clean_from_ms: int | None = None, force: bool = False
    ) -> "Segmentation":
        """Lay windows over [start_ms, end_ms), the first one from `clean_from_ms` on.

        `start_ms` is the first bar's. Segments before `clean_from_ms` hold their trades, but no window has them.
        Raises NoData where not one window fits, BadSetting beyond 400 windows.
        """
        size = scheme.segment_ms
        grid = DAY_MS if size % DAY_MS == 0 else 1
        origin = start_ms - start_ms % grid
        clean = origin if clean_from_ms is None else max(origin, clean_from_ms - clean_from_ms % grid)
        # Segments count back from the first clean moment, so that it begins one.
        before = -((origin - clean) // size)
        start = clean - before * size
        windows = _laid(scheme, before, (end_ms - clean) // size)
        if not windows:
            needed = scheme.in_sample_ms + scheme.out_of_sample_ms
            given = max(0, end_ms - clean) // unit_of(needed) * unit_of(needed)
            raise NoData(
                f"{duration_text(given, unit_of(needed))} of history are too few for a window of "
                f"{duration_text(needed)}",
                "Give more history or shorter walk_forward durations",
            )
        if len(windows) > MOST_WINDOWS and not force:
            raise BadSetting(
                f"{len(windows)} windows fit noise: more than {MOST_WINDOWS} are refused",
                "Lengthen the step of walk_forward, or pass --force",
            )
        segments = -((start - end_ms) // size)
        return cls(start, size, segments, windows, scheme)

    @property
    def day_start_ms(self) -> int:
        """The UTC midnight at which day 0 begins."""
        return self.start_ms - self.start_ms % DAY_MS

    @property
    def days(self) -> int:
        """Days numbered by `day_of`: those of the segments, and last the spare one."""
        return -((self.day_start_ms - self.start_ms - self.segments * self.segment_ms) // DAY_MS) + 1

    @cached_property
    def test_segments(self) -> npt.NDArray[np.bool_]:
        """True for each segment that is out of sample in some window; each counts once however windows overlap."""
        out = np.zeros(self.segments, np.bool_)
        for window in self.windows:
            out[window.in_end : window.out_end] = True
        out.flags.writeable = False
        return out

    @cached_property
    def test_days(self) -> npt.NDArray[np.bool_]:
        """True for each day some part of which is in a test segment; False for the spare day."""
        tested = np.flatnonzero(self.test_segments)
        offset = self.start_ms - self.day_start_ms
        first = (offset + tested * self.segment_ms) // DAY_MS
        last = (offset + (tested + 1) * self.segment_ms - 1) // DAY_MS
        change = np.zeros(self.days + 1, np.int64)
        np.add.at(change, first, 1)
        np.add.at(change, last + 1, -1)
        out: npt.NDArray[np.bool_] = np.cumsum(change[:-1]) > 0
        out.flags.writeable = False
        return out

    @cached_property
    def rows(self) -> IntArray:
        """Windows as rows of (first segment, end of the in-sample part, end of the test, purged segments)."""
        out = np.array([(w.in_first, w.in_end, w.out_end, w.purged) for w in self.windows], np.int64)
        out.flags.writeable = False
        return out

    @property
    def test_day_starts_ms(self) -> IntArray:
        """The midnight at which each test day begins."""
        return self.day_start_ms + np.flatnonzero(self.test_days).astype(np.int64) * DAY_MS

    def segment_start_ms(self, segment: npt.ArrayLike) -> IntArray:
        """When a segment begins."""
        return self.start_ms + np.asarray(segment, np.int64) * self.segment_ms

    @cached_property
    def trading(self) -> IntArray:
        """For each segment the window whose choice trades it: the latest that tests it, -1 where none does."""
        out = np.full(self.segments, -1, np.int64)
        for window in self.windows:
            out[window.in_end : window.out_end] = window.number
        out.flags.writeable = False
        return out

    def purged_over(self, series: Sequence[Bars]) -> "Segmentation":
        """The same windows, each with as many tails left out as the holes of these symbols ask for."""
        purged = np.max([self._tails_in_reach(np.array(self.boundaries(bars))) for bars in series], axis=0)
        if np.array_equal(purged, self.rows[:, 3]):
            return self
        windows = tuple(
            window._replace(purged=tails) for window, tails in zip(self.windows, purged.tolist(), strict=True)
        )
        return replace(self, windows=windows)

    def _tails_in_reach(self, edges: IntArray) -> IntArray:
        """For each window, its last in-sample segments from whose tails a symbol's trades may last into the test."""
        first, end = self.rows[:, 0], self.rows[:, 1]
        count = np.ones_like(first)
        # Where the symbol's bars end with the in-sample part, a trade still open is dropped.
        more = edges[end] < edges[-1]
        while more.any():
            tail = edges[end - count]
            more &= (count < end - first) & (tail > 0) & (tail > edges[end] - self.scheme.purge_bars)
            count += more
        return count

    def segment_of(self, bars: Bars) -> IntArray:
        """Segment of each bar."""
        out: IntArray = (bars.ts - self.start_ms) // self.segment_ms
        return out

    def day_of(self, bars: Bars) -> npt.NDArray[np.int32]:
        """Day number of each bar in a test segment; the spare day for all others."""
        day = (bars.ts - self.day_start_ms) // DAY_MS
        return np.where(self.test_segments[self.segment_of(bars)], day, self.days - 1).astype(np.int32)

    def boundaries(self, bars: Bars) -> list[int]:
        """Position of the first bar of each segment, and the end."""
        edges = self.segment_start_ms(np.arange(self.segments + 1))
        positions: Any = np.searchsorted(bars.ts, edges)
        out: list[int] = positions.tolist()
        return out

    def spans(self, bars: Bars) -> IntArray:
        """Buckets in time order: rows of (first bar, end, segment, 0 for the body or 1 for the last purged bars)."""
        edges = np.array(self.boundaries(bars), np.int64)
        first, end, segment = edges[:-1], edges[1:], np.arange(self.segments)
        tail = np.maximum(first, end - self.scheme.purge_bars)
        body = np.column_stack([first, tail, segment, np.zeros_like(segment)])
        rows = np.stack([body, np.column_stack([tail, end, segment, np.ones_like(segment)])], axis=1).reshape(-1, 4)
        out: IntArray = rows[rows[:, 0] < rows[:, 1]]
        return out


def _laid(scheme: Scheme, before: int, clean: int) -> tuple[Window, ...]:
    """Windows that fit into `clean` segments from segment `before` on."""
    size = scheme.segment_ms
    inside, outside, step = scheme.in_sample_ms // size, scheme.out_of_sample_ms // size, scheme.step_ms // size
    out: list[Window] = []
    for first in range(before, before + clean - inside - outside + 1, step):
        in_first = before if scheme.anchored else first
        out.append(Window(len(out), in_first, first + inside, first + inside + outside))
    return tuple(out)
