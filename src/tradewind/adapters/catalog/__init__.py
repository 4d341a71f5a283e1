"""The catalog: closed bars on disk by venue, symbol, timeframe and month, changed only by whole, durable commits."""

from tradewind.adapters.catalog.manifest import SeriesKey, SeriesManifest, SeriesSummary
from tradewind.adapters.catalog.store import Catalog
from tradewind.adapters.catalog.writer import WriteReport, write

__all__ = [
    "Catalog",
    "SeriesKey",
    "SeriesManifest",
    "SeriesSummary",
    "WriteReport",
    "write",
]
