"""Made-up figures of a luck test and a stress test, shaped as `luck_of_run` and `stress_of_run` return them."""

from typing import Any

import numpy as np

from tradewind.model.time import DAY_MS

_BESTS = np.random.default_rng(7).normal(3.0, 0.8, 99).round(4).tolist()
LUCK: dict[str, Any] = {
    "alteration": "flip",
    "about": "Each move's direction is a toss of a coin.",
    "alterations": 100,
    "seed": 1,
    "days": 90,
    "p": 2 / 101,
    "statistic": 4.4,
    "statistics": [*_BESTS, None],
    "regimes": [
        {"regime": "BULL", "p": 0.5, "corrected_p": 0.9, "statistic": 1.25, "statistics": _BESTS},
        {"regime": "STRESS", "p": 1.0, "corrected_p": 1.0, "statistic": None, "statistics": _BESTS},
    ],
}


def _toll(final_return: float, recovery_ms: int | None) -> dict[str, Any]:
    return {
        "trades": 60, "in_market": 0.2, "final_return": final_return, "loss": 0.12, "worst_r": -3.25,
        "worst_of_account": -0.05, "max_drawdown": 0.14, "recovery_ms": recovery_ms, "open_still": 0,
    }  # fmt: skip


def _spread(difference: float) -> dict[str, Any]:
    return {
        "stretches": 20, "trades": 1234, "in_market": 0.2, "return_median": 0.01, "return_worst": -0.08,
        "loss_worst": 0.09, "worst_r": -4.5, "worst_of_account": -0.06, "drawdown_median": 0.03, "drawdown_worst": 0.1,
        "recovered": 12, "recovery_ms": 2 * DAY_MS, "difference_median": difference, "difference_worst": 3 * difference,
        "worst_case": 3, "cases": [],
    }  # fmt: skip


def _crash(name: str, status: str, records: dict[str, Any]) -> dict[str, Any]:
    start = 1_583_625_600_000  # 2020-03-08
    return {
        "name": name, "text": "BTC fell", "start_ms": start, "end_ms": start + 12 * DAY_MS, "status": status,
        "symbols": ["BTC/USDT"] if records else [], "absent": [], "selected_on": True, "records": records,
    }  # fmt: skip


STRESS: dict[str, Any] = {
    "run": "demo-0",
    "nothing": None,
    "stands_aside": ["static"],
    "configuration": None,
    "chosen_to_trade": False,
    "records": ["switch"],
    "synthetic": {
        "strikes": list(range(20)), "held": {"switch": 17}, "lead_days": 1, "after_days": 7, "seed": 1,
        "symbols": ["BTC/USDT", "ETH/USDT"],
        "scenarios": [
            {"name": "as it was", "text": "the same stretches without a shock", "round_trip_bps": 10.0,
             "records": {"switch": _spread(0.0)}},
            {"name": "flash crash", "text": "down 20 % in ten minutes, half of it back in an hour",
             "round_trip_bps": 10.0, "records": {"switch": _spread(-0.025)}},
            {"name": "costs × 3", "text": "every cost three times", "round_trip_bps": 30.0,
             "records": {"switch": _spread(-0.01)}},
        ],
    },
    "recorded": [
        _crash("March 2020", "replayed", {"switch": _toll(-0.053, None)}),
        _crash("May 2021", "replayed", {"switch": _toll(0.031, 5 * 3_600_000)}),
        _crash("May 2022", "missing", {}),
        _crash("November 2022", "locked", {}),
    ],
}  # fmt: skip
