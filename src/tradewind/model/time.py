"""Time as the product counts it: integer milliseconds UTC, timeframes, time ranges."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tradewind.model.errors import WrongUse

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
TIMEFRAME_MS: Mapping[str, int] = MappingProxyType(
    {
        "1m": MINUTE_MS,
        "5m": 5 * MINUTE_MS,
        "15m": 15 * MINUTE_MS,
        "1h": 60 * MINUTE_MS,
        "4h": 240 * MINUTE_MS,
        "1d": DAY_MS,
    }
)


def timeframe_ms(name: str) -> int:
    """Length of a timeframe in milliseconds; raises WrongUse for a name the product does not know."""
    try:
        return TIMEFRAME_MS[name]
    except KeyError:
        raise WrongUse(f"unknown timeframe {name!r}", f"Use one of {', '.join(TIMEFRAME_MS)}") from None


def unit_of(duration_ms: int) -> int:
    """The longest of day, hour, minute and millisecond that divides a duration, in milliseconds."""
    return next(unit for unit in (DAY_MS, HOUR_MS, MINUTE_MS, 1) if duration_ms % unit == 0)


def duration_text(duration_ms: int, unit_ms: int | None = None) -> str:
    """`12 hours` for a duration in milliseconds: in whole units of `unit_ms`, the longest that divides it if absent."""
    unit = unit_ms or unit_of(duration_ms)
    name = {DAY_MS: "day", HOUR_MS: "hour", MINUTE_MS: "minute"}.get(unit, "millisecond")
    count = duration_ms // unit
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A half-open span of bar open times, `start_ms` included, `end_ms` excluded; None means unbounded."""

    start_ms: int | None = None
    end_ms: int | None = None

    def __post_init__(self) -> None:
        if self.start_ms is not None and self.end_ms is not None and self.start_ms >= self.end_ms:
            raise WrongUse("the time range ends before it starts", "Write the earlier day first: 20240101-20240601")

    @classmethod
    def parse(cls, text: str) -> "TimeRange":
        """Read `20240101-20240601`; either side may be empty. The second day is not included.

        Raises WrongUse where a side is not a day.
        """
        start, dash, end = text.partition("-")
        if not dash:
            raise WrongUse(f"time range {text!r} has no dash", "Write it as 20240101-20240601")
        return cls(_day_ms(start, text), _day_ms(end, text))


def _day_ms(day: str, text: str) -> int | None:
    if not day:
        return None
    try:
        moment = dt.datetime.strptime(day, "%Y%m%d").replace(tzinfo=dt.UTC)
    except ValueError:
        raise WrongUse(f"time range {text!r} has {day!r}, which is not a day", "Write days as 20240131") from None
    return int(moment.timestamp()) * 1000


def utc_text(ts_ms: int) -> str:
    """`2024-01-31 23:59` for a moment in milliseconds."""
    return dt.datetime.fromtimestamp(ts_ms / 1000, dt.UTC).strftime("%Y-%m-%d %H:%M")


def utc_day(ts_ms: int) -> str:
    """`2024-01-31` for a moment in milliseconds."""
    return utc_text(ts_ms)[:10]
