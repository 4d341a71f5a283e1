"""The trader core beside the compiled law: the same signals under the same plans must make the same trades."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np

from tradewind.model.bars import Bars
from tradewind.model.events import Deposited, EntryRefused, Note, Signal, TradeClosed
from tradewind.model.instrument import Instrument
from tradewind.model.plan import Plan
from tradewind.model.time import DAY_MS, utc_text
from tradewind.model.trades import ExitReason, TradeTable
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.core import Core
from tradewind.trading.engine import Engine
from tradewind.trading.setup import Setup, TradedStrategy
from tradewind.trading.sizing import FixedFraction
from tradewind.trading.stretch import Columns, Stretch, rates_within, stretch_of

TOLERANCE = 1e-9  # of prices and R; times, sides and reasons are equal or not
DEPOSIT = 1_000_000
NAME = "one"
_WHOLE = ("signal", "entry", "exit", "direction", "label", "plan", "ambiguous", "reason")
_REAL = ("entry_price", "exit_price", "stop_price", "target_price", "r", "log_return", "mfe_r", "mae_r")


@dataclass(frozen=True, slots=True, eq=False)
class CoreWalk:
    """What the core made of some bars: closed trades and refused entries in order, and the core itself."""

    trades: list[TradeClosed]
    refused: list[EntryRefused]
    core: Core


def ideal_setup(instrument: Instrument, plans: Mapping[int, Plan], timeframe_ms: int) -> Setup:
    """One strategy on one symbol without tick, lot or bounds: what the compiled law assumes."""
    return Setup(
        account="parity",
        quote="USDT",
        timeframe_ms=timeframe_ms,
        strategies=(TradedStrategy(name=NAME, share=1.0, plans=plans),),
        instruments={instrument.symbol: instrument},
        sizing=FixedFraction(0.001),
    )


def ideal_stretches(
    bars: Bars,
    direction: Sequence[int],
    plan_of_bar: Sequence[int],
    atr: Sequence[Sequence[float]],
    labels: Sequence[int] | None,
) -> Iterator[Stretch]:
    """One symbol's bars as the core is told of them, day by day; `atr` by plan."""
    times = bars.ts.tolist()
    days = np.flatnonzero(np.diff(bars.ts // DAY_MS)) + 1
    for begin, end in pairwise([0, *days.tolist(), len(times)]):
        span = range(begin, end)
        said = {
            t - begin: (Signal(NAME, plan_of_bar[t], direction[t], 0.5, atr[plan_of_bar[t]][t]),)
            for t in span
            if direction[t]
        }
        open_, high, low, close = (one[begin:end].tolist() for one in (bars.open, bars.high, bars.low, bars.close))
        known = [-1] * len(span) if labels is None else list(labels[begin:end])
        columns = Columns(bars.symbol, open_, high, low, close, known, said)
        yield stretch_of(times[begin:end], [columns], rates_within([(bars, begin)], len(span)))


def core_walk(setup: Setup, stretches: Iterable[Stretch]) -> CoreWalk:
    """Trades and refused entries of the core over some bars."""
    trades: list[TradeClosed] = []
    refused: list[EntryRefused] = []

    def note(one: Note) -> None:
        if isinstance(one, TradeClosed):
            trades.append(one)
            return
        assert isinstance(one, EntryRefused), f"nothing else is expected of one strategy without bounds: {one}"
        refused.append(one)

    core = Core(setup)
    engine = Engine(core, BarVenue(setup.instruments, setup.timeframe_ms), note)
    engine.tell(Deposited(0, Decimal(DEPOSIT)), 0)
    for stretch in stretches:
        engine.trade(stretch)
    return CoreWalk(trades, refused, core)


def walk_differences(bars: Bars, table: TradeTable, trades: Sequence[TradeClosed]) -> list[str]:
    """Every way in which the core's trades are not the compiled walk's, in words, in order of trades."""
    found: list[str] = []
    place = {ts: bar for bar, ts in enumerate(bars.ts.tolist())}
    columns = {name: values.tolist() for name, values in table.columns().items()}
    for number, trade in enumerate(trades[: len(table)]):
        mine = {
            **{name: getattr(trade, name) for name in (*_REAL, "direction", "label", "plan", "ambiguous", "reason")},
            "signal": place[trade.signal_ts],
            "entry": place[trade.entry_ts],
            "exit": place[trade.exit_ts],
            "target_price": math.nan if trade.target_price is None else trade.target_price,
        }
        for name in (*_WHOLE, *_REAL):
            ours, theirs = float(mine[name]), float(columns[name][number])
            if not _close(theirs, ours, exact=name in _WHOLE):
                what = f"trade {number} ({ExitReason(trade.reason).name}, entered {utc_text(trade.entry_ts)})"
                found.append(f"{what} {name}: compiled {theirs}, core {ours}")
    if len(table) != len(trades):
        found.append(f"trades: compiled {len(table)}, core {len(trades)}")
    return found


def _close(a: float, b: float, *, exact: bool) -> bool:
    if a == b or (math.isnan(a) and math.isnan(b)):
        return True
    return not exact and abs(a - b) <= TOLERANCE * max(1.0, abs(a))
