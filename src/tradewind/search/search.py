"""The whole search: both passes, the choices of every window, the procedure record, and its accounts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tradewind.features.features import Features
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.errors import SearchInconsistent
from tradewind.model.ports import Executor
from tradewind.search.cells import Advance, Walked, walk_listed, walk_masked, walk_unmasked
from tradewind.search.listed import UNIT_LISTED, unit_size
from tradewind.search.prepare import Prepared
from tradewind.search.procedure import ANY, Choice, Record, walk_procedure
from tradewind.search.recorded import replay_configuration, sums_of
from tradewind.search.scoring import (
    R2,
    TRADES,
    WINS,
    Candidates,
    OutOfSample,
    R,
    Shortlist,
    StaticChoice,
    Weights,
    candidates_of,
    merge_shortlists,
    merge_static,
    shortlist_of,
    static_choice,
)
from tradewind.search.selection import (
    MaskedSums,
    MaskedUnit,
    Specialist,
    able_signals,
    choose,
    contested,
    masked_sums,
    masked_unit,
    signals_given,
    static_contested,
    wanted_by,
)
from tradewind.search.space import Space
from tradewind.search.universe import Mask, Universe
from tradewind.stats import scores

UNIT_PLANS = 16  # plans walked together: enough to pay for the signal tables, few enough to lose little on Ctrl-C
UNIT_MASKED = 1 << 15  # walks under masks of one unit, at most
MANY_MASKED = 2048  # walks that take longer than the tables of four units
MUCH_A_BAR = 2  # bytes of cells of a configuration: adding them up then takes as long as the walk
UNIT_BYTES = 1 << 28  # of cells; where segments are short and many, fewer plans are walked together
REPLAYED_AT_RANDOM = 12
_Asked = tuple[int, Mask | None, FloatArray]  # a configuration, its mask, and its sums as the search has them
REPLAY_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class UnitScores:
    """What is kept of a unit of the first pass."""

    candidates: Candidates
    shortlist: Shortlist
    static: StaticChoice


class Keeper(Protocol):
    """Keeps finished units, so that an interrupted search goes on where it was; called from several threads."""

    def recall(self, unit: int) -> UnitScores | None:
        """Scores of a unit finished before, or None."""
        ...

    def keep(self, unit: int, unit_scores: UnitScores, walked: Walked) -> None:
        """Store a finished unit."""
        ...


class Watch(Protocol):
    """Told of work done, in bars × configurations; `advance` raises to stop."""

    def stage(self, name: str, total: int) -> None: ...
    def advance(self, amount: int) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class SearchResult:
    """Everything a search found.

    `window_specialists` and `window_static` are the choices of each window on its in-sample part; `specialists` are
    the final ones of every detector (detectors × labels) on the candidate table's period, `static_number` likewise
    (-1: stands aside). `switch` and `static` are the procedure records, `overfit_ratio` that of the switch.
    """

    candidates: Candidates
    weights: Weights
    ranking: np.ndarray[tuple[int], np.dtype[np.int64]]
    window_specialists: tuple[tuple[Specialist, ...], ...]
    window_static: tuple[int, ...]
    specialists: tuple[tuple[Specialist, ...], ...]
    static_number: int
    switch: Record
    static: Record
    switch_choices: tuple[Choice, ...]
    static_choices: tuple[Choice, ...]
    overfit_ratio: float
    masked_walks: int
    replayed: int


def run_search(
    universe: Universe,
    space: Space,
    executor: Executor,
    keeper: Keeper,
    watch: Watch,
    *,
    exact_masks: bool = False,
    seed: int = 0,
) -> SearchResult:
    """Search the whole space; the same bytes for any executor. Raises SearchInconsistent where accounts don't add up.

    `exact_masks` walks every configuration under every mask instead of the shortlists. `seed` picks the configurations
    that are replayed as a check.
    """
    weights, given = Weights.of(universe), signals_given(universe, space)
    able = able_signals(given)
    periods, static_windows = contested(able), static_contested(given, universe, space, weights)
    watch.stage("walk every configuration", universe.bars * len(space))
    together = numbers_together(universe, space)
    units = [range(first, min(first + together, len(space))) for first in range(0, len(space), together)]

    def first_pass(numbered: tuple[int, range]) -> UnitScores:
        return _score_unit(universe, space, weights, periods, static_windows, numbered, keeper, watch.advance)

    found = _merged(iter(executor.map(first_pass, list(enumerate(units)))))
    if not np.array_equal(found.candidates.numbers, np.arange(len(space))):
        raise SearchInconsistent("not every configuration was walked exactly once", "Run the search again")
    columns = universe.columns
    if exact_masks:
        wanted = [(mask, number) for mask in columns.masks for number in range(len(space))]
    else:
        wanted = wanted_by(found.shortlist, columns, able, space)
    masked = _second_pass(universe, space, wanted, periods, executor, watch)
    shortlist = None if exact_masks else found.shortlist
    return _chosen(universe, space, found.candidates, weights, masked, shortlist, found.static, executor, seed)


def _merged(parts: Iterator[UnitScores]) -> UnitScores:
    """Scores of all units, given in order of configuration number, as one.

    Shortlists are merged as they come: all of them together would grow with the number of configurations.
    """
    first = next(parts, None)
    assert first is not None, "a search has at least one unit"
    shortlist, tables, statics = first.shortlist, [first.candidates], [first.static]
    for part in parts:
        shortlist = merge_shortlists([shortlist, part.shortlist])
        tables.append(part.candidates)
        statics.append(part.static)
    return UnitScores(tables[0].merged(tables[1:]), shortlist, merge_static(statics))


def plans_together(universe: Universe, space: Space) -> int:
    """Plans of one unit of a grid: as many as its cells leave room for, at least one.

    Units are alike and even in number, so that two threads are done with them at the same time; four at least where
    cells cost more than the tables of a unit: near levels make more trades than far ones.
    """
    most = max(1, min(UNIT_PLANS, UNIT_BYTES // (_cell_bytes(universe) * space.signals)))
    fewest = 2 if _cell_bytes(universe) > MUCH_A_BAR * universe.bars else 1
    pairs = max(fewest, -(-space.plans // (2 * most)))
    return most if space.plans <= most else -(-space.plans // (2 * pairs))


def numbers_together(universe: Universe, space: Space) -> int:
    """Configurations of one unit; of a grid whole plans."""
    if space.factors:
        return space.signals * plans_together(universe, space)
    return unit_size(len(space), max(1, min(UNIT_LISTED, UNIT_BYTES // _cell_bytes(universe))))


def _cell_bytes(universe: Universe) -> int:
    return universe.segmentation.segments * 2 * universe.columns.count * 5 * 8


def _score_unit(
    universe: Universe,
    space: Space,
    weights: Weights,
    periods: IntArray,
    static_windows: IntArray,
    numbered: tuple[int, range],
    keeper: Keeper,
    advance: Advance,
) -> UnitScores:
    unit, numbers = numbered
    kept = keeper.recall(unit)
    if kept is not None:
        advance(universe.bars * len(kept.candidates.numbers))
        return kept
    if space.factors:
        plans = range(numbers.start // space.signals, numbers.stop // space.signals)
        walked = walk_unmasked(universe, space, plans, advance)
    else:
        walked = walk_listed(universe, space, numbers, advance)
    outside = OutOfSample.of(walked, universe.segmentation)
    candidates = candidates_of(walked, outside, universe, weights)
    unit_scores = UnitScores(
        candidates,
        shortlist_of(walked, outside, universe.segmentation, periods),
        static_choice(walked, universe, weights, candidates, static_windows),
    )
    keeper.keep(unit, unit_scores, walked)
    return unit_scores


def _second_pass(
    universe: Universe,
    space: Space,
    wanted: Sequence[tuple[Mask, int]],
    periods: IntArray,
    executor: Executor,
    watch: Watch,
) -> MaskedSums:
    watch.stage("walk the shortlists under each regime", universe.bars * len(wanted))
    ordered = sorted(wanted, key=lambda pair: pair[1])
    # Units alike and even in number, whatever part of the shortlists each plan has; few where tables cost the most.
    most = max(1, min(UNIT_MASKED, UNIT_BYTES // (universe.segmentation.segments * 2 * 5 * 8)))
    fewest = 2 if len(ordered) > MANY_MASKED else 1
    size = -(-len(ordered) // (2 * max(fewest, -(-len(ordered) // (2 * most)))))
    units = [ordered[first : first + size] for first in range(0, len(ordered), size or 1)]

    def walk(unit: Sequence[tuple[Mask, int]]) -> MaskedUnit:
        order, walked = walk_masked(universe, space, unit, watch.advance)
        return masked_unit(unit, order, walked, universe.segmentation, periods)

    parts = list(executor.map(walk, units))
    return masked_sums(parts, periods, len(universe.segmentation.windows), universe.columns, len(space))


def _chosen(
    universe: Universe,
    space: Space,
    candidates: Candidates,
    weights: Weights,
    masked: MaskedSums,
    shortlist: Shortlist | None,
    static: StaticChoice,
    executor: Executor,
    seed: int,
) -> SearchResult:
    columns = universe.columns
    periods = range(len(universe.segmentation.windows))
    per_window = tuple(choose(masked, shortlist, columns, p, 0) for p in periods)
    test = len(periods)
    final = tuple(choose(masked, shortlist, columns, test, d) for d in range(len(columns.names)))
    # A static baseline that loses in sample stands aside, as a regime does: see docs/decisions.
    static_numbers = [
        int(n) if n >= 0 and edge > 0 else -1 for n, edge in zip(static.number, static.robust_edge, strict=True)
    ]
    switch_choices = tuple({s.mask.label: s.number for s in row if s.number >= 0} for row in per_window)
    static_choices: tuple[Choice, ...] = tuple({ANY: n} if n >= 0 else {} for n in static_numbers[:-1])
    switch, unswitched = executor.map(
        lambda choices: walk_procedure(universe, space, choices), [switch_choices, static_choices]
    )
    traded = [s for row in per_window for s in row if s.number >= 0]
    in_r, in_n = sum(s.mean_r * s.trades for s in traded), sum(s.trades for s in traded)
    ranking = scores.rank(
        candidates.robust_edge, candidates.stability, candidates.cells[..., TRADES].sum(-1), candidates.eligible
    )
    replayed = _replay_finalists(universe, space, candidates, masked, final, ranking, executor, seed)
    return SearchResult(
        candidates=candidates,
        weights=weights,
        ranking=ranking,
        window_specialists=per_window,
        window_static=tuple(static_numbers[:-1]),
        specialists=final,
        static_number=static_numbers[-1],
        switch=switch,
        static=unswitched,
        switch_choices=switch_choices,
        static_choices=static_choices,
        overfit_ratio=scores.overfit_ratio(float(switch.joined("r").sum()), switch.count, in_r, in_n),
        masked_walks=len(masked.test),
        replayed=replayed,
    )


def _replay_finalists(
    universe: Universe,
    space: Space,
    candidates: Candidates,
    masked: MaskedSums,
    final: Sequence[Sequence[Specialist]],
    ranking: np.ndarray[tuple[int], np.dtype[np.int64]],
    executor: Executor,
    seed: int,
) -> int:
    """Walk finalists and a random sample trade by trade and compare with their sums; returns how many were compared."""
    sample = np.random.default_rng(seed).choice(len(space), min(REPLAYED_AT_RANDOM, len(space)), replace=False)
    unmasked = sorted({*ranking[:3].tolist(), *sample.tolist()})
    chosen = [s for row in final for s in row if not s.stands_aside]
    rows = [masked.row_of[universe.columns.of(*s.mask), s.number] for s in chosen]
    asked: list[_Asked] = [(n, None, candidates.overall[n]) for n in unmasked]
    asked += [(s.number, s.mask, masked.test[row]) for s, row in zip(chosen, rows, strict=True)]
    # Those of one ATR one after the other, so that it is made once a symbol.
    groups: dict[int | None, list[int]] = {}
    for place, (number, _, _) in enumerate(asked):
        groups.setdefault(space.strategy_at(number).plan.atr_period, []).append(place)
    tasks = [(one, group) for one in universe.symbols for group in groups.values()]

    def replay(task: tuple[Prepared, Sequence[int]]) -> list[FloatArray]:
        one, group = task
        source = Features(one.bars)
        return [_tested_sums(universe, space, one, asked[place], source) for place in group]

    totals = np.zeros((len(asked), 5))
    for (_, group), sums in zip(tasks, executor.map(replay, tasks), strict=True):
        totals[group] += sums
    for (number, _, expected), total in zip(asked, totals, strict=True):
        _compare(number, total, expected)
    return len(asked)


def _tested_sums(universe: Universe, space: Space, one: Prepared, asked: _Asked, source: Features) -> FloatArray:
    """Sums over the test days of a configuration on one symbol, from its trades."""
    number, mask, _ = asked
    trades = replay_configuration(one, space, number, mask, source)
    return np.asarray(sums_of(trades)[universe.segmentation.test_days[one.day[trades.signal]], :5].sum(axis=0))


def _compare(number: int, total: FloatArray, expected: FloatArray) -> None:
    # Rounding of ΣR grows with Σ|R|, which is at most the mean of trades and ΣR².
    size = max(1.0, total[TRADES], total[R2])
    counts = [TRADES, WINS]
    if np.any(total[counts] != expected[counts]) or np.any(np.abs(total - expected) > REPLAY_TOLERANCE * size):
        raise SearchInconsistent(
            f"configuration {number} replayed trade by trade has {total[TRADES]:.0f} trades and {total[R]:.9f} R, "
            f"the search counted {expected[TRADES]:.0f} and {expected[R]:.9f}",
            "This is a defect of the program: report it with the preset and the data",
        )
