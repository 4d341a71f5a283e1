"""What strategies say of closed bars: over a whole history for a backtest, of the last bar for a live process.

Both go the same way, from features of fixed windows to signals, so that they say the same of the same bar.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.features.features import Features
from tradewind.model.bars import Bars, FloatArray
from tradewind.model.events import BarsClosed, ClosedBar, Signal
from tradewind.model.regimes import UNKNOWN
from tradewind.regimes.detector import RegimeDetector
from tradewind.strategies.strategy import Strategy, guarded_signals
from tradewind.trading.engine import Tick


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """One strategy of an account: which of its configurations speaks under which regime label of the detector.

    `by_label` maps labels to configuration numbers; a label that is not in it says nothing. `always` speaks under any
    label, known or not, and then `by_label` is empty.
    """

    name: str
    configurations: Mapping[int, Strategy]
    by_label: Mapping[int, int]
    always: int | None = None

    def speaking(self, labels: np.ndarray[tuple[int], np.dtype[np.int8]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The configuration that speaks at each bar, -1 where none does."""
        if self.always is not None:
            return np.full(len(labels), self.always, np.int64)
        table = np.full(int(labels.max(initial=0)) + 2, -1, np.int64)
        for label, number in self.by_label.items():
            if label < len(table) - 1:
                table[label] = number
        # UNKNOWN is -1 and so reads the last place, where nobody speaks.
        return table[labels]


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """One symbol's bars with their labels, and the signals of the bars that have any."""

    bars: Bars
    labels: np.ndarray[tuple[int], np.dtype[np.int8]]
    signals: Mapping[int, tuple[Signal, ...]]


def decide(bars: Bars, voices: Sequence[Voice], detector: RegimeDetector, *, first: int = 0) -> Decided:
    """What all voices say at every bar from `first` on; bars before it only warm the features up."""
    features = Features(bars)
    labels = detector.labels(features).values
    said: dict[int, list[Signal]] = {}
    for voice in voices:
        speaking = voice.speaking(labels)
        for number in sorted(set(voice.configurations)):
            heard = speaking == number
            heard[:first] = False
            if heard.any():
                _listen(voice, number, features, heard, said)
    return Decided(bars, labels, {bar: tuple(signals) for bar, signals in said.items()})


def _listen(
    voice: Voice,
    number: int,
    features: Features,
    heard: np.ndarray[tuple[int], np.dtype[np.bool_]],
    said: dict[int, list[Signal]],
) -> None:
    strategy = voice.configurations[number]
    signals, period = guarded_signals(strategy, features), strategy.plan.atr_period
    atr: FloatArray = np.full(len(features), np.nan) if period is None else features.atr(period)
    confidence = np.ones(len(features)) if signals.confidence is None else signals.confidence()
    for bar in np.flatnonzero(heard & (signals.direction != 0)).tolist():
        said.setdefault(bar, []).append(
            Signal(voice.name, number, int(signals.direction[bar]), float(confidence[bar]), float(atr[bar]))
        )


def last_bar(bars: Bars, voices: Sequence[Voice], detector: RegimeDetector) -> ClosedBar:
    """The last of some bars as the core is told of it; `bars` reach back over the longest window asked for."""
    decided = decide(bars, voices, detector, first=len(bars) - 1)
    return closed_bar(decided, len(bars) - 1)


def closed_bar(decided: Decided, row: int) -> ClosedBar:
    """One bar of a symbol with what was said of it."""
    bars = decided.bars
    return ClosedBar(
        bars.symbol,
        float(bars.open[row]),
        float(bars.high[row]),
        float(bars.low[row]),
        float(bars.close[row]),
        int(decided.labels[row]),
        decided.signals.get(row, ()),
    )


def ticks_of(symbols: Sequence[Decided], first_ts: int) -> Iterator[Tick]:
    """Bars of several symbols merged by time, from `first_ts` on."""
    rows = [_rows(one, first_ts) for one in symbols]
    waiting = [next(row, None) for row in rows]
    while any(one is not None for one in waiting):
        ts = min(one[0] for one in waiting if one is not None)
        closed = []
        for place, one in enumerate(waiting):
            if one is not None and one[0] == ts:
                closed.append(one[1])
                waiting[place] = next(rows[place], None)
        yield Tick(BarsClosed(ts, tuple(closed)), {})


def _rows(decided: Decided, first_ts: int) -> Iterator[tuple[int, ClosedBar]]:
    bars, signals = decided.bars, decided.signals
    begin = int(np.searchsorted(bars.ts, first_ts))
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, decided.labels)
    symbol, none = bars.symbol, ()
    for row, (ts, open_, high, low, close, label) in enumerate(
        zip(*(column[begin:].tolist() for column in columns), strict=True), begin
    ):
        yield ts, ClosedBar(symbol, open_, high, low, close, label, signals.get(row, none))


def unknown_share(decided: Decided, first_ts: int) -> float:
    """Share of the traded bars whose regime is unknown."""
    labels = decided.labels[int(np.searchsorted(decided.bars.ts, first_ts)) :]
    return float((labels == UNKNOWN).mean()) if len(labels) else 0.0
