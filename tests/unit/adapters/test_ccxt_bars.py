"""ccxt's own clients of Kraken and Bybit against a local server: pages, patience, and every way to fail."""

import time
from collections.abc import Iterator

import ccxt
import numpy as np
import pytest
from tests.ccxt_server import BYBIT_BARS, KRAKEN_BARS, KRAKEN_MARKETS, FakeExchanges, serving
from tests.data_files import MAY_12_2022, MINUTE, made_bars, without

from tradewind.adapters.importers import RawBars
from tradewind.adapters.vendors import CcxtBars
from tradewind.model.bars import Bars
from tradewind.model.errors import BadFile, DownloadFailed, WrongUse
from tradewind.model.time import TimeRange

HOUR = 60 * MINUTE


@pytest.fixture
def exchanges() -> Iterator[FakeExchanges]:
    with serving(FakeExchanges(made_bars(2500, timeframe="1h"))) as exchanges:
        yield exchanges


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that ccxt waits between requests, noted and not waited."""
    noted: list[float] = []
    monkeypatch.setattr(time, "sleep", noted.append)
    return noted


class Asked:
    """A venue that was asked once, what came and what was waited for."""

    def __init__(self, exchanges: FakeExchanges, venue: str) -> None:
        self.waits: list[float] = []
        self.reached: list[int] = []
        self.source = CcxtBars(ccxt, venue, self.waits.append, exchanges.url)

    def fetch(self, symbol: str, first: int, end: int, timeframe: str = "1h") -> RawBars | None:
        self.source.check(symbol, timeframe)
        span = TimeRange(MAY_12_2022 + first * HOUR, MAY_12_2022 + end * HOUR)
        return self.source.fetch(symbol, timeframe, span, self.reached.append)


def equal(raw: RawBars | None, bars: Bars) -> bool:
    assert raw is not None
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    return np.array_equal(raw.ts, bars.ts) and all(map(np.array_equal, raw.prices, columns))


def test_bars_come_in_pages_of_the_venues_limit_and_end_where_asked(exchanges: FakeExchanges) -> None:
    asked = Asked(exchanges, "bybit")
    assert equal(asked.fetch("BTC/USDT", 100, 2400), exchanges.bars.rows(100, 2400))
    pages = exchanges.asked(BYBIT_BARS)
    assert [(int(page["start"]) - MAY_12_2022) // HOUR for page in pages] == [100, 1100, 2100]
    assert {page["limit"] for page in pages} == {"1000"}
    assert [(ts - MAY_12_2022) // HOUR for ts in asked.reached] == [1100, 2100, 2400]


def test_a_hole_of_the_venue_stays_a_hole_and_a_page_goes_on_after_it(exchanges: FakeExchanges) -> None:
    exchanges.bars = without(exchanges.bars, 5, *range(990, 1200))
    raw = Asked(exchanges, "bybit").fetch("BTC/USDT", 0, 2500)
    assert equal(raw, exchanges.bars)


def test_a_page_without_bars_is_not_taken_for_the_end(exchanges: FakeExchanges) -> None:
    exchanges.faults[BYBIT_BARS] = ['{"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSDT","list":[]}}']
    assert equal(Asked(exchanges, "bybit").fetch("BTC/USDT", 0, 2500), exchanges.bars.rows(1000, 2500))


def test_a_perpetual_is_asked_for_as_a_perpetual(exchanges: FakeExchanges) -> None:
    assert equal(Asked(exchanges, "bybit").fetch("BTC/USDT:USDT", 0, 10), exchanges.bars.rows(0, 10))
    assert exchanges.asked(BYBIT_BARS)[0]["category"] == "linear"


def test_a_venue_that_keeps_only_its_newest_bars_gives_those(exchanges: FakeExchanges) -> None:
    assert equal(Asked(exchanges, "kraken").fetch("BTC/USD", 0, 2500), exchanges.bars.rows(2500 - 720, 2500))
    assert len(exchanges.asked(KRAKEN_BARS)) == 1


def test_nothing_at_all_is_none(exchanges: FakeExchanges) -> None:
    assert Asked(exchanges, "kraken").fetch("BTC/USD", 9000, 9100) is None


def test_ccxt_keeps_the_venues_rate_limit(exchanges: FakeExchanges, pauses: list[float]) -> None:
    Asked(exchanges, "kraken").fetch("BTC/USD", 2400, 2500)
    # Kraken's class allows one request a second, so the second and third of three wait for most of one.
    assert len(exchanges.queries) == 3
    assert [0.5 < pause <= 1.2 for pause in pauses] == [True, True]


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        ([("retry", 7)], [7.0]),
        (["rate"], [1.0]),
        ([500, 503, 502], [1.0, 2.0, 4.0]),
        ([("retry", 3), 500], [3.0, 2.0]),
    ],
    ids=["429", "rate limit in words", "server errors", "both"],
)
def test_passing_faults_are_waited_out(faults: list[object], waits: list[float], exchanges: FakeExchanges) -> None:
    words = '{"error":["EAPI:Rate limit exceeded"]}'
    exchanges.faults[KRAKEN_BARS] = [words if fault == "rate" else fault for fault in faults]
    asked = Asked(exchanges, "kraken")
    assert equal(asked.fetch("BTC/USD", 2400, 2500), exchanges.bars.rows(2400, 2500))
    assert asked.waits == waits


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([("retry", 3600)], "kraken, 1h bars of BTC/USD: the venue asks to wait 3600 s"),
        ([500] * 5, "kraken did not answer 1h bars of BTC/USD, 5 times"),
        (['{"error":["EGeneral:Internal error"]}'] * 5, "kraken .*1h bars of BTC/USD"),
        (['{"error":["EQuery:Unknown asset pair"]}'], "kraken refused 1h bars of BTC/USD .*Unknown asset pair"),
        (["<html>nothing here</html>"], "kraken did not answer 1h bars of BTC/USD in a known form"),
        (['{"error":[],"result":{"XXBTZUSD":[["soon","1","1","1","1","1","1",1]]}}'], "in a known form"),
        (['{"error":[],"result":{"XXBTZUSD":[7]}}'], "in a known form"),
        (['{"error":[],"result":{"XXBTZUSD":[{"open":1}]}}'], "in a known form"),
    ],
    ids=["too long", "never", "internal", "refused", "no JSON", "no time", "no row", "another row"],
)
def test_a_failure_is_one_line_that_names_the_venue(faults: list[object], said: str, exchanges: FakeExchanges) -> None:
    exchanges.faults[KRAKEN_BARS] = list(faults)
    with pytest.raises(DownloadFailed, match=said) as failure:
        Asked(exchanges, "kraken").fetch("BTC/USD", 2400, 2500)
    assert "\n" not in str(failure.value)


def test_a_venue_that_cannot_be_reached_is_named(exchanges: FakeExchanges) -> None:
    asked = Asked(exchanges, "kraken")
    asked.source = CcxtBars(ccxt, "kraken", asked.waits.append, "http://127.0.0.1:9")
    with pytest.raises(DownloadFailed, match="kraken did not answer its markets, 5 times"):
        asked.fetch("BTC/USD", 0, 1)
    assert asked.waits == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("text", ["<html></html>", '{"error":[],"result":[1]}', "[]"])
def test_markets_that_are_none_are_a_failure(text: str, exchanges: FakeExchanges) -> None:
    exchanges.faults[KRAKEN_MARKETS] = [text]
    with pytest.raises(DownloadFailed, match="kraken did not answer its markets in a known form"):
        Asked(exchanges, "kraken").fetch("BTC/USD", 0, 1)


@pytest.mark.parametrize(
    ("price", "said"),
    [("null", "column open: missing or not a number"), ('"0"', "price 0 is not positive"), ('"9"', "9 is outside low")],
)
def test_a_bar_that_breaks_a_rule_is_named(price: str, said: str, exchanges: FakeExchanges) -> None:
    second = (MAY_12_2022 + 2400 * HOUR) // 1000
    row = f'[{second},{price},"2","1","1.5","1.5","3",1]'
    exchanges.faults[KRAKEN_BARS] = [f'{{"error":[],"result":{{"XXBTZUSD":[{row}]}}}}']
    with pytest.raises(BadFile, match=rf"kraken BTC/USD 1h, row 1, .*{said}"):
        Asked(exchanges, "kraken").fetch("BTC/USD", 2400, 2500)


def test_a_market_the_venue_does_not_have_is_wrong_use_with_the_nearest(exchanges: FakeExchanges) -> None:
    with pytest.raises(WrongUse, match=r"kraken has no market BTC/USDT\. Perhaps BTC/USD"):
        Asked(exchanges, "kraken").fetch("BTC/USDT", 0, 1)


def test_a_timeframe_the_venue_does_not_have_is_wrong_use(exchanges: FakeExchanges) -> None:
    asked = Asked(exchanges, "coinbase")
    with pytest.raises(WrongUse, match=r"coinbase has no 4h bars\. It has: 1m, 5m, 15m, 1h, 1d"):
        asked.source.check("BTC/USD", "4h")
    assert exchanges.queries == []


def test_a_venue_nobody_knows_is_wrong_use_with_the_nearest() -> None:
    with pytest.raises(WrongUse, match=r"ccxt knows no venue 'krakn'\. Perhaps kraken"):
        CcxtBars(ccxt, "krakn", time.sleep)


def test_every_address_of_every_venue_moves_to_the_base_address_and_keeps_its_path() -> None:
    def addresses(tree: object) -> list[str]:
        return [tree] if isinstance(tree, str) else [leaf for node in tree.values() for leaf in addresses(node)]

    for venue in ("kraken", "bybit", "okx", "coinbase", "bitfinex", "htx", "gate"):
        source = CcxtBars(ccxt, venue, time.sleep, "http://127.0.0.1:9/")
        moved = addresses(source._exchange.urls["api"])
        assert moved
        assert all(address.startswith("http://127.0.0.1:9") and "//" not in address[8:] for address in moved)
