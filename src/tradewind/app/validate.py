"""`tradewind validate`: is a finished run's result more than luck? Everything that speaks to it, and a verdict."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.ledger import Ledger
from tradewind.adapters.run_store import FinishedRun, RunStore
from tradewind.app import validation as parts
from tradewind.app.again import AskedAgain, asked_again
from tradewind.app.holdout import HoldOut, hold_outs_of
from tradewind.app.judged import (
    Candidates,
    compared,
    deflated_of,
    intervals_of,
    on_plateaus,
    overfitting_of,
    peaks_of,
    plateau_of,
    record_of,
    spread_of,
    superior_of,
)
from tradewind.app.luck import luck_of_run
from tradewind.app.monte_carlo import monte_carlo_of_run
from tradewind.app.run_sums import SegmentSums, segment_sums
from tradewind.app.stress import stress_of_run
from tradewind.app.user_strategy import faults_of
from tradewind.app.validation import Validation, store_validation
from tradewind.app.watching import Stopwatch
from tradewind.app.workspace import Workspace
from tradewind.evidence.luck import LuckSettings
from tradewind.evidence.monte_carlo import MonteCarloSettings
from tradewind.evidence.stress import StressSettings
from tradewind.evidence.verdict import Evidence, Thresholds, verdict
from tradewind.model.bars import FloatArray
from tradewind.model.errors import BadSetting, RunIncomplete, SearchInconsistent
from tradewind.model.time import DAY_MS, timeframe_ms
from tradewind.search.neighbours import daily_returns, neighbours
from tradewind.search.search import Watch
from tradewind.stats.payoff import break_even_cost_bps
from tradewind.stats.sharpe import DAYS_PER_YEAR, sharpe
from tradewind.stats.trials import CORRELATED_TRIALS_MAX, effective_trials

LUCK_DAYS = 180  # what the luck test searches if nothing else is asked: all days would take hours
SIGNIFICANT = 9  # digits kept of what passed through linear algebra, whose last ones depend on the threads
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateRequest:
    """Which run to validate, and how.

    `alterations` 0 leaves the luck test out; it searches the last `luck_days` before the hold-out, 0 for all. `seed`
    draws all resamples.
    """

    run: str
    alterations: int = 200
    luck_days: int = LUCK_DAYS
    stress: bool = True
    seed: int = 1
    workers: int | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        if self.alterations < 0:
            raise BadSetting(f"{self.alterations} alterations are none", "Choose 0 to leave the luck test out, or more")
        if self.luck_days < 0:
            raise BadSetting(f"{self.luck_days} days are none", "Choose 0 to search all days, or more")
        if self.seed < 0:
            raise BadSetting(f"seed {self.seed} is negative", "Choose a whole number from 0")


def thresholds_of(settings: Sequence[str]) -> Thresholds:
    """The verdict's thresholds with some moved: `verdict.luck_promising=0.05`; raises BadSetting for anything else."""
    names = [one.name for one in fields(Thresholds)]
    moved = {}
    for text in settings:
        key, _, value = text.partition("=")
        name = key.strip().removeprefix("verdict.")
        if name not in names:
            raise BadSetting(
                f"--set {text!r} is no threshold", f"Known: {', '.join(f'verdict.{one}' for one in names)}"
            )
        try:
            moved[name] = float(value)
        except ValueError:
            raise BadSetting(f"--set {text!r} is no number", "Write for example verdict.luck_promising=0.05") from None
    return Thresholds(**moved)


def validate(request: ValidateRequest, workspace: Workspace, progress: Watch) -> Validation:
    """Compute everything that speaks for or against a run's result, keep it with the run, and return it.

    The same for any number of threads, but for what the ledger counts: trials and openings of the hold-out as they
    are now. Raises RunIncomplete for a run that is not there or damaged, CodeMismatch where it was made with other
    code, DatasetMismatch where its bars changed, RunBusy where another process is writing it.
    """
    store = RunStore(workspace.runs_directory)
    run = store.open(request.run)
    watch = Stopwatch(progress, ThreadExecutor(request.workers))
    watch.stage("check run and data", 1)
    asked = asked_again(run, workspace)
    (hold_out,) = hold_outs_of([run], workspace)
    table = Candidates.of(run)
    watch.stage("overfitting", 1)
    overfitting = overfitting_of(_sums(run, asked, table))
    daily = _walked_again(asked, workspace, table, watch)
    watch.stage("statistics", 1)
    trials = _trials(run, workspace, table, daily)
    switch: FloatArray = run.table("procedure_days")["switch"].to_numpy()
    record = record_of(switch, run.summary["procedure"]["switch"]["trades"])
    best = table.best
    plateaus = tuple(plateau_of(peak, neighbours(asked.space, peak.configuration)) for peak in peaks_of(run, table))
    deflated = deflated_of(
        best,
        {} if best is None else _described(asked, best),
        np.empty(0) if best is None else daily[best],
        0 if best is None else int(table.trades[best]),
        trials,
    )
    against_aside = np.array([daily[number] for number in compared(table).tolist()]).reshape(-1, len(switch))
    luck = _luck(request, run, trials, workspace, progress)
    settings = StressSettings(seed=request.seed)
    stress = stress_of_run(run, workspace, settings, watch, workers=request.workers) if request.stress else None
    evidence = evidence_of(trials, luck, overfitting, deflated, record, plateaus, hold_out)
    found = Validation(
        version=2,
        run=run.run_id,
        verdict=verdict(evidence, request.thresholds),
        settings=parts.Settings(
            alterations=request.alterations,
            luck_days=request.luck_days,
            stress=request.stress,
            seed=request.seed,
            thresholds=request.thresholds,
        ),
        data=_data(run),
        costs=_costs(run, table),
        trials=trials,
        deflated_sharpe=deflated,
        track_record=record,
        overfitting=overfitting,
        superior=superior_of(against_aside, trials.eligible, request.seed),
        intervals=intervals_of(run, switch, request.seed),
        overfit_ratio=run.summary["procedure"]["overfit_ratio"],
        plateaus=plateaus,
        luck=luck,
        monte_carlo=monte_carlo_of_run(run, MonteCarloSettings(seed=request.seed), request.workers),
        stress=stress,
        hold_out=_hold_out(hold_out),
    )
    store_validation(store, found)
    watch.close()
    return found


def evidence_of(
    trials: parts.Trials,
    luck: Mapping[str, Any] | None,
    overfitting: parts.Overfitting,
    deflated: parts.DeflatedSharpe,
    record: parts.TrackRecord,
    plateaus: Sequence[parts.Plateau],
    hold_out: HoldOut,
) -> Evidence:
    """What the verdict rests on, from the parts of a validation."""
    needed = math.inf if record.enough is False and record.minimum_days is None else record.minimum_days
    result = hold_out.result
    return Evidence(
        eligible=trials.eligible,
        # Where the last days alone are searched, nothing eligible in them says nothing of the rest.
        luck=None if luck is None or (luck["statistic"] is None and luck["days"] is not None) else luck["p"],
        luck_days=None if luck is None else luck["days"],
        overfitting=overfitting.probability,
        deflated=deflated.deflated,
        procedure_days=record.days,
        procedure_days_needed=needed,
        plateau=on_plateaus(plateaus),
        hold_out_return=None if result is None else result["comparison"]["switch_minus_aside"]["mean"],
    )


def _luck(
    request: ValidateRequest, run: FinishedRun, trials: parts.Trials, workspace: Workspace, progress: Watch
) -> dict[str, Any] | None:
    """The luck test, None where it was left out or nobody is eligible, who would have to be lucky."""
    if not (request.alterations and trials.eligible):
        return None
    settings = LuckSettings(alterations=request.alterations, seed=request.seed)
    return luck_of_run(run, workspace, settings, progress, request.workers, request.luck_days or None)


def _sums(run: FinishedRun, asked: AskedAgain, table: Candidates) -> SegmentSums:
    """Stored sums of the eligible configurations over the test segments; raises RunIncomplete where some are gone."""
    numbers = np.flatnonzero(table.eligible)
    sums = segment_sums(run, numbers, np.flatnonzero(asked.segmentation.test_segments))
    if not np.array_equal(sums.trades.sum(axis=0), table.trades[numbers]):
        raise RunIncomplete(
            f"the cells of {run.folder} hold other trades than its candidate table", "Make the run anew with --again"
        )
    return sums


def _walked_again(
    asked: AskedAgain, workspace: Workspace, table: Candidates, watch: Stopwatch
) -> Mapping[int, FloatArray]:
    """Daily returns over the test days of the configurations whose returns are needed, by number."""
    wanted = {*table.by_trades[:CORRELATED_TRIALS_MAX].tolist(), *compared(table).tolist()}
    numbers = sorted(wanted | ({table.best} if table.best is not None else set()))
    bars = sum(len(one) for one in asked.bars)
    watch.stage("features, regimes, signals", bars)
    with faults_of(asked.preset.strategy.file):
        universe = asked.universe(workspace, watch.executor, watch.advance)
        watch.stage("walk configurations again", bars * len(numbers))
        daily = daily_returns(universe, asked.space, numbers, watch.executor, watch.advance)
    found = dict(zip(numbers, daily, strict=True))
    if table.best is not None:
        again, before = sharpe(found[table.best]).per_day, float(table.sharpe_per_day[table.best])
        if not math.isclose(again, before, rel_tol=ROUNDING, abs_tol=ROUNDING):
            raise SearchInconsistent(
                f"configuration {table.best} walked again has a Sharpe ratio of {again} a day, the search had {before}",
                "This is a defect of the program: report it with the preset and the data",
            )
    return found


def _trials(run: FinishedRun, workspace: Workspace, table: Candidates, daily: Mapping[int, FloatArray]) -> parts.Trials:
    counted = run.summary["trials"]
    spread, of = spread_of(table)
    busiest = table.by_trades[:CORRELATED_TRIALS_MAX]
    effective = math.nan
    if len(busiest):
        effective = effective_trials([daily[number] for number in busiest.tolist()], table.trades[busiest])
    span = [(one["first_ts"], one["last_ts"] + timeframe_ms(one["timeframe"])) for one in run.manifest["data"]]
    in_ledger = Ledger(workspace.ledger_path).distinct_trials(
        run.manifest["market"], min(start for start, _ in span), max(end for _, end in span)
    )
    return parts.Trials(
        configurations=counted["configurations"],
        labels=counted["labels"],
        together=counted["together"],
        # A run that was copied into another workspace brings its own trials.
        in_ledger=max(in_ledger, counted["together"]),
        eligible=int(table.eligible.sum()),
        effective=parts.known(float(f"{effective:.{SIGNIFICANT}g}")),
        effective_of=len(busiest),
        spread_per_day=parts.known(spread),
        spread_of=of,
    )


def _described(asked: AskedAgain, number: int) -> dict[str, Any]:
    """Name and searched parameters of a configuration."""
    strategy = asked.space.strategy_at(number)
    return {"name": getattr(strategy, "name", f"#{number}"), "parameters": asked.space.searched_at(number)}


def _data(run: FinishedRun) -> parts.Data:
    data, windows = run.summary["data"], run.summary["windows"]
    return parts.Data(
        **{name: data[name] for name in ("venue", "timeframe", "bars", "first_ts", "last_ts", "hold_out_start_ms")},
        symbols=tuple(data["symbols"]),
        simulated=data["simulated"],
        windows=windows["count"],
        test_days=windows["test_days"],
        years=(data["last_ts"] - data["first_ts"]) / (DAYS_PER_YEAR * DAY_MS),
    )


def _costs(run: FinishedRun, table: Candidates) -> parts.Costs:
    record, best = run.summary["procedure"]["switch"], table.best
    paid, net = (math.nan, math.nan) if best is None else (table.mean_cost[best], table.mean_net_return[best])
    return parts.Costs(
        **run.summary["costs"],
        round_trip_bps=run.summary["round_trip_bps"],
        procedure_paid_bps=record["cost_bps"],
        procedure_break_even_bps=record["break_even_cost_bps"],
        candidate_paid_bps=parts.known(1e4 * paid),
        candidate_break_even_bps=parts.known(float(break_even_cost_bps(net, paid))),
    )


def _hold_out(found: HoldOut) -> parts.HoldOut:
    result = None if found.result is None else dict(found.result)
    return parts.HoldOut(runs=found.runs, opened=found.opening is not None, result=result)
