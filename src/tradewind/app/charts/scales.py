"""Scales and ticks: where a value lies on an axis, which round values are written beside it, and how."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.model.time import DAY_MS

MINUS = "\N{MINUS SIGN}"
_DAY_STEPS = (1, 2, 5, 10, 14, 28)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
_DAYS_OF_MONTH = 30.44
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # of no locale


@dataclass(frozen=True, slots=True)
class Unit:
    """How values of an axis are written: times `factor`, then `suffix`; `signed` puts a plus before gains."""

    factor: float = 1.0
    suffix: str = ""
    signed: bool = False

    def text(self, value: float, digits: int) -> str:
        """`+12.5 %` with a true minus; zero has no sign."""
        shown = f"{abs(value * self.factor):,.{digits}f}"
        negative = value < 0 and float(shown.replace(",", "")) != 0
        positive = self.signed and value > 0 and float(shown.replace(",", "")) != 0
        return f"{MINUS if negative else '+' if positive else ''}{shown}{self.suffix}"


PLAIN = Unit()
PERCENT = Unit(100.0, " %")
GAIN_PERCENT = Unit(100.0, " %", signed=True)
BASIS_POINTS = Unit(1.0, " bp")
R_MULTIPLE = Unit(1.0, " R", signed=True)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps `low` … `high` onto the pixels `start` … `end`, evenly or by logarithm."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        at = math.log(value) if self.log else value
        return self.start + (at - low) / (high - low) * (self.end - self.start)


def nice_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 5 × a power of ten that takes at most `most` steps for `span`, which is positive."""
    least = span / most
    power = 10.0 ** math.floor(math.log10(least))
    factor = next((f for f in (1, 2, 5) if f * power >= least * (1 - 1e-9)), 10)
    return float(factor * power)


def ticks(low: float, high: float, most: int = 5) -> tuple[list[float], int]:
    """Round values inside [low, high], and the digits after the point that tell them apart."""
    step = nice_step(high - low, most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)], digits_of(step)


def digits_of(step: float) -> int:
    """Digits after the point that a round step needs: 0 for 5, 1 for 0.2, 3 for 0.005."""
    return max(0, -math.floor(math.log10(step) + 1e-9))


def padded(values: Sequence[float], *, room: float = 0.05, zero: bool = False) -> tuple[float, float]:
    """Range of the finite values with a little room, never empty; `zero` takes 0 in."""
    known = [value for value in values if math.isfinite(value)] + ([0.0] if zero else [])
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        wide = abs(high) * 0.1 or 1.0
        return low - wide, high + wide
    space = (high - low) * room
    return low - (space if low != 0 or not zero else 0.0), high + (space if high != 0 or not zero else 0.0)


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """1, 2, 5 × powers of ten inside [low, high]; powers alone where those are too many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        found = [f * 10.0**p for p in powers for f in factors if low * (1 - 1e-9) <= f * 10.0**p <= high * (1 + 1e-9)]
        if len(found) <= most:
            break
    return found


def time_ticks(low_ms: float, high_ms: float, most: int = 6) -> list[tuple[int, str]]:
    """UTC midnights inside [low, high] with their names: days (the first with its year), firsts of months or of
    years, whichever fit."""
    days = (high_ms - low_ms) / DAY_MS
    step = next((s for s in _DAY_STEPS if days / s <= most), None)
    if step is not None:
        first = math.ceil(low_ms / DAY_MS)
        marks = [d * DAY_MS for d in range(first, int(high_ms // DAY_MS) + 1) if d % step == 0]
        return [(mark, _name(mark, months=False, years=i == 0)) for i, mark in enumerate(marks)]
    months = next((s for s in _MONTH_STEPS if days / _DAYS_OF_MONTH / s <= most), _MONTH_STEPS[-1])
    first_day, last_day = _date(low_ms), _date(high_ms)
    numbers = range(first_day.year * 12, last_day.year * 12 + 12)
    firsts = [_first_ms(number) for number in numbers if number % months == 0]
    return [(mark, _name(mark, months=True, years=months >= 12)) for mark in firsts if low_ms <= mark <= high_ms]


def _date(ms: float) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(ms // DAY_MS))


def _first_ms(month: int) -> int:
    return (dt.date(month // 12, month % 12 + 1, 1) - dt.date(1970, 1, 1)).days * DAY_MS


def _name(ms: int, *, months: bool, years: bool = False) -> str:
    day = _date(ms)
    month = _MONTHS[day.month - 1]
    if months:
        return str(day.year) if years else f"{month} {day.year}"
    return f"{day.day} {month}{f' {day.year}' if years else ''}"
