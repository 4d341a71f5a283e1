"""Plans that make no sense are refused; what a plan says of itself."""

import math

import numpy as np
import pytest

from tradewind.model.errors import BadSetting
from tradewind.model.plan import (
    AtrDistance,
    BreakoutEntry,
    LimitEntry,
    Partial,
    Plan,
    PriceFraction,
    TrailStage,
)

STOP, TARGET = AtrDistance(14, 2.0), AtrDistance(14, 3.0)
MINUTE_MS = 60_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"hold": 0},
        {"target": AtrDistance(7, 1.0)},
        {"trail": (TrailStage(1.0, AtrDistance(7, 1.0)),)},
        {"trail": (TrailStage(2.0), TrailStage(1.0))},
        {"trail": (TrailStage(0.0),)},
        {"partials": (Partial(1.0, 0.5), Partial(1.0, 0.2))},
        {"partials": (Partial(1.0, 0.5), Partial(2.0, 0.5))},
        {"partials": (Partial(1.0, 0.0),)},
    ],
)
def test_senseless_plans_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadSetting):
        Plan(**{"stop": STOP, "target": TARGET, "hold": 60, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [lambda: PriceFraction(0.0), lambda: LimitEntry(0), lambda: BreakoutEntry(up=0.9)])
def test_senseless_parts_of_plans_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(BadSetting):
        make()


def test_a_plan_reaches_as_far_as_its_entry_may_wait_and_its_trade_may_last() -> None:
    plan = Plan(stop=STOP, target=TARGET, hold=60)
    assert plan.reach_bars(MINUTE_MS) == 61
    assert Plan(stop=STOP, target=TARGET, hold=60, entry=LimitEntry(5)).reach_bars(MINUTE_MS) == 66
    assert Plan(stop=STOP, target=TARGET, hold=60, entry=BreakoutEntry(hours=24)).reach_bars(MINUTE_MS) == 1501


def test_only_market_entries_with_one_stop_and_target_are_plain() -> None:
    assert Plan(stop=STOP, target=TARGET, hold=60).plain
    assert not Plan(stop=STOP, target=None, hold=60).plain
    assert not Plan(stop=STOP, target=TARGET, hold=60, target_order="limit").plain
    assert not Plan(stop=PriceFraction(0.02), target=PriceFraction(0.04), hold=60).plain
    assert Plan(stop=PriceFraction(0.02), target=PriceFraction(0.04), hold=60).atr_period is None


def test_bars_are_whole_numbers_of_python_whoever_counted_them() -> None:
    plan = Plan(stop=STOP, target=TARGET, hold=np.int64(20), entry=LimitEntry(np.int16(3)))  # type: ignore[arg-type]
    assert (type(plan.hold), plan.hold) == (int, 20)
    assert isinstance(plan.entry, LimitEntry)
    assert (type(plan.entry.expiry), plan.entry.expiry) == (int, 3)
    for hold in (2.5, math.nan, math.inf):
        with pytest.raises(BadSetting, match="whole numbers"):
            Plan(stop=STOP, target=TARGET, hold=hold)  # type: ignore[arg-type]
