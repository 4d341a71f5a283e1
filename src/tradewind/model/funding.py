"""Funding rates of a perpetual: what longs pay shorts, as a fraction of the position, some times a day."""

import hashlib
from dataclasses import dataclass

import numpy as np

from tradewind.model.bars import Bars, FloatArray, IntArray
from tradewind.model.errors import BadData
from tradewind.model.instrument import checked_symbol
from tradewind.model.time import HOUR_MS, MINUTE_MS, TimeRange, utc_text

LARGEST_RATE = 0.1  # a tenth of the position at once: venues cap rates far below
LONGEST_PAUSE_MS = 8 * HOUR_MS + MINUTE_MS  # between two rates of a venue that settles every eight hours
FUNDING_COLUMNS = ("ts", "rate")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FundingRates:
    """Settled rates, ascending in time. `ts` is when each was charged (int64 milliseconds UTC), `rate` the fraction of
    the position's value that longs paid; negative where shorts did.

    The constructor refuses disorder, duplicates, and rates that are no number or beyond LARGEST_RATE (BadData names the
    first). Arrays are made read-only.
    """

    venue: str
    symbol: str
    ts: IntArray
    rate: FloatArray

    def __post_init__(self) -> None:
        checked_symbol(self.symbol)
        for name, dtype in zip(FUNDING_COLUMNS, (np.int64, np.float64), strict=True):
            array = np.ascontiguousarray(getattr(self, name), dtype=dtype).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if len(self.ts) != len(self.rate):
            raise BadData(f"{len(self.ts)} times and {len(self.rate)} rates of {self.symbol}", "Mend it")
        later = np.flatnonzero(np.diff(self.ts) <= 0)
        # NaN is within no bounds.
        outside = np.flatnonzero(~(np.abs(self.rate) <= LARGEST_RATE))
        for rows, problem in ((later + 1, "not later than the rate before"), (outside, "no rate a venue would charge")):
            if len(rows):
                place = f"{self.venue} {self.symbol} funding rate {rows[0]} ({utc_text(int(self.ts[rows[0]]))})"
                raise BadData(f"{place}, {self.rate[rows[0]]:.6g}: {problem}", "Mend or re-import these rates")

    def __len__(self) -> int:
        return len(self.ts)

    def content_hash(self) -> str:
        """SHA-256 over names and the exact bytes of both columns."""
        digest = hashlib.sha256(f"{self.venue}|{self.symbol}|funding|{len(self)}".encode())
        digest.update(self.ts.astype("<i8").tobytes())
        digest.update(self.rate.astype("<f8").tobytes())
        return digest.hexdigest()

    def first_hole(self, span: TimeRange) -> tuple[int, int] | None:
        """The first stretch of a span without a rate that is too long to be between two; None where there is none."""
        assert span.start_ms is not None
        assert span.end_ms is not None
        inside = self.ts[(self.ts >= span.start_ms - LONGEST_PAUSE_MS) & (self.ts < span.end_ms)]
        # A rate before the span tells that the next is due; without one the span's start has to wait for one.
        edges = np.concatenate(([span.start_ms], np.maximum(inside, span.start_ms), [span.end_ms]))
        rows = np.flatnonzero(np.diff(edges) > LONGEST_PAUSE_MS)
        return None if not len(rows) else (int(edges[rows[0]]), int(edges[rows[0] + 1]))

    def at_opens(self, bars: Bars) -> FloatArray:
        """The rate charged at each bar's open, 0 at most of them.

        A rate belongs to the bar during which it was charged, venues being some milliseconds late; where that bar is
        missing, to the next there is. Rates after the last bar belong to none; several of one bar add up.
        """
        charged = np.zeros(len(bars))
        step = bars.timeframe_ms
        opens = self.ts // step * step
        known = (opens >= bars.ts[0]) & (opens <= bars.ts[-1])
        np.add.at(charged, np.searchsorted(bars.ts, opens[known]), self.rate[known])
        return charged
