"""Freed memory goes back to the system."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tradewind.adapters.memory import return_freed_memory


def resident_mb() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc keeps what was freed")
def test_what_many_arrays_held_is_given_back() -> None:
    if not return_freed_memory():
        pytest.skip("another C library than glibc: nothing to give back")
    arrays = [np.ones(8000) for _ in range(4000)]  # each below the size that is mapped on its own: 250 MB in all
    last = np.ones(8000)  # keeps the heap from shrinking at its end
    held = resident_mb()
    del arrays
    return_freed_memory()
    assert resident_mb() < held - 200
    assert last.sum() == 8000
