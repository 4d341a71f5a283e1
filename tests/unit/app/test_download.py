"""Downloads against a local venue: archive, REST, their faults, and going on after an interruption."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.data_files import DAY, MAY_12_2022, MINUTE, SHARED, checksum_of, made_bars, same_bars
from tests.venue_server import FakeVenue, serving

from tradewind.adapters.binance import BinanceSite, Getter, archive_files, fetch_funding
from tradewind.adapters.catalog import Catalog, read_funding
from tradewind.app.download import DownloadReport, DownloadRequest, Venue, download
from tradewind.cli.main import run
from tradewind.model.bars import Bars
from tradewind.model.errors import BadFile, DownloadFailed, NoData, WrongUse
from tradewind.model.time import TimeRange

pytestmark = pytest.mark.slow

LATER = MAY_12_2022 + 400 * DAY
ONE_DAY = TimeRange(MAY_12_2022, MAY_12_2022 + DAY)
MAY_1 = MAY_12_2022 - 11 * DAY


@pytest.fixture
def venue() -> Iterator[FakeVenue]:
    with serving(FakeVenue()) as venue:
        yield venue


class Desk:
    """A catalog, a cache and a client in a test's own folder; waits are noted, not waited."""

    def __init__(self, folder: Path, venue: FakeVenue) -> None:
        self.catalog = Catalog(folder / "catalog")
        self.cache = folder / "cache"
        self.venue = venue
        self.waits: list[float] = []

    def load(
        self, span: TimeRange, *, now: int = LATER, symbol: str = "BTC/USDT", timeframe: str = "1m"
    ) -> DownloadReport:
        site = BinanceSite(archive_url=self.venue.url, spot_url=self.venue.url, futures_url=self.venue.url)
        with httpx.Client(timeout=5) as client:
            world = Venue(
                site=site, getter=Getter(client, self.waits.append), cache_directory=self.cache, now_ms=now
            )  # fmt: skip
            request = DownloadRequest(symbols=(symbol,), timeframe=timeframe, span=span)
            return next(iter(download(self.catalog, world, request)))

    def bars(self, symbol: str = "BTC/USDT", timeframe: str = "1m") -> Bars:
        return self.catalog.bars("binance", symbol, timeframe, TimeRange())


@pytest.fixture
def desk(tmp_path: Path, venue: FakeVenue) -> Desk:
    return Desk(tmp_path, venue)


def test_a_past_day_comes_from_the_archive(desk: Desk, venue: FakeVenue) -> None:
    venue.put_bars(made_bars())
    report = desk.load(ONE_DAY)
    assert (report.archive_files, report.rest_bars) == (1, 0)
    assert same_bars(desk.bars(), made_bars())


def test_whole_past_months_come_as_months_and_the_rest_as_days() -> None:
    files = archive_files(MAY_1 - DAY, MAY_1 + 33 * DAY, MAY_1 + 34 * DAY)
    assert [(file.period, (file.start_ms - MAY_1) // DAY) for file in files] == [
        ("daily", -1), ("monthly", 0), ("daily", 31), ("daily", 32),
    ]  # fmt: skip


def test_the_day_that_is_not_over_is_no_archive_file() -> None:
    assert archive_files(MAY_12_2022, MAY_12_2022 + 2 * DAY, MAY_12_2022 + DAY + MINUTE)[-1].end_ms == MAY_12_2022 + DAY


def test_a_month_is_one_file(desk: Desk, venue: FakeVenue) -> None:
    month = made_bars(31 * 24, start=MAY_1, timeframe="1h")
    venue.put_bars(month, monthly=True)
    report = desk.load(TimeRange(MAY_1, MAY_1 + 31 * DAY), timeframe="1h")
    assert (report.archive_files, report.rest_bars) == (1, 0)
    assert same_bars(desk.bars(timeframe="1h"), month)


def test_a_month_too_young_for_its_file_comes_as_days(desk: Desk, venue: FakeVenue) -> None:
    month = made_bars(31 * 24, start=MAY_1, timeframe="1h")
    for day in range(31):
        venue.put_bars(month.rows(24 * day, 24 * day + 24))
    report = desk.load(TimeRange(MAY_1, MAY_1 + 31 * DAY), now=MAY_1 + 33 * DAY, timeframe="1h")
    assert (report.archive_files, report.rest_bars) == (31, 0)
    assert same_bars(desk.bars(timeframe="1h"), month)


def test_a_day_without_a_file_and_the_running_day_come_by_rest_page_by_page(desk: Desk, venue: FakeVenue) -> None:
    bars = made_bars(3 * 1440)
    venue.put_bars(bars.rows(0, 1440))
    venue.put_klines(bars)
    now = MAY_12_2022 + 2 * DAY + 90 * MINUTE + 30_000
    report = desk.load(TimeRange(MAY_12_2022, None), now=now)
    assert (report.archive_files, report.rest_bars) == (1, 1440 + 90)
    assert same_bars(desk.bars(), bars.rows(0, 2 * 1440 + 90))
    assert [int(query["limit"]) for query in venue.queries] == [1000, 1000]


def test_the_forming_bar_is_dropped(desk: Desk, venue: FakeVenue) -> None:
    venue.put_klines(made_bars(11))
    desk.load(TimeRange(MAY_12_2022, None), now=MAY_12_2022 + 10 * MINUTE + 59_999)
    assert len(desk.bars()) == 10


def test_a_perpetual_is_asked_for_where_perpetuals_are(desk: Desk, venue: FakeVenue) -> None:
    bars = made_bars(1440 + 30, symbol="BTC/USDT:USDT")
    venue.put_bars(bars.rows(0, 1440), market="futures/um")
    venue.put_klines(bars)
    report = desk.load(TimeRange(MAY_12_2022, None), now=MAY_12_2022 + DAY + 30 * MINUTE, symbol="BTC/USDT:USDT")
    assert (report.archive_files, report.rest_bars) == (1, 30)
    assert venue.queries[0]["limit"] == "1500"
    assert venue.asked["/fapi/v1/klines"] == 1


def test_funding_rates_come_page_by_page_and_none_twice(
    tmp_path: Path, venue: FakeVenue, capsys: pytest.CaptureFixture[str]
) -> None:
    settled = [(MAY_12_2022 + n * DAY // 3 + 2, f"{(n % 7 - 3) / 10_000:.8f}") for n in range(1_100)]
    venue.funding["BTCUSDT"] = settled
    command = [
        "--workspace", str(tmp_path), "data", "download", "BTC/USDT:USDT", "--funding",
        "--timerange", "20220512-20231231", "--futures-url", venue.url,
    ]  # fmt: skip
    assert run(command) == 0
    assert [query["limit"] for query in venue.queries] == ["1000", "1000"]
    assert int(venue.queries[1]["startTime"]) == settled[999][0] + 1
    found = read_funding(Catalog(tmp_path / "catalog"), "binance", "BTC/USDT:USDT")
    assert found is not None
    assert list(zip(found.ts.tolist(), found.rate.tolist(), strict=True)) == [(ts, float(rate)) for ts, rate in settled]
    capsys.readouterr()
    assert run([*command, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)[0]
    assert (record["added"], record["identical"], record["rows"]) == (0, 1_100, 1_100)
    assert run(["--workspace", str(tmp_path), "data", "list"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "BTC/USDT:USDT" in line)
    assert line.split()[:5] == ["binance", "BTC/USDT:USDT", "1,100", "2022-05-12", "2023-05-13"]
    sql = "SELECT count(*) AS n, min(rate) AS least FROM funding"
    assert run(["--workspace", str(tmp_path), "data", "sql", sql, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"n": 1_100, "least": -0.0003}]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["BTC/USDT", "--timerange", "20220512-"], "BTC/USDT is no perpetual"),
        (["BTC/USDT:USDT", "--timerange", "20220512-", "--timeframe", "1m"], "have no timeframe"),
        (["BTC/USDT:USDT", "--timerange", "20220512-", "--venue", "kraken"], "downloaded from binance"),
        (["ETH/USDT:USDT", "--timerange", "20220512-20220513"], "has no funding rates of ETH/USDT:USDT"),
        (["BTC/USDT:USDT", "--timerange", "-20220513"], "needs a start in the past"),
    ],
)
def test_funding_that_cannot_be_downloaded_says_why(
    tmp_path: Path, venue: FakeVenue, capsys: pytest.CaptureFixture[str], words: list[str], problem: str
) -> None:
    command = ["--workspace", str(tmp_path), "data", "download", "--funding", "--futures-url", venue.url, *words]
    assert run(command) in {1, 2}
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "catalog" / "catalog.json").exists()


def test_an_answer_that_holds_no_rates_is_no_funding(desk: Desk, venue: FakeVenue) -> None:
    venue.funding["BTCUSDT"] = [(MAY_12_2022, "soon")]
    site = BinanceSite(futures_url=venue.url)
    with httpx.Client(timeout=5) as client, pytest.raises(DownloadFailed, match="did not answer funding rates"):
        fetch_funding(site, Getter(client, desk.waits.append), "BTC/USDT:USDT", ONE_DAY)


def test_funding_rates_in_no_order_end_the_download_instead_of_going_in_circles(desk: Desk, venue: FakeVenue) -> None:
    newest_first = [(MAY_12_2022 + n, "0.0001") for n in range(2_000, 0, -1)]
    venue.funding["BTCUSDT"] = newest_first
    site = BinanceSite(futures_url=venue.url)
    with httpx.Client(timeout=5) as client, pytest.raises(DownloadFailed, match="in no order"):
        fetch_funding(site, Getter(client, desk.waits.append), "BTC/USDT:USDT", ONE_DAY)
    assert len(venue.queries) == 1


def test_running_it_again_asks_for_no_finished_file(desk: Desk, venue: FakeVenue) -> None:
    path = venue.put_bars(made_bars())
    desk.load(ONE_DAY)
    report = desk.load(ONE_DAY)
    assert venue.asked[path] == 1
    assert (report.written.added, report.written.identical) == (0, 1440)


def test_an_interrupted_download_goes_on_after_its_last_finished_file(desk: Desk, venue: FakeVenue) -> None:
    bars = made_bars(3 * 1440)
    paths = [venue.put_bars(bars.rows(1440 * day, 1440 * day + 1440)) for day in range(3)]
    span = TimeRange(MAY_12_2022, MAY_12_2022 + 3 * DAY)
    venue.faults[paths[1]] = [500] * 5
    with pytest.raises(DownloadFailed, match=r"BTCUSDT-1m-2022-05-13.zip: the server answered 500.* 5 times"):
        desk.load(span)
    assert desk.catalog.series() == ()
    desk.load(span)
    assert [venue.asked[path] for path in paths] == [1, 6, 1]
    assert same_bars(desk.bars(), bars)


def test_a_kept_file_that_was_damaged_is_fetched_again(desk: Desk, venue: FakeVenue) -> None:
    path = venue.put_bars(made_bars())
    desk.load(ONE_DAY)
    kept = next(desk.cache.rglob("*.zip"))
    kept.write_bytes(kept.read_bytes()[:-1])
    desk.load(ONE_DAY)
    assert venue.asked[path] == 2


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        ([500], [1.0]),
        ([503, 500], [1.0, 2.0]),
        (["cut"], [1.0]),
        ([("retry", 7)], [7.0]),
        ([("retry", 3), 502, "cut"], [3.0, 2.0, 4.0]),
    ],
    ids=["500", "503 500", "cut", "429", "all"],
)
def test_passing_faults_are_waited_out(faults: list[object], waits: list[float], desk: Desk, venue: FakeVenue) -> None:
    venue.faults[venue.put_bars(made_bars())] = list(faults)
    desk.load(ONE_DAY)
    assert desk.waits == waits
    assert same_bars(desk.bars(), made_bars())


def test_a_wait_beyond_patience_is_an_error_that_says_how_long(desk: Desk, venue: FakeVenue) -> None:
    path = venue.put_bars(made_bars())
    venue.faults[path] = [("retry", 3600)]
    with pytest.raises(DownloadFailed, match="asks to wait 3600 s"):
        desk.load(ONE_DAY)
    assert desk.waits == []


def test_a_wrong_checksum_is_tried_once_more_and_then_names_the_file(desk: Desk, venue: FakeVenue) -> None:
    path = venue.put_bars(made_bars())
    venue.files[f"{path}.CHECKSUM"] = checksum_of(b"other", "x")
    with pytest.raises(DownloadFailed, match=r"BTCUSDT-1m-2022-05-12.zip: the file does not match its checksum"):
        desk.load(ONE_DAY)
    assert venue.asked[path] == 2
    assert list(desk.cache.rglob("*.zip")) == []


def test_a_file_without_a_checksum_is_not_trusted(desk: Desk, venue: FakeVenue) -> None:
    path = venue.put_bars(made_bars())
    del venue.files[f"{path}.CHECKSUM"]
    with pytest.raises(DownloadFailed, match="has no checksum"):
        desk.load(ONE_DAY)


def test_a_file_that_matches_its_checksum_and_is_bad_all_the_same_is_refused(desk: Desk, venue: FakeVenue) -> None:
    venue.put("/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2022-05-12.zip", b"no zip")
    with pytest.raises(BadFile, match="is not a whole zip archive"):
        desk.load(ONE_DAY)
    assert desk.catalog.series() == ()


def test_what_the_venue_says_about_an_unknown_symbol_is_passed_on(desk: Desk) -> None:
    with pytest.raises(DownloadFailed, match=r"the server answered 400 \(Invalid symbol\.\)"):
        desk.load(ONE_DAY, symbol="NOPE/USDT")


def test_a_span_the_venue_has_nothing_for_is_no_data(desk: Desk, venue: FakeVenue) -> None:
    venue.put_klines(made_bars())
    with pytest.raises(NoData, match="binance has no bars of"):
        desk.load(TimeRange(MAY_12_2022 + 5 * DAY, MAY_12_2022 + 6 * DAY))


def test_a_span_without_a_start_is_wrong_use(desk: Desk) -> None:
    with pytest.raises(WrongUse, match="needs a start"):
        desk.load(TimeRange(None, LATER))


def test_an_answer_that_is_not_bars_is_an_error(desk: Desk, venue: FakeVenue) -> None:
    venue.klines["BTCUSDT", "1m"] = [[MAY_12_2022, "abc", "1", "1", "1", "1"]]
    with pytest.raises(DownloadFailed, match="did not answer bars"):
        desk.load(ONE_DAY)


def test_the_command_downloads_prints_json_and_names_a_failure(
    venue: FakeVenue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = venue.put_bars(made_bars())
    urls = ["--archive-url", venue.url, "--spot-url", venue.url, "--futures-url", venue.url]
    command = ["--workspace", str(tmp_path), "data", "download", "BTC/USDT", "--timerange", "20220512-20220513", *urls]
    assert run([*command, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)[0]
    assert (record["added"], record["archive_files"], record["rest_bars"]) == (1440, 1, 0)
    assert run(command) == 0
    assert "1 archive files, 0 bars by REST" in capsys.readouterr().out
    venue.files[f"{path}.CHECKSUM"] = checksum_of(b"other", "x")
    assert run(["--workspace", str(tmp_path / "new"), *command[2:]]) == 1
    said = capsys.readouterr().err
    assert "BTCUSDT-1m-2022-05-12.zip: the file does not match its checksum" in said
    assert said.count("\n") == 1


def test_real_archive_files_and_real_replies_are_taken_as_they_are(desk: Desk, venue: FakeVenue) -> None:
    raw = SHARED / "raw"
    if not raw.exists():
        pytest.skip(f"real market data is absent: {raw}")
    name = "BTCUSDT-1m-2022-05-12.zip"
    venue.put(f"/data/spot/daily/klines/BTCUSDT/1m/{name}", (raw / "binance_vision_zip" / name).read_bytes())
    desk.load(ONE_DAY)
    assert (len(desk.bars()), desk.bars().close[0]) == (1440, 29148.18)
    venue.klines["ETHUSDT", "15m"] = json.loads((raw / "binance_rest_klines/ETHUSDT_15m_2025-10-06.json").read_text())
    october_6 = 1_759_708_800_000
    now = october_6 + 7 * DAY
    desk.load(TimeRange(october_6, None), now=now, symbol="ETH/USDT", timeframe="15m")
    bars = desk.bars("ETH/USDT", "15m")
    # The first of the reply: [1759708800000, "4514.32", "4520.95", "4500.71", "4519.95", "3028.519", ...]
    assert [bars.open[0], bars.high[0], bars.low[0], bars.close[0], bars.volume[0]] == [
        4514.32, 4520.95, 4500.71, 4519.95, 3028.519,
    ]  # fmt: skip
    assert (len(bars), bars.gaps()) == (672, [])
