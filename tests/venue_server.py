"""A Binance of one's own on 127.0.0.1: archive files, klines by REST, and the faults a real one has."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.data_files import binance_csv, checksum_of, csv_rows, zipped

from tradewind.model.bars import Bars
from tradewind.model.time import timeframe_ms, utc_day


@dataclass
class FakeVenue:
    """What the server has and how it misbehaves.

    `faults` maps a path to what happens to its next requests, in order: a status, ("retry", seconds) for a
    429 that asks to wait, "cut" for a connection that ends in the middle of the body, "hang" for no answer until
    `hanging` is set.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    klines: dict[tuple[str, str], list[list[object]]] = field(default_factory=dict)
    funding: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    faults: dict[str, list[object]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    queries: list[dict[str, str]] = field(default_factory=list)
    hanging: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def put(self, path: str, content: bytes) -> None:
        """An archive file with its checksum beside it."""
        self.files[path] = content
        self.files[f"{path}.CHECKSUM"] = checksum_of(content, path.rsplit("/", 1)[-1])

    def put_bars(self, bars: Bars, *, monthly: bool = False, market: str = "spot") -> str:
        """Bars of one day or month as the archive keeps them; the path they are at."""
        name = bars.symbol.split(":")[0].replace("/", "")
        date = utc_day(int(bars.ts[0]))[: 7 if monthly else 10]
        stem = f"{name}-{bars.timeframe}-{date}"
        period = "monthly" if monthly else "daily"
        path = f"/data/{market}/{period}/klines/{name}/{bars.timeframe}/{stem}.zip"
        self.put(path, zipped(f"{stem}.csv", binance_csv(bars)))
        return path

    def put_klines(self, bars: Bars) -> None:
        """Bars that the REST service answers."""
        name = bars.symbol.split(":")[0].replace("/", "")
        step = bars.timeframe_ms
        self.klines[name, bars.timeframe] = [
            [int(row[0]), *row[1:], int(row[0]) + step - 1, "1.0", 7, "0.5", "0.5", "0"] for row in csv_rows(bars)
        ]

    def answer_klines(self, query: dict[str, str]) -> tuple[int, bytes]:
        self.queries.append(query)
        rows = self.klines.get((query["symbol"], query["interval"]))
        if rows is None:
            return 400, b'{"code":-1121,"msg":"Invalid symbol."}'
        timeframe_ms(query["interval"])
        start, end = int(query["startTime"]), int(query["endTime"])
        page = [row for row in rows if start <= int(str(row[0])) <= end]
        return 200, json.dumps(page[: int(query["limit"])]).encode()

    def answer_funding(self, query: dict[str, str]) -> tuple[int, bytes]:
        self.queries.append(query)
        start, end = int(query["startTime"]), int(query["endTime"])
        page = [
            {"symbol": query["symbol"], "fundingTime": ts, "fundingRate": rate, "markPrice": "40000.1"}
            for ts, rate in self.funding.get(query["symbol"], [])
            if start <= ts <= end
        ]
        return 200, json.dumps(page[: int(query["limit"])]).encode()


@contextmanager
def serving(venue: FakeVenue) -> Iterator[FakeVenue]:
    """Serve `venue` until the block ends; its `url` is set."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            venue.asked[address.path] += 1
            fault = venue.faults.get(address.path, [])
            match fault.pop(0) if fault else None:
                case int(status):
                    self.reply(status, b"no")
                case ("retry", seconds):
                    self.reply(429, b"{}", retry_after=str(seconds))
                case "hang":
                    venue.hanging.wait(30)
                    self.close_connection = True
                case "cut":
                    self.reply(200, venue.files[address.path], sent=100)
                case _ if address.path.endswith("/klines"):
                    self.reply(*venue.answer_klines(dict(parse_qsl(address.query))))
                case _ if address.path.endswith("/fundingRate"):
                    self.reply(*venue.answer_funding(dict(parse_qsl(address.query))))
                case _ if address.path in venue.files:
                    self.reply(200, venue.files[address.path])
                case _:
                    self.reply(404, b"")

        def reply(self, status: int, body: bytes, *, retry_after: str = "", sent: int | None = None) -> None:
            self.send_response(status)
            if retry_after:
                self.send_header("Retry-After", retry_after)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:sent])
            if sent is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """A test needs no access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    venue.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield venue
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
