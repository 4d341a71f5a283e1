"""Daily and hourly bars through yfinance, for research only: a data vendor's composite, no venue's own prices."""

import datetime as dt
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tradewind.adapters.importers.columns import Layout
from tradewind.adapters.importers.rows import RawBars, checked_rows
from tradewind.model.bars import BAR_COLUMNS
from tradewind.model.errors import DownloadFailed, WrongUse
from tradewind.model.time import TimeRange

_TIMEFRAMES = ("1h", "1d")
_COLUMNS = ("Open", "High", "Low", "Close", "Volume")
_NOTHING_THERE = "no price data found"


class YfinanceBars:
    """Bars as `library.download` gives them; `library` is the yfinance module."""

    venue = "yfinance"
    note = "yfinance is for research only: its bars are a vendor's composite, not prices of a venue one can trade at"

    def __init__(self, library: Any) -> None:
        self._yfinance = library
        # Else a cut connection would come back as an empty table, and look like a hole.
        library.config.debug.hide_exceptions = False

    def check(self, symbol: str, timeframe: str) -> None:
        """Raises WrongUse for a perpetual or a timeframe the vendor does not have on our grid."""
        if ":" in symbol:
            raise WrongUse(f"yfinance has no perpetuals, so no {symbol}", "Give a spot pair such as BTC/USD")
        if timeframe not in _TIMEFRAMES:
            raise WrongUse(f"yfinance has no {timeframe} bars here", f"It has: {', '.join(_TIMEFRAMES)}")

    def fetch(self, symbol: str, timeframe: str, span: TimeRange, reached: Callable[[int], None]) -> RawBars | None:
        """Bars that open in `span` (both ends given, the end not after the last close); None where there are none.

        Raises DownloadFailed with what yfinance logged where it gives nothing or something else than bars, BadFile
        where a bar breaks a rule.
        """
        assert span.start_ms is not None
        assert span.end_ms is not None
        ticker = symbol.replace("/", "-")
        with _quiet() as errors:
            frame = self._yfinance.download(
                ticker,
                start=dt.datetime.fromtimestamp(span.start_ms / 1000, dt.UTC),
                end=dt.datetime.fromtimestamp(span.end_ms / 1000, dt.UTC),
                interval=timeframe,
                auto_adjust=False,
                ignore_tz=False,
                multi_level_index=False,
                progress=False,
                threads=False,
            )
        reached(span.end_ms)
        if frame is None or frame.empty:
            problem = " ".join(" ".join(errors).split())
            if problem and _NOTHING_THERE not in problem:
                raise DownloadFailed(f"yfinance gave no bars of {ticker} ({problem})", "Check the symbol, or try later")
            return None
        missing = [name for name in _COLUMNS if name not in frame.columns]
        if missing or getattr(frame.index, "tz", None) is None:
            wrong = f"no column {missing[0]}" if missing else "stamps without a time zone"
            raise DownloadFailed(f"yfinance gave {wrong} for {ticker}", "Install the version that Tradewind names")
        # Stamps with a zone count from the epoch in UTC, whichever the zone is.
        ts = frame.index.as_unit("ms").asi8
        # What is still forming comes too, stamped with the moment of its last price.
        kept = (ts >= span.start_ms) & (ts < span.end_ms)
        if not kept.any():
            return None
        columns = [frame[name].to_numpy(np.float64)[kept] for name in _COLUMNS]
        layout = Layout(tuple(range(6)), BAR_COLUMNS)
        return checked_rows(f"yfinance {ticker} {timeframe}", layout, ts[kept], columns, timeframe)


class _Collector(logging.Handler):
    """Keeps the messages it is given."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """What yfinance logs as errors inside the block: it raises none, and would print them and pandas' warnings."""
    messages: list[str] = []
    logger = logging.getLogger("yfinance")
    handler = _Collector(messages)
    propagated = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated
