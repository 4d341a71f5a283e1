"""Markets like a given one but for what could be foretold: the same moves with other signs or in another order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from tradewind.model.bars import Bars, FloatArray, IntArray

BLOCK_BARS = 60  # mean length of a block: what lasts longer is taken apart
Seed = int | Sequence[int]


class Alteration(StrEnum):
    """What is left to chance in an altered market; `ALTERATIONS` says what stays and what goes."""

    FLIP = "flip"
    SHUFFLE = "shuffle"
    BLOCKS = "blocks"


ALTERATIONS: Mapping[Alteration, str] = MappingProxyType(
    {
        Alteration.FLIP: (
            "Every minute goes up or down by the toss of a coin, all symbols together. Volatility, volume, the time "
            "of day, gaps and how symbols move together stay; whether the next move is up or down cannot be foretold"
        ),
        Alteration.SHUFFLE: (
            "The same bars in another order, all symbols together. Gaps stay where they are; every order in time goes, "
            "that of volatility too, so where it comes in clusters this market is another kind of market"
        ),
        Alteration.BLOCKS: (
            f"Stretches of {BLOCK_BARS} bars on average, drawn again and again. What lasts longer than a stretch goes; "
            "what can be foretold from the bars just before stays, so the test is blind to it"
        ),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Bars of several symbols as log moves against the close before, from which any alteration is put together again.

    `open`, `high`, `low` and `close` hold an array a symbol. The first bar moves against its own open. `place` is
    where each bar's timestamp stands among `count` timestamps of all symbols. `group` numbers timestamps that may
    trade places: those at which the same symbols have a bar, between two listings or delistings.
    """

    bars: tuple[Bars, ...]
    open: tuple[FloatArray, ...]
    high: tuple[FloatArray, ...]
    low: tuple[FloatArray, ...]
    close: tuple[FloatArray, ...]
    place: tuple[IntArray, ...]
    count: int

    @classmethod
    def of(cls, bars: Sequence[Bars]) -> "Moves":
        """The moves of these bars, all of one timeframe."""
        stamps = bars[0].ts
        if any(not np.array_equal(one.ts, stamps) for one in bars[1:]):
            stamps = np.unique(np.concatenate([one.ts for one in bars]))
        moves = [_moves(one) for one in bars]
        places = tuple(np.searchsorted(stamps, one.ts).astype(np.int64) for one in bars)
        opened, high, low, close = (tuple(column) for column in zip(*moves, strict=True))
        return cls(tuple(bars), opened, high, low, close, places, len(stamps))

    def unaltered(self) -> tuple[Bars, ...]:
        """The bars put together from their moves as they are: equal to the original but for rounding.

        A test compares altered bars with these, so that whatever the rounding does it does to all of them.
        """
        return tuple(self._rebuilt(symbol, None, None) for symbol in range(len(self.bars)))

    def altered(self, alteration: Alteration, seed: Seed) -> tuple[Bars, ...]:
        """One altered market; the same for the same seed."""
        rng = np.random.default_rng(seed)
        if alteration is Alteration.FLIP:
            mirrored = rng.integers(0, 2, self.count, dtype=np.int8).astype(np.bool_)
            return tuple(self._rebuilt(s, mirrored[place], None) for s, place in enumerate(self.place))
        source = self._sources(alteration, rng)
        return tuple(self._rebuilt(s, None, self._rows(s, source)) for s in range(len(self.bars)))

    def _sources(self, alteration: Alteration, rng: np.random.Generator) -> IntArray:
        """For each timestamp the one whose bars are put there."""
        source = np.arange(self.count)
        group = self._groups()
        order = np.argsort(group, kind="stable")
        edges = np.flatnonzero(np.diff(group[order], prepend=-1, append=-1))
        for first, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            own = order[first:end]
            source[own] = rng.permutation(own) if alteration is Alteration.SHUFFLE else own[_blocks(len(own), rng)]
        return source

    def _groups(self) -> IntArray:
        """A number for each timestamp, equal where the same symbols have a bar and none came or went between.

        The first timestamp of each symbol is alone: it has no close before it.
        """
        came_or_went = np.zeros(self.count + 1, np.int64)
        for place in self.place:
            came_or_went[[place[0], place[0] + 1, place[-1] + 1]] = 1
        group: IntArray = np.cumsum(came_or_went[:-1])
        for place in self.place:
            present = np.zeros(self.count, np.int64)
            present[place] = 1
            group = np.unique(2 * group + present, return_inverse=True)[1].astype(np.int64)
        return group

    def _rows(self, symbol: int, source: IntArray) -> IntArray:
        """For each bar of a symbol its own row that is put there."""
        place = self.place[symbol]
        row = np.zeros(self.count, np.int64)
        row[place] = np.arange(len(place))
        found: IntArray = row[source[place]]
        return found

    def _rebuilt(self, symbol: int, mirrored: npt.NDArray[np.bool_] | None, rows: IntArray | None) -> Bars:
        opened, high, low, close = (
            moves[symbol] if rows is None else moves[symbol][rows]
            for moves in (self.open, self.high, self.low, self.close)
        )
        if mirrored is not None:
            sign = np.where(mirrored, -1.0, 1.0)
            opened, high, low, close = (
                sign * opened,
                np.where(mirrored, -low, high),
                np.where(mirrored, -high, low),
                sign * close,
            )
        bars = self.bars[symbol]
        path = np.empty(len(close) + 1)
        path[0], path[1:] = np.log(bars.open[0]), close
        np.cumsum(path, out=path)
        before = path[:-1]
        first, last = np.exp(before + opened), np.exp(path[1:])
        # Rounding must not put a price outside of its bar.
        return replace(
            bars,
            open=first,
            high=np.maximum(np.exp(before + high), np.maximum(first, last)),
            low=np.minimum(np.exp(before + low), np.minimum(first, last)),
            close=last,
            volume=bars.volume if rows is None else bars.volume[rows],
            funding=bars.funding if bars.funding is None or mirrored is None else sign * bars.funding,
        )


def altered(bars: Sequence[Bars], alteration: Alteration, seed: Seed) -> tuple[Bars, ...]:
    """One altered market made of these bars, symbols in their order; the same for the same seed.

    FLIP mirrors the log moves of all bars of a timestamp against the close before, or leaves them, with equal chances:
    high and low change places. SHUFFLE lets timestamps trade places where the same symbols have bars, volume with
    them. BLOCKS draws runs of such timestamps, of BLOCK_BARS on average, the first following the last.

    Source: for BLOCKS Politis and Romano (1994), The stationary bootstrap.
    """
    return Moves.of(bars).altered(alteration, seed)


def _moves(bars: Bars) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    close = np.log(bars.close)
    before = np.concatenate([np.log(bars.open[:1]), close[:-1]])
    return np.log(bars.open) - before, np.log(bars.high) - before, np.log(bars.low) - before, close - before


def _blocks(count: int, rng: np.random.Generator) -> IntArray:
    """Positions of a stationary bootstrap of `count`: runs of geometric length that start anywhere."""
    starts = rng.random(count) < 1.0 / BLOCK_BARS
    starts[:1] = True
    began = np.maximum.accumulate(np.where(starts, np.arange(count), 0))
    drawn = rng.integers(0, count, count)
    found: IntArray = (drawn[began] + np.arange(count) - began) % count
    return found
