"""Importing files into the catalog as a use case: bars, or funding rates."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tradewind.adapters.catalog import Catalog, FundingReport, SeriesKey, WriteReport, write, write_funding
from tradewind.adapters.importers import (
    Identity,
    Source,
    find_sources,
    identify,
    joined,
    joined_rates,
    read_rates,
    read_source,
    symbol_of,
)
from tradewind.model.bars import Bars
from tradewind.model.funding import FundingRates
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


def import_funding(catalog: Catalog, request: ImportRequest, on_file: FileSeen = _unseen) -> list[FundingReport]:
    """Import every file of funding rates in one commit, all of it or nothing; a timeframe is not asked for.

    Raises as `import_files` does, and WrongUse for a symbol that is no perpetual.
    """
    sources = find_sources(request.paths, funding=True)
    labelled = sorted(((symbol_of(source, request.symbol), source) for source in sources), key=lambda pair: pair[0])
    for symbol, _ in labelled[:1]:
        SeriesKey.of(request.venue, symbol, "1m")
    return write_funding(catalog, _rates(labelled, request.venue, on_file), replace=request.replace)


def _rates(labelled: Sequence[tuple[str, Source]], venue: str, on_file: FileSeen) -> Iterator[FundingRates]:
    done = 0
    for symbol, group in groupby(labelled, key=lambda pair: pair[0]):
        parts = []
        for _, source in group:
            on_file(done, len(labelled), source.name)
            parts.append(read_rates(source))
            done += 1
        yield joined_rates(parts, venue, symbol)
    on_file(done, len(labelled), "")
