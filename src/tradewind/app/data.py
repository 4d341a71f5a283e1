"""Importing files into the catalog as a use case."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tradewind.adapters.catalog import Catalog, SeriesKey, WriteReport, write
from tradewind.adapters.importers import Identity, Source, find_sources, identify, joined, read_source
from tradewind.model.bars import Bars
from tradewind.model.time import TIMEFRAME_MS

FileSeen = Callable[[int, int, str], None]


def _unseen(_done: int, _total: int, _file: str) -> None:
    """Progress nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import and how to call it. `symbol` and `timeframe` may be left to the file names."""

    paths: tuple[Path, ...]
    venue: str
    symbol: str | None = None
    timeframe: str | None = None
    replace: bool = False


def import_files(catalog: Catalog, request: ImportRequest, on_file: FileSeen = _unseen) -> list[WriteReport]:
    """Import every file of a request in one commit: all of it, or on any error nothing.

    Raises BadFile naming file, row and column; BadData where a bar contradicts a catalogued one and `replace` is
    off; CatalogBusy where another process writes.
    """
    sources = find_sources(request.paths)
    labelled = [
        (identify(source.name, symbol=request.symbol, timeframe=request.timeframe), source) for source in sources
    ]
    labelled.sort(key=lambda pair: (pair[0].symbol, TIMEFRAME_MS[pair[0].timeframe]))
    for identity, _ in labelled[:1]:
        SeriesKey.of(request.venue, identity.symbol, identity.timeframe)
    return write(catalog, _batches(labelled, request.venue, on_file), replace=request.replace)


def _batches(labelled: Sequence[tuple[Identity, Source]], venue: str, on_file: FileSeen) -> Iterator[Bars]:
    done = 0
    for identity, group in groupby(labelled, key=lambda pair: pair[0]):
        parts = []
        for _, source in group:
            on_file(done, len(labelled), source.name)
            parts.append(read_source(source, identity))
            done += 1
        yield joined(parts, venue, identity.symbol, identity.timeframe)
    on_file(done, len(labelled), "")
