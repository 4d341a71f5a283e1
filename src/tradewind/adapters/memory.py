"""Giving memory back to the system: what the C library keeps for itself after large arrays were freed."""

import ctypes
import sys


def return_freed_memory() -> bool:
    """Hand freed memory back to the system where the C library can; says whether it could.

    glibc learns from large arrays that come and go to keep their room; between the stages of a search that is a
    gigabyte which nobody uses.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        trim = ctypes.CDLL("libc.so.6").malloc_trim
    except (OSError, AttributeError):
        return False  # another C library, which has its own ways
    trim(0)
    return True
