"""What is asked for before it is read, and in which order."""

import numpy as np

from tradewind.kernels.ahead import AT, LIMIT, NEXT, UNTIL, ask, ask_for_own, queue_of, queue_up
from tradewind.kernels.compiled import kernel
from tradewind.kernels.signal_words import Fades

SCORES, GATES, SHARED = [10_000, 20_000, 10_000], [1_000, 2_000, 3_000], [500_000]


def made_queue(fade):
    nothing = np.zeros(3, np.uint64)
    fades = Fades(
        np.array(SCORES, np.uint64), np.array(GATES, np.uint64), nothing, nothing, np.zeros(3, np.int64), np.zeros(3)
    )
    return queue_of(np.array(fade), fades, np.array(SHARED, np.uint64))


@kernel
def list_up(queue, start, end, block):
    queue_up(queue, start, end, block)


@kernel
def ask_as_walking(queue, c, times):
    ask_for_own(queue, c)
    for _ in range(times):
        ask(queue)


def test_a_score_is_asked_for_once_by_neighbours_and_what_all_share_in_parts() -> None:
    queue = made_queue([0, 2, 1, -1])
    list_up(queue, 100, 164, 64)
    ours = queue.pieces.reshape(4, 3, 2).tolist()
    # The second has the first's score; the fourth none at all; then the first again, in the block that follows.
    assert ours == [
        [[0, 0], [3_100, 3_164], [501_312, 501_440]],
        [[20_800, 21_312], [2_100, 2_164], [501_440, 501_568]],
        [[0, 0], [0, 0], [501_568, 501_696]],
        [[11_312, 11_824], [1_164, 1_228], [501_696, 501_824]],
    ]


def test_two_lines_at_a_time_are_asked_for_but_nothing_too_early() -> None:
    queue = made_queue([0, 1, 0, 1, 0, 1])
    list_up(queue, 0, 64, 64)
    ask_as_walking(queue, 0, 1)
    assert queue.state[[AT, UNTIL, NEXT, LIMIT]].tolist() == [20_000, 20_512, 2, 18]
    ask_as_walking(queue, 0, 1)
    assert queue.state[AT] == 20_128
    ask_as_walking(queue, 0, 100)
    assert queue.state[NEXT] == 18, "three configurations ahead, no more"
    ask_as_walking(queue, 5, 0)
    assert queue.state[NEXT] == 30, "what the sixth reads is asked for before it is walked"
