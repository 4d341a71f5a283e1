"""Funding rates in files and in the catalog: read strictly, merged, committed whole, damage named."""

import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pytest
from tests.data_files import MAY_12_2022, made_bars

from tradewind.adapters.catalog import Catalog, read_funding, write, write_funding
from tradewind.app.data import ImportRequest, import_files, import_funding
from tradewind.model.errors import BadData, BadFile, WrongUse
from tradewind.model.funding import FundingRates
from tradewind.model.time import HOUR_MS, TimeRange

PERPETUAL = "BTC/USDT:USDT"
EIGHT_HOURS = 8 * HOUR_MS
TIMES = tuple(MAY_12_2022 + n * EIGHT_HOURS for n in range(6))
BINANCE = "calc_time,funding_interval_hours,last_funding_rate\n"


def rates(*values: float, first: int = 0) -> FundingRates:
    ts = np.array(TIMES[first : first + len(values)])
    return FundingRates(venue="binance", symbol=PERPETUAL, ts=ts, rate=np.array(values))


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog")


def known(catalog: Catalog) -> list[float]:
    found = read_funding(catalog, "binance", PERPETUAL)
    assert found is not None
    assert found.ts.tolist() == list(TIMES[: len(found)])
    return found.rate.tolist()


def test_rates_are_merged_in_order_of_time(catalog: Catalog) -> None:
    write_funding(catalog, [rates(1e-4, 2e-4, first=2)])
    report = write_funding(catalog, [rates(-1e-4, 0.0, 1e-4)])[0]
    assert (report.added, report.identical, report.replaced) == (2, 1, 0)
    assert known(catalog) == [-1e-4, 0.0, 1e-4, 2e-4]


def test_the_same_rates_again_change_no_byte(catalog: Catalog) -> None:
    write_funding(catalog, [rates(-1e-4, 0.0, 1e-4)])
    before = {path: path.read_bytes() for path in catalog.root.rglob("*") if path.is_file()}
    report = write_funding(catalog, [rates(0.0, 1e-4, first=1)])[0]
    assert (report.added, report.identical, report.replaced) == (0, 2, 0)
    assert {path: path.read_bytes() for path in catalog.root.rglob("*") if path.is_file()} == before


def test_a_rate_that_contradicts_the_catalog_is_refused_and_taken_with_replace(catalog: Catalog) -> None:
    write_funding(catalog, [rates(1e-4, 2e-4)])
    with pytest.raises(BadData, match=r"2022-05-12 08:00 is catalogued as 0.0002, the new data say 0.0003"):
        write_funding(catalog, [rates(1e-4, 3e-4)])
    assert known(catalog) == [1e-4, 2e-4]
    report = write_funding(catalog, [rates(1e-4, 3e-4)], replace=True)[0]
    assert (report.added, report.identical, report.replaced) == (0, 1, 1)
    assert known(catalog) == [1e-4, 3e-4]


def test_bars_and_rates_do_not_sweep_each_other_away(catalog: Catalog) -> None:
    write_funding(catalog, [rates(1e-4)])
    write(catalog, [made_bars(100)])
    write_funding(catalog, [rates(1e-4, 2e-4)])
    write(catalog, [made_bars(200)])
    assert known(catalog) == [1e-4, 2e-4]
    assert len(catalog.bars("binance", "BTC/USDT", "1m", TimeRange())) == 200
    assert len(list((catalog.root / "binance" / "BTC_USDT_USDT" / "funding").iterdir())) == 1


def test_an_error_in_the_middle_leaves_the_catalog_as_it_was(catalog: Catalog) -> None:
    write_funding(catalog, [rates(1e-4)])
    with pytest.raises(BadData):
        write_funding(catalog, [rates(1e-4, 2e-4), rates(5e-4)])
    assert known(catalog) == [1e-4]


def test_a_flipped_byte_is_named_and_mended_by_importing_again(catalog: Catalog) -> None:
    write_funding(catalog, [rates(1e-4, 2e-4)])
    path = next((catalog.root / "binance" / "BTC_USDT_USDT" / "funding").iterdir())
    content = bytearray(path.read_bytes())
    content[30] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadData, match=rf"{path.name} is damaged"):
        read_funding(catalog, "binance", PERPETUAL)
    write_funding(catalog, [rates(1e-4, 2e-4)], replace=True)
    assert known(catalog) == [1e-4, 2e-4]


def test_a_reader_that_a_writer_overtook_reads_what_it_wrote(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    write_funding(catalog, [rates(1e-4)])
    before = catalog.index()
    write_funding(catalog, [rates(1e-4, 2e-4)])
    write_funding(catalog, [rates(1e-4)])  # sweeps the first file
    answers = [before]
    monkeypatch.setattr(Catalog, "index", lambda self, now=Catalog.index: answers.pop() if answers else now(self))
    assert known(catalog) == [1e-4, 2e-4]


def test_a_missing_file_is_named_and_mended_by_importing_again(catalog: Catalog) -> None:
    write_funding(catalog, [rates(1e-4)])
    next((catalog.root / "binance" / "BTC_USDT_USDT" / "funding").iterdir()).unlink()
    with pytest.raises(BadData, match="are missing from the catalog"):
        read_funding(catalog, "binance", PERPETUAL)
    with pytest.raises(BadData, match="is missing from the catalog"):
        write_funding(catalog, [rates(1e-4)])
    write_funding(catalog, [rates(1e-4)], replace=True)
    assert known(catalog) == [1e-4]


def test_spot_has_no_funding(catalog: Catalog) -> None:
    spot = FundingRates(venue="binance", symbol="BTC/USDT", ts=np.array(TIMES[:1]), rate=np.array([0.0]))
    with pytest.raises(WrongUse, match=r"BTC/USDT is no perpetual.*Call it BTC/USDT:USDT"):
        write_funding(catalog, [spot])


def test_a_bots_folder_gives_its_funding_files_and_an_import_of_bars_its_bars(tmp_path: Path, catalog: Catalog) -> None:
    folder = tmp_path / "futures"
    folder.mkdir()
    first = f"{BINANCE}{TIMES[0] + 3},8,0.00010000\n{TIMES[1]},8,-0.00020000\n"
    with zipfile.ZipFile(folder / "BTCUSDT-fundingRate-2022-05.zip", "w") as archive:
        archive.writestr("BTCUSDT-fundingRate-2022-05.csv", first)
    candles = {
        "date": pa.array(np.array(TIMES[1:3]) * 1_000_000, pa.timestamp("ns", "UTC")),
        **{name: [-0.0002, 0.0003] if name == "open" else [0.0, 0.0] for name in ("open", "high", "low", "close")},
        "volume": [0.0, 0.0],
    }
    pyarrow.feather.write_feather(pa.table(candles), folder / "ETH_USDT_USDT-8h-funding_rate.feather")
    (folder / "ETH_USDT_USDT-8h-mark.feather").write_bytes(b"x")
    reports = import_funding(catalog, ImportRequest(paths=(folder,), venue="binance"))
    assert [(one.summary.symbol, one.added) for one in reports] == [(PERPETUAL, 2), ("ETH/USDT:USDT", 2)]
    found = read_funding(catalog, "binance", PERPETUAL)
    assert found is not None
    assert (found.ts.tolist(), found.rate.tolist()) == ([TIMES[0] + 3, TIMES[1]], [0.0001, -0.0002])
    with pytest.raises(BadFile, match="no file to import"):
        import_files(catalog, ImportRequest(paths=(folder,), venue="binance"))
    alone = ImportRequest(paths=(folder / "ETH_USDT_USDT-8h-funding_rate.feather",), venue="binance")
    with pytest.raises(BadFile, match="Add --funding"):
        import_files(catalog, alone)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ts,rate\n", "no rows"),
        ("ts,price\n1652313600000,1\n", "no column for the rate"),
        ("when,rate\n1652313600000,1\n", "no column for the time"),
        ("ts,rate\n1652313600000,0.5\n", r"row 1.*0.5 is no funding rate"),
        ("ts,rate\n1652313600000,\n", r"row 1.*nan is no funding rate"),
        ("ts,rate\n1652313600000,much\n", r"row 1.*'much' is not a number"),
        ("ts,rate\nsoon,0.0001\n", "cannot be read as times"),
        ("ts,rate\n1652313600000,0.0001\n1652313600000,0.0002\n", r"row 2.*is there twice, 0.0001 and 0.0002"),
        ("ts,rate,rate\n1652313600000,0.0001,0.0001\n", "this column is there twice"),
    ],
)
def test_what_is_wrong_with_a_file_is_named_and_nothing_stays(
    tmp_path: Path, catalog: Catalog, text: str, problem: str
) -> None:
    path = tmp_path / "funding.csv"
    path.write_text(text)
    with pytest.raises(BadFile, match=problem):
        import_funding(catalog, ImportRequest(paths=(path,), venue="binance", symbol=PERPETUAL))
    assert read_funding(catalog, "binance", PERPETUAL) is None


def test_a_name_that_says_another_symbol_or_none_is_refused(tmp_path: Path, catalog: Catalog) -> None:
    named, nameless = tmp_path / "ETHUSDT-fundingRate-2022-05.csv", tmp_path / "rates.csv"
    for path in (named, nameless):
        path.write_text(f"{BINANCE}{TIMES[0]},8,0.0001\n")
    with pytest.raises(BadFile, match="its name says ETH/USDT:USDT, not BTC/USDT:USDT"):
        import_funding(catalog, ImportRequest(paths=(named,), venue="binance", symbol=PERPETUAL))
    with pytest.raises(BadFile, match="does not say whose funding"):
        import_funding(catalog, ImportRequest(paths=(nameless,), venue="binance"))
    times = "\n".join(f"2022-05-12 {hour:02d}:00,0.0001" for hour in (0, 8, 16))
    nameless.write_text(f"date,fundingRate\n{times}\n")
    import_funding(catalog, ImportRequest(paths=(nameless,), venue="binance", symbol=PERPETUAL))
    assert known(catalog) == [0.0001] * 3
