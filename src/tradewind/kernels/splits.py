"""Every way of cutting history into two halves: who is best in one and where that one stands in the other.

Configurations are taken in blocks. Of each block the sums over all subsets of the first groups, and of the last, are
made once; the sums of a half are then one addition, groups always added in the order of time. A split costs two
Sharpe ratios per configuration in each of two passes: 12,288 configurations and 12,870 splits are 316 million ratios.
"""

import numpy as np

from tradewind.kernels.compiled import kernel
from tradewind.model.bars import FloatArray, IntArray

COUNT, TOTAL, SQUARES = 0, 1, 2  # rows of the sums of a group
BLOCK = 128  # configurations whose tables of subsets stay in the processor's cache
CONSTANT = 1e-12  # a spread this small against the squares is rounding


@kernel
def subset_sums(groups: FloatArray, first: int, end: int, begin: int, width: int) -> FloatArray:
    """Sums over each subset (bit g for group first + g) of groups first to end of a block: subsets × 3 × width."""
    out = np.zeros((1 << (end - first), 3, width))
    for group in range(first, end):
        bit = 1 << (group - first)
        for subset in range(bit):
            for row in range(3):
                for j in range(width):
                    out[bit + subset, row, j] = out[subset, row, j] + groups[group, row, begin + j]
    return out


@kernel
def ratios(early: FloatArray, late: FloatArray, out: FloatArray) -> None:
    """Sharpe ratios (ddof 1) from two parts of 3 × width sums; -inf without two observations or a deviation."""
    for j in range(out.shape[0]):
        n = early[COUNT, j] + late[COUNT, j]
        total = early[TOTAL, j] + late[TOTAL, j]
        scale = n * (early[SQUARES, j] + late[SQUARES, j])
        spread = scale - total * total  # n(n − 1) times the variance
        ratio = total * np.sqrt((n - 1.0) / (n * spread))
        out[j] = ratio if n >= 2.0 and spread > CONSTANT * scale else -np.inf


@kernel
def best_in_halves(groups: FloatArray, halves: IntArray) -> tuple[FloatArray, IntArray]:
    """The largest ratio in each half (bits of groups) and whose it is, the first of equals; -inf and -1 for nobody's.

    `groups` is groups × (count, total, squares) × configurations.
    """
    size, configurations = groups.shape[0], groups.shape[2]
    middle = size // 2
    low_bits = (1 << middle) - 1
    best, who = np.full(halves.shape[0], -np.inf), np.full(halves.shape[0], -1, np.int64)
    for begin in range(0, configurations, BLOCK):
        width = min(BLOCK, configurations - begin)
        early = subset_sums(groups, 0, middle, begin, width)
        late = subset_sums(groups, middle, size, begin, width)
        own = np.empty(width)
        for i in range(halves.shape[0]):
            ratios(early[halves[i] & low_bits], late[halves[i] >> middle], own)
            for j in range(width):
                if own[j] > best[i]:
                    best[i] = own[j]
                    who[i] = begin + j
    return best, who


@kernel
def standing_in_halves(groups: FloatArray, halves: IntArray, who: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Ratio of configuration `who[i]` in half i, how many have a smaller one there, and how many the same, itself too.

    -inf, 0 and 0 where `who[i]` is -1.
    """
    size, configurations = groups.shape[0], groups.shape[2]
    middle = size // 2
    low_bits = (1 << middle) - 1
    count = halves.shape[0]
    value = np.full(count, -np.inf)
    below, equal = np.zeros(count, np.int64), np.zeros(count, np.int64)
    one = np.empty(1)
    order = np.argsort(who)
    early, late = np.empty((0, 3, 1)), np.empty((0, 3, 1))
    for k in range(count):
        i = order[k]
        if who[i] < 0:
            continue
        if k == 0 or who[order[k - 1]] != who[i]:
            early = subset_sums(groups, 0, middle, who[i], 1)
            late = subset_sums(groups, middle, size, who[i], 1)
        ratios(early[halves[i] & low_bits], late[halves[i] >> middle], one)
        value[i] = one[0]
    for begin in range(0, configurations, BLOCK):
        width = min(BLOCK, configurations - begin)
        early = subset_sums(groups, 0, middle, begin, width)
        late = subset_sums(groups, middle, size, begin, width)
        own = np.empty(width)
        for i in range(count):
            if who[i] < 0:
                continue
            ratios(early[halves[i] & low_bits], late[halves[i] >> middle], own)
            smaller, same = 0, 0
            for j in range(width):
                smaller += own[j] < value[i]
                same += own[j] == value[i]
            below[i] += smaller
            equal[i] += same
    return value, below, equal
