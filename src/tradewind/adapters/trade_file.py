"""Closed trades of a real account, or of any program, from a CSV file: strict, and every refusal names its row."""

import csv
import datetime as dt
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from tradewind.adapters.importers.columns import Layout
from tradewind.adapters.importers.stamps import milliseconds
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.errors import BadFile

# What each column may be called, in any case; freqtrade's names among them.
NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "opened": ("opened", "open_time", "open_date", "entry_time", "opened_ms"),
        "closed": ("closed", "close_time", "close_date", "exit_time", "closed_ms"),
        "symbol": ("symbol", "pair"),
        "return": ("return", "profit_ratio"),
    }
)
PERCENT_SUSPECTED = 0.5  # as the median size of a return: nobody's usual trade makes or loses half
_MEND = "Mend or remove the row; nothing was read"


@dataclass(frozen=True, slots=True, eq=False)
class TradeFile:
    """Trades as a file lists them: times in milliseconds UTC, `net_return` as a fraction of what was put in."""

    opened_ms: IntArray
    closed_ms: IntArray
    symbol: npt.NDArray[np.str_]
    net_return: FloatArray


def read_trades(path: Path) -> TradeFile:
    """The trades of a CSV with a header: opened, closed, symbol, return.

    Times are Unix stamps, or texts such as 2024-01-31 23:59 (UTC where they name no zone); 1.2 % is written 0.012.
    Raises BadFile, with row and column, for anything else.
    """
    file = str(path)
    header, rows = _rows(path, file)
    at = _columns(header, file)
    if not rows:
        raise BadFile("has no trades", "Give a file with at least one closed trade", file=file)
    for number, cells in enumerate(rows, start=1):
        if len(cells) != len(header):
            raise BadFile(f"has {len(cells)} columns, the header {len(header)}", _MEND, file=file, row=number)
    cells_of = {role: [cells[place].strip() for cells in rows] for role, place in at.items()}
    opened = _times(cells_of["opened"], header[at["opened"]], file)
    closed = _times(cells_of["closed"], header[at["closed"]], file)
    early = np.flatnonzero(closed < opened)
    if len(early):
        raise BadFile("closed before it opened", _MEND, file=file, row=int(early[0]) + 1, column=header[at["closed"]])
    if "" in cells_of["symbol"]:
        row = cells_of["symbol"].index("") + 1
        raise BadFile("the symbol is missing", _MEND, file=file, row=row, column=header[at["symbol"]])
    return TradeFile(
        opened, closed, np.array(cells_of["symbol"], np.str_), _returns(cells_of["return"], header[at["return"]], file)
    )


def _rows(path: Path, file: str) -> tuple[list[str], list[list[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise BadFile("there is no such file", "Check the path", file=file) from None
    except OSError as error:
        raise BadFile(f"cannot be read ({error.strerror})", "Check the path", file=file) from None
    except UnicodeDecodeError:
        raise BadFile("is not text in UTF-8", "Save it as CSV in UTF-8", file=file) from None
    first = text.partition("\n")[0]
    try:
        found = [cells for cells in csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count)) if cells]
    except csv.Error as error:
        raise BadFile(f"cannot be read as CSV ({error})", "Save it as plain CSV in UTF-8", file=file) from None
    if not found:
        raise BadFile("is empty", "Give a file with a header and trades", file=file)
    return [name.strip() for name in found[0]], found[1:]


def _columns(header: Sequence[str], file: str) -> dict[str, int]:
    plain = [name.lower() for name in header]
    at, missing = {}, []
    for role, names in NAMES.items():
        there = [place for place, name in enumerate(plain) if name in names]
        if len(there) > 1:
            both = " and ".join(header[place] for place in there)
            raise BadFile(f"has two columns for {role}: {both}", "Keep one of them", file=file)
        if there:
            at[role] = there[0]
        else:
            missing.append(role)
    if missing:
        shown = ", ".join(header[:12])
        raise BadFile(
            f"no column for {', '.join(missing)} in the header ({shown})",
            f"Name the columns {','.join(NAMES)}",
            file=file,
        )
    return at


def _times(cells: Sequence[str], column: str, file: str) -> IntArray:
    if cells[0].lstrip("-").isdigit():
        for row, cell in enumerate(cells, start=1):
            if not cell.lstrip("-").isdigit():
                raise BadFile(f"{cell[:40]!r} is no stamp like those before", _MEND, file=file, row=row, column=column)
        return milliseconds(np.array([int(cell) for cell in cells]), Layout((0,), (column,)), file)
    return np.array([_moment_ms(cell, row, column, file) for row, cell in enumerate(cells, start=1)], np.int64)


def _moment_ms(cell: str, row: int, column: str, file: str) -> int:
    try:
        moment = dt.datetime.fromisoformat(cell)
    except ValueError:
        raise BadFile(f"{cell[:40]!r} is not a time", _MEND, file=file, row=row, column=column) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return round(moment.timestamp() * 1000)


def _returns(cells: Sequence[str], column: str, file: str) -> FloatArray:
    out = np.empty(len(cells))
    for row, cell in enumerate(cells, start=1):
        try:
            out[row - 1] = float(cell)
        except ValueError:
            out[row - 1] = math.nan
        if not math.isfinite(out[row - 1]):
            raise BadFile(f"{cell[:40]!r} is not a number", _MEND, file=file, row=row, column=column)
    if np.median(np.abs(out)) > PERCENT_SUSPECTED:
        raise BadFile("half of the returns are beyond 50 %", "Write 1.2 % as 0.012", file=file, column=column)
    return out
