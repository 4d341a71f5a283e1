"""Bad files through the command line: one clear line, exit code 1, and the catalog as it was."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from tests.data_files import BAR_COLUMNS, MINUTE, binance_csv, csv_rows, csv_text, made_bars, zipped

from tradewind.cli.main import run

Rows = list[list[str]]


def cell(row: int, column: int, text: str) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        rows[row - 1][column] = text
        return rows

    return change


def shifted(rows: Rows, by: int) -> Rows:
    return [[str(int(row[0]) + by), *row[1:]] for row in rows]


BAD_ROWS: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "text in a price": (cell(30, 2, "abc"), "row 30, column high: 'abc' is not a number"),
    "text in a time": (cell(30, 0, "noon"), "row 30, column ts: 'noon' is not a time"),
    "nan": (cell(30, 4, "NaN"), "row 30, column close: missing or not a number"),
    "nothing": (cell(30, 5, ""), "row 30, column volume: missing or not a number"),
    "infinite": (cell(30, 5, "inf"), "row 30, column volume: missing or not a number"),
    "no time": (cell(30, 0, ""), "row 30, column ts: the time is missing"),
    "negative volume": (cell(30, 5, "-1"), "row 30, column volume: volume -1 is negative"),
    "high below low": (cell(30, 2, "1"), "row 30, column high: high 1 is below low"),
    "close outside": (cell(30, 4, "500"), "row 30, column close: 500 is outside low"),
    "zero price": (cell(30, 3, "0"), "row 30, column low: price 0 is not positive"),
    "negative price": (cell(30, 1, "-3"), "row 30, column open: price -3 is not positive"),
    "decimal comma": (cell(30, 1, "1,5"), "row 30: has 7 columns, the first row has 6"),
    "duplicate": (lambda rows: [*rows[:30], *rows[29:]], "row 31, column ts: 2022-05-12 00:29 is there twice"),
    "disorder": (
        lambda rows: [*rows[:29], rows[30], rows[29], *rows[31:]],
        "row 31, column ts: 2022-05-12 00:29 comes after 2022-05-12 00:30",
    ),
    "newest first": (lambda rows: rows[::-1], "row 2, column ts: 2022-05-12 00:58 comes after 2022-05-12 00:59"),
    "off the grid": (lambda rows: [*rows[:29], *shifted(rows[29:], 30_000)], "row 30, column ts: 2022-05-12 00:29:30"),
    "mixed timeframes": (
        lambda rows: [
            *rows[:30],
            *[[str(int(rows[29][0]) + 5 * MINUTE * (i + 1)), *r[1:]] for i, r in enumerate(rows)],
        ],
        "column ts: bars are 5m apart from 2022-05-12 00:29 on, not 1m",
    ),
    "mixed units": (cell(30, 0, "1652315340"), "row 30, column ts: 1652315340 is not a stamp of the same unit"),
    "a number that is no time": (lambda rows: [["20220512", *row[1:]] for row in rows], "row 1, column ts: 20220512"),
}


def refused(capsys: pytest.CaptureFixture[str], workspace: Path, *arguments: object) -> str:
    """Import and expect the one line; the workspace's files must be the same before and after."""
    files = lambda: {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}  # noqa: E731
    before = files()
    assert run(["--workspace", str(workspace), "data", "import", *map(str, arguments)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert said.err.rstrip().removeprefix("error: ").count(". ") >= 1, "a remedy follows the problem"
    assert files() == before
    return said.err


@pytest.fixture
def workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A workspace that already holds a day of bars."""
    good = tmp_path / "BTCUSDT-1m-good.csv"
    good.write_text(csv_text(csv_rows(made_bars(60))))
    assert run(["--workspace", str(tmp_path / "ws"), "data", "import", str(good)]) == 0
    capsys.readouterr()
    return tmp_path / "ws"


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_named_with_file_row_and_column(
    name: str, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, message = BAD_ROWS[name]
    path = tmp_path / "BTCUSDT-1m-bad.csv"
    path.write_text(csv_text(change(csv_rows(made_bars(60)))))
    said = refused(capsys, workspace, path)
    assert str(path) in said
    assert message in said


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("BTCUSDT-1m.csv", b"foo,bar,baz\n1,2,3\n", "no column for ts, open, high, low, close, volume in the header"),
        ("BTCUSDT-1m.csv", b"", "is empty"),
        ("BTCUSDT-1m.csv", b"ts,open,high,low,close,volume\n", "has a header and no rows"),
        ("BTCUSDT-1m.csv", b"1652313600000,1,2\n", "has no header and 3 columns"),
        ("BTCUSDT-1m.csv", "ts,open,high,low,close,volume\n".encode("utf-16"), "is not text in UTF-8"),
        ("BTCUSDT-1m.csv", b"ts,open,open,high,low,close,volume\n1,1,1,1,1,1,1\n", "column open: this column is there"),
        ("BTCUSDT-1m.csv", b"date,time,open,high,low,close,volume\n", "day and time are in two columns"),
        ("BTCUSDT-1m.zip", zipped("readme.txt", "hello"), "no CSV in this zip archive"),
        ("BTCUSDT-1m.zip", b"PK nonsense", "is not a whole zip archive"),
        ("BTCUSDT-1m.csv.gz", b"nonsense", "cannot be unpacked"),
        ("BTCUSDT-1m.parquet", b"PAR1 nonsense PAR1", "is not a whole parquet file"),
        ("BTCUSDT-1m.feather", b"nonsense", "is not a whole feather file"),
        ("BTCUSDT-1m.xlsx", b"x", "is of no kind that can be imported"),
        ("prices.csv", b"ts\n", "does not say which symbol it holds"),
        ("BTCUSDT.csv", b"ts\n", "does not say which timeframe it holds"),
    ],
)
def test_a_file_that_is_bad_as_a_whole_is_named(
    name: str, content: bytes, message: str, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    said = refused(capsys, workspace, path)
    assert str(path) in said
    assert message in said


def columns_with(name: str, row: int, value: float) -> pa.Table:
    bars = made_bars(60)
    columns = {column: getattr(bars, column).copy() for column in BAR_COLUMNS}
    columns[name][row] = value
    return pa.table(columns)


@pytest.mark.parametrize("form", ["parquet", "feather"])
@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("close", np.nan, "row 30, column close: missing or not a number"),
        ("low", 0.0, "row 30, column low: price 0 is not positive"),
        ("volume", -2.0, "row 30, column volume: volume -2 is negative"),
    ],
)
def test_a_bad_value_in_a_table_file_is_named(
    form: str, column: str, value: float, message: str,
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = tmp_path / f"BTCUSDT-1m.{form}"
    table = columns_with(column, 29, value)
    pq.write_table(table, path) if form == "parquet" else pyarrow.feather.write_feather(table, path)
    assert message in refused(capsys, workspace, path)


def test_text_in_a_parquet_price_is_named(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "BTCUSDT-1m.parquet"
    table = columns_with("close", 0, 1.0)
    texts = [str(value) for value in table["close"].to_pylist()]
    texts[29] = "n/k"
    pq.write_table(table.set_column(4, "close", pa.array(texts)), path)
    assert "row 30, column close: 'n/k' is not a number" in refused(capsys, workspace, path)


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_truncated_parquet_is_named(
    keep: float, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "BTCUSDT-1m.parquet"
    pq.write_table(columns_with("close", 0, 100.0), path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    assert f"{path}: is not a whole parquet file" in refused(capsys, workspace, path)


def test_a_truncated_zip_is_named(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "BTCUSDT-1m-2022-05-12.zip"
    path.write_bytes(zipped("BTCUSDT-1m-2022-05-12.csv", binance_csv(made_bars(60)))[:-30])
    assert f"{path}: is not a whole zip archive" in refused(capsys, workspace, path)


def test_a_damaged_zip_member_is_named(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "BTCUSDT-1m-2022-05-12.zip"
    content = bytearray(zipped("BTCUSDT-1m-2022-05-12.csv", binance_csv(made_bars(60))))
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert "BTCUSDT-1m-2022-05-12.csv: cannot be unpacked" in refused(capsys, workspace, path)


def test_a_whole_file_of_another_timeframe_is_refused(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(csv_text(csv_rows(made_bars(60, timeframe="1h"))))
    said = refused(capsys, workspace, path, "--symbol", "BTC/USDT", "--timeframe", "1m")
    assert "row 1, column ts: bars are 1h apart" in said


def test_one_bad_file_among_good_ones_keeps_all_of_them_out(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for symbol in ("ADAUSDT", "BNBUSDT", "XRPUSDT"):
        (folder / f"{symbol}-1m.csv").write_text(csv_text(csv_rows(made_bars(60))))
    (folder / "SOLUSDT-1m.csv").write_text(csv_text(cell(30, 2, "abc")(csv_rows(made_bars(60)))))
    assert "SOLUSDT-1m.csv, row 30, column high" in refused(capsys, workspace, folder)


def test_a_bar_that_contradicts_the_catalog_is_refused_until_replace_is_said(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "BTCUSDT-1m-other.csv"
    path.write_text(csv_text(cell(30, 5, "4321")(csv_rows(made_bars(60)))))
    assert "the bar of 2022-05-12 00:29 is catalogued with volume" in refused(capsys, workspace, path)
    assert run(["--workspace", str(workspace), "data", "import", str(path), "--replace"]) == 0


def test_a_path_that_does_not_exist_and_an_empty_folder_are_named(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "there is no such file" in refused(capsys, workspace, tmp_path / "nowhere.csv")
    (tmp_path / "empty").mkdir()
    assert "no file to import in this folder" in refused(capsys, workspace, tmp_path / "empty")
