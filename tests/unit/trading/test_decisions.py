"""Several symbols' bars merged by time: every bar once, at its moment, whoever has holes."""

import numpy as np
from tests.unit.trading.accounts import MINUTE, long

from tradewind.model.bars import Bars
from tradewind.model.events import BarsClosed, ClosedBar
from tradewind.model.time import DAY_MS
from tradewind.trading.decisions import Decided, stretches_of


def decided(symbol: str, minutes: list[int], said: list[int]) -> Decided:
    """A symbol with bars at some minutes, closing at their number; it speaks at some of its rows."""
    ts = np.array(minutes, np.int64) * MINUTE
    price = np.array(minutes, np.float64) + 1.0
    bars = Bars(
        venue="made", symbol=symbol, timeframe="1m", ts=ts, open=price, high=price, low=price, close=price,
        volume=np.ones(len(ts)),
    )  # fmt: skip
    return Decided(bars, np.zeros(len(ts), np.int8), {row: (long(symbol),) for row in said})


def test_every_bar_is_in_one_stretch_at_its_moment_and_no_stretch_crosses_midnight() -> None:
    midnight = DAY_MS // MINUTE
    a = [*range(midnight - 6, midnight + 8)]
    b = [minute for minute in a if minute not in (midnight - 3, midnight + 2, midnight + 3)]
    symbols = [decided("B/USDT", b, [0, 4, 9]), decided("A/USDT", a, [1, 5, 6, 13])]
    first = a[1] * MINUTE
    # Minute by minute, by the definition.
    wanted = []
    for minute in a[1:]:
        bars = []
        for one, minutes in ((symbols[1], a), (symbols[0], b)):
            if minute in minutes:
                said = one.signals.get(minutes.index(minute), ())
                price = minute + 1.0
                bars.append(ClosedBar(one.bars.symbol, price, price, price, price, 0, said))
        wanted.append(BarsClosed(minute * MINUTE, tuple(bars)))
    stretches = list(stretches_of(symbols, first))
    assert [stretch.event(row) for stretch in stretches for row in range(len(stretch.times))] == wanted
    assert all(stretch.times[0] // DAY_MS == stretch.times[-1] // DAY_MS for stretch in stretches)
    for stretch in stretches:
        speaking = {row for row in range(len(stretch.times)) if any(bar.signals for bar in stretch.event(row).bars)}
        assert list(stretch.said) == sorted(speaking)
    assert len(stretches) == 6  # cut at midnight, and where B is missing and back


def test_no_bars_from_a_moment_on_are_no_stretches() -> None:
    assert list(stretches_of([decided("A/USDT", [1, 2], [])], 5 * MINUTE)) == []
