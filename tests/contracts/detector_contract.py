"""What every regime detector must obey, as one function, and bars that are hard on it."""

from typing import Any

import numpy as np

from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.regimes import UNKNOWN
from tradewind.regimes.detector import RegimeDetector

MINUTE_MS = 60_000


class ContractBroken(AssertionError):
    """A detector looked ahead, remembered, or mislabelled."""


def check_detector(
    detector: RegimeDetector, bars: Bars, seed: int, *, always_known: bool = True, starts: int = 50, cuts: int = 12
) -> None:
    """Raise ContractBroken unless `detector` keeps the contract on `bars`.

    Truncated anywhere it gives the same labels; started anywhere it gives, from its window on, the very same
    labels; it is UNKNOWN exactly until its window is full (`always_known`: not later either); labels are int8 and
    have names.
    """
    whole = labelled(detector, bars)
    window = detector.window
    require(len(bars) > window + 200, "the bars are too few to test this window")
    require(whole.dtype == np.int8 and len(whole) == len(bars), "labels are int8, one per bar")
    require(bool((whole < len(detector.names)).all() and (whole >= UNKNOWN).all()), "every label has a name")
    require(bool((whole[: window - 1] == UNKNOWN).all()), "bars before the full window are UNKNOWN")
    require(not always_known or bool((whole[window - 1 :] != UNKNOWN).all()), "bars from the full window on are known")

    rng = np.random.default_rng(seed)
    for cut in (0, 1, window - 1, window, *rng.integers(window, len(bars), cuts).tolist()):
        same = np.array_equal(labelled(detector, bars.rows(0, cut)), whole[:cut])
        require(same, f"labels change when bars after {cut} are cut off: the detector looks ahead")
    for start in rng.integers(1, len(bars) - window, starts).tolist():
        end = min(len(bars), start + window + 300)
        part = labelled(detector, bars.rows(start, end))
        same = np.array_equal(part[window - 1 :], whole[start + window - 1 : end])
        require(same, f"labels change when bars before {start} are cut off: the detector remembers")


def labelled(detector: RegimeDetector, bars: Bars) -> np.ndarray[Any, np.dtype[np.int8]]:
    return detector.labels(Features(bars)).values


def require(fine: bool, sentence: str) -> None:
    if not fine:
        raise ContractBroken(sentence)


def hard_bars(seed: int, count: int) -> Bars:
    """A walk with clustered volatility, jumps, flat stretches, prices on a coarse tick, and holes in time."""
    rng = np.random.default_rng(seed)
    deviation = 8e-4 * np.exp(np.repeat(rng.normal(0, 0.8, count // 90 + 1), 90)[:count])
    steps = rng.normal(0, 1, count) * deviation
    steps[rng.random(count) < 0.002] *= 25
    for flat in rng.integers(0, count, 6):
        steps[flat : flat + 120] = 0
    close = np.maximum(np.round(100 * np.exp(np.cumsum(steps)), 3), 0.001)
    opened = np.concatenate(([close[0]], close[:-1]))
    spread = np.round(rng.exponential(0.02, count), 3)
    minutes = 28_401_120 + np.arange(count) + np.cumsum(np.where(rng.random(count) < 0.004, rng.integers(1, 400), 0))
    return Bars(
        venue="made up", symbol="ABC/USDT", timeframe="1m", ts=minutes * MINUTE_MS, open=opened,
        high=np.maximum(opened, close) + spread, low=np.maximum(np.minimum(opened, close) - spread, 0.001),
        close=close, volume=rng.exponential(5, count) * (rng.random(count) > 0.02),
    )  # fmt: skip
