"""Monte Carlo of a backtest's and a real account's trades: the real path is theirs, a share is one of the account."""

from pathlib import Path

import numpy as np
import pytest
from tests.unit.app.small_search import catalogued, made_market

from tradewind.app.backtest import BacktestRequest, FinishedBacktest, backtest
from tradewind.app.monte_carlo import monte_carlo_of_trades, trades_of_backtest, trades_of_file
from tradewind.app.settings import read_preset
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.evidence.monte_carlo import MonteCarloSettings
from tradewind.model.errors import BadData, BadFile, BadSetting
from tradewind.model.time import DAY_MS

FEW = MonteCarloSettings(paths=300)
LINES = (
    "opened,closed,symbol,return",
    "2024-01-01 10:00,2024-01-01 11:00,BTC/USDT,0.10",
    "2024-01-01 10:30,2024-01-01 12:00,ETH/USDT,-0.20",
    "2024-01-04 00:00,2024-01-05 00:00,BTC/USDT,0.05",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "real.csv").write_text("\n".join(LINES))
    return tmp_path / "real.csv"


def test_the_real_path_is_that_of_the_file(path: Path) -> None:
    figures = monte_carlo_of_trades(trades_of_file(path), FEW)
    assert list(figures) == ["shuffle", "bootstrap", "blocks"]
    for one in figures.values():
        # 1.1 · 0.8 · 1.05; the deepest fall is that from 1.1 to 0.88. Four days, two without a trade.
        assert one["real"]["return"] == pytest.approx(1.1 * 0.8 * 1.05 - 1)
        assert one["real"]["max_drawdown"] == pytest.approx(0.2)
        assert (one["trades"], one["unit"], one["units"]) == (3, "day", 4)


def test_returns_of_what_was_put_in_count_by_its_share_of_the_account(path: Path) -> None:
    half = trades_of_file(path, share=0.5)
    assert np.allclose(np.exp(half.log_return), [1.05, 0.9, 1.025], rtol=1e-12)
    assert half.day_ms.tolist() == [1_704_067_200_000 + day * DAY_MS for day in range(4)]
    assert np.allclose(np.exp(trades_of_file(path, share=2).log_return), [1.2, 0.6, 1.1], rtol=1e-12)


def test_a_trade_that_took_the_whole_account_and_a_share_that_is_none_are_refused(path: Path) -> None:
    with pytest.raises(BadFile, match=r"real\.csv, row 2: the trade lost all of the account"):
        trades_of_file(path, share=5)
    for share in (0.0, -1.0, 126.0, float("nan")):
        with pytest.raises(BadSetting, match="a share of"):
            trades_of_file(path, share=share)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> FinishedBacktest:
    root = tmp_path_factory.mktemp("backtest")
    catalogued(root, made_market(8))
    request = BacktestRequest(preset=read_preset(Path("scalper")), symbols=("BTC/USDT", "ETH/USDT"))
    return backtest(request, Workspace(root), SilentProgress())


def test_a_backtests_real_path_ends_at_its_deposit_and_all_of_its_trades(finished: FinishedBacktest) -> None:
    trades = trades_of_backtest(finished)
    figures = monte_carlo_of_trades(trades, FEW)
    summary = finished.summary
    assert len(trades) == summary["trades"]["trades"] > 100
    for one in figures.values():
        assert one["real"]["return"] == pytest.approx(float(summary["trades"]["net"]) / summary["account"]["deposit"])
        assert (one["unit"], one["units"]) == ("day", 8)
    assert set(trades.symbol.tolist()) == {"BTC/USDT", "ETH/USDT"}
    assert (np.diff(trades.closed_ms) >= 0).all()


def test_a_backtest_that_lost_everything_is_refused(finished: FinishedBacktest) -> None:
    broke = {**finished.summary, "account": {**finished.summary["account"], "deposit": 1e-9}}
    with pytest.raises(BadData, match="lost all of its account"):
        trades_of_backtest(FinishedBacktest(finished.name, finished.folder, broke))
