"""What a strategy says about every bar."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SignArray = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """One entry per bar: `direction` is int8, +1 long, -1 short, 0 nothing; it uses bars up to and including its own.
    It is given, or `made` by a function each time it is asked for: a search may walk without it.

    `confidence()` gives float64 in [0, 1], one per bar, which ranks candidates of one bar; it is a function because
    a search asks for it at few of the many signal settings. None where the strategy has no opinion. `volatility()`
    likewise gives the standard deviation of a bar's log return, for accounts that size by it.
    """

    made: SignArray | Callable[[], SignArray]
    confidence: Callable[[], npt.NDArray[np.float64]] | None = None
    volatility: Callable[[], npt.NDArray[np.float64]] | None = None

    @property
    def direction(self) -> SignArray:
        return self.made() if callable(self.made) else self.made
