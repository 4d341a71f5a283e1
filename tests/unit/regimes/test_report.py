"""Regime reports, by hand on a dozen bars, and the detectors' own figures on noise and on known states."""

import math

import numpy as np
import pytest

from tradewind.evidence.market import MAJORS, STATE_NAMES, SimulatedMarket, SimulationSettings, simulate
from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting
from tradewind.model.regimes import Labels
from tradewind.regimes.confirmation import Confirmed
from tradewind.regimes.registry import build
from tradewind.regimes.report import TruthReport, against_truth, describe

MINUTE_MS = 60_000


def labels(values: list[int], *names: str) -> Labels:
    return Labels(np.array(values, dtype=np.int8), names)


def test_shares_runs_and_flicker_by_hand() -> None:
    report = describe(labels([-1, -1, 0, 0, 0, 1, 0, 0, 1, 1], "A", "B", "C"), MINUTE_MS)
    assert report.bars == 10
    assert report.unknown_share == pytest.approx(0.2)
    assert report.shares == pytest.approx((5 / 8, 3 / 8, 0))
    assert report.runs == (2, 2, 0)
    assert report.dwell_mean[:2] == pytest.approx((2.5, 1.5))
    assert report.dwell_median[:2] == pytest.approx((2.5, 1.5))
    assert math.isnan(report.dwell_mean[2])
    # Seven pairs of known neighbours: AA AA AB BA AA AB BB, three of them changes, 1440 bars a day.
    assert report.changes_per_day == pytest.approx(3 * 1440 / 7)
    assert report.transitions[0] == pytest.approx((3 / 5, 2 / 5, 0))
    assert report.transitions[1] == pytest.approx((1 / 2, 1 / 2, 0))
    assert all(math.isnan(chance) for chance in report.transitions[2])


def test_labels_that_are_all_unknown_have_no_shares() -> None:
    report = describe(labels([-1, -1], "A"), MINUTE_MS)
    assert report.unknown_share == 1
    assert math.isnan(report.shares[0])
    assert math.isnan(report.changes_per_day)


def test_an_empty_series_is_described_without_complaint() -> None:
    assert describe(labels([], "A"), MINUTE_MS).bars == 0


def test_confusion_recall_precision_and_delay_by_hand() -> None:
    truth = np.array([0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1], dtype=np.int8)
    found = labels([-1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0], "A", "B")
    report = against_truth(found, truth, ("A", "B"))
    assert report.bars == 11
    assert report.confusion == ((4, 1), (4, 2))
    assert report.accuracy == pytest.approx(6 / 11)
    assert report.guessing == pytest.approx((5 * 8 + 6 * 3) / 121)
    assert report.recall == pytest.approx((4 / 5, 2 / 6))
    assert report.precision == pytest.approx((4 / 8, 2 / 3))
    # A begins again at bar 7 and is named at once; B begins at 3 (two bars late) and at 10 (never).
    assert report.delay_median == pytest.approx((0, 2))
    assert report.missed == pytest.approx((0, 0.5))


def test_a_label_may_stand_for_several_states() -> None:
    truth = np.array([0, 1, 2, 2], dtype=np.int8)
    found = labels([0, 0, 1, 0], "CALM", "WILD")
    meaning = {"CALM": ("BULL", "BEAR"), "WILD": ("STRESS",)}
    report = against_truth(found, truth, ("BULL", "BEAR", "STRESS"), meaning)
    assert report.accuracy == pytest.approx(0.75)
    assert report.recall == pytest.approx((1, 1, 0.5))
    assert report.precision == pytest.approx((2 / 3, 1))


def test_a_label_without_a_meaning_is_refused() -> None:
    with pytest.raises(BadSetting, match="CALM stands for no state"):
        against_truth(labels([0], "CALM"), np.zeros(1, dtype=np.int8), ("BULL",), {})
    with pytest.raises(BadSetting, match="CALM stands for CALM"):
        against_truth(labels([0], "CALM"), np.zeros(1, dtype=np.int8), ("BULL",))


def noise(steps: np.ndarray) -> Bars:
    close = 100 * np.exp(np.cumsum(steps))
    opened = np.concatenate(([100.0], close[:-1]))
    return Bars(
        venue="made up", symbol="ABC/USDT", timeframe="1m", ts=np.arange(len(close)) * MINUTE_MS, open=opened,
        high=np.maximum(opened, close), low=np.minimum(opened, close), close=close, volume=np.ones(len(close)),
    )  # fmt: skip


# What the specification says of this detector on noise: stress 10 % of the time by construction, sideways about 12 %,
# 80 to 106 changes of mind a day at 1m. The last holds for noise with tails like a market's; on normal noise, whose
# volatility hovers about its quantile more often, it is about 113 (by the pandas definition too).
@pytest.mark.parametrize(("tails", "flicker"), [(3, (75, 106)), (4, (80, 106)), (None, (106, 122))])
def test_on_pure_noise_trend_stress_shows_its_known_figures(tails: int | None, flicker: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    steps = rng.normal(0, 5e-4, 200_000) if tails is None else 3e-4 * rng.standard_t(tails, 200_000)
    report = describe(build("trend_stress").labels(Features(noise(steps))), MINUTE_MS)
    shares = dict(zip(report.names, report.shares, strict=True))
    assert shares["STRESS"] == pytest.approx(0.10, abs=0.01)
    assert shares["SIDEWAYS"] == pytest.approx(0.12, abs=0.015)
    assert flicker[0] <= report.changes_per_day <= flicker[1]


def test_clustered_volatility_without_any_trend_flickers_as_the_specification_says() -> None:
    market = simulate(SimulationSettings(symbols=MAJORS[:1], days=120, seed=3, edge=False))
    report = describe(build("trend_stress").labels(Features(market.bars[0])), MINUTE_MS)
    assert 80 <= report.changes_per_day <= 106
    assert dict(zip(report.names, report.shares, strict=True))["SIDEWAYS"] == pytest.approx(0.12, abs=0.015)


def test_confirmation_calms_the_flicker_on_noise() -> None:
    features = Features(noise(np.random.default_rng(3).normal(0, 5e-4, 60_000)))
    raw = build("trend_stress")
    flicker = [
        describe(detector.labels(features), MINUTE_MS).changes_per_day
        for detector in (raw, Confirmed(detector=raw, bars=10), Confirmed(detector=raw, bars=60))
    ]
    assert flicker[0] > 2 * flicker[1] > 4 * flicker[2]


@pytest.fixture(scope="module")
def market() -> SimulatedMarket:
    return simulate(SimulationSettings(symbols=MAJORS[:2], days=120, seed=4))


def judged(market: SimulatedMarket, name: str, **options: object) -> TruthReport:
    meaning = {
        "trend_stress": None,
        "volatility_cluster": {"NORMAL": ("BULL", "BEAR", "SIDEWAYS"), "CLUSTER": ("STRESS",)},
        "trending_ranging_volatile": {
            "TRENDING": ("BULL", "BEAR"), "RANGING": ("SIDEWAYS",), "VOLATILE": ("STRESS",),
        },
    }[name]  # fmt: skip
    found = build(name, **options).labels(Features(market.bars[0]))
    return against_truth(found, market.states, STATE_NAMES, meaning)


@pytest.mark.parametrize("name", ["trend_stress", "volatility_cluster", "trending_ranging_volatile"])
def test_every_detector_finds_the_true_states_better_than_its_own_labels_shuffled(
    market: SimulatedMarket, name: str
) -> None:
    report = judged(market, name)
    # Cohen's kappa: the part of what guessing gets wrong that the detector gets right.
    assert (report.accuracy - report.guessing) / (1 - report.guessing) > 0.1
    assert sum(map(sum, report.confusion)) == report.bars


def test_trend_stress_finds_each_true_state_more_often_than_it_names_it_elsewhere(market: SimulatedMarket) -> None:
    report = judged(market, "trend_stress")
    confusion = np.array(report.confusion, dtype=float)
    named = confusion / confusion.sum(axis=1, keepdims=True)
    for state in range(4):
        others = [named[other, state] for other in range(4) if other != state]
        assert named[state, state] > max(others)
    assert report.accuracy > 1.3 * report.guessing


def test_stress_is_found_within_minutes_and_sideways_within_hours(market: SimulatedMarket) -> None:
    report = judged(market, "trend_stress")
    delay = dict(zip(STATE_NAMES, report.delay_median, strict=True))
    missed = dict(zip(STATE_NAMES, report.missed, strict=True))
    # Twenty bars make a deviation, so a jump of volatility shows within them.
    assert delay["STRESS"] <= 20
    assert delay["SIDEWAYS"] <= 180
    assert missed["STRESS"] < 0.1


def test_a_longer_reference_finds_more_of_the_true_stress(market: SimulatedMarket) -> None:
    # Stress lasts hours: within 1000 bars it soon becomes its own yardstick.
    short, long = judged(market, "trend_stress"), judged(market, "trend_stress", reference=7 * 1440)
    stress = STATE_NAMES.index("STRESS")
    assert long.recall[stress] > 1.3 * short.recall[stress]
    assert long.precision[stress] > short.precision[stress]
