"""Resampled equity paths the slow way: equity multiplied trade by trade, random numbers from Python integers."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WORD = 1 << 64
GOLDEN = 0x9E3779B97F4A7C15

Unit = Sequence[float]  # the log returns of a trade by itself, or of a day's trades in the order they closed


@dataclass
class TwinPath:
    """Where a path ended, how deep it fell from a peak as a fraction, and its lowest equity; it starts at 1."""

    final: float
    drawdown: float
    lowest: float


def splitmix64(state: int) -> Iterator[int]:
    """The reference generator of Steele, Lea and Flood (2014)."""
    while True:
        state = (state + GOLDEN) % WORD
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % WORD
        yield z ^ (z >> 31)


def numbers_of_path(seed: int, path: int) -> Iterator[int]:
    """A path's generator starts at output `path` of one that starts at the seed's first output."""
    of_paths = splitmix64(next(splitmix64(seed)))
    for _ in range(path):
        next(of_paths)
    return splitmix64(next(of_paths))


def below(bits: int, n: int) -> int:
    return (bits // 2**32) * n // 2**32


def shuffled(units: Sequence[Unit], seed: int, path: int) -> list[Unit]:
    """Cards from a pack: any of those left, until one is left."""
    numbers, pack = numbers_of_path(seed, path), list(units)
    for place in range(len(pack) - 1):
        other = place + below(next(numbers), len(pack) - place)
        pack[place], pack[other] = pack[other], pack[place]
    return pack


def in_blocks(units: Sequence[Unit], mean_block: float, seed: int, path: int) -> list[Unit]:
    """As many units, each the next one round the circle or, with chance 1 / mean_block, any."""
    drawn: list[int] = []
    for _, bits in zip(units, numbers_of_path(seed, path), strict=False):
        if not drawn or bits % 2**32 < round(2**32 / mean_block):
            drawn.append(below(bits, len(units)))
        else:
            drawn.append((drawn[-1] + 1) % len(units))
    return [units[u] for u in drawn]


def walked(units: Sequence[Unit]) -> TwinPath:
    equity = [1.0]
    for unit in units:
        for log_return in unit:
            equity.append(equity[-1] * math.exp(log_return))
    falls = [1 - equity[i] / max(equity[: i + 1]) for i in range(len(equity))]
    return TwinPath(final=equity[-1], drawdown=max(falls), lowest=min(equity))
