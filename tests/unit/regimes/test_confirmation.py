"""Confirmed and mapped detectors on top of a real one."""

import numpy as np
from tests.contracts.detector_contract import hard_bars

from tradewind.features.features import Features
from tradewind.regimes.confirmation import Confirmed, Mapped
from tradewind.regimes.registry import build


def test_raw_and_effective_labels_are_both_kept() -> None:
    features = Features(hard_bars(seed=5, count=4000))
    inner = build("trend_stress")
    both = Confirmed(detector=inner, bars=5, bypass=("STRESS",)).both(features)
    assert np.array_equal(both.raw.values, inner.labels(features).values)
    known = both.effective.values >= 0
    stress = inner.names.index("STRESS")
    assert (both.effective.values[known & (both.raw.values == stress)] == stress).all()
    assert (both.effective.values != both.raw.values)[known].any()


def test_a_confirmation_over_one_bar_changes_nothing_but_the_start() -> None:
    features = Features(hard_bars(seed=5, count=4000))
    confirmed = Confirmed(detector=build("trend_stress"), bars=1)
    both = confirmed.both(features)
    known = slice(confirmed.window - 1, None)
    assert np.array_equal(both.effective.values[known], both.raw.values[known])


def test_a_table_renumbers_labels_and_may_make_them_unknown() -> None:
    features = Features(hard_bars(seed=6, count=4000))
    inner = build("trend_stress")
    table = {"BULL": "TREND", "BEAR": "TREND", "SIDEWAYS": "RANGE", "STRESS": "UNKNOWN"}
    mapped = Mapped(detector=inner, table=table, names=("RANGE", "TREND"))
    expected = np.array([1, 1, 0, -1, -1])[inner.labels(features).values]
    assert np.array_equal(mapped.labels(features).values, expected)
    assert mapped.labels(features).values.dtype == np.int8
    assert mapped.window == inner.window


def test_editing_the_table_afterwards_changes_nothing() -> None:
    table = {"NORMAL": "CALM", "CLUSTER": "CALM"}
    mapped = Mapped(detector=build("volatility_cluster"), table=table, names=("CALM",))
    table["CLUSTER"] = "UNKNOWN"
    assert mapped.table["CLUSTER"] == "CALM"
