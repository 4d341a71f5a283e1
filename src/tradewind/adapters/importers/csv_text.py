"""CSV as venues and vendors write it: read fast as a whole, and slowly once more only to name what is wrong."""

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tradewind.adapters.importers.columns import Layout, layout_of, layout_without_header
from tradewind.model.errors import BadFile

_MISSING = ("", "nan", "NaN", "NAN", "null", "NULL", "None", "NA", "N/A")
_REMEDY = "Mend or remove the row; nothing was imported"


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Where the columns are, the raw time column (an Arrow array) and the five number columns with NaN for nothing."""

    layout: Layout
    times: Any
    numbers: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    delimiter: str
    skipped_lines: int
    width: int
    layout: Layout
    time_type: Any


def read_csv(content: bytes, symbol: str, file: str) -> CsvTable:
    """The six columns of a CSV; raises BadFile naming row and column for anything that is not a number or time."""
    shape = _shape_of(content, symbol, file)
    names = [f"f{i}" for i in range(shape.width)]
    wanted = [names[position] for position in shape.layout.positions]
    types = {wanted[0]: shape.time_type, **dict.fromkeys(wanted[1:], pa.float64())}
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(column_names=names, skip_rows=shape.skipped_lines),
            parse_options=pyarrow.csv.ParseOptions(delimiter=shape.delimiter),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=wanted, column_types=types, null_values=list(_MISSING), strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        raise _named_offence(content, shape, file, str(error)) from None
    if table.num_rows == 0:
        raise BadFile("has no rows", "Get the file again, or leave it out", file=file)
    times = table[wanted[0]].combine_chunks()
    if times.null_count:
        row = int(np.argmax(times.is_null().to_numpy(zero_copy_only=False)))
        raise BadFile("the time is missing", _REMEDY, file=file, row=row + 1, column=shape.layout.names[0])
    numbers = tuple(pc.fill_null(table[name], float("nan")).to_numpy() for name in wanted[1:])
    return CsvTable(shape.layout, times, numbers)


def _shape_of(content: bytes, symbol: str, file: str) -> _Shape:
    body = content.removeprefix(codecs.BOM_UTF8)
    skipped = 0
    first = _line(body, 0, file)
    if first.startswith(("http://", "https://")):  # some vendors sign their files in the first line
        skipped, first = 1, _line(body, 1, file)
    delimiter = max(",;\t", key=first.count)
    cells = [cell.strip().strip('"') for cell in first.split(delimiter)]
    if _is_number(cells[0]) or _time_type(cells[0]) is not None:
        layout = layout_without_header(len(cells), file)
        sample = cells
    else:
        layout = layout_of(cells, symbol, file)
        skipped += 1
        sample = [cell.strip().strip('"') for cell in _line(body, skipped, file).split(delimiter)]
        if sample == [""]:
            raise BadFile("has a header and no rows", "Get the file again, or leave it out", file=file)
    position = layout.positions[0]
    time_type = _time_type(sample[position]) if position < len(sample) else None
    return _Shape(delimiter, skipped, len(cells), layout, time_type or pa.int64())


def _line(body: bytes, number: int, file: str) -> str:
    lines = body.split(b"\n", number + 1)
    line = lines[number] if number < len(lines) else b""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadFile("is not text in UTF-8", "Save it as CSV in UTF-8", file=file, row=None)
    return text.strip("\r\n ")


def _time_type(cell: str) -> Any | None:
    """The Arrow type of a time as it is written in `cell`, None where it is no time at all."""
    if cell.lstrip("-").isdigit():
        return pa.int64()
    if _is_number(cell):
        return pa.float64()
    for kind in (pa.timestamp("ns"), pa.timestamp("ns", "UTC")):
        try:
            pa.array([cell]).cast(kind)
        except pa.ArrowInvalid:
            continue
        return kind
    return None


def _is_number(cell: str) -> bool:
    if "_" in cell:  # Python reads 1_000, nobody else does
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _named_offence(content: bytes, shape: _Shape, file: str, reason: str) -> BadFile:
    """Read row by row until the cell that the fast reader stumbled over is found."""
    text = io.TextIOWrapper(io.BytesIO(content.removeprefix(codecs.BOM_UTF8)), "utf-8", errors="replace", newline="")
    reader = csv.reader(text, delimiter=shape.delimiter)
    try:
        for _ in range(shape.skipped_lines):
            next(reader)
        for row, cells in enumerate((cells for cells in reader if cells), start=1):
            offence = _offence_in(cells, shape)
            if offence:
                return BadFile(offence[0], _REMEDY, file=file, row=row, column=offence[1])
    except csv.Error as error:
        reason = str(error)
    return BadFile(f"cannot be read as CSV ({reason.splitlines()[0]})", "Save it as plain CSV in UTF-8", file=file)


def _offence_in(cells: Sequence[str], shape: _Shape) -> tuple[str, str | None] | None:
    if len(cells) != shape.width:
        return f"has {len(cells)} columns, the first row has {shape.width}", None
    for role, (position, name) in enumerate(zip(shape.layout.positions, shape.layout.names, strict=True)):
        cell = cells[position].strip()
        if cell in _MISSING:
            return "missing or not a number", name
        if role == 0 and not _fits_time(cell, shape.time_type):
            return f"{cell[:40]!r} is not a time like those before", name
        if role > 0 and not _is_number(cell):
            return f"{cell[:40]!r} is not a number", name
    return None


def _fits_time(cell: str, kind: Any) -> bool:
    # The cheap answers first: this runs for every row up to the offence.
    if kind == pa.int64():
        return cell.lstrip("-").isdigit()
    if kind == pa.float64():
        return _is_number(cell)
    try:
        pa.array([cell]).cast(kind)
    except pa.ArrowInvalid:
        return False
    return True
