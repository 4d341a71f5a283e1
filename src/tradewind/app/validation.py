"""What `tradewind validate` found of a run, as it is kept in `validation.json`: every figure, its unit, and None.

Numbers are as they were computed, not rounded for print, and the same for any number of threads. None stands for what
is not known, was left out or is not defined; `docs/validation.md` defines every figure.
"""

import json
import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tradewind.adapters.run_store import FinishedRun, RunStore
from tradewind.evidence.verdict import Thresholds, Verdict
from tradewind.model.errors import RunIncomplete

FILE = "validation.json"
_AGAIN = "Delete it and run `tradewind validate` again"


class Part(BaseModel):
    """A part of the record; made whole, then never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Settings(Part):
    """What was asked of the validation.

    `alterations` 0 leaves the luck test out, `luck_days` are the last days it searches (0: all); `stress` False leaves
    the stress test out.
    """

    alterations: int
    luck_days: int
    stress: bool
    seed: int
    thresholds: Thresholds


class Data(Part):
    """What the run was made from. Times in milliseconds since the epoch, UTC.

    `test_days` are the days of the out-of-sample record, `years` the length of all data before the hold-out;
    `simulated` describes a simulated market, None for a real one.
    """

    venue: str
    timeframe: str
    symbols: tuple[str, ...]
    bars: int
    first_ts: int
    last_ts: int
    hold_out_start_ms: int
    windows: int
    test_days: int
    years: float
    simulated: str | None


class Costs(Part):
    """What trading costs, in basis points of notional for a round trip.

    `round_trip_bps` is the assumed cost of one at market; `paid` and `break_even` (at which nothing would be left) are
    means over the trades of the procedure and of the best candidate, None without trades.
    """

    taker_fee: float
    maker_fee: float
    half_spread_bps: float
    slippage_bps: float
    round_trip_bps: float
    procedure_paid_bps: float | None
    procedure_break_even_bps: float | None
    candidate_paid_bps: float | None
    candidate_break_even_bps: float | None


class Trials(Part):
    """How much was tried.

    One search is `configurations` × `labels` trials, `together`; `in_ledger` (N) counts the distinct ones ever tried on
    this market over a time that overlaps. `effective` is how many independent trials the correlated ones amount to,
    told from the `effective_of` configurations with most trades. `spread_per_day` is the standard deviation of the
    daily Sharpe ratio over the `spread_of` configurations with 100 trades or more. `eligible` had enough trades to be
    chosen.
    """

    configurations: int
    labels: int
    together: int
    in_ledger: int
    eligible: int
    effective: float | None
    effective_of: int
    spread_per_day: float | None
    spread_of: int


class DeflatedSharpe(Part):
    """The best candidate's Sharpe ratio against what the best of as many worthless trials would show.

    The best is the first eligible one of the candidate table by rank, selected on these very figures. `luck_sharpe` is
    SR₀ for N trials of the ledger and the spread across configurations, which counts for no more than luck alone can
    spread ratios of so many days: 1 ÷ √(days − 1) a day. `probabilistic` is the chance that the true ratio is above 0,
    `deflated` (DSR) that it is above SR₀, `deflated_effective` the same for the effective number of trials.
    `uncapped_luck_sharpe` is SR₀ with the spread in full, `deflated_uncapped` the chance that the true ratio is above
    that; where configurations truly differ, by what they pay for trading or by skill, it says nothing of luck.
    `kurtosis` is 3 for a normal.
    `minimum_track_record_days` is told against 0 at 95 %, None where no number of days would do.
    `minimum_backtest_years` is the length of data below which the best of N worthless trials is expected to show a
    Sharpe ratio of 1 a year; the test has `test_years`.
    """

    configuration: int | None
    name: str | None
    parameters: dict[str, Any]
    trades: int
    days: int
    sharpe_per_day: float | None
    sharpe_per_year: float | None
    skew: float | None
    kurtosis: float | None
    luck_sharpe_per_day: float | None
    luck_sharpe_per_year: float | None
    probabilistic: float | None
    deflated: float | None
    deflated_effective: float | None
    uncapped_luck_sharpe_per_day: float | None
    uncapped_luck_sharpe_per_year: float | None
    deflated_uncapped: float | None
    minimum_track_record_days: float | None
    minimum_backtest_years: float | None
    test_years: float


class TrackRecord(Part):
    """The procedure's record, the switch: chosen in sample, traded out of sample, never selected on.

    `minimum_days` is how long such a record must be to tell its Sharpe ratio from 0 at 95 %, None where no number of
    days would do (`sharpe_per_day` is then 0 or less) or the ratio is not defined. `enough` compares it with `days`.
    """

    trades: int
    days: int
    sharpe_per_day: float | None
    sharpe_per_year: float | None
    skew: float | None
    kurtosis: float | None
    probabilistic: float | None
    minimum_days: float | None
    enough: bool | None


class Histogram(Part):
    """`counts[i]` values lie from `edges[i]` up to `edges[i + 1]`, the last edge included."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


class Overfitting(Part):
    """What choosing the best of one half of history was worth in the other half (CSCV over all ways to cut it).

    `probability` is PBO, about 0.5 where choosing is worth nothing. Each of `splits` ways takes half of `groups` (S)
    contiguous groups of test segments; `configurations` are the eligible ones, judged by mean R ÷ its deviation.
    `logits` are of the relative rank out of sample of the one chosen, negative below the middle. `slope` and
    `intercept` are of its ratio out of sample on that in sample; `loss_share` is how often it lost out of sample.
    """

    probability: float | None
    groups: int
    splits: int
    configurations: int
    slope: float | None
    intercept: float | None
    loss_share: float | None
    logits: tuple[float, ...]
    histogram: Histogram | None


class Superior(Part):
    """Is the best of the configurations better than standing aside, the choice among them allowed for? p-values.

    `consistent` is Hansen's test of superior predictive ability with its bounds, `reality_check` White's. Of all
    `eligible` configurations `compared` were looked at, evenly spread over their numbers and so chosen without a look
    at results. Daily log returns, blocks of `block_days` days, `resamples` draws.
    """

    benchmark: Literal["standing aside"]
    consistent: float | None
    lower: float | None
    upper: float | None
    reality_check: float | None
    eligible: int
    compared: int
    block_days: int
    resamples: int


class Interval(Part):
    """A figure with its 95 % interval from blocks of `block_days` days; None where there is too little to tell."""

    value: float | None
    low: float | None
    high: float | None
    days: int
    block_days: int


class Intervals(Part):
    """Intervals of the procedure's record (the switch).

    Sharpe ratio a year, gains ÷ losses in R, deepest fall from a peak as a fraction; then mean daily log returns: the
    switch less the best static configuration, each of them less standing aside.
    """

    sharpe_per_year: Interval
    profit_factor: Interval
    max_drawdown: Interval
    switch_minus_static: Interval
    switch_minus_aside: Interval
    static_minus_aside: Interval


class Neighbour(Part):
    """A configuration one step from another in one ordered parameter, and its edge in R a trade."""

    configuration: int
    parameter: str
    value: float
    edge: float | None


class Plateau(Part):
    """Do slightly different settings of somebody chosen do well too? Edges in R a trade.

    `regime` is where: the configuration is its specialist, and edges are those of its regime alone; None for the best
    candidate, with robust edges over all regimes, where all stand aside. `passed` asks for a positive edge of at least
    70 % of `neighbours` and a `median_edge` of at least half of the peak's; a neighbour without trades counts as one
    that earns nothing. None where there are no neighbours. `total_r` is what it earned where it was looked at, R.
    """

    regime: str | None
    configuration: int
    edge: float | None
    neighbours: tuple[Neighbour, ...]
    positive_share: float | None
    median_edge: float | None
    median_of_peak: float | None
    total_r: float
    passed: bool | None


class HoldOut(Part):
    """The locked last part of the data: `runs` have opened it so far; `result` is this run's own, None if closed."""

    runs: int
    opened: bool
    result: dict[str, Any] | None


class Validation(Part):
    """All of it, the verdict first.

    `luck`, `monte_carlo` and `stress` are as `luck_of_run`, `monte_carlo_of_run` and `stress_of_run` return them, None
    where they were left out. `overfit_ratio` is mean R out of sample ÷ in sample of what was chosen in sample, 1 is
    good; None where nothing positive was chosen in sample.
    """

    version: Literal[2]
    run: str
    verdict: Verdict
    settings: Settings
    data: Data
    costs: Costs
    trials: Trials
    deflated_sharpe: DeflatedSharpe
    track_record: TrackRecord
    overfitting: Overfitting
    superior: Superior
    intervals: Intervals
    overfit_ratio: float | None
    plateaus: tuple[Plateau, ...]
    luck: dict[str, Any] | None
    monte_carlo: dict[str, Any] | None
    stress: dict[str, Any] | None
    hold_out: HoldOut


def store_validation(store: RunStore, found: Validation) -> None:
    """Write it beside the run's other files, whole or not at all; an older one is replaced.

    Raises RunBusy where another process is writing this run.
    """
    store.keep_beside(found.run, FILE, found.model_dump(mode="json"))


def load_validation(run: FinishedRun) -> Validation | None:
    """What was found of a run, None where it was not validated; raises RunIncomplete where that is damaged."""
    content = run.beside(FILE, _AGAIN)
    if content is None:
        return None
    try:
        found = Validation.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RunIncomplete(f"{run.folder / FILE} cannot be read: {place}: {first['msg']}", _AGAIN) from error
    return found


def known(value: float) -> float | None:
    """The number, or None where it is not finite."""
    return float(value) if math.isfinite(value) else None
