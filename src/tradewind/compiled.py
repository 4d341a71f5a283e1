"""Where the compiled form of the trader core lies, and whether it is used.

The sources are the truth. A copy of them compiled for this machine (`app/compiling.py` makes it) lies in a folder of
the user's cache that is named after all sources it was made from and the Python it is for, so what is found there is
never the form of something else. Where there is none the sources run: the same bytes, slower.
"""

import hashlib
import os
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

from tradewind import cache_root

PACKAGE = Path(__file__).parent
FLOORS = ("model", "trading")  # whose sources the compiled form depends on
# Modules with msgspec's classes are not compiled: mypyc keeps no types of their fields.
MODULES = (
    "barvenue", "book", "breakers", "closing", "core", "engine", "entries", "levels", "order_ids", "order_life",
    "protection", "risk", "rounding", "route", "state", "stretch",
)  # fmt: skip
PLAIN = "TRADEWIND_PLAIN_CORE"  # where this variable of the environment is set, the sources run


def core_folder() -> Path:
    """Where the modules of `trading/` compiled from these sources belong."""
    digest = hashlib.sha256(f"{sys.version} {sysconfig.get_platform()}".encode())
    sources = [PACKAGE / "compiled.py", PACKAGE / "app" / "mypyc_run.py"]
    for source in sources + [one for floor in FLOORS for one in sorted((PACKAGE / floor).glob("*.py"))]:
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return cache_root() / "core" / digest.hexdigest()[:16]


def search_path() -> list[str]:
    """Where the modules of `trading/` are looked for before their sources."""
    if os.environ.get(PLAIN):
        return []
    folder = core_folder()
    try:
        return [str(folder)] if folder.is_dir() else []
    except OSError:  # somebody else's home: nothing there is for us
        return []


def form_of(module: ModuleType) -> str:
    """`compiled`, or `plain` where its source runs."""
    return "plain" if str(module.__file__).endswith(".py") else "compiled"
