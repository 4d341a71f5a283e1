"""Asking for memory before it is read.

A score takes 8 bytes a bar, and parameters that were drawn seldom share one: to read it from memory takes longer than
to compare it. But a walk mostly waits for branches that nobody foresees, and meanwhile memory can bring what is next.
"""

from typing import NamedTuple

import numpy as np

from tradewind.kernels.bits import LINE, fetch
from tradewind.kernels.compiled import inlined_kernel, kernel
from tradewind.kernels.signal_words import ONE, Fades, Words
from tradewind.model.bars import IntArray

AHEAD = 3  # configurations whose scores are asked for at most, the one that is walked included
LINE_BYTES = np.uint64(LINE)
OF_ONE = 6  # numbers of `Queue.pieces` that a configuration has: three first addresses and ends
AT, UNTIL, NEXT, LIMIT = range(4)  # of `Queue.state`


class Queue(NamedTuple):
    """What to ask for ahead: addresses of each configuration's score and gate (0: has none, or has that of the one
    before) and behind the last the first's again, addresses of what all of them share, then `pieces` of a block, and
    `state`: the address that is next, the end of its piece, the next piece, and the first that is too early."""

    score: Words
    gate: Words
    shared: Words
    pieces: Words
    state: Words


@kernel
def queue_of(fade: IntArray, fades: Fades, shared: Words) -> Queue:
    """The queue of configurations with these rows of `fades` (-1: none)."""
    count = fade.shape[0]
    score, gate = np.zeros(count + 1, np.uint64), np.zeros(count + 1, np.uint64)
    for c in range(count + 1):
        row = fade[c % count]
        if row < 0:
            continue
        gate[c], score[c] = fades.gate[row], fades.score[row]
        if 0 < c < count and fade[c - 1] >= 0 and fades.score[fade[c - 1]] == fades.score[row]:
            score[c] = 0
    return Queue(score, gate, shared, np.zeros(OF_ONE * count, np.uint64), np.zeros(4, np.uint64))


@inlined_kernel
def queue_up(queue: Queue, start: int, end: int, block: int) -> None:
    """List what to ask for during a block, in the order in which it is read: of all configurations but the first, and
    between them what they share in the next block, of `block` bars; last of the first one in the next block."""
    pieces, shared = queue.pieces, queue.shared
    count = pieces.shape[0] // OF_ONE
    parts = max(1, count // shared.shape[0])
    size = np.uint64(block * 8 // parts)
    pieces[:] = 0
    for c in range(count):
        first, last, k = start, end, OF_ONE * c
        if c + 1 == count:
            first, last = end, end + block
        score, gate = queue.score[c + 1], queue.gate[c + 1]
        if score != 0:
            pieces[k], pieces[k + 1] = score + np.uint64(8 * first), score + np.uint64(8 * last)
        if gate != 0:
            pieces[k + 2], pieces[k + 3] = gate + np.uint64(first), gate + np.uint64(last)
        if c < parts * shared.shape[0]:
            pieces[k + 4] = shared[c // parts] + np.uint64(8 * end) + np.uint64(c % parts) * size
            pieces[k + 5] = pieces[k + 4] + size
    queue.state[:] = 0


@inlined_kernel
def ask_for_own(queue: Queue, c: int) -> None:
    """Ask for what is left of what configuration `c` reads, and from now on for the next few's."""
    state, every = queue.state, queue.pieces.shape[0]
    state[LIMIT] = np.uint64(min(OF_ONE * (c + AHEAD), every))
    while state[NEXT] < np.uint64(OF_ONE * c):
        ask(queue)


@inlined_kernel
def ask(queue: Queue) -> None:
    """Ask for the next two lines of memory, beyond an array's end too: to ask never fails."""
    state = queue.state
    at = state[AT]
    if at < state[UNTIL]:
        fetch(at)
        fetch(at + LINE_BYTES)
        state[AT] = at + LINE_BYTES + LINE_BYTES
    elif state[NEXT] < state[LIMIT]:
        k = state[NEXT]
        state[AT], state[UNTIL] = queue.pieces[k], queue.pieces[k + ONE]
        state[NEXT] = k + ONE + ONE
