"""One configuration over one symbol with every trade recorded, and its trades as the sums that cells hold."""

import numpy as np

from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.trades import TradeTable
from tradewind.search.encoding import AtrSource
from tradewind.search.prepare import Prepared
from tradewind.search.replay import Schedule, walk_schedule
from tradewind.search.space import Space

NET_RETURN, COST = 5, 6  # columns of `sums_of`


def replay_configuration(
    one: Prepared,
    space: Space,
    number: int,
    mask: tuple[int, int] | None = None,
    source: AtrSource | None = None,
) -> TradeTable:
    """Every trade of configuration `number` on one symbol, entries only under `mask` (detector, label) if given.

    ATRs are made anew each time where no `source` keeps them.
    """
    schedule = Schedule(
        one.direction(space.signal_of(number)), np.zeros(len(one.bars), np.int32), (space.strategy_at(number).plan,)
    )
    entries = None if mask is None else one.labels[mask[0]] == mask[1]
    return walk_schedule(one.bars, schedule, source or one, one.instrument, one.labels_of(0), entries)


def sums_of(trades: TradeTable) -> FloatArray:
    """One row a trade: 1, win, R, R², R of a win, net return, cost, bars held, ambiguous; what the fast walk adds up.

    Net return and cost (fees, funding, half spread and slippage) are fractions of the entry price.
    """
    win = trades.r > 0
    # From R, not from the prices: the exit is the last of several where profit was taken in parts.
    net_return = trades.r * np.abs(trades.entry_price - trades.stop_price) / trades.entry_price
    cost = (trades.fees + trades.slippage) / trades.entry_price
    held = trades.exit - trades.entry
    return np.column_stack(
        [np.ones(len(trades)), win, trades.r, trades.r**2, trades.r * win, net_return, cost, held, trades.ambiguous]
    ).astype(np.float64)


def buckets_of(one: Prepared) -> tuple[IntArray, IntArray]:
    """Segment of every bar, and 1 where the bar lies in its segment's tail."""
    segment = np.zeros(len(one.bars), np.int64)
    tail = np.zeros(len(one.bars), np.int64)
    for first, end, number, part in one.spans.tolist():
        segment[first:end] = number
        tail[first:end] = part
    return segment, tail
