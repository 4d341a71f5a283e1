"""Fractional differencing: how much of each earlier value is taken off, where one whole difference forgets too much."""

import numpy as np

from tradewind.model.bars import FloatArray


def fractional_weights(order: float, count: int) -> FloatArray:
    """The first `count` weights of (1 − B)^order, the newest value's first: 1, −order, …

    Each is the one before times −(order − k + 1)/k. An order of 1 gives the plain difference (1, −1, 0, …), 0 the value
    itself. Raises ValueError without a weight.

    Source: Hosking (1981), Fractional Differencing; López de Prado (2018), Advances in Financial Machine Learning, 5.4.
    """
    if count < 1:
        raise ValueError(f"{count} weights are none")
    k = np.arange(1.0, count)
    return np.asarray(np.cumprod(np.concatenate(([1.0], -(order - k + 1) / k))), np.float64)
