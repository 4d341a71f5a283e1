"""The simulated market: reproducible bytes, bars that obey the law of bars, and the statistics it promises."""

import hashlib

import numpy as np
import pytest

from tradewind.evidence.market import (
    DEVIATION_MINUTES,
    HALF_LIFE_BARS,
    LISTINGS,
    MAJORS,
    NATURES,
    SIDEWAYS,
    STRESS,
    SimulatedMarket,
    SimulationSettings,
    simulate,
)
from tradewind.model.bars import BAR_COLUMNS
from tradewind.model.errors import BadSetting, WrongUse


@pytest.fixture(scope="module")
def market() -> SimulatedMarket:
    return simulate(SimulationSettings(seed=11))


@pytest.fixture(scope="module")
def fair_market() -> SimulatedMarket:
    return simulate(SimulationSettings(seed=11, edge=False))


def digest(market: SimulatedMarket) -> str:
    whole = hashlib.sha256(market.states.tobytes())
    for bars in market.bars:
        for name in BAR_COLUMNS:
            whole.update(getattr(bars, name).tobytes())
    return whole.hexdigest()


def log_returns(close: np.ndarray) -> np.ndarray:
    return np.diff(np.log(close))


def standardised(market: SimulatedMarket, place: int) -> np.ndarray:
    """Log returns over the deviation of their state, so that states of high volatility do not rule the statistics."""
    returns = log_returns(market.bars[place].close)
    states = market.states[1:]
    scale = np.array([returns[states == state].std() for state in range(4)])
    return returns / scale[states]


def autocorrelation(values: np.ndarray, lag: int) -> float:
    centred = values - values.mean()
    return float((centred[lag:] * centred[:-lag]).mean() / (centred * centred).mean())


def sideways_variance_ratio(market: SimulatedMarket, place: int, horizon: int) -> float:
    """Variance of `horizon`-bar moves that lie wholly in SIDEWAYS, over `horizon` times that of one bar's."""
    steps = np.diff(np.log(market.bars[place].close), prepend=np.nan)
    inside = market.states == SIDEWAYS
    moves, singles = [], []
    starts = np.flatnonzero(np.diff(inside.astype(int), prepend=0) == 1)
    for start in starts:
        length = int(np.argmin(inside[start:])) if not inside[start:].all() else len(inside) - start
        stretch = steps[start + 1 : start + length]
        whole = len(stretch) // horizon * horizon
        moves.extend(stretch[:whole].reshape(-1, horizon).sum(axis=1))
        singles.extend(stretch[:whole])
    return float(np.mean(np.square(moves)) / (horizon * np.mean(np.square(singles))))


def test_the_same_seed_gives_the_same_bytes() -> None:
    settings = SimulationSettings(days=3, seed=5)
    assert digest(simulate(settings)) == digest(simulate(settings))


def test_another_seed_gives_another_market() -> None:
    assert digest(simulate(SimulationSettings(days=3, seed=5))) != digest(simulate(SimulationSettings(days=3, seed=6)))


def test_a_symbol_is_the_same_whatever_symbols_follow_it() -> None:
    alone = simulate(SimulationSettings(symbols=MAJORS[:1], days=3, seed=5))
    together = simulate(SimulationSettings(days=3, seed=5))
    assert np.array_equal(alone.bars[0].close, together.bars[0].close)


def test_the_default_is_six_perpetuals_over_120_days_of_minutes(market: SimulatedMarket) -> None:
    assert [bars.symbol for bars in market.bars] == list(MAJORS)
    assert all(len(bars) == 120 * 1440 and bars.venue == "simulated" and not bars.gaps() for bars in market.bars)
    assert market.states.dtype == np.int8
    assert len(market.states) == 120 * 1440


def test_every_bar_opens_at_the_close_before_it_and_prices_lie_on_the_tick(market: SimulatedMarket) -> None:
    for bars in market.bars:
        assert np.array_equal(bars.open[1:], bars.close[:-1])
        decimals = LISTINGS[bars.symbol.split("/")[0]].decimals
        for column in (bars.open, bars.high, bars.low, bars.close):
            assert np.array_equal(column, np.round(column, decimals))


def test_true_states_have_the_promised_shares_and_stays() -> None:
    long = simulate(SimulationSettings(symbols=MAJORS[:1], days=1500, seed=3))
    shares = np.bincount(long.states, minlength=4) / len(long.states)
    # Stationary shares of the documented chain: chances of the embedded chain times mean stays.
    chances = np.array([nature.next_states for nature in NATURES])
    visits = np.linalg.matrix_power(chances, 200)[0]
    expected = visits * [nature.dwell_hours for nature in NATURES]
    expected /= expected.sum()
    assert shares == pytest.approx(expected, abs=0.04)
    assert 0.35 <= expected[SIDEWAYS] <= 0.45
    edges = np.flatnonzero(np.diff(long.states)) + 1
    stays = np.diff(edges)
    for state, nature in enumerate(NATURES):
        mean_hours = stays[long.states[edges[:-1]] == state].mean() / 60
        assert mean_hours == pytest.approx(nature.dwell_hours, rel=0.2)


def test_symbols_move_together_but_not_alike(fair_market: SimulatedMarket) -> None:
    inside = fair_market.states[1:] != SIDEWAYS  # the reverting part of SIDEWAYS is each symbol's own
    returns = [standardised(fair_market, place)[inside] for place in range(6)]
    for first in range(6):
        for second in range(first):
            listings = [LISTINGS[MAJORS[place].split("/")[0]] for place in (first, second)]
            expected = listings[0].common * listings[1].common
            assert np.corrcoef(returns[first], returns[second])[0, 1] == pytest.approx(expected, abs=0.06)


def test_returns_have_fat_tails_and_volatility_comes_in_clusters(market: SimulatedMarket) -> None:
    for place in range(6):
        values = standardised(market, place)
        assert np.mean((values - values.mean()) ** 4) / values.var() ** 2 > 3.5
        assert autocorrelation(np.abs(values), 1) > 0.1
        assert autocorrelation(np.abs(values), 30) > 0.03


def test_stress_is_the_loudest_state_and_holds_most_jumps(market: SimulatedMarket) -> None:
    returns = log_returns(market.bars[0].close)
    states = market.states[1:]
    deviations = [returns[states == state].std() for state in range(4)]
    assert deviations[STRESS] > 1.4 * max(deviations[:STRESS])
    largest = np.argsort(np.abs(returns))[-50:]
    assert np.mean(states[largest] == STRESS) > 0.6


def test_afternoons_are_louder_than_nights_and_trade_more(market: SimulatedMarket) -> None:
    for place, bars in enumerate(market.bars):
        hour = bars.ts[1:] // 3_600_000 % 24
        values = standardised(market, place)
        assert values[hour == 15].std() > 1.4 * values[hour == 3].std()
        assert bars.volume[1:][hour == 15].mean() > 1.4 * bars.volume[1:][hour == 3].mean()


def test_volume_follows_the_size_of_moves(market: SimulatedMarket) -> None:
    for bars in market.bars:
        assert np.corrcoef(np.abs(log_returns(bars.close)), bars.volume[1:])[0, 1] > 0.4


def test_the_range_of_a_bar_agrees_with_its_variance(fair_market: SimulatedMarket) -> None:
    # Parkinson (1980): of a driftless Brownian motion E[ln(high/low)^2] = 4 ln 2 times its variance. High and low
    # are drawn independently of each other given the close, which E[ln(high/open)^2] = variance does not notice.
    bars = fair_market.bars[0]
    calm = fair_market.states != STRESS
    up = np.log(bars.high / bars.open)[calm]
    moved = np.log(bars.close / bars.open)[calm]
    assert np.mean(up**2) / np.mean(moved**2) == pytest.approx(1.0, abs=0.03)


def test_without_an_edge_returns_cannot_be_predicted_from_returns(fair_market: SimulatedMarket) -> None:
    for place in range(6):
        values = standardised(fair_market, place)
        # Volatility clusters and the rounding of XRP and ADA widen the usual 2/sqrt(n) = 0.005 a little.
        for lag in (1, 2, 5, 30, 120):
            assert abs(autocorrelation(values, lag)) < 0.012
        assert sideways_variance_ratio(fair_market, place, 60) == pytest.approx(1.0, abs=0.12)


def test_without_an_edge_no_state_drifts(fair_market: SimulatedMarket) -> None:
    for bars in fair_market.bars:
        simple = np.diff(bars.close) / bars.close[:-1]
        for state in range(4):
            inside = simple[fair_market.states[1:] == state]
            assert abs(inside.mean()) < 3.5 * inside.std() / np.sqrt(len(inside))


def test_the_planted_edge_pulls_sideways_prices_back_as_documented(market: SimulatedMarket) -> None:
    for place in range(6):
        # Expected ratio at 60 bars of walk (variance w per bar) plus a stationary deviation of variance D^2:
        # (60 w + 2 D^2 (1 - rho^60)) / (60 (w + 2 D^2 (1 - rho))), in usual minutes.
        walk, rho = NATURES[SIDEWAYS].volatility ** 2, 0.5 ** (1 / HALF_LIFE_BARS)
        spread = 2 * DEVIATION_MINUTES**2
        expected = (60 * walk + spread * (1 - rho**60)) / (60 * (walk + spread * (1 - rho)))
        assert expected < 0.4
        assert sideways_variance_ratio(market, place, 60) == pytest.approx(expected, abs=0.08)


def test_the_planted_edge_ends_with_its_state(market: SimulatedMarket) -> None:
    outside = market.states[1:] != SIDEWAYS
    pairs = outside[1:] & outside[:-1]
    for place in range(6):
        values = standardised(market, place)
        assert abs(np.corrcoef(values[1:][pairs], values[:-1][pairs])[0, 1]) < 0.015


def test_the_description_names_what_is_planted(market: SimulatedMarket, fair_market: SimulatedMarket) -> None:
    assert "SIMULATED" in market.description
    assert "half-life of 12 bars" in market.description
    assert "57 to 88 bp" in market.description
    assert "No edge is planted" in fair_market.description


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"symbols": ()}, BadSetting),
        ({"symbols": ("BTC/USDT", "BTC/USDT")}, BadSetting),
        ({"symbols": ("bitcoin",)}, WrongUse),
        ({"days": 0}, BadSetting),
        ({"days": 4000}, BadSetting),
        ({"seed": -1}, BadSetting),
        ({"start_ms": 1}, BadSetting),
    ],
)
def test_settings_that_make_no_market_are_refused(wrong: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        SimulationSettings(**wrong)  # type: ignore[arg-type]
