"""Monte Carlo of trades: 10,000 paths of 5,000 trades by each method, beside the same with numpy, path by path."""

from functools import partial

import numpy as np
from benchmarks.harness import Asked, Figure, interleaved

from tradewind.adapters.executors import ThreadExecutor
from tradewind.evidence.monte_carlo import AccountTrades, Method, MonteCarloSettings, days_of, monte_carlo
from tradewind.model.time import DAY_MS

PATHS, TRADES, DAYS = 10_000, 5_000, 500
WANTED_S = 0.5
BLOCK_DAYS = 10.0  # given, so that the choice of a length is not timed


def measure(asked: Asked) -> list[Figure]:
    """Median seconds, quantiles and fan included: one thread and all, trade by trade and with three symbols' days.

    The trades are drawn from a seed: what they earned changes no time. One trade a day is the longest way for blocks.
    """
    settings = MonteCarloSettings(paths=PATHS, block_days=BLOCK_DAYS)
    single = _trades(np.arange(TRADES) * DAY_MS, 1)
    several = _trades(np.sort(np.random.default_rng(2).integers(0, DAYS * DAY_MS, TRADES)), 3)
    one, all_threads = ThreadExecutor(1), ThreadExecutor(asked.threads)
    arms = {
        f"{method.value}, {label}": partial(monte_carlo, trades, method, executor, settings)
        for trades, of in ((single, "5,000 units"), (several, f"{DAYS} days of 3 symbols"))
        for method in Method
        for executor, label in ((one, f"{of}, one thread"), (all_threads, f"{of}, {asked.threads} threads"))
    }
    arms["shuffle, numpy"] = lambda: _with_numpy(single.log_return)
    for arm in arms.values():
        arm()
    seconds = interleaved(arms, asked.repeats)
    return [
        Figure("paths", PATHS, "", "the market plays no part"),
        Figure("trades", TRADES, ""),
        *(Figure(name, value, "s", f"below {WANTED_S} is asked for; median") for name, value in seconds.items()),
    ]


def _trades(opened_ms: np.ndarray, symbols: int) -> AccountTrades:
    draw = np.random.default_rng(1)
    return AccountTrades(
        log_return=draw.normal(1e-4, 2e-3, len(opened_ms)),
        opened_ms=opened_ms,
        closed_ms=opened_ms + 3_600_000,
        symbol=draw.choice(["BTC", "ETH", "SOL"][:symbols], len(opened_ms)),
        day_ms=days_of(opened_ms),
    )


def _with_numpy(log_returns: np.ndarray) -> None:
    """Shuffled paths as one would write them: their end, deepest fall and lowest point; no fan."""
    draw = np.random.default_rng(1)
    ends = np.empty((PATHS, 3))
    for path in range(PATHS):
        equity = np.cumsum(draw.permutation(log_returns))
        peaks = np.maximum(np.maximum.accumulate(equity), 0.0)
        ends[path] = equity[-1], (peaks - equity).max(), equity.min()
