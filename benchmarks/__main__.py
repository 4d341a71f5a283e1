"""Runs the benchmarks: `python -m benchmarks [--workspace FOLDER] [--days N] [--repeats N] [--threads N] [--json]`."""

import argparse
import os
from pathlib import Path

from benchmarks.harness import save, show
from benchmarks.search import measure

import tradewind  # noqa: F401 - before numba: it points numba's compile cache at its place
from tradewind.adapters.catalog.store import Catalog
from tradewind.evidence.market import SimulationSettings, simulate
from tradewind.model.bars import Bars
from tradewind.model.time import TimeRange

RESULTS = Path("bench-results")
SYMBOLS = ("BTC", "ETH", "SOL")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--workspace", type=Path, help="folder with a catalog that holds BTC, ETH and SOL at 1m")
    parser.add_argument("--days", type=int, help="length of the simulated market; the last days of real bars")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--json", action="store_true", help=f"also write {RESULTS}/search.json")
    chosen = parser.parse_args()
    series = real_bars(chosen.workspace, chosen.days) if chosen.workspace else simulated_bars(chosen.days or 180)
    figures = measure(series, chosen.repeats, chosen.threads)
    where = "real bars" if chosen.workspace else "SIMULATED market"
    show(f"Search of the reference space, {where}", figures)
    if chosen.json:
        print(f"\n{save(RESULTS, 'search', figures)}")


def real_bars(workspace: Path, days: int | None) -> list[Bars]:
    catalog = Catalog(workspace / "catalog")
    found = [one.key for one in catalog.series() if one.key.timeframe == "1m"]
    keys = [key for coin in SYMBOLS for key in found if key.symbol.startswith(f"{coin}/")]
    series = [catalog.bars(key.venue, key.symbol, key.timeframe, TimeRange()) for key in keys]
    return [bars.rows(max(0, len(bars) - days * 1440), len(bars)) for bars in series] if days else series


def simulated_bars(days: int) -> list[Bars]:
    symbols = tuple(f"{coin}/USDT:USDT" for coin in SYMBOLS)
    return list(simulate(SimulationSettings(symbols=symbols, days=days)).bars)


if __name__ == "__main__":
    main()
