"""Markets that honesty is tested on: reproducible, symmetric, with the extremes of a path, and the edge they state."""

import math

import numpy as np
import pytest

from tradewind.evidence.proving import (
    CALM,
    HALF_LIFE_BARS,
    MINUTE_BP,
    STORM,
    STORM_VOLATILITY,
    ProvingMarket,
    ProvingSettings,
    proving_market,
)
from tradewind.model.errors import BadSetting

DAYS = 365
MINUTE = MINUTE_BP * 1e-4


@pytest.fixture(scope="module")
def plain() -> ProvingMarket:
    return proving_market(ProvingSettings(days=DAYS, seed=5, clusters=False))


@pytest.fixture(scope="module")
def clustered() -> ProvingMarket:
    return proving_market(ProvingSettings(days=DAYS, seed=5))


def moves(market: ProvingMarket) -> np.ndarray:
    """Log move of every bar from its open."""
    return np.log(market.bars.close / market.bars.open)


def above_normal(z: float) -> float:
    return 0.5 * math.erfc(z / math.sqrt(2))


def test_the_same_settings_give_the_same_bytes_and_another_seed_others() -> None:
    one, same, other = (
        proving_market(ProvingSettings(days=3, seed=s, edge=0.5)).bars.content_hash() for s in (7, 7, 8)
    )
    assert one == same != other


def test_an_edge_of_zero_is_no_edge_and_a_larger_one_changes_storms_only() -> None:
    without, with_edge = (proving_market(ProvingSettings(days=20, seed=3, edge=edge)) for edge in (0.0, 0.4))
    assert np.array_equal(without.states, with_edge.states)
    calm = without.states == CALM
    np.testing.assert_allclose(moves(with_edge)[calm], moves(without)[calm], atol=1e-12)
    assert np.abs(moves(with_edge)[~calm] - moves(without)[~calm]).mean() > MINUTE


def test_every_bar_opens_at_the_close_before_it(clustered: ProvingMarket) -> None:
    assert np.array_equal(clustered.bars.open[1:], clustered.bars.close[:-1])


def test_a_plain_market_has_the_deviation_it_states_in_every_minute(plain: ProvingMarket) -> None:
    assert not plain.states.any()
    halves = np.array_split(moves(plain), 2)
    assert [half.std() / MINUTE for half in halves] == pytest.approx([1.0, 1.0], rel=0.005)


def test_storms_cover_a_fifth_of_the_time_at_three_times_the_deviation(clustered: ProvingMarket) -> None:
    storm = clustered.states == STORM
    assert storm.mean() == pytest.approx(0.2, abs=0.02)
    found = moves(clustered)
    assert found[storm].std() / found[~storm].std() == pytest.approx(STORM_VOLATILITY, rel=0.03)


@pytest.mark.parametrize("lag", [1, 2, 5, 10, 60])
def test_without_an_edge_no_move_tells_the_direction_of_a_later_one(clustered: ProvingMarket, lag: int) -> None:
    signs = np.sign(moves(clustered))
    # A coin's correlation over n tosses has a deviation of 1/√n.
    assert abs(np.mean(signs[lag:] * signs[:-lag])) < 4 / math.sqrt(len(signs))


def test_volatility_hangs_together_where_it_is_asked_to_and_nowhere_else(
    plain: ProvingMarket, clustered: ProvingMarket
) -> None:
    def together(market: ProvingMarket) -> float:
        size = np.abs(moves(market))
        return float(np.corrcoef(size[1:], size[:-1])[0, 1])

    assert abs(together(plain)) < 4 / math.sqrt(len(plain.bars))
    assert together(clustered) > 0.2


def test_up_and_down_are_alike_high_and_low_included(plain: ProvingMarket) -> None:
    up = np.log(plain.bars.high / plain.bars.open) / MINUTE
    down = -np.log(plain.bars.low / plain.bars.open) / MINUTE
    for level in (0.25, 1.0, 2.0):
        one, other = (up >= level).mean(), (down >= level).mean()
        assert abs(one - other) < 4 * math.sqrt(2 * one / len(up))


@pytest.mark.parametrize("level", [0.5, 1.0, 2.0])
def test_a_level_is_touched_as_often_as_the_reflection_principle_says(plain: ProvingMarket, level: float) -> None:
    touched = np.log(plain.bars.high / plain.bars.open) / MINUTE >= level
    expected = 2 * above_normal(level)
    assert abs(touched.mean() - expected) < 4 * math.sqrt(expected / len(touched))


def test_one_bar_touches_both_sides_as_often_as_a_continuous_path(plain: ProvingMarket) -> None:
    # Chance that Brownian motion stays within one deviation on both sides for its whole time: the series of the two
    # barriers (Feller II, X.5). Drawing both extremes of a bar independently would give 0.0154 instead of 0.0054.
    stays = (
        4 / math.pi * sum((-1) ** k / (2 * k + 1) * math.exp(-((2 * k + 1) ** 2) * math.pi**2 / 8) for k in range(9))
    )
    both_exactly = 4 * above_normal(1.0) - (1 - stays)
    up = np.log(plain.bars.high / plain.bars.open) / MINUTE >= 1
    down = np.log(plain.bars.low / plain.bars.open) / MINUTE <= -1
    assert both_exactly == pytest.approx(0.005398, abs=1e-6)
    assert abs((up & down).mean() - both_exactly) < 4 * math.sqrt(both_exactly / len(up))


def stopped_result(market: ProvingMarket, stop: float, target: float, hold: int) -> np.ndarray:
    """Log result, in minutes' deviations, of going long at every hold-th open with a stop, a target and a time limit.

    Bars that touch both levels count as neither touched first: the bar is left out with its trade.
    """
    count = len(market.bars) // hold
    shape = (count, hold)
    high, low, close = (
        np.log(getattr(market.bars, name)[: count * hold].reshape(shape)) / MINUTE for name in ("high", "low", "close")
    )
    entry = np.log(market.bars.open[: count * hold].reshape(shape)[:, :1]) / MINUTE
    stopped, reached = low <= entry - stop, high >= entry + target
    first = np.argmax(stopped | reached, axis=1)
    rows = np.arange(count)
    some = (stopped | reached).any(axis=1)
    out = np.where(some, np.where(stopped[rows, first], -stop, target), close[:, -1] - entry[:, 0])
    return out[~(some & stopped[rows, first] & reached[rows, first])]


@pytest.mark.parametrize(("stop", "target"), [(3.0, 9.0), (9.0, 3.0), (3.0, 50.0)])
def test_stops_and_targets_are_worth_nothing_where_there_is_no_edge(
    plain: ProvingMarket, stop: float, target: float
) -> None:
    # A stopped martingale is a martingale. A path looked at in steps would pay the overshoot at every stop.
    result = stopped_result(plain, stop, target, hold=30)
    assert abs(result.mean()) < 4 * result.std() / math.sqrt(len(result))


def test_what_comes_back_in_a_storm_has_the_size_and_half_life_that_are_stated() -> None:
    market = proving_market(ProvingSettings(days=DAYS, seed=9, edge=1.0))
    storm = market.states == STORM
    found = moves(market)
    inside = storm[:-1] & storm[1:]
    # All variance reverts: an Ornstein-Uhlenbeck step against the one before correlates by −pull/2 in the long run.
    pull = math.log(2) / HALF_LIFE_BARS
    expected = -pull / 2
    measured = np.corrcoef(found[1:][inside], found[:-1][inside])[0, 1]
    assert measured == pytest.approx(expected, abs=4 / math.sqrt(inside.sum()))
    calm = ~storm[:-1] & ~storm[1:]
    signs = np.sign(found)
    assert abs(np.mean((signs[1:] * signs[:-1])[calm])) < 4 / math.sqrt(calm.sum())


@pytest.mark.parametrize(
    "settings", [{"days": 0}, {"seed": -1}, {"edge": 1.5}, {"edge": -0.1}, {"edge": 0.5, "clusters": False}]
)
def test_senseless_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(BadSetting):
        ProvingSettings(**settings)  # type: ignore[arg-type]
