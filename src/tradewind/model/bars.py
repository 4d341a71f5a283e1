"""Closed bars of one symbol as read-only arrays, checked once at the border and identified by their content."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradewind.model.errors import BadData
from tradewind.model.instrument import checked_symbol
from tradewind.model.time import TimeRange, timeframe_ms, utc_text

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BAR_COLUMNS = ("ts", "open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which the series has no bar: `after_ts` is the last bar before it, `missing` counts bars."""

    after_ts: int
    before_ts: int
    missing: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bars:
    """Closed bars, ascending in time. `ts` is open time (int64 milliseconds UTC), the rest float64, all of one length.
    `funding` is the rate that longs pay at each open, 0 at most of them; None where no funding is charged.

    Missing bars are simply absent. The constructor refuses disorder, duplicates, stamps off the timeframe's grid,
    high below low, prices outside [low, high], non-positive or non-finite prices and negative or non-finite volume
    (BadData names the first offending bar). Arrays are made read-only.
    """

    venue: str
    symbol: str
    timeframe: str
    ts: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    funding: FloatArray | None = None

    def __post_init__(self) -> None:
        checked_symbol(self.symbol)
        step = timeframe_ms(self.timeframe)
        dtypes = dict(zip(BAR_COLUMNS, (np.int64, *(np.float64,) * 5), strict=True))
        if self.funding is not None:
            dtypes["funding"] = np.float64
        for name, dtype in dtypes.items():
            array = np.ascontiguousarray(getattr(self, name), dtype=dtype).view()
            if len(array) != len(self.ts):
                raise BadData(f"column {name} of {self.symbol} has {len(array)} rows, ts {len(self.ts)}", "Mend it")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        for row, problem in self._violations(step):
            place = f"{self.venue} {self.symbol} {self.timeframe} bar {row} ({utc_text(int(self.ts[row]))})"
            raise BadData(f"{place}: {problem}", "Mend or re-import this data")

    def _violations(self, step: int) -> Iterator[tuple[int, str]]:
        def first(mask: npt.NDArray[np.bool_], problem: str) -> Iterator[tuple[int, str]]:
            if mask.any():
                yield int(np.argmax(mask)), problem

        if len(self.ts) > 1:
            yield from ((row + 1, text) for row, text in first(np.diff(self.ts) <= 0, "not later than the bar before"))
        yield from first(self.ts % step != 0, f"open time is not on the {self.timeframe} grid")
        for name in ("open", "high", "low", "close"):
            values = getattr(self, name)
            yield from first(~(np.isfinite(values) & (values > 0)), f"{name} is not a positive number")
        yield from first(self.high < self.low, "high is below low")
        for name in ("open", "close"):
            values = getattr(self, name)
            yield from first((values < self.low) | (values > self.high), f"{name} is outside low and high")
        yield from first(~(np.isfinite(self.volume) & (self.volume >= 0)), "volume is negative or not a number")
        if self.funding is not None:
            yield from first(~np.isfinite(self.funding), "the funding rate is not a number")

    def __len__(self) -> int:
        return len(self.ts)

    @property
    def timeframe_ms(self) -> int:
        return timeframe_ms(self.timeframe)

    def between(self, span: TimeRange) -> "Bars":
        """The bars whose open time lies in `span` (views, nothing is copied)."""
        start = 0 if span.start_ms is None else int(np.searchsorted(self.ts, span.start_ms))
        end = len(self) if span.end_ms is None else int(np.searchsorted(self.ts, span.end_ms))
        return self.rows(start, end)

    def rows(self, start: int, end: int) -> "Bars":
        """Bars `start` (included) to `end` (excluded) by position."""
        arrays = {name: getattr(self, name)[start:end] for name in BAR_COLUMNS}
        funding = None if self.funding is None else self.funding[start:end]
        return Bars(venue=self.venue, symbol=self.symbol, timeframe=self.timeframe, funding=funding, **arrays)

    def gaps(self) -> list[Gap]:
        """Every stretch of missing bars, in order."""
        step = self.timeframe_ms
        jumps = np.flatnonzero(np.diff(self.ts) != step)
        return [
            Gap(int(self.ts[i]), int(self.ts[i + 1]), int((self.ts[i + 1] - self.ts[i]) // step - 1)) for i in jumps
        ]

    def content_hash(self) -> str:
        """SHA-256 over names and the exact bytes of all columns: the identity of this dataset."""
        digest = hashlib.sha256(f"{self.venue}|{self.symbol}|{self.timeframe}|{len(self)}".encode())
        for name in BAR_COLUMNS:
            array = getattr(self, name)
            digest.update(np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False)).data)
        if self.funding is not None:
            digest.update(b"funding" + self.funding.astype("<f8").tobytes())
        return digest.hexdigest()
