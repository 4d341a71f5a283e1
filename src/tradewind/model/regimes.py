"""Regime labels: one small integer per bar, with names."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

UNKNOWN = -1


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Output of a detector: `values` is int8 per bar, an index into `names`, or -1 (UNKNOWN) where it cannot tell."""

    values: npt.NDArray[np.int8]
    names: tuple[str, ...]
