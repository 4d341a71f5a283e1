"""A small world to search: bars with holes and jumps, coins as strategies, cheap detectors, and naive sums."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from tests.contracts.detector_contract import hard_bars

from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.params import choice
from tradewind.model.plan import AtrDistance, Plan
from tradewind.model.regimes import Labels
from tradewind.model.signals import Signals
from tradewind.regimes.detector import RegimeDetector
from tradewind.search.cells import Walked
from tradewind.search.prepare import Prepared, prepare
from tradewind.search.recorded import replay_configuration
from tradewind.search.search import SearchResult, UnitScores, run_search
from tradewind.search.space import Space
from tradewind.search.universe import Mask, Universe
from tradewind.search.windows import Scheme, Segmentation

DAY_MS = 86_400_000
FREE = Costs(taker_fee=0.0, maker_fee=0.0, half_spread_bps=0.0, slippage_bps=0.0)
TAKER = Costs(taker_fee=0.0004, maker_fee=0.0002, half_spread_bps=0.5, slippage_bps=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    """Signals at random bars in random directions; cut bars off and the rest stays the same."""

    seed: int = choice(1, 2, 3)
    share: float = choice(0.02, 0.3, 1.0)  # of bars that signal
    atr_period: int = choice(3, 7, exit=True)
    stop_atr: float = choice(1.0, 6.0, exit=True)
    target_atr: float = choice(1.0, 40.0, exit=True)
    hold: int = choice(1, 60, exit=True)
    exit_on_opposite: bool = False
    exit_on_regime_change: bool = False

    def signals(self, features: Features) -> Signals:
        draws = np.random.default_rng(self.seed).random((len(features), 2))
        side = np.where(draws[:, 0] < 0.5, 1, -1)
        return Signals(np.where(draws[:, 1] < self.share, side, 0).astype(np.int8))

    @property
    def plan(self) -> Plan:
        return Plan(
            stop=AtrDistance(self.atr_period, self.stop_atr),
            target=AtrDistance(self.atr_period, self.target_atr),
            hold=self.hold,
            exit_on_opposite=self.exit_on_opposite,
            exit_on_regime_change=self.exit_on_regime_change,
        )


@dataclass(frozen=True, slots=True)
class Shift:
    """Label 0, 1 or 2 by the part of an hour, unknown for the first `window` bars."""

    window: int = 50
    names: tuple[str, ...] = ("early", "middle", "late")
    name: str = "shift"

    def labels(self, features: Features) -> Labels:
        values = ((features.ts // 60_000) // 17 % 3).astype(np.int8)
        values[: self.window] = -1
        return Labels(values, self.names)


@dataclass(frozen=True, slots=True)
class Slope:
    """Label 1 where price is above that of 30 bars ago, else 0."""

    window: int = 31
    names: tuple[str, ...] = ("down", "up")
    name: str = "slope"

    def labels(self, features: Features) -> Labels:
        values = np.full(len(features), -1, np.int8)
        values[30:] = features.close[30:] > features.close[:-30]
        return Labels(values, self.names)


DETECTORS: tuple[RegimeDetector, ...] = (Slope(), Shift())
COIN_SPACE = Space.of(Coin)


def bars_named(symbol: str, seed: int, count: int, skip: int = 0) -> Bars:
    """`count` bars of one symbol with holes, jumps and flat stretches, without the first `skip`."""
    return replace(hard_bars(seed, count), symbol=symbol).rows(skip, count)


def market(count: int = 8000) -> list[Bars]:
    """Three symbols; the last lists later than the others."""
    return [
        bars_named("BTC/USDT:USDT", 1, count),
        bars_named("ETH/USDT:USDT", 2, count),
        bars_named("SOL/USDT:USDT", 3, count, skip=count // 3),
    ]


def scheme(purge_bars: int = 61, step_days: int = 1) -> Scheme:
    return Scheme.of_days(in_sample_days=3, out_of_sample_days=2, step_days=step_days, purge_bars=purge_bars)


def segmentation_of(series: Sequence[Bars], durations: Scheme) -> Segmentation:
    """Windows over everything the symbols have."""
    start = min(int(bars.ts[0]) for bars in series)
    end = max(int(bars.ts[-1]) for bars in series) + series[0].timeframe_ms
    return Segmentation.over(start, end, durations)


def universe_of(
    series: Sequence[Bars],
    space: Space = COIN_SPACE,
    durations: Scheme | None = None,
    detectors: Sequence[RegimeDetector] = DETECTORS,
    *,
    costs: Costs = TAKER,
    short: bool = True,
    laid: Segmentation | None = None,
) -> Universe:
    laid = laid or segmentation_of(series, durations or scheme())
    ready = [
        prepare(
            bars,
            Instrument(venue="made up", symbol=bars.symbol, tick=0.001, costs=costs, short=short),
            space,
            detectors,
            laid,
        )
        for bars in series
    ]
    return Universe.of(ready, laid)


class Naive(NamedTuple):
    """Sums of one configuration, in the shapes of `Walked` without its axis of configurations."""

    cells: np.ndarray
    totals: np.ndarray
    daily: np.ndarray
    dropped: int


def naive_sums(universe: Universe, space: Space, number: int, mask: Mask | None = None) -> Naive:
    """What a configuration's recorded trades add up to, bucket by bucket, in plain Python."""
    laid = universe.segmentation
    columns = 1 if mask else universe.columns.count
    cells = np.zeros((laid.segments, 2, columns, 5))
    totals = np.zeros((laid.segments, 2, 3))
    daily = np.zeros(1 if mask else laid.days)
    tested = {segment for window in laid.windows for segment in range(window.in_end, window.out_end)}
    dropped = 0
    for one in universe.symbols:
        trades = replay_configuration(one, space, number, mask)
        dropped += trades.dropped
        bucket = bucket_of_bar(one, laid)
        for i in range(len(trades)):
            at = int(trades.signal[i])
            segment, tail = bucket[at]
            r = float(trades.r[i])
            row = np.array([1.0, r > 0, r, r * r, r if r > 0 else 0.0])
            cells[segment, tail, 0] += row
            if mask is None:
                for detector in range(len(universe.columns.names)):
                    label = int(one.labels[detector, at])
                    if label >= 0:
                        cells[segment, tail, universe.columns.of(detector, label)] += row
                midnight = laid.start_ms - laid.start_ms % DAY_MS
                # What is signalled outside the test falls on the last, spare day.
                day = int((one.bars.ts[at] - midnight) // DAY_MS) if segment in tested else -1
                daily[day] += trades.log_return[i]
            net = trades.direction[i] * (trades.exit_price[i] - trades.entry_price[i]) - trades.fees[i]
            paid = trades.fees[i] + trades.slippage[i]
            totals[segment, tail] += (
                net / trades.entry_price[i], paid / trades.entry_price[i], trades.exit[i] - trades.entry[i],
            )  # fmt: skip
    return Naive(cells, totals, daily, dropped)


def bucket_of_bar(one: Prepared, laid: Segmentation) -> list[tuple[int, int]]:
    """Segment of each bar by its time, and whether it is among its segment's last `purge` bars."""
    segments = ((one.bars.ts - laid.start_ms) // laid.segment_ms).tolist()
    out = []
    for at, segment in enumerate(segments):
        beyond = at + laid.scheme.purge_bars
        out.append((segment, int(beyond >= len(segments) or segments[beyond] != segment)))
    return out


def assert_same_sums(walked: Walked, row: int, naive: Naive, *, masked: bool = False) -> None:
    """Row `row` of a walk is what the naive sums say: counts exactly, sums to 1e-9."""
    cells, totals = walked.cells[:, :, row], walked.totals[:, :, row]
    assert np.array_equal(cells[..., :2], naive.cells[..., :2])
    np.testing.assert_allclose(cells[..., 2:], naive.cells[..., 2:], rtol=1e-9, atol=1e-9)
    if not masked:
        np.testing.assert_allclose(totals[..., :2], naive.totals[..., :2], rtol=1e-9, atol=1e-9)
        assert np.array_equal(totals[..., 2], naive.totals[..., 2])
        assert totals[..., 3].sum() // 2**26 == naive.dropped
        np.testing.assert_allclose(walked.daily[row], naive.daily, rtol=1e-9, atol=1e-9)


def nothing(_: int) -> None:
    """Advance that tells nobody."""


class Threads:
    """Executor of so many threads."""

    def __init__(self, count: int) -> None:
        self.count = count

    def map(self, task: Callable[[Any], Any], units: Sequence[Any]) -> Iterator[Any]:
        with ThreadPoolExecutor(self.count) as pool:
            yield from pool.map(task, units)


class Shelf:
    """Keeper in memory; `walked` counts units that had to be walked."""

    def __init__(self) -> None:
        self.units: dict[int, UnitScores] = {}
        self.walked = 0

    def recall(self, unit: int) -> UnitScores | None:
        return self.units.get(unit)

    def keep(self, unit: int, unit_scores: UnitScores, walked: Walked) -> None:
        self.units[unit] = unit_scores
        self.walked += len(walked.numbers) > 0


class Count:
    """Watch that adds up what it is told, stage by stage."""

    def __init__(self) -> None:
        self.totals: list[int] = []
        self.done: list[int] = []

    def stage(self, name: str, total: int) -> None:
        self.totals.append(total)
        self.done.append(0)

    def advance(self, amount: int) -> None:
        self.done[-1] += amount


def search(universe: Universe, space: Space = COIN_SPACE, threads: int = 1, **options: Any) -> SearchResult:
    return run_search(universe, space, Threads(threads), Shelf(), Count(), **options)


def digest(value: Any) -> str:
    """SHA-256 over every number of a result, however deep."""
    hashed = hashlib.sha256()
    for part in _parts(value):
        hashed.update(part)
    return hashed.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    if isinstance(value, np.ndarray):
        yield f"{value.dtype}{value.shape}".encode()
        yield value.tobytes()
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield field.name.encode()
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, Features):
        yield from _parts(value.bars)
    else:
        yield repr(value).encode()
