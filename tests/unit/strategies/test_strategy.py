"""Strategies: values whose signals see no plan parameter and no later bar."""

from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any

import numpy as np
import pytest
from tests.contracts.detector_contract import hard_bars

from tradewind.features.features import Features
from tradewind.model.errors import BadSetting
from tradewind.model.params import choice
from tradewind.model.plan import AtrDistance, LimitEntry, MarketEntry, Plan
from tradewind.model.signals import Signals
from tradewind.strategies.lr_scalper import PIVOT_DELAY, LRScalper
from tradewind.strategies.strategy import PlanParameterRead, guarded_signals, parameters, searched

BARS = hard_bars(11, 3000)
SCALPERS = [
    LRScalper(mode=mode, lookback=lookback, entry_z=z, vol_period=period)  # type: ignore[arg-type]
    for mode in ("lr_snapshot", "no_lr_snapshot", "lr_pivot_strict")
    for lookback, z, period in ((60, 1.5, 20), (180, 2.0, 240))
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peeking:
    """Declares its stop as the plan's alone and reads it for its signals."""

    stop_atr: float = choice(1.0, 2.0, exit=True)
    lookback: int = choice(3, 4)

    def signals(self, features: Features) -> Signals:
        return Signals(np.full(len(features), int(self.stop_atr), np.int8))

    @property
    def plan(self) -> Plan:
        return Plan(stop=AtrDistance(3, self.stop_atr), target=AtrDistance(3, 1.0), hold=5)


class PeekingAtThePlan(Peeking):
    def signals(self, features: Features) -> Signals:
        return Signals(np.full(len(features), self.plan.hold, np.int8))


@pytest.mark.parametrize(("strategy", "name"), [(Peeking(), "stop_atr"), (PeekingAtThePlan(), "plan")])
def test_signals_that_read_a_plan_parameter_are_refused(strategy: Peeking, name: str) -> None:
    with pytest.raises(PlanParameterRead, match=f"signals read {name}"):
        guarded_signals(strategy, Features(BARS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """Says whatever it is given."""

    said: Any = None
    lookback: int = choice(3, 4)

    def signals(self, features: Features) -> Signals:
        said: Signals = self.said
        return said

    @property
    def plan(self) -> Plan:
        return Plan(stop=AtrDistance(3, 1.0), target=AtrDistance(3, 1.0), hold=5)


LONG = np.ones(len(BARS), np.int8)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (None, "signals of Saying are of the type NoneType"),
        (LONG, "signals of Saying are of the type ndarray"),
        (Signals(LONG[:-1]), r"direction of Saying has shape \(2999,\) on 3000 bars"),
        (Signals(LONG[:, None]), r"direction of Saying has shape \(3000, 1\)"),
        (Signals(np.sign(np.linspace(-1, 1, len(BARS)))), "direction of Saying is float64, not int8"),
        (Signals(LONG.astype(np.int64)), "direction of Saying is int64, not int8"),
        (Signals(LONG * np.int8(2)), "direction of Saying goes from 2 to 2"),
        (Signals(LONG * np.int8(-128)), "direction of Saying goes from -128 to -128"),
    ],
)
def test_signals_that_are_not_one_direction_per_bar_never_reach_compiled_code(said: Any, problem: str) -> None:
    with pytest.raises(BadSetting, match=problem):
        guarded_signals(Saying(said=said), Features(BARS))
    if isinstance(said, Signals):
        made_later = guarded_signals(Saying(said=Signals(lambda: said.direction)), Features(BARS))
        with pytest.raises(BadSetting, match=problem):
            _ = made_later.direction


@pytest.mark.parametrize("at_signals", [np.nan, 1.5, -0.1])
def test_confidence_is_a_number_from_0_to_1_wherever_there_is_a_signal(at_signals: float) -> None:
    direction = np.where(np.arange(len(BARS)) == 7, 1, 0).astype(np.int8)
    confidence = np.full(len(BARS), np.nan)
    confidence[7] = 1.0
    known = guarded_signals(Saying(said=Signals(direction, lambda: confidence)), Features(BARS)).confidence
    assert known is not None
    assert known()[7] == 1.0
    confidence[7] = at_signals
    with pytest.raises(BadSetting, match="confidence of Saying is no number from 0 to 1"):
        known()


def test_directions_with_gaps_in_memory_are_laid_side_by_side() -> None:
    every_other = np.zeros(2 * len(BARS), np.int8)
    every_other[::2] = LONG
    direction = guarded_signals(Saying(said=Signals(every_other[::2])), Features(BARS)).direction
    assert direction.flags.c_contiguous
    assert np.array_equal(direction, LONG)


@pytest.mark.parametrize("scalper", SCALPERS, ids=repr)
def test_guarded_signals_are_the_signals_and_the_same_whatever_the_plan(scalper: LRScalper) -> None:
    features = Features(BARS)
    signals = guarded_signals(scalper, features).direction
    assert np.array_equal(signals, scalper.signals(features).direction)
    other = replace(scalper, atr_period=21, stop_atr=3.0, target_atr=3.0, hold=5, exit_on_opposite=True)
    assert np.array_equal(signals, other.signals(Features(BARS)).direction)
    assert signals.dtype == np.int8
    assert set(np.unique(signals).tolist()) == {-1, 0, 1}


@pytest.mark.parametrize("scalper", SCALPERS, ids=repr)
def test_signals_are_equal_on_truncated_data(scalper: LRScalper) -> None:
    whole = scalper.signals(Features(BARS)).direction
    for end in (1, 50, 400, 1777, 2999):
        assert np.array_equal(scalper.signals(Features(BARS.rows(0, end))).direction, whole[:end])


@pytest.mark.parametrize("scalper", SCALPERS, ids=repr)
def test_signals_forget_what_is_older_than_their_windows(scalper: LRScalper) -> None:
    whole = scalper.signals(Features(BARS)).direction
    window = max(scalper.lookback, scalper.vol_period) + 63 + 2 * PIVOT_DELAY
    for start in (1, 333, 1500):
        late = scalper.signals(Features(BARS.rows(start, len(BARS)))).direction
        assert np.array_equal(late[window:], whole[start + window :])


@pytest.mark.parametrize("lookback", [60, 180])
def test_a_higher_threshold_signals_at_fewer_bars_and_never_at_another(lookback: int) -> None:
    features = Features(BARS)
    near = LRScalper(lookback=lookback, entry_z=1.5).signals(features).direction
    far = LRScalper(lookback=lookback, entry_z=2.5).signals(features).direction
    assert 0 < np.count_nonzero(far) < np.count_nonzero(near)
    assert np.array_equal(far[far != 0], near[far != 0])


def test_the_scalper_buys_below_its_line_on_volume_and_sells_above() -> None:
    features = Features(BARS)
    z, gate = features.mean_z(60), features.volume_gate(20)
    expected = np.where(gate & (z < -2), 1, np.where(gate & (z > 2), -1, 0))
    assert np.array_equal(LRScalper(mode="no_lr_snapshot", entry_z=2.0).signals(features).direction, expected)


def test_the_pivot_mode_signals_where_a_swing_is_confirmed_with_the_figures_of_the_swing() -> None:
    features = Features(BARS)
    z, gate = features.regression_z(60), features.volume_gate(20)
    expected = np.zeros(len(BARS), np.int8)
    for t in range(PIVOT_DELAY, len(BARS)):
        long = features.pivot_low()[t] and z[t - 3] < -1.5
        short = features.pivot_high()[t] and z[t - 3] > 1.5
        if gate[t - 3] and long != short:
            expected[t] = 1 if long else -1
    assert np.array_equal(LRScalper(mode="lr_pivot_strict").signals(features).direction, expected)


def test_the_plan_is_made_of_the_parameters() -> None:
    scalper = LRScalper(atr_period=14, stop_atr=1.5, target_atr=2.0, hold=7, exit_on_regime_change=True)
    assert scalper.plan == Plan(
        stop=AtrDistance(14, 1.5), target=AtrDistance(14, 2.0), hold=7, exit_on_regime_change=True
    )
    assert scalper.name == "lr_snapshot|lb60|atr14"


def test_a_strategy_is_a_frozen_value_whose_parameters_have_names() -> None:
    scalper = LRScalper(lookback=90)
    assert scalper == LRScalper(lookback=90) != LRScalper()
    assert hash(scalper) == hash(LRScalper(lookback=90))
    with pytest.raises(FrozenInstanceError):
        scalper.lookback = 60  # type: ignore[misc]
    assert list(parameters(scalper)) == [
        "mode", "lookback", "entry_z", "vol_period", "atr_period", "stop_atr", "target_atr", "hold",
        "exit_on_opposite", "exit_on_regime_change", "entry_expiry", "limit_target",
    ]  # fmt: skip
    assert [name for name, c in searched(LRScalper).items() if c.exit] == ["atr_period", "stop_atr", "target_atr"]


def test_the_scalper_takes_unless_it_is_told_to_rest_its_orders() -> None:
    taker, maker = LRScalper().plan, LRScalper(entry_expiry=3, limit_target=True).plan
    assert (taker.entry, taker.target_order, taker.plain) == (MarketEntry(), "market", True)
    assert (maker.entry, maker.target_order, maker.plain) == (LimitEntry(3), "limit", False)
    assert (maker.stop, maker.target, maker.hold) == (taker.stop, taker.target, taker.hold)
    with pytest.raises(BadSetting, match="expires after -1 bars"):
        _ = LRScalper(entry_expiry=-1).plan
