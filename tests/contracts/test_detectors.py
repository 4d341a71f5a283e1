"""Every registered detector, with its options, confirmed and mapped, keeps the contract; a leak does not."""

from dataclasses import dataclass

import numpy as np
import pytest
from tests.contracts.detector_contract import ContractBroken, check_detector, hard_bars

from tradewind.features.features import Features
from tradewind.model.regimes import Labels
from tradewind.regimes.confirmation import Confirmed, Mapped
from tradewind.regimes.registry import DETECTORS, build

OPTIONS: tuple[tuple[str, dict[str, object]], ...] = (
    *((name, {}) for name in DETECTORS),
    ("trend_stress", {"exclude_current": True}),
    ("trend_stress", {"reference": 2880}),
    ("trend_stress", {"reference": 200}),
    ("trend_stress", {"leave_quantile": 0.7}),
    ("trend_stress", {"enter_quantile": 0.95, "leave_quantile": 0.95, "exclude_current": True}),
    ("volatility_cluster", {"period": 60, "reference": 300, "threshold": 1.5}),
    ("trending_ranging_volatile", {"adx_period": 14, "efficiency_period": 30, "quantile": 0.8, "reference": 500}),
    ("trending_ranging_volatile", {"adx_period": 900, "efficiency_period": 2000}),
)


def named(option: tuple[str, dict[str, object]]) -> str:
    name, settings = option
    return " ".join([name, *(f"{key}={value}" for key, value in settings.items())])


@pytest.mark.parametrize("option", OPTIONS, ids=named)
def test_a_registered_detector_keeps_the_contract(option: tuple[str, dict[str, object]]) -> None:
    name, settings = option
    check_detector(build(name, **settings), hard_bars(seed=7, count=6000), seed=1)


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("bars", [1, 5, 60])
def test_a_confirmed_detector_keeps_the_contract(name: str, bars: int) -> None:
    inner = build(name)
    confirmed = Confirmed(detector=inner, bars=bars, bypass=inner.names[-1:])
    # Sixty equal bars in a row may not have come yet, so such a detector may be at a loss for a while.
    check_detector(confirmed, hard_bars(seed=8, count=6000), seed=2, always_known=bars < 60)


def test_a_mapped_detector_keeps_the_contract() -> None:
    table = {"TRENDING": "BULL", "RANGING": "SIDEWAYS", "VOLATILE": "STRESS"}
    mapped = Mapped(
        detector=build("trending_ranging_volatile"), table=table, names=("BULL", "BEAR", "SIDEWAYS", "STRESS")
    )
    check_detector(mapped, hard_bars(seed=9, count=5000), seed=3)


@dataclass(frozen=True)
class WholeSeriesCluster:
    """The well-known mistake: mean and deviation of volatility over the whole series, the future included."""

    name: str = "whole_series_cluster"
    names: tuple[str, ...] = ("NORMAL", "CLUSTER")
    window: int = 84

    def labels(self, features: Features) -> Labels:
        volatility = features.volatility(20)
        known = volatility[self.window - 1 :]
        labels = np.full(len(volatility), -1, dtype=np.int8)
        if len(known) > 1:
            labels[self.window - 1 :] = (known - known.mean()) / known.std(ddof=1) > 2.0
        return Labels(labels, self.names)


@dataclass(frozen=True)
class RememberingTrend:
    """Another mistake: a mean that never forgets, so that a process started later sees other labels."""

    name: str = "remembering_trend"
    names: tuple[str, ...] = ("DOWN", "UP")
    window: int = 200

    def labels(self, features: Features) -> Labels:
        mean = np.cumsum(features.close) / np.arange(1, len(features) + 1)
        labels = np.where(features.close > mean, 1, 0).astype(np.int8)
        labels[: self.window - 1] = -1
        return Labels(labels, self.names)


def test_the_contract_catches_the_detector_that_takes_its_scale_from_the_whole_series() -> None:
    with pytest.raises(ContractBroken, match="looks ahead"):
        check_detector(WholeSeriesCluster(), hard_bars(seed=7, count=6000), seed=1)


def test_the_contract_catches_the_detector_that_remembers_where_it_began() -> None:
    with pytest.raises(ContractBroken, match="remembers"):
        check_detector(RememberingTrend(), hard_bars(seed=7, count=6000), seed=1)


def test_the_contract_catches_labels_given_before_the_window_is_full() -> None:
    @dataclass(frozen=True)
    class Eager(WholeSeriesCluster):
        window: int = 90

        def labels(self, features: Features) -> Labels:
            return WholeSeriesCluster().labels(features)

    with pytest.raises(ContractBroken, match="UNKNOWN"):
        check_detector(Eager(), hard_bars(seed=7, count=6000), seed=1)
