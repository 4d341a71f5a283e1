"""Bars to measure on: real ones of a workspace, or the simulated market; also as a catalog of their own."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness import Asked

from tradewind.adapters.catalog import Catalog, write
from tradewind.app.workspace import Workspace
from tradewind.evidence.market import SimulationSettings, simulate
from tradewind.model.bars import Bars
from tradewind.model.errors import NoData
from tradewind.model.time import DAY_MS, TimeRange

COINS = ("BTC", "ETH", "SOL")


def series_of(asked: Asked, simulated_days: int, coins: Sequence[str] = COINS) -> list[Bars]:
    """1m bars of the coins in their order; `simulated_days` is the length of the simulated market if none was asked."""
    if asked.workspace is None:
        symbols = tuple(f"{coin}/USDT:USDT" for coin in coins)
        return list(simulate(SimulationSettings(symbols=symbols, days=asked.days or simulated_days)).bars)
    return real_series(asked.workspace, coins, asked.days)


def real_series(workspace: Path, coins: Sequence[str], days: int | None = None) -> list[Bars]:
    """1m bars of the coins: all, or the last whole `days` that all of them have, so that they stay side by side.

    Raises NoData naming a coin that the catalog has not.
    """
    catalog = Catalog(Workspace(workspace).catalog_directory)
    minutes = [one for one in catalog.series() if one.key.timeframe == "1m"]
    found = []
    for coin in coins:
        of_coin = [one for one in minutes if one.key.symbol.startswith(f"{coin}/")]
        if not of_coin:
            raise NoData(f"{workspace} has no 1m bars of {coin}", "Import them, or leave --workspace out")
        found.append(of_coin[0])
    end = (min(one.last_ts for one in found) // DAY_MS + 1) * DAY_MS
    span = TimeRange(end - days * DAY_MS, end) if days else TimeRange()
    return [catalog.bars(one.key.venue, one.key.symbol, "1m", span) for one in found]


@contextmanager
def workspace_of(asked: Asked, simulated_days: int, coins: Sequence[str] = COINS) -> Iterator[Path]:
    """The workspace asked for, or one with a simulated market that is thrown away."""
    if asked.workspace is not None:
        yield asked.workspace
        return
    with tempfile.TemporaryDirectory() as folder:
        catalogued(series_of(asked, simulated_days, coins), Path(folder))
        yield Path(folder)


def catalogued(series: Sequence[Bars], root: Path) -> None:
    """Make `root` a workspace whose catalog holds these bars."""
    write(Catalog(Workspace(root).catalog_directory), series)
