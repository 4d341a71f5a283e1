"""What comes of every signal of a block under every plan, from the few levels that plans are combined of.

A plan of the common kind (market entry, one stop, one target, a longest hold) ends a trade at the first of three
events. Each distinct stop, target and time limit is looked for and settled once per signal (`kernels.levels`); a plan
then only chooses. The results are those of `kernels.plans`, which settles all other plans here.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel
from tradewind.kernels.exits import NEVER
from tradewind.kernels.levels import COST, LOG_RETURN, NET, NET_RETURN, PLACES, TRADES, Levels
from tradewind.kernels.plans import (
    OPENED,
    PENDING,
    REFUSED,
    Orders,
    carry_out,
    market_exit_for,
    open_position,
    settled,
)
from tradewind.kernels.rows import DROPPED_UNIT, SUMS, WIN_UNIT, lined_up, put_row, write_row
from tradewind.kernels.tables import Candidates
from tradewind.model.bars import FloatArray


class Outcomes(NamedTuple):
    """What one plan makes of the block's candidates: a row of sums, log return, and the bar a walk goes on from,
    counted from the block's start. One place more than candidates: nothing happens there. `columns` is room for the
    rows' values one kind after the other."""

    rows: FloatArray
    log_return: FloatArray
    leave: npt.NDArray[np.uint32]
    columns: FloatArray


@kernel
def outcomes_room() -> Outcomes:
    places = PLACES + 1
    rows = lined_up(np.zeros((places + 1) * SUMS))
    return Outcomes(rows, np.zeros(places), np.zeros(places, np.uint32), np.empty(SUMS * PLACES))


@kernel
def choose_outcomes(levels: Levels, plan: int, candidates: Candidates, count: int, outcomes: Outcomes) -> None:
    """What the candidates come to under a plan of the common kind."""
    s, g, m = levels.stop_of[plan], levels.target_of[plan], levels.limit_of[plan]
    stop_after, stop_open, at_stop = levels.at_stop.after[s], levels.at_stop.at_open[s], levels.at_stop.figures[s]
    target_after, target_open = levels.at_target.after[g], levels.at_target.at_open[g]
    at_target = levels.at_target.figures[g]
    limit_after, at_limit = levels.at_limit.after[m], levels.at_limit.figures[m]
    risk, code = levels.risk[s], candidates.code
    rows, log_returns, leave, columns = outcomes
    # Values of one kind lie together first, so that several are chosen at once, and are then made rows.
    for i in range(count):
        # All is read before anything is chosen: a read that may not happen would have to be a branch.
        to_stop, to_target, to_limit = stop_after[i], target_after[i], limit_after[i]
        gap_at_stop, gap_at_target = stop_open[i] != 0, target_open[i] != 0
        touch = min(to_stop, to_target)
        together = to_stop == to_target
        stopped = (to_stop < to_target) | (together & (not gap_at_target))
        timed = touch >= to_limit
        stop_net, target_net, limit_net = at_stop[i + NET], at_target[i + NET], at_limit[i + NET]
        stop_return, target_return = at_stop[i + NET_RETURN], at_target[i + NET_RETURN]
        stop_cost, target_cost, limit_cost = at_stop[i + COST], at_target[i + COST], at_limit[i + COST]
        stop_log, target_log, limit_log = at_stop[i + LOG_RETURN], at_target[i + LOG_RETURN], at_limit[i + LOG_RETURN]
        limit_return, stop_trades, limit_trades = at_limit[i + NET_RETURN], at_stop[i + TRADES], at_limit[i + TRADES]
        net = limit_net if timed else (stop_net if stopped else target_net)
        net_return = limit_return if timed else (stop_return if stopped else target_return)
        cost = limit_cost if timed else (stop_cost if stopped else target_cost)
        log_return = limit_log if timed else (stop_log if stopped else target_log)
        traded = limit_trades if timed else (stop_trades if stopped else 1.0)
        bars = min(touch, to_limit)
        unclear = together & stopped & (not gap_at_stop)
        refused = stopped & (stop_trades == 0.0)
        flags = 0.0 if timed else ((1.0 if unclear else 0.0) + (DROPPED_UNIT if refused else 0.0))
        r = net / risk[i]
        win = 1.0 if r > 0.0 else 0.0
        columns[i] = traded + WIN_UNIT * win
        columns[i + PLACES] = r
        columns[i + 2 * PLACES] = r * r
        columns[i + 3 * PLACES] = r * win
        columns[i + 4 * PLACES] = net_return
        columns[i + 5 * PLACES] = cost
        columns[i + 6 * PLACES] = bars * traded
        columns[i + 7 * PLACES] = flags
        log_returns[i] = log_return
        leave[i] = np.uint32((code[i] >> 1) + 1 + bars)
    for i in range(count):
        put_row(columns, i, PLACES, rows, i * SUMS)


@kernel
def carry_outcomes(
    orders: Orders, plan: int, start: int, candidates: Candidates, count: int, outcomes: Outcomes
) -> None:
    """The same for a plan of any kind, each candidate's trade carried to its end on its own."""
    tape, terms, plans = orders
    rows, log_returns, leave, _ = outcomes
    n = tape.open.shape[0]
    for i in range(count):
        code = int(candidates.code[i])
        t = start + (code >> 1)
        base = i * SUMS
        rows[base : base + SUMS] = 0.0
        log_returns[i] = 0.0
        opened = open_position(tape, terms, plans, plan, t, 1 - 2 * (code & 1))
        if opened.state != OPENED:
            leave[i] = np.uint32((n if opened.state == PENDING else opened.bar) - start)
            if opened.state == REFUSED:
                rows[base + 7] = DROPPED_UNIT
            continue
        market_exit, market_reason = market_exit_for(tape, plans, plan, t, opened.bar, NEVER)
        carried = carry_out(tape, terms, plans, plan, t, opened, market_exit, market_reason)
        if carried.bar < 0:
            leave[i] = np.uint32(n - start)
            continue
        r, log_return, net_return, cost = settled(opened, carried)
        write_row(rows, base, r, net_return, cost, carried.bar - opened.bar, carried.ambiguous)
        log_returns[i] = log_return
        leave[i] = np.uint32(max(carried.bar, t + 1) - start)
