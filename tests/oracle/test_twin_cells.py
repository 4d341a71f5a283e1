"""The search's cells, days and counts, walked fast over events, equal sums over the twin's trades."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from tests.oracle.comparing import bars_of
from tests.oracle.scenarios import random_walk
from tests.oracle.twin import TwinMarket, TwinScalper, cell_differences, twin_cells
from tests.oracle.twin_law import TwinCosts, TwinTrade, TwinWalk

from tradewind.features.features import Features
from tradewind.kernels.rows import DROPPED_UNIT
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.regimes import Labels
from tradewind.search.cells import Walked, walk_masked, walk_unmasked
from tradewind.search.prepare import prepare
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import Scheme, Segmentation
from tradewind.strategies.lr_scalper import LRScalper

BARS = 9 * 1440
DAY_MS = 86_400_000
PURGE_BARS = 90
NAMES = ("a", "b", "c")
LISTS = {"lookback": (60, 90), "entry_z": (1.5, 2.0), "vol_period": (20,), "atr_period": (7, 14)}
LISTS |= {"stop_atr": (1.0, 2.0), "target_atr": (1.5, 3.0)}
COSTS = Costs(taker_fee=0.0004, maker_fee=0.0, half_spread_bps=0.5, slippage_bps=0.5)


@dataclass(frozen=True)
class Runs:
    """A made-up detector: labels -1, 0, 1, 2 in runs of `length` bars."""

    length: int
    window: int = 1
    names: tuple[str, ...] = NAMES

    @property
    def name(self) -> str:
        return f"runs{self.length}"

    def at(self, t: int) -> int:
        return t // self.length % 4 - 1

    def labels(self, features: Features) -> Labels:
        return Labels(np.array([self.at(t) for t in range(len(features))], np.int8), self.names)


DETECTORS = (Runs(150), Runs(61))


class Case:
    """One random walk prepared for the search and for the twin, with the same plan options."""

    def __init__(self, *, short: bool = True, **options: bool) -> None:
        self.market = TwinMarket(random_walk(seed=21, count=BARS))
        bars = bars_of(self.market.bars)
        self.instrument = Instrument(venue="made", symbol="BTC/USDT:USDT", tick=0.1, costs=COSTS, short=short)
        self.space = Space.of(LRScalper, LISTS, options)
        self.options = options
        scheme = Scheme.of_days(in_sample_days=4, out_of_sample_days=2, step_days=2, purge_bars=PURGE_BARS)
        self.segmentation = Segmentation.over(int(bars.ts[0]), int(bars.ts[-1]) + 60_000, scheme)
        one = prepare(bars, self.instrument, self.space, DETECTORS, self.segmentation)
        self.universe = Universe.of([one], self.segmentation)
        self.bucket_of = self._buckets()

    def _buckets(self) -> list[int]:
        """2 × segment of two days, + 1 for the last bars of a segment, by counting bars."""
        ts = self.market.bars.ts
        midnight = ts[0] // DAY_MS * DAY_MS
        segment = [(moment - midnight) // (2 * DAY_MS) for moment in ts]
        after = {s: max(t for t in range(len(ts)) if segment[t] == s) for s in set(segment)}
        # The last segment is cut off by the end of the data: its last bars there are its tail all the same.
        return [2 * s + (after[s] - t < PURGE_BARS) for t, s in enumerate(segment)]

    def twin(self, number: int, only_label: int | None = None, detector: int = 0) -> TwinWalk:
        scalper = TwinScalper(**self.space.searched_at(number), **self.options)
        labels = [DETECTORS[detector].at(t) for t in range(BARS)]
        costs = TwinCosts(COSTS.taker_fee, COSTS.slip, self.instrument.tick, self.instrument.short)
        return self.market.walk(scalper, costs, labels, only_label)

    def differences(self, walked: Walked, row: int, column: int, twin: TwinWalk, detector: int | None) -> list[str]:
        """Of one column: the twin's trades with any label, or those of one label of a detector."""
        cells = {
            (2 * segment + tail, 0): walked.cells[segment, tail, row, column].tolist()
            for segment in range(self.segmentation.segments)
            for tail in (0, 1)
        }
        expected = twin_cells(twin.trades, self.bucket_of.__getitem__, lambda _: 0)
        if detector is not None:
            label = column - self.universe.columns.of(detector, 0)
            by_label = twin_cells(twin.trades, self.bucket_of.__getitem__, DETECTORS[detector].at)
            expected = {(bucket, 0): cell for (bucket, of), cell in by_label.items() if of == label}
        return cell_differences(expected, cells)


def silent(_: int) -> None:
    """Progress nobody watches."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        {},
        {"exit_on_regime_change": True},
        {"exit_on_opposite": True, "exit_on_regime_change": True},
        {"short": False},
        {"short": False, "exit_on_opposite": True},
    ],
    ids=str,
)
def test_cells_of_every_configuration_equal_sums_over_the_twins_trades(case: dict[str, bool]) -> None:
    made = Case(**case)
    walked = walk_unmasked(made.universe, made.space, range(made.space.plans), silent)
    trades = 0
    for row, number in enumerate(walked.numbers.tolist()):
        twin = made.twin(number)
        trades += len(twin.trades)
        assert made.differences(walked, row, 0, twin, None) == []
        for detector in range(len(DETECTORS)):
            for label in range(len(NAMES)):
                column = made.universe.columns.of(detector, label)
                assert made.differences(walked, row, column, twin, detector) == []
        assert_totals(made, walked, row, twin)
    assert trades > 10_000


def assert_totals(made: Case, walked: Walked, row: int, twin: TwinWalk) -> None:
    """Net return, cost, bars held, ambiguous and dropped over all buckets, and log return by day of the signal."""
    net, cost, held, flags = walked.totals[:, :, row].sum(axis=(0, 1))
    dropped, ambiguous = divmod(flags, DROPPED_UNIT)
    assert (dropped, ambiguous) == (twin.dropped, sum(trade.ambiguous for trade in twin.trades))
    assert held == sum(trade.exit - trade.entry for trade in twin.trades)
    assert cost == pytest.approx(sum(paid_of(trade) for trade in twin.trades), abs=1e-9)
    assert net == pytest.approx(sum(np.expm1(trade.log_return) for trade in twin.trades), abs=1e-9)
    assert walked.daily[row] == pytest.approx(daily_of(made, twin.trades), abs=1e-9)


def paid_of(trade: TwinTrade) -> float:
    """Fees and slippage as a fraction of the entry price."""
    return (trade.fees + trade.slippage) / trade.entry_price


def daily_of(made: Case, trades: Sequence[TwinTrade]) -> list[float]:
    """By day of the signal, those before the first test (4 days) or after the last on the spare day at the end."""
    ts = made.market.bars.ts
    daily = [0.0] * made.segmentation.days
    tested = range(4, 4 + 2 * len(made.segmentation.windows))
    for trade in trades:
        day = ts[trade.signal] // DAY_MS - ts[0] // DAY_MS
        daily[day if day in tested else -1] += trade.log_return
    return daily


@pytest.mark.slow
@pytest.mark.parametrize("opposite", [False, True])
def test_cells_under_a_mask_equal_sums_over_the_twins_masked_trades(opposite: bool) -> None:
    made = Case(exit_on_opposite=opposite)
    wanted = [(mask, number) for mask in made.universe.columns.masks for number in range(0, len(made.space), 7)]
    order, walked = walk_masked(made.universe, made.space, wanted, silent)
    trades = 0
    for row, place in enumerate(order.tolist()):
        mask, number = wanted[place]
        twin = made.twin(number, mask.label, mask.detector)
        trades += len(twin.trades)
        assert made.differences(walked, row, 0, twin, None) == []
    assert trades > 1_000
