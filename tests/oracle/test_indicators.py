"""Features against other people's code: pandas, scipy, and TA-Lib where the definition is the same."""

import numpy as np
import pandas as pd
import pytest
import talib
from scipy import stats
from tests.contracts.feature_bars import gappy_bars
from tests.oracle.real_bars import REAL_WEEKS, real_bars

from tradewind.features.features import Features
from tradewind.model.bars import Bars

BARS = gappy_bars(1500, seed=21)
CLOSE = pd.Series(BARS.close)
FEATURES = Features(BARS)


def assert_same(
    ours: np.ndarray, theirs: np.ndarray | pd.Series, relative: float = 1e-10, absolute: float = 0.0
) -> None:
    """Equal wherever ours has a value, which is nearly everywhere."""
    have = ~np.isnan(ours)
    assert have.sum() > len(ours) - 700
    np.testing.assert_allclose(ours[have], np.asarray(theirs)[have], rtol=relative, atol=absolute)


@pytest.mark.parametrize("period", [1, 2, 7, 63, 64, 65, 200])
def test_sma_is_the_rolling_mean(period: int) -> None:
    assert_same(FEATURES.sma(period), CLOSE.rolling(period).mean())
    if period > 1:
        assert_same(FEATURES.sma(period), talib.SMA(BARS.close, period))


@pytest.mark.parametrize("period", [2, 7, 63, 64, 65, 200])
def test_volatility_is_the_sample_deviation_of_log_returns(period: int) -> None:
    returns = np.log(CLOSE).diff()
    assert_same(FEATURES.volatility(period), returns.rolling(period).apply(lambda w: w.std(ddof=1)), 1e-9, 1e-14)


@pytest.mark.parametrize(("span", "window"), [(1, 5), (10, None), (50, 400), (200, 600), (9, 3)])
def test_ema_is_pandas_ewm_over_exactly_its_window(span: int, window: int | None) -> None:
    ours = FEATURES.ema(span, window=window)
    size = 5 * span if window is None else window
    for t in range(size + 62, len(BARS), 41):
        theirs = CLOSE.iloc[t - size + 1 : t + 1].ewm(span=span, adjust=True).mean().iloc[-1]
        assert ours[t] == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("lookback", [3, 10, 64, 180])
def test_regression_is_scipys(lookback: int) -> None:
    parts = {
        name: FEATURES.get(f"regression_{name}", lookback=lookback)
        for name in ("value", "slope", "deviation", "r2", "z")
    }
    index = np.arange(lookback)
    for t in range(lookback + 62, len(BARS), 37):
        window = BARS.close[t - lookback + 1 : t + 1]
        fit = stats.linregress(index, window)
        line = fit.intercept + fit.slope * index
        deviation = np.sqrt(((window - line) ** 2).sum() / (lookback - 2))
        assert parts["value"][t] == pytest.approx(line[-1], rel=1e-11)
        assert parts["slope"][t] == pytest.approx(fit.slope, rel=1e-7, abs=1e-12)
        assert parts["deviation"][t] == pytest.approx(deviation, rel=1e-8)
        assert parts["r2"][t] == pytest.approx(fit.rvalue**2, rel=1e-7, abs=1e-10)
        assert parts["z"][t] == pytest.approx((window[-1] - line[-1]) / deviation, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("lookback", [10, 90])
def test_regression_is_talibs_and_numpys(lookback: int) -> None:
    assert_same(FEATURES.get("regression_value", lookback=lookback), talib.LINEARREG(BARS.close, lookback), 1e-10)
    slope = FEATURES.get("regression_slope", lookback=lookback)
    assert_same(slope, talib.LINEARREG_SLOPE(BARS.close, lookback), 1e-6, 1e-9)
    for t in range(lookback + 62, len(BARS), 200):
        fitted = np.polyfit(np.arange(lookback), BARS.close[t - lookback + 1 : t + 1], 1)
        assert slope[t] == pytest.approx(fitted[0], rel=1e-6, abs=1e-10)


def test_bollinger_bands_are_talibs_with_the_sample_deviation() -> None:
    # TA-Lib divides by n: a width of 2·sqrt(n / (n − 1)) there is 2 sample deviations.
    wide = 2 * np.sqrt(20 / 19)
    upper, middle, lower = talib.BBANDS(BARS.close, 20, wide, wide)
    assert_same(FEATURES.get("bollinger_upper", period=20, width=2.0), upper, 1e-8)
    assert_same(FEATURES.get("bollinger_lower", period=20, width=2.0), lower, 1e-8)
    assert_same(FEATURES.sma(20), middle)


def test_mean_z_is_the_distance_in_rolling_deviations() -> None:
    for lookback in (2, 20, 64, 180):
        roll = CLOSE.rolling(lookback)
        theirs = (CLOSE - roll.mean()) / roll.apply(lambda w: w.std(ddof=1))
        assert_same(FEATURES.mean_z(lookback), theirs, 1e-7, 1e-8)


def test_atr_is_the_rolling_mean_of_true_range() -> None:
    assert_same(FEATURES.atr(14), pd.Series(talib.TRANGE(BARS.high, BARS.low, BARS.close)).rolling(14).mean())


def test_volume_features_follow_the_rolling_mean() -> None:
    mean = pd.Series(BARS.volume).rolling(30).mean()
    assert_same(FEATURES.volume_ratio(30), BARS.volume / mean, 1e-9)
    assert np.array_equal(FEATURES.volume_gate(30)[92:], (BARS.volume > mean)[92:])
    assert not FEATURES.volume_gate(30)[:92].any()


def test_rsi_efficiency_and_adx_follow_their_simple_means() -> None:
    change = CLOSE.diff()
    up, down = change.clip(lower=0).rolling(14).mean(), (-change).clip(lower=0).rolling(14).mean()
    assert_same(FEATURES.rsi(14), 100 - 100 / (1 + up / down), 1e-9)
    path = change.abs().rolling(30).sum()
    assert_same(FEATURES.efficiency_ratio(30), (CLOSE - CLOSE.shift(30)).abs() / path, 1e-8, 1e-12)
    assert_same(FEATURES.adx(14), adx_by_the_book(BARS, 14), 1e-9)


def adx_by_the_book(bars: Bars, period: int) -> pd.Series:
    """Both directional indicators divided by the mean true range, as the books write them."""
    up, down = pd.Series(bars.high).diff(), -pd.Series(bars.low).diff()
    plus = up.where((up > down) & (up > 0), 0.0).where(up.notna())
    minus = down.where((down > up) & (down > 0), 0.0).where(up.notna())
    ranges = pd.Series(talib.TRANGE(bars.high, bars.low, bars.close)).rolling(period).mean()
    plus_di = 100 * plus.rolling(period).mean() / ranges
    minus_di = 100 * minus.rolling(period).mean() / ranges
    return (100 * (plus_di - minus_di).abs() / (plus_di + minus_di)).rolling(period).mean()


def test_macd_is_the_difference_of_two_means_and_its_signal_their_mean() -> None:
    parameters = {"fast": 12, "slow": 26}
    line = FEATURES.get("macd_line", **parameters)
    signal = FEATURES.get("macd_signal", **parameters, signal=9)
    for t in range(400, len(BARS), 97):
        fast = CLOSE.iloc[t - 59 : t + 1].ewm(span=12, adjust=True).mean().iloc[-1]
        slow = CLOSE.iloc[t - 129 : t + 1].ewm(span=26, adjust=True).mean().iloc[-1]
        assert line[t] == pytest.approx(fast - slow, abs=1e-10)
        smoothed = pd.Series(line[t - 44 : t + 1]).ewm(span=9, adjust=True).mean().iloc[-1]
        assert signal[t] == pytest.approx(smoothed, abs=1e-10)
    histogram = FEATURES.get("macd_histogram", **parameters, signal=9)
    assert_same(histogram, line - signal)


def test_a_fall_by_a_factor_of_a_hundred_thousand_leaves_no_rounding_behind() -> None:
    """As LUNAUSDT in May 2022: the deviation right after the fall has passed must not carry the old price's error."""
    rng = np.random.default_rng(2)
    for at in (320, 333, 383):
        close = np.where(np.arange(700) < at, 9.0, 5e-5) * (1 + rng.normal(0, 1e-3, 700))
        columns = dict.fromkeys(("open", "high", "low", "close"), close) | {"volume": close**3 * 1e9}
        fallen = Features(Bars(venue="v", symbol="A/B", timeframe="1m", ts=60_000 * np.arange(700), **columns))
        for t in range(at + 60, at + 200):
            window = close[t - 19 : t + 1]
            z = (window[-1] - window.mean()) / window.std(ddof=1)
            assert fallen.mean_z(20)[t] == pytest.approx(z, rel=1e-9, abs=1e-9)
            fit = stats.linregress(np.arange(20), window)
            assert fallen.get("regression_slope", lookback=20)[t] == pytest.approx(fit.slope, rel=1e-7, abs=1e-15)
            ratio = columns["volume"][t] / columns["volume"][t - 19 : t + 1].mean()
            assert fallen.volume_ratio(20)[t] == pytest.approx(ratio, rel=1e-12)


@pytest.mark.parametrize("day", REAL_WEEKS)
def test_real_prices_give_the_same_figures(day: str) -> None:
    bars = real_bars(day, days=2)
    features, close = Features(bars), pd.Series(bars.close)
    roll = close.rolling(90)
    assert_same(features.mean_z(90), (close - roll.mean()) / roll.apply(lambda w: w.std(ddof=1), raw=False), 1e-6, 1e-7)
    assert_same(features.get("regression_value", lookback=90), talib.LINEARREG(bars.close, 90), 1e-10)
