"""The simulated market's recursions: clustered volatility, mean-reverting deviation, extremes inside a bar."""

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel

FloatArray = npt.NDArray[np.float64]
StateArray = npt.NDArray[np.int8]


@kernel
def clustered_variance(normals: FloatArray, shock: float, memory: float) -> FloatArray:
    """GARCH(1,1) variance of mean one that each bar's standard normal is to be scaled by.

    Source: Bollerslev (1986), with the constant set to 1 - shock - memory.
    """
    variance = np.empty_like(normals)
    current = 1.0
    for t in range(len(normals)):
        variance[t] = current
        current = 1.0 - shock - memory + current * (shock * normals[t] * normals[t] + memory)
    return variance


@kernel
def deviation_steps(states: StateArray, home: int, shocks: FloatArray, pull: float) -> FloatArray:
    """Steps of a deviation that reverts to zero by `pull` per bar, alive in state `home` only.

    It starts at zero when the state begins; when the state ends it stays where it is, as a part of the price,
    so that no bar before or after is predictable. Steps outside of `home` are zero. Pull 0 gives a random walk.
    """
    steps = np.zeros_like(shocks)
    deviation = 0.0
    for t in range(len(states)):
        if states[t] != home:
            deviation = 0.0
            continue
        step = shocks[t] - pull * deviation
        deviation += step
        steps[t] = step
    return steps


@kernel
def bars_from_steps(
    steps: FloatArray,
    variance: FloatArray,
    uniforms_high: FloatArray,
    uniforms_low: FloatArray,
    first_price: float,
    ticks_per_unit: float,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Open, high, low and close on the tick, from log steps of the close and the variance inside each bar.

    The highest log price of a Brownian bridge from 0 to s with variance v is (s + sqrt(s^2 - 2 v ln u)) / 2 with
    u uniform in (0, 1], exactly; the lowest mirrors it. The two are drawn independently of each other.
    Every bar opens at the close before it.
    """
    count = len(steps)
    opened, high, low, close = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    exact = np.log(first_price)
    last = max(np.rint(first_price * ticks_per_unit), 1.0)
    for t in range(count):
        step, spread = steps[t], 2.0 * variance[t]
        top = exact + 0.5 * (step + np.sqrt(step * step - spread * np.log(uniforms_high[t])))
        bottom = exact + 0.5 * (step - np.sqrt(step * step - spread * np.log(uniforms_low[t])))
        exact += step
        end = max(np.rint(np.exp(exact) * ticks_per_unit), 1.0)
        opened[t] = last / ticks_per_unit
        close[t] = end / ticks_per_unit
        high[t] = max(np.rint(np.exp(top) * ticks_per_unit), last, end) / ticks_per_unit
        low[t] = max(min(np.rint(np.exp(bottom) * ticks_per_unit), last, end), 1.0) / ticks_per_unit
        last = end
    return opened, high, low, close
