"""A finished run asked again: its settings, space, bars and windows, refused where code, settings or data changed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tradewind.adapters.catalog import Catalog, SeriesKey
from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.feature_store import DiskFeatureStore
from tradewind.adapters.run_store import FinishedRun
from tradewind.app.funding import market_bars
from tradewind.app.proposals import space_of
from tradewind.app.research import extent_of
from tradewind.app.search import code_version, made_ready, run_name, segmentation_of
from tradewind.app.settings import MarketSettings, Preset
from tradewind.app.user_strategy import faults_of
from tradewind.app.workspace import Workspace
from tradewind.evidence.market import SimulatedMarket, SimulationSettings, simulate
from tradewind.model.bars import Bars
from tradewind.model.errors import CodeMismatch, DatasetMismatch, RunIncomplete
from tradewind.model.time import TimeRange
from tradewind.search.cells import Advance
from tradewind.search.procedure import ANY, Choice
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import Segmentation

Reader = Callable[[str, TimeRange], Bars]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AskedAgain:
    """What a finished run was asked: `bars` by symbol name, none of the hold-out, numbers of `space` as in the run."""

    run: FinishedRun
    preset: Preset
    space: Space
    bars: tuple[Bars, ...]
    segmentation: Segmentation

    def universe(self, workspace: Workspace, executor: ThreadExecutor, advance: Advance = lambda _: None) -> Universe:
        """The bars made ready for walking, as the run's search had them."""
        store = DiskFeatureStore(workspace.cache_directory / "features", code_version())
        return made_ready(self.preset, store, executor, self.bars, self.space, self.segmentation, advance)


def asked_again(run: FinishedRun, workspace: Workspace) -> AskedAgain:
    """The settings, bars and windows of a finished run.

    Raises CodeMismatch where the run was made with other code, RunIncomplete where its manifest was changed, NoData or
    DatasetMismatch where its bars are no longer those it was made from.
    """
    preset = preset_of(run)
    bars = bars_of(run, market_of(run, workspace)[0])
    with faults_of(preset.strategy.file):
        # A run that passed the limit of windows by force has them all again.
        laid = segmentation_of(bars, preset, preset.space(), force=True)
        return AskedAgain(run=run, preset=preset, space=space_of(run, preset), bars=bars, segmentation=laid)


def preset_of(run: FinishedRun) -> Preset:
    """The run's settings; raises where the run is not as it was made, or this code not what made it."""
    manifest = run.manifest
    if run_name(manifest) != run.run_id:
        raise RunIncomplete(f"{run.folder} no longer says what was asked", "Make the run anew")
    preset = Preset.model_validate_json(json.dumps(manifest["preset"], default=str))
    if manifest["code"] != code_version() or manifest["strategy_source"] != (preset.strategy_source() or "tradewind"):
        raise CodeMismatch(
            f"{run.run_id} was made with other code, which may have chosen and traded otherwise",
            "Search again with this code and ask of that run",
        )
    return preset


def simulated_market_of(run: FinishedRun) -> SimulatedMarket | None:
    """The market a run's bars were made by, hold-out included; None where they are recorded."""
    if "simulation" not in run.manifest:
        return None
    settings = {**run.manifest["simulation"], "symbols": tuple(run.manifest["simulation"]["symbols"])}
    return simulate(SimulationSettings(**settings))


def market_of(run: FinishedRun, workspace: Workspace) -> tuple[Reader, int]:
    """How to read the run's market, and where its known data end now."""
    simulated = simulated_market_of(run)
    if simulated is not None:
        made = {one.symbol: one for one in simulated.bars}
        last = max(int(one.ts[-1]) + one.timeframe_ms for one in made.values())
        return lambda symbol, span: made[symbol].between(span), last
    catalog, data = Catalog(workspace.catalog_directory), run.manifest["data"]
    keys = {one["symbol"]: SeriesKey.of(one["venue"], one["symbol"], one["timeframe"]) for one in data}
    end_ms = extent_of([catalog.summary(key) for key in keys.values()]).end_ms
    assert end_ms is not None
    market = MarketSettings.model_validate_json(json.dumps(run.manifest["preset"]["market"]))

    def read(symbol: str, span: TimeRange) -> Bars:
        return market_bars(catalog, market, symbol, span)

    return read, end_ms


def bars_of(run: FinishedRun, read: Reader) -> tuple[Bars, ...]:
    """The bars the run was made from, by symbol name; raises DatasetMismatch where they changed."""
    return tuple(_same_bars(run, one, read) for one in run.manifest["data"])


def _same_bars(run: FinishedRun, one: dict[str, Any], read: Reader) -> Bars:
    bars = read(one["symbol"], TimeRange(one["first_ts"], one["last_ts"] + 1))
    if bars.content_hash() != one["hash"]:
        raise DatasetMismatch(
            f"the bars of {one['symbol']} are not those {run.run_id} was made from",
            "Search again over the bars as they are and ask of that run",
        )
    return bars


def choices_of(run: FinishedRun) -> dict[str, Choice]:
    """Whom the run chose: its specialists as one `switch`, and its `static` baseline; empty where none was."""
    regimes, static = run.summary["regimes"][0]["names"], int(run.summary["static"]["number"])
    specialists = [one for one in run.summary["specialists"][0] if one["number"] >= 0]
    return {
        "switch": {regimes.index(one["regime"]): int(one["number"]) for one in specialists},
        "static": {ANY: static} if static >= 0 else {},
    }
