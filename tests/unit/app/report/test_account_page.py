"""A backtest's page: its figures are the summary's, every table adds up, every term is explained, nothing leaves it."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.app.report.page_reading import Element, read_page, table_titled
from tests.unit.app.small_search import catalogued, made_market

from tradewind.app.backtest import BacktestRequest, FinishedBacktest, backtest
from tradewind.app.report.account.groups import KINDS
from tradewind.app.report.glossary import OF_ACCOUNTS, terms_in
from tradewind.app.settings import read_preset
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace

HALF_A_CENT = Decimal("0.005")
MONEY = ("net USDT", "fees", "spread, slippage", "funding")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("account")
    catalogued(root, made_market(8))
    return root


def done(root: Path, *overrides: str) -> FinishedBacktest:
    request = BacktestRequest(preset=read_preset(Path("scalper"), overrides), symbols=("BTC/USDT", "ETH/USDT"))
    return backtest(request, Workspace(root), SilentProgress())


@pytest.fixture(scope="module")
def finished(root: Path) -> FinishedBacktest:
    return done(root)


@pytest.fixture(scope="module")
def page(finished: FinishedBacktest) -> Element:
    return read_page(finished.page.read_text())


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("−", "-").replace("*", "").split()[0])


def test_the_result_comes_first_in_plain_words(page: Element, finished: FinishedBacktest) -> None:
    account, trades = finished.summary["account"], finished.summary["trades"]
    first = page.all("section")[0].text
    lost = account["deposit"] - account["equity"]
    assert lost > 0
    assert f"The account lost {lost:,.2f} of 10,000.00 USDT" in first
    assert f"{trades['trades']:,} closed trades" in first
    assert f"fees {float(trades['fees']):,.2f}" in first
    assert f"{account['max_drawdown_quote']:,.2f} USDT" in first


def test_every_breakdown_on_the_page_adds_up_to_its_last_line(page: Element, finished: FinishedBacktest) -> None:
    for kind, title, _ in KINDS:
        heading, *rows, whole = table_titled(page, title)
        assert len(rows) == len(finished.summary["by"][kind])
        for name in ("trades", *MONEY):
            column = heading.index(name)
            total = sum(amount(row[column]) for row in rows)
            assert abs(total - amount(whole[column])) <= HALF_A_CENT * (len(rows) + 1), (title, name)
        assert amount(whole[heading.index("net USDT")]) == round(Decimal(finished.summary["trades"]["net"]), 2)


def test_the_way_from_price_moves_to_the_account_is_exact_to_the_cent(
    page: Element, finished: FinishedBacktest
) -> None:
    steps = {row[0]: amount(row[1]) for row in table_titled(page, "From price moves to the account")[1:]}
    costs = sum(steps[name] for name in ("spread and slippage", "fees", "funding"))
    cent = Decimal("0.01")
    assert abs(steps["price moves, before any cost"] + costs - steps["= net result of closed trades"]) <= 2 * cent
    change = steps["= net result of closed trades"] + steps["open positions, at the last close"]
    assert abs(change - steps["= change of the account"]) <= cent
    assert abs(steps["deposit"] + steps["= change of the account"] - steps["= account at the end"]) <= cent
    assert abs(steps["= account at the end"] - round(Decimal(finished.summary["account"]["equity"]), 2)) <= cent


def test_every_signal_stands_in_one_line(page: Element, finished: FinishedBacktest) -> None:
    *rows, whole = table_titled(page, "What became of every signal")[1:]
    assert sum(amount(row[2]) for row in rows) == amount(whole[2]) == finished.summary["entries"]["signals"] > 500
    assert amount(rows[0][2]) == finished.summary["entries"]["opened"]
    assert all(amount(row[2]) >= 0 for row in rows)


def test_a_trade_that_cost_the_most_is_the_one_of_the_table(page: Element, finished: FinishedBacktest) -> None:
    heading, worst, *_ = table_titled(page, "The 10 that cost the most")
    assert amount(worst[heading.index("net USDT")]) == round(Decimal(finished.summary["trades"]["worst"]), 2)


def test_every_link_of_the_page_leads_into_it_and_nothing_is_code(page: Element, finished: FinishedBacktest) -> None:
    ids = {one.attributes["id"] for tag in ("section", "dt", "h2") for one in page.all(tag) if "id" in one.attributes}
    links = [one.attributes["href"] for one in page.all("a")]
    assert len(links) > 50
    assert {link for link in links if link.removeprefix("#") not in ids} == set()
    assert set(terms_in(OF_ACCOUNTS)) <= ids
    assert page.all("script") == []
    assert re.findall(r"https?:", finished.page.read_text()) == []


def test_an_account_that_never_traded_has_a_page_that_says_so(root: Path) -> None:
    silent = done(root, "account.switch.entry_z=90.0", "account.static.entry_z=90.0")
    text = read_page(silent.page.read_text()).text
    assert "The account did not trade in 8 days." in text
    assert "no trade was closed" in text
