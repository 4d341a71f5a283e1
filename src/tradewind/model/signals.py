"""What a strategy says about every bar."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SignArray = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """One entry per bar: `direction` is int8, +1 long, -1 short, 0 nothing; it uses bars up to and including its own.

    `confidence` (float64 in [0, 1], one per bar) ranks candidates of one bar; None where the strategy has no opinion.
    """

    direction: SignArray
    confidence: npt.NDArray[np.float64] | None = None
