"""How far an equity path fell from its peak, and when."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of an equity path.

    `fraction` is of the peak's equity, 0 for a path that never falls. `start`, `trough` and `recovery` are positions
    in the path: the last point at the peak, the lowest point after it, and the first point back at the peak or above;
    `recovery` is None where the path never came back. Of falls equally deep the first counts.
    """

    fraction: float
    start: int
    trough: int
    recovery: int | None


def equity_path(log_returns: npt.ArrayLike) -> FloatArray:
    """Equity that starts at 1 before the first return and compounds: one point more than there are returns."""
    path = np.exp(np.cumsum(np.asarray(log_returns, np.float64)))
    return np.concatenate(([1.0], path))


def max_drawdown(equity: npt.ArrayLike) -> Drawdown:
    """The deepest fall from a running peak. Raises ValueError for an empty path or equity that is not positive."""
    path = np.asarray(equity, np.float64)
    if len(path) == 0 or not (np.isfinite(path) & (path > 0)).all():
        raise ValueError("an equity path has at least one point and is positive throughout")
    peaks = np.maximum.accumulate(path)
    falls = 1.0 - path / peaks
    trough = int(np.argmax(falls))
    if falls[trough] == 0.0:
        return Drawdown(0.0, 0, 0, 0)
    start = int(np.flatnonzero(path[:trough] == peaks[trough])[-1])
    back = np.flatnonzero(path[trough:] >= peaks[trough])
    return Drawdown(float(falls[trough]), start, trough, trough + int(back[0]) if len(back) else None)
