"""Compiles every kernel once, by running a small search and a simulation: the last step of set-up.

Run as `python -m tradewind.app.warmup`.
"""

import sys
import tempfile
from pathlib import Path

from tradewind.app.demo import demo_request
from tradewind.app.search import search
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace

DAYS = 24


def compile_kernels() -> None:
    """Run everything that is compiled on a few days of simulated bars, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        small = ("strategy.values.lookback=[60]", "strategy.values.vol_period=[20]", "strategy.values.entry_z=[2.0]")
        plans = ("strategy.values.atr_period=[7]", "strategy.values.stop_atr=[2.0]", "strategy.values.target_atr=[2.0]")
        for method in ((), ("search.method=random", "search.trials=2")):
            request = demo_request(days=DAYS, overrides=(*small, *plans[: 3 - len(method)], *method))
            search(request, Workspace(Path(folder)), SilentProgress())


def main() -> int:
    """Entry point of `python -m tradewind.app.warmup`."""
    compile_kernels()
    return 0


if __name__ == "__main__":
    sys.exit(main())
