"""The stress tables say in words and figures what the record holds, also where there is nothing."""

from typing import Any

import pytest

from tradewind.cli.stress import print_stress
from tradewind.model.time import DAY_MS, HOUR_MS

SPREAD = {
    "stretches": 4, "trades": 1234, "in_market": 0.033, "return_median": 0.0123, "return_worst": -0.1,
    "loss_worst": 0.1, "worst_r": -1.04, "worst_of_account": -0.0042, "drawdown_median": 0.02,
    "drawdown_worst": 0.125, "recovered": 3, "recovery_ms": 90 * HOUR_MS, "difference_median": 0.0,
    "difference_worst": 0.0, "worst_case": 0, "cases": [],
}  # fmt: skip
SHOCKED = {
    **SPREAD, "return_median": -0.05, "difference_median": -0.00001, "difference_worst": -0.0997,
    "worst_r": -53.09, "worst_of_account": -0.0336, "recovered": 1, "recovery_ms": None,
}  # fmt: skip
TOLL = {
    "trades": 87, "in_market": 0.1, "final_return": -0.034, "loss": 0.05, "worst_r": -1.0, "worst_of_account": -0.01,
    "max_drawdown": 0.07, "recovery_ms": None, "open_still": 0,
}  # fmt: skip
CRASH = {"text": "it fell", "start_ms": 0, "end_ms": 2 * DAY_MS, "selected_on": True, "symbols": [], "absent": []}
FIGURES: dict[str, Any] = {
    "run": "r", "nothing": None, "stands_aside": ["static"], "configuration": None, "chosen_to_trade": False,
    "records": ["switch"],
    "synthetic": {
        "strikes": [1, 2, 3, 4], "held": {"switch": 3}, "lead_days": 1, "after_days": 7, "seed": 1,
        "symbols": ["BTC/USDT", "ETH/USDT"],
        "scenarios": [
            {"name": "as it was", "text": "quiet", "round_trip_bps": 10.0, "records": {"switch": SPREAD}},
            {"name": "jump −10%", "text": "a jump", "round_trip_bps": 10.0, "records": {"switch": SHOCKED}},
            {"name": "costs × 2", "text": "dear", "round_trip_bps": 20.0, "records": {"switch": SHOCKED}},
        ],
    },
    "recorded": [
        {**CRASH, "name": "A 1970", "status": "replayed", "symbols": ["BTC/USDT"], "absent": ["ETH/USDT"],
         "records": {"switch": TOLL}},
        {**CRASH, "name": "B 1970", "status": "replayed", "selected_on": False,
         "records": {"switch": {**TOLL, "recovery_ms": 5 * HOUR_MS}}},
        {**CRASH, "name": "C 1970", "status": "missing", "records": {}},
        {**CRASH, "name": "D 1970", "status": "locked", "records": {}},
    ],
}  # fmt: skip


def lines(capsys: pytest.CaptureFixture[str], figures: dict[str, Any]) -> dict[str, str]:
    """What is printed, by the first words of each line, blanks made one."""
    print_stress(figures)
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    return {line[:9]: line for line in reversed(printed) if line}


def test_every_shock_has_a_row_and_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    said = lines(capsys, FIGURES)
    assert said["Shocks to"] == (
        "Shocks to BTC/USDT, ETH/USDT: 4 stretches of 8 days, a shock on the 2nd day; medians and worst"
    )
    assert said["as it was"] == "as it was switch 1,234 +1.2% -10.0% -1.0 R -0.42% 2.0% 12.5% 3 of 4, median 90 h"
    jump = next(line for key, line in said.items() if key.startswith("jump"))
    assert jump == "jump −10% switch 1,234 -5.0% -10.0% +0.0% -10.0% -53.1 R -3.36% 2.0% 12.5% 1 of 4"
    assert "as soon after it as a trade of the switch is open" in said["Each stri"]
    assert "3 of 4 strikes met an open trade; on average 3% of the account is in one." in said["Each stri"]


def test_a_shock_says_what_a_round_trip_costs_where_that_is_more(capsys: pytest.CaptureFixture[str]) -> None:
    print_stress(FIGURES)
    text = capsys.readouterr().out
    assert "jump −10%: a jump.\n" in text
    assert "costs × 2: dear; a round trip at market costs 20.0 bp instead of 10.0.\n" in text


def test_recorded_crashes_show_their_toll_or_why_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_stress(FIGURES)
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    days = "1970-01-01 – 1970-01-02"
    assert (
        f"A 1970 {days} BTC (no ETH) switch 87 -3.4% -5.0% -1.0 R -1.00% 7.0% not within these days "
        "selected on these bars"
    ) in rows
    assert f"B 1970 {days} switch 87 -3.4% -5.0% -1.0 R -1.00% 7.0% after 5.0 h bars not searched" in rows
    assert f"C 1970 {days} no bars in the catalog" in rows
    assert f"D 1970 {days} in the hold-out, which stays closed" in rows


def test_what_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    said = lines(capsys, FIGURES)
    assert said["The searc"].startswith("The search's own result was to stand aside")
    assert said["The stati"] == "The static stands aside: there is nothing of it to stress."
    print_stress({**FIGURES, "synthetic": None, "recorded": []})
    assert "too few bars in common" in capsys.readouterr().out
    print_stress({**FIGURES, "nothing": "The run chose nobody: nothing to stress"})
    assert capsys.readouterr().out == "Stress: the run chose nobody: nothing to stress.\n"


def test_a_record_without_trades_has_no_worst_one(capsys: pytest.CaptureFixture[str]) -> None:
    calm = {**TOLL, "trades": 0, "worst_r": None, "worst_of_account": None, "max_drawdown": 0.0, "recovery_ms": 0}
    crash = {**FIGURES["recorded"][0], "records": {"switch": calm}}
    print_stress({**FIGURES, "recorded": [crash]})
    assert "switch        0    -3.4%    -5.0%             –   0.0%   –" in capsys.readouterr().out
