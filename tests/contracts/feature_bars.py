"""Bars for feature tests, with the things real data has: missing minutes, outages, jumps, idle and flat stretches."""

import numpy as np

from tradewind.model.bars import Bars

MINUTE_MS = 60_000


def gappy_bars(count: int, seed: int, timeframe: str = "1m", step_ms: int = MINUTE_MS) -> Bars:
    """`count` bars; one in twenty is missing, some outages run over several blocks, one bar in fifty has no volume."""
    rng = np.random.default_rng(seed)
    steps = 1 + (rng.random(count) < 0.05) + np.where(rng.random(count) < 0.004, rng.integers(1, 300, count), 0)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 1e-3, count) + np.where(rng.random(count) < 0.002, 0.2, 0.0)))
    opened = np.r_[close[0], close[:-1]]
    return Bars(
        venue="made",
        symbol="BTC/USDT",
        timeframe=timeframe,
        ts=(28_000_000 + np.cumsum(steps)) * step_ms,
        open=opened,
        high=np.maximum(opened, close) * (1 + np.abs(rng.normal(0, 5e-4, count))),
        low=np.minimum(opened, close) * (1 - np.abs(rng.normal(0, 5e-4, count))),
        close=close,
        volume=rng.exponential(5, count) * (rng.random(count) > 0.02),
    )


def plain_bars(
    close: list[float],
    high: list[float] | None = None,
    low: list[float] | None = None,
    volume: list[float] | None = None,
    first_ts: int = 0,
) -> Bars:
    """Bars at 1m without holes, open = close unless that is outside, for hand calculations."""
    count = len(close)
    highs, lows = high or close, low or close
    return Bars(
        venue="made",
        symbol="BTC/USDT",
        timeframe="1m",
        ts=first_ts + MINUTE_MS * np.arange(count),
        open=np.clip(np.array(close, float), lows, highs),
        high=np.array(highs, float),
        low=np.array(lows, float),
        close=np.array(close, float),
        volume=np.array(volume if volume is not None else [1.0] * count, float),
    )
