"""A stretch in stages: the same trades as one walk where terms are the same, else each on its stage's terms."""

from dataclasses import replace

import numpy as np
from tests.unit.search.small import COIN_SPACE, FREE, TAKER, Slope, bars_named

from tradewind.features.features import Features
from tradewind.model.instrument import Instrument
from tradewind.model.regimes import Labels
from tradewind.search.procedure import ANY
from tradewind.search.space import Space
from tradewind.search.stretch import Stage, traded_in_stages

BARS = bars_named("BTC/USDT:USDT", 5, 4000)
USUAL = Instrument(venue="made", symbol="BTC/USDT:USDT", tick=0.0, costs=FREE)
DEAR = replace(USUAL, costs=TAKER)
SPACE = Space.of(COIN_SPACE.strategy, {"share": [0.3], "hold": [60], "stop_atr": [6.0], "target_atr": [40.0]})


def made() -> tuple[Features, Labels]:
    features = Features(BARS)
    return features, Slope().labels(features)


def test_stages_of_equal_terms_trade_as_one_walk_does() -> None:
    features, labels = made()
    start, end = int(BARS.ts[500]), int(BARS.ts[3500])
    (whole,) = traded_in_stages(features, labels, SPACE, {ANY: 0}, [Stage(start, USUAL)], end)
    parts = traded_in_stages(
        features, labels, SPACE, {ANY: 0}, [Stage(int(BARS.ts[at]), USUAL) for at in (500, 1500, 2500)], end
    )
    assert len(whole) > 40
    for name, values in whole.columns().items():
        assert np.array_equal(np.concatenate([part.columns()[name] for part in parts]), values)
    # Some trade was open at a border, or the test would tell nothing of that.
    borders = BARS.ts[[1500, 2500]]
    assert any(((BARS.ts[whole.entry] < one) & (one < BARS.ts[whole.exit])).any() for one in borders)


def test_a_trade_pays_the_costs_of_the_stage_it_was_signalled_in() -> None:
    features, labels = made()
    edges = [int(BARS.ts[at]) for at in (500, 1500, 2500)]
    stages = [Stage(edges[0], USUAL), Stage(edges[1], DEAR), Stage(edges[2], USUAL)]
    before, dear, after = traded_in_stages(features, labels, SPACE, {ANY: 0}, stages, int(BARS.ts[3500]))
    assert min(len(one) for one in (before, dear, after)) > 10
    assert (dear.fees > 0).all()
    assert (dear.slippage > 0).all()
    assert not np.concatenate((before.fees, after.fees, before.slippage, after.slippage)).any()
    assert (BARS.ts[dear.signal] >= edges[1]).all()
    assert (BARS.ts[dear.signal] < edges[2]).all()
    for one, other in ((before, dear), (dear, after)):
        assert one.exit[-1] <= other.signal[0]


def test_no_trade_begins_before_the_stretch_or_after_its_end_and_open_ones_are_carried_on() -> None:
    features, labels = made()
    start = int(BARS.ts[500])
    (long,) = traded_in_stages(features, labels, SPACE, {ANY: 0}, [Stage(start, USUAL)], int(BARS.ts[3500]))
    # The stretch ends just behind the signal of a trade: it is the last one, and ends as it ever did.
    at = int(long.signal[20])
    (table,) = traded_in_stages(features, labels, SPACE, {ANY: 0}, [Stage(start, USUAL)], int(BARS.ts[at + 1]))
    assert (len(table), table.unfinished) == (21, 0)
    assert int(table.signal[0]) >= 500
    assert np.array_equal(table.exit, long.exit[:21])
    assert np.array_equal(table.r, long.r[:21])


def test_a_trade_that_never_ends_lets_no_later_stage_begin() -> None:
    features, labels = made()
    stages = [Stage(int(BARS.ts[-400]), USUAL), Stage(int(BARS.ts[-5]), USUAL)]
    early, late = traded_in_stages(features, labels, SPACE, {ANY: 0}, stages, int(BARS.ts[-1]))
    assert (early.unfinished, len(late), late.unfinished) == (1, 0, 0)
    # Without the trade before, there is a signal in the second stage to open one.
    (alone,) = traded_in_stages(features, labels, SPACE, {ANY: 0}, stages[1:], int(BARS.ts[-1]))
    assert alone.unfinished == 1


def test_only_the_regimes_that_are_named_trade() -> None:
    features, labels = made()
    (table,) = traded_in_stages(features, labels, SPACE, {1: 0}, [Stage(int(BARS.ts[500]), USUAL)], int(BARS.ts[3500]))
    assert len(table) > 20
    assert set(table.label.tolist()) == {1}
