"""Downloading from every venue but Binance: only the bars the catalog lacks, committed part by part."""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from tradewind.adapters.catalog import Catalog, SeriesKey, WriteReport, write
from tradewind.adapters.importers import RawBars, joined
from tradewind.adapters.vendors import CcxtBars, YfinanceBars, optional_library
from tradewind.app.download import DownloadReport, DownloadRequest, FileSeen, closed_span
from tradewind.model.bars import IntArray
from tradewind.model.errors import NoData, WrongUse
from tradewind.model.time import TimeRange, timeframe_ms, utc_day, utc_text

# A part is asked for and committed at once: some dozen pages, a month of minutes, six years of hours.
_PART_BARS = 50_000
# Missing stretches nearer to each other than this are asked for together, so that a thinly traded market, full of
# minutes without a trade, does not cost a request for each of them.
_NEAR_BARS = 500


class BarSource(Protocol):
    """A venue's bars on request; `note` is what a user has to know about them, empty where nothing."""

    venue: str
    note: str

    def check(self, symbol: str, timeframe: str) -> None:
        """Raises WrongUse where the venue does not have this."""

    def fetch(self, symbol: str, timeframe: str, span: TimeRange, reached: Callable[[int], None]) -> RawBars | None:
        """Bars that open in `span`, both ends given, None where there are none."""


def source_of(venue: str, sleep: Callable[[float], None], base_url: str | None = None) -> BarSource:
    """The source for a venue that is not Binance: yfinance by its name, any other through ccxt.

    Raises NotInstalled where the library for it is missing, WrongUse where ccxt does not know the venue.
    """
    if venue != "yfinance":
        return CcxtBars(optional_library("ccxt"), venue, sleep, base_url)
    if base_url is not None:
        raise WrongUse("yfinance has an address of its own", "Leave --base-url out")
    return YfinanceBars(optional_library("yfinance"))


def download_missing(
    catalog: Catalog, source: BarSource, request: DownloadRequest, now_ms: int, on_part: FileSeen = lambda *_: None
) -> Iterator[DownloadReport]:
    """Load what the catalog lacks of every symbol of a request; with `replace`, everything anew.

    Every part is committed as it is complete, so an interrupted download goes on after its last part. Holes the
    venue has stay holes and are asked for again next time. `on_part` is told bars done and in all. Raises WrongUse
    for a market, timeframe or span that cannot be, NoData where the venue has no bar, DownloadFailed, and BadData
    or BadFile where bars break a rule.
    """
    start_ms, end_ms = closed_span(request, now_ms)
    keys = [SeriesKey.of(source.venue, symbol, request.timeframe) for symbol in request.symbols]
    for key in keys:
        source.check(key.symbol, key.timeframe)
    for key in keys:
        yield _Download(catalog, source, key, on_part).run(start_ms, end_ms, replace=request.replace)


class _Download:
    """Loads one series."""

    def __init__(self, catalog: Catalog, source: BarSource, key: SeriesKey, on_part: FileSeen) -> None:
        self._catalog = catalog
        self._source = source
        self._key = key
        self._on_part = on_part
        self._step = timeframe_ms(key.timeframe)

    def run(self, start_ms: int, end_ms: int, *, replace: bool) -> DownloadReport:
        present = np.empty(0, np.int64) if replace else self._present(start_ms, end_ms)
        spans = _parts(present, start_ms, end_ms, self._step)
        total = sum(end - start for start, end in spans) // self._step
        done = came = added = identical = replaced = 0
        for start, end in spans:
            raw = self._fetch(start, end, done, total)
            done += (end - start) // self._step
            report = None if raw is None else self._commit(raw, present, replace=replace)
            if report is not None:
                came += report.added + report.identical + report.replaced
                added, replaced = added + report.added, replaced + report.replaced
                identical += report.identical
        summary = self._catalog.index().find(self._key)
        if summary is None or (came == 0 and len(present) == 0):
            raise NoData(
                f"{self._key.venue} gave no bars of {self._key} from {utc_day(start_ms)} on",
                "Check symbol and time range",
            )
        notes = [self._source.note] if self._source.note else []
        if summary.first_ts > start_ms:
            notes.append(f"{self._key.venue} gave no bars of {self._key.symbol} before {utc_text(summary.first_ts)}")
        written = WriteReport(summary, added, identical + len(present), replaced)
        return DownloadReport(written, archive_files=0, rest_bars=came, notes=tuple(notes))

    def _present(self, start_ms: int, end_ms: int) -> IntArray:
        key = self._key
        try:
            return self._catalog.bars(key.venue, key.symbol, key.timeframe, TimeRange(start_ms, end_ms)).ts
        except NoData:
            return np.empty(0, np.int64)

    def _fetch(self, start_ms: int, end_ms: int, done: int, total: int) -> RawBars | None:
        def reached(ts: int) -> None:
            self._on_part(done + (ts - start_ms) // self._step, total, f"{self._key.symbol} {utc_day(ts)}")

        self._on_part(done, total, f"{self._key.symbol} {utc_day(start_ms)}")
        return self._source.fetch(self._key.symbol, self._key.timeframe, TimeRange(start_ms, end_ms), reached)

    def _commit(self, raw: RawBars, present: IntArray, *, replace: bool) -> WriteReport | None:
        """Writes what is not there yet; what is there was not asked for, it only lay between missing stretches."""
        new = ~np.isin(raw.ts, present)
        if not new.any():
            return None
        opens, highs, lows, closes, volumes = (column[new] for column in raw.prices)
        fresh = RawBars(raw.file, raw.ts[new], (opens, highs, lows, closes, volumes))
        bars = joined([fresh], self._key.venue, self._key.symbol, self._key.timeframe)
        return write(self._catalog, [bars], replace=replace)[0]


def _parts(present: IntArray, start_ms: int, end_ms: int, step: int) -> list[tuple[int, int]]:
    """Spans to ask for: the stretches of `start_ms` to `end_ms` without a bar, near ones joined, long ones cut."""
    edges = np.concatenate(([start_ms - step], present, [end_ms]))
    near: list[tuple[int, int]] = []
    for row in np.flatnonzero(np.diff(edges) > step):
        start, end = int(edges[row]) + step, int(edges[row + 1])
        if near and start - near[-1][1] < _NEAR_BARS * step:
            near[-1] = (near[-1][0], end)
        else:
            near.append((start, end))
    size = _PART_BARS * step
    return [(at, min(at + size, end)) for start, end in near for at in range(start, end, size)]
