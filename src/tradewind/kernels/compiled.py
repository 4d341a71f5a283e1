"""The decorator of every kernel: numba with its cache, without the interpreter lock, and still typed for callers."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import config, njit

from tradewind.kernels.kept import keep

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compile `function` on first call; a division by zero gives inf or NaN, as in numpy, so guard divisors."""
    return _compiled(function, {})


def inlined_kernel(function: Function) -> Function:
    """A kernel that becomes part of each caller, and borrows the arrays it is given: it can make and return none.

    Else numba counts a reference to every array of a tuple that is handed on, which costs more than a trade.
    """
    return _compiled(function, {"forceinline": True, "_nrt": False})


def _compiled(function: Function, options: dict[str, Any]) -> Function:
    compiled = njit(nogil=True, error_model="numpy", **options)(function)
    return cast("Function", compiled if config.DISABLE_JIT else keep(compiled))
