"""The main job: bars in, specialists out, and everything about how they were found in a run folder."""

import datetime as dt
import hashlib
import json
import os
import platform
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import tradewind
from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.feature_store import DiskFeatureStore
from tradewind.adapters.ledger import ALL_BARS, Ledger, Trials
from tradewind.adapters.memory import return_freed_memory
from tradewind.adapters.run_store import FinishedRun, RunStore, RunWriter
from tradewind.app.figures import summarise
from tradewind.app.finalists import bars_of_core, traded_by_core
from tradewind.app.funding import about_funding, funding_cost
from tradewind.app.proposals import searched_space
from tradewind.app.run_tables import UnitKeeper, result_tables
from tradewind.app.settings import Preset
from tradewind.app.user_strategy import faults_of
from tradewind.app.watching import StoppableStore, Stopwatch
from tradewind.app.workspace import Workspace
from tradewind.evidence.market import SimulatedMarket
from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting, NoData, WrongUse
from tradewind.model.ports import FeatureStore
from tradewind.model.time import DAY_MS, TimeRange, utc_day
from tradewind.search.cells import Advance
from tradewind.search.prepare import Prepared, prepare
from tradewind.search.search import SearchResult, Watch, run_search
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import Scheme, Segmentation, reference_scheme
from tradewind.strategies.strategy import guarded_signals

FEW_BARS = 3000  # enough to see whether a strategy asks for something that does not exist


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SearchRequest:
    """What to search: a preset on `bars` (all of one market and timeframe, by symbol).

    `market` names the ledger's market; `simulated` is the market the bars were made by, if they were. `extent` is the
    span of all data known of these symbols, of which the hold-out takes the last part at the first search.
    """

    preset: Preset
    bars: Sequence[Bars]
    market: str
    extent: TimeRange
    simulated: SimulatedMarket | None = None
    workers: int | None = None
    force: bool = False
    again: bool = False


def search(request: SearchRequest, workspace: Workspace, progress: Watch) -> tuple[FinishedRun, bool]:
    """Search and return the finished run, and whether it was there already.

    A run is named by what was asked (data, preset, code); the same question finds the same folder, an interrupted
    one goes on where it was, `again` computes it anew. Raises BadSetting for what a preset asks in vain, NoData where
    nothing is left before the hold-out, RunBusy where another process makes the same run.
    """
    preset = request.preset
    space = preset.space()
    ledger = Ledger(workspace.ledger_path)
    watch = Stopwatch(progress, ThreadExecutor(request.workers))
    watch.stage("check the data", len(request.bars))
    hold_out_ms = hold_out_start(ledger, request.market, request.extent, preset.hold_out.share)
    bars = before_hold_out(request.bars, hold_out_ms)
    manifest = _manifest(request, bars, space, hold_out_ms)
    run_id = run_name(manifest)
    store = RunStore(workspace.runs_directory)
    if not request.again and (finished := store.find(run_id)):
        return finished, True
    with faults_of(preset.strategy.file):
        laid = segmentation_of(bars, preset, space, force=request.force)
    features = StoppableStore(DiskFeatureStore(workspace.cache_directory / "features", code_version()), watch)
    space = searched_space(
        preset, bars, laid, partial(made_ready, preset, features, watch.executor), watch.executor, watch
    )
    watch.stage("features, regimes, signals", sum(len(one) for one in bars))
    universe = made_ready(preset, features, watch.executor, bars, space, laid, watch.advance)
    return_freed_memory()
    writer = store.begin(run_id)
    try:
        # Another process may have finished it while we made ready.
        if not request.again and (finished := store.find(run_id)):
            return finished, True
        summary, result = _walked(request, universe, space, writer, watch)
        trials = _trials(request, run_id, bars, space, universe)
        summary = {**_about_data(request, bars, hold_out_ms), "trials": counted(trials), **summary}
        ledger.record(trials)
        watch.close()
        writer.finish(manifest, summary, _meta(watch, writer, ledger, trials, result))
    finally:
        writer.release()
    found = store.find(run_id)
    assert found is not None, "a run just written is there"
    return found, False


def made_ready(
    preset: Preset,
    store: FeatureStore,
    executor: ThreadExecutor,
    bars: Sequence[Bars],
    space: Space,
    laid: Segmentation,
    advance: Advance = lambda _: None,
) -> Universe:
    """Every symbol ready for walking, each made on all workers; raises BadSetting for what the preset asks in vain."""
    detectors = preset.built_detectors()

    def ready_of(one: Bars) -> Prepared:
        try:
            with faults_of(preset.strategy.file):
                ready = prepare(one, preset.instrument(one.symbol), space, detectors, laid, store, executor)
                if not space.factors:
                    # Its signals are made later, where nobody would know whose fault a failure is.
                    guarded_signals(space.with_signal(0), _few_of(one))
        except WrongUse as error:
            # Here arguments come from settings alone, so a setting is refused.
            raise BadSetting(f"{preset.name}{_asked_in_vain(one, space)}: {error.problem}", error.remedy) from error
        advance(len(one))
        return_freed_memory()
        return ready

    return Universe.of([ready_of(one) for one in bars], laid)


def _asked_in_vain(bars: Bars, space: Space) -> str:
    """The first configuration whose signals are refused, as text; nothing where it was not a strategy."""
    features = _few_of(bars)
    for strategy in space.signal_strategies():
        try:
            guarded_signals(strategy, features)
        except WrongUse:
            names = (*space.signal_values, *space.exit_values)
            return f", {' '.join(f'{name} {getattr(strategy, name)}' for name in names)}"
    return ""


def _few_of(bars: Bars) -> Features:
    return Features(bars.rows(0, min(len(bars), FEW_BARS)))


def _walked(
    request: SearchRequest, universe: Universe, space: Space, writer: RunWriter, watch: Stopwatch
) -> tuple[dict[str, Any], SearchResult]:
    """Search, and write all tables of the run."""
    asked, detectors = request.preset.search, request.preset.built_detectors()
    keeper = UnitKeeper(writer, universe.columns, [d.name for d in detectors], universe.segmentation)
    result = run_search(universe, space, watch.executor, keeper, watch, exact_masks=asked.exact_masks, seed=asked.seed)
    watch.stage("finalists through the trader core", bars_of_core(universe.bars))
    compared = traded_by_core(universe, space, result, asked.seed, watch.advance)
    watch.stage("figures and files", 1)
    summary = summarise(universe, space, result, detectors, request.simulated, asked.seed)
    summary["accounts"]["core"] = compared.record()
    writer.tables({**result_tables(universe, space, result), "labels": keeper.labels()})
    return summary, result


def code_version() -> str:
    """Hash of the package's sources: results and caches of another version are another's."""
    root = Path(tradewind.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def run_name(manifest: Mapping[str, Any]) -> str:
    """The name of a run's folder: the preset's name, and a hash of all that was asked."""
    text = json.dumps(manifest, sort_keys=True, default=str)
    return f"{manifest['preset']['name']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def hold_out_start(ledger: Ledger, market: str, extent: TimeRange, share: float) -> int:
    """Where a market's hold-out begins: the first to ask fixes it for good, whatever becomes of their search."""
    return ledger.hold_out_start(market, proposed_hold_out(extent, share), "search")


def proposed_hold_out(extent: TimeRange, share: float) -> int:
    """Midnight before the last `share` of all known data."""
    assert extent.start_ms is not None
    assert extent.end_ms is not None
    moment = extent.start_ms + int((extent.end_ms - extent.start_ms) * (1.0 - share))
    return moment - moment % DAY_MS


def before_hold_out(bars: Sequence[Bars], hold_out_ms: int) -> tuple[Bars, ...]:
    """What may be searched, by symbol name; raises NoData naming a symbol with nothing left."""
    out = tuple(one.between(TimeRange(None, hold_out_ms)) for one in sorted(bars, key=lambda one: one.symbol))
    for one in out:
        if not len(one):
            raise all_in_hold_out(one.symbol, hold_out_ms)
    return out


def all_in_hold_out(symbol: str, hold_out_ms: int) -> NoData:
    """What is said of a symbol with nothing left to search."""
    return NoData(
        f"all bars asked for of {symbol} lie in the hold-out, which begins {utc_day(hold_out_ms)}",
        "Ask for earlier data or leave the symbol out; the hold-out stays closed to searches",
    )


def segmentation_of(bars: Sequence[Bars], preset: Preset, space: Space, *, force: bool) -> Segmentation:
    """The preset's windows over these bars."""
    start = min(int(one.ts[0]) for one in bars)
    end = max(int(one.ts[-1]) for one in bars) + bars[0].timeframe_ms
    asked = preset.walk_forward
    longest = max(s.plan.reach_bars(bars[0].timeframe_ms) for s in space.plan_strategies())
    clean_from = None if asked.clean_from is None else _midnight_ms(asked.clean_from)
    scheme = reference_scheme((end - max(start, clean_from or start)) // DAY_MS, asked.purge_bars or longest)
    inside, outside, step = asked.durations_ms(bars[0].timeframe)
    return Segmentation.over(
        start,
        end,
        Scheme(
            in_sample_ms=inside or scheme.in_sample_ms,
            out_of_sample_ms=outside or scheme.out_of_sample_ms,
            step_ms=step or outside or scheme.step_ms,
            purge_bars=scheme.purge_bars,
            anchored=asked.anchored,
        ),
        clean_from_ms=clean_from,
        force=force,
    )


def _midnight_ms(day: dt.date) -> int:
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp()) * 1000


def _manifest(request: SearchRequest, bars: Sequence[Bars], space: Space, hold_out_ms: int) -> dict[str, Any]:
    preset = request.preset.model_dump(mode="json", exclude_none=True)
    return {
        "code": code_version(),
        "version": tradewind.__version__,
        "market": request.market,
        **({"simulation": asdict(request.simulated.settings)} if request.simulated else {}),
        "hold_out_start_ms": hold_out_ms,
        "data": [
            {
                "venue": one.venue,
                "symbol": one.symbol,
                "timeframe": one.timeframe,
                "bars": len(one),
                "first_ts": int(one.ts[0]),
                "last_ts": int(one.ts[-1]),
                "hash": one.content_hash(),
            }
            for one in bars
        ],
        "preset": preset,
        "strategy_source": request.preset.strategy_source() or "tradewind",
        "space": space.described(),
    }


def _about_data(request: SearchRequest, bars: Sequence[Bars], hold_out_ms: int) -> dict[str, Any]:
    return {
        "data": {
            "venue": bars[0].venue,
            "timeframe": bars[0].timeframe,
            "symbols": [one.symbol for one in bars],
            "bars": sum(len(one) for one in bars),
            "first_ts": min(int(one.ts[0]) for one in bars),
            "last_ts": max(int(one.ts[-1]) for one in bars),
            "gaps": sum(len(one.gaps()) for one in bars),
            "missing_bars": sum(gap.missing for one in bars for gap in one.gaps()),
            "simulated": request.simulated.description if request.simulated else None,
            "hold_out_start_ms": hold_out_ms,
            "trade_as": request.preset.market.trade_as,
            **about_funding(bars),
        },
        "preset": {"name": request.preset.name, "description": request.preset.description},
        "costs": request.preset.costs.model_dump(),
    }


def _trials(request: SearchRequest, run_id: str, bars: Sequence[Bars], space: Space, universe: Universe) -> Trials:
    """Every configuration over all bars and in every regime of every detector: each could have been chosen."""
    # A user's strategy with other code is another trial, though its parameters are the same.
    code = np.uint64(int(request.preset.strategy_source() or "0", 16))
    regimes = [
        f"{detector.model_dump_json()} {name}"
        for detector, names in zip(request.preset.detectors, universe.columns.names, strict=True)
        for name in names
    ]
    return Trials(
        run=run_id,
        market=request.market,
        symbols=tuple(one.symbol for one in bars),
        timeframe=bars[0].timeframe,
        costs=json.dumps({**request.preset.costs.model_dump(), **funding_cost(bars)}, sort_keys=True),
        labels=(ALL_BARS, *regimes),
        start_ms=min(int(one.ts[0]) for one in bars),
        end_ms=max(int(one.ts[-1]) for one in bars) + bars[0].timeframe_ms,
        configurations=np.array([space.identity(number) for number in range(len(space))], np.uint64) ^ code,
    )


def counted(trials: Trials) -> dict[str, int]:
    """How many trials one search is: configurations times labels."""
    configurations, labels = len(trials.configurations), len(trials.labels)
    return {"configurations": configurations, "labels": labels, "together": configurations * labels}


def _meta(watch: Stopwatch, writer: RunWriter, ledger: Ledger, trials: Trials, result: SearchResult) -> dict[str, Any]:
    return {
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "host": platform.node(),
        "machine": platform.machine(),
        "workers": watch.executor.workers,
        "python": platform.python_version(),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "trials_in_ledger": ledger.distinct_trials(trials.market, trials.start_ms, trials.end_ms),
        "hold_out_openings": len(ledger.openings(trials.market)),
        "process": os.getpid(),
        "stages": [
            {"name": name, "wall_s": round(wall, 3), "cpu_s": round(cpu, 3)}
            for name, (wall, cpu) in watch.seconds.items()
        ],
        "replayed": result.replayed,
        "units_from_before": writer.recalled,
    }
