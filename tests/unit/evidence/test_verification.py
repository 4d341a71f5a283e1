"""The comparison itself: what counts as different, which bars are cut at, and how a reach is measured."""

from collections.abc import Mapping

import numpy as np
import pytest
from tests.contracts.feature_bars import gappy_bars

from tradewind.evidence.recording import Subject, is_registered, scale_of, unequal
from tradewind.evidence.verification import verify
from tradewind.features.features import Features
from tradewind.features.spec import AnyArray
from tradewind.model.errors import BadSetting, WrongUse

BARS = gappy_bars(6000, seed=9)


def subject(says: object, window: int = 1) -> Subject:
    return Subject("strategy", "made", {}, window, says)  # type: ignore[arg-type]


def shifted(bars: int) -> Subject:
    """Says of each bar the close so many bars later, the last close where there is none."""

    def says(features: Features) -> Mapping[str, AnyArray]:
        later = np.minimum(np.arange(len(features)) + bars, len(features) - 1)
        return {"value": features.close[later]}

    return subject(says)


@pytest.mark.parametrize("bars", [1, 2, 3, 17, 400])
def test_a_value_from_so_many_bars_later_needs_exactly_so_many(bars: int) -> None:
    (found,) = verify(shifted(bars), BARS, samples=10, seed=1).findings
    assert (found.kind, found.feature, found.needed, found.to_end) == ("ahead", None, bars, False)
    assert found.sampled == 10
    whole, part = found.values["value"]
    assert whole == BARS.close[found.bar + bars] != part


@pytest.mark.parametrize("bars", [1099, 1100, 1400])
def test_a_value_from_so_many_bars_before_needs_one_more(bars: int) -> None:
    def says(features: Features) -> Mapping[str, AnyArray]:
        value = np.full(len(features), np.nan)
        value[bars:] = features.close[:-bars]
        return {"value": value}

    found = verify(subject(says), BARS, samples=10, seed=1).findings
    assert [(one.kind, one.needed, one.to_end) for one in found] == (
        [] if bars < 1100 else [("start-up", bars + 1, False)]
    )
    assert verify(subject(says, window=bars + 1), BARS, samples=10, seed=1).findings == ()


def test_half_of_the_cuts_are_where_the_output_changes() -> None:
    def says(features: Features) -> Mapping[str, AnyArray]:
        return {"direction": (features.ts // 60_000 % 500 < 250).astype(np.int8)}

    done = verify(subject(says), BARS, samples=21, seed=4)
    assert (done.sampled, done.sampled_at_changes) == (21, 11)
    assert done.findings == ()


def test_fewer_than_two_live_windows_of_bars_are_refused() -> None:
    with pytest.raises(WrongUse, match="at least 2200"):
        verify(shifted(1), BARS.rows(0, 2199), samples=2, seed=1)
    assert verify(shifted(1), BARS.rows(0, 2200), samples=2, seed=1).live_bars == 1100


def test_rounding_is_no_difference_and_what_is_no_number_must_be_the_same() -> None:
    one = np.array([1.0, 1.0, np.nan, np.nan, np.inf, np.inf, 0.0])
    other = np.array([1.0 + 1e-12, 1.0 + 1e-6, np.nan, 0.0, np.inf, -np.inf, 1e-13])
    assert unequal(one, other, scale_of(one)).tolist() == [False, True, False, True, False, True, False]
    assert unequal(np.array([1, -1], np.int8), np.array([1, 1], np.int8), 1.0).tolist() == [False, True]


def test_a_small_number_is_compared_with_the_usual_size_of_its_series() -> None:
    tiny = np.array([1e-7, 2e-7, 3e-7])
    assert unequal(tiny, tiny + np.array([0, 1e-18, 1e-12]), scale_of(tiny)).tolist() == [False, False, True]


def test_a_label_tells_whether_its_feature_is_registered() -> None:
    assert is_registered("bollinger_upper(period=20, width=2.0)")
    assert not is_registered("mine.score(width=2)")


def test_confidence_on_some_bars_only_is_refused() -> None:
    def says(features: Features) -> Mapping[str, AnyArray]:
        said: dict[str, AnyArray] = {"direction": np.sign(features.close - features.open).astype(np.int8)}
        return said if len(features) < 3000 else {**said, "confidence": features.close / features.close}

    with pytest.raises(BadSetting, match="made gives confidence on some bars only"):
        verify(subject(says), BARS, samples=10, seed=1)


def test_an_inner_feature_is_at_fault_even_where_it_is_first_seen_at_a_later_cut() -> None:
    def says(features: Features) -> Mapping[str, AnyArray]:
        def later() -> AnyArray:
            # It looks a bar ahead on few bars only, so at most cuts it is innocent; its user always looks ahead.
            wild = features.ts // 60_000 % 3 == 0
            return np.where(wild, np.r_[features.close[1:], 1.0], features.close)

        def made_of_it() -> AnyArray:
            inner = features.shared("own.inner", later)
            return inner + np.r_[features.open[2:], 1.0, 1.0]

        return {"value": features.shared("own.outer", made_of_it)}

    found = verify(subject(says), BARS, samples=30, seed=1).findings
    assert [(one.feature, one.needed) for one in found if one.kind == "ahead"] == [
        ("own.inner()", 1),
        ("own.outer()", 2),
    ]
