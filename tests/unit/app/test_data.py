"""Importing as a use case: one commit for everything named, progress told, labels read or given."""

from pathlib import Path

from tests.data_files import DAY, MAY_12_2022, csv_rows, csv_text, made_bars, same_bars

from tradewind.adapters.catalog import Catalog
from tradewind.app.data import ImportRequest, import_files
from tradewind.model.time import TimeRange


def test_a_folder_of_days_and_symbols_becomes_one_series_each(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    bars = made_bars(2880)
    for day in range(2):
        name = f"BTCUSDT-1m-2022-05-{12 + day}.csv"
        (source / name).write_text(csv_text(csv_rows(bars.rows(1440 * day, 1440 * day + 1440))))
    (source / "ETHUSDT-1m-2022-05-12.csv").write_text(csv_text(csv_rows(made_bars(1440))))
    (source / "README.md").write_text("not data")
    catalog = Catalog(tmp_path / "catalog")
    told: list[tuple[int, int, str]] = []
    request = ImportRequest(paths=(source,), venue="binance")
    reports = import_files(catalog, request, lambda *progress: told.append(progress))
    assert [(report.summary.key.symbol, report.added) for report in reports] == [("BTC/USDT", 2880), ("ETH/USDT", 1440)]
    assert same_bars(catalog.bars("binance", "BTC/USDT", "1m", TimeRange(MAY_12_2022, MAY_12_2022 + 2 * DAY)), bars)
    assert [(done, total) for done, total, _ in told] == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_labels_the_name_lacks_are_taken_from_the_request(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(csv_text(csv_rows(made_bars(30, timeframe="5m"))))
    request = ImportRequest(paths=(path,), venue="bybit", symbol="SOL/USDT:USDT", timeframe="5m")
    key = import_files(Catalog(tmp_path / "catalog"), request)[0].summary.key
    assert (key.venue, key.symbol, key.timeframe) == ("bybit", "SOL/USDT:USDT", "5m")
