"""Bars from any exchange that ccxt knows, page by page, through ccxt's own client."""

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np

from tradewind.adapters.importers.columns import Layout
from tradewind.adapters.importers.rows import RawBars, checked_rows
from tradewind.adapters.patience import ATTEMPTS, wait_before
from tradewind.model.bars import BAR_COLUMNS
from tradewind.model.errors import DownloadFailed, WrongUse
from tradewind.model.time import TIMEFRAME_MS, TimeRange, timeframe_ms

_Answer = TypeVar("_Answer")
_TIMEOUT_MS = 30_000
_CAUTIOUS_LIMIT = 100  # bars per page where ccxt does not know the venue's limit; every venue gives that many
_MESSAGE_LENGTH = 200
# What ccxt's parsers raise when an answer has another shape than the venue documents.
_MALFORMED = (TypeError, ValueError, KeyError, IndexError, AttributeError)


class CcxtBars:
    """One exchange over REST; `base_url` replaces the address of each of its services, paths stay.

    `library` is the ccxt module; `sleep` takes seconds and is used between attempts only: between requests ccxt
    keeps the venue's rate limit by itself. Raises WrongUse for a venue that ccxt does not know or that has no bars.
    """

    note = ""

    def __init__(self, library: Any, venue: str, sleep: Callable[[float], None], base_url: str | None = None) -> None:
        if venue not in library.exchanges:
            raise WrongUse(f"ccxt knows no venue {venue!r}", _nearest(venue, library.exchanges, "Use small letters"))
        self.venue = venue
        self._ccxt = library
        self._sleep = sleep
        self._exchange = getattr(library, venue)(
            {"enableRateLimit": True, "timeout": _TIMEOUT_MS, "requests_trust_env": True}
        )
        # ccxt can also make bars of trades ("emulated"); those would be ours and not the venue's.
        if self._exchange.has["fetchOHLCV"] is not True:
            raise WrongUse(f"{venue} does not serve bars", "Use another venue, or `tradewind data import` its files")
        self._exchange.enableLastJsonResponse = True
        self._exchange.enableLastResponseHeaders = True
        self._exchange.parse_ohlcv = self._strict(self._exchange.parse_ohlcv)
        if base_url is not None:
            self._exchange.urls["api"] = _moved(self._exchange.urls["api"], base_url.rstrip("/"))

    def check(self, symbol: str, timeframe: str) -> None:
        """Raises WrongUse where the venue does not have the market or the timeframe, DownloadFailed where it fails."""
        known = self._exchange.timeframes or {}
        if timeframe not in known:
            both = ", ".join(name for name in TIMEFRAME_MS if name in known)
            raise WrongUse(f"{self.venue} has no {timeframe} bars", f"It has: {both}")
        markets = self._asked("its markets", self._exchange.load_markets)
        if not markets:
            raise DownloadFailed(f"{self.venue} did not answer its markets in a known form", "Try again later")
        if symbol not in markets:
            remedy = _nearest(symbol, markets, "Write BTC/USDT, or BTC/USDT:USDT for a perpetual")
            raise WrongUse(f"{self.venue} has no market {symbol}", remedy)

    def fetch(self, symbol: str, timeframe: str, span: TimeRange, reached: Callable[[int], None]) -> RawBars | None:
        """Bars that open in `span` (both ends given, the end not after the last close); None where there are none.

        `reached` is told up to what time the venue was asked. A page without bars is no end: some venues answer
        only the stretch that was asked for, and it may lie in a hole. Raises DownloadFailed where the venue fails,
        BadFile where a bar breaks a rule.
        """
        assert span.start_ms is not None
        assert span.end_ms is not None
        step = timeframe_ms(timeframe)
        limit = self._exchange.feature_value(symbol, "fetchOHLCV", "limit") or _CAUTIOUS_LIMIT
        rows: list[list[float]] = []
        at = span.start_ms
        while at < span.end_ms:
            page = [row for row in self._page(symbol, timeframe, at, limit) if row[0] >= at]
            rows.extend(row for row in page if row[0] < span.end_ms)
            at = int(page[-1][0]) + step if page else at + limit * step
            reached(min(at, span.end_ms))
        if not rows:
            return None
        table = np.array(rows, np.float64)
        columns = [np.ascontiguousarray(table[:, i]) for i in range(1, 6)]
        layout = Layout(tuple(range(6)), BAR_COLUMNS)
        return checked_rows(
            f"{self.venue} {symbol} {timeframe}", layout, table[:, 0].astype(np.int64), columns, timeframe
        )

    def _page(self, symbol: str, timeframe: str, since_ms: int, limit: int) -> list[list[float]]:
        def ask() -> list[list[float]]:
            self._exchange.last_json_response = None
            page = self._exchange.fetch_ohlcv(symbol, timeframe, since_ms, limit)
            # ccxt takes an answer that is no JSON for no bars: that would make up a hole.
            if self._exchange.last_json_response is None:
                raise ValueError("no JSON")
            return [[float(row[0]), *(math.nan if cell is None else float(cell) for cell in row[1:6])] for row in page]

        return self._asked(f"{timeframe} bars of {symbol}", ask)

    def _strict(self, parse: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        """ccxt's parser of one bar, which drops a bar whose time it cannot read, made to refuse it."""

        def strict(row: Any, market: Any = None) -> list[Any]:
            bar = parse(row, market)
            # A text has a first character too, which ccxt would read as a time in 1970.
            if not isinstance(row, list | dict) or not isinstance(bar[0], int):
                raise self._ccxt.BadResponse(f"no bar: {row}")
            return bar

        return strict

    def _asked(self, what: str, ask: Callable[[], _Answer]) -> _Answer:
        """The answer, after passing faults were waited out; every way to fail is one DownloadFailed."""
        problem = ""
        for attempt in range(ATTEMPTS):
            self._exchange.last_response_headers = None
            try:
                return ask()
            except self._ccxt.NetworkError as error:
                problem = _one_line(error)
            except (self._ccxt.BadResponse, *_MALFORMED):
                raise DownloadFailed(f"{self.venue} did not answer {what} in a known form", "Try again later") from None
            except self._ccxt.BaseError as error:
                raise DownloadFailed(
                    f"{self.venue} refused {what} ({_one_line(error)})", "Check symbol, timeframe and time range"
                ) from None
            headers = self._exchange.last_response_headers or {}
            wait_s = wait_before(attempt, headers.get("Retry-After", ""), f"{self.venue}, {what}")
            if attempt < ATTEMPTS - 1:
                self._sleep(wait_s)
        raise DownloadFailed(
            f"{self.venue} did not answer {what}, {ATTEMPTS} times ({problem})",
            "Run the same command later: what is finished is kept",
        )


def _moved(addresses: Any, base_url: str) -> Any:
    """ccxt's tree of addresses with another scheme and host; paths are kept."""
    if isinstance(addresses, Mapping):
        return {name: _moved(address, base_url) for name, address in addresses.items()}
    return base_url + urlsplit(addresses).path if isinstance(addresses, str) else addresses


def _nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(word, list(known), n=3)
    return f"Perhaps {' or '.join(near)}" if near else otherwise


def _one_line(error: Exception) -> str:
    # Some venues answer a failure with a whole page.
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _MESSAGE_LENGTH else f"{text[:_MESSAGE_LENGTH]}…"
