"""The luck test: how often the whole search finds as much on markets that were altered by chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tradewind.evidence.alterations import Alteration, Moves
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting
from tradewind.model.ports import Executor
from tradewind.stats.permutation import Best, min_p_corrected, permutation_p

__all__ = ["Best", "Keeper", "Luck", "LuckSettings", "Watch", "luck", "luck_test"]

Searching = Callable[[Sequence[Bars]], Best]


@dataclass(frozen=True, slots=True, kw_only=True)
class LuckSettings:
    """How many markets are made, and how. Same seed, same markets, and more of them begin with the same ones.

    Raises BadSetting for values without meaning.
    """

    alterations: int = 200
    alteration: Alteration = Alteration.FLIP
    seed: int = 1

    def __post_init__(self) -> None:
        if self.alterations < 1:
            raise BadSetting(f"{self.alterations} alterations are none", "Choose at least 1, better 99 or more")
        if self.seed < 0:
            raise BadSetting(f"seed {self.seed} is negative", "Choose a whole number from 0")


@dataclass(frozen=True, slots=True)
class Luck:
    """What the search found on the real market, on every altered one, and how lucky that makes the real one.

    `p` is the chance of so good a best by luck alone; `p_by_regime` of so good a specialist, regime by regime, and
    `corrected_by_regime` the same allowing for having looked at all regimes.
    """

    real: Best
    others: tuple[Best, ...]
    p: float
    p_by_regime: tuple[float, ...]
    corrected_by_regime: tuple[float, ...]


class Keeper(Protocol):
    """Keeps the best of each market searched, so that an interrupted test goes on; called from several threads.

    Market 0 is the real one.
    """

    def recall(self, market: int) -> Best | None:
        """What was found on a market before, or None."""
        ...

    def keep(self, market: int, best: Best) -> None:
        """Store what was found on a market."""
        ...


class Watch(Protocol):
    """Told of markets searched; `advance` raises to stop."""

    def stage(self, name: str, total: int) -> None: ...
    def advance(self, amount: int) -> None: ...


def luck_test(
    bars: Sequence[Bars], search: Searching, settings: LuckSettings, executor: Executor, keeper: Keeper, watch: Watch
) -> Luck:
    """Search the real market and altered ones all alike, and rank the real one among them.

    `bars` are what the real search read, nothing of the hold-out. `search` must be the whole of it, choosing included,
    and a function of the bars alone: regimes, weights and shortlists are found anew on every market. The real market
    too is put together from its moves. A market depends on its number and the seed alone: any executor gives the same
    bytes.

    Where the direction of each move is a toss of a coin, given its size and all else that a flip leaves, real and
    flipped markets are of one kind, and p is uniform: at most α with chance α. SHUFFLE needs moves that are alike at
    all times, BLOCKS only approaches it.
    """
    moves = Moves.of(bars)
    watch.stage("search altered markets", settings.alterations + 1)

    def searched(market: int) -> Best:
        watch.advance(0)
        best = keeper.recall(market)
        if best is None:
            made = moves.altered(settings.alteration, (settings.seed, market)) if market else moves.unaltered()
            best = search(made)
            keeper.keep(market, best)
        watch.advance(1)
        return best

    real, *others = executor.map(searched, range(settings.alterations + 1))
    return luck(real, others)


def luck(real: Best, others: Sequence[Best]) -> Luck:
    """The real market's best among those of altered ones. Raises ValueError without any or for other regimes."""
    if any(len(one.by_regime) != len(real.by_regime) for one in others):
        raise ValueError("the real and the altered markets have the same regimes")
    by_regime = [[one.by_regime[regime] for one in others] for regime in range(len(real.by_regime))]
    return Luck(
        real=real,
        others=tuple(others),
        p=permutation_p(real.statistic, [one.statistic for one in others]),
        p_by_regime=tuple(permutation_p(own, rest) for own, rest in zip(real.by_regime, by_regime, strict=True)),
        corrected_by_regime=min_p_corrected(real.by_regime, [one.by_regime for one in others]),
    )
