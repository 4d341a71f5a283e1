"""Coarser bars: every number by hand, gaps stay gaps, nothing is made up."""

import numpy as np
from tests.data_files import MAY_12_2022, MINUTE, made_bars, without

from tradewind.app.resample import resampled
from tradewind.kernels.resample import resample_bars


def test_a_bucket_takes_first_open_highest_high_lowest_low_last_close_and_all_volume() -> None:
    ts = np.array([0, 1, 2, 5]) * MINUTE
    opens, closes = np.array([10.0, 11, 12, 20]), np.array([11.0, 12, 9, 21])
    highs, lows = np.array([11.5, 14, 12, 22]), np.array([9.5, 11, 8, 19])
    out = resample_bars(ts, opens, highs, lows, closes, np.array([1.0, 2, 4, 8]), 5 * MINUTE)
    assert [column.tolist() for column in out] == [
        [0, 5 * MINUTE], [10.0, 20.0], [14.0, 22.0], [8.0, 19.0], [9.0, 21.0], [7.0, 8.0], [3, 1],
    ]  # fmt: skip


def test_hours_made_of_minutes_are_those_of_a_plain_loop() -> None:
    bars = made_bars(240)
    coarse, members, dropped = resampled(bars, "1h")
    for hour in range(4):
        rows = slice(60 * hour, 60 * hour + 60)
        assert coarse.ts[hour] == MAY_12_2022 + hour * 60 * MINUTE
        assert coarse.open[hour] == bars.open[60 * hour]
        assert coarse.high[hour] == max(bars.high[rows])
        assert coarse.low[hour] == min(bars.low[rows])
        assert coarse.close[hour] == bars.close[60 * hour + 59]
        assert np.isclose(coarse.volume[hour], sum(bars.volume[rows]), rtol=1e-14)
    assert (members, dropped) == ([60] * 4, 0)


def test_a_bucket_without_bars_does_not_exist_and_a_thin_one_is_counted() -> None:
    bars = without(made_bars(240), *range(60, 120), 130)
    coarse, members, _ = resampled(bars, "1h")
    assert ((coarse.ts - MAY_12_2022) // (60 * MINUTE)).tolist() == [0, 2, 3]
    assert members == [60, 59, 60]
    assert coarse.gaps()[0].missing == 1


def test_the_last_bucket_is_left_out_where_the_data_end_before_it_does() -> None:
    coarse, members, dropped = resampled(made_bars(150), "1h")
    assert (len(coarse), members, dropped) == (2, [60, 60], 30)
    assert resampled(made_bars(179), "1h")[2] == 59
    assert resampled(made_bars(180), "1h")[2] == 0
