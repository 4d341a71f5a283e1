"""What loading the kernels loads with them."""

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from tradewind.kernels.replay import next_true
assert next_true(np.array([False, True])).tolist()[:2] == [1, 1]
assert "scipy.linalg" not in sys.modules, "loaded"
from numba import njit
assert njit(lambda a: np.dot(a, a))(np.arange(3.0)) == 5.0, "users' own compiled code has matrix products"
import scipy.linalg
"""


def test_kernels_run_without_scipys_linear_algebra_and_leave_it_to_whoever_asks() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
