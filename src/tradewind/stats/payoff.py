"""What a trade brings on average: expectancy, profit factor, the cost at which nothing is left."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
# A loss this small against the wins is what rounding leaves of ΣR − ΣR of wins where every trade won.
_NO_LOSS = 1e-12


def expectancy(total_r: npt.ArrayLike, trades: npt.ArrayLike) -> FloatArray:
    """Mean R per trade; NaN where there are no trades. Shapes broadcast."""
    total, count = np.asarray(total_r, np.float64), np.asarray(trades, np.float64)
    return np.where(count > 0, total / np.where(count > 0, count, 1.0), np.nan)


def profit_factor(total_r: npt.ArrayLike, total_r_of_wins: npt.ArrayLike) -> FloatArray:
    """Gains ÷ losses in R: ΣR of wins over |ΣR of the rest|. Shapes broadcast.

    Infinite where something was won and nothing lost; NaN where nothing was won or lost; 0 where nothing was won.
    """
    gains = np.asarray(total_r_of_wins, np.float64)
    losses = gains - np.asarray(total_r, np.float64)
    losses = np.where(losses > _NO_LOSS * gains, losses, 0.0)
    ratio = gains / np.where(losses > 0, losses, 1.0)
    return np.where(losses > 0, ratio, np.where(gains > 0, np.inf, np.nan))


def break_even_cost_bps(mean_net_return: npt.ArrayLike, mean_cost: npt.ArrayLike) -> FloatArray:
    """The round-trip cost, in basis points of notional, at which the mean net return would be zero.

    `mean_net_return` is per trade, a fraction of notional, after costs that were `mean_cost`, a fraction too. To first
    order: that other costs would also move entry and exit prices a little, and with them a few trades, is left out.
    Negative where the trades lose even at no cost; NaN stays NaN.
    """
    return 1e4 * (np.asarray(mean_cost, np.float64) + np.asarray(mean_net_return, np.float64))
