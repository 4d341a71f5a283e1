"""Importers: every usual spelling of a file gives the same bars, and what is ambiguous is refused."""

import datetime as dt
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from tests.data_files import (
    BAR_COLUMNS,
    MAY_12_2022,
    SHARED,
    binance_csv,
    csv_rows,
    csv_text,
    made_bars,
    same_bars,
    zipped,
)

from tradewind.adapters.importers import Identity, Source, find_sources, identify, joined, read_source
from tradewind.model.bars import Bars
from tradewind.model.errors import BadFile

BTC_1M = Identity("BTC/USDT", "1m")


def bars_in(path: Path, identity: Identity = BTC_1M) -> Bars:
    parts = [read_source(source, identity) for source in find_sources([path])]
    return joined(parts, "binance", identity.symbol, identity.timeframe)


def bars_of_text(folder: Path, text: str, name: str = "BTCUSDT-1m.csv") -> Bars:
    path = folder / name
    path.write_text(text)
    return bars_in(path)


def iso(ts: str, form: str) -> str:
    return dt.datetime.fromtimestamp(int(ts) / 1000, dt.UTC).strftime(form)


@pytest.mark.parametrize(
    "name", ["ts", "timestamp", "time", "date", "datetime", "open_time", "Open time", "unix", "TS"]
)
def test_the_time_column_may_have_any_usual_name(tmp_path: Path, name: str) -> None:
    bars = made_bars(50)
    header = f"{name},Open,HIGH,low,Close,Volume"
    assert same_bars(bars_of_text(tmp_path, csv_text(csv_rows(bars), header)), bars)


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S+00:00"],
)
def test_dates_may_be_written_in_iso_forms(tmp_path: Path, form: str) -> None:
    bars = made_bars(50)
    rows = [[iso(row[0], form), *row[1:]] for row in csv_rows(bars)]
    assert same_bars(bars_of_text(tmp_path, csv_text(rows)), bars)


def test_a_date_with_another_zone_is_the_same_moment_in_utc(tmp_path: Path) -> None:
    text = csv_text([["2022-05-12T02:00:00+02:00", "1", "2", "1", "2", "3"]])
    assert bars_of_text(tmp_path, text).ts[0] == MAY_12_2022


@pytest.mark.parametrize(
    ("name", "times"),
    [("s", lambda ts: ts // 1000), ("ms", lambda ts: ts), ("us", lambda ts: ts * 1000), ("ns", lambda ts: ts * 10**6)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_unit_of_stamps_is_read_off_their_magnitude(tmp_path: Path, name: str, times) -> None:
    bars = made_bars(50)
    rows = [[str(times(int(row[0]))), *row[1:]] for row in csv_rows(bars)]
    assert same_bars(bars_of_text(tmp_path, csv_text(rows)), bars)


def test_stamps_with_a_decimal_point_are_read(tmp_path: Path) -> None:
    bars = made_bars(50)
    rows = [[f"{int(row[0]) // 1000}.0", *row[1:]] for row in csv_rows(bars)]
    assert same_bars(bars_of_text(tmp_path, csv_text(rows)), bars)


@pytest.mark.parametrize("unit", [1, 1000], ids=["milliseconds", "microseconds of 2025"])
@pytest.mark.parametrize("header", [False, True], ids=["bare", "header"])
@pytest.mark.parametrize("packed", [False, True], ids=["csv", "zip"])
def test_binance_archive_files_are_read(tmp_path: Path, unit: int, header: bool, packed: bool) -> None:
    bars = made_bars(50)
    text = binance_csv(bars, unit=unit)
    if header:
        text = (
            "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
            "taker_buy_quote_volume,ignore\n" + text
        )
    path = tmp_path / ("BTCUSDT-1m-2025-01-01" + (".zip" if packed else ".csv"))
    path.write_bytes(zipped("BTCUSDT-1m-2025-01-01.csv", text) if packed else text.encode())
    assert same_bars(bars_in(path), bars)


@pytest.mark.parametrize("form", ["parquet", "feather"])
@pytest.mark.parametrize("times", ["int", "timestamp", "zoned", "text"])
def test_parquet_and_freqtrade_feather_are_read(tmp_path: Path, form: str, times: str) -> None:
    bars = made_bars(50)
    stamps = {
        "int": pa.array(bars.ts),
        "timestamp": pa.array(bars.ts).cast(pa.timestamp("ms")).cast(pa.timestamp("us")),
        "zoned": pa.array(bars.ts).cast(pa.timestamp("ms", "UTC")),
        "text": pa.array([iso(str(ts), "%Y-%m-%d %H:%M:%S+00:00") for ts in bars.ts]),
    }[times]
    table = pa.table({"date": stamps, **{name: getattr(bars, name) for name in BAR_COLUMNS[1:]}})
    path = tmp_path / f"BTC_USDT-1m.{form}"
    if form == "parquet":
        pq.write_table(table, path)
    else:
        pyarrow.feather.write_feather(table, path)
    assert same_bars(bars_in(path), bars)


def test_gzipped_semicolon_text_with_a_mark_and_a_signature_line_is_read(tmp_path: Path) -> None:
    bars = made_bars(50)
    text = "https://www.example.com\n" + csv_text(csv_rows(bars)).replace(",", ";")
    path = tmp_path / "BTCUSDT-1m.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + text.encode()))
    assert same_bars(bars_in(path), bars)


def test_base_volume_is_taken_where_quote_volume_stands_beside_it(tmp_path: Path) -> None:
    text = "unix,symbol,open,high,low,close,Volume USDT,Volume BTC\n1652313600,BTC/USDT,1,2,1,2,999,3\n"
    assert bars_of_text(tmp_path, text).volume[0] == 3.0


def test_only_quote_volume_is_not_taken_for_volume(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no column for volume"):
        bars_of_text(tmp_path, "unix,open,high,low,close,Volume USDT\n1652313600,1,2,1,2,999\n")


@pytest.mark.parametrize(
    ("path", "symbol", "timeframe"),
    [
        ("BTCUSDT-1m-2022-05-12.csv", "BTC/USDT", "1m"),
        ("x/BTCUSDT-1h-2022-05.zip", "BTC/USDT", "1h"),
        ("binance/BTCUSDT/1m.parquet", "BTC/USDT", "1m"),
        ("binance_um/BTCUSDT/1m.parquet", "BTC/USDT:USDT", "1m"),
        ("data/futures/um/daily/klines/ETHUSDT/5m/ETHUSDT-5m-2022-05-12.zip", "ETH/USDT:USDT", "5m"),
        ("BTC_USDT-1m.feather", "BTC/USDT", "1m"),
        ("futures/BTC_USDT_USDT-5m-futures.feather", "BTC/USDT:USDT", "5m"),
        ("ETHBTC-1d.csv", "ETH/BTC", "1d"),
        ("BTCFDUSD-15m.csv", "BTC/FDUSD", "15m"),
        ("1000SHIBUSDT-4h.csv.gz", "1000SHIB/USDT", "4h"),
    ],
)
def test_names_tell_symbol_and_timeframe(path: str, symbol: str, timeframe: str) -> None:
    assert identify(path, symbol=None, timeframe=None) == Identity(symbol, timeframe)


def test_a_name_that_says_nothing_asks_for_the_option_that_helps() -> None:
    with pytest.raises(BadFile, match="Add --symbol"):
        identify("prices.csv", symbol=None, timeframe="1m")
    with pytest.raises(BadFile, match="Add --timeframe"):
        identify("prices.csv", symbol="BTC/USDT", timeframe=None)


def test_a_name_that_contradicts_the_option_is_refused() -> None:
    with pytest.raises(BadFile, match="its name says ETH/USDT, not BTC/USDT"):
        identify("ETHUSDT-1m.csv", symbol="BTC/USDT", timeframe=None)
    with pytest.raises(BadFile, match="its name says 5m, not 1m"):
        identify("ETHUSDT-5m.csv", symbol=None, timeframe="1m")
    assert identify("BTCUSDT-1m.csv", symbol="BTC/USDT:USDT", timeframe=None).symbol == "BTC/USDT:USDT"


def test_mark_prices_and_funding_are_not_taken_for_bars() -> None:
    with pytest.raises(BadFile, match="not bars"):
        identify("BTC_USDT_USDT-8h-funding_rate.feather", symbol="BTC/USDT:USDT", timeframe="1h")


def test_a_bots_folder_is_searched_for_bars_alone(tmp_path: Path) -> None:
    for name in ("BTC_USDT_USDT-1h-futures.feather", "BTC_USDT_USDT-1h-mark.feather", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert [source.path.name for source in find_sources([tmp_path])] == ["BTC_USDT_USDT-1h-futures.feather"]


def test_files_that_overlap_and_agree_are_joined_and_those_that_disagree_are_not(tmp_path: Path) -> None:
    bars = made_bars(100)
    (tmp_path / "BTCUSDT-1m-a.csv").write_text(csv_text(csv_rows(bars.rows(0, 60))))
    (tmp_path / "BTCUSDT-1m-b.csv").write_text(csv_text(csv_rows(bars.rows(40, 100))))
    assert same_bars(bars_in(tmp_path), bars)
    rows = csv_rows(bars.rows(40, 100))
    rows[5][5] = "77"
    (tmp_path / "BTCUSDT-1m-b.csv").write_text(csv_text(rows))
    with pytest.raises(BadFile, match=r"1m-b.csv, row 6, column volume: the bar of 2022-05-12 00:45 is not the one in"):
        bars_in(tmp_path)


def test_zero_volume_and_flat_bars_are_bars(tmp_path: Path) -> None:
    assert len(bars_of_text(tmp_path, csv_text([["1652313600000", "5", "5", "5", "5", "0"]]))) == 1


def test_real_archive_dumps_are_read_as_they_are() -> None:
    folder = SHARED / "raw" / "binance_vision_zip"
    if not folder.exists():
        pytest.skip(f"real market data is absent: {folder}")
    bars = bars_in(folder / "BTCUSDT-1m-2022-05-12.zip")
    # The first line of the dump: 1652313600000,29103.94,29220.00,29103.16,29148.18,185.66225,...
    first = [bars.ts[0], bars.open[0], bars.high[0], bars.low[0], bars.close[0], bars.volume[0]]
    assert first == [1652313600000, 29103.94, 29220.0, 29103.16, 29148.18, 185.66225]
    assert (len(bars), bars.gaps()) == (1440, [])
    hours = bars_in(folder / "BTCUSDT-1h-2022-05-12.zip", Identity("BTC/USDT", "1h"))
    assert np.array_equal(hours.high, bars.high.reshape(24, 60).max(axis=1))


def test_a_source_is_named_with_its_member() -> None:
    assert Source(Path("a.zip"), "b.csv").name == "a.zip!b.csv"
