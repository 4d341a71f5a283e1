"""Closed bars from Binance's REST service, page by page."""

import numpy as np

from tradewind.adapters.binance.archive import Market
from tradewind.adapters.binance.http import Getter
from tradewind.adapters.binance.site import BinanceSite
from tradewind.adapters.importers.columns import Layout
from tradewind.adapters.importers.rows import RawBars, checked_rows
from tradewind.model.bars import BAR_COLUMNS
from tradewind.model.errors import DownloadFailed
from tradewind.model.time import TimeRange, timeframe_ms

_SPOT_LIMIT = 1000
_FUTURES_LIMIT = 1500


def fetch_klines(
    site: BinanceSite, getter: Getter, market: Market, timeframe: str, span: TimeRange, now_ms: int
) -> RawBars | None:
    """Bars that open in `span` (both ends given) and are closed at `now_ms`; None where the venue has none.

    Raises DownloadFailed where the answer is not what the service documents, BadFile where a bar breaks a rule.
    """
    assert span.start_ms is not None
    assert span.end_ms is not None
    step = timeframe_ms(timeframe)
    path, limit = ("/fapi/v1/klines", _FUTURES_LIMIT) if market.perpetual else ("/api/v3/klines", _SPOT_LIMIT)
    url = (site.futures_url if market.perpetual else site.spot_url) + path
    rows: list[list[float]] = []
    start = span.start_ms
    while start < span.end_ms:
        page = _page(
            getter,
            url,
            {
                "symbol": market.name,
                "interval": timeframe,
                "startTime": start,
                "endTime": span.end_ms - 1,
                "limit": limit,
            },
        )
        if page and page[0][0] < start:
            raise DownloadFailed(f"{url} answered bars from before the asked time", "Try again later")
        rows.extend(page)
        if len(page) < limit:
            break
        start = int(page[-1][0]) + step
    # The service also answers the bar that is still forming.
    rows = [row for row in rows if row[0] + step <= now_ms and row[0] < span.end_ms]
    if not rows:
        return None
    table = np.array(rows, np.float64)
    ts = table[:, 0].astype(np.int64)
    prices = [np.ascontiguousarray(table[:, i]) for i in range(1, 6)]
    return checked_rows(f"{url} {market.name} {timeframe}", Layout(tuple(range(6)), BAR_COLUMNS), ts, prices, timeframe)


def _page(getter: Getter, url: str, parameters: dict[str, str | int]) -> list[list[float]]:
    answer = getter.get(url, parameters)
    if answer is None:
        raise DownloadFailed(f"{url} is not there (404)", "Check the address of the service")
    try:
        return [[float(cell) for cell in row[:6]] for row in answer.json()]
    except (ValueError, TypeError, KeyError, IndexError):
        raise DownloadFailed(f"{url} did not answer bars", "Try again later") from None
