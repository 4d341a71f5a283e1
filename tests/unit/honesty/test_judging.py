"""How honesty is judged: uniformity against the chi-square law, rates, names, coverage, all by hand."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from honesty.judging import Rate, coverage, found, marks_met, named, uniformity, verdict_name
from scipy.stats import chi2

from tradewind.evidence.verdict import Evidence

EVERY_STEP = [step / 100 for step in range(1, 101)]
REGIMES = ["BULL", "BEAR", "SIDEWAYS", "STRESS"]


def test_one_p_value_of_each_step_fills_all_bins_alike() -> None:
    one = uniformity(EVERY_STEP, alterations=99)
    assert one.counts == (10,) * 10
    assert (one.chi_square, one.p, one.passed) == (0.0, 1.0, True)


def test_the_borders_of_bins_belong_to_the_lower_one() -> None:
    assert uniformity([0.1, 0.11, 0.2, 1.0], alterations=99).counts == (1, 2, 0, 0, 0, 0, 0, 0, 0, 1)
    assert uniformity([0.05, 0.1, 0.15], alterations=19).counts == (2, 1, 0, 0, 0, 0, 0, 0, 0, 0)


def test_all_in_one_bin_has_the_distance_of_a_hand_calculation_and_fails() -> None:
    # 20 p-values expect 2 a bin: (20 - 2)² / 2 + 9 · 2² / 2 = 162 + 18.
    one = uniformity([0.01] * 20, alterations=99)
    assert one.chi_square == pytest.approx(180.0)
    assert one.p == pytest.approx(1 / 20_001)
    assert not one.passed


def test_too_many_middling_p_values_fail_as_well() -> None:
    assert not uniformity([0.5] * 30, alterations=99).passed


@pytest.mark.parametrize("crowded", [70, 80, 90])
def test_with_many_p_values_the_chance_is_that_of_the_chi_square_law(crowded: int) -> None:
    p_values = [0.05] * crowded + [step / 100 for step in range(1, 100)] * 5
    one = uniformity(p_values, alterations=99)
    assert one.p == pytest.approx(chi2.sf(one.chi_square, 9), abs=0.01)


def test_steps_that_do_not_fill_the_bins_alike_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fill"):
        uniformity([0.5], alterations=100)


def test_uniform_p_values_pass_about_as_often_as_they_should() -> None:
    rng = np.random.default_rng(4)
    chances = [uniformity(rng.integers(1, 101, 100) / 100, alterations=99).p for _ in range(200)]
    assert sum(p <= 0.1 for p in chances) == pytest.approx(20, abs=13)  # 3 deviations of √(200 · 0.1 · 0.9)


def outcome(corrected: list[float], names: list[str]) -> dict[str, object]:
    return {"regimes": REGIMES, "corrected": corrected, "named": {name: {} for name in names}}


def test_a_regime_is_named_where_it_has_a_specialist_and_a_small_corrected_p() -> None:
    both = outcome([0.05, 1.0, 1.0, 0.10], ["STRESS", "SIDEWAYS"])
    assert named(both) == {"STRESS"}
    assert found(both)


def test_a_small_p_without_a_specialist_names_nobody_and_a_specialist_without_one_neither() -> None:
    assert not found(outcome([1.0, 1.0, 1.0, 0.01], ["BULL"]))
    assert not found(outcome([1.0, 1.0, 1.0, 0.11], ["STRESS"]))


def interval(mean: float, low: float, high: float) -> dict[str, object]:
    return {"difference": {"mean": mean, "low": low, "high": high, "days": 48, "block": 1}}


def test_coverage_counts_intervals_around_the_mean_of_all_markets() -> None:
    # The mean of all is 0.25: the first holds it, the second lies below, the third above, the last holds it.
    given = [(0.0, -1.0, 1.0), (-1.0, -2.0, 0.0), (2.0, 1.0, 3.0), (0.0, -1.0, 1.0)]
    one = coverage([interval(*values) for values in given], "difference")
    assert one.truth == pytest.approx(0.25)
    assert (one.rate.hits, one.rate.count, one.below, one.above) == (2, 4, 1, 1)
    assert one.width == pytest.approx(2.0)


def test_a_market_without_an_interval_does_not_count_for_or_against() -> None:
    given = [(0.0, -1.0, 1.0), (0.0, float("nan"), float("nan"))]
    assert coverage([interval(*values) for values in given], "difference").rate == Rate(hits=1, count=1)


def test_coverage_passes_at_its_stated_rate_and_misses_far_from_it() -> None:
    def at(hits: int) -> bool:
        good, bad = interval(0.0, -1.0, 1.0), (interval(1e-9, 1.0, 2.0), interval(-1e-9, -2.0, -1.0))
        return coverage([good] * hits + [bad[i % 2] for i in range(200 - hits)], "difference").passed

    assert at(190)
    assert not at(170)


def test_a_verdict_is_told_from_what_was_found_and_the_luck_test_of_its_own_study() -> None:
    evidence = Evidence(
        eligible=9, overfitting=0.1, deflated=0.95, procedure_days=60, procedure_days_needed=40.0, plateau=False
    )
    one = {"evidence": asdict(evidence)}
    assert one["evidence"]["luck"] is None
    assert verdict_name(one, 0.01) == "unproven"
    assert verdict_name(one, 0.51) == "noise"
    assert verdict_name({"evidence": asdict(replace(evidence, plateau=True))}, 0.01) == "promising"
    marks = {name: met for name, met in marks_met(one).items() if name not in ("eligible", "luck", "hold_out", "live")}
    assert marks == {"deflated": True, "overfitting": True, "track_record": True, "plateau": False}
