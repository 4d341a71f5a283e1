"""Reads other people's market data files: strict at the border, every refusal names file, row, column and remedy."""

from tradewind.adapters.importers.funding import RawRates, joined_rates, read_rates, symbol_of
from tradewind.adapters.importers.names import Identity, identify
from tradewind.adapters.importers.reader import read_source
from tradewind.adapters.importers.rows import RawBars, joined
from tradewind.adapters.importers.sources import Source, find_sources

__all__ = [
    "Identity",
    "RawBars",
    "RawRates",
    "Source",
    "find_sources",
    "identify",
    "joined",
    "joined_rates",
    "read_rates",
    "read_source",
    "symbol_of",
]
