"""The procedure record: what choosing in sample and trading the next stretch would have earned, window by window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.features.features import Features
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.trades import TradeTable
from tradewind.search.prepare import FEATURE_ROOM_BYTES, Prepared
from tradewind.search.replay import Schedule, walk_schedule
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import Segmentation
from tradewind.strategies.strategy import guarded_signals

Choice = Mapping[int, int]  # label of the first detector → configuration; key ANY for one that trades in all of them
ANY = -2


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Trades of a procedure by symbol, and its daily log returns over the test days.

    A day's return is that of the trades signalled on it, summed over symbols and divided by their number: every
    symbol has an equal, constant share of the account at 1 × notional.
    """

    trades: tuple[TradeTable, ...]
    daily: FloatArray

    @property
    def count(self) -> int:
        return sum(len(table) for table in self.trades)

    def joined(self, column: str) -> FloatArray:
        """One column of all trades, symbol after symbol, as float64."""
        return np.concatenate([np.asarray(getattr(table, column), np.float64) for table in self.trades])


def walk_procedure(universe: Universe, space: Space, choices: Sequence[Choice]) -> Record:
    """Trade each window's choice through its out-of-sample stretch, stitched and walked as one strategy a symbol.

    `choices` has one entry a window. An open trade keeps its plan over the border of two windows.
    """
    segmentation = universe.segmentation
    daily = np.zeros(segmentation.days)
    tables = []
    for one in universe.symbols:
        schedule = scheduled(one, space, segmentation, choices)
        table = walk_schedule(one.bars, schedule, one, one.instrument, one.labels_of(0))
        np.add.at(daily, one.day[table.signal].astype(np.int64), table.log_return)
        tables.append(table)
    return Record(tuple(tables), daily[segmentation.test_days] / len(universe.symbols))


def scheduled(one: Prepared, space: Space, segmentation: Segmentation, choices: Sequence[Choice]) -> Schedule:
    """Direction and plan at every bar: in each window's test stretch those of the configuration its regime names."""
    numbers = sorted({number for choice in choices for number in choice.values()})
    plan_numbers = np.unique(space.plans_of(np.array(numbers, np.int64)))
    direction = np.zeros(len(one.bars), np.int8)
    plan_of_bar = np.zeros(len(one.bars), np.int32)
    if numbers:
        chosen = _chosen_at(one, segmentation, choices)
        for signal in np.unique(space.signals_of(np.array(numbers, np.int64))).tolist():
            codes = one.codes(signal)
            named = chosen[codes >> 1]
            own = (named >= 0) & (space.signals_of(named) == signal)
            at = codes[own] >> 1
            direction[at] = 1 - 2 * (codes[own] & 1)
            plan_of_bar[at] = np.searchsorted(plan_numbers, space.plans_of(named[own]))
    plans = tuple(space.with_plan(plan).plan for plan in plan_numbers.tolist())
    return Schedule(direction, plan_of_bar, plans)


def configurations_of(
    one: Prepared, segmentation: Segmentation, trades: TradeTable, choices: Sequence[Choice]
) -> IntArray:
    """The configuration that opened each trade of a symbol's part of a record."""
    return _chosen_at(one, segmentation, choices)[trades.signal]


def _chosen_at(one: Prepared, segmentation: Segmentation, choices: Sequence[Choice]) -> IntArray:
    """The configuration that each bar's window names for the bar's label, -1 where none."""
    unknown = len(one.label_names[0])
    # One row a window and a last one for segments that no window trades; one column a label and a last for UNKNOWN.
    named = np.full((len(choices) + 1, unknown + 1), -1, np.int64)
    for row, choice in enumerate(choices):
        for label, number in choice.items():
            named[row, slice(None) if label == ANY else label] = number
    window = segmentation.trading[segmentation.segment_of(one.bars)]
    label = one.labels[0].astype(np.int64)
    out: IntArray = named[window, np.where(label < 0, unknown, label)]
    return out


def confidences_of(one: Prepared, space: Space, trades: TradeTable, numbers: IntArray) -> FloatArray:
    """Signal confidence of each trade, from its configuration `numbers`; NaN where the strategy has no opinion."""
    features = Features(one.bars, room_bytes=FEATURE_ROOM_BYTES)
    out = np.full(len(trades), np.nan)
    signals = space.signals_of(numbers)
    for signal in np.unique(signals):
        given = guarded_signals(space.with_signal(int(signal)), features).confidence
        if given is not None:
            own = signals == signal
            out[own] = given()[trades.signal[own]]
    return out
