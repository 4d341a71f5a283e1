"""Monte Carlo of trades: hand calculations, known distributions, and the two mistakes often seen."""

from typing import Any

import numpy as np
import pytest

from tradewind.adapters.executors import ThreadExecutor
from tradewind.evidence.monte_carlo import AccountTrades, Method, MonteCarloSettings, Paths, days_of, monte_carlo
from tradewind.model.errors import BadData, BadSetting, NoData
from tradewind.model.time import DAY_MS
from tradewind.stats.drawdown import equity_path, max_drawdown

ONE = ThreadExecutor(1)
HOUR_MS = DAY_MS // 24


def account(
    log_returns: Any, opened_hours: Any, hold_hours: float = 1, symbols: Any = "BTC", **given: Any
) -> AccountTrades:
    returns = np.asarray(log_returns, np.float64)
    opened = (np.asarray(opened_hours) * HOUR_MS).astype(np.int64)
    return AccountTrades(
        **{
            "log_return": returns,
            "opened_ms": opened,
            "closed_ms": opened + int(hold_hours * HOUR_MS),
            "symbol": np.broadcast_to(np.asarray(symbols), returns.shape),
            "day_ms": days_of(opened),
            **given,
        }
    )


def random_account(seed: int = 1, count: int = 400, mean: float = 0.001) -> AccountTrades:
    """One symbol, a trade every 8 hours."""
    return account(np.random.default_rng(seed).normal(mean, 0.02, count), np.arange(count) * 8)


def test_a_shuffle_ends_where_the_trades_ended_and_says_nothing_about_the_return() -> None:
    trades = random_account()
    result = monte_carlo(trades, Method.SHUFFLE, ONE)
    assert np.allclose(result.paths.final_log, trades.log_return.sum(), rtol=0, atol=1e-12)
    assert (result.return_quantiles, result.loss_probability) == (None, None)
    assert np.ptp(result.paths.max_drawdown) > 0.05
    assert (result.unit, result.units, result.block_days) == ("trade", 400, None)


def test_a_bootstrap_of_trades_has_the_mean_and_deviation_of_the_formula() -> None:
    trades = random_account()
    final = monte_carlo(trades, Method.BOOTSTRAP, ONE).paths.final_log
    deviation = trades.log_return.std() * 400**0.5  # of a sum of 400 independent draws
    assert final.mean() == pytest.approx(trades.log_return.sum(), abs=4 * deviation / 100)
    assert final.std() == pytest.approx(deviation, rel=4 / (2 * 10_000) ** 0.5)


def test_blocks_have_the_deviation_of_the_stationary_bootstrap_and_not_that_of_independent_days() -> None:
    # Days that hang together: x = 0.6 · the day before + noise. Variance of the mean: Politis and Romano (1994), (2).
    n, mean_block = 300, 10.0
    noise = np.random.default_rng(4).normal(0, 0.01, n)
    daily = np.empty(n)
    daily[0] = noise[0]
    for t in range(1, n):
        daily[t] = 0.6 * daily[t - 1] + noise[t]
    centred = daily - daily.mean()
    covariance = [centred[: n - k] @ centred[k:] / n for k in range(n)]
    stay = 1 - 1 / mean_block
    variance = covariance[0] + 2 * sum(
        ((1 - k / n) * stay**k + k / n * stay ** (n - k)) * covariance[k] for k in range(1, n)
    )
    trades = account(daily, np.arange(n) * 24)
    settings = MonteCarloSettings(block_days=mean_block)
    final = monte_carlo(trades, Method.BLOCKS, ONE, settings).paths.final_log
    assert final.std() == pytest.approx((n * variance) ** 0.5, rel=4 / (2 * 10_000) ** 0.5)
    assert final.mean() == pytest.approx(daily.sum(), abs=4 * (n * variance / 10_000) ** 0.5)
    alone = monte_carlo(trades, Method.BOOTSTRAP, ONE).paths.final_log
    assert final.std() > 1.4 * alone.std()


def test_symbols_that_win_and_lose_together_are_drawn_by_days_and_not_as_independent_trades() -> None:
    # Four symbols with the same result each day: 200 chances and not 800.
    daily = np.random.default_rng(2).normal(0.001, 0.02, 200)
    together = account(
        np.repeat(daily / 4, 4), np.repeat(np.arange(200) * 24, 4), symbols=np.tile(["BTC", "ETH", "SOL", "XRP"], 200)
    )
    result = monte_carlo(together, Method.BOOTSTRAP, ONE)
    assert (result.unit, result.units, result.trades) == ("day", 200, 800)
    assert result.paths.final_log.std() == pytest.approx(daily.std() * 200**0.5, rel=4 / (2 * 10_000) ** 0.5)


@pytest.mark.parametrize("method", list(Method))
def test_trades_of_one_day_stay_together_in_the_order_they_closed(method: Method) -> None:
    # Each day doubles and halves: a day torn apart would end a path elsewhere, the other order would halve first.
    days = 50
    trades = account(
        np.tile(np.log([0.5, 2.0]), days),
        (np.arange(days)[:, np.newaxis] * 24 + [2, 5]).ravel(),
        closed_ms=(np.arange(days)[:, np.newaxis] * 24 + [20, 7]).ravel() * HOUR_MS,  # the halving opens first
        symbols=np.tile(["BTC", "ETH"], days),
    )
    paths = monte_carlo(trades, method, ONE, MonteCarloSettings(paths=500)).paths
    assert np.allclose(paths.final_return, 0.0, atol=1e-12)
    assert np.allclose(paths.max_drawdown, 0.5)
    assert np.allclose(paths.lowest_log, 0.0)
    assert not paths.lost.any()


def test_one_symbol_is_drawn_trade_by_trade_unless_positions_overlap() -> None:
    returns, hours = [0.01, -0.02, 0.03], [0, 2, 4]
    assert not account(returns, hours, hold_hours=2).by_day
    assert account(returns, hours, hold_hours=2.5).by_day
    assert account(returns, hours, symbols=["BTC", "BTC", "ETH"]).by_day
    # The long first trade covers both others, which do not overlap each other.
    long_first = account(returns, hours, closed_ms=np.array([10, 3, 5]) * HOUR_MS)
    assert long_first.by_day


def test_a_day_without_a_trade_is_a_day() -> None:
    # One winning trade in four days: a path draws it once on average, and with chance (3/4)^4 never.
    trades = account([np.log(1.1)], [30], day_ms=np.arange(4) * DAY_MS)
    result = monte_carlo(trades, Method.BLOCKS, ONE, MonteCarloSettings(block_days=1))
    assert result.units == 4
    never = (result.paths.final_log == 0.0).mean()
    assert never == pytest.approx(0.75**4, abs=4 * (0.75**4 * (1 - 0.75**4) / 10_000) ** 0.5)


def test_ruin_is_touched_at_half_of_the_start_whatever_came_after() -> None:
    # 0.8 · 0.625 is exactly a half, 0.8 · 0.63 is not; both then triple.
    for second, ruined in ((0.625, 1.0), (0.63, 0.0)):
        trades = account(np.log([0.8, second, 3.0]), [0, 30, 60])
        result = monte_carlo(trades, Method.BLOCKS, ONE, MonteCarloSettings(block_days=1e9, paths=200))
        assert result.real.ruined(0.5).tolist() == [bool(ruined)]
        # A block of endless length is the real path from any day on: 0.8 first, or second first, or 3.0 first.
        begins = np.unique(np.round(result.paths.lowest_log, 9))
        expected = np.unique(np.round(np.log([0.8 * second, second, 1.0]), 9))
        assert np.array_equal(begins, expected)
        assert result.ruin_probability == pytest.approx(ruined / 3, abs=0.12)


def test_probability_of_loss_counts_paths_that_end_below_their_start() -> None:
    # Two draws of +30 % or -25 %: a loss unless both win, or one each: 1.3 · 0.75 = 0.975 is one too. So 3 in 4.
    result = monte_carlo(account(np.log([1.3, 0.75]), [0, 30]), Method.BOOTSTRAP, ONE)
    assert result.loss_probability == pytest.approx(0.75, abs=4 * (0.75 * 0.25 / 10_000) ** 0.5)
    level = Paths(final_log=np.array([-1e-17, -1e-9]), fall_log=np.zeros(2), lowest_log=np.zeros(2))
    assert level.lost.tolist() == [False, True]


def test_an_order_of_additions_does_not_decide_whether_ruin_was_touched() -> None:
    half = np.log(0.5)
    paths = Paths(
        final_log=np.zeros(3), fall_log=np.ones(3), lowest_log=np.array([np.nextafter(half, 0), half, half + 1e-9])
    )
    assert paths.ruined(0.5).tolist() == [True, True, False]


def test_the_real_path_is_that_of_the_trades_in_time() -> None:
    trades = random_account(3)
    mixed = np.random.default_rng(1).permutation(len(trades))
    rows = AccountTrades(
        log_return=trades.log_return[mixed],
        opened_ms=trades.opened_ms[mixed],
        closed_ms=trades.closed_ms[mixed],
        symbol=trades.symbol[mixed],
        day_ms=trades.day_ms,
    )
    path = equity_path(trades.log_return)
    assert not rows.by_day
    one, other = (monte_carlo(each, Method.BLOCKS, ONE) for each in (trades, rows))
    assert one.real.final_return[0] == pytest.approx(path[-1] - 1)
    assert one.real.max_drawdown[0] == pytest.approx(max_drawdown(path).fraction)
    assert np.exp(one.real.lowest_log[0]) == pytest.approx(path.min())
    assert one.real_fan[-1] == pytest.approx(path[-1])
    assert np.array_equal(one.paths.final_log, other.paths.final_log)


@pytest.mark.parametrize("method", list(Method))
def test_any_number_of_threads_and_paths_gives_the_same_bytes(method: Method) -> None:
    trades = random_account()
    one = monte_carlo(trades, method, ONE, MonteCarloSettings(paths=2500))
    three = monte_carlo(trades, method, ThreadExecutor(3), MonteCarloSettings(paths=2500))
    fewer = monte_carlo(trades, method, ONE, MonteCarloSettings(paths=1300))
    assert one.paths.fall_log.tobytes() == three.paths.fall_log.tobytes()
    assert one.fan.tobytes() == three.fan.tobytes()
    assert one.paths.fall_log[:1300].tobytes() == fewer.paths.fall_log.tobytes()
    other = monte_carlo(trades, method, ONE, MonteCarloSettings(paths=2500, seed=2))
    assert (one.paths.fall_log != other.paths.fall_log).mean() > 0.9


def test_the_fan_begins_at_one_widens_and_ends_in_the_quantiles_of_the_return() -> None:
    result = monte_carlo(random_account(), Method.BOOTSTRAP, ONE)
    assert result.fan_at.tolist() == list(range(0, 401, 8))
    assert (result.fan[0] == 1.0).all()
    widths = np.log(result.fan[:, -1] / result.fan[:, 0])
    # Independent steps: the width grows with the root of their number, here from 96 to 400.
    assert widths[-1] / widths[12] == pytest.approx((400 / 96) ** 0.5, rel=0.05)
    assert result.return_quantiles is not None
    assert np.allclose(result.fan[-1] - 1, result.return_quantiles)


def test_without_a_length_blocks_take_the_one_best_for_the_daily_returns() -> None:
    assert monte_carlo(random_account(count=600), Method.BLOCKS, ONE).block_days is not None
    few = account(np.linspace(-0.01, 0.02, 27), np.arange(27) * 24)
    assert monte_carlo(few, Method.BLOCKS, ONE, MonteCarloSettings(paths=10)).block_days == 3.0  # 27^(1/3)


def test_trades_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadData, match="finite"):
        account([0.1, -np.inf], [0, 2])
    with pytest.raises(BadData, match="before it opened"):
        account([0.1], [0], hold_hours=-1)
    with pytest.raises(BadData, match="different lengths"):
        account([0.1, 0.2], [0])
    with pytest.raises(BadData, match="not among the days"):
        account([0.1], [30], day_ms=np.array([0]))
    with pytest.raises(BadData, match="midnights"):
        account([0.1], [0], day_ms=np.array([0, 5]))
    with pytest.raises(NoData):
        monte_carlo(account([], []), Method.SHUFFLE, ONE)


@pytest.mark.parametrize("wrong", [{"paths": 0}, {"ruin": 0.0}, {"ruin": 1.0}, {"block_days": 0.5}, {"seed": -1}])
def test_settings_without_meaning_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadSetting):
        MonteCarloSettings(**wrong)
