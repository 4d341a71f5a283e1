"""The parts of a validation that are told from arrays: trials, Sharpe ratios, overfitting, superiority, plateau."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tradewind.adapters.run_store import FinishedRun
from tradewind.app import validation as parts
from tradewind.app.run_sums import SegmentSums
from tradewind.app.validation import known
from tradewind.evidence.plateau import POSITIVE_MIN, plateau
from tradewind.features.spec import BoolArray
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.errors import RunIncomplete
from tradewind.model.time import DAY_MS
from tradewind.search.neighbours import Neighbour
from tradewind.stats.bootstrap import (
    DAYS_MIN,
    Interval,
    block_days,
    drawdown_interval,
    profit_factor_interval,
    sharpe_interval,
)
from tradewind.stats.overfitting import probability_of_overfitting
from tradewind.stats.scores import TRADES_MIN, edge_by_regime
from tradewind.stats.sharpe import DAYS_PER_YEAR, Sharpe, sharpe
from tradewind.stats.skill import minimum_track_record_days, probabilistic_sharpe, sharpe_of_luck
from tradewind.stats.superior import superior_ability
from tradewind.stats.trials import minimum_backtest_length_years

COMPARED_MAX = 400  # configurations in the test of superior ability: each resample copies all their returns
RESAMPLES = 1000
HISTOGRAM_BINS = 40
_YEARLY = math.sqrt(DAYS_PER_YEAR)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Columns of a run's candidate table, one entry a configuration by number; `rank` counts from 1."""

    rank: IntArray
    trades: FloatArray
    eligible: BoolArray
    sharpe_per_day: FloatArray
    robust_edge: FloatArray
    mean_net_return: FloatArray
    mean_cost: FloatArray

    @classmethod
    def of(cls, run: FinishedRun) -> "Candidates":
        """Read from the run; raises RunIncomplete where the table is damaged."""
        table = run.table("candidates")
        names = cls.__slots__
        missing = {"configuration", *names} - set(table.column_names)
        if missing or not np.array_equal(table["configuration"].to_numpy(), np.arange(len(table))):
            raise RunIncomplete(f"the candidate table of {run.folder} is damaged", "Make the run anew with --again")
        return cls(**{name: table[name].to_numpy() for name in names})

    @property
    def best(self) -> int | None:
        """The first eligible configuration by rank."""
        numbers = np.flatnonzero(self.eligible)
        return int(numbers[np.argmin(self.rank[numbers])]) if len(numbers) else None

    @property
    def by_trades(self) -> IntArray:
        """Configurations that traded, those with most trades first, of equals the first."""
        order: IntArray = np.argsort(-self.trades, kind="stable")
        return order[self.trades[order] > 0]


def spread_of(table: Candidates) -> tuple[float, int]:
    """Standard deviation of the daily Sharpe ratios of configurations with 100 trades or more, and their number."""
    ratios = table.sharpe_per_day[(table.trades >= TRADES_MIN) & np.isfinite(table.sharpe_per_day)]
    return (float(np.std(ratios, ddof=1)) if len(ratios) > 1 else math.nan), len(ratios)


def deflated_of(
    number: int | None, described: Mapping[str, Any], daily: FloatArray, trades: int, trials: parts.Trials
) -> parts.DeflatedSharpe:
    """The best candidate's Sharpe ratio, from its `daily` returns, against luck; nothing known where nobody is best."""
    ratio, spread = sharpe(daily), trials.spread_per_day
    if spread is not None and len(daily) > 1:
        # What is wider than luck can make it is not luck: configurations that truly differ (docs/decisions/0018).
        spread = min(spread, 1 / math.sqrt(len(daily) - 1))
    lucky = _luckiest(trials.in_ledger, spread)
    effective = math.nan if trials.effective is None else _luckiest(trials.effective, spread)
    uncapped = _luckiest(trials.in_ledger, trials.spread_per_day)
    return parts.DeflatedSharpe(
        configuration=number,
        name=described.get("name"),
        parameters=dict(described.get("parameters", {})),
        trades=trades,
        days=len(daily),
        sharpe_per_day=known(ratio.per_day),
        sharpe_per_year=known(ratio.per_year),
        skew=known(ratio.skew),
        kurtosis=known(ratio.kurtosis),
        luck_sharpe_per_day=known(lucky),
        luck_sharpe_per_year=known(lucky * _YEARLY),
        probabilistic=known(_above(ratio, 0.0)),
        deflated=known(_above(ratio, lucky)),
        deflated_effective=known(_above(ratio, effective)),
        uncapped_luck_sharpe_per_day=known(uncapped),
        uncapped_luck_sharpe_per_year=known(uncapped * _YEARLY),
        deflated_uncapped=known(_above(ratio, uncapped)),
        minimum_track_record_days=known(_days_needed(ratio)),
        minimum_backtest_years=(
            known(minimum_backtest_length_years(trials.in_ledger, 1.0)) if trials.in_ledger > 1 else None
        ),
        test_years=len(daily) / DAYS_PER_YEAR,
    )


def _luckiest(trials: float, spread: float | None) -> float:
    """SR₀ per day; 0 for a single trial, which nobody chose, NaN where the spread is not known."""
    if spread is None:
        return math.nan
    return sharpe_of_luck(trials, spread) if trials >= 2 else 0.0


def _above(ratio: Sharpe, benchmark: float) -> float:
    """Probability that the true ratio per day is above a benchmark; NaN where either is not known."""
    if math.isnan(ratio.per_day) or math.isnan(benchmark):
        return math.nan
    return probabilistic_sharpe(ratio.per_day, benchmark, ratio.days, ratio.skew, ratio.kurtosis)


def _days_needed(ratio: Sharpe) -> float:
    if math.isnan(ratio.per_day):
        return math.nan
    return minimum_track_record_days(ratio.per_day, 0.0, ratio.skew, ratio.kurtosis)


def record_of(daily: FloatArray, trades: int) -> parts.TrackRecord:
    """The procedure's record, and how long it would have to be."""
    ratio = sharpe(daily)
    # A record that never traded has no ratio, and made nothing.
    needed = math.inf if trades == 0 and len(daily) else _days_needed(ratio)
    return parts.TrackRecord(
        trades=trades,
        days=len(daily),
        sharpe_per_day=known(ratio.per_day),
        sharpe_per_year=known(ratio.per_year),
        skew=known(ratio.skew),
        kurtosis=known(ratio.kurtosis),
        probabilistic=known(_above(ratio, 0.0)),
        minimum_days=known(needed),
        enough=None if math.isnan(needed) else len(daily) >= needed,
    )


def overfitting_of(sums: SegmentSums) -> parts.Overfitting:
    """PBO of choosing by mean R ÷ its deviation among configurations, which could all be chosen.

    Nothing is known of fewer than two configurations or segments.
    """
    segments, configurations = sums.trades.shape
    if min(segments, configurations) < 2:
        return parts.Overfitting(
            probability=None, groups=0, splits=0, configurations=configurations, slope=None, intercept=None,
            loss_share=None, logits=(), histogram=None,
        )  # fmt: skip
    found = probability_of_overfitting(sums.trades, sums.total_r, sums.total_r2)
    both = np.isfinite(found.out_of_sample)
    slope = found.slope
    across = float((found.out_of_sample[both] - slope * found.in_sample[both]).mean()) if both.any() else math.nan
    histogram = None
    if len(found.logits):
        counts, edges = np.histogram(found.logits, HISTOGRAM_BINS)
        histogram = parts.Histogram(edges=tuple(edges.tolist()), counts=tuple(counts.tolist()))
    return parts.Overfitting(
        probability=known(found.probability),
        groups=found.groups,
        splits=found.splits,
        configurations=configurations,
        slope=known(slope),
        intercept=known(across),
        loss_share=known(found.loss_share),
        logits=tuple(found.logits.tolist()),
        histogram=histogram,
    )


def compared(table: Candidates) -> IntArray:
    """The eligible configurations that the test of superior ability looks at: all, or some evenly spread."""
    numbers = np.flatnonzero(table.eligible)
    if len(numbers) <= COMPARED_MAX:
        return numbers
    return numbers[np.rint(np.linspace(0, len(numbers) - 1, COMPARED_MAX)).astype(np.int64)]


def superior_of(daily: FloatArray, eligible: int, seed: int) -> parts.Superior:
    """SPA and reality check of configurations × days against standing aside; not known under 30 days."""
    configurations, days = daily.shape
    if configurations == 0 or days < DAYS_MIN:
        return parts.Superior(
            benchmark="standing aside", consistent=None, lower=None, upper=None, reality_check=None, eligible=eligible,
            compared=configurations, block_days=0, resamples=0,
        )  # fmt: skip
    block = block_days(daily.mean(axis=0))
    test = superior_ability(daily, np.zeros(days), block_days=block, seed=seed, resamples=RESAMPLES)
    return parts.Superior(
        benchmark="standing aside",
        consistent=test.consistent,
        lower=test.lower,
        upper=test.upper,
        reality_check=test.reality_check,
        eligible=eligible,
        compared=configurations,
        block_days=block,
        resamples=RESAMPLES,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """A configuration that was chosen, where (None: over all regimes), what it earned there in R, and the edge there of
    every configuration."""

    regime: str | None
    configuration: int
    total_r: float
    edges: FloatArray


def peaks_of(run: FinishedRun, table: Candidates) -> tuple[Peak, ...]:
    """Whose neighbours are looked at: each regime's specialist, by edges in its regime alone; where all stand aside,
    the best candidate, by robust edges. None where nobody is eligible."""
    columns, regimes = run.table("candidates"), run.summary["regimes"][0]["names"]
    trades, total = (
        np.stack([columns[f"{name}_{regime}"].to_numpy() for regime in regimes], axis=1) for name in ("trades", "sum_r")
    )
    edges = edge_by_regime(trades, total)
    chosen = [(one["regime"], int(one["number"])) for one in run.summary["specialists"][0] if one["number"] >= 0]
    if chosen:
        return tuple(
            Peak(regime, number, float(total[number, at]), edges[:, at])
            for regime, number in chosen
            for at in (regimes.index(regime),)
        )
    if table.best is None:
        return ()
    return (Peak(None, table.best, float(total[table.best].sum()), table.robust_edge),)


def plateau_of(peak: Peak, beside: Sequence[Neighbour]) -> parts.Plateau:
    """How the neighbours of a peak do."""
    edge = float(peak.edges[peak.configuration])
    found = plateau(edge, [peak.edges[one.number] for one in beside])
    return parts.Plateau(
        regime=peak.regime,
        configuration=peak.configuration,
        edge=known(edge),
        neighbours=tuple(
            parts.Neighbour(
                configuration=one.number,
                parameter=one.parameter,
                value=one.value,
                edge=known(float(peak.edges[one.number])),
            )
            for one in beside
        ),
        positive_share=known(found.positive_share),
        median_edge=known(found.median_edge),
        median_of_peak=known(found.median_of_peak),
        total_r=peak.total_r,
        passed=found.passed,
    )


def share_on_plateaus(plateaus: Sequence[parts.Plateau], *, unknown: bool = False) -> float:
    """How much of what those chosen earned comes from plateaus; NaN where nobody earned anything.

    Who lost counts as nothing; where it is not known whether somebody is a plateau, `unknown` says.
    """
    earned = [max(0.0, one.total_r) for one in plateaus]
    on = sum(r for r, one in zip(earned, plateaus, strict=True) if (unknown if one.passed is None else one.passed))
    return on / sum(earned) if sum(earned) > 0 else math.nan


def on_plateaus(plateaus: Sequence[parts.Plateau]) -> bool | None:
    """Whether plateaus bring at least 70 % of what those chosen earned; None where what is not known decides it."""
    if not plateaus:
        return None
    least, most = (share_on_plateaus(plateaus, unknown=unknown) >= POSITIVE_MIN for unknown in (False, True))
    return least if least == most else None


def intervals_of(run: FinishedRun, daily: FloatArray, seed: int) -> parts.Intervals:
    """Intervals of the procedure's record, and of what it earned against others as the search told them."""
    differences = run.summary["procedure"]["comparison"]
    total, gained = _daily_r(run)
    return parts.Intervals(
        sharpe_per_year=_interval(sharpe_interval(daily, seed=seed)),
        profit_factor=_interval(profit_factor_interval(total, gained, seed=seed)),
        max_drawdown=_interval(drawdown_interval(daily, seed=seed)),
        **{
            name: parts.Interval(
                value=one["mean"], low=one["low"], high=one["high"], days=one["days"], block_days=one["block_days"]
            )
            for name, one in differences.items()
        },
    )


def _daily_r(run: FinishedRun) -> tuple[FloatArray, FloatArray]:
    """ΣR and ΣR of winning trades of the switch on each test day, by the day of the signal."""
    days = run.table("procedure_days")["day_ms"].to_numpy()
    table = run.table("procedure_trades")
    own = np.array(table["record"].to_pylist()) == "switch" if len(table) else np.zeros(0, np.bool_)
    r = table["r"].to_numpy()[own]
    day = np.searchsorted(days, table["signal_ts"].to_numpy()[own] // DAY_MS * DAY_MS)
    total, gained = np.zeros(len(days)), np.zeros(len(days))
    np.add.at(total, day, r)
    np.add.at(gained, day, np.maximum(r, 0.0))
    return total, gained


def _interval(one: Interval) -> parts.Interval:
    return parts.Interval(
        value=known(one.value), low=known(one.low), high=known(one.high), days=one.days, block_days=one.block_days
    )
