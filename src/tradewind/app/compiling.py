"""Compiles the trader core for this machine: a step of set-up that saves time and changes no result.

Run as `python -m tradewind.app.compiling`.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tradewind.compiled import PACKAGE, PLAIN, core_folder
from tradewind.model.errors import TradewindError

REMEDY = (
    "Backtests and replays then take twice as long; for speed install mypy, setuptools, a C compiler and Python's "
    f"headers, and run {sys.executable} -m tradewind.app.compiling"
)
OTHERS_FLAGS = ("CFLAGS", "CPPFLAGS")  # might change what floats come to, or make code for another machine


class CoreNotCompiled(TradewindError):
    """There is no compiled form of the trader core: its sources run."""


def compile_core() -> Path:
    """The folder with the compiled core, made where it is not there yet; nothing half-done stays behind.

    Raises CoreNotCompiled where something that it takes is missing or fails.
    """
    folder = core_folder()
    try:
        if folder.is_dir():
            return folder
        missing = lacking()
        if missing:
            raise CoreNotCompiled(f"the trader core was not compiled: there is no {missing}", REMEDY)
        sys.stderr.write("compiling the trader core for this machine\n")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as work:
            _make(Path(work), folder)
    except OSError as error:
        raise CoreNotCompiled(f"the trader core was not compiled: {error}", REMEDY) from error
    return folder


def lacking() -> str:
    """What compiling takes and is not here; empty where all is."""
    for name in ("mypyc", "setuptools"):
        if find_spec(name) is None:
            return name
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"C compiler ({compiler})"
    header = Path(sysconfig.get_path("include")) / "Python.h"
    return "" if header.exists() else str(header)


def _make(work: Path, folder: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in OTHERS_FLAGS}
    # In a process of its own: mypyc ends the one it runs in where it finds fault.
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tradewind.app.mypyc_run", str(work)],
        env={**kept, PLAIN: "1", "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True, text=True, check=False, errors="replace",
    )  # fmt: skip
    if done.returncode:
        raise CoreNotCompiled(f"the trader core was not compiled: {_why(done.stdout + done.stderr)}", REMEDY)
    if core_folder() != folder:
        raise CoreNotCompiled("the trader core was not compiled: its sources were changed meanwhile", "Do it again")
    _put(work / "lib" / PACKAGE.name / "trading", folder)


def _why(said: str) -> str:
    """The first line that speaks of an error, or else the last."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it said nothing"]
    return next((line for line in lines if "error" in line.lower()), lines[-1])


def _put(made: Path, folder: Path) -> None:
    """Give what was made its name, unless somebody else was quicker."""
    try:
        made.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def main() -> int:
    """Entry point of `python -m tradewind.app.compiling`: says in a line what it could not do, and the cost."""
    try:
        compile_core()
    except CoreNotCompiled as error:
        sys.stderr.write(f"{error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
