"""Whatever the trades: paths stay within what their trades allow, and a shuffle keeps the end."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.adapters.executors import ThreadExecutor
from tradewind.evidence.monte_carlo import AccountTrades, Method, MonteCarloSettings, days_of, monte_carlo
from tradewind.model.time import DAY_MS

MINUTE_MS = 60_000


@st.composite
def accounts(draw: st.DrawFn) -> AccountTrades:
    count = draw(st.integers(1, 40))
    numbers = np.random.default_rng(draw(st.integers(0, 2**32)))
    opened = numbers.integers(0, draw(st.integers(1, 30)) * DAY_MS, count) // MINUTE_MS * MINUTE_MS
    return AccountTrades(
        log_return=numbers.normal(0, draw(st.sampled_from([1e-4, 0.01, 0.3])), count),
        opened_ms=opened,
        closed_ms=opened + numbers.integers(0, 600, count) * MINUTE_MS,
        symbol=numbers.choice(["BTC", "ETH", "SOL"][: draw(st.integers(1, 3))], count),
        day_ms=days_of(opened),
    )


@settings(max_examples=60, deadline=None)
@given(accounts(), st.sampled_from(Method), st.integers(0, 2**40))
def test_returns_and_drawdowns_stay_within_what_the_trades_allow(
    trades: AccountTrades, method: Method, seed: int
) -> None:
    chosen = MonteCarloSettings(paths=50, seed=seed)
    result = monte_carlo(trades, method, ThreadExecutor(1), chosen)
    paths, lost = result.paths, -np.minimum(trades.log_return, 0)
    assert (paths.max_drawdown >= 0).all()
    assert (paths.max_drawdown < 1).all()
    assert (paths.lowest_log <= np.minimum(paths.final_log, 0) + 1e-12).all()
    assert (paths.fall_log >= -paths.lowest_log - 1e-12).all()
    if method is Method.SHUFFLE:
        assert np.allclose(paths.final_log, trades.log_return.sum(), rtol=0, atol=1e-12)
        # One loss at least is suffered whole; no fall is deeper than all losses together.
        assert (paths.fall_log >= lost.max() - 1e-12).all()
        assert (paths.fall_log <= lost.sum() + 1e-12).all()
    assert ((result.fan >= 0).all(), np.diff(result.fan, axis=1).min() >= 0) == (True, True)


@settings(max_examples=40, deadline=None)
@given(accounts(), st.sampled_from(Method))
def test_a_path_is_made_of_whole_days(trades: AccountTrades, method: Method) -> None:
    # Each day's trades sum to zero: a path that tears a day apart ends elsewhere or falls deeper than any day does.
    day = (trades.opened_ms - trades.day_ms[0]) // DAY_MS
    count, total = (np.bincount(day, weights=weights) for weights in (None, trades.log_return))
    level = replace(
        trades,
        log_return=trades.log_return - (total / np.maximum(count, 1))[day],
        symbol=np.where(np.arange(len(trades)) % 2 == 0, "BTC", "ETH"),
    )
    if len(trades) == 1:
        return
    result = monte_carlo(level, method, ThreadExecutor(1), MonteCarloSettings(paths=50, block_days=2))
    of_days = [np.abs(level.log_return[day == d]).sum() / 2 for d in range(len(count))]
    assert np.allclose(result.paths.final_log, 0, atol=1e-12)
    assert (result.paths.fall_log <= 2 * max(of_days) + 1e-12).all()
