"""Runs benchmarks: `python -m benchmarks [NAME ...] [options]`, see `--help` and benchmarks/README.md."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import tradewind  # noqa: F401 - before numba: it points numba's compile cache at its place

# isort: split
from benchmarks.harness import Asked, save, show
from benchmarks.registry import BENCHMARKS, chosen

from tradewind.model.errors import TradewindError

RESULTS = Path("bench-results")
DEFAULT = "reference"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was named; errors of the world are printed as one line."""
    given = _parser().parse_args(arguments)
    asked = Asked(given.workspace, given.days, given.repeats, given.threads)
    try:
        for name, benchmark in chosen(given.names or [DEFAULT]).items():
            figures = benchmark.measure(asked)
            show(f"{name}: {benchmark.about}; {asked.market}", figures)
            if given.json:
                print(save(RESULTS, name, figures, asked))
    except TradewindError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:<14} {benchmark.about}" for name, benchmark in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Benchmarks ({DEFAULT} where none is named; see benchmarks/README.md):\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run, in this order")
    parser.add_argument("--workspace", type=Path, help="folder whose catalog holds BTC, ETH and SOL at 1m")
    parser.add_argument("--days", type=_positive, help="the last days of real bars; length of the simulated market")
    parser.add_argument("--repeats", type=_positive, default=3, help="rounds of which the median is reported")
    parser.add_argument("--threads", type=_positive, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--json", action="store_true", help=f"also write {RESULTS}/NAME.json")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
