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
from tradewind.kernels.rows import DROPPED_UNIT, SUMS, VECTOR, WIN_UNIT, lined_up, put_four, write_row
from tradewind.kernels.tables import LAST, Candidates
from tradewind.model.bars import FloatArray

TIMED, STOPPED, REACHED_TARGET = 0, 1, 2


class Outcomes(NamedTuple):
    """What one plan makes of the block's candidates: `rows` of sums, each SUMS or only its first VECTOR long, log
    return, and the bar a walk goes on from, counted from the block's start: `hop` at most LAST, `leave` however late.
    One place more than candidates: nothing happens there. `columns` and `ended` are room."""

    rows: FloatArray
    log_return: FloatArray
    hop: npt.NDArray[np.uint16]
    leave: npt.NDArray[np.uint32]
    columns: FloatArray
    ended: npt.NDArray[np.int32]


@kernel
def outcomes_room() -> Outcomes:
    places = PLACES + 1
    return Outcomes(
        lined_up(np.zeros((places + 1) * SUMS)),
        np.zeros(places),
        np.zeros(places, np.uint16),
        np.zeros(places, np.uint32),
        np.empty(SUMS * PLACES),
        np.empty(PLACES, np.int32),
    )


@kernel
def nothing_at(outcomes: Outcomes, place: int, width: int) -> None:
    """Make `place`, rows being of `width`, that of no trade."""
    outcomes.rows[place * width : (place + 1) * width] = 0.0
    outcomes.log_return[place] = 0.0
    outcomes.hop[place] = 0
    outcomes.leave[place] = 0


@kernel
def choose_outcomes(
    levels: Levels, plan: int, candidates: Candidates, count: int, outcomes: Outcomes, width: int
) -> None:
    """What the candidates come to under a plan of the common kind, in rows of `width`."""
    rows, columns = outcomes.rows, outcomes.columns
    choose_ends(levels, plan, candidates, count, outcomes)
    if width == VECTOR:
        for i in range(count):
            put_four(columns, i, PLACES, rows, i * VECTOR)
        return
    choose_returns(levels, plan, count, outcomes)
    for i in range(count):
        put_four(columns, i, PLACES, rows, i * SUMS)
        put_four(columns, i + VECTOR * PLACES, PLACES, rows, i * SUMS + VECTOR)


@kernel
def choose_ends(levels: Levels, plan: int, candidates: Candidates, count: int, outcomes: Outcomes) -> None:
    """Which end comes first, when, and the sums that follow from R."""
    s, g, m = levels.stop_of[plan], levels.target_of[plan], levels.limit_of[plan]
    stop_after, at_stop = levels.at_stop.after[s], levels.at_stop.figures[s]
    target_after, target_open = levels.at_target.after[g], levels.at_target.at_open[g]
    at_target = levels.at_target.figures[g]
    limit_after, at_limit = levels.at_limit.after[m], levels.at_limit.figures[m]
    risk, code = levels.risk[s], candidates.code
    hop, leave, columns, ended = outcomes.hop, outcomes.leave, outcomes.columns, outcomes.ended
    # Values of one kind lie together, so that several are chosen at once.
    for i in range(count):
        # All is read before anything is chosen: a read that may not happen would have to be a branch.
        to_stop, to_target, to_limit = stop_after[i], target_after[i], limit_after[i]
        gap_at_target = target_open[i] != 0
        touch = min(to_stop, to_target)
        together = to_stop == to_target
        stopped = (to_stop < to_target) | (together & (not gap_at_target))
        timed = touch >= to_limit
        stop_net, target_net, limit_net = at_stop[i + NET], at_target[i + NET], at_limit[i + NET]
        stop_trades, limit_trades = at_stop[i + TRADES], at_limit[i + TRADES]
        net = limit_net if timed else (stop_net if stopped else target_net)
        traded = limit_trades if timed else (stop_trades if stopped else 1.0)
        r = net / risk[i]
        win = 1.0 if r > 0.0 else 0.0
        columns[i] = traded + WIN_UNIT * win
        columns[i + PLACES] = r
        columns[i + 2 * PLACES] = r * r
        columns[i + 3 * PLACES] = r * win
        ended[i] = TIMED if timed else (STOPPED if stopped else REACHED_TARGET)
        left = np.uint32((code[i] >> 1) + 1 + min(touch, to_limit))
        leave[i] = left
        hop[i] = np.uint16(min(left, np.uint32(LAST)))


@kernel
def choose_returns(levels: Levels, plan: int, count: int, outcomes: Outcomes) -> None:
    """The other sums of trades whose ends are chosen, and their log returns."""
    s, g, m = levels.stop_of[plan], levels.target_of[plan], levels.limit_of[plan]
    stop_after, stop_open, at_stop = levels.at_stop.after[s], levels.at_stop.at_open[s], levels.at_stop.figures[s]
    target_after, at_target = levels.at_target.after[g], levels.at_target.figures[g]
    limit_after, at_limit = levels.at_limit.after[m], levels.at_limit.figures[m]
    log_returns, columns, ended = outcomes.log_return, outcomes.columns, outcomes.ended
    for i in range(count):
        to_stop, to_target, to_limit, gap_at_stop = stop_after[i], target_after[i], limit_after[i], stop_open[i] != 0
        timed, stopped = ended[i] == TIMED, ended[i] == STOPPED
        stop_return, target_return = at_stop[i + NET_RETURN], at_target[i + NET_RETURN]
        stop_cost, target_cost, limit_cost = at_stop[i + COST], at_target[i + COST], at_limit[i + COST]
        stop_log, target_log, limit_log = at_stop[i + LOG_RETURN], at_target[i + LOG_RETURN], at_limit[i + LOG_RETURN]
        limit_return, stop_trades, limit_trades = at_limit[i + NET_RETURN], at_stop[i + TRADES], at_limit[i + TRADES]
        traded = limit_trades if timed else (stop_trades if stopped else 1.0)
        unclear = stopped & (to_stop == to_target) & (not gap_at_stop)
        refused = stopped & (stop_trades == 0.0)
        columns[i + 4 * PLACES] = limit_return if timed else (stop_return if stopped else target_return)
        columns[i + 5 * PLACES] = limit_cost if timed else (stop_cost if stopped else target_cost)
        columns[i + 6 * PLACES] = min(to_stop, to_target, to_limit) * traded
        columns[i + 7 * PLACES] = (1.0 if unclear else 0.0) + (DROPPED_UNIT if refused else 0.0)
        log_returns[i] = limit_log if timed else (stop_log if stopped else target_log)


@kernel
def carry_outcomes(
    orders: Orders, plan: int, start: int, candidates: Candidates, count: int, outcomes: Outcomes, width: int
) -> None:
    """The same for a plan of any kind, each candidate's trade carried to its end on its own."""
    tape, terms, plans = orders
    rows, log_returns, hop, leave, row, _ = outcomes
    n = tape.open.shape[0]
    for i in range(count):
        code = int(candidates.code[i])
        t = start + (code >> 1)
        own = rows[i * width : (i + 1) * width]
        own[:] = 0.0
        log_returns[i] = 0.0
        opened = open_position(tape, terms, plans, plan, t, 1 - 2 * (code & 1))
        ends = opened.bar
        if opened.state == PENDING:
            ends = n
        elif opened.state == REFUSED and width == SUMS:
            own[SUMS - 1] = DROPPED_UNIT
        elif opened.state == OPENED:
            market_exit, market_reason = market_exit_for(tape, plans, plan, t, opened.bar, NEVER)
            carried = carry_out(tape, terms, plans, plan, t, opened, market_exit, market_reason)
            ends = n
            if carried.bar >= 0:
                r, log_return, net_return, cost = settled(opened, carried)
                write_row(row, 0, r, net_return, cost, carried.bar - opened.bar, carried.ambiguous)
                own[:] = row[:width]
                log_returns[i] = log_return
                ends = max(carried.bar, t + 1)
        leave[i] = np.uint32(ends - start)
        hop[i] = np.uint16(min(leave[i], np.uint32(LAST)))
