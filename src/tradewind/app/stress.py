"""Stress of a finished run: its choices through recorded crashes and through shocks put into the bars it searched."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.run_store import FinishedRun
from tradewind.app.again import AskedAgain, Reader, asked_again, choices_of, market_of
from tradewind.app.figures import without_nan
from tradewind.app.user_strategy import faults_of
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.evidence.recording import needed_bars
from tradewind.evidence.shocks import Scenario
from tradewind.evidence.stress import (
    RecordedCrash,
    StressSettings,
    Stretch,
    Toll,
    held_at,
    random_moments,
    spread_of,
    strike_of,
    toll_of,
)
from tradewind.evidence.verification import LIVE_BARS_LEAST, live_bars_of
from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.errors import NoData, WrongUse
from tradewind.model.regimes import Labels
from tradewind.model.time import DAY_MS, TimeRange
from tradewind.model.trades import TradeTable
from tradewind.regimes.detector import RegimeDetector
from tradewind.search.procedure import ANY, Choice
from tradewind.search.search import Watch
from tradewind.search.stretch import Stage, traded_in_stages

NOTHING = "The run chose nobody, and has no static baseline: nothing to stress"
COVERED = 0.9  # of a recorded crash's bars that a symbol must have to be traded through it
SPARE_MS = 2 * DAY_MS  # read before a crash beyond the warm-up, for holes in it


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Traders:
    """Who is stressed, by record, and what they need: `warm` bars before a stretch, `carried` ones after it."""

    again: AskedAgain
    choices: Mapping[str, Choice]
    detector: RegimeDetector
    warm: int
    carried: int

    @property
    def step_ms(self) -> int:
        return self.again.bars[0].timeframe_ms

    def around(self, bars: Bars, start_ms: int, end_ms: int) -> Bars:
        """The bars of a stretch with those that warm up before it and those that let trades end after it."""
        first, end = (int(place) for place in np.searchsorted(bars.ts, (start_ms, end_ms)))
        return bars.rows(max(0, first - self.warm), min(len(bars), end + self.carried))

    def ready(self, series: Sequence[Bars]) -> list[tuple[Features, Labels]]:
        """Features and labels of each symbol."""
        features = [Features(one) for one in series]
        return [(one, self.detector.labels(one)) for one in features]

    def traded(
        self,
        ready: Sequence[tuple[Features, Labels]],
        start_ms: int,
        end_ms: int,
        shock: Scenario | None = None,
        at_ms: int = 0,
    ) -> dict[str, Stretch]:
        """What each record's choice traded in [start_ms, end_ms), at the costs of a shock if there is one."""
        found = {}
        for name, choice in self.choices.items():
            tables: list[tuple[Bars, TradeTable]] = []
            for features, labels in ready:
                stages = self._stages(features.bars.symbol, start_ms, shock, at_ms)
                parts = traded_in_stages(features, labels, self.again.space, choice, stages, end_ms)
                tables += [(features.bars, table) for table in parts]
            found[name] = Stretch(
                start_ms=start_ms,
                end_ms=end_ms,
                share=1.0 / len(ready),
                entry_ms=np.concatenate([bars.ts[table.entry] for bars, table in tables]),
                exit_ms=np.concatenate([bars.ts[table.exit] for bars, table in tables]),
                r=np.concatenate([table.r for _, table in tables]),
                log_return=np.concatenate([table.log_return for _, table in tables]),
                open_still=sum(table.unfinished for _, table in tables),
            )
        return found

    def _stages(self, symbol: str, start_ms: int, shock: Scenario | None, at_ms: int) -> list[Stage]:
        usual = self.again.preset.instrument(symbol)
        if shock is None or shock.costs(usual.costs) == usual.costs:
            return [Stage(start_ms, usual)]
        costly = replace(usual, costs=shock.costs(usual.costs))
        span = shock.costly_ms(at_ms)
        if span is None:
            return [Stage(start_ms, costly)]
        return [Stage(start_ms, usual), Stage(span[0], costly), Stage(span[1], usual)]


def stress_of_run(
    run: FinishedRun,
    workspace: Workspace,
    settings: StressSettings | None = None,
    progress: Watch | None = None,
    *,
    configuration: int | None = None,
    workers: int | None = None,
) -> dict[str, Any]:
    """What crashes would have cost whom a run chose, its specialists as one `switch` and its `static` baseline.

    With `configuration` that one alone is stressed, in all regimes, whatever the run chose. Plain figures, the same
    for any number of workers; `nothing` says why there are none. No bar of the hold-out is read. Raises what
    `asked_again` does, and WrongUse for a configuration that the run does not have.
    """
    chosen = settings or StressSettings()
    watch = progress or SilentProgress()
    choices = {name: choice for name, choice in choices_of(run).items() if choice}
    if configuration is not None:
        choices = {"configuration": {ANY: _known(run, configuration)}}
    found: dict[str, Any] = {
        "run": run.run_id,
        "nothing": None if choices else NOTHING,
        "stands_aside": sorted({"switch", "static"} - set(choices)) if configuration is None else [],
        "configuration": configuration,
        "chosen_to_trade": bool(run.summary["decision"]["trade"]),
        "records": list(choices),
        "synthetic": None,
        "recorded": [],
    }
    if not choices:
        return found
    again = asked_again(run, workspace)
    with faults_of(again.preset.strategy.file):
        traders = _traders(again, choices)
        watch.stage("stress", chosen.moments + len(chosen.recorded))
        found["synthetic"] = _synthetic(traders, chosen, ThreadExecutor(workers), watch)
        read = market_of(run, workspace)[0]
        found["recorded"] = [_recorded(traders, read, crash, watch) for crash in chosen.recorded]
    plain: dict[str, Any] = without_nan(found)
    return plain


def _known(run: FinishedRun, configuration: int) -> int:
    count = int(run.summary["accounts"]["configurations"])
    if not 0 <= configuration < count:
        raise WrongUse(f"the run has no configuration {configuration}", f"Give a number from 0 to {count - 1}")
    return configuration


def _traders(again: AskedAgain, choices: Mapping[str, Choice]) -> _Traders:
    detector = again.preset.built_detectors()[0]
    numbers = sorted(set(chain.from_iterable(choice.values() for choice in choices.values())))
    strategies = [again.space.strategy_at(number) for number in numbers]
    few = again.bars[0].rows(0, min(len(again.bars[0]), LIVE_BARS_LEAST))
    return _Traders(
        again=again,
        choices=choices,
        detector=detector,
        warm=live_bars_of(needed_bars(strategies, detector, few)),
        carried=max(one.plan.reach_bars(few.timeframe_ms) for one in strategies) + 1,
    )


def _synthetic(
    traders: _Traders, settings: StressSettings, executor: ThreadExecutor, watch: Watch
) -> dict[str, Any] | None:
    """Every scenario at every moment beside the same stretches as they were; None where the bars are too few."""
    bars = traders.again.bars
    lead, after = settings.lead_days * DAY_MS, settings.after_days * DAY_MS
    if min(len(one) for one in bars) <= traders.warm + traders.carried:
        return None
    first = max(int(one.ts[traders.warm]) for one in bars) + lead
    last = min(int(one.ts[-1 - traders.carried]) for one in bars) - after
    if last < first:
        return None

    def struck(at_ms: int) -> _Case:
        start, end = at_ms - lead, at_ms + after
        series = [traders.around(one, start, end) for one in bars]
        usual = traders.ready(series)
        quiet = traders.traded(usual, start, end)
        strike = strike_of(next(iter(quiet.values())), at_ms, traders.step_ms)
        tolls = [_tolls(quiet)]
        for shock in settings.scenarios:
            stressed = [shock.bars(one, strike) for one in series]
            same = all(new is old for new, old in zip(stressed, series, strict=True))
            tolls.append(_tolls(traders.traded(usual if same else traders.ready(stressed), start, end, shock, strike)))
        watch.advance(1)
        return _Case(strike, {name: held_at(one, strike) for name, one in quiet.items()}, tolls)

    cases = list(executor.map(struck, random_moments(first, last, traders.step_ms, settings)))
    costs = traders.again.preset.costs.model()
    told = [("as it was", "the same stretches without a shock", costs.round_trip_bps)]
    told += [(one.name, one.text, one.costs(costs).round_trip_bps) for one in settings.scenarios]
    return {
        "strikes": [case.strike_ms for case in cases],
        "held": {record: sum(case.held[record] for case in cases) for record in traders.choices},
        "lead_days": settings.lead_days,
        "after_days": settings.after_days,
        "seed": settings.seed,
        "symbols": [one.symbol for one in bars],
        "scenarios": [
            {
                "name": name,
                "text": text,
                "round_trip_bps": round_trip_bps,
                "records": {
                    record: _compared(
                        [case.tolls[0][record] for case in cases], [c.tolls[place][record] for c in cases]
                    )
                    for record in traders.choices
                },
            }
            for place, (name, text, round_trip_bps) in enumerate(told)
        ],
    }


class _Case(NamedTuple):
    """One strike, who held a trade then, and the tolls by record: first as it was, then of each scenario."""

    strike_ms: int
    held: dict[str, bool]
    tolls: list[dict[str, Toll]]


def _tolls(traded: Mapping[str, Stretch]) -> dict[str, Toll]:
    return {name: toll_of(stretch) for name, stretch in traded.items()}


def _compared(usual: Sequence[Toll], stressed: Sequence[Toll]) -> dict[str, Any]:
    """All stretches of one scenario: their spread, and what the shock took from the return they had without it."""
    taken = np.array([one.final_return - other.final_return for one, other in zip(stressed, usual, strict=True)])
    return {
        **asdict(spread_of(stressed)),
        "difference_median": float(np.median(taken)),
        "difference_worst": float(taken.min()),
        "worst_case": int(taken.argmin()),
        "cases": [asdict(one) for one in stressed],
    }


def _recorded(traders: _Traders, read: Reader, crash: RecordedCrash, watch: Watch) -> dict[str, Any]:
    """One recorded crash: who was there, and what it cost; `status` says where it could not be traded."""
    manifest = traders.again.run.manifest
    data, hold_out_ms = manifest["data"], int(manifest["hold_out_start_ms"])
    found: dict[str, Any] = {
        **asdict(crash),
        "status": "replayed",
        "symbols": [],
        "absent": [one["symbol"] for one in data],
        "selected_on": any(
            one["first_ts"] < crash.end_ms and crash.start_ms <= one["last_ts"] for one in data
        ),
        "records": {},
    }  # fmt: skip
    watch.advance(1)
    if crash.end_ms > hold_out_ms:
        return {**found, "status": "locked"}
    series = [bars for one in data if (bars := _bars_of(traders, read, one["symbol"], crash, hold_out_ms)) is not None]
    if not series:
        return {**found, "status": "missing"}
    tolls = _tolls(traders.traded(traders.ready(series), crash.start_ms, crash.end_ms))
    return {
        **found,
        "symbols": [one.symbol for one in series],
        "absent": [one["symbol"] for one in data if one["symbol"] not in {bars.symbol for bars in series}],
        "records": {name: asdict(toll) for name, toll in tolls.items()},
    }


def _bars_of(traders: _Traders, read: Reader, symbol: str, crash: RecordedCrash, hold_out_ms: int) -> Bars | None:
    """A symbol's bars through a crash, warm before it; None where they are not there. None of the hold-out is read."""
    step = traders.step_ms
    earliest = crash.start_ms - traders.warm * step - SPARE_MS
    latest = min(hold_out_ms, crash.end_ms + traders.carried * step + SPARE_MS)
    try:
        bars = read(symbol, TimeRange(earliest, latest))
    except NoData:
        return None
    first, end = (int(place) for place in np.searchsorted(bars.ts, (crash.start_ms, crash.end_ms)))
    if first < traders.warm or end - first < COVERED * (crash.end_ms - crash.start_ms) / step:
        return None
    return traders.around(bars, crash.start_ms, crash.end_ms)
