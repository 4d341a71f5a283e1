"""Session clocks: whether a bar opens while a market's local clock shows its hours, daylight saving included."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np

from tradewind.features.spec import BoolArray, Inputs, IntArray
from tradewind.model.time import DAY_MS

_HOUR_MS = 3_600_000


def session_asia(inputs: Inputs) -> BoolArray:
    """Bar opens between 09:00 and 18:00 in Tokyo, on any day of the week."""
    return open_between(inputs.ts, "Asia/Tokyo", 9, 18)


def session_london(inputs: Inputs) -> BoolArray:
    """Bar opens between 08:00 and 17:00 in London, on any day of the week."""
    return open_between(inputs.ts, "Europe/London", 8, 17)


def session_new_york(inputs: Inputs) -> BoolArray:
    """Bar opens between 08:00 and 17:00 in New York, on any day of the week."""
    return open_between(inputs.ts, "America/New_York", 8, 17)


def open_between(ts: IntArray, zone: str, start_hour: int, end_hour: int) -> BoolArray:
    """Whether each moment lies in [start_hour, end_hour) of the zone's local clock; start before end."""
    if not len(ts):
        return np.zeros(0, np.bool_)
    first_hour = int(ts[0]) // _HOUR_MS // 24 * 24
    offsets = _hourly_offsets_ms(ZoneInfo(zone), first_hour, int(ts[-1]) // _HOUR_MS + 1)
    local_hour = (ts + offsets[ts // _HOUR_MS - first_hour]) % DAY_MS // _HOUR_MS
    return (local_hour >= start_hour) & (local_hour < end_hour)


def _hourly_offsets_ms(zone: ZoneInfo, first_hour: int, end_hour: int) -> IntArray:
    """Offset of local time from UTC in each UTC hour counted from the epoch; `first_hour` begins a day.

    Clocks change on the hour. Only the days at whose ends the offset differs are looked at hour by hour.
    """
    days = -(-(end_hour - first_hour) // 24)
    ends = np.array([_offset_ms(zone, first_hour + 24 * day) for day in range(days + 1)], np.int64)
    offsets = np.repeat(ends[:-1], 24)
    for day in np.flatnonzero(np.diff(ends)):
        for hour in range(24 * day, 24 * day + 24):
            offsets[hour] = _offset_ms(zone, first_hour + hour)
    return offsets


def _offset_ms(zone: ZoneInfo, hour: int) -> int:
    moment = dt.datetime.fromtimestamp(int(hour) * 3600, zone)
    offset = moment.utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) * 1000
