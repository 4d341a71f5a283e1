"""Made-up market data as bars and as the files that venues and bots write, for the tests of the catalog."""

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np

from tradewind.model.bars import BAR_COLUMNS, Bars

MAY_12_2022 = 1_652_313_600_000
MINUTE = 60_000
DAY = 86_400_000
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def made_bars(
    rows: int = 1440, *, start: int = MAY_12_2022, symbol: str = "BTC/USDT", timeframe: str = "1m", seed: int = 1
) -> Bars:
    """Bars without gaps; prices have two decimals, as venues print them."""
    step = {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "4h": 240, "1d": 1440}[timeframe] * MINUTE
    # Two generators, so that fewer rows are the beginning of more rows.
    prices, volumes = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    close = np.round(100 + np.cumsum(prices.normal(0, 0.05, rows)), 2)
    opens = np.concatenate(([100.0], close[:-1]))
    return Bars(
        venue="binance",
        symbol=symbol,
        timeframe=timeframe,
        ts=start + step * np.arange(rows),
        open=opens,
        high=np.round(np.maximum(opens, close) + 0.05, 2),
        low=np.round(np.minimum(opens, close) - 0.05, 2),
        close=close,
        volume=np.round(volumes.uniform(0, 9, rows), 3),
    )


def without(bars: Bars, *rows: int) -> Bars:
    """The same bars less some rows."""
    columns = {name: np.delete(getattr(bars, name), rows) for name in BAR_COLUMNS}
    return Bars(venue=bars.venue, symbol=bars.symbol, timeframe=bars.timeframe, **columns)


def csv_rows(bars: Bars, *, unit: int = 1) -> list[list[str]]:
    """Cells as text; stamps in milliseconds times `unit`."""
    return [
        [str(int(ts) * unit), *(repr(float(value)) for value in rest)]
        for ts, *rest in zip(*(getattr(bars, name) for name in BAR_COLUMNS), strict=True)
    ]


def csv_text(rows: list[list[str]], header: str | None = ",".join(BAR_COLUMNS)) -> str:
    lines = [",".join(row) for row in rows]
    return "\n".join(lines if header is None else [header, *lines]) + "\n"


def binance_csv(bars: Bars, *, unit: int = 1) -> str:
    """The archive's own layout: twelve columns, no header; `unit` 1000 for the microseconds of 2025."""
    step = bars.timeframe_ms
    rows = [[*row, str((int(row[0]) // unit + step) * unit - 1), "1.0", "7", "0.5", "0.5", "0"]
            for row in csv_rows(bars, unit=unit)]  # fmt: skip
    return csv_text(rows, None)


def zipped(name: str, text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return packed.getvalue()


def checksum_of(content: bytes, name: str) -> bytes:
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode()


def same_bars(one: Bars, two: Bars) -> bool:
    return one.content_hash() == two.content_hash()
