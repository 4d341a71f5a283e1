"""Where Binance's public services are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BinanceSite:
    """Base addresses without a trailing slash; the defaults are Binance's own."""

    archive_url: str = "https://data.binance.vision"
    spot_url: str = "https://api.binance.com"
    futures_url: str = "https://fapi.binance.com"
