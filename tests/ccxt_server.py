"""Kraken and Bybit on 127.0.0.1: their markets and bars as their own documentation shows them, and their faults."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.data_files import csv_rows

from tradewind.model.bars import Bars

KRAKEN_BARS = "/0/public/OHLC"
KRAKEN_MARKETS = "/0/public/AssetPairs"
BYBIT_BARS = "/v5/market/kline"
_KRAKEN_KEEPS = 720  # bars: Kraken gives the newest ones only, however early one asks
_KRAKEN_PAIR = {
    "altname": "XBTUSD", "wsname": "XBT/USD", "aclass_base": "currency", "base": "XXBT", "aclass_quote": "currency",
    "quote": "ZUSD", "lot": "unit", "cost_decimals": 5, "pair_decimals": 1, "lot_decimals": 8, "lot_multiplier": 1,
    "leverage_buy": [2, 3], "leverage_sell": [2, 3], "fees": [[0, 0.26]], "fees_maker": [[0, 0.16]],
    "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40, "ordermin": "0.0001", "costmin": "0.5",
    "tick_size": "0.1", "status": "online",
}  # fmt: skip
_KRAKEN_ASSET = {"aclass": "currency", "decimals": 10, "display_decimals": 5, "status": "enabled"}
_BYBIT_SPOT = {
    "symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "innovation": "0", "status": "Trading",
    "marginTrading": "both", "priceFilter": {"tickSize": "0.01"},
    "lotSizeFilter": {"basePrecision": "0.000001", "quotePrecision": "0.00000001", "minOrderQty": "0.000048",
                      "maxOrderQty": "71.73956243", "minOrderAmt": "1", "maxOrderAmt": "2000000"},
}  # fmt: skip
_BYBIT_LINEAR = {
    "symbol": "BTCUSDT", "contractType": "LinearPerpetual", "status": "Trading", "baseCoin": "BTC",
    "quoteCoin": "USDT", "settleCoin": "USDT", "launchTime": "1585526400000", "deliveryTime": "0",
    "deliveryFeeRate": "", "priceScale": "2", "unifiedMarginTrade": True, "fundingInterval": 480,
    "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
    "priceFilter": {"minPrice": "0.10", "maxPrice": "199999.80", "tickSize": "0.10"},
    "lotSizeFilter": {"maxOrderQty": "100.000", "minOrderQty": "0.001", "qtyStep": "0.001"},
}  # fmt: skip
_BYBIT_INTERVALS = {"1": "1m", "5": "5m", "15": "15m", "60": "1h", "240": "4h", "D": "1d"}


@dataclass
class FakeExchanges:
    """What the server has and how it misbehaves.

    `bars` is answered for every market of either venue. `faults` maps a path to what happens to its next requests,
    in order: a status, ("retry", seconds) for a 429 that asks to wait, or text that is answered in place of the truth.
    """

    bars: Bars
    faults: dict[str, list[object]] = field(default_factory=dict)
    queries: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def asked(self, path: str) -> list[dict[str, str]]:
        return [query for asked, query in self.queries if asked == path]

    def answer(self, path: str, query: dict[str, str]) -> object:
        match path:
            case "/0/public/AssetPairs":
                return {"error": [], "result": {"XXBTZUSD": _KRAKEN_PAIR}}
            case "/0/public/Assets":
                names = {"XXBT": "XBT", "ZUSD": "USD"}
                return {
                    "error": [],
                    "result": {key: {**_KRAKEN_ASSET, "altname": name} for key, name in names.items()},
                }
            case "/0/public/OHLC":
                return self._kraken_bars(query)
            case "/v5/market/instruments-info":
                markets = {"spot": [_BYBIT_SPOT], "linear": [_BYBIT_LINEAR]}.get(query["category"], [])
                return _bybit({"category": query["category"], "list": markets, "nextPageCursor": ""})
            case "/v5/market/kline":
                return self._bybit_bars(query)
        return None

    def _kraken_bars(self, query: dict[str, str]) -> object:
        assert int(query["interval"]) * 60_000 == self.bars.timeframe_ms
        rows = [
            [int(ts) // 1000, *prices, prices[3], volume, 7]
            for ts, *prices, volume in csv_rows(self.bars)[-_KRAKEN_KEEPS:]
            if int(ts) // 1000 > int(query["since"])
        ]
        return {"error": [], "result": {"XXBTZUSD": rows, "last": rows[-1][0] if rows else 0}}

    def _bybit_bars(self, query: dict[str, str]) -> object:
        assert _BYBIT_INTERVALS[query["interval"]] == self.bars.timeframe
        rows = [[*row, "1.0"] for row in csv_rows(self.bars) if int(row[0]) >= int(query["start"])]
        # The page is the oldest bars from `start` on, newest first.
        page = rows[: int(query["limit"])][::-1]
        return _bybit({"symbol": query["symbol"], "category": query["category"], "list": page})


def _bybit(result: object) -> object:
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": 1_672_025_956_592}


@contextmanager
def serving(exchanges: FakeExchanges) -> Iterator[FakeExchanges]:
    """Serve `exchanges` until the block ends; its `url` is set."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, or the client's system waits 40 ms before it confirms the head

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = dict(parse_qsl(address.query))
            exchanges.queries.append((address.path, query))
            faults = exchanges.faults.get(address.path, [])
            match faults.pop(0) if faults else None:
                case int(status):
                    self.reply(status, "no")
                case ("retry", seconds):
                    self.reply(429, "{}", retry_after=str(seconds))
                case str(text):
                    self.reply(200, text)
                case _:
                    answer = exchanges.answer(address.path, query)
                    self.reply(404 if answer is None else 200, json.dumps(answer))

        def reply(self, status: int, text: str, *, retry_after: str = "") -> None:
            body = text.encode()
            self.send_response(status)
            if retry_after:
                self.send_header("Retry-After", retry_after)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """A test needs no access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    exchanges.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield exchanges
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
