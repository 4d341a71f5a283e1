"""The space: how many configurations, which number is which, and which lists are refused."""

import hashlib
from itertools import product
from typing import Any

import pytest
from tests.unit.search.small import Coin

from tradewind.model.errors import BadSetting
from tradewind.search.space import Space
from tradewind.strategies.lr_scalper import LRScalper
from tradewind.strategies.strategy import parameters

WHOLE = Space.of(LRScalper)


def test_the_scalper_has_12288_configurations() -> None:
    assert len(WHOLE) == 3 * 4**6 == 12_288
    assert (WHOLE.signals, WHOLE.plans) == (192, 64)


def test_every_number_is_one_configuration_and_every_configuration_has_a_number() -> None:
    seen = {tuple(WHOLE.searched_at(number).items()) for number in range(len(WHOLE))}
    lists = {**WHOLE.signal_values, **WHOLE.exit_values}
    assert seen == {tuple(zip(lists, values, strict=True)) for values in product(*lists.values())}


def test_numbers_run_over_plans_slowly_and_over_the_last_parameter_fast() -> None:
    assert WHOLE.searched_at(0) == {
        "mode": "lr_snapshot", "lookback": 60, "entry_z": 1.5, "vol_period": 20,
        "atr_period": 7, "stop_atr": 1.0, "target_atr": 1.0,
    }  # fmt: skip
    assert WHOLE.searched_at(1)["vol_period"] == 60
    assert WHOLE.searched_at(191) == {
        **WHOLE.searched_at(0), "mode": "lr_pivot_strict", "lookback": 180, "entry_z": 3.0, "vol_period": 240
    }  # fmt: skip
    assert WHOLE.searched_at(192) == {**WHOLE.searched_at(0), "target_atr": 1.5}
    assert WHOLE.searched_at(12_287)["atr_period"] == 21


def test_plans_and_signals_are_listed_in_the_order_of_numbers() -> None:
    assert [s.plan for s in WHOLE.plan_strategies()] == [WHOLE.strategy_at(p * 192 + 5).plan for p in range(64)]
    firsts = [{**parameters(s), **WHOLE.searched_at(0 * 192 + n)} for n, s in enumerate(WHOLE.signal_strategies())]
    assert firsts == [parameters(s) for s in WHOLE.signal_strategies()]


def test_an_identity_is_equal_in_every_space_that_holds_the_configuration_and_differs_between_any_two() -> None:
    identities = [WHOLE.identity(number) for number in range(0, len(WHOLE), 7)]
    assert len(set(identities)) == len(identities)
    small = Space.of(LRScalper, {"lookback": (90, 120), "mode": ("no_lr_snapshot",)}, {"entry_z": 2.0, "hold": 60})
    for number in (0, 3, len(small) - 1):
        wanted = {**small.searched_at(number), "entry_z": 2.0}
        same = next(n for n in range(len(WHOLE)) if WHOLE.searched_at(n) == wanted)
        assert small.identity(number) == WHOLE.identity(same)
    assert Space.of(LRScalper, fixed={"hold": 61}).identity(0) != WHOLE.identity(0)
    assert all(0 <= identity < 2**64 for identity in identities)


def test_an_identity_is_made_of_all_parameters_and_the_same_on_every_machine() -> None:
    text = (
        '["LRScalper", [["atr_period", 7], ["entry_expiry", 0], ["entry_z", 1.5], ["exit_on_opposite", false], '
        '["exit_on_regime_change", false], ["hold", 60], ["limit_target", false], ["lookback", 60], '
        '["mode", "lr_snapshot"], ["stop_atr", 1.0], ["target_atr", 1.0], ["vol_period", 20]]]'
    )
    assert WHOLE.identity(0) == int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def test_whole_numbers_may_stand_for_floats_and_are_the_same_configuration() -> None:
    whole = Space.of(LRScalper, {"stop_atr": [1, 2]}, {"entry_z": 2})
    written = Space.of(LRScalper, {"stop_atr": [1.0, 2.0]}, {"entry_z": 2.0})
    assert [whole.identity(n) for n in range(len(whole))] == [written.identity(n) for n in range(len(written))]
    with pytest.raises(BadSetting, match="repeats"):
        Space.of(LRScalper, {"stop_atr": [1, 1.0]})


def test_lists_and_fixed_values_replace_the_declared_ones() -> None:
    space = Space.of(LRScalper, {"lookback": [60], "stop_atr": [1, 2.5]}, {"mode": "no_lr_snapshot", "hold": 30})
    assert len(space) == 4 * 4 * 4 * 2 * 4
    strategy: Any = space.strategy_at(0)
    assert (strategy.mode, strategy.lookback, strategy.hold) == ("no_lr_snapshot", 60, 30)
    assert space.described()["configurations"] == 512
    assert space.described()["fixed"] == {"mode": "no_lr_snapshot", "hold": 30}


@pytest.mark.parametrize(
    ("lists", "fixed", "problem"),
    [
        ({"loockback": [60]}, {}, "no parameter 'loockback'"),
        ({}, {"colour": 1}, "no parameter 'colour'"),
        ({"hold": [30, 60]}, {}, "hold of LRScalper is not searched"),
        ({"lookback": []}, {}, "empty"),
        ({"lookback": [60, 60]}, {}, "repeats"),
        ({"lookback": ["60"]}, {}, "another kind"),
        ({"mode": [1]}, {}, "another kind"),
        ({"mode": ["lr_snapshot", "lr_snapshots"]}, {}, "does not know"),
        ({"lookback": [True]}, {}, "another kind"),
        ({"lookback": [60.5]}, {}, "another kind"),
        ({"stop_atr": [float("nan")]}, {}, "another kind"),
        ({}, {"mode": "lr_snapshots"}, "does not know"),
        ({}, {"lookback": "60"}, "another kind"),
        ({}, {"hold": "60"}, "another kind"),
        ({}, {"exit_on_opposite": 1}, "another kind"),
    ],
)
def test_wrong_lists_and_values_are_refused(lists: dict[str, list[Any]], fixed: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadSetting, match=problem):
        Space.of(LRScalper, lists, fixed)


def test_a_value_that_makes_no_plan_is_refused() -> None:
    with pytest.raises(BadSetting, match="positive"):
        [strategy.plan for strategy in Space.of(Coin, {"stop_atr": (1.0, 0.0)}).plan_strategies()]
