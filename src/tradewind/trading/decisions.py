"""What strategies say of closed bars: over a whole history for a backtest, of the last bar for a live process.

Both go the same way, from features of fixed windows to signals, so that they say the same of the same bar.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tradewind.features.features import Features
from tradewind.model.bars import Bars, FloatArray
from tradewind.model.events import ClosedBar, Signal
from tradewind.model.regimes import UNKNOWN
from tradewind.model.time import DAY_MS
from tradewind.regimes.detector import RegimeDetector
from tradewind.strategies.strategy import Strategy, guarded_signals
from tradewind.trading.stretch import Columns, Stretch, rates_within, stretch_of


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
    volatility = None if signals.volatility is None else signals.volatility()
    direction = signals.direction
    for bar in np.flatnonzero(heard & (direction != 0)).tolist():
        side, known = int(direction[bar]), math.nan if volatility is None else float(volatility[bar])
        said.setdefault(bar, []).append(
            Signal(voice.name, number, side, float(confidence[bar]), float(atr[bar]), known)
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


def stretches_of(symbols: Sequence[Decided], first_ts: int) -> Iterator[Stretch]:
    """Bars of several symbols merged by time, from `first_ts` on: a new stretch each UTC day, and where bars of a
    symbol begin or cease."""
    times = symbols[0].bars.ts
    for one in symbols[1:]:
        if not np.array_equal(times, one.bars.ts):
            times = np.union1d(times, one.bars.ts)
    times = times[np.searchsorted(times, first_ts) :]
    if not len(times):
        return
    present = np.stack([np.isin(times, one.bars.ts, assume_unique=True) for one in symbols])
    cut = (np.diff(times // DAY_MS) != 0) | (present[:, 1:] != present[:, :-1]).any(axis=0)
    cuts = [0, *(np.flatnonzero(cut) + 1).tolist(), len(times)]
    said = [np.array(sorted(one.signals), np.int64) for one in symbols]
    for begin, end in pairwise(cuts):
        here = [(one, rows) for one, rows, is_here in zip(symbols, said, present[:, begin], strict=True) if is_here]
        first = [int(np.searchsorted(one.bars.ts, times[begin])) for one, _ in here]
        columns = [_columns(one, rows, row, end - begin) for (one, rows), row in zip(here, first, strict=True)]
        rates = rates_within([(one.bars, row) for (one, _), row in zip(here, first, strict=True)], end - begin)
        yield stretch_of(times[begin:end].tolist(), columns, rates)


def _columns(decided: Decided, said: np.ndarray[tuple[int], np.dtype[np.int64]], begin: int, count: int) -> Columns:
    """A symbol's bars from a row on."""
    bars = decided.bars
    span = slice(begin, begin + count)
    first, last = np.searchsorted(said, (begin, begin + count)).tolist()
    return Columns(
        bars.symbol,
        bars.open[span].tolist(),
        bars.high[span].tolist(),
        bars.low[span].tolist(),
        bars.close[span].tolist(),
        decided.labels[span].tolist(),
        {row - begin: decided.signals[row] for row in said[first:last].tolist()},
    )


def unknown_share(decided: Decided, first_ts: int) -> float:
    """Share of the traded bars whose regime is unknown."""
    labels = decided.labels[int(np.searchsorted(decided.bars.ts, first_ts)) :]
    return float((labels == UNKNOWN).mean()) if len(labels) else 0.0
