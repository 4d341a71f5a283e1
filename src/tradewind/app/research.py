"""Searching catalogued data: which bars a preset means, and how far they reach."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tradewind.adapters.catalog import Catalog
from tradewind.app.search import SearchRequest
from tradewind.app.settings import Preset
from tradewind.app.workspace import Workspace
from tradewind.model.errors import NoData, WrongUse
from tradewind.model.time import TimeRange, utc_day

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
    chosen = list(symbols) or preset.market.symbols
    if len(set(chosen)) < len(chosen):
        raise WrongUse("a symbol is named twice", "Name each symbol once")
    preset = preset.model_copy(update={"market": preset.market.model_copy(update={"symbols": sorted(chosen)})})
    preset.space()
    catalog = Catalog(workspace.catalog_directory)
    venue, timeframe = preset.market.venue, preset.market.timeframe

    with ThreadPoolExecutor(2) as pool:
        everything = list(pool.map(lambda symbol: catalog.bars(venue, symbol, timeframe, TimeRange()), sorted(chosen)))
    step = everything[0].timeframe_ms
    wanted = tuple(one.between(span) for one in everything)
    for one, whole in zip(wanted, everything, strict=True):
        if not len(one):
            first, last = utc_day(int(whole.ts[0])), utc_day(int(whole.ts[-1]))
            raise NoData(
                f"{one.symbol} has no bars in that time range, but from {first} to {last}",
                "Choose another time range or leave the symbol out",
            )
    extent = TimeRange(min(int(one.ts[0]) for one in everything), max(int(one.ts[-1]) for one in everything) + step)
    return SearchRequest(
        preset=preset,
        bars=wanted,
        market=venue,
        extent=extent,
        workers=workers,
        force=force,
        again=again,
    )
