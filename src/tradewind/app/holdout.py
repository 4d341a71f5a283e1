"""Opening the hold-out: what a run chose, traded over the bars that no search may read, and who has looked at them."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tradewind.adapters.ledger import Ledger, Opening
from tradewind.adapters.run_store import FinishedRun, RunStore
from tradewind.app.again import Reader, bars_of, choices_of, market_of, preset_of
from tradewind.app.figures import differences, record_figures, without_nan
from tradewind.app.proposals import space_of
from tradewind.app.settings import Preset
from tradewind.app.user_strategy import faults_of
from tradewind.app.workspace import Workspace
from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.errors import DatasetMismatch, NoData
from tradewind.model.time import DAY_MS, TimeRange, utc_day
from tradewind.search.procedure import Choice, Record
from tradewind.search.replay import walk_schedule
from tradewind.search.space import Space
from tradewind.search.stretch import scheduled_from


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOut:
    """A run and its market's hold-out: the run's `opening`, what it found there, and how many runs have looked.

    `opening` is None where the run never opened it, `result` also where the opening was interrupted.
    """

    run: FinishedRun
    opening: Opening | None
    result: Mapping[str, Any] | None
    runs: int

    @property
    def nothing_to_trade(self) -> bool:
        """Whether the run chose nobody, for any regime: then there is nothing to open the hold-out for."""
        return not choices_of(self.run)["switch"]


def hold_outs_of(runs: Sequence[FinishedRun], workspace: Workspace) -> list[HoldOut]:
    """Each run with what is known of its hold-out, nothing opened."""
    openings = Ledger(workspace.ledger_path).openings()
    found = []
    for run in runs:
        own = next((one for one in openings if one.run == run.run_id), None)
        runs_of_market = sum(one.market == run.manifest.get("market") for one in openings)
        found.append(HoldOut(run=run, opening=own, result=run.hold_out() if own else None, runs=runs_of_market))
    return found


def open_hold_out(name: str, workspace: Workspace) -> HoldOut:
    """Trade a run's choices over its market's hold-out, once: asked again, it returns what was found.

    The ledger counts the opening before a bar of the hold-out is read, so an interrupted one counts, and goes over the
    same bars when it is repeated. A run that chose nobody reads nothing and is not counted. Raises CodeMismatch where
    the run was made with other code, DatasetMismatch where its bars are no longer those it was made from, NoData where
    the hold-out holds none.
    """
    store, ledger = RunStore(workspace.runs_directory), Ledger(workspace.ledger_path)
    (known,) = hold_outs_of([store.open(name)], workspace)
    if known.result is not None or known.nothing_to_trade:
        return known
    run = known.run
    preset = preset_of(run)
    start_ms = int(run.manifest["hold_out_start_ms"])
    read, end_ms = market_of(run, workspace)
    locked_ms = ledger.hold_out_start(run.manifest["market"], start_ms, "holdout")
    if locked_ms != start_ms:
        raise DatasetMismatch(
            f"{run.run_id} left out everything from {utc_day(start_ms)}, the ledger locks from {utc_day(locked_ms)}",
            "Use the workspace the run was made in, with its ledger",
        )
    bars_of(run, read)  # refused where they changed
    if end_ms <= start_ms:
        raise NoData(f"no bar from {utc_day(start_ms)} on is known", "Download or import what came after")
    opening = ledger.open_hold_out(
        run=run.run_id,
        market=run.manifest["market"],
        start_ms=start_ms,
        end_ms=end_ms,
        opened_at=dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    store.keep_hold_out(run.run_id, _traded(run, preset, read, opening))
    (opened,) = hold_outs_of([run], workspace)
    return opened


def _traded(run: FinishedRun, preset: Preset, read: Reader, opening: Opening) -> dict[str, Any]:
    """What the run's specialists as one switch, and its static baseline, did in the hold-out."""
    manifest, regimes = run.manifest, run.summary["regimes"][0]["names"]
    symbols = [one["symbol"] for one in manifest["data"]]
    # All the earlier bars the run had warm up features and labels, which need a fixed number of them.
    series = [read(one["symbol"], TimeRange(one["first_ts"], opening.end_ms)) for one in manifest["data"]]
    with faults_of(preset.strategy.file):
        records = traded_from(opening.start_ms, opening.end_ms, series, preset, choices_of(run), space_of(run, preset))
    switch, static = records["switch"], records["static"]
    inside = [one.between(TimeRange(opening.start_ms, None)) for one in series]
    result: dict[str, Any] = without_nan(
        {
            "run": run.run_id,
            "market": opening.market,
            "start_ms": opening.start_ms,
            "end_ms": opening.end_ms,
            "data": [{"symbol": one.symbol, "bars": len(one), "hash": one.content_hash()} for one in inside],
            "chosen_to_trade": bool(run.summary["decision"]["trade"]),
            "switch": record_figures(switch, regimes, symbols),
            "static": record_figures(static, regimes, symbols),
            "comparison": differences(switch, static, preset.search.seed),
        }
    )
    return result


def traded_from(
    start_ms: int, end_ms: int, series: Sequence[Bars], preset: Preset, choices: Mapping[str, Choice], space: Space
) -> dict[str, Record]:
    """Trades and daily returns of each choice, flat at `start_ms`, a midnight, up to the end of the bars at `end_ms`.

    Bars before the start only warm up features and labels.
    """
    detector = preset.built_detectors()[0]
    days = math.ceil((end_ms - start_ms) / DAY_MS)
    tables: dict[str, list[Any]] = {name: [] for name in choices}
    daily = {name: np.zeros(days) for name in choices}
    for one in series:
        features = Features(one)
        labels = detector.labels(features)
        for name, choice in choices.items():
            schedule = scheduled_from(start_ms, features, labels, space, choice)
            table = walk_schedule(one, schedule, features, preset.instrument(one.symbol), labels)
            np.add.at(daily[name], (one.ts[table.signal] - start_ms) // DAY_MS, table.log_return)
            tables[name].append(table)
    return {name: Record(tuple(tables[name]), daily[name] / len(series)) for name in choices}
