"""Trades from a CSV file: read to the millisecond whoever wrote it, and refused by row and column."""

from pathlib import Path

import pytest

from tradewind.adapters.trade_file import read_trades
from tradewind.model.errors import BadFile

START = 1_706_745_540_000  # 2024-01-31 23:59 UTC
PLAIN = "opened,closed,symbol,return\n2024-01-31 23:59,2024-02-01 00:04,BTC/USDT,0.012\n"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "trades.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "Closed;SYMBOL;note;Return;Opened\n2024-02-01T00:04:00Z;BTC/USDT;x;0.012;2024-02-01 00:59:00+01:00\n",
        f"opened_ms\tclosed_ms\tpair\tprofit_ratio\n{START}\t{START + 300_000}\tBTC/USDT\t1.2e-2\n",
        f"opened,closed,symbol,return\r\n{START // 1000},{START // 1000 + 300},BTC/USDT,0.012\r\n",
        "﻿open_date,close_date,pair,profit_ratio\n2024-01-31 23:59:00+00:00,2024-02-01 00:04:00+00:00,BTC/USDT,0.012\n",
    ],
    ids=["plain", "other order, zones", "milliseconds, tabs", "seconds", "freqtrade's names, a mark in front"],
)
def test_the_same_trade_however_it_is_written(tmp_path: Path, text: str) -> None:
    found = read_trades(written(tmp_path, text))
    assert found.opened_ms.tolist() == [START]
    assert found.closed_ms.tolist() == [START + 300_000]
    assert found.symbol.tolist() == ["BTC/USDT"]
    assert found.net_return.tolist() == [0.012]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        ("opened,closed,symbol,return\n", "has no trades"),
        ("opened,symbol\n1,2\n", r"no column for closed, return in the header \(opened, symbol\)"),
        ("opened,open_time,closed,symbol,return\n", "two columns for opened: opened and open_time"),
        (PLAIN + "2024-02-01,2024-02-02,BTC/USDT\n", "row 2: has 3 columns, the header 4"),
        (PLAIN + "yesterday,2024-02-02,BTC/USDT,0\n", "row 2, column opened: 'yesterday' is not a time"),
        (PLAIN + "2024-02-02,2024-02-01,BTC/USDT,0\n", "row 2, column closed: closed before it opened"),
        (PLAIN + "2024-02-01,2024-02-02,,0\n", "row 2, column symbol: the symbol is missing"),
        (PLAIN + "2024-02-01,2024-02-02,BTC/USDT,\n", "row 2, column return: '' is not a number"),
        (PLAIN + "2024-02-01,2024-02-02,BTC/USDT,inf\n", "row 2, column return: 'inf' is not a number"),
        (PLAIN.replace("0.012", "1.2"), "column return: half of the returns are beyond 50 %. Write 1.2 % as 0.012"),
        (
            f"opened,closed,symbol,return\n{START},{START},A,0\nsoon,{START},A,0\n",
            "row 2, column opened: 'soon' is no stamp like those before",
        ),
        (
            f"opened,closed,symbol,return\n{START},{START},A,0\n{START // 1000},{START},A,0\n",
            "row 2, column opened: 1706745540 is not a stamp of the same unit",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_row_and_column(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        read_trades(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"nowhere\.csv: there is no such file"):
        read_trades(tmp_path / "nowhere.csv")
    with pytest.raises(BadFile, match="cannot be read"):
        read_trades(tmp_path)
