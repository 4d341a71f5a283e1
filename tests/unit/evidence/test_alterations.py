"""Altered markets: a mirrored bar by hand, what every alteration leaves as it was, and who trades places with whom."""

from collections.abc import Sequence

import numpy as np
import pytest

from tradewind.evidence.alterations import BLOCK_BARS, Alteration, Moves, altered
from tradewind.evidence.market import SimulationSettings, simulate
from tradewind.model.bars import Bars
from tradewind.model.time import MINUTE_MS

PRICES = ("open", "high", "low", "close")
EVERY = list(Alteration)


def bars_of(rows: Sequence[tuple[float, float, float, float]], minutes: Sequence[int], symbol: str = "BTC") -> Bars:
    table = np.array(rows, np.float64)
    return Bars(
        venue="test",
        symbol=f"{symbol}/USDT",
        timeframe="1m",
        ts=np.array(minutes, np.int64) * MINUTE_MS,
        volume=np.array(minutes, np.float64) + 0.5,
        **{name: table[:, column] for column, name in enumerate(PRICES)},
    )


def market(days: int = 1, symbols: int = 2) -> tuple[Bars, ...]:
    """A simulated market whose symbols come, go and have holes of their own."""
    names = tuple(f"{coin}/USDT:USDT" for coin in ("BTC", "ETH", "SOL")[:symbols])
    whole = simulate(SimulationSettings(symbols=names, days=days, seed=3)).bars
    out = []
    for number, one in enumerate(whole):
        keep = np.ones(len(one), np.bool_)
        keep[: 200 * number] = False
        keep[700 + 11 * number : 720 + 13 * number] = False
        keep[len(one) - 90 * number :] = False
        columns = {name: getattr(one, name)[keep] for name in ("ts", *PRICES, "volume")}
        out.append(Bars(venue=one.venue, symbol=one.symbol, timeframe=one.timeframe, **columns))
    return tuple(out)


def close_moves(bars: Bars) -> np.ndarray:
    return np.diff(np.log(bars.close))


def mirrored_at(real: Bars, made: Bars) -> np.ndarray:
    """-1, 0 or 1 a bar but the first: the sign its move was given, 0 where it did not move."""
    was, now = close_moves(real), close_moves(made)
    np.testing.assert_allclose(np.abs(now), np.abs(was), rtol=0, atol=1e-11)
    return np.where(np.abs(was) < 1e-9, 0, np.sign(was * now)).astype(int)


def test_a_mirrored_bar_is_the_close_before_times_the_inverse_of_its_moves() -> None:
    bars = bars_of([(100, 101, 99, 100), (100.5, 104, 98, 102)], [0, 1])
    seen = set()
    for seed in range(40):
        (made,) = altered([bars], Alteration.FLIP, seed)
        before = made.close[0]
        moves = tuple(np.round([getattr(made, name)[1] / before for name in PRICES], 12).tolist())
        seen.add(moves)
    up = (1.005, 1.04, 0.98, 1.02)
    down = (1 / 1.005, 1 / 0.98, 1 / 1.04, 1 / 1.02)
    assert seen == {tuple(np.round(up, 12).tolist()), tuple(np.round(down, 12).tolist())}


def test_the_first_bar_is_mirrored_against_its_own_open() -> None:
    bars = bars_of([(100, 110, 95, 105), (105, 106, 104, 105)], [0, 1])
    rows = {tuple(np.round([getattr(altered([bars], Alteration.FLIP, seed)[0], p)[0] for p in PRICES], 9).tolist())
            for seed in range(20)}  # fmt: skip
    down = tuple(np.round([100, 100 * 100 / 95, 100 * 100 / 110, 100 * 100 / 105], 9).tolist())
    assert rows == {(100.0, 110.0, 95.0, 105.0), down}


def test_all_symbols_turn_at_the_same_time() -> None:
    bars = market()
    made = altered(bars, Alteration.FLIP, 8)
    sign_at: dict[int, set[int]] = {}
    for real, flipped in zip(bars, made, strict=True):
        for ts, sign in zip(real.ts[1:].tolist(), mirrored_at(real, flipped).tolist(), strict=True):
            sign_at.setdefault(ts, set()).add(sign)
    both = [signs - {0} for signs in sign_at.values()]
    assert all(len(signs) <= 1 for signs in both)
    share = np.mean([signs == {-1} for signs in both if signs])
    assert abs(share - 0.5) < 4 * 0.5 / len(both) ** 0.5


def test_a_flip_leaves_volume_times_and_the_size_of_every_bar() -> None:
    for real, made in zip(market(), altered(market(), Alteration.FLIP, 5), strict=True):
        assert np.array_equal(made.ts, real.ts)
        assert np.array_equal(made.volume, real.volume)
        np.testing.assert_allclose(np.log(made.high / made.low), np.log(real.high / real.low), rtol=0, atol=1e-11)


@pytest.mark.parametrize("alteration", EVERY)
def test_gaps_and_listings_stay_where_they_are(alteration: Alteration) -> None:
    bars = market()
    for real, made in zip(bars, altered(bars, alteration, 2), strict=True):
        assert np.array_equal(made.ts, real.ts)
        assert (made.symbol, made.venue, made.timeframe) == (real.symbol, real.venue, real.timeframe)
        assert made.open[0] == pytest.approx(real.open[0], rel=1e-12)


@pytest.mark.parametrize("alteration", EVERY)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_market(alteration: Alteration) -> None:
    bars = market()
    hashes = [tuple(one.content_hash() for one in altered(bars, alteration, seed)) for seed in (1, 1, 2)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_unaltered_bars_are_the_original_but_for_rounding() -> None:
    for real, made in zip(market(), Moves.of(market()).unaltered(), strict=True):
        for name in (*PRICES, "volume"):
            np.testing.assert_allclose(getattr(made, name), getattr(real, name), rtol=1e-12, atol=0)


def rows_taken(real: Bars, made: Bars) -> np.ndarray:
    """Which bar of the real market stands at each place, told by its volume, and that its shape came with it."""
    order = np.argsort(real.volume)
    rows = order[np.searchsorted(real.volume, made.volume, sorter=order)]
    assert np.array_equal(real.volume[rows], made.volume)
    sizes = np.log(real.high / real.low)
    np.testing.assert_allclose(np.log(made.high / made.low), sizes[rows], rtol=0, atol=1e-11)
    before = np.concatenate([real.open[:1], real.close[:-1]])
    again = np.concatenate([made.open[:1], made.close[:-1]])
    np.testing.assert_allclose(made.close / again, (real.close / before)[rows], rtol=1e-11)
    return rows


def numbered(bars: Sequence[Bars]) -> tuple[Bars, ...]:
    """The same bars, each with a volume of its own."""
    columns = ("ts", *PRICES)
    return tuple(
        Bars(
            venue=one.venue,
            symbol=one.symbol,
            timeframe=one.timeframe,
            volume=np.arange(len(one)) + 1.0,
            **{name: getattr(one, name) for name in columns},
        )
        for one in bars
    )


@pytest.mark.parametrize("alteration", [Alteration.SHUFFLE, Alteration.BLOCKS])
def test_bars_move_whole_together_and_only_among_times_at_which_the_same_symbols_exist(
    alteration: Alteration,
) -> None:
    bars = numbered(market(symbols=3))
    made = altered(bars, alteration, 4)
    stamps = [set(one.ts.tolist()) for one in bars]
    source_of: dict[int, int] = {}
    for real, other in zip(bars, made, strict=True):
        for ts, source in zip(real.ts.tolist(), real.ts[rows_taken(real, other)].tolist(), strict=True):
            assert source_of.setdefault(ts, source) == source
    present = {ts: frozenset(n for n, own in enumerate(stamps) if ts in own) for ts in source_of}
    assert all(present[ts] == present[source] for ts, source in source_of.items())
    # Nothing crosses a listing or a delisting.
    edges = sorted({int(one.ts[0]) for one in bars} | {int(one.ts[-1]) + 1 for one in bars})
    span = {ts: int(np.searchsorted(edges, ts, side="right")) for ts in source_of}
    assert all(span[ts] == span[source] for ts, source in source_of.items())
    assert np.mean([ts != source for ts, source in source_of.items()]) > 0.9


def test_a_shuffle_is_made_of_the_same_bars_each_once() -> None:
    bars = numbered(market())
    for real, made in zip(bars, altered(bars, Alteration.SHUFFLE, 7), strict=True):
        assert np.array_equal(np.sort(rows_taken(real, made)), np.arange(len(real)))
        assert made.close[-1] == pytest.approx(real.close[-1], rel=1e-10)


def test_blocks_are_runs_of_an_hour_on_average() -> None:
    (bars,) = numbered(market(days=5, symbols=1))
    starts = []
    for seed in range(20):
        rows = rows_taken(bars, altered([bars], Alteration.BLOCKS, seed)[0])
        starts.append(np.count_nonzero(np.diff(rows) != 1) / len(bars))
    # The geometric law: a bar begins a run with chance 1/60; 20 × 7,160 bars, four standard errors.
    assert np.mean(starts) == pytest.approx(1 / BLOCK_BARS, abs=4 * (1 / 60 * 59 / 60 / (20 * 7160)) ** 0.5 + 1e-3)


@pytest.mark.parametrize("alteration", EVERY)
def test_a_market_of_one_bar_stays_as_it_is_or_is_mirrored(alteration: Alteration) -> None:
    bars = bars_of([(100, 110, 95, 105)], [7])
    (made,) = altered([bars], alteration, 1)
    assert (made.open[0], made.volume[0]) == (pytest.approx(100), 7.5)
