"""`tradewind verify` as a user meets it: clean ends with 0, a leak with 1 and a sentence that names it."""

import json
from pathlib import Path

import pytest

from tradewind.cli.main import run

LEAK = '''
from dataclasses import dataclass
import numpy as np
from tradewind.model.params import choice
from tradewind.model.plan import AtrDistance, Plan
from tradewind.model.signals import Signals

@dataclass(frozen=True, slots=True, kw_only=True)
class Tomorrow:
    """Long where the bar `bars` later closes higher."""

    bars: int = choice(3, 5)
    stop: float = choice(1.0, 2.0, exit=True)

    @property
    def plan(self):
        return Plan(stop=AtrDistance(14, self.stop), target=AtrDistance(14, 1.0), hold=60)

    def signals(self, features):
        def later():
            return np.r_[features.close[self.bars :], np.full(self.bars, features.close[-1])]

        moved = features.shared("tomorrow.later", later, bars=self.bars) / features.close - 1
        return Signals(np.sign(np.round(moved * 500)).astype(np.int8))
'''
FEW = ("--samples", "8", "--configurations", "2")


@pytest.fixture
def leak(tmp_path: Path) -> str:
    path = tmp_path / "tomorrow.py"
    path.write_text(LEAK, encoding="utf-8")
    return f"{path}:Tomorrow"


def test_a_clean_strategy_ends_with_0_and_says_what_that_does_not_prove(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "lr_scalper", *FEW]) == 0
    said = capsys.readouterr().out
    assert "Clean: nothing differed" in said
    assert "proves nothing beyond what it compared" in said
    assert "mode=lr_snapshot, lookback=60, entry_z=1.5, vol_period=20)" in said


def test_a_leak_ends_with_1_and_names_feature_bar_values_and_reach(
    leak: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", leak, *FEW]) == 1
    said = capsys.readouterr().out
    assert "LOOKS AHEAD: feature tomorrow.later(bars=3) differs, for example at bar" in said
    assert "it needs 3 later bars" in said
    assert "it needs 5 later bars" in said
    assert "with all bars" in said
    assert "2 of 2 differ" in said


def test_json_holds_the_same(leak: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", leak, "--json", *FEW]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["clean"] is False
    causes = [one["findings"][0] for one in told["verified"]]
    assert [(one["kind"], one["feature"], one["needed_bars"]) for one in causes] == [
        ("ahead", "tomorrow.later(bars=3)", 3),
        ("ahead", "tomorrow.later(bars=5)", 5),
    ]


def test_a_venue_without_a_symbol_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "lr_scalper", "--venue", "binance"]) == 2
    assert "--venue and --symbol" in capsys.readouterr().err
