"""The parts of a validation from arrays: worked out by hand, against formulas written down again, or left unknown."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from tests.unit.adapters.test_run_store import ASKED, PARTS
from tests.unit.app.validation_sample import sample

from tradewind.adapters.run_store import FinishedRun, RunStore
from tradewind.app.judged import (
    COMPARED_MAX,
    Candidates,
    Peak,
    compared,
    deflated_of,
    on_plateaus,
    overfitting_of,
    peaks_of,
    plateau_of,
    record_of,
    share_on_plateaus,
    spread_of,
    superior_of,
)
from tradewind.app.run_sums import SegmentSums, segment_sums
from tradewind.model.errors import RunIncomplete
from tradewind.search.neighbours import Neighbour

TRIALS = sample().trials


def table_of(**columns: list[float]) -> Candidates:
    count = len(next(iter(columns.values())))
    plain = {name: np.zeros(count) for name in Candidates.__slots__}
    plain["eligible"], plain["rank"] = np.ones(count, np.bool_), np.arange(1, count + 1)
    return Candidates(**{**plain, **{name: np.array(values) for name, values in columns.items()}})


def sums_of(trades: list[list[float]], total: list[list[float]], squares: list[list[float]]) -> SegmentSums:
    return SegmentSums(*(np.array(part, np.float64) for part in (trades, total, squares)))


def test_the_best_is_the_first_eligible_by_rank() -> None:
    table = table_of(rank=[3, 1, 2], eligible=[True, False, True])
    assert table.best == 2
    assert table_of(eligible=[False, False]).best is None


def test_the_busiest_come_first_and_those_without_a_trade_not_at_all() -> None:
    assert table_of(trades=[5.0, 0.0, 9.0, 5.0]).by_trades.tolist() == [2, 0, 3]


def test_the_spread_is_over_configurations_with_a_hundred_trades() -> None:
    # 0.1 and 0.3 are left: mean 0.2, deviation √(0.01 + 0.01).
    table = table_of(trades=[100.0, 500.0, 99.0, 200.0], sharpe_per_day=[0.1, 0.3, 9.0, math.nan])
    spread, count = spread_of(table)
    assert spread == pytest.approx(math.sqrt(0.02))
    assert count == 2
    assert math.isnan(spread_of(table_of(trades=[100.0], sharpe_per_day=[0.1]))[0])


def test_the_deflated_sharpe_is_the_formula_on_what_the_trials_were() -> None:
    daily = np.random.default_rng(4).normal(0.002, 0.01, 500)
    trials = TRIALS.model_copy(update={"in_ledger": 1000, "effective": 20.0, "spread_per_day": 0.03})
    found = deflated_of(3, {"name": "x", "parameters": {"a": 1}}, daily, 77, trials)
    standard = (daily - daily.mean()) / daily.std()
    skew, kurtosis = (standard**3).mean(), (standard**4).mean()
    ratio = daily.mean() / daily.std(ddof=1)
    error = math.sqrt((1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2) / 499)
    quantile, gamma = NormalDist().inv_cdf, 0.5772156649015329

    def lucky(trials: float, spread: float) -> float:
        best = (1 - gamma) * quantile(1 - 1 / trials) + gamma * quantile(1 - 1 / (trials * math.e))
        return spread * best

    def chance(benchmark: float) -> float:
        return NormalDist().cdf((ratio - benchmark) / error)

    assert found.sharpe_per_year == pytest.approx(ratio * math.sqrt(365))
    assert found.luck_sharpe_per_day == pytest.approx(lucky(1000, 0.03))
    assert found.luck_sharpe_per_year == pytest.approx(lucky(1000, 0.03) * math.sqrt(365))
    assert found.probabilistic == pytest.approx(chance(0.0))
    assert found.deflated == pytest.approx(chance(lucky(1000, 0.03)))
    assert found.deflated_effective == pytest.approx(chance(lucky(20, 0.03)))
    assert found.uncapped_luck_sharpe_per_day == pytest.approx(lucky(1000, 0.03))
    assert found.deflated_uncapped == pytest.approx(chance(lucky(1000, 0.03)))
    assert found.minimum_track_record_days == pytest.approx(1 + error**2 * 499 * (quantile(0.95) / ratio) ** 2)
    assert found.minimum_backtest_years == pytest.approx(lucky(1000, 1.0) ** 2)
    assert (found.days, found.trades, found.configuration) == (500, 77, 3)
    assert found.test_years == pytest.approx(500 / 365)


def test_a_spread_that_luck_cannot_make_is_not_taken_for_luck() -> None:
    # 101 days: luck alone spreads daily ratios by 1/√100 = 0.1. Costs spread these five times as wide.
    daily = np.random.default_rng(5).normal(0.007, 0.01, 101)
    wide, narrow = (TRIALS.model_copy(update={"in_ledger": 1000, "spread_per_day": s}) for s in (0.5, 0.1))
    found, capped = (deflated_of(3, {"name": "x"}, daily, 77, trials) for trials in (wide, narrow))
    assert found.luck_sharpe_per_day == pytest.approx(capped.luck_sharpe_per_day)
    assert found.deflated == pytest.approx(capped.deflated)
    assert found.deflated_effective == pytest.approx(capped.deflated_effective)
    assert found.uncapped_luck_sharpe_per_day == pytest.approx(5 * capped.luck_sharpe_per_day)
    assert found.deflated_uncapped < 0.01 < 0.9 < found.deflated


def test_without_a_best_candidate_nothing_is_known_of_it() -> None:
    found = deflated_of(None, {}, np.empty(0), 0, TRIALS)
    assert (found.configuration, found.deflated, found.probabilistic, found.sharpe_per_day) == (None,) * 4
    assert found.deflated_uncapped is None


def test_effective_trials_below_two_need_no_deflation_and_unknown_ones_give_nothing() -> None:
    daily = np.random.default_rng(4).normal(0.002, 0.01, 500)
    one = deflated_of(0, {}, daily, 1, TRIALS.model_copy(update={"effective": 1.4}))
    assert one.deflated_effective == one.probabilistic
    assert deflated_of(0, {}, daily, 1, TRIALS.model_copy(update={"effective": None})).deflated_effective is None
    assert deflated_of(0, {}, daily, 1, TRIALS.model_copy(update={"spread_per_day": None})).deflated is None


def test_a_record_is_long_enough_or_not_or_never() -> None:
    good = np.random.default_rng(1).normal(0.002, 0.01, 400)
    found = record_of(good, 900)
    assert found.enough is True
    assert found.minimum_days is not None
    assert 0 < found.minimum_days < 400
    assert record_of(good[:20], 40).enough is False
    lost = record_of(-good, 900)
    assert (lost.minimum_days, lost.enough) == (None, False)
    idle = record_of(np.zeros(400), 0)
    assert (idle.minimum_days, idle.enough, idle.sharpe_per_day) == (None, False, None)
    assert record_of(np.zeros(0), 0).enough is None


# Two configurations, trades of +1 and −1 R: a segment with n trades of which w win has ΣR 2w − n and ΣR² n.
# The mean is ΣR ÷ n, the variance (n − (ΣR)² ÷ n) ÷ (n − 1).
TEN = [[10.0, 10.0], [10.0, 10.0]]
STRONG, WEAK = 0.6 / math.sqrt((10 - 3.6) / 9), 0.2 / math.sqrt((10 - 0.4) / 9)  # 8 and 6 of 10 won


def test_the_same_one_ahead_in_both_halves_is_no_overfitting() -> None:
    found = overfitting_of(sums_of(TEN, [[6.0, -2.0], [2.0, -4.0]], TEN))
    assert (found.groups, found.splits, found.configurations) == (2, 2, 2)
    assert found.probability == 0.0
    assert found.logits == pytest.approx((math.log(2), math.log(2)))  # rank 2 of 2: ln(2 ÷ 1)
    assert found.loss_share == 0.0
    # In sample strong, then weak; out of sample the other way round: a slope of −1 through their sum.
    assert found.slope == pytest.approx(-1.0)
    assert found.intercept == pytest.approx(STRONG + WEAK)
    assert found.histogram is not None
    assert sum(found.histogram.counts) == 2


def test_one_ahead_in_one_half_and_behind_in_the_other_is_overfitting() -> None:
    found = overfitting_of(sums_of(TEN, [[6.0, -6.0], [-6.0, 6.0]], TEN))
    assert found.probability == 1.0
    assert found.logits == pytest.approx((-math.log(2), -math.log(2)))
    assert found.loss_share == 1.0
    assert (found.slope, found.intercept) == (None, None)  # both choices looked the same in sample


def test_a_configuration_without_trades_in_a_half_ranks_last_there() -> None:
    # The first traded in the first half only, and won most: behind one that lost all the time in the second.
    found = overfitting_of(
        sums_of([[10.0, 10.0], [0.0, 10.0]], [[6.0, -6.0], [0.0, -6.0]], [[10.0, 10.0], [0.0, 10.0]])
    )
    assert sorted(found.logits) == pytest.approx([-math.log(2), -math.log(2)])


@pytest.mark.parametrize("shape", [(0, 5), (1, 5), (5, 0), (5, 1)])
def test_one_configuration_or_segment_tells_nothing(shape: tuple[int, int]) -> None:
    found = overfitting_of(SegmentSums(*(np.ones(shape) for _ in range(3))))
    assert found.probability is None
    assert found.configurations == shape[1]


def test_configurations_without_skill_give_half() -> None:
    draws = np.random.default_rng(3).normal(size=(16, 200, 40))
    draws -= draws.mean(axis=(0, 2), keepdims=True)
    found = overfitting_of(SegmentSums(np.full((16, 200), 40.0), draws.sum(axis=2), (draws**2).sum(axis=2)))
    assert found.splits == 12_870
    assert found.probability is not None
    assert found.probability > 0.5  # re-centred: who was ahead must fall behind, as in R's vignette of pbo


def test_many_eligible_are_compared_evenly_and_without_a_look_at_results() -> None:
    table = table_of(eligible=[number % 2 == 0 for number in range(2000)])
    numbers = compared(table)
    assert len(numbers) == COMPARED_MAX
    assert (numbers[0], numbers[-1]) == (0, 1998)
    assert set(np.diff(numbers).tolist()) == {4, 6}
    other = replace(table, robust_edge=np.random.default_rng(1).normal(size=2000), rank=table.rank[::-1])
    assert compared(other).tolist() == numbers.tolist()
    assert compared(table_of(eligible=[True, False, True])).tolist() == [0, 2]


def test_superior_ability_knows_skill_from_none_and_needs_thirty_days() -> None:
    draws = np.random.default_rng(2).normal(0.0, 0.01, (20, 400))
    none, skill = superior_of(draws - 0.001, 20, 1), superior_of(draws + 0.004, 20, 1)
    assert none.consistent is not None
    assert skill.consistent is not None
    assert none.consistent > 0.5
    assert skill.consistent < 0.01
    assert (skill.compared, skill.eligible) == (20, 20)
    assert skill == superior_of(draws + 0.004, 20, 1)
    assert superior_of(draws[:, :29], 20, 1).consistent is None
    assert superior_of(draws[:0], 0, 1).reality_check is None


def test_a_plateau_is_told_from_edges_of_a_peak_and_its_neighbours() -> None:
    peak = Peak("STRESS", 1, 7.0, np.array([0.08, 0.1, math.nan]))
    found = plateau_of(peak, (Neighbour(0, "lookback", 60), Neighbour(2, "lookback", 120)))
    assert (found.regime, found.configuration, found.edge, found.total_r) == ("STRESS", 1, 0.1, 7.0)
    assert found.positive_share == 0.5
    assert found.median_edge == pytest.approx(0.04)  # 0.08 and one that never traded
    assert found.passed is False
    assert [one.edge for one in found.neighbours] == [0.08, None]
    assert plateau_of(peak, ()).passed is None


@pytest.mark.parametrize(
    ("told", "share", "found"),
    [
        ((), math.nan, None),
        (((True, 10.0),), 1.0, True),
        (((False, 10.0),), 0.0, False),
        (((None, 10.0),), 0.0, None),
        (((True, 70.0), (False, 30.0)), 0.7, True),
        (((True, 69.0), (False, 31.0)), 0.69, False),
        (((True, 60.0), (None, 20.0), (False, 20.0)), 0.6, None),
        (((True, 80.0), (None, 20.0)), 0.8, True),
        (((True, 10.0), (None, 20.0), (False, 70.0)), 0.1, False),
        (((True, 10.0), (False, -90.0)), 1.0, True),
        (((True, -10.0),), math.nan, False),
    ],
)
def test_spikes_that_bring_little_do_no_harm(
    told: Sequence[tuple[bool | None, float]], share: float, found: bool | None
) -> None:
    one = plateau_of(Peak("STRESS", 0, 1.0, np.array([0.1, 0.09])), (Neighbour(1, "lookback", 60),))
    assert one.passed is True
    plateaus = [one.model_copy(update={"passed": passed, "total_r": total}) for passed, total in told]
    assert share_on_plateaus(plateaus) == pytest.approx(share, nan_ok=True)
    assert on_plateaus(plateaus) is found


def test_specialists_are_looked_at_in_their_own_regimes_and_the_best_only_where_all_stand_aside(
    tmp_path: Path,
) -> None:
    def finished(name: str, numbers: Sequence[int]) -> FinishedRun:
        writer = RunStore(tmp_path).begin(name)
        columns = {
            "configuration": [0, 1, 2],
            "trades_CALM": [70, 10, 0], "sum_r_CALM": [-10.0, 5.0, 0.0],
            "trades_STRESS": [30, 90, 0], "sum_r_STRESS": [6.0, 12.0, 0.0],
        }  # fmt: skip
        writer.table("candidates", {key: np.array(values) for key, values in columns.items()})
        specialists = [{"regime": one, "number": n} for one, n in zip(("CALM", "STRESS"), numbers, strict=True)]
        summary = {
            **dict.fromkeys(PARTS, 1), "regimes": [{"names": ["CALM", "STRESS"]}], "specialists": [specialists],
        }  # fmt: skip
        writer.finish(ASKED, summary, {"finished": "2024", "stages": []})
        writer.release()
        return RunStore(tmp_path).open(name)

    table = table_of(rank=[1, 2, 3], robust_edge=[0.03, 0.02, math.nan])
    (storm,) = peaks_of(finished("one", [-1, 1]), table)
    assert (storm.regime, storm.configuration, storm.total_r) == ("STRESS", 1, 12.0)
    assert storm.edges[:2].tolist() == [6 / 60, 12 / 120]
    assert math.isnan(storm.edges[2])
    calm, _ = peaks_of(finished("two", [0, 1]), table)
    # Ten trades are too few to speak for themselves: the mean of all hundred, 0.17, can only cost, so 0.
    assert calm.edges[:2].tolist() == [-10 / 100, 0.0]
    (best,) = peaks_of(finished("three", [-1, -1]), table)
    assert (best.regime, best.configuration, best.total_r, best.edges[1]) == (None, 0, -4.0, 0.02)
    assert peaks_of(finished("four", [-1, -1]), table_of(eligible=[False] * 3)) == ()


@pytest.fixture
def run(tmp_path: Path) -> FinishedRun:
    """Cells of two units: label 0 takes every trade, label 1 some of them again."""
    writer = RunStore(tmp_path).begin("one")
    columns = ("configuration", "segment", "tail", "label", "trades", "sum_r", "sum_r2")
    units = (
        [(0, 2, False, 0, 3, 1.5, 2.0), (0, 2, True, 0, 1, -1.0, 1.0), (0, 2, False, 1, 3, 1.5, 2.0)],
        [(3, 1, False, 0, 9, 9.0, 9.0), (3, 5, False, 0, 2, 0.5, 0.7), (4, 5, True, 0, 7, 0.1, 0.2)],
    )
    for number, rows in enumerate(units):
        table = {name: np.array(values) for name, values in zip(columns, zip(*rows, strict=True), strict=True)}
        writer.table(f"cells/unit-{number:04}", table)
    writer.finish(ASKED, dict.fromkeys(PARTS, 1), {"finished": "2024", "stages": []})
    writer.release()
    return RunStore(tmp_path).open("one")


def test_cells_are_added_up_by_segment_and_configuration_tails_included(run: FinishedRun) -> None:
    found = segment_sums(run, np.array([0, 2, 3]), np.array([2, 5]))
    assert found.trades.tolist() == [[4, 0, 0], [0, 0, 2]]  # segment 1 was not asked for, nor configuration 4
    assert found.total_r.tolist() == [[0.5, 0, 0], [0, 0, 0.5]]
    assert found.total_r2.tolist() == [[3.0, 0, 0], [0, 0, 0.7]]
    assert segment_sums(run, np.empty(0, np.int64), np.array([2, 5])).trades.shape == (2, 0)


def test_a_run_without_cells_is_refused(run: FinishedRun) -> None:
    for path in (run.folder / "cells").iterdir():
        path.unlink()
    with pytest.raises(RunIncomplete, match="cells is missing"):
        segment_sums(run, np.array([0]), np.array([0]))
