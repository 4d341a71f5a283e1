"""Kernels that come out of numba's cache: what is loaded with them, and that they can be joined into new ones."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np

from tradewind.kernels import kept
from tradewind.kernels.replay import breaks_before

FROM_THE_CACHE = """
import sys
import numpy as np
from numba import njit
from tradewind.kernels.replay import breaks_before
from tradewind.kernels.segment_sums import largest

times = np.array([0, 1, 3])
assert breaks_before(times, 1).tolist() == [False, False, True]
best, _ = largest(np.array([[1.0, 3.0, 2.0]]), np.array([[7, 8, 9]]), 2)
assert best.tolist() == [[3.0, 2.0]]
compiling = sorted({"numba.np.linalg", "numba.np.arraymath", "scipy.linalg"} & set(sys.modules))
if sys.argv[1] == "again":
    assert not compiling, compiling
    assert not breaks_before.stats.cache_misses
else:
    assert breaks_before.stats.cache_misses, "nothing was kept before"

@njit
def last(times):
    return breaks_before(times, 1)[-1]

assert last(times), "a kernel of the cache can be called by one compiled now"
assert njit(lambda a: np.dot(a, a))(np.arange(3.0)) == 5.0, "compiled code of others has all that numba has"
"""


def test_a_kernel_from_the_cache_loads_nothing_to_compile_with_and_can_be_joined_into_new_ones(tmp_path: Path) -> None:
    for time in ("first", "again"):
        done = subprocess.run(
            [sys.executable, "-c", FROM_THE_CACHE, time],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
        )
        assert done.returncode == 0, done.stderr


def test_the_locked_numba_is_the_one_whose_cache_is_known() -> None:
    assert numba.version_info.short == kept.KNOWN
    assert isinstance(breaks_before._cache, kept._Cache)  # type: ignore[attr-defined]


def test_with_another_numba_its_own_cache_is_used(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(kept, "KNOWN", (0, 0))
    compiled = kept.keep(numba.njit(_double))
    assert type(compiled._cache) is numba.core.caching.FunctionCache
    assert compiled(np.int64(2)) == 4


def _double(x: int) -> int:
    return 2 * x
