"""The Monte Carlo table says of each method what it can tell, a dash where it cannot, and its question."""

from typing import Any

import pytest

from tradewind.cli.monte_carlo import print_monte_carlo

ONE: dict[str, Any] = {
    "answers": "Blocks answer", "paths": 10_000, "seed": 1, "trades": 5000, "unit": "day", "units": 560,
    "block_days": 3.25, "return": {"p5": -0.25, "p50": 0.015, "p95": 0.5}, "max_drawdown": {"p50": 0.125, "p95": 0.4},
    "loss_probability": 0.4321, "ruin": 0.5, "ruin_probability": 0.0004,
    "real": {"return": -0.034, "max_drawdown": 0.111, "ruined": False}, "fan": {},
}  # fmt: skip
METHODS = {
    "shuffle": {
        **ONE, "answers": "Shuffles answer", "return": None, "loss_probability": None, "block_days": None,
        "unit": "trade", "units": 5000, "ruin_probability": 0.0,
    },
    "bootstrap": {**ONE, "answers": "Draws answer", "block_days": None, "ruin_probability": 0.9996},
    "blocks": ONE,
}  # fmt: skip


def said(capsys: pytest.CaptureFixture[str], figures: Any) -> list[str]:
    print_monte_carlo(figures)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_every_method_has_its_row_under_the_real_path(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, {"switch": METHODS})
    assert lines[0] == "Monte Carlo, 10,000 paths each: medians, quantiles and chances"
    assert lines[1] == "of return 5 % 95 % loss DD 95 % touches 50%"
    assert lines[3:7] == [
        "switch as it was 5,000 trades -3.4% yes 11.1% no",
        "shuffled 5,000 trades – – – – 12.5% 40.0% 0.0%",
        "drawn 560 days +1.5% -25.0% +50.0% 43.2% 12.5% 40.0% over 99.9%",
        "drawn in blocks 560 days, 3.2 d a block +1.5% -25.0% +50.0% 43.2% 12.5% 40.0% under 0.1%",
    ]
    assert lines[7:] == ["shuffled: Shuffles answer.", "drawn: Draws answer.", "drawn in blocks: Blocks answer."]


def test_a_record_without_a_trade_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, {"switch": None, "static": METHODS})
    assert lines[0] == "Monte Carlo of the switch: it never traded, so there is nothing to resample."
    assert any(line.startswith("static as it was") for line in lines)
    assert said(capsys, {"switch": None, "static": None})[1:] == [
        "Monte Carlo of the static: it never traded, so there is nothing to resample."
    ]
