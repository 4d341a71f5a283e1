"""What a stretch cost, by hand: returns of an account, worst trade, drawdown, time to recover; when shocks strike."""

import math

import numpy as np
import pytest

from tradewind.evidence.shocks import Gap
from tradewind.evidence.stress import (
    RECORDED,
    RecordedCrash,
    StressSettings,
    Stretch,
    held_at,
    random_moments,
    spread_of,
    strike_of,
    toll_of,
)
from tradewind.model.errors import BadSetting
from tradewind.model.time import DAY_MS, HOUR_MS, MINUTE_MS, utc_day


def stretch(*trades: tuple[float, float, float], share: float = 0.5, end_hours: float = 100) -> Stretch:
    """Trades as (hour of entry, hour of exit, return of the trade); 10 % are one R."""
    entry, close, gained = np.array(trades, np.float64).reshape(-1, 3).T
    return Stretch(
        start_ms=0,
        end_ms=int(end_hours * HOUR_MS),
        share=share,
        entry_ms=(entry * HOUR_MS).astype(np.int64),
        exit_ms=(close * HOUR_MS).astype(np.int64),
        r=gained / 0.1,
        log_return=np.log1p(gained),
    )


def test_the_toll_of_five_trades_by_hand() -> None:
    # Half the account each: 1 → 1.1 → (−10 % and −5 % in one bar: × 0.85) 0.935 → × 1.1 → 1.0285 → × 1.2 → 1.2342.
    toll = toll_of(stretch((0, 1, 0.2), (1, 3, -0.2), (2, 3, -0.1), (3, 5, 0.2), (5, 10, 0.4)))
    assert toll.trades == 5
    assert toll.final_return == pytest.approx(0.2342)
    assert toll.loss == pytest.approx(0.065)
    assert toll.max_drawdown == pytest.approx(0.15)
    assert toll.recovery_ms == 7 * HOUR_MS  # from the trough at hour 3 to hour 10
    assert toll.worst_r == pytest.approx(-2.0)
    assert toll.worst_of_account == pytest.approx(-0.1)
    assert toll.in_market == pytest.approx((1 + 2 + 1 + 2 + 5) * 0.5 / 100)


def test_what_is_never_made_good_has_no_time_to_recover() -> None:
    toll = toll_of(stretch((0, 1, 0.2), (1, 3, -0.2), (4, 5, 0.1)))
    assert toll.max_drawdown == pytest.approx(0.1)
    assert toll.recovery_ms is None


def test_a_fall_from_the_start_counts_from_there() -> None:
    toll = toll_of(stretch((1, 2, -0.5), (2, 8, 1.0)))
    assert (toll.max_drawdown, toll.loss) == pytest.approx((0.25, 0.25))
    assert toll.recovery_ms == 6 * HOUR_MS


def test_without_a_trade_nothing_is_lost() -> None:
    toll = toll_of(stretch())
    assert (toll.trades, toll.final_return, toll.loss, toll.max_drawdown, toll.recovery_ms) == (0, 0, 0, 0, 0)
    assert math.isnan(toll.worst_r)
    assert math.isnan(toll.worst_of_account)


def test_who_loses_a_whole_share_loses_that_of_the_account_and_no_more() -> None:
    one = stretch((0, 1, -0.5), share=0.5)
    lost = Stretch(
        start_ms=0, end_ms=one.end_ms, share=0.5, entry_ms=one.entry_ms, exit_ms=one.exit_ms, r=one.r,
        log_return=np.array([-np.inf]),
    )  # fmt: skip
    assert toll_of(lost).final_return == pytest.approx(-0.5)
    alone = Stretch(
        start_ms=0, end_ms=one.end_ms, share=1.0, entry_ms=one.entry_ms, exit_ms=one.exit_ms, r=one.r,
        log_return=np.array([-np.inf]),
    )  # fmt: skip
    assert toll_of(alone).max_drawdown == pytest.approx(1.0)


def test_a_shock_strikes_as_soon_as_a_trade_is_open() -> None:
    # Entered in the bar of hour 1, closed in that of hour 3; bars of half an hour.
    one, step = stretch((1, 3, 0.1), (6, 6, 0.1), (9, 12, 0.1)), HOUR_MS // 2
    assert strike_of(one, 0, step) == 1.5 * HOUR_MS
    assert strike_of(one, 2 * HOUR_MS, step) == 2 * HOUR_MS
    assert strike_of(one, 3 * HOUR_MS, step) == 3 * HOUR_MS  # the bar of the exit can still meet it
    # The second trade closed in the bar it was opened in: there is no later bar to strike.
    assert strike_of(one, int(3.5 * HOUR_MS), step) == 9.5 * HOUR_MS
    assert strike_of(one, 20 * HOUR_MS, step) == 20 * HOUR_MS
    assert held_at(one, int(1.5 * HOUR_MS))
    assert held_at(one, 3 * HOUR_MS)
    assert not held_at(one, HOUR_MS)
    assert not held_at(one, int(3.5 * HOUR_MS))


def test_a_trade_more_than_a_day_away_is_not_waited_for() -> None:
    assert strike_of(stretch((30, 40, 0.1)), 0, HOUR_MS) == 0
    assert strike_of(stretch((22, 40, 0.1)), 0, HOUR_MS) == 23 * HOUR_MS


def test_moments_are_whole_bars_between_the_ends_and_the_seed_alone_decides() -> None:
    settings = StressSettings(moments=2000, seed=7)
    first, last = 3 * MINUTE_MS, 12 * MINUTE_MS
    moments = random_moments(first, last, MINUTE_MS, settings)
    assert moments == sorted(moments) == random_moments(first, last, MINUTE_MS, settings)
    counts = np.unique(moments, return_counts=True)
    assert counts[0].tolist() == [minute * MINUTE_MS for minute in range(3, 13)]
    # 200 of each expected, deviation √(2000·0.1·0.9) = 13.4.
    assert np.abs(counts[1] - 200).max() < 5 * 13.4
    assert moments != random_moments(first, last, MINUTE_MS, StressSettings(moments=2000, seed=8))


def test_stretches_side_by_side_show_their_middle_and_their_worst() -> None:
    tolls = [
        toll_of(one)
        for one in (
            stretch((0, 1, 0.2)),  # +10 %
            stretch((0, 1, -0.1), (1, 4, 0.2)),  # 0.95, then 1.045: back after 3 h
            stretch((0, 1, -0.2), (1, 9, 0.4)),  # 0.9, then 1.08: back after 8 h
            stretch((0, 1, -0.4)),  # −20 %, not back
        )
    ]
    spread = spread_of(tolls)
    assert (spread.stretches, spread.trades, spread.recovered) == (4, 6, 3)
    assert spread.return_median == pytest.approx((0.045 + 0.08) / 2)
    assert spread.return_worst == pytest.approx(-0.2)
    assert spread.loss_worst == pytest.approx(0.2)
    assert spread.worst_r == pytest.approx(-4)
    assert spread.worst_of_account == pytest.approx(-0.2)
    assert spread.drawdown_median == pytest.approx(0.075)
    assert spread.drawdown_worst == pytest.approx(0.2)
    assert spread.recovery_ms == 3 * HOUR_MS  # of 0, 3, 8 hours and never: the lower middle
    assert spread_of([tolls[3], tolls[3], tolls[0]]).recovery_ms is None
    assert math.isnan(spread_of([toll_of(stretch())]).worst_r)


def test_the_recorded_crashes_have_the_days_of_their_names() -> None:
    days = [(one.name, utc_day(one.start_ms), utc_day(one.end_ms)) for one in RECORDED]
    assert days == [
        ("March 2020", "2020-03-08", "2020-03-20"),
        ("May 2021", "2021-05-15", "2021-05-26"),
        ("May 2022", "2022-05-05", "2022-05-16"),
        ("November 2022", "2022-11-05", "2022-11-16"),
    ]


def test_settings_without_meaning_are_refused() -> None:
    for given, problem in (
        ({"moments": 0}, "0 moments"),
        ({"after_days": 0}, "without days"),
        ({"lead_days": -1}, "without days"),
        ({"seed": -1}, "seed -1"),
        ({"scenarios": (Gap(), Gap())}, "one name"),
    ):
        with pytest.raises(BadSetting, match=problem):
            StressSettings(**given)
    with pytest.raises(BadSetting, match="off midnight"):
        RecordedCrash(name="x", text="", start_ms=1, end_ms=DAY_MS)
    with pytest.raises(BadSetting, match="ends before"):
        RecordedCrash(name="x", text="", start_ms=DAY_MS, end_ms=DAY_MS)
