"""Shocks worked out by hand on a few bars, and on any bars of any timeframe: valid, the same before, one after."""

from typing import Any

import numpy as np
import pytest
from tests.contracts.detector_contract import hard_bars

from tradewind.evidence.shocks import (
    SCENARIOS,
    CostsTimes,
    FlashCrash,
    Gap,
    LiquidityGone,
    Scenario,
    VolatilityTimes,
)
from tradewind.model.bars import BAR_COLUMNS, Bars
from tradewind.model.errors import BadSetting
from tradewind.model.instrument import Costs

MINUTE = 60_000
COSTS = Costs(taker_fee=0.0004, maker_fee=0.0002, half_spread_bps=0.5, slippage_bps=0.5)


def rows(*prices: tuple[float, float, float, float], timeframe: str = "1m", step: int = MINUTE) -> Bars:
    """Bars from midnight on: open, high, low, close; 10 traded in each."""
    o, h, low, c = np.array(prices, np.float64).T
    ts = np.arange(len(prices), dtype=np.int64) * step
    return Bars(
        venue="made", symbol="BTC/USDT", timeframe=timeframe, ts=ts, open=o, high=h, low=low, close=c,
        volume=np.full(len(prices), 10.0),
    )  # fmt: skip


def flat(count: int, **given: Any) -> Bars:
    return rows(*[(100.0,) * 4] * count, **given)


def test_a_flash_crash_falls_and_recovers_by_even_parts() -> None:
    # −20 % in 2 minutes: √0.8 halfway. Half back in 2 more: from 80 over √(80·90) to 90.
    shock = FlashCrash(fall=0.2, fall_minutes=2, recovered=0.5, recovery_minutes=2, volume=10)
    made = shock.bars(flat(7), MINUTE)
    half, back = 100 * 0.8**0.5, (80 * 90) ** 0.5
    assert np.allclose(made.close, [100, half, 80, back, 90, 90, 90], rtol=1e-12)
    assert np.allclose(made.open, [100, 100, half, 80, back, 90, 90], rtol=1e-12)
    assert np.allclose(made.low, [100, half, 80, 80, back, 90, 90], rtol=1e-12)
    assert np.allclose(made.high, [100, 100, half, back, 90, 90, 90], rtol=1e-12)
    assert made.volume.tolist() == [10, 100, 100, 100, 100, 10, 10]


def test_a_flash_crash_inside_one_bar_is_its_wick() -> None:
    shock = FlashCrash(fall=0.2, fall_minutes=2, recovered=0.5, recovery_minutes=2)
    made = shock.bars(flat(3, timeframe="5m", step=5 * MINUTE), 5 * MINUTE)
    assert np.allclose([made.open[1], made.high[1], made.low[1], made.close[1]], [100, 100, 80, 90], rtol=1e-12)
    assert np.allclose(made.open[2], 90, rtol=1e-12)


def test_a_crash_keeps_the_wicks_that_were_there() -> None:
    made = FlashCrash(fall=0.5, fall_minutes=1, recovered=0.0, recovery_minutes=1).bars(
        rows((100, 101, 98, 100), (100, 103, 97, 99), (99, 99, 99, 99)), MINUTE
    )
    assert np.allclose([made.open[1], made.high[1], made.low[1], made.close[1]], [100, 103, 48.5, 49.5], rtol=1e-12)
    assert np.allclose(made.close[2], 49.5, rtol=1e-12)


def test_volatility_times_two_squares_every_move_since_the_last_close() -> None:
    bars = rows((90, 110, 80, 100), *[(100, 102, 99, 101)] * 60, (101, 101, 101, 101))
    made = VolatilityTimes(factor=2, hours=1).bars(bars, MINUTE)
    assert [made.open[0], made.high[0], made.low[0], made.close[0], made.volume[0]] == [90, 110, 80, 100, 10]
    for at in (1, 60):
        # 100·(p/100)²
        assert np.allclose(
            [made.open[at], made.high[at], made.low[at], made.close[at]], [100, 104.04, 98.01, 102.01], rtol=1e-12
        )
        assert made.volume[at] == 20
    # What follows goes on from there: 101 · 102.01 / 101.
    assert np.allclose([made.open[61], made.close[61]], 102.01, rtol=1e-12)
    assert made.volume[61] == 10


def test_volatility_times_k_makes_the_deviation_of_moves_k_times_as_large() -> None:
    bars = hard_bars(3, 3000)
    made = VolatilityTimes(factor=5, hours=10).bars(bars, int(bars.ts[1000]))
    end = int(np.searchsorted(bars.ts, bars.ts[1000] + 600 * MINUTE))
    moves, before = np.diff(np.log(made.close)), np.diff(np.log(bars.close))
    assert np.allclose(moves[999 : end - 1], 5 * before[999 : end - 1], rtol=0, atol=1e-9)
    assert np.allclose(moves[end - 1 :], before[end - 1 :], rtol=0, atol=1e-9)


def test_a_jump_opens_at_the_last_close_times_its_size_and_stays_there() -> None:
    bars = rows((100, 100, 100, 100), (101, 102, 100.5, 101), (101, 101, 99, 100))
    made = Gap(move=-0.1).bars(bars, MINUTE)
    assert made.ts.tolist() == bars.ts.tolist()
    part = 90 / 101
    assert np.allclose([made.open[1], made.high[1], made.low[1], made.close[1]], [90, 102 * part, 100.5 * part, 90])
    assert np.allclose([made.open[2], made.low[2], made.close[2]], [90, 99 * part, 100 * part])
    assert made.volume.tolist() == [10, 10, 10]


def test_a_halt_leaves_bars_out_and_reopens_at_the_last_close_times_its_size() -> None:
    bars = rows((100, 100, 100, 100), (100, 130, 90, 120), (120, 125, 110, 110), (110, 112, 110, 112))
    made = Gap(move=0.2, minutes=2).bars(bars, MINUTE)
    assert made.ts.tolist() == [0, 3 * MINUTE]
    assert [gap.missing for gap in made.gaps()] == [2]
    assert np.allclose([made.open[1], made.close[1]], [120, 112 * 120 / 110])


def test_without_liquidity_spread_and_slippage_are_dearer_fees_are_not_and_little_is_traded() -> None:
    shock = LiquidityGone(factor=20, volume=0.1, hours=1)
    made = shock.bars(flat(62), MINUTE)
    assert made.volume.tolist() == [10, *[1.0] * 60, 10]
    assert made.close.tolist() == [100] * 62
    # 2·(4 + 20·1) bp instead of 2·(4 + 1).
    assert COSTS.round_trip_bps == pytest.approx(10)
    assert shock.costs(COSTS).round_trip_bps == pytest.approx(48)
    assert shock.costly_ms(MINUTE) == (MINUTE, 61 * MINUTE)


def test_costs_times_two_leave_the_bars_alone_and_never_raise_a_rebate() -> None:
    shock, bars = CostsTimes(factor=2), flat(3)
    assert shock.bars(bars, MINUTE) is bars
    assert shock.costs(COSTS) == Costs(taker_fee=0.0008, maker_fee=0.0004, half_spread_bps=1.0, slippage_bps=1.0)
    rebate = Costs(taker_fee=0.0004, maker_fee=-0.0001, half_spread_bps=0.0, slippage_bps=0.0)
    assert shock.costs(rebate).maker_fee == -0.0001
    assert shock.costly_ms(MINUTE) is None
    high = Costs(taker_fee=0.006, maker_fee=0.006, half_spread_bps=0.0, slippage_bps=0.0)
    assert (shock.costs(high).taker_fee, shock.costs(high).maker_fee) == (0.01, 0.01)


@pytest.mark.parametrize("shock", SCENARIOS, ids=lambda one: one.name)
@pytest.mark.parametrize("timeframe", ["1m", "5m", "1h", "4h", "1d"])
@pytest.mark.parametrize("seed", [1, 2])
def test_any_bars_stay_valid_are_untouched_before_and_only_scaled_after(
    shock: Scenario, timeframe: str, seed: int
) -> None:
    minutes = {"1m": 1, "5m": 5, "1h": 60, "4h": 240, "1d": 1440}[timeframe]
    source = hard_bars(seed, 3000)
    bars = Bars(
        venue=source.venue, symbol=source.symbol, timeframe=timeframe, ts=source.ts // MINUTE * MINUTE * minutes,
        open=source.open, high=source.high, low=source.low, close=source.close, volume=source.volume,
    )  # fmt: skip
    at = int(bars.ts[1000])
    made = shock.bars(bars, at)  # the bars themselves refuse what is inconsistent
    again = shock.bars(bars, at)
    for name in BAR_COLUMNS:
        assert np.array_equal(getattr(made, name)[:1000], getattr(bars, name)[:1000])
        assert getattr(made, name).tobytes() == getattr(again, name).tobytes()
    assert np.array_equal(made.ts[-1500:], bars.ts[-1500:])
    after = slice(-100, None)
    factors = made.close[after] / bars.close[after]
    assert np.allclose(factors, factors[0], rtol=1e-9)
    assert np.allclose(made.high[after] / bars.high[after], factors[0], rtol=1e-9)
    assert np.array_equal(made.volume[after], bars.volume[after])


def test_the_shocks_are_as_large_as_the_events_they_are_taken_from() -> None:
    bars = flat(2000)
    crashed = FlashCrash().bars(bars, 500 * MINUTE)
    assert crashed.low.min() == pytest.approx(82)
    assert crashed.close[-1] == pytest.approx(91)
    assert [one.name for one in SCENARIOS] == [
        "flash crash", "volatility × 5", "jump −10%", "jump +10%", "halt −10%", "liquidity gone", "costs × 2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "given", "problem"),
    [
        (FlashCrash, {"fall": 1.0}, "flash crash of 1.0"),
        (FlashCrash, {"recovered": 1.5}, "recovery of 1.5"),
        (FlashCrash, {"fall_minutes": 0}, "without time"),
        (FlashCrash, {"volume": 0.0}, "volume × 0.0"),
        (VolatilityTimes, {"factor": 0.0}, "volatility × 0.0"),
        (VolatilityTimes, {"hours": 0}, "0 hours"),
        (Gap, {"move": -1.0}, "gap of -1.0"),
        (Gap, {"minutes": -1}, "-1 minutes"),
        (LiquidityGone, {"factor": 0.5}, "spread × 0.5"),
        (LiquidityGone, {"volume": -0.1}, "volume × -0.1"),
        (LiquidityGone, {"hours": 0}, "0 hours"),
        (CostsTimes, {"factor": 0.9}, "costs × 0.9"),
    ],
)
def test_shocks_without_meaning_are_refused(kind: Any, given: dict[str, float], problem: str) -> None:
    with pytest.raises(BadSetting, match=problem.replace("(", r"\(")):
        kind(**given)
