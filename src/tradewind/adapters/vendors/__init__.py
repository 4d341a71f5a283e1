"""Bars through other people's clients, each an optional library that is imported when its venue is asked for."""

from tradewind.adapters.vendors.ccxt_bars import CcxtBars
from tradewind.adapters.vendors.optional import optional_library
from tradewind.adapters.vendors.yfinance_bars import YfinanceBars

__all__ = ["CcxtBars", "YfinanceBars", "optional_library"]
