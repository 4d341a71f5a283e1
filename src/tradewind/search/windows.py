"""Walk-forward windows over segments of whole days, and the buckets trades are summed into."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting, NoData
from tradewind.model.time import DAY_MS

MOST_WINDOWS = 400
SHORT_HISTORY_DAYS = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Durations of a walk-forward in days. `purge_bars` at the end of each in-sample part are left out of it, so that
    no in-sample trade reaches into the test; `anchored` keeps every in-sample part starting at the first day.
    """

    in_sample_days: int
    out_of_sample_days: int
    step_days: int
    purge_bars: int
    anchored: bool = False

    def __post_init__(self) -> None:
        if min(self.in_sample_days, self.out_of_sample_days, self.step_days) < 1:
            raise BadSetting("a walk-forward duration is below one day", "Use whole days, at least 1")
        if self.purge_bars < 1:
            raise BadSetting("walk_forward.purge_bars is below 1", "It must cover the longest hold plus 1")


def reference_scheme(history_days: int, purge_bars: int) -> Scheme:
    """168 days in sample, 28 out of sample, step 28; under 360 days of history 4/16, 1/16 and 1/16 of it."""
    if history_days >= SHORT_HISTORY_DAYS:
        return Scheme(in_sample_days=168, out_of_sample_days=28, step_days=28, purge_bars=purge_bars)
    out = max(1, history_days // 16)
    return Scheme(in_sample_days=4 * out, out_of_sample_days=out, step_days=out, purge_bars=purge_bars)


@dataclass(frozen=True, slots=True)
class Window:
    """Segments of one window: in sample [in_first, in_end), out of sample [in_end, out_end).

    The last `purged` in-sample segments count without their tails: one, or more where a symbol has fewer bars in the
    last one than the purge, so that trades from before it could still end in the test.
    """

    number: int
    in_first: int
    in_end: int
    out_end: int
    purged: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Segments of `segment_days` from `start_ms` (a UTC midnight), and the windows made of them.

    Windows may overlap in their tests; a segment is traded by the choice of the latest window that tests it.
    """

    start_ms: int
    segment_days: int
    segments: int
    windows: tuple[Window, ...]
    scheme: Scheme

    @classmethod
    def over(
        cls, start_ms: int, end_ms: int, scheme: Scheme, *, clean_from_ms: int | None = None, force: bool = False
    ) -> "Segmentation":
        """Lay windows over [start_ms, end_ms), the first one from `clean_from_ms` on.

        Segments before it hold their trades, but no window has them. Raises NoData where not one window fits,
        BadSetting beyond 400 windows.
        """
        size = math.gcd(scheme.in_sample_days, scheme.out_of_sample_days, scheme.step_days)
        midnight = start_ms - start_ms % DAY_MS
        clean = midnight if clean_from_ms is None else max(midnight, clean_from_ms - clean_from_ms % DAY_MS)
        # Segments count back from the first clean day, so that it begins one.
        before = math.ceil((clean - midnight) / (size * DAY_MS))
        start = clean - before * size * DAY_MS
        clean_days = (end_ms - clean) // DAY_MS
        inside, outside, step = (
            days_ // size for days_ in (scheme.in_sample_days, scheme.out_of_sample_days, scheme.step_days)
        )
        windows: list[Window] = []
        first = before
        while (first - before + inside + outside) * size <= clean_days:
            in_first = before if scheme.anchored else first
            windows.append(Window(len(windows), in_first, first + inside, first + inside + outside))
            first += step
        if not windows:
            needed = scheme.in_sample_days + scheme.out_of_sample_days
            raise NoData(
                f"{max(0, clean_days)} days of history are too few for a window of {needed} days",
                "Give more history or shorter walk_forward durations",
            )
        if len(windows) > MOST_WINDOWS and not force:
            raise BadSetting(
                f"{len(windows)} windows fit noise: more than {MOST_WINDOWS} are refused",
                "Lengthen walk_forward.step_days, or pass --force",
            )
        segments = math.ceil((end_ms - start) / (size * DAY_MS))
        return cls(start, size, segments, tuple(windows), scheme)

    @property
    def days(self) -> int:
        return self.segments * self.segment_days

    @property
    def test_segments(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """True for each segment that is out of sample in some window; each counts once however windows overlap."""
        out = np.zeros(self.segments, np.bool_)
        for window in self.windows:
            out[window.in_end : window.out_end] = True
        return out

    @property
    def test_days(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """The same for each day."""
        return np.repeat(self.test_segments, self.segment_days)

    def traded(self, window: Window) -> tuple[int, int]:
        """Segments [first, end) that a window's choice trades: its test up to where the next window's begins."""
        later = [other.in_end for other in self.windows[window.number + 1 : window.number + 2]]
        return window.in_end, min([window.out_end, *later])

    def purged_over(self, series: Sequence[Bars]) -> "Segmentation":
        """The same windows, each with as many tails left out as the holes of these symbols ask for."""
        edges = [self.boundaries(bars) for bars in series]
        windows = tuple(
            replace(window, purged=max(self._tails_in_reach(window, one) for one in edges)) for window in self.windows
        )
        return replace(self, windows=windows)

    def _tails_in_reach(self, window: Window, edges: Sequence[int]) -> int:
        """In-sample segments at the window's end from whose tails one symbol's trades may last into the test."""
        end = edges[window.in_end]
        if end == edges[-1]:
            return 1  # the symbol's bars end here: a trade still open is dropped
        count = 1
        while (
            count < window.in_end - window.in_first and 0 < edges[window.in_end - count] > end - self.scheme.purge_bars
        ):
            count += 1
        return count

    def day_of(self, bars: Bars) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        """Day number of each bar, from the first segment's start."""
        return ((bars.ts - self.start_ms) // DAY_MS).astype(np.int32)

    def boundaries(self, bars: Bars) -> list[int]:
        """Position of the first bar of each segment, and the end."""
        edges = self.start_ms + np.arange(self.segments + 1) * self.segment_days * DAY_MS
        return [int(i) for i in np.searchsorted(bars.ts, edges)]

    def spans(self, bars: Bars) -> list[tuple[int, int, int, int]]:
        """Buckets in time order: (first bar, end, segment, 0 for the body or 1 for the last `purge_bars` bars)."""
        out = []
        for segment, (first, end) in enumerate(pairwise(self.boundaries(bars))):
            tail = max(first, end - self.scheme.purge_bars)
            out += [span for span in ((first, tail, segment, 0), (tail, end, segment, 1)) if span[0] < span[1]]
        return out
