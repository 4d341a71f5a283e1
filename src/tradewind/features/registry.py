"""Every feature by name: a new one is a function in a file of this folder plus one line here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tradewind.features import price, sessions, structure, volume
from tradewind.features.spec import FeatureSpec, plain, summed
from tradewind.kernels.structure import WING
from tradewind.model.errors import WrongUse

_PERIODS = ({"period": 7}, {"period": 20}, {"period": 100})
_LOOKBACKS = ({"lookback": 10}, {"lookback": 90})
_MACD = ({"fast": 3, "slow": 8, "signal": 4},)
_BANDS = ({"period": 20, "width": 2.0},)
_SWINGS = ({"lookback": 20}, {"lookback": 80})
_EMAS = ({"span": 10}, {"span": 30, "window": 200})


def _over_period(least: int = 1, extra: int = 0) -> Callable[..., int]:
    def window(period: int, width: float = 0.0) -> int:
        return summed(period, least) + extra

    return window


def _over_lookback(least: int) -> Callable[..., int]:
    def window(lookback: int) -> int:
        return summed(lookback, least)

    return window


def _ema(span: int, window: int | None = None) -> int:
    return summed(5 * plain(span) if window is None else window)


def _adx(period: int) -> int:
    return summed(period + 1) + summed(period) - 1


def _macd_line(fast: int, slow: int) -> int:
    return max(_ema(fast), _ema(slow))


def _macd_signal(fast: int, slow: int, signal: int) -> int:
    return _macd_line(fast, slow) + _ema(signal) - 1


def _swing(lookback: int) -> int:
    # The oldest swing was confirmed `lookback` bars ago and needs its own seven bars.
    return plain(lookback) + 2 * WING + 1


_SPECS = (
    FeatureSpec("log_return", price.log_return, lambda: 2),
    FeatureSpec("true_range", price.true_range, lambda: 2),
    FeatureSpec("sma", price.sma, _over_period(), _PERIODS),
    FeatureSpec("ema", price.ema, _ema, _EMAS),
    FeatureSpec("atr", price.atr, _over_period(1, 1), _PERIODS),
    FeatureSpec("volatility", price.volatility, _over_period(2, 1), _PERIODS),
    FeatureSpec("deviation", price.deviation, _over_period(2), _PERIODS),
    FeatureSpec("mean_z", price.mean_z, _over_lookback(2), _LOOKBACKS),
    FeatureSpec("regression_z", price.regression_z, _over_lookback(3), _LOOKBACKS),
    FeatureSpec("regression_value", price.regression_value, _over_lookback(3), _LOOKBACKS),
    FeatureSpec("regression_slope", price.regression_slope, _over_lookback(3), _LOOKBACKS),
    FeatureSpec("regression_deviation", price.regression_deviation, _over_lookback(3), _LOOKBACKS),
    FeatureSpec("regression_r2", price.regression_r2, _over_lookback(3), _LOOKBACKS),
    FeatureSpec("efficiency_ratio", price.efficiency_ratio, _over_period(1, 1), _PERIODS),
    FeatureSpec("rsi", price.rsi, _over_period(1, 1), _PERIODS),
    FeatureSpec("adx", price.adx, _adx, _PERIODS, stored=True),
    FeatureSpec("macd_line", price.macd_line, _macd_line, ({"fast": 3, "slow": 8},)),
    FeatureSpec("macd_signal", price.macd_signal, _macd_signal, _MACD),
    FeatureSpec("macd_histogram", price.macd_histogram, _macd_signal, _MACD),
    FeatureSpec("bollinger_upper", price.bollinger_upper, _over_period(2), _BANDS),
    FeatureSpec("bollinger_lower", price.bollinger_lower, _over_period(2), _BANDS),
    FeatureSpec("volume_mean", volume.volume_mean, _over_period(), _PERIODS),
    FeatureSpec("volume_ratio", volume.volume_ratio, _over_period(), _PERIODS),
    FeatureSpec("volume_gate", volume.volume_gate, _over_period(), _PERIODS),
    FeatureSpec("pivot_low", structure.pivot_low, lambda: 2 * WING + 1),
    FeatureSpec("pivot_high", structure.pivot_high, lambda: 2 * WING + 1),
    FeatureSpec("rising_gap", structure.rising_gap, lambda: 3),
    FeatureSpec("falling_gap", structure.falling_gap, lambda: 3),
    FeatureSpec("swing_low", structure.swing_low, _swing, _SWINGS, may_be_missing=True),
    FeatureSpec("swing_high", structure.swing_high, _swing, _SWINGS, may_be_missing=True),
    FeatureSpec("sweep_low", structure.sweep_low, _swing, _SWINGS),
    FeatureSpec("sweep_high", structure.sweep_high, _swing, _SWINGS),
    FeatureSpec("break_up", structure.break_up, _swing, _SWINGS),
    FeatureSpec("break_down", structure.break_down, _swing, _SWINGS),
    FeatureSpec("session_asia", sessions.session_asia, lambda: 1),
    FeatureSpec("session_london", sessions.session_london, lambda: 1),
    FeatureSpec("session_new_york", sessions.session_new_york, lambda: 1),
)

FEATURES: Mapping[str, FeatureSpec] = MappingProxyType({spec.name: spec for spec in _SPECS})


def feature_spec(name: str) -> FeatureSpec:
    """The registered feature called `name`; raises WrongUse where there is none."""
    try:
        return FEATURES[name]
    except KeyError:
        raise WrongUse(f"unknown feature {name!r}", f"Use one of {', '.join(sorted(FEATURES))}") from None


def feature_window(name: str, **parameters: float) -> int:
    """Trailing bars a value of this feature depends on; raises WrongUse for an unknown name or senseless parameters."""
    return feature_spec(name).window(**parameters)
