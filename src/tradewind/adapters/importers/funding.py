"""Files of funding rates: Binance's archive, freqtrade's, or any table with a time and a rate."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq

from tradewind.adapters.importers.columns import Layout
from tradewind.adapters.importers.names import named_perpetual
from tradewind.adapters.importers.reader import floats_of, times_of
from tradewind.adapters.importers.sources import Source
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.errors import BadFile
from tradewind.model.funding import LARGEST_RATE, FundingRates
from tradewind.model.instrument import checked_symbol
from tradewind.model.time import utc_text

_TIMES = (
    "ts",
    "calc_time",
    "funding_time",
    "fundingtime",
    "funding_timestamp",
    "timestamp",
    "datetime",
    "date",
    "time",
)
# freqtrade keeps rates as candles whose open is the rate.
_RATES = ("rate", "funding_rate", "fundingrate", "last_funding_rate", "open")


@dataclass(frozen=True, slots=True, eq=False)
class RawRates:
    """Checked columns of one file, in its order, and the file's name."""

    file: str
    ts: IntArray
    rate: FloatArray


def symbol_of(source: Source, symbol: str | None) -> str:
    """Whose rates a file holds, by what the user gave and what its name says: BTCUSDT-fundingRate-2024-01.zip,
    BTC_USDT_USDT-8h-funding_rate.feather. Raises BadFile where neither says it or the two contradict each other."""
    named = named_perpetual(source.name)
    if symbol is None:
        if named is None:
            raise BadFile(
                "its name does not say whose funding it holds", "Add --symbol BTC/USDT:USDT", file=source.name
            )
        return named
    checked_symbol(symbol)
    if named is not None and named != symbol:
        raise BadFile(
            f"its name says {named}, not {symbol}", "Give the symbol of this file, or rename it", file=source.name
        )
    return symbol


def read_rates(source: Source) -> RawRates:
    """Every row of a source; raises BadFile naming the first thing that is wrong with it."""
    table, file = _table_of(source), source.name
    if table.num_rows == 0:
        raise BadFile("has no rows", "Get the file again, or leave it out", file=file)
    header = [re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_") for name in table.column_names]
    time_at, rate_at = (_place(header, names, what, file) for names, what in ((_TIMES, "time"), (_RATES, "rate")))
    layout = Layout((time_at, rate_at), (table.column_names[time_at], table.column_names[rate_at]))
    ts = times_of(_numbers_if_possible(table.column(time_at).combine_chunks()), layout, file)
    rate = floats_of(table.column(rate_at).combine_chunks(), layout.names[1], file)
    # NaN is within no bounds.
    strange = np.flatnonzero(~(np.abs(rate) <= LARGEST_RATE))
    if len(strange):
        row = int(strange[0])
        raise BadFile(
            f"{rate[row]:.6g} is no funding rate",
            f"Rates are fractions of the position, at most {LARGEST_RATE:g}; nothing was imported",
            file=file, row=row + 1, column=layout.names[1],
        )  # fmt: skip
    return RawRates(file, ts, rate)


def joined_rates(parts: Sequence[RawRates], venue: str, symbol: str) -> FundingRates:
    """Rates of several files of one perpetual in order of time; one that is there twice alike counts once.

    Raises BadFile where two disagree.
    """
    ts, rate = np.concatenate([part.ts for part in parts]), np.concatenate([part.rate for part in parts])
    order = np.argsort(ts, kind="stable")
    ts, rate = ts[order], rate[order]
    again = np.concatenate(([False], np.diff(ts) == 0))
    differs = np.flatnonzero(again & np.concatenate(([False], np.diff(rate) != 0)))
    if len(differs):
        row = int(differs[0])
        starts = np.cumsum([0, *(len(part.ts) for part in parts)])
        part = int(np.searchsorted(starts, order[row], side="right")) - 1
        raise BadFile(
            f"the rate of {utc_text(int(ts[row]))} is there twice, {rate[row - 1]:.8g} and {rate[row]:.8g}",
            "Remove one of them; nothing was imported",
            file=parts[part].file, row=int(order[row] - starts[part]) + 1,
        )  # fmt: skip
    return FundingRates(venue=venue, symbol=symbol, ts=ts[~again], rate=rate[~again])


def _table_of(source: Source) -> Any:
    try:
        if source.kind == "parquet":
            with pq.ParquetFile(source.path) as file:
                return file.read()
        if source.kind == "feather":
            return pyarrow.feather.read_table(source.path)
        content = source.text_bytes()
        names = pyarrow.csv.open_csv(pa.BufferReader(content)).schema.names
        as_text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
        return pyarrow.csv.read_csv(pa.BufferReader(content), convert_options=as_text)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise BadFile(
            f"is not a whole {source.kind} file ({reason})", "Get or write the file again", file=source.name
        ) from None


def _numbers_if_possible(column: Any) -> Any:
    """Stamps that a CSV gave as text as integers; other columns as they are."""
    if not pa.types.is_string(column.type):
        return column
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column


def _place(header: Sequence[str], names: Sequence[str], what: str, file: str) -> int:
    found = next((name for name in names if name in header), None)
    if found is None:
        shown = ", ".join(header[:12])
        raise BadFile(f"no column for the {what} in the header ({shown})", "Name the columns ts,rate", file=file)
    if header.count(found) > 1:
        raise BadFile("this column is there twice", "Keep one of them", file=file, column=found)
    return header.index(found)
