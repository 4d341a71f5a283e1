"""Session clocks, above all on the days on which clocks change."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.contracts.feature_bars import plain_bars

from tradewind.features.features import Features
from tradewind.features.sessions import open_between


def minutes_open(session: str, day: str) -> tuple[str, str, int]:
    """First and last UTC minute of the session on a UTC day, and how many minutes it counts."""
    start = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    bars = plain_bars([5.0] * 1440, first_ts=int(start.timestamp()) * 1000)
    flags = Features(bars).get(f"session_{session}")
    inside = np.flatnonzero(flags)
    first, last = (start + dt.timedelta(minutes=int(i)) for i in (inside[0], inside[-1]))
    return first.strftime("%H:%M"), last.strftime("%H:%M"), len(inside)


def test_tokyo_has_no_daylight_saving() -> None:
    assert minutes_open("asia", "2024-01-15") == ("00:00", "08:59", 540)
    assert minutes_open("asia", "2024-07-15") == ("00:00", "08:59", 540)


def test_london_opens_an_hour_earlier_in_utc_from_the_last_sunday_of_march() -> None:
    assert minutes_open("london", "2024-03-30") == ("08:00", "16:59", 540)
    assert minutes_open("london", "2024-03-31") == ("07:00", "15:59", 540)
    assert minutes_open("london", "2024-10-26") == ("07:00", "15:59", 540)
    assert minutes_open("london", "2024-10-27") == ("08:00", "16:59", 540)


def test_new_york_changes_on_other_days_than_london() -> None:
    assert minutes_open("new_york", "2024-03-09") == ("13:00", "21:59", 540)
    assert minutes_open("new_york", "2024-03-10") == ("12:00", "20:59", 540)
    assert minutes_open("new_york", "2024-11-02") == ("12:00", "20:59", 540)
    assert minutes_open("new_york", "2024-11-03") == ("13:00", "21:59", 540)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/London", "America/New_York", "Australia/Sydney"])
def test_six_years_of_hours_agree_with_the_calendar(zone: str) -> None:
    first = int(dt.datetime(2019, 1, 1, tzinfo=dt.UTC).timestamp()) * 1000
    ts = first + 3_600_000 * np.arange(6 * 8766, dtype=np.int64)
    place = ZoneInfo(zone)
    hours = [dt.datetime.fromtimestamp(int(t) / 1000, place).hour for t in ts]
    assert open_between(ts, zone, 8, 17).tolist() == [8 <= hour < 17 for hour in hours]


def test_a_series_may_begin_in_the_middle_of_the_day_on_which_clocks_change() -> None:
    late = int(dt.datetime(2024, 3, 31, 6, 30, tzinfo=dt.UTC).timestamp()) * 1000
    assert open_between(late + 60_000 * np.arange(60), "Europe/London", 8, 17).tolist() == [False] * 30 + [True] * 30


def test_no_bars_have_no_session() -> None:
    assert len(open_between(np.zeros(0, np.int64), "Asia/Tokyo", 9, 18)) == 0
