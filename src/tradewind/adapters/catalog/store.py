"""Reads the catalog: what is there, bars of a span, and whether the files still are what was written."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from tradewind.adapters.catalog.files import Columns, empty_columns, read_month_into
from tradewind.adapters.catalog.manifest import CatalogIndex, MonthFile, SeriesKey, SeriesManifest, SeriesSummary
from tradewind.model.bars import BAR_COLUMNS, Bars
from tradewind.model.errors import BadData, NoData
from tradewind.model.time import TimeRange, timeframe_ms, utc_text

INDEX_NAME = "catalog.json"
_READERS = 4
RETRIES = 3


class Catalog:
    """Closed bars under a root folder. Reading never waits for a writer and never sees half of a commit."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def index(self) -> CatalogIndex:
        """The committed state; empty where nothing was ever written. Raises BadData where the file is damaged."""
        path = self.root / INDEX_NAME
        try:
            return CatalogIndex.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return CatalogIndex()
        except ValidationError:
            raise BadData(f"{path} is damaged", "Move the catalog away and import the data again") from None

    def series(self) -> Sequence[SeriesSummary]:
        """Every series, ordered by venue, symbol and timeframe."""
        return self.index().series

    def summary(self, key: SeriesKey) -> SeriesSummary:
        """The listing entry of a series; raises NoData naming what is there instead."""
        return self._found(self.index(), key)

    def manifest(self, key: SeriesKey) -> SeriesManifest:
        """Month files and gap index of a series; raises NoData where it is not catalogued."""
        return self.read_manifest(self.summary(key))

    def read_manifest(self, summary: SeriesSummary) -> SeriesManifest:
        """The manifest a listing entry points to; raises BadData where it is damaged."""
        path = self.root / summary.manifest
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != summary.manifest_sha256:
            raise BadData(f"{path} is damaged", f"Import {summary.key} again with --replace")
        return SeriesManifest.model_validate_json(content)

    def bars(self, venue: str, symbol: str, timeframe: str, span: TimeRange) -> Bars:
        """All catalogued bars whose open time lies in `span`.

        Raises NoData naming what is there where none are; BadData naming the file where one is damaged.
        """
        key = SeriesKey.of(venue, symbol, timeframe)
        for attempt in range(RETRIES):
            summary = self.summary(key)
            try:
                manifest = self.read_manifest(summary)
                return self._read(manifest, span)
            except FileNotFoundError as error:
                # A writer may have committed and cleaned up between our two reads; then the index has changed.
                if attempt == RETRIES - 1 or self.summary(key) == summary:
                    raise BadData(
                        f"{error.filename} is missing from the catalog", f"Import {key} again with --replace"
                    ) from None
        raise AssertionError("unreachable")

    def columns(self, manifest: SeriesManifest, months: Sequence[MonthFile]) -> Columns:
        """Raw columns of some months of a series, in order."""
        starts = np.cumsum([0, *(entry.rows for entry in months)])
        columns = empty_columns(int(starts[-1]))
        folder = self.root / manifest.key.directory
        with ThreadPoolExecutor(_READERS) as readers:
            jobs = [
                readers.submit(read_month_into, folder / entry.file, entry, columns, int(start))
                for entry, start in zip(months, starts[:-1], strict=True)
            ]
            for job in jobs:
                job.result()
        return columns

    def _read(self, manifest: SeriesManifest, span: TimeRange) -> Bars:
        first = manifest.first_ts if span.start_ms is None else span.start_ms
        end = manifest.last_ts + 1 if span.end_ms is None else span.end_ms
        months = [entry for entry in manifest.months if entry.last_ts >= first and entry.first_ts < end]
        columns = self.columns(manifest, months)
        low, high = (int(row) for row in np.searchsorted(columns[0], (first, end)))
        if low == high:
            raise NoData(
                f"no bars of {manifest.key} from {utc_text(first)} to {utc_text(end)} in the catalog",
                f"There are bars from {utc_text(manifest.first_ts)} to {utc_text(manifest.last_ts)}",
            )
        return bars_of(manifest.key, tuple(column[low:high] for column in columns))

    def _found(self, index: CatalogIndex, key: SeriesKey) -> SeriesSummary:
        summary = index.find(key)
        if summary is not None:
            return summary
        if not index.series:
            raise NoData(
                f"no bars of {key}: the catalog {self.root} is empty",
                "Fill it with `tradewind data import` or `tradewind data download`",
            )
        same = [other for other in index.series if (other.key.venue, other.key.symbol) == (key.venue, key.symbol)]
        finer = [other for other in same if timeframe_ms(other.key.timeframe) < timeframe_ms(key.timeframe)]
        if finer:
            command = f"tradewind data resample {key.symbol} --venue {key.venue} --to {key.timeframe}"
            raise NoData(f"no bars of {key} in the catalog, but {finer[-1]}", f"Make them with `{command}`")
        present = "; ".join(str(other) for other in (same or index.series)[:5])
        more = f" and {len(index.series) - 5} more" if not same and len(index.series) > 5 else ""
        raise NoData(f"no bars of {key} in the catalog", f"There are: {present}{more}")


def bars_of(key: SeriesKey, columns: Sequence[object]) -> Bars:
    """Checked bars out of raw columns in the order of BAR_COLUMNS."""
    arrays = dict(zip(BAR_COLUMNS, columns, strict=True))
    return Bars(venue=key.venue, symbol=key.symbol, timeframe=key.timeframe, **arrays)  # type: ignore[arg-type]
