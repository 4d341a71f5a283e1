"""Rows of a read table before they are bars: every rule of a bar, checked so that the first offence is named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradewind.adapters.importers.columns import Layout
from tradewind.model.bars import BAR_COLUMNS, Bars, FloatArray, IntArray
from tradewind.model.errors import BadFile
from tradewind.model.time import TIMEFRAME_MS, timeframe_ms, utc_text

_REMEDY = "Mend or remove the row; nothing was imported"
_FOREIGN_STEPS = 12  # this many equal steps of another timeframe in a row are no gaps


@dataclass(frozen=True, slots=True, eq=False)
class RawBars:
    """Checked columns of one file, ascending, in the order of BAR_COLUMNS, and the name of the file they are from."""

    file: str
    ts: IntArray
    prices: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class _Offence:
    row: int
    column: str
    problem: str
    remedy: str = _REMEDY


def checked_rows(file: str, layout: Layout, ts: IntArray, prices: Sequence[FloatArray], timeframe: str) -> RawBars:
    """The rows as RawBars; raises BadFile for the first row that breaks a rule of bars."""
    offences = [*_value_offences(layout, prices), *_time_offences(layout, ts, timeframe)]
    if offences:
        worst = min(offences, key=lambda offence: offence.row)
        raise BadFile(worst.problem, worst.remedy, file=file, row=worst.row + 1, column=worst.column)
    opens, highs, lows, closes, volumes = prices
    return RawBars(file, ts, (opens, highs, lows, closes, volumes))


def _value_offences(layout: Layout, prices: Sequence[FloatArray]) -> Iterator[_Offence]:
    opens, highs, lows, closes, volumes = prices
    names = layout.names[1:]
    for name, values in zip(names, prices, strict=True):
        for row in _first(~np.isfinite(values)):
            yield _Offence(row, name, "missing or not a number")
    for name, values in zip(names[:4], prices[:4], strict=True):
        for row in _first(values <= 0):
            yield _Offence(row, name, f"price {values[row]:.12g} is not positive")
    for row in _first(volumes < 0):
        yield _Offence(row, names[4], f"volume {volumes[row]:.12g} is negative")
    for row in _first(highs < lows):
        yield _Offence(row, names[1], f"high {highs[row]:.12g} is below low {lows[row]:.12g}")
    for name, values in ((names[0], opens), (names[3], closes)):
        for row in _first(((values < lows) | (values > highs)) & (highs >= lows)):
            span = f"low {lows[row]:.12g} and high {highs[row]:.12g}"
            yield _Offence(row, name, f"{values[row]:.12g} is outside {span}")


def _time_offences(layout: Layout, ts: IntArray, timeframe: str) -> Iterator[_Offence]:
    name = layout.names[0]
    step = timeframe_ms(timeframe)
    steps = np.diff(ts)
    right_timeframe = "Give the right --timeframe, or split the file by timeframe"
    for row in _first(steps == 0):
        text = f"{utc_text(int(ts[row + 1]))} is there twice"
        yield _Offence(row + 1, name, text, "Remove the duplicate; nothing was imported")
    for row in _first(steps < 0):
        text = f"{utc_text(int(ts[row + 1]))} comes after {utc_text(int(ts[row]))}"
        yield _Offence(row + 1, name, text, "Sort the file by time, oldest first")
    for row in _first(ts % step != 0):
        yield _Offence(row, name, f"{_moment(int(ts[row]))} is not on the {timeframe} grid", right_timeframe)
    for other, other_step in TIMEFRAME_MS.items():
        for row in _run_of(steps, other_step) if other_step > step else ():
            text = f"bars are {other} apart from {utc_text(int(ts[row]))} on, not {timeframe}"
            yield _Offence(row, name, text, right_timeframe)


def _moment(ts: int) -> str:
    seconds, rest = divmod(ts % 60_000, 1000)
    return f"{utc_text(ts)}:{seconds:02d}" + (f".{rest:03d}" if rest else "")


def _run_of(steps: IntArray, step: int) -> Iterator[int]:
    """First row of `_FOREIGN_STEPS` consecutive steps of this length (fewer in a short file)."""
    length = min(_FOREIGN_STEPS, max(len(steps), 2))
    if len(steps) >= length:
        same = np.concatenate(([0], np.cumsum(steps == step)))
        yield from _first(same[length:] - same[:-length] == length)


def _first(mask: npt.NDArray[np.bool_]) -> Iterator[int]:
    if mask.any():
        yield int(np.argmax(mask))


def joined(parts: Sequence[RawBars], venue: str, symbol: str, timeframe: str) -> Bars:
    """Bars of several files of one series; a bar that two files give alike counts once.

    Raises BadFile naming both files where they disagree about a bar.
    """
    ts = np.concatenate([part.ts for part in parts])
    columns = [np.concatenate([part.prices[i] for part in parts]) for i in range(5)]
    if len(parts) > 1:
        order = np.argsort(ts, kind="stable")
        ts, columns = ts[order], [column[order] for column in columns]
        again = np.concatenate(([False], ts[1:] == ts[:-1]))
        for name, column in zip(BAR_COLUMNS[1:], columns, strict=True):
            for row in _first(again & np.concatenate(([False], column[1:] != column[:-1]))):
                raise _disagreement(parts, order[row - 1], order[row], name, int(ts[row]))
        ts, columns = ts[~again], [column[~again] for column in columns]
    opens, highs, lows, closes, volumes = columns
    return Bars(
        venue=venue,
        symbol=symbol,
        timeframe=timeframe,
        ts=ts,
        open=opens,
        high=highs,
        low=lows,
        close=closes,
        volume=volumes,
    )


def _disagreement(parts: Sequence[RawBars], one: int, two: int, column: str, ts: int) -> BadFile:
    starts = np.cumsum([0, *(len(part.ts) for part in parts)])
    first, second = (int(np.searchsorted(starts, place, side="right")) - 1 for place in (one, two))
    row = int(two - starts[second]) + 1
    return BadFile(
        f"the bar of {utc_text(ts)} is not the one in {parts[first].file}",
        "Import only one of the two files",
        file=parts[second].file,
        row=row,
        column=column,
    )
