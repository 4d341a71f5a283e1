"""The trader core on one symbol and on six, with full accounting, its journal off and on.

Bars, labels and signals are made before any clock runs; the clock covers everything from there to the last trade. It is
the processor's, since all of it happens on one core: on a busy machine the clock on the wall measures the others too.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
from benchmarks.harness import Asked, Figure
from benchmarks.markets import series_of
from benchmarks.searching import COSTS

import tradewind.trading.core
from tradewind.adapters.journal import SqliteJournal
from tradewind.compiled import form_of
from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.events import Deposited, Event, Signal, TradeClosed
from tradewind.model.instrument import Instrument
from tradewind.search.replay import walk
from tradewind.strategies.lr_scalper import LRScalper
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.core import Core
from tradewind.trading.decisions import Decided, stretches_of
from tradewind.trading.engine import Engine
from tradewind.trading.kept import state_bytes
from tradewind.trading.setup import Setup, TradedStrategy
from tradewind.trading.sizing import EqualSplit

DAYS = 60  # of each symbol
WANTED_ONE, WANTED_SIX = 300_000, 200_000  # bars/s
SCALPER = LRScalper(
    mode="no_lr_snapshot", lookback=60, entry_z=1.5, vol_period=20, atr_period=14, stop_atr=3.0, target_atr=3.0, hold=60
)
STRATEGY = "scalper"
EVENTS_AT_ONCE = 4096  # of the journal, as a backtest batches them


class Traded(NamedTuple):
    """What a run came to: its trades and the core as it ended."""

    trades: list[TradeClosed]
    core: Core


def measure(asked: Asked) -> list[Figure]:
    """Bars per second of all arms, medians of rounds that run all of them in turn."""
    six = six_symbols(replace(asked, days=asked.days or DAYS))
    one = six[:1]
    _check(one[0])
    runs = {"one symbol": one, "six symbols": six}
    arms: dict[str, Callable[[], object]] = {}
    for name, symbols in runs.items():
        arms[f"{name}, no journal"] = _arm(symbols)
        arms[f"{name}, journal"] = _journalled(symbols)
    seconds = processor_seconds(arms, asked.repeats)
    figures, form = [], form_of(tradewind.trading.core)
    for name, symbols in runs.items():
        bars, trades = sum(len(one.bars) for one in symbols), len(traded(symbols).trades)
        wanted = WANTED_ONE if len(symbols) == 1 else WANTED_SIX
        figures += [
            Figure(f"{name}: bars", bars, "", f"{symbols[0].bars.symbol} and so on, {asked.market}"),
            Figure(f"{name}: trades per 100 bars", 100 * trades / bars, "", f"{trades:,} trades"),
            Figure(name, bars / seconds[f"{name}, no journal"], "bars/s", f"{form}, no journal; {wanted:,} asked for"),
            Figure(name, bars / seconds[f"{name}, journal"], "bars/s", "every event in the journal"),
        ]
    return figures


def processor_seconds(arms: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median of each arm; every round runs all of them once, and one before them warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    for turn in range(repeats + 1):
        for name, arm in arms.items():
            begin = time.process_time()
            arm()
            if turn:
                seconds[name].append(time.process_time() - begin)
    return {name: statistics.median(values) for name, values in seconds.items()}


def six_symbols(asked: Asked) -> list[Decided]:
    """Three coins over two spans of the same length: the later as they are, the earlier beside it under other names."""
    assert asked.days is not None
    series = series_of(replace(asked, days=2 * asked.days), 2 * asked.days)
    half = min(len(one) for one in series) // 2
    later = [one.rows(len(one) - half, len(one)) for one in series]
    return [
        decided(one)
        for one in (
            *later,
            *(_beside(a.rows(len(a) - 2 * half, len(a) - half), b) for a, b in zip(series, later, strict=True)),
        )
    ]


def _beside(earlier: Bars, later: Bars) -> Bars:
    """Earlier bars at the times of later ones, under another name."""
    return replace(earlier, symbol=f"OLD{later.symbol}", ts=later.ts)


def decided(bars: Bars) -> Decided:
    """What the scalper says at every bar."""
    features = Features(bars)
    direction = SCALPER.signals(features).direction
    atr = features.atr(14)
    said = {
        row: (Signal(STRATEGY, 0, int(direction[row]), 0.5, float(atr[row])),)
        for row in np.flatnonzero(direction).tolist()
    }
    return Decided(bars, np.zeros(len(bars), np.int8), said)


def account(symbols: Sequence[Decided]) -> Setup:
    """One strategy on all symbols, equity in equal parts."""
    return Setup(
        account="benchmark",
        quote="USDT",
        timeframe_ms=symbols[0].bars.timeframe_ms,
        strategies=(TradedStrategy(name=STRATEGY, share=1.0, plans={0: SCALPER.plan}),),
        instruments={one.bars.symbol: instrument(one.bars) for one in symbols},
        sizing=EqualSplit(),
        slots=len(symbols),
    )


def instrument(bars: Bars) -> Instrument:
    """As the search has it."""
    return Instrument(venue=bars.venue, symbol=bars.symbol, tick=0.0, costs=COSTS)


def traded(
    symbols: Sequence[Decided],
    record: Callable[[Event], None] | None = None,
    daily: Callable[[Core], None] | None = None,
) -> Traded:
    """An account of its own over all bars; `daily` is shown the core after every day."""
    setup = account(symbols)
    trades: list[TradeClosed] = []

    def note(one: object) -> None:
        if isinstance(one, TradeClosed):
            trades.append(one)

    core = Core(setup)
    engine = Engine(core, BarVenue(setup.instruments, setup.timeframe_ms), note, record)
    first = int(symbols[0].bars.ts[0])
    # So much that a losing scalper does not run out of it.
    engine.tell(Deposited(first, Decimal(10) ** 9), first)
    for stretch in stretches_of(symbols, first):
        engine.trade(stretch)
        if daily is not None:
            daily(core)
    return Traded(trades, core)


def _arm(symbols: Sequence[Decided]) -> Callable[[], object]:
    return lambda: traded(symbols)


def _journalled(symbols: Sequence[Decided]) -> Callable[[], object]:
    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            write_journal(symbols, Path(folder) / "journal")

    return run


def write_journal(symbols: Sequence[Decided], path: Path, snapshot_days: int = 0) -> Traded:
    """Trade with every event written to a journal, batched as in a backtest; a snapshot every so many days, if any."""
    waiting: list[Event] = []
    days = 0
    with SqliteJournal.begin(path, "benchmark", batched=True) as journal:

        def write() -> None:
            journal.append(waiting)
            waiting.clear()

        def record(event: Event) -> None:
            waiting.append(event)
            if len(waiting) == EVENTS_AT_ONCE:
                write()

        def daily(core: Core) -> None:
            nonlocal days
            days += 1
            if days % snapshot_days == 0:
                write()
                journal.snapshot(state_bytes(core.state))

        found = traded(symbols, record, daily if snapshot_days else None)
        write()
    return found


def _check(one: Decided) -> None:
    """The trades are those of the compiled law."""
    features = Features(one.bars)
    table = walk(one.bars, SCALPER.signals(features), SCALPER.plan, features, instrument(one.bars))
    found = traded([one]).trades
    assert [(a.entry_ts, a.exit_ts) for a in found[: len(table)]] == [
        (int(one.bars.ts[a]), int(one.bars.ts[b])) for a, b in zip(table.entry, table.exit, strict=True)
    ], "the core trades otherwise than the compiled law"
