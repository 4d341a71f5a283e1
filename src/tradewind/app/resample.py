"""Making coarser bars of catalogued ones as a use case."""

from dataclasses import dataclass

from tradewind.adapters.catalog import Catalog, SeriesKey, WriteReport, write
from tradewind.kernels.resample import resample_bars
from tradewind.model.bars import Bars
from tradewind.model.errors import NoData, WrongUse
from tradewind.model.time import TimeRange, timeframe_ms, utc_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ResampleReport:
    """Outcome of a resampling.

    `partial` bars were made of fewer finer bars than they span, the first few open at `first_partial`;
    `dropped_bars` finer bars at the end belong to a coarser bar that is not complete yet.
    """

    written: WriteReport
    partial: int
    first_partial: tuple[str, ...]
    dropped_bars: int


def resample_series(catalog: Catalog, source: SeriesKey, target: str, *, replace: bool = False) -> ResampleReport:
    """Write the `target` timeframe of a catalogued series, made of all its bars.

    Raises WrongUse where the target is not coarser or not a multiple, NoData where no target bar is complete, BadData
    where the venue's own bars are catalogued there and differ (unless `replace`).
    """
    bars = catalog.bars(source.venue, source.symbol, source.timeframe, TimeRange())
    coarse, members, dropped = resampled(bars, target)
    key = SeriesKey.of(source.venue, source.symbol, target)
    known = catalog.index().find(key)
    ours = known is not None and known.resampled_from is not None
    # What we made ourselves we may make again: finer bars may have been filled in since.
    reports = write(catalog, [coarse], replace=replace or ours, resampled_from=source.timeframe)
    full = timeframe_ms(target) // bars.timeframe_ms
    rows = [row for row, count in enumerate(members) if count < full]
    return ResampleReport(
        written=reports[0],
        partial=len(rows),
        first_partial=tuple(utc_text(int(coarse.ts[row])) for row in rows[:5]),
        dropped_bars=dropped,
    )


def resampled(bars: Bars, timeframe: str) -> tuple[Bars, list[int], int]:
    """Coarser bars, how many finer bars each is made of, and how many finer bars at the end were left out.

    Gaps stay gaps: no bar without finer bars. The last bar is left out where the data end before it does.
    """
    step = timeframe_ms(timeframe)
    if step <= bars.timeframe_ms:
        raise WrongUse(f"{timeframe} is not coarser than {bars.timeframe}", "Resample to a longer timeframe")
    columns = resample_bars(bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume, step)
    *values, members = columns
    ends_early = len(bars) > 0 and int(bars.ts[-1]) + bars.timeframe_ms < int(values[0][-1]) + step
    count = len(members) - int(ends_early)
    if count == 0:
        raise NoData(f"no complete {timeframe} bar in {bars.symbol} {bars.timeframe}", "Import more bars first")
    ts, opens, highs, lows, closes, volumes = (column[:count] for column in values)
    coarse = Bars(
        venue=bars.venue,
        symbol=bars.symbol,
        timeframe=timeframe,
        ts=ts,
        open=opens,
        high=highs,
        low=lows,
        close=closes,
        volume=volumes,
    )
    return coarse, members[:count].tolist(), int(members[count:].sum())
