"""Downloading bars into the catalog as a use case: archive files first, REST for the days they do not have."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tradewind.adapters.binance import (
    Archive,
    ArchiveFile,
    BinanceSite,
    Getter,
    Market,
    archive_files,
    days_of,
    fetch_funding,
    fetch_klines,
)
from tradewind.adapters.catalog import Catalog, FundingReport, SeriesKey, WriteReport, write, write_funding
from tradewind.adapters.importers import Identity, RawBars, find_sources, joined, read_source
from tradewind.model.errors import NoData, WrongUse
from tradewind.model.time import DAY_MS, TimeRange, timeframe_ms, utc_day

# A month's archive file appears some days after its end; until then its days have files of their own.
_MONTHLY_FILES_DELAY_MS = 40 * DAY_MS
FileSeen = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadRequest:
    """Which bars to load; `span` needs a start, an open end means up to the last closed bar."""

    symbols: tuple[str, ...]
    timeframe: str
    span: TimeRange
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """The outside world of a download: where Binance is, how to ask it, where files are kept, and the time."""

    site: BinanceSite
    getter: Getter
    cache_directory: Path
    now_ms: int


@dataclass(frozen=True, slots=True)
class DownloadReport:
    """What a download brought: archive files used, bars that came by REST, and what a user has to know of them."""

    written: WriteReport
    archive_files: int
    rest_bars: int
    notes: tuple[str, ...] = ()


def download(
    catalog: Catalog, venue: Venue, request: DownloadRequest, on_file: FileSeen = lambda *_: None
) -> Iterator[DownloadReport]:
    """Load every symbol of a request and commit it before the next begins.

    Archive files stay under the cache directory and are not asked for again, so an interrupted download goes on
    where it was. Raises WrongUse for a span without a start, NoData where the venue has no bar in it, DownloadFailed
    naming the file, BadData where a bar contradicts a catalogued one and `replace` is off.
    """
    start_ms, end_ms = closed_span(request, venue.now_ms)
    for symbol in request.symbols:
        key = SeriesKey.of("binance", symbol, request.timeframe)
        loader = _Loader(venue, key, on_file)
        parts = loader.load(start_ms, end_ms)
        if not parts:
            raise NoData(f"binance has no bars of {key} from {utc_day(start_ms)} on", "Check symbol and time range")
        bars = joined(parts, "binance", symbol, request.timeframe).between(TimeRange(start_ms, end_ms))
        reports = write(catalog, [bars] if len(bars) else [], replace=request.replace)
        if not reports:
            raise NoData(f"binance has no bars of {key} from {utc_day(start_ms)} on", "Check symbol and time range")
        yield DownloadReport(reports[0], loader.files_used, loader.rest_bars)


def download_funding(
    catalog: Catalog, venue: Venue, request: DownloadRequest, on_file: FileSeen = lambda *_: None
) -> Iterator[FundingReport]:
    """Load the settled funding rates of each perpetual and commit them before the next begins.

    The request's timeframe says nothing here. Raises as `download` does.
    """
    symbols, span = request.symbols, request.span
    if span.start_ms is None or span.start_ms >= venue.now_ms:
        raise WrongUse("the time range needs a start in the past", "Give --timerange 20240101-20240601")
    spot = [symbol for symbol in symbols if ":" not in symbol]
    if spot:
        raise WrongUse(f"{spot[0]} is no perpetual and has no funding", f"Ask for {spot[0]}:USDT, or what settles it")
    past = TimeRange(span.start_ms, min(span.end_ms or venue.now_ms, venue.now_ms))
    for number, symbol in enumerate(symbols):
        on_file(number, len(symbols), f"funding of {symbol}")
        rates = fetch_funding(venue.site, venue.getter, symbol, past)
        if rates is None:
            raise NoData(
                f"binance has no funding rates of {symbol} from {utc_day(span.start_ms)} on",
                "Check symbol and time range",
            )
        yield from write_funding(catalog, [rates], replace=request.replace)
    on_file(len(symbols), len(symbols), "")


def closed_span(request: DownloadRequest, now_ms: int) -> tuple[int, int]:
    """First and last moment of what is asked for: bars that open before the last are closed at `now_ms`.

    Raises WrongUse for a span without a start, or one that has not begun.
    """
    step = timeframe_ms(request.timeframe)
    closed_ms = now_ms // step * step
    start_ms = request.span.start_ms
    if start_ms is None or start_ms >= closed_ms:
        raise WrongUse("the time range needs a start in the past", "Give --timerange 20240101-20240601")
    return start_ms, min(request.span.end_ms or closed_ms, closed_ms)


class _Loader:
    """Loads one series: files, then the days without one."""

    def __init__(self, venue: Venue, key: SeriesKey, on_file: FileSeen) -> None:
        self._venue = venue
        self._identity = Identity(key.symbol, key.timeframe)
        self._market = Market.of(key.symbol)
        self._archive = Archive(venue.site.archive_url, venue.cache_directory / "binance", venue.getter)
        self._on_file = on_file
        self.files_used = 0
        self.rest_bars = 0

    def load(self, start_ms: int, end_ms: int) -> list[RawBars]:
        files = archive_files(start_ms, end_ms, self._venue.now_ms)
        parts: list[RawBars] = []
        missing: list[TimeRange] = []
        for number, file in enumerate(files):
            self._on_file(number, len(files) + 1, file.path(self._market, self._identity.timeframe).rsplit("/", 1)[-1])
            self._load_file(file, parts, missing)
        tail = files[-1].end_ms if files else start_ms
        if tail < end_ms:
            missing.append(TimeRange(tail, end_ms))
        for span in _merged(missing):
            self._on_file(len(files), len(files) + 1, f"REST from {utc_day(span.start_ms or 0)}")
            venue = self._venue
            bars = fetch_klines(
                venue.site, venue.getter, self._market, self._identity.timeframe, _within(span, end_ms), venue.now_ms
            )
            if bars is not None:
                self.rest_bars += len(bars.ts)
                parts.append(bars)
        return parts

    def _load_file(self, file: ArchiveFile, parts: list[RawBars], missing: list[TimeRange]) -> None:
        path = self._archive.fetch(file.path(self._market, self._identity.timeframe))
        if path is not None:
            self.files_used += 1
            parts.extend(read_source(source, self._identity) for source in find_sources([path]))
        elif file.period == "monthly" and self._venue.now_ms - file.end_ms < _MONTHLY_FILES_DELAY_MS:
            for day in days_of(file):
                self._load_file(day, parts, missing)
        else:
            missing.append(TimeRange(file.start_ms, file.end_ms))


def _within(span: TimeRange, end_ms: int) -> TimeRange:
    return TimeRange(span.start_ms, min(span.end_ms or end_ms, end_ms))


def _merged(spans: list[TimeRange]) -> list[TimeRange]:
    """Neighbouring spans as one: REST skips what is not there by itself."""
    merged: list[TimeRange] = []
    for span in spans:
        if merged and merged[-1].end_ms == span.start_ms:
            merged[-1] = TimeRange(merged[-1].start_ms, span.end_ms)
        else:
            merged.append(span)
    return merged
