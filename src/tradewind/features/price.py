"""Features of price over sliding windows: means, deviations, ranges, regressions, momentum."""

import numpy as np

from tradewind.features.spec import FloatArray, Inputs
from tradewind.kernels import indicators, windows


def log_return(inputs: Inputs) -> FloatArray:
    """ln(close / previous close)."""
    return indicators.log_returns(inputs.close)


def true_range(inputs: Inputs) -> FloatArray:
    """Wilder's true range in price units."""
    return indicators.true_range(inputs.high, inputs.low, inputs.close)


def sma(inputs: Inputs, period: int) -> FloatArray:
    """Mean of the last `period` closes."""
    return windows.window_mean(inputs.close, inputs.fresh, period, 0)


def ema(inputs: Inputs, span: int, window: int | None = None) -> FloatArray:
    """Exponentially weighted mean of the last `window` closes (5 x span unless given), as pandas ewm(span)."""
    if window is None:
        shared: FloatArray = inputs.get("ema", span=span, window=5 * span)
        return shared
    return windows.window_exponential_mean(inputs.close, inputs.fresh, float(span), window, 0)


def atr(inputs: Inputs, period: int) -> FloatArray:
    """Simple mean of the last `period` true ranges."""
    return windows.window_mean(inputs.get("true_range"), inputs.fresh, period, 1)


def volatility(inputs: Inputs, period: int) -> FloatArray:
    """Standard deviation (ddof 1) of the last `period` log returns, per bar, not annualised."""
    return windows.window_deviation(inputs.get("log_return"), inputs.fresh, period, 1)


def deviation(inputs: Inputs, period: int) -> FloatArray:
    """Standard deviation (ddof 1) of the last `period` closes."""
    return windows.window_deviation(inputs.close, inputs.fresh, period, 0)


def mean_z(inputs: Inputs, lookback: int) -> FloatArray:
    """(close - mean) / standard deviation over `lookback` closes; NaN where the deviation is zero."""
    return windows.window_mean_z(inputs.close, inputs.fresh, lookback, 0)


def regression_z(inputs: Inputs, lookback: int) -> FloatArray:
    """(close - regression line) / residual deviation over `lookback` closes; NaN where the deviation is zero."""
    return windows.window_regression(inputs.close, inputs.fresh, lookback, 0, windows.Z)


def regression_value(inputs: Inputs, lookback: int) -> FloatArray:
    """The regression line of the last `lookback` closes at the last of them."""
    return windows.window_regression(inputs.close, inputs.fresh, lookback, 0, windows.VALUE)


def regression_slope(inputs: Inputs, lookback: int) -> FloatArray:
    """Slope of that line in price per bar."""
    return windows.window_regression(inputs.close, inputs.fresh, lookback, 0, windows.SLOPE)


def regression_deviation(inputs: Inputs, lookback: int) -> FloatArray:
    """Residual deviation of that line, sqrt(SSE / (lookback - 2))."""
    return windows.window_regression(inputs.close, inputs.fresh, lookback, 0, windows.DEVIATION)


def regression_r2(inputs: Inputs, lookback: int) -> FloatArray:
    """Share of variance the line explains; NaN where the closes do not vary."""
    return windows.window_regression(inputs.close, inputs.fresh, lookback, 0, windows.R_SQUARED)


def efficiency_ratio(inputs: Inputs, period: int) -> FloatArray:
    """|close - close `period` bars ago| / sum of |changes| between, 0 where nothing moved (Kaufman)."""
    steps = np.abs(np.diff(inputs.close, prepend=np.nan))
    mean_step = windows.window_mean(steps, inputs.fresh, period, 1)
    return indicators.efficiency(inputs.close, mean_step, period)


def rsi(inputs: Inputs, period: int) -> FloatArray:
    """100 x mean gain / (mean gain + mean loss) over `period` changes, simple means; 50 where nothing moved."""
    gain, loss = indicators.gains_and_losses(inputs.close)
    up = windows.window_mean(gain, inputs.fresh, period, 1)
    down = windows.window_mean(loss, inputs.fresh, period, 1)
    return indicators.share_of_first(up, down, 50.0)


def adx(inputs: Inputs, period: int) -> FloatArray:
    """Simple mean of `period` directional indices, each from simple means over `period` bars; 0 without movement.

    The true range divides both directional indicators and cancels out of their index.
    """
    plus, minus = indicators.directional_movement(inputs.high, inputs.low)
    up = windows.window_mean(plus, inputs.fresh, period, 1)
    down = windows.window_mean(minus, inputs.fresh, period, 1)
    index = indicators.imbalance(up, down)
    return windows.window_mean(index, inputs.fresh, period, period + windows.BLOCK_BARS - 1)


def macd_line(inputs: Inputs, fast: int, slow: int) -> FloatArray:
    """EMA(fast) - EMA(slow)."""
    line: FloatArray = inputs.get("ema", span=fast) - inputs.get("ema", span=slow)
    return line


def macd_signal(inputs: Inputs, fast: int, slow: int, signal: int) -> FloatArray:
    """EMA(signal) of the MACD line over its last 5 x signal values."""
    line = inputs.get("macd_line", fast=fast, slow=slow)
    first = 5 * max(fast, slow) + windows.BLOCK_BARS - 2
    return windows.window_exponential_mean(line, inputs.fresh, float(signal), 5 * signal, first)


def macd_histogram(inputs: Inputs, fast: int, slow: int, signal: int) -> FloatArray:
    """MACD line - its signal."""
    line = inputs.get("macd_line", fast=fast, slow=slow)
    histogram: FloatArray = line - inputs.get("macd_signal", fast=fast, slow=slow, signal=signal)
    return histogram


def bollinger_upper(inputs: Inputs, period: int, width: float) -> FloatArray:
    """SMA + `width` standard deviations (ddof 1) of the last `period` closes."""
    band: FloatArray = inputs.get("sma", period=period) + width * inputs.get("deviation", period=period)
    return band


def bollinger_lower(inputs: Inputs, period: int, width: float) -> FloatArray:
    """SMA - `width` standard deviations (ddof 1) of the last `period` closes."""
    band: FloatArray = inputs.get("sma", period=period) - width * inputs.get("deviation", period=period)
    return band
