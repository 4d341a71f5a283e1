"""Funding from the catalog: charged by searches and backtests alike, refused where half of it would be a guess."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.unit.app.small_search import FEW, catalogued, made_market

from tradewind.adapters.catalog import Catalog, write_funding
from tradewind.adapters.ledger import Ledger
from tradewind.adapters.run_store import FinishedRun
from tradewind.app.again import asked_again
from tradewind.app.backtest import BacktestRequest, FinishedBacktest, backtest
from tradewind.app.funding import market_bars
from tradewind.app.replay import replay as replayed
from tradewind.app.research import catalog_request
from tradewind.app.search import search
from tradewind.app.session import JOURNAL
from tradewind.app.settings import Preset, read_preset
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.evidence.alterations import Alteration, Moves
from tradewind.evidence.shocks import Gap
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting, DatasetMismatch, NoData
from tradewind.model.funding import FundingRates
from tradewind.model.time import DAY_MS, HOUR_MS, MINUTE_MS, TimeRange

SYMBOL = "BTC/USDT:USDT"
RATE = 0.0005
DAYS = 24


@pytest.fixture(scope="module")
def market() -> Sequence[Bars]:
    return [replace(made_market(DAYS)[0], symbol=SYMBOL)]


@pytest.fixture
def root(tmp_path: Path, market: Sequence[Bars]) -> Path:
    catalogued(tmp_path, market)
    return tmp_path


def fund(root: Path, market: Sequence[Bars], *, hours: int = 8, until: int | None = None) -> FundingRates:
    """A rate every few hours from the first bar on, catalogued."""
    first, last = int(market[0].ts[0]), int(market[0].ts[-1])
    ts = np.arange(first, last if until is None else until, hours * HOUR_MS) + 3  # milliseconds late, as venues are
    rates = FundingRates(venue="binance", symbol=SYMBOL, ts=ts, rate=np.full(len(ts), RATE))
    write_funding(Catalog(Workspace(root).catalog_directory), [rates])
    return rates


def preset(*overrides: str) -> Preset:
    return read_preset(Path("scalper"), (f'market.symbols=["{SYMBOL}"]', *FEW, *overrides))


def traded(root: Path, *overrides: str, journal: bool = False) -> FinishedBacktest:
    return backtest(
        BacktestRequest(preset=preset(*overrides), journal=journal), Workspace(root), SilentProgress()
    )  # fmt: skip


def searched(root: Path, *overrides: str) -> FinishedRun:
    request = catalog_request(preset(*overrides), Workspace(root))
    return search(request, Workspace(root), SilentProgress())[0]


def ever(root: Path, market: Sequence[Bars]) -> int:
    """Distinct trials the ledger knows."""
    return Ledger(Workspace(root).ledger_path).distinct_trials("binance", int(market[0].ts[0]), int(market[0].ts[-1]))


def test_a_backtest_pays_each_rate_its_positions_meet_and_says_so(root: Path, market: Sequence[Bars]) -> None:
    free = traded(root)
    assert free.summary["unfunded"] == [SYMBOL]
    rates = fund(root, market, hours=1)
    paid = traded(root)
    assert (paid.summary["unfunded"], paid.summary["spot_prices"]) == ([], False)
    table = pq.read_table(paid.folder / "trades.parquet").to_pylist()
    opens = dict(zip(market[0].ts.tolist(), market[0].open.tolist(), strict=True))
    charged_at = [ts // MINUTE_MS * MINUTE_MS for ts in rates.ts.tolist()]
    met = 0
    for trade in table:
        # A trade pays at every settlement after its entry bar, until it ends.
        at = [ts for ts in charged_at if trade["entry_ts"] < ts <= trade["exit_ts"]]
        value = sum(Decimal(repr(opens[ts])) for ts in at) * Decimal(trade["quantity"])
        expected = trade["direction"] * Decimal(repr(RATE)) * value
        assert abs(Decimal(trade["funding_quote"]) - expected) < Decimal("1e-6"), trade
        met += bool(at)
    assert met > 20
    assert Decimal(paid.summary["trades"]["funding"]) != 0


def test_a_search_walks_with_funding_and_its_finalists_agree_with_the_core(root: Path, market: Sequence[Bars]) -> None:
    free = searched(root)
    tried = ever(root, market)
    fund(root, market, hours=1)
    with pytest.raises(DatasetMismatch):  # asked of bars that now pay
        asked_again(free, Workspace(root))
    funded = searched(root)
    assert funded.run_id != free.run_id
    assert funded.summary["data"]["unfunded"] == []
    assert asked_again(funded, Workspace(root)).bars[0].funding is not None
    without = searched(root, "market.funding=false")
    assert without.summary["data"]["unfunded"] == [SYMBOL]
    # The same configurations under another cost are other trials, the same under the same are not.
    assert ever(root, market) == 2 * tried
    same, other = (one.table("candidates") for one in (without, funded))
    assert same.equals(free.table("candidates"))
    assert not other.equals(same)


def test_rates_that_end_early_or_never_were_are_no_guess(root: Path, market: Sequence[Bars]) -> None:
    with pytest.raises(NoData, match="no funding rates of binance"):
        traded(root, "market.funding=true")
    fund(root, market, until=int(market[0].ts[0]) + 5 * 24 * HOUR_MS)
    with pytest.raises(NoData, match=rf"funding rates of binance {SYMBOL} are missing between"):
        traded(root)
    assert traded(root, "market.funding=false").summary["unfunded"] == [SYMBOL]


def test_bars_that_only_warm_features_up_need_no_rates(root: Path, market: Sequence[Bars]) -> None:
    begin = int(market[0].ts[0]) // DAY_MS * DAY_MS + 10 * DAY_MS
    ts = np.arange(begin, int(market[0].ts[-1]), 8 * HOUR_MS)
    rates = FundingRates(venue="binance", symbol=SYMBOL, ts=ts, rate=np.full(len(ts), RATE))
    write_funding(Catalog(Workspace(root).catalog_directory), [rates])
    request = BacktestRequest(preset=preset(), span=TimeRange(begin, begin + 3 * DAY_MS))
    assert backtest(request, Workspace(root), SilentProgress()).summary["unfunded"] == []
    early = BacktestRequest(preset=preset(), span=TimeRange(begin - DAY_MS, begin + 3 * DAY_MS))
    with pytest.raises(NoData, match="are missing between"):
        backtest(early, Workspace(root), SilentProgress())


def test_funding_asked_for_on_spot_is_refused(tmp_path: Path) -> None:
    spot = made_market(4)[:1]
    catalogued(tmp_path, spot)
    settings = preset(f'market.symbols=["{spot[0].symbol}"]', "market.funding=true").market
    with pytest.raises(BadSetting, match="is spot and pays none"):
        market_bars(Catalog(Workspace(tmp_path).catalog_directory), settings, spot[0].symbol, TimeRange())


def test_a_journal_with_funding_makes_the_same_account_again(root: Path, market: Sequence[Bars]) -> None:
    fund(root, market, hours=1)
    done = traded(root, journal=True)
    again = replayed(done.folder / JOURNAL, Workspace(root), SilentProgress())
    assert again.ended
    assert again.digest == done.summary["digest"]
    assert Decimal(again.summary["trades"]["funding"]) == Decimal(done.summary["trades"]["funding"]) != 0


def test_in_a_mirrored_minute_the_other_side_pays(market: Sequence[Bars]) -> None:
    one = market[0].rows(0, 2000)
    funded = replace(one, funding=np.full(len(one), RATE))
    altered = Moves.of([funded]).altered(Alteration.FLIP, 7)[0]
    moves = np.log(one.close[1:] / one.close[:-1])
    mirrored = np.sign(np.log(altered.close[1:] / altered.close[:-1])) != np.sign(moves)
    assert altered.funding is not None
    told = moves != 0
    assert np.array_equal(altered.funding[1:][told] < 0, mirrored[told])
    assert np.abs(altered.funding).tolist() == [RATE] * len(one)
    shuffled = Moves.of([funded]).altered(Alteration.SHUFFLE, 7)[0]
    assert shuffled.funding is not None
    assert shuffled.funding.tolist() == [RATE] * len(one)


def test_a_halt_does_not_forgive_the_funding_due_in_it(market: Sequence[Bars]) -> None:
    one = market[0].rows(0, 2000)
    rates = np.zeros(len(one))
    rates[[480, 500, 960]] = 1e-4, 2e-4, 4e-4
    halted = Gap(move=-0.1, minutes=60).bars(replace(one, funding=rates), int(one.ts[470]))
    assert halted.funding is not None
    assert np.flatnonzero(halted.funding).tolist() == [470, 900]
    assert halted.funding[470] == pytest.approx(3e-4)
