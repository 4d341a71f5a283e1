"""Searching catalogued data: which bars a preset means, and how far they reach; none of the hold-out is read."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tradewind.adapters.catalog import Catalog, SeriesKey, SeriesSummary
from tradewind.adapters.ledger import Ledger
from tradewind.app.funding import market_bars
from tradewind.app.search import SearchRequest, all_in_hold_out, hold_out_start
from tradewind.app.settings import Preset
from tradewind.app.workspace import Workspace
from tradewind.model.errors import NoData, WrongUse
from tradewind.model.time import TimeRange, timeframe_ms, utc_day

EVERYTHING = TimeRange()


def catalog_request(
    preset: Preset,
    workspace: Workspace,
    *,
    symbols: Sequence[str] = (),
    span: TimeRange = EVERYTHING,
    workers: int | None = None,
    force: bool = False,
    again: bool = False,
) -> SearchRequest:
    """A search of catalogued bars; `symbols` replaces the preset's. Raises NoData for what the catalog has not.

    Settings that a strategy refuses raise BadSetting before any bar is read.
    """
    chosen = each_once(symbols or preset.market.symbols)
    preset = preset.model_copy(update={"market": preset.market.model_copy(update={"symbols": chosen})})
    preset.space()
    catalog, venue, timeframe = Catalog(workspace.catalog_directory), preset.market.venue, preset.market.timeframe
    known = [catalog.summary(SeriesKey.of(venue, symbol, timeframe)) for symbol in chosen]
    for series in known:
        _refuse_outside(series, span)
    extent = extent_of(known)
    ledger = Ledger(workspace.ledger_path)
    hold_out_ms = hold_out_start(ledger, venue, extent, preset.hold_out.share)
    for series in known:
        if max(series.first_ts, span.start_ms or 0) >= hold_out_ms:
            raise all_in_hold_out(series.key.symbol, hold_out_ms)
    open_span = TimeRange(span.start_ms, hold_out_ms if span.end_ms is None else min(span.end_ms, hold_out_ms))
    with ThreadPoolExecutor(2) as pool:
        wanted = tuple(pool.map(lambda symbol: market_bars(catalog, preset.market, symbol, open_span), chosen))
    return SearchRequest(
        preset=preset,
        bars=wanted,
        market=venue,
        extent=extent,
        workers=workers,
        force=force,
        again=again,
    )


def each_once(symbols: Sequence[str]) -> list[str]:
    """The symbols in order; raises WrongUse where one comes twice."""
    if len(set(symbols)) < len(symbols):
        raise WrongUse("a symbol is named twice", "Name each symbol once")
    return sorted(symbols)


def extent_of(known: Sequence[SeriesSummary]) -> TimeRange:
    """From the first bar of some series to the close of the last, by the catalog's listing."""
    step = timeframe_ms(known[0].key.timeframe)
    return TimeRange(min(one.first_ts for one in known), max(one.last_ts for one in known) + step)


def _refuse_outside(series: SeriesSummary, span: TimeRange) -> None:
    before = span.end_ms is not None and span.end_ms <= series.first_ts
    after = span.start_ms is not None and span.start_ms > series.last_ts
    if before or after:
        raise NoData(
            f"{series.key.symbol} has no bars in that time range, but from {utc_day(series.first_ts)} to "
            f"{utc_day(series.last_ts)}",
            "Choose another time range or leave the symbol out",
        )
