"""Building detectors by name, and what is refused."""

import pytest

from tradewind.model.errors import BadSetting
from tradewind.regimes.confirmation import Confirmed, Mapped
from tradewind.regimes.registry import DETECTORS, build


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_is_registered_under_its_own_name(name: str) -> None:
    detector = build(name)
    assert detector.name == name
    assert detector == build(name)
    assert len(set(detector.names)) == len(detector.names)


def test_trend_stress_needs_a_thousand_bars_and_the_rest_of_a_block() -> None:
    # 1000 closes, and 63 more because sums start fresh at blocks of 64 bars: below the 1,100 bars a live process has.
    assert build("trend_stress").window == 1063
    assert build("trend_stress", exclude_current=True).window == 1063
    assert build("trend_stress", reference=10_080).window == 10_143
    assert build("trend_stress", leave_quantile=0.8).window == 1063 + 999


def test_confirmation_needs_its_memory_on_top() -> None:
    assert Confirmed(detector=build("trend_stress"), bars=5).window == 1063 + 999


def test_an_unknown_detector_is_refused_with_the_known_names() -> None:
    with pytest.raises(BadSetting, match=r"'trend'.*trend_stress, volatility_cluster, trending_ranging_volatile"):
        build("trend")


def test_an_unknown_option_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadSetting, match=r"'refrence'.*exclude_current, reference, enter_quantile, leave_quantile"):
        build("trend_stress", refrence=10_080)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("trend_stress", {"reference": "long"}),
        ("trend_stress", {"reference": 1000.5}),
        ("trend_stress", {"reference": True}),
        ("trend_stress", {"reference": 20}),
        ("trend_stress", {"exclude_current": 1}),
        ("trend_stress", {"enter_quantile": 1.0}),
        ("trend_stress", {"enter_quantile": None}),
        ("trend_stress", {"leave_quantile": 0.95}),
        ("volatility_cluster", {"threshold": -1.0}),
        ("volatility_cluster", {"period": 1}),
        ("trending_ranging_volatile", {"adx_min": 100.0}),
        ("trending_ranging_volatile", {"efficiency_period": 0}),
    ],
)
def test_senseless_values_are_refused(name: str, options: dict[str, object]) -> None:
    with pytest.raises(BadSetting):
        build(name, **options)


def test_whole_numbers_and_none_are_accepted_where_they_make_sense() -> None:
    assert build("volatility_cluster", threshold=3) is not None
    assert build("trend_stress", leave_quantile=None) == build("trend_stress")


def test_a_confirmation_the_memory_cannot_hold_is_refused() -> None:
    with pytest.raises(BadSetting, match="1001"):
        Confirmed(detector=build("trend_stress"), bars=1001)
    with pytest.raises(BadSetting, match="PANIC"):
        Confirmed(detector=build("trend_stress"), bars=3, bypass=("PANIC",))


def test_a_table_that_forgets_a_label_or_points_nowhere_is_refused() -> None:
    cluster = build("volatility_cluster")
    with pytest.raises(BadSetting, match="CLUSTER"):
        Mapped(detector=cluster, table={"NORMAL": "CALM"}, names=("CALM",))
    with pytest.raises(BadSetting, match="WILD"):
        Mapped(detector=cluster, table={"NORMAL": "CALM", "CLUSTER": "WILD"}, names=("CALM",))
