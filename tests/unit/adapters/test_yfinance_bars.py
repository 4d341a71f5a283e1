"""yfinance's tables as bars: columns, time zones, what is still forming, and what it logs instead of raising."""

import datetime as dt
import importlib.util
import logging
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.data_files import DAY, MAY_12_2022, MINUTE

from tradewind.adapters.importers import RawBars
from tradewind.adapters.vendors import YfinanceBars
from tradewind.model.errors import BadFile, DownloadFailed, WrongUse
from tradewind.model.time import TimeRange

HOUR = 60 * MINUTE
THREE_DAYS = TimeRange(MAY_12_2022, MAY_12_2022 + 3 * DAY)


def table(*stamps: str, zone: str | None = "UTC", low: float = 1.0) -> pd.DataFrame:
    """What `yfinance.download` gives for one symbol with `multi_level_index=False` and `auto_adjust=False`."""
    count = len(stamps)
    columns = {"Adj Close": 3.0, "Close": 3.0, "High": 4.0, "Low": low, "Open": 2.0, "Volume": 5}
    index = pd.DatetimeIndex(stamps, tz=zone, name="Date")
    return pd.DataFrame({name: [value] * count for name, value in columns.items()}, index=index)


class FakeYfinance(types.SimpleNamespace):
    """Answers one table, and logs as yfinance does."""

    def __init__(self, answer: pd.DataFrame | None, logs: str = "") -> None:
        super().__init__(config=types.SimpleNamespace(debug=types.SimpleNamespace(hide_exceptions=True)))
        self.answer = answer
        self.logs = logs
        self.asked: dict[str, Any] = {}

    def download(self, tickers: str, **options: Any) -> pd.DataFrame | None:
        self.asked = {"tickers": tickers, **options}
        if self.logs:
            logging.getLogger("yfinance").error("\n1 Failed download:")
            logging.getLogger("yfinance").error(self.logs)
        return self.answer


def fetch(library: Any, timeframe: str = "1d", span: TimeRange = THREE_DAYS) -> RawBars | None:
    source = YfinanceBars(library)
    source.check("BTC/USD", timeframe)
    return source.fetch("BTC/USD", timeframe, span, lambda _: None)


def test_a_table_becomes_bars_by_the_names_of_its_columns() -> None:
    library = FakeYfinance(table("2022-05-12", "2022-05-13", "2022-05-14"))
    raw = fetch(library)
    assert raw is not None
    assert raw.ts.tolist() == [MAY_12_2022, MAY_12_2022 + DAY, MAY_12_2022 + 2 * DAY]
    assert [column[0] for column in raw.prices] == [2.0, 4.0, 1.0, 3.0, 5.0]
    assert (library.asked["tickers"], library.asked["interval"]) == ("BTC-USD", "1d")
    assert library.asked["start"] == dt.datetime(2022, 5, 12, tzinfo=dt.UTC)
    assert library.asked["end"] == dt.datetime(2022, 5, 15, tzinfo=dt.UTC)
    assert library.config.debug.hide_exceptions is False
    assert (library.asked["auto_adjust"], library.asked["ignore_tz"]) == (False, False)


def test_stamps_of_another_time_zone_become_utc() -> None:
    raw = fetch(FakeYfinance(table("2022-05-12 02:00", "2022-05-12 03:00", zone="Europe/Berlin")), "1h")
    assert raw is not None
    assert raw.ts.tolist() == [MAY_12_2022, MAY_12_2022 + HOUR]


def test_what_is_still_forming_is_dropped_though_its_stamp_is_off_the_grid() -> None:
    span = TimeRange(MAY_12_2022, MAY_12_2022 + 2 * HOUR)
    stamps = ("2022-05-12 00:00", "2022-05-12 01:00", "2022-05-12 02:00", "2022-05-12 02:37:12")
    raw = fetch(FakeYfinance(table(*stamps)), "1h", span)
    assert raw is not None
    assert raw.ts.tolist() == [MAY_12_2022, MAY_12_2022 + HOUR]


def test_days_that_do_not_start_at_midnight_utc_are_refused() -> None:
    with pytest.raises(BadFile, match=r"yfinance BTC-USD 1d, row 1, column ts: .*not on the 1d grid"):
        fetch(FakeYfinance(table("2022-05-12", "2022-05-13", zone="America/New_York")))


def test_a_bar_that_breaks_a_rule_is_refused() -> None:
    with pytest.raises(BadFile, match=r"column open: 2 is outside low 2\.5"):
        fetch(FakeYfinance(table("2022-05-12", low=2.5)))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (table("2022-05-12").drop(columns="Volume"), "no column Volume"),
        (table("2022-05-12", zone=None), "without a time zone"),
    ],
    ids=["column", "zone"],
)
def test_another_contract_than_ours_is_a_failure(answer: pd.DataFrame, said: str) -> None:
    with pytest.raises(DownloadFailed, match=f"yfinance gave .*{said}.* for BTC-USD"):
        fetch(FakeYfinance(answer))


def test_nothing_there_is_none_and_a_failure_that_is_only_logged_is_an_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    empty = table().astype(np.float64)
    assert fetch(FakeYfinance(empty)) is None
    assert fetch(FakeYfinance(None)) is None
    assert fetch(FakeYfinance(empty, "['BTC-USD']: possibly delisted; no price data found  (1d 2022 -> 2022)")) is None
    with pytest.raises(DownloadFailed, match="YFRateLimitError") as failure:
        fetch(FakeYfinance(empty, "['BTC-USD']: YFRateLimitError('Too Many Requests. Try after a while.')"))
    assert "\n" not in str(failure.value)
    assert capsys.readouterr().err == ""
    assert logging.getLogger("yfinance").propagate


@pytest.mark.parametrize(("symbol", "timeframe"), [("BTC/USD:USD", "1d"), ("BTC/USD", "1m"), ("BTC/USD", "4h")])
def test_what_the_vendor_does_not_have_is_wrong_use(symbol: str, timeframe: str) -> None:
    with pytest.raises(WrongUse, match="yfinance has no"):
        YfinanceBars(FakeYfinance(None)).check(symbol, timeframe)


def test_it_says_that_it_is_for_research_only() -> None:
    assert "for research only" in YfinanceBars.note


def test_the_installed_yfinance_keeps_the_contract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if importlib.util.find_spec("yfinance") is None:
        pytest.skip("the extra tradewind[yfinance] is not installed")
    import yfinance

    yfinance.set_tz_cache_location(str(tmp_path))
    stamps = [MAY_12_2022 // 1000, MAY_12_2022 // 1000 + 86400]
    quote = {name: [value, value] for name, value in (("open", 2.0), ("high", 4.0), ("low", 1.0), ("close", 3.0))}
    meta = {
        "currency": "USD", "symbol": "BTC-USD", "exchangeName": "CCC", "instrumentType": "CRYPTOCURRENCY",
        "firstTradeDate": 1410912000, "regularMarketTime": stamps[1], "gmtoffset": 0, "timezone": "UTC",
        "exchangeTimezoneName": "UTC", "priceHint": 2, "dataGranularity": "1d", "range": "",
        "validRanges": ["1d", "max"],
    }  # fmt: skip
    result = {
        "meta": meta,
        "timestamp": stamps,
        "indicators": {"quote": [{**quote, "volume": [5, 5]}], "adjclose": [{"adjclose": [3.0, 3.0]}]},
    }
    reply = types.SimpleNamespace(
        status_code=200, text="{}", json=lambda: {"chart": {"result": [result], "error": None}}
    )
    data = importlib.import_module("yfinance.data").YfData
    monkeypatch.setattr(data, "get", lambda *_, **__: reply)
    monkeypatch.setattr(data, "cache_get", lambda *_, **__: reply)
    raw = fetch(yfinance)
    assert raw is not None
    assert raw.ts.tolist() == [MAY_12_2022, MAY_12_2022 + DAY]
    assert [column[0] for column in raw.prices] == [2.0, 4.0, 1.0, 3.0, 5.0]

    def cut(*_: object, **__: object) -> None:
        raise ConnectionError("the line is cut")

    monkeypatch.setattr(data, "get", cut)
    monkeypatch.setattr(data, "cache_get", cut)
    with pytest.raises(DownloadFailed, match=r"yfinance gave no bars of BTC-USD .*the line is cut"):
        fetch(yfinance)
    nothing = {"chart": {"result": [], "error": None}}
    empty = types.SimpleNamespace(status_code=200, text="{}", json=lambda: nothing)
    monkeypatch.setattr(data, "get", lambda *_, **__: empty)
    monkeypatch.setattr(data, "cache_get", lambda *_, **__: empty)
    assert fetch(yfinance) is None
