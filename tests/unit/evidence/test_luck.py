"""The luck test as a procedure: any function of bars, ranked among altered markets, resumed and spread over threads."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from tradewind.adapters.executors import ThreadExecutor
from tradewind.evidence.alterations import Alteration, Moves
from tradewind.evidence.luck import Best, Luck, LuckSettings, luck, luck_test
from tradewind.evidence.market import SimulationSettings, simulate
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting

BARS = simulate(SimulationSettings(symbols=("BTC/USDT:USDT", "ETH/USDT:USDT"), days=1, seed=2)).bars


class Shelf:
    """Keeps in memory; counts what was searched."""

    def __init__(self) -> None:
        self.kept: dict[int, Best] = {}

    def recall(self, market: int) -> Best | None:
        return self.kept.get(market)

    def keep(self, market: int, best: Best) -> None:
        self.kept[market] = best


class Tally:
    """Watch that adds up, and stops after so many markets if told."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.total = self.done = 0
        self.stop_after = stop_after

    def stage(self, name: str, total: int) -> None:
        self.total = total

    def advance(self, amount: int) -> None:
        if self.done >= self.stop_after:
            raise KeyboardInterrupt
        self.done += amount


def trend(bars: Sequence[Bars]) -> Best:
    """A search of two: how far each symbol came."""
    came = [float(np.log(one.close[-1] / one.open[0])) for one in bars]
    return Best(max(came), tuple(came))


def luck_of(settings: LuckSettings, threads: int = 1, shelf: Shelf | None = None, watch: Tally | None = None) -> Luck:
    return luck_test(BARS, trend, settings, ThreadExecutor(threads), shelf or Shelf(), watch or Tally())


def test_the_rank_of_the_real_market_is_its_p_by_hand() -> None:
    others = [Best(3.0, (1.0, 9.0)), Best(1.0, (8.0, 2.0)), Best(2.0, (3.0, -math.inf)), Best(0.0, (2.0, 3.0))]
    found = luck(Best(2.0, (5.0, -math.inf)), others)
    assert found.p == 3 / 5  # itself, 3 and the tie
    assert found.p_by_regime == (2 / 5, 1.0)  # itself and 8; nothing eligible
    # Smallest counts of the markets: real 2, then 1 (9), 1 (8), 3 (first regime 3), 2 (second regime 3).
    assert found.corrected_by_regime == (4 / 5, 1.0)


def test_markets_of_other_regimes_are_refused() -> None:
    with pytest.raises(ValueError, match="same regimes"):
        luck(Best(1.0, (1.0,)), [Best(1.0, (1.0, 2.0))])


def test_any_number_of_threads_gives_the_same_luck() -> None:
    settings = LuckSettings(alterations=12)
    assert luck_of(settings, 1) == luck_of(settings, 2) == luck_of(settings, 3)


def test_an_interrupted_test_goes_on_to_the_same_end() -> None:
    settings, shelf = LuckSettings(alterations=12), Shelf()
    with pytest.raises(KeyboardInterrupt):
        luck_of(settings, shelf=shelf, watch=Tally(stop_after=5))
    assert 5 <= len(shelf.kept) < 13
    before = dict(shelf.kept)
    resumed = luck_of(settings, shelf=shelf)
    assert resumed == luck_of(settings)
    assert all(shelf.kept[market] is best for market, best in before.items())


def test_more_alterations_begin_with_the_same_ones() -> None:
    assert luck_of(LuckSettings(alterations=9)).others[:5] == luck_of(LuckSettings(alterations=5)).others


@pytest.mark.parametrize("alteration", list(Alteration))
def test_the_real_market_is_put_together_from_its_moves_like_the_others(alteration: Alteration) -> None:
    found = luck_of(LuckSettings(alterations=2, alteration=alteration))
    moves = Moves.of(BARS)
    assert found.real == trend(moves.unaltered())
    assert found.others == tuple(trend(moves.altered(alteration, (1, market))) for market in (1, 2))


def test_progress_counts_the_real_market_too() -> None:
    watch = Tally()
    luck_of(LuckSettings(alterations=4), watch=watch)
    assert (watch.done, watch.total) == (5, 5)


def test_no_alterations_and_negative_seeds_are_refused() -> None:
    with pytest.raises(BadSetting, match="none"):
        LuckSettings(alterations=0)
    with pytest.raises(BadSetting, match="negative"):
        LuckSettings(seed=-1)
