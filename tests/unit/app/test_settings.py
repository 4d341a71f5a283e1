"""Presets: what is refused, in one line that names the key, and a user's own strategy files."""

from pathlib import Path

import pytest

from tradewind.app.settings import read_preset
from tradewind.model.errors import BadSetting

SCALPER = Path("scalper")
GOOD = """
from dataclasses import dataclass
import numpy as np
from tradewind.model.params import choice
from tradewind.model.plan import AtrDistance, Plan
from tradewind.model.signals import Signals

@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    every: int = choice(10, 20)
    hold: int = choice(5, 10, exit=True)

    def signals(self, features):
        return Signals((np.arange(len(features)) % self.every == 0).astype(np.int8))

    @property
    def plan(self):
        return Plan(stop=AtrDistance(14, 2.0), target=AtrDistance(14, 2.0), hold=self.hold)
"""


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("nosuch=1", "--set nosuch is no setting. Known here: name, description"),
        ("costs.nosuch=1", "--set costs.nosuch is no setting. Known here: taker_fee"),
        ('detectors=[{name="trend_stress", nosuch=1}]', "detectors.0.nosuch is no setting. Known here: name, options"),
        ("costs=1", "--set costs is 1, not a table of settings"),
        ("costs.taker_fee=abc", "--set costs.taker_fee is 'abc'"),
        ('costs.taker_fee="0.1"', "--set costs.taker_fee is '0.1'"),
        ("costs.taker_fee=true", "--set costs.taker_fee is 'True'"),
        ("costs.taker_fee=nan", "--set costs.taker_fee is 'nan'"),
        ("costs.slippage_bps=inf", "--set costs.slippage_bps is 'inf'"),
        ("costs.taker_fee=-0.1", "costs.taker_fee is negative"),
        ("costs.taker_fee=0.5", "a fee above 1 %"),
        ("costs.slippage_bps=20000.0", "surely a mistake"),
        ("costs.half_spread_bps=1000.5", "surely a mistake"),
        ("costs.taker_fee.deep=1", "taker_fee holds no settings"),
        ("nothing", "is no key=value"),
        ("=1", "is no key=value"),
        ('name="../evil"', "--set name is '../evil'"),
        ('name=""', "--set name is ''"),
        ('market.venue="../x"', "--set market.venue is '../x'"),
        ('market.symbols=["BTCUSDT"]', "'BTCUSDT' is not a symbol"),
        ('market.symbols=["BTC/USDT", "BTC/USDT"]', "names a symbol twice"),
        ("market.symbols=[]", "market.symbols"),
        ('market.timeframe="7m"', "use one of 1m, 5m"),
        ('market.trade_as="swap"', "'perpetual' or 'spot'"),
        ('market.ticks={"BTC/USDT"=-1}', "market.ticks.BTC/USDT"),
        ("walk_forward.in_sample_days=0", "--set walk_forward.in_sample_days is '0'"),
        ("walk_forward.step_days=7.5", "--set walk_forward.step_days is '7.5'"),
        ('walk_forward.step="7.5d"', "--set walk_forward.step is '7.5d': write a duration as"),
        ('walk_forward.step="0h"', "--set walk_forward.step is '0h'"),
        ('walk_forward.in_sample="500 days"', "--set walk_forward.in_sample is '500 days'"),
        ("walk_forward.out_of_sample=7", "--set walk_forward.out_of_sample is '7'"),
        ("hold_out.share=0.9", "--set hold_out.share is '0.9'"),
        ("search.exact_masks=1", "--set search.exact_masks is '1'"),
        ("search.seed=-1", "--set search.seed is '-1'"),
        ("detectors=[]", "--set detectors"),
        ('detectors=[{name="nope"}]', "unknown detector 'nope'"),
        ('detectors=[{name="trend_stress", options={nope=1}}]', "has no option 'nope'"),
        ('detectors=[{name="trend_stress", bypass=["STRESS"]}]', "does nothing without confirm_bars"),
        ('detectors=[{name="trend_stress", confirm_bars=3, bypass=["NOPE"]}]', "NOPE"),
        ('detectors=[{name="trend_stress"}, {name="trend_stress"}]', "same detector"),
        ('strategy.name="nope"', "unknown strategy 'nope'"),
        ('strategy.file="x.py"', "not both"),
    ],
)
def test_a_bad_setting_is_refused_in_one_line_that_names_it(override: str, says: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read_preset(SCALPER, [override])
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 78


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("strategy.values.nope=[1]", "no parameter 'nope'"),
        ("strategy.values.lookback=[]", "lookback is empty"),
        ("strategy.values.lookback=[60, 60]", "repeats a value"),
        ('strategy.values.lookback=["a"]', "lookback = 'a'"),
        ('strategy.values.mode=["nope"]', "mode = 'nope'"),
        ("strategy.values.hold=[1]", "hold of LRScalper is not searched"),
        ("strategy.fixed.nope=1", "no parameter 'nope'"),
    ],
)
def test_a_parameter_the_strategy_does_not_have_is_refused(override: str, says: str) -> None:
    with pytest.raises(BadSetting, match=says):
        read_preset(SCALPER, [override]).space()


def test_a_missing_key_in_a_file_is_named_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\ndetectors = [{name = "trend_stress"}]\n')
    with pytest.raises(BadSetting, match=r"mine\.toml: strategy is missing"):
        read_preset(path)


@pytest.mark.parametrize("content", [b"not toml", b"\xff\xfe"])
def test_what_is_not_toml_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(BadSetting, match=r"mine\.toml cannot be read as TOML"):
        read_preset(path)


def test_a_preset_that_is_not_there_lists_the_shipped_ones(tmp_path: Path) -> None:
    for missing in (tmp_path / "x.toml", tmp_path, Path("nope"), Path()):
        with pytest.raises(BadSetting, match=r"there is no preset .*scalper"):
            read_preset(missing)


def test_a_shipped_preset_is_found_by_name_and_by_path() -> None:
    assert read_preset(Path("scalper")) == read_preset(Path("presets/scalper.toml"))
    assert len(read_preset(SCALPER).space()) == 12_288


def test_the_makers_preset_is_the_takers_with_resting_orders_and_a_longer_reach() -> None:
    taker, maker = read_preset(Path("scalper")), read_preset(Path("scalper-maker"))
    same = {"name": maker.name, "description": maker.description, "strategy": maker.strategy}
    assert taker.model_copy(update=same) == maker
    assert maker.strategy.values == taker.strategy.values
    assert maker.strategy.fixed == {**taker.strategy.fixed, "entry_expiry": 3, "limit_target": True}
    assert maker.costs.maker_fee == 0.0002
    reach = [{s.plan.reach_bars(60_000) for s in preset.space().plan_strategies()} for preset in (taker, maker)]
    assert reach == [{61}, {64}]


def own_strategy(path: Path) -> list[str]:
    return ["strategy={file=" + repr(str(path)) + "}"]


def test_a_strategy_in_a_file_of_ones_own_is_searched(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(GOOD)
    preset = read_preset(SCALPER, own_strategy(path))
    assert len(preset.space()) == 4
    before = preset.strategy_source()
    path.write_text(GOOD.replace("choice(10, 20)", "choice(10, 30)"))
    assert preset.space().signal_values == {"every": (10, 30)}
    assert preset.strategy_source() != before


def test_a_strategy_file_may_postpone_its_annotations(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("from __future__ import annotations\n" + GOOD)
    assert len(read_preset(SCALPER, own_strategy(path)).space()) == 4


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("raise ValueError('no luck')", r"mine\.py, line 1: ValueError: no luck"),
        ("\nimport nothing_of_this_name", r"mine\.py, line 2: ModuleNotFoundError"),
        ("x = (", r"mine\.py, line 1: SyntaxError"),
        ("import sys; sys.exit(3)", r"mine\.py, line 1: SystemExit"),
        ("x = 1", "has no class with signals"),
        (GOOD + GOOD.replace("Mine", "Other"), "has Mine, Other"),
        (GOOD.replace("choice(10, 20)", "10").replace("choice(5, 10, exit=True)", "5"), "declares no parameters"),
        (GOOD[: GOOD.index("    @property")], "has no plan"),
    ],
)
def test_a_strategy_file_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, source: str, says: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source)
    with pytest.raises(BadSetting, match=says):
        read_preset(SCALPER, own_strategy(path)).space()


def test_a_strategy_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="No such file"):
        read_preset(SCALPER, own_strategy(tmp_path / "nope.py")).space()


@pytest.mark.parametrize(
    ("override", "minutes"),
    [("in_sample_days=3", 3 * 1440), ('in_sample="3d"', 3 * 1440), ('in_sample="36h"', 36 * 60),
     ('in_sample="90m"', 90), ('in_sample="500 bars"', 500 * 15), ('in_sample="1 bar"', 15)],
)  # fmt: skip
def test_a_duration_is_days_or_a_text_of_days_hours_minutes_or_bars(override: str, minutes: int) -> None:
    asked = read_preset(SCALPER, [f"walk_forward.{override}"]).walk_forward
    assert asked.durations_ms("15m") == (minutes * 60_000, None, None)


def test_a_duration_that_splits_a_bar_is_refused() -> None:
    asked = read_preset(SCALPER, ['walk_forward.step="50m"']).walk_forward
    assert asked.durations_ms("5m")[2] == 50 * 60_000
    with pytest.raises(BadSetting, match=r"walk_forward\.step is '50m', no whole number of 15m bars"):
        asked.durations_ms("15m")


def test_the_same_duration_given_in_both_forms_is_refused() -> None:
    given = ["walk_forward.in_sample_days=3", 'walk_forward.in_sample="3d"']
    with pytest.raises(BadSetting, match="has both in_sample and in_sample_days; give one of the two"):
        read_preset(SCALPER, given)
    mixed = read_preset(SCALPER, ["walk_forward.in_sample_days=3", 'walk_forward.step="12h"']).walk_forward
    assert mixed.durations_ms("1m") == (3 * 86_400_000, None, 12 * 3_600_000)
