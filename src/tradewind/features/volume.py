"""Features of volume over sliding windows. Bars without volume are normal."""

from tradewind.features.spec import BoolArray, FloatArray, Inputs
from tradewind.kernels import indicators, windows


def volume_mean(inputs: Inputs, period: int) -> FloatArray:
    """Mean volume of the last `period` bars, the current one included."""
    return windows.window_mean(inputs.volume, inputs.fresh, period, 0)


def volume_ratio(inputs: Inputs, period: int) -> FloatArray:
    """Volume over the mean of its last `period` bars, itself included; NaN where none of them traded."""
    return indicators.ratio(inputs.volume, inputs.get("volume_mean", period=period))


def volume_gate(inputs: Inputs, period: int) -> BoolArray:
    """Whether volume exceeds (by the band) the mean of its last `period` bars, itself included."""
    return indicators.volume_gate(inputs.volume, inputs.fresh, period)
