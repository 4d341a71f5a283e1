"""The decorator of every kernel: numba with its cache, without the interpreter lock, and still typed for callers."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compile `function` on first call; a division by zero gives inf or NaN, as in numpy, so guard divisors."""
    return cast("Function", njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined_kernel(function: Function) -> Function:
    """A kernel that becomes part of each caller: a call that hands on arrays would count references to every one."""
    options = {"cache": True, "nogil": True, "error_model": "numpy", "forceinline": True}
    return cast("Function", njit(**options)(function))
