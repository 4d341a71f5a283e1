"""Settled funding rates from Binance's REST service, page by page."""

import numpy as np

from tradewind.adapters.binance.archive import Market
from tradewind.adapters.binance.http import Getter
from tradewind.adapters.binance.site import BinanceSite
from tradewind.model.errors import DownloadFailed
from tradewind.model.funding import FundingRates
from tradewind.model.time import TimeRange

_LIMIT = 1000


def fetch_funding(site: BinanceSite, getter: Getter, symbol: str, span: TimeRange) -> FundingRates | None:
    """Rates charged within `span` (both ends given); None where the venue has none.

    Raises DownloadFailed where the answer is not what the service documents, BadData where a rate is none.
    """
    assert span.start_ms is not None
    assert span.end_ms is not None
    url = site.futures_url + "/fapi/v1/fundingRate"
    rows: list[tuple[int, float]] = []
    start = span.start_ms
    while start < span.end_ms:
        asked: dict[str, str | int] = {
            "symbol": Market.of(symbol).name, "startTime": start, "endTime": span.end_ms - 1, "limit": _LIMIT,
        }  # fmt: skip
        page = _page(getter, url, asked)
        if page and (page[0][0] < start or sorted(page) != page):
            raise DownloadFailed(f"{url} answered rates of other times, or in no order", "Try again later")
        rows.extend(page)
        if len(page) < _LIMIT:
            break
        start = page[-1][0] + 1
    if not rows:
        return None
    ts, rate = zip(*rows, strict=True)
    return FundingRates(
        venue="binance", symbol=symbol, ts=np.array(ts, np.int64), rate=np.array(rate, np.float64)
    )  # fmt: skip


def _page(getter: Getter, url: str, parameters: dict[str, str | int]) -> list[tuple[int, float]]:
    answer = getter.get(url, parameters)
    if answer is None:
        raise DownloadFailed(f"{url} is not there (404)", "Check the address of the service")
    try:
        return [(int(row["fundingTime"]), float(row["fundingRate"])) for row in answer.json()]
    except (ValueError, TypeError, KeyError):
        raise DownloadFailed(f"{url} did not answer funding rates", "Try again later") from None
