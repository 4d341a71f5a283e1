"""The decorator of every kernel: numba with its cache, without the interpreter lock, and still typed for callers."""

import importlib
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def _without_linear_algebra() -> None:
    """Have numba load its support of arrays without scipy's linear algebra behind it.

    No kernel uses that, and with all that it loads in turn it is a quarter of a second of every command. Numba looks
    for it once more where compiled code of others asks for a matrix product.
    """
    loaded: MutableMapping[str, Any] = sys.modules
    if "scipy.linalg" in loaded:
        return
    loaded["scipy.linalg"] = None
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del loaded["scipy.linalg"]


_without_linear_algebra()


def kernel(function: Function) -> Function:
    """Compile `function` on first call; a division by zero gives inf or NaN, as in numpy, so guard divisors."""
    return cast("Function", njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined_kernel(function: Function) -> Function:
    """A kernel that becomes part of each caller: a call that hands on arrays would count references to every one."""
    options = {"cache": True, "nogil": True, "error_model": "numpy", "forceinline": True}
    return cast("Function", njit(**options)(function))
