"""Weeks of real one-minute bars for tests; a test that asks for them where they are absent is skipped."""

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tradewind.model.bars import BAR_COLUMNS, Bars

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
DAY_MS = 86_400_000
REAL_WEEKS = ("2022-05-07", "2022-11-06")  # Luna's and FTX's


def real_bars(first_day: str, days: int = 7, *, market: str = "binance_um", asset: str = "BTC") -> Bars:
    """`days` days of 1m bars from `first_day`, prices as the exchange printed them; skips the test without data."""
    path = DATA / market / f"{asset}USDT" / "1m.parquet"
    if not path.exists():
        pytest.skip(f"real market data is absent: {path}")
    start = int(dt.datetime.fromisoformat(first_day).replace(tzinfo=dt.UTC).timestamp() * 1000)
    wanted = (pc.field("ts") >= start) & (pc.field("ts") < start + days * DAY_MS)
    table = pq.read_table(path, filters=wanted)
    # Prices are kept as float32; rounded to the decimals in the metadata they are exact.
    decimals = int(pq.read_schema(path).metadata[b"price_decimals"])
    columns = {name: table[name].to_numpy().astype(np.int64 if name == "ts" else np.float64) for name in BAR_COLUMNS}
    columns |= {name: np.round(columns[name], decimals) for name in ("open", "high", "low", "close")}
    return Bars(venue="binance", symbol=f"{asset}/USDT:USDT", timeframe="1m", **columns)
