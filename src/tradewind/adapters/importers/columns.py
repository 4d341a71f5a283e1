"""Which column of a table is which: the headers that venues, bots and data vendors write, and tables without one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.model.bars import BAR_COLUMNS
from tradewind.model.errors import BadFile

# First match wins: a machine's stamp is preferred to a text beside it.
_TIME_NAMES = ("ts", "open_time", "opentime", "timestamp", "unix", "unix_timestamp", "datetime", "date", "time")
_TIME_NAMES_LAST = ("open_timestamp", "start_time", "start", "t", "__index_level_0__", "index")
_PRICE_NAMES = (
    ("open", ("open", "open_price", "o")),
    ("high", ("high", "high_price", "h")),
    ("low", ("low", "low_price", "l")),
    ("close", ("close", "close_price", "last", "c")),
)
_VOLUME_NAMES = ("volume", "base_volume", "volume_base", "base_asset_volume", "vol", "v")
_BINANCE_WIDTH = 12
_HEADERLESS_WIDTHS = (6, 7, _BINANCE_WIDTH)  # plain, Kraken with a trade count, Binance


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the six columns of a bar are: `positions` in the order of BAR_COLUMNS, `names` as the file spells them."""

    positions: tuple[int, ...]
    names: tuple[str, ...]


def layout_without_header(width: int, file: str) -> Layout:
    """Columns of a table that starts with data: open time, open, high, low, close, volume, then anything."""
    if width not in _HEADERLESS_WIDTHS:
        raise BadFile(
            f"has no header and {width} columns",
            f"Add a header line such as {','.join(BAR_COLUMNS)}",
            file=file,
        )
    return Layout(tuple(range(len(BAR_COLUMNS))), BAR_COLUMNS)


def layout_of(header: Sequence[str], symbol: str, file: str) -> Layout:
    """Columns of a table with a header, in any case and order; `symbol` tells base from quote volume.

    Raises BadFile naming the columns that are missing, or one that is there twice.
    """
    plain = [re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_") for name in header]
    # pandas writes a nameless index as __index_level_0__; the underscores above were stripped from both sides.
    times = [name.strip("_") for name in (*_TIME_NAMES, *_TIME_NAMES_LAST)]
    base = symbol.partition("/")[0].lower()
    wanted = {"ts": times, **dict(_PRICE_NAMES), "volume": [f"volume_{base}", *_VOLUME_NAMES]}
    if {"date", "time"} <= set(plain) and not set(times[:7]) & set(plain):
        raise BadFile("day and time are in two columns", "Join them into one column `ts`", file=file)
    positions: list[int] = []
    missing: list[str] = []
    for role in BAR_COLUMNS:
        name = next((name for name in wanted[role] if name in plain), None)
        if name is None:
            missing.append(role)
            continue
        if plain.count(name) > 1:
            raise BadFile("this column is there twice", "Keep one of them", file=file, column=name)
        positions.append(plain.index(name))
    if missing:
        shown = ", ".join(name.strip() for name in header[:12]) or "nothing"
        raise BadFile(
            f"no column for {', '.join(missing)} in the header ({shown})",
            f"Name the columns {','.join(BAR_COLUMNS)}",
            file=file,
        )
    return Layout(tuple(positions), tuple(header[position].strip() for position in positions))
