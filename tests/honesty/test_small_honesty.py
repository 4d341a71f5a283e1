"""Honesty in small: p-values on markets without an edge, planted defects that must show, and one planted edge.

In full: `make honesty`, docs/honesty.md.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from functools import cache

import pytest
from honesty.judging import found, marks_met, named, uniformity, verdict_name
from honesty.markets import LONG_DAYS, NO_COSTS, NOTHING, PLANTED, SMALL_SPACE, Kind
from honesty.trials import Alone, Nothing, detected, luck_of_market, whole_search
from honesty.verdicts import judged

from tradewind.evidence.luck import Best, LuckSettings, luck_test
from tradewind.model.bars import Bars

ALTERATIONS = 19
DAYS = 12
MARKETS = 10  # of each kind
PAID = NOTHING["storms-paid"]
Searching = Callable[[Sequence[Bars]], Best]


@cache
def p_values(kind: str) -> tuple[float, ...]:
    found = [
        luck_of_market(NOTHING[kind], number, alterations=ALTERATIONS, days=DAYS, space=SMALL_SPACE)
        for number in range(MARKETS)
    ]
    assert all(math.isfinite(one["statistic"]) for one in found), "nothing was eligible: nothing would be tested"
    return tuple(one["p"] for one in found)


@pytest.mark.slow
def test_luck_p_values_are_uniform_where_there_is_nothing_to_find() -> None:
    every = list(itertools.chain.from_iterable(p_values(kind) for kind in NOTHING))
    assert len(every) == 40
    assert uniformity(every, ALTERATIONS).passed


def p_values_of(made: Callable[[Bars], Searching]) -> list[float]:
    """p-values of a luck test with another search, made anew for each market."""
    out = []
    for number in range(20):
        bars = PAID.bars(number, DAYS)
        settings = LuckSettings(alterations=ALTERATIONS, seed=number)
        out.append(luck_test((bars,), made(bars), settings, Alone(), Nothing(), Nothing()).p)
    return out


SINGLE = tuple(
    (
        *SMALL_SPACE, f'strategy.values.mode=["{mode}"]', f"strategy.values.entry_z=[{entry}]",
        f"strategy.values.stop_atr=[{stop}]", f"strategy.values.target_atr=[{target}]",
    )
    for mode, entry, stop, target in itertools.product(
        ("lr_snapshot", "no_lr_snapshot"), (1.5, 2.5), (1.0, 2.0), (1.0, 2.0)
    )
)  # fmt: skip


@pytest.mark.slow
def test_a_choice_that_is_not_made_again_on_altered_markets_is_noticed() -> None:
    def only_the_winner(bars: Bars) -> Searching:
        searches = [whole_search(PAID.preset(single), bars) for single in SINGLE]
        return max(searches, key=lambda search: search((bars,)).statistic)

    assert not uniformity(p_values_of(only_the_winner), ALTERATIONS).passed


@pytest.mark.slow
def test_a_real_market_that_is_searched_on_better_terms_is_noticed() -> None:
    def real_is_cheaper(bars: Bars) -> Searching:
        usual = whole_search(PAID.preset(SMALL_SPACE), bars)
        cheaper = whole_search(PAID.preset((*SMALL_SPACE, *NO_COSTS[:1])), bars)
        turns = itertools.chain([cheaper], itertools.repeat(usual))

        def search(bars: Sequence[Bars]) -> Best:
            return next(turns)(bars)

        return search

    assert not uniformity(p_values_of(real_is_cheaper), ALTERATIONS).passed


@pytest.mark.slow
def test_an_edge_in_storms_is_named_there() -> None:
    kind = Kind(words="all of a storm's variance comes back", edge=1.0, first_seed=500_000)
    outcomes = [detected(kind, number, alterations=59, space_lists=SMALL_SPACE) for number in range(3)]
    assert [found(one) for one in outcomes] == [True, True, True]
    # What is named goes on earning its costs on a market it was not chosen on.
    assert sum(one["named"]["STRESS"]["later_net_bp"] for one in outcomes) > 0
    assert sum(bool(named(one) - {"STRESS"}) for one in outcomes) <= 1


@pytest.mark.slow
def test_a_market_without_an_edge_is_noise_and_one_with_a_large_edge_meets_the_marks_of_luck() -> None:
    nothing = judged(PAID, 0)
    assert verdict_name(nothing, 0.01) == "noise"
    planted = marks_met(judged(PLANTED["edge-0.8"], 1, days=LONG_DAYS))
    assert planted["deflated"]
    assert planted["overfitting"]
    assert planted["track_record"]
