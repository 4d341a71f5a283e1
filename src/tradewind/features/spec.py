"""What a feature is: a pure function of closed bars whose value needs a fixed number of trailing bars."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tradewind.kernels.windows import BLOCK_BARS
from tradewind.model.errors import WrongUse

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
AnyArray = npt.NDArray[Any]


class Inputs(Protocol):
    """What a feature may read: the columns of its bars, their fresh starts, their timeframe, and other features."""

    @property
    def ts(self) -> IntArray: ...
    @property
    def open(self) -> FloatArray: ...
    @property
    def high(self) -> FloatArray: ...
    @property
    def low(self) -> FloatArray: ...
    @property
    def close(self) -> FloatArray: ...
    @property
    def volume(self) -> FloatArray: ...
    @property
    def fresh(self) -> BoolArray: ...
    @property
    def timeframe_ms(self) -> int: ...
    def get(self, name: str, **parameters: Any) -> AnyArray: ...


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One registered feature.

    `compute(inputs, **parameters)` gives one value per bar, float64 (NaN) or bool (False) while history is short.
    `window(**parameters)` is the number of trailing bars a value depends on, so the first value is at bar
    window - 1; it raises WrongUse for parameters that make no sense. `examples` are parameters for the contract
    tests. `stored` features are slow enough to be worth keeping on disk. `may_be_missing` ones can be NaN
    later too, on ordinary prices (a swing level where there was no swing).
    """

    name: str
    compute: Callable[..., AnyArray]
    window: Callable[..., int]
    examples: tuple[Mapping[str, Any], ...] = ({},)
    stored: bool = False
    may_be_missing: bool = False


def summed(length: int, least: int = 1) -> int:
    """Window of a sliding sum over `length` bars: a series may begin just after a block's first bar."""
    return plain(length, least) + BLOCK_BARS - 1


def plain(length: int, least: int = 1) -> int:
    """`length` itself; raises WrongUse where it is not a whole number of at least `least`."""
    if length != int(length) or length < least:
        raise WrongUse(f"a feature over {length!r} bars", f"Give a whole number of at least {least}")
    return int(length)
