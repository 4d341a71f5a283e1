"""Finds trading parameters that survive out of sample in each market regime.

Importing the package points numba's compile cache at a folder named after the kernel sources, before numba
loads: numba's own cache notices an edit in the file of a kernel, but not in the kernels that file imports,
and would go on running the old ones.
"""

import hashlib
import os
import sys
from pathlib import Path

__version__ = "0.1.0"


def cache_root() -> Path:
    """Where what was compiled for this machine lies."""
    return Path(os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")) / "tradewind"


def _kernel_cache_directory() -> Path:
    sources = sorted((Path(__file__).parent / "kernels").glob("*.py"))
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return cache_root() / "numba" / digest.hexdigest()[:16]


os.environ.setdefault("NUMBA_CACHE_DIR", str(_kernel_cache_directory()))
if "numba" in sys.modules:
    # Numba read its settings when it was loaded, before us (a notebook, a library): tell it directly.
    sys.modules["numba"].config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]
