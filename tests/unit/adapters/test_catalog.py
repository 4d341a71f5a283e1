"""The catalog: what is written comes back bit by bit, merging never loses or invents a bar, damage is named."""

from pathlib import Path

import numpy as np
import pytest
from tests.data_files import DAY, MAY_12_2022, MINUTE, made_bars, same_bars, without

from tradewind.adapters.catalog import Catalog, SeriesKey, write
from tradewind.adapters.catalog.files import sole_writer
from tradewind.adapters.catalog.query import query
from tradewind.model.bars import BAR_COLUMNS, Bars, Gap
from tradewind.model.errors import BadData, CatalogBusy, NoData, WrongUse
from tradewind.model.time import TimeRange

KEY = SeriesKey.of("binance", "BTC/USDT", "1m")
ALL = TimeRange()


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog")


def read(catalog: Catalog, span: TimeRange = ALL) -> Bars:
    return catalog.bars("binance", "BTC/USDT", "1m", span)


def changed(bars: Bars, row: int, **values: float) -> Bars:
    columns = {name: getattr(bars, name).copy() for name in BAR_COLUMNS}
    for name, value in values.items():
        columns[name][row] = value
    return Bars(venue=bars.venue, symbol=bars.symbol, timeframe=bars.timeframe, **columns)


def files_of(catalog: Catalog) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(catalog.root.rglob("*")) if path.is_file()}


def test_bars_over_three_months_come_back_bit_by_bit(catalog: Catalog) -> None:
    bars = made_bars(45 * 1440)
    report = write(catalog, [bars])[0]
    assert same_bars(read(catalog), bars)
    assert report.summary.content_hash == bars.content_hash()
    assert [entry.month for entry in catalog.manifest(KEY).months] == ["2022-05", "2022-06"]


def test_a_span_gives_the_bars_that_open_in_it(catalog: Catalog) -> None:
    write(catalog, [made_bars(3 * 1440)])
    bars = read(catalog, TimeRange(MAY_12_2022 + DAY, MAY_12_2022 + 2 * DAY))
    assert (bars.ts[0], bars.ts[-1], len(bars)) == (MAY_12_2022 + DAY, MAY_12_2022 + 2 * DAY - MINUTE, 1440)


def test_the_hash_of_a_range_depends_on_its_content_and_not_on_what_surrounds_it(catalog: Catalog) -> None:
    bars = made_bars(3 * 1440)
    day = TimeRange(MAY_12_2022, MAY_12_2022 + DAY)
    write(catalog, [bars])
    assert read(catalog, day).content_hash() == bars.rows(0, 1440).content_hash()


def test_pieces_in_any_order_make_the_same_series_as_the_whole(catalog: Catalog, tmp_path: Path) -> None:
    bars = made_bars(30 * 1440)
    for start, end in ((20_000, 30_000), (0, 10_000), (30_000, len(bars)), (9_000, 21_000)):
        write(catalog, [bars.rows(start, end)])
    whole = Catalog(tmp_path / "whole")
    write(whole, [bars])
    assert catalog.series()[0].content_hash == whole.series()[0].content_hash


def test_importing_the_same_bars_again_changes_no_byte(catalog: Catalog) -> None:
    write(catalog, [made_bars()])
    before = files_of(catalog)
    report = write(catalog, [made_bars()])[0]
    assert (report.added, report.identical, report.replaced) == (0, 1440, 0)
    assert files_of(catalog) == before


def test_a_bar_that_contradicts_the_catalog_is_refused_by_name(catalog: Catalog) -> None:
    bars = made_bars()
    write(catalog, [bars])
    with pytest.raises(BadData, match=r"bar of 2022-05-12 00:07 is catalogued with volume .* the new data say 1234"):
        write(catalog, [changed(bars, 7, volume=1234.0)])
    assert same_bars(read(catalog), bars)


def test_replace_takes_the_new_bar_and_counts_it(catalog: Catalog) -> None:
    bars = made_bars()
    write(catalog, [bars])
    report = write(catalog, [changed(bars, 7, volume=1234.0)], replace=True)[0]
    assert (report.added, report.identical, report.replaced) == (0, 1439, 1)
    assert read(catalog).volume[7] == 1234.0


def test_gaps_stay_gaps_and_are_indexed_across_a_months_edge(catalog: Catalog) -> None:
    may_31 = MAY_12_2022 + 19 * DAY
    bars = without(made_bars(2 * 1440, start=may_31), 5, *range(1430, 1450))
    summary = write(catalog, [bars])[0].summary
    assert catalog.manifest(KEY).gap_list() == [
        Gap(may_31 + 4 * MINUTE, may_31 + 6 * MINUTE, 1),
        Gap(may_31 + 1429 * MINUTE, may_31 + 1450 * MINUTE, 20),
    ]
    assert (summary.gaps, summary.missing_bars, summary.longest_gap_bars) == (2, 21, 20)


def test_filling_a_gap_makes_the_series_whole(catalog: Catalog) -> None:
    bars = made_bars()
    write(catalog, [without(bars, *range(100, 200))])
    write(catalog, [bars.rows(90, 210)])
    assert same_bars(read(catalog), bars)
    assert catalog.series()[0].gaps == 0


def test_an_error_while_bars_are_made_leaves_the_catalog_as_it_was(catalog: Catalog) -> None:
    write(catalog, [made_bars()])
    before = files_of(catalog)

    def batches():
        yield made_bars(start=MAY_12_2022 + DAY)
        yield made_bars(symbol="ETH/USDT")
        raise BadData("a bad file", "Mend it")

    with pytest.raises(BadData):
        write(catalog, batches())
    assert files_of(catalog) == before


def test_two_writers_at_once_are_refused_and_the_next_may_write(catalog: Catalog) -> None:
    with sole_writer(catalog.root), pytest.raises(CatalogBusy, match="another process is writing"):
        write(catalog, [made_bars()])
    write(catalog, [made_bars()])
    assert len(read(catalog)) == 1440


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_a_damaged_month_file_is_one_error_that_names_it(catalog: Catalog, damage: str) -> None:
    write(catalog, [made_bars()])
    path = next(catalog.root.rglob("*.parquet"))
    content = bytearray(path.read_bytes())
    if damage == "remove":
        path.unlink()
    elif damage == "truncate":
        path.write_bytes(content[:-100])
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    with pytest.raises(BadData, match=str(path)):
        read(catalog)


def test_a_flipped_byte_anywhere_in_a_month_file_is_noticed(catalog: Catalog) -> None:
    write(catalog, [made_bars(20)])
    path = next(catalog.root.rglob("*.parquet"))
    good = path.read_bytes()
    for place in range(0, len(good), 11):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :])
        with pytest.raises(BadData, match="damaged"):
            read(catalog)


def test_a_damaged_month_is_mended_by_importing_it_with_replace(catalog: Catalog) -> None:
    bars = made_bars()
    write(catalog, [bars])
    next(catalog.root.rglob("*.parquet")).write_bytes(b"nonsense")
    with pytest.raises(BadData, match="damaged"):
        write(catalog, [bars])
    write(catalog, [bars], replace=True)
    assert same_bars(read(catalog), bars)


@pytest.mark.parametrize("name", ["catalog.json", "series"])
def test_a_damaged_manifest_is_one_error_that_names_it(catalog: Catalog, name: str) -> None:
    write(catalog, [made_bars()])
    path = next(catalog.root.rglob(f"{name}*"))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadData, match=path.name):
        read(catalog)


def test_a_commit_between_two_reads_does_not_disturb_a_reader(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(catalog, [made_bars(100)])
    stale = catalog.summary(KEY)
    write(catalog, [made_bars(200)])
    write(catalog, [made_bars(300)])  # sweeps what the first commit wrote
    fresh = Catalog.summary
    answers = iter([stale])
    monkeypatch.setattr(Catalog, "summary", lambda self, key: next(answers, None) or fresh(self, key))
    assert len(read(catalog)) == 300


def test_asking_for_what_is_not_there_names_what_is(catalog: Catalog) -> None:
    with pytest.raises(NoData, match="is empty"):
        read(catalog)
    write(catalog, [made_bars(symbol="ETH/USDT")])
    with pytest.raises(NoData, match=r"There are: binance ETH/USDT 1m 2022-05-12 00:00 to 2022-05-12 23:59"):
        read(catalog)
    write(catalog, [made_bars()])
    with pytest.raises(NoData, match=r"data resample BTC/USDT --venue binance --to 5m"):
        catalog.bars("binance", "BTC/USDT", "5m", ALL)
    with pytest.raises(NoData, match="There are bars from 2022-05-12 00:00 to 2022-05-12 23:59"):
        read(catalog, TimeRange(MAY_12_2022 + 9 * DAY, None))


def test_a_venue_that_would_leave_the_catalog_folder_is_refused() -> None:
    with pytest.raises(WrongUse, match="not a venue name"):
        SeriesKey.of("../up", "BTC/USDT", "1m")


def test_spot_and_perpetual_of_one_pair_do_not_share_a_folder(catalog: Catalog) -> None:
    write(catalog, [made_bars(10), made_bars(20, symbol="BTC/USDT:USDT")])
    assert [summary.rows for summary in catalog.series()] == [10, 20]


def test_sql_sees_committed_bars_of_every_series_as_they_are(catalog: Catalog) -> None:
    bars = made_bars(50 * 1440)
    write(catalog, [bars, made_bars(10, symbol="ETH/USDT")])
    (catalog.root / "binance/BTC_USDT/1m/2022-05.stray.parquet").write_bytes(b"left by a crash")
    answer = query(catalog, "SELECT symbol, count(*) AS bars, min(ts), sum(volume) FROM bars GROUP BY 1 ORDER BY 1")
    assert answer.columns[:2] == ("symbol", "bars")
    assert answer.rows[0][:3] == ("BTC/USDT", len(bars), MAY_12_2022)
    assert np.isclose(answer.rows[0][3], bars.volume.sum(), rtol=1e-12)
    assert answer.rows[1][:2] == ("ETH/USDT", 10)


def test_sql_that_duckdb_refuses_is_one_line(catalog: Catalog) -> None:
    write(catalog, [made_bars(10)])
    with pytest.raises(WrongUse, match="the query failed: Parser Error"):
        query(catalog, "SELEC nothing")
