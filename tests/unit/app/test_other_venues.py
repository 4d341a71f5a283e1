"""Downloads from venues other than Binance: what the catalog lacks, part by part, and what the command says."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.ccxt_server import BYBIT_BARS, FakeExchanges, serving
from tests.data_files import DAY, MAY_12_2022, MINUTE, made_bars, without

from tradewind.adapters.catalog import Catalog, write
from tradewind.adapters.importers import RawBars
from tradewind.app import other_venues
from tradewind.app.download import DownloadReport, DownloadRequest
from tradewind.app.other_venues import download_missing, source_of
from tradewind.cli.main import run
from tradewind.model.bars import BAR_COLUMNS, Bars
from tradewind.model.errors import DownloadFailed, NoData, WrongUse
from tradewind.model.time import TimeRange

pytestmark = pytest.mark.slow

HOUR = 60 * MINUTE
LATER = MAY_12_2022 + 400 * DAY


class Shelf:
    """A venue of one series; notes what it is asked for, in hours from the start, and fails where told."""

    venue = "shelf"
    note = ""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.asked: list[tuple[int, int]] = []
        self.fails_from: int | None = None

    def check(self, symbol: str, timeframe: str) -> None:
        if symbol != "BTC/USDT":
            raise WrongUse(f"shelf has no market {symbol}", "Take another")
        assert timeframe == "1h"

    def fetch(self, symbol: str, timeframe: str, span: TimeRange, reached: Callable[[int], None]) -> RawBars | None:
        start, end = span.start_ms, span.end_ms
        assert start is not None
        assert end is not None
        self.asked.append(((start - MAY_12_2022) // HOUR, (end - MAY_12_2022) // HOUR))
        if self.fails_from is not None and self.asked[-1][0] >= self.fails_from:
            raise DownloadFailed("shelf is shut", "Come back")
        reached(end)
        part = self.bars.between(span)
        return (
            RawBars("shelf", part.ts, (part.open, part.high, part.low, part.close, part.volume)) if len(part) else None
        )


class Desk:
    def __init__(self, folder: Path, bars: Bars) -> None:
        self.catalog = Catalog(folder / "catalog")
        self.shelf = Shelf(bars)

    def load(self, first: int, end: int | None, *, now: int = LATER, replace: bool = False) -> DownloadReport:
        span = TimeRange(MAY_12_2022 + first * HOUR, None if end is None else MAY_12_2022 + end * HOUR)
        request = DownloadRequest(symbols=("BTC/USDT",), timeframe="1h", span=span, replace=replace)
        return next(iter(download_missing(self.catalog, self.shelf, request, now)))

    def holds(self, bars: Bars) -> bool:
        found = self.catalog.bars("shelf", "BTC/USDT", "1h", TimeRange())
        return all(np.array_equal(getattr(found, name), getattr(bars, name)) for name in BAR_COLUMNS)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, made_bars(3000, timeframe="1h"))


@pytest.fixture
def exchanges() -> Iterator[FakeExchanges]:
    with serving(FakeExchanges(made_bars(2500, timeframe="1h"))) as exchanges:
        yield exchanges


@pytest.fixture
def parts_of_100(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other_venues, "_PART_BARS", 100)


def test_the_forming_bar_is_not_asked_for(desk: Desk) -> None:
    desk.load(0, None, now=MAY_12_2022 + 11 * HOUR - 1)
    assert desk.shelf.asked == [(0, 10)]
    assert desk.holds(desk.shelf.bars.rows(0, 10))


def test_a_later_request_goes_on_after_the_last_catalogued_bar(desk: Desk) -> None:
    desk.load(0, 100)
    report = desk.load(0, 150)
    assert desk.shelf.asked == [(0, 100), (100, 150)]
    assert (report.written.added, report.written.identical, report.rest_bars) == (50, 100, 50)
    assert desk.holds(desk.shelf.bars.rows(0, 150))


def test_what_is_all_there_is_not_asked_for(desk: Desk) -> None:
    desk.load(0, 100)
    report = desk.load(20, 80)
    assert desk.shelf.asked == [(0, 100)]
    assert (report.written.added, report.written.identical, report.rest_bars) == (0, 60, 0)


def test_the_stretch_between_two_earlier_requests_is_filled(desk: Desk) -> None:
    desk.load(0, 100)
    desk.load(800, 1400)
    desk.load(0, 1450)
    assert desk.shelf.asked[2:] == [(100, 800), (1400, 1450)]
    assert desk.holds(desk.shelf.bars.rows(0, 1450))


def test_near_holes_are_asked_for_together_and_far_ones_apart(desk: Desk) -> None:
    desk.shelf.bars = without(desk.shelf.bars, 10, 20, 900)
    desk.load(0, 1000)
    desk.load(0, 1000)
    assert desk.shelf.asked == [(0, 1000), (10, 21), (900, 901)]


def test_bars_between_near_holes_that_the_venue_has_changed_since_are_left_alone(desk: Desk) -> None:
    whole = desk.shelf.bars
    desk.shelf.bars = without(whole, 10, 20)
    desk.load(0, 30)
    columns = {name: getattr(whole, name).copy() for name in BAR_COLUMNS}
    columns["volume"][15] += 1.0
    desk.shelf.bars = Bars(venue="binance", symbol="BTC/USDT", timeframe="1h", **columns)
    report = desk.load(0, 30)
    assert report.written.added == 2
    assert desk.holds(whole.rows(0, 30))
    assert desk.load(0, 30, replace=True).written.replaced == 1


@pytest.mark.usefixtures("parts_of_100")
def test_an_interrupted_download_keeps_its_parts_and_goes_on_after_them(desk: Desk) -> None:
    desk.shelf.fails_from = 200
    with pytest.raises(DownloadFailed, match="shelf is shut"):
        desk.load(0, 350)
    assert desk.holds(desk.shelf.bars.rows(0, 200))
    desk.shelf.fails_from = None
    desk.load(0, 350)
    assert desk.shelf.asked == [(0, 100), (100, 200), (200, 300), (200, 300), (300, 350)]
    assert desk.holds(desk.shelf.bars.rows(0, 350))


@pytest.mark.usefixtures("parts_of_100")
def test_progress_counts_bars_and_ends_at_the_total(desk: Desk) -> None:
    seen: list[tuple[int, int, str]] = []
    request = DownloadRequest(
        symbols=("BTC/USDT",), timeframe="1h", span=TimeRange(MAY_12_2022, MAY_12_2022 + 250 * HOUR)
    )
    list(download_missing(desk.catalog, desk.shelf, request, LATER, lambda *args: seen.append(args)))
    assert [done for done, _, _ in seen] == [0, 100, 100, 200, 200, 250]
    assert {total for _, total, _ in seen} == {250}


def test_a_start_before_the_venues_first_bar_is_said(desk: Desk) -> None:
    assert desk.load(-48, 100).notes == ("shelf gave no bars of BTC/USDT before 2022-05-12 00:00",)


def test_a_span_without_any_bar_is_no_data(desk: Desk) -> None:
    with pytest.raises(NoData, match="shelf gave no bars of shelf BTC/USDT 1h from"):
        desk.load(4000, 4100)
    assert desk.catalog.series() == ()


def test_a_wrong_market_is_refused_before_the_first_is_loaded(desk: Desk) -> None:
    request = DownloadRequest(symbols=("BTC/USDT", "NOPE/USDT"), timeframe="1h", span=TimeRange(MAY_12_2022, LATER))
    with pytest.raises(WrongUse, match="no market NOPE/USDT"):
        list(download_missing(desk.catalog, desk.shelf, request, LATER))
    assert desk.shelf.asked == []


def test_bars_of_another_venue_in_the_catalog_are_not_taken_for_this_one(desk: Desk) -> None:
    write(desk.catalog, [desk.shelf.bars.rows(0, 50)])  # of binance
    assert desk.load(0, 50).written.added == 50


@pytest.mark.parametrize(("venue", "library"), [("kraken", "ccxt"), ("yfinance", "yfinance")])
def test_a_library_that_is_not_installed_is_one_line_that_says_how_to_install_it(
    venue: str, library: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # None in sys.modules is how Python marks a module that cannot be imported.
    monkeypatch.setitem(__import__("sys").modules, library, None)
    command = ["--workspace", str(tmp_path), "data", "download", "BTC/USD", "--timerange", "20220512-20220513"]
    assert run([*command, "--venue", venue]) == 1
    said = capsys.readouterr().err
    assert said == f"error: {library} is not installed. Install it with: pip install 'tradewind[{library}]'\n"


def test_an_address_for_yfinance_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="address of its own"):
        source_of("yfinance", time.sleep, "http://127.0.0.1:9")


def test_the_command_loads_through_ccxt_prints_and_goes_on(
    exchanges: FakeExchanges, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--workspace", str(tmp_path), "data", "download", "BTC/USDT", "--venue", "bybit", "--timeframe", "1h"]
    command += ["--base-url", exchanges.url]
    assert run([*command, "--timerange", "20220510-20220612"]) == 0
    said = capsys.readouterr().out
    assert "744 bars came" in said
    assert "note: bybit gave no bars of BTC/USDT before 2022-05-12 00:00" in said
    assert run([*command, "--timerange", "20220512-20220613", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)[0]
    assert (record["venue"], record["added"], record["rest_bars"], record["notes"]) == ("bybit", 24, 24, [])
    assert int(exchanges.asked(BYBIT_BARS)[-1]["start"]) == MAY_12_2022 + 31 * DAY
    exchanges.faults[BYBIT_BARS] = ['{"retCode":10001,"retMsg":"Not supported symbols","result":{}}']
    assert run([*command, "--timerange", "20220613-20220614"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: bybit refused 1h bars of BTC/USDT (")
    assert "Not supported symbols" in said
    assert said.count("\n") == 1


def test_a_base_address_for_binance_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--workspace", str(tmp_path), "data", "download", "BTC/USDT", "--timerange", "20220512-20220513"]
    assert run([*command, "--base-url", "http://127.0.0.1:9"]) == 2
    assert "--archive-url" in capsys.readouterr().err
