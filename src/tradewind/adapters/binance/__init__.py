"""Binance's public market data: archive files with checksums, and REST for what is too young for them."""

from tradewind.adapters.binance.archive import Archive, ArchiveFile, Market, archive_files, days_of
from tradewind.adapters.binance.funding import fetch_funding
from tradewind.adapters.binance.http import Getter
from tradewind.adapters.binance.klines import fetch_klines
from tradewind.adapters.binance.site import BinanceSite

__all__ = [
    "Archive",
    "ArchiveFile",
    "BinanceSite",
    "Getter",
    "Market",
    "archive_files",
    "days_of",
    "fetch_funding",
    "fetch_klines",
]
