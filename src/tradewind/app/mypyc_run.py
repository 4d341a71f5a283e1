"""Translates the trader core to C and compiles it under a folder: `app/compiling.py` runs this as a program."""

import os
import sys
from pathlib import Path

from mypyc.build import mypycify
from setuptools import Distribution

from tradewind.compiled import MODULES, PACKAGE

GROUP = "tradewind.trading.together"  # names the library that holds all modules; each is then a door to it
# No C compiler may join a product and a sum into one rounding: results would differ from those of the sources.
TWO_ROUNDINGS = "-ffp-contract=off"


def build(work: Path) -> None:
    """Compile the modules into `work/lib`. Where mypyc does not like a source it prints why and ends the process."""
    os.chdir(PACKAGE.parent)  # so that tracebacks name files from the package on
    sources = [f"{PACKAGE.name}/trading/{name}.py" for name in MODULES]
    options = ["--config-file=", "--follow-imports=silent", f"--cache-dir={os.devnull}"]
    extensions = mypycify([*options, *sources], target_dir=str(work / "c"), group_name=GROUP, debug_level="0")
    for one in extensions:
        one.extra_compile_args.append(TWO_ROUNDINGS)
    command = Distribution({"name": "core", "ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(work / "lib"), str(work / "temporary")
    command.ensure_finalized()
    command.run()


if __name__ == "__main__":
    build(Path(sys.argv[1]))
