"""One source in, checked columns out, whatever its format: CSV, Parquet or freqtrade's feather."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather
import pyarrow.parquet as pq

from tradewind.adapters.importers.columns import Layout, layout_of
from tradewind.adapters.importers.csv_text import read_csv
from tradewind.adapters.importers.names import Identity
from tradewind.adapters.importers.rows import RawBars, checked_rows
from tradewind.adapters.importers.sources import Source
from tradewind.adapters.importers.stamps import milliseconds
from tradewind.model.bars import IntArray
from tradewind.model.errors import BadFile

_MS_PER_DAY = 86_400_000


def read_source(source: Source, identity: Identity) -> RawBars:
    """Every row of a source; raises BadFile naming the first thing that is wrong with it."""
    if source.kind == "csv":
        table = read_csv(source.text_bytes(), identity.symbol, source.name)
        layout, times, numbers = table.layout, table.times, table.numbers
    else:
        layout, times, numbers = _read_arrow(source, identity.symbol)
    ts = times_of(times, layout, source.name)
    return checked_rows(source.name, layout, ts, numbers, identity.timeframe)


def _read_arrow(source: Source, symbol: str) -> tuple[Layout, Any, tuple[npt.NDArray[np.float64], ...]]:
    try:
        if source.kind == "parquet":
            with pq.ParquetFile(source.path) as file:
                header = file.schema_arrow.names
                layout = layout_of(header, symbol, source.name)
                names = [header[position] for position in layout.positions]
                table = file.read(columns=names).select(names)
        else:
            table = pyarrow.feather.read_table(source.path)
            layout = layout_of(table.column_names, symbol, source.name)
            table = table.select(list(layout.positions))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise BadFile(
            f"is not a whole {source.kind} file ({reason})", "Get or write the file again", file=source.name
        ) from None
    if table.num_rows == 0:
        raise BadFile("has no rows", "Get the file again, or leave it out", file=source.name)
    times, *numbers = (column.combine_chunks() for column in table.columns)
    return (
        layout,
        times,
        tuple(floats_of(column, name, source.name) for column, name in zip(numbers, layout.names[1:], strict=True)),
    )


def floats_of(column: Any, name: str, file: str) -> npt.NDArray[np.float64]:
    """A number column, NaN where nothing is given; raises BadFile for what is no number."""
    try:
        numbers = column.cast(pa.float64(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        row = _first_unreadable(column)
        text = f"{str(column[row])[:40]!r} is not a number"
        raise BadFile(
            text, "Mend or remove the row; nothing was imported", file=file, row=row + 1, column=name
        ) from None
    values: npt.NDArray[np.float64] = pc.fill_null(numbers, float("nan")).to_numpy(zero_copy_only=False)
    return values


def _first_unreadable(column: Any) -> int:
    for row in range(len(column)):
        try:
            column[row : row + 1].cast(pa.float64(), safe=False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return row
    return 0


def times_of(column: Any, layout: Layout, file: str) -> IntArray:
    """A time column as milliseconds; raises BadFile for what is no time."""
    name = layout.names[0]
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        raise BadFile("the time is missing", "Mend or remove the row", file=file, row=row + 1, column=name)
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return milliseconds(column.to_numpy(zero_copy_only=False), layout, file)
    if pa.types.is_date(kind):
        days: IntArray = column.cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
        return days * _MS_PER_DAY
    try:
        # A text or stamp without a zone is UTC; one with a zone is the same moment in UTC.
        moments = column if pa.types.is_timestamp(kind) else column.cast(pa.timestamp("ns", _zone(column)))
        stamps: IntArray = moments.cast(pa.timestamp("ms", moments.type.tz)).cast(pa.int64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadFile(
            f"cannot be read as times ({str(error).splitlines()[0]})",
            "Give Unix stamps or dates like 2022-05-12 00:00",
            file=file,
            column=name,
        ) from None
    return stamps


def _zone(texts: Any) -> str | None:
    first = str(texts[0])
    return "UTC" if first.endswith("Z") or "+" in first or first.count("-") > 2 else None
