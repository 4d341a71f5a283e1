"""The catalog: closed bars on disk by venue, symbol, timeframe and month, and funding rates of perpetuals.

It is changed only by whole, durable commits.
"""

from tradewind.adapters.catalog.funding import FundingReport, read_funding, write_funding
from tradewind.adapters.catalog.manifest import FundingFile, SeriesKey, SeriesManifest, SeriesSummary
from tradewind.adapters.catalog.store import Catalog
from tradewind.adapters.catalog.writer import WriteReport, write

__all__ = [
    "Catalog",
    "FundingFile",
    "FundingReport",
    "SeriesKey",
    "SeriesManifest",
    "SeriesSummary",
    "WriteReport",
    "read_funding",
    "write",
    "write_funding",
]
