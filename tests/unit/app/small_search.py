"""A search small enough for a test: few configurations over a simulated market, by request or from a catalog."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tradewind.adapters.catalog import Catalog, write
from tradewind.adapters.run_store import META, FinishedRun
from tradewind.app.demo import demo_request
from tradewind.app.search import SearchRequest, search
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.evidence.market import SimulationSettings, simulate
from tradewind.model.bars import Bars

FEW = (
    "strategy.values.lookback=[60, 120]", "strategy.values.vol_period=[60]", "strategy.values.entry_z=[2.0, 3.0]",
    "strategy.values.atr_period=[7, 14]", "strategy.values.stop_atr=[1.0, 2.0]",
    "strategy.values.target_atr=[2.0, 3.0]",
)  # fmt: skip
SETS = tuple(word for setting in FEW for word in ("--set", setting))
DAYS = 32


def small_request(
    *, days: int = DAYS, seed: int = 1, edge: bool = True, symbols: int = 2, overrides: Sequence[str] = ()
) -> SearchRequest:
    """48 configurations × 3 modes less one list: 96 over the first symbols of a simulated market."""
    request = demo_request(days=days, seed=seed, edge=edge, overrides=(*FEW, *overrides))
    return replace(request, bars=request.bars[:symbols])


def searched(request: SearchRequest, root: Path) -> FinishedRun:
    return search(request, Workspace(root), SilentProgress())[0]


def files_of(run: FinishedRun) -> dict[str, str]:
    """Hash of every file of a run but the one that tells when and where it was made."""
    return {
        str(path.relative_to(run.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(run.folder.rglob("*"))
        if path.is_file() and path.name != META
    }


def made_market(days: int = 24) -> Sequence[Bars]:
    """Simulated bars under a venue's name, as if they had been downloaded."""
    return [
        replace(one, venue="binance", symbol=one.symbol.split(":")[0])
        for one in simulate(SimulationSettings(days=days, seed=5)).bars[:2]
    ]


def catalogued(root: Path, bars: Sequence[Bars]) -> None:
    write(Catalog(Workspace(root).catalog_directory), bars)
