"""A higher timeframe is seen only from its bar's close on."""

import numpy as np
import pytest
from tests.contracts.feature_bars import gappy_bars

from tradewind.features.higher import last_closed, merged
from tradewind.model.bars import Bars
from tradewind.model.errors import WrongUse

MINUTE = 60_000


def bars(timeframe: str, minutes: list[int], symbol: str = "BTC/USDT") -> Bars:
    columns = dict.fromkeys(("open", "high", "low", "close", "volume"), np.ones(len(minutes)))
    return Bars(venue="v", symbol=symbol, timeframe=timeframe, ts=MINUTE * np.array(minutes), **columns)


def test_the_last_minute_of_an_hour_sees_that_hour_and_no_minute_before_it_does() -> None:
    positions = last_closed(bars("1m", [0, 58, 59, 60, 118, 119]), bars("1h", [0, 60]))
    assert positions.tolist() == [-1, -1, 0, 0, 0, 1]


def test_a_hole_in_the_higher_series_keeps_the_last_closed_bar() -> None:
    positions = last_closed(bars("1m", [59, 119, 179]), bars("1h", [0, 120]))
    assert positions.tolist() == [0, 0, 1]


def test_missing_minutes_at_the_close_do_not_delay_the_hour_further_than_the_next_bar() -> None:
    assert last_closed(bars("1m", [57, 63]), bars("1h", [0])).tolist() == [-1, 0]


def test_values_are_carried_and_missing_ones_marked() -> None:
    positions = np.array([-1, 0, 0, 1])
    assert np.array_equal(merged(np.array([1.5, 2.5]), positions, np.nan), [np.nan, 1.5, 1.5, 2.5], equal_nan=True)
    assert merged(np.array([True, False]), positions, False).tolist() == [False, True, True, False]
    assert merged(np.array([3, 4], np.int8), positions, -1).tolist() == [-1, 3, 3, 4]


def test_later_higher_bars_change_nothing_before_their_close() -> None:
    base, hours = gappy_bars(500, 4), list(range(28_000_020, 28_000_980, 60))
    whole = last_closed(base, bars("1h", hours))
    for count in (1, 3, 8):
        cut = last_closed(base, bars("1h", hours[:count]))
        closed = base.ts + MINUTE < (hours[count - 1] + 120) * MINUTE
        assert np.array_equal(cut[closed], whole[closed])


def test_another_market_or_a_timeframe_that_does_not_fit_is_refused() -> None:
    with pytest.raises(WrongUse):
        last_closed(bars("5m", [0, 5]), bars("1m", [0, 1]))
    with pytest.raises(WrongUse):
        last_closed(bars("1m", [0]), bars("1h", [0], "ETH/USDT"))
