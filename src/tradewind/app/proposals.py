"""Which configurations a preset's search method tries, judged on the first window's in-sample part alone."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tradewind.adapters.run_store import FinishedRun
from tradewind.app.bayesian import ParzenProposer
from tradewind.app.settings import Preset
from tradewind.model.bars import Bars, FloatArray
from tradewind.model.ports import Executor
from tradewind.search.cells import walk_listed
from tradewind.search.listed import Listed, Setting, unit_size
from tradewind.search.methods import (
    coarse_lists,
    coarse_to_fine_settings,
    dimensions_of,
    proposed_settings,
    random_settings,
)
from tradewind.search.scoring import TRADES, R, Weights
from tradewind.search.search import Watch
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import Segmentation
from tradewind.stats import scores

Ready = Callable[[Sequence[Bars], Space, Segmentation], Universe]  # makes bars ready for a space, over these windows


def searched_space(
    preset: Preset, bars: Sequence[Bars], laid: Segmentation, ready: Ready, executor: Executor, watch: Watch
) -> Space:
    """The preset's whole grid, or the list of configurations that its search method comes to.

    The same for the same preset and bars before the first test. Raises BadSetting for a method that the space is too
    small or too large for.
    """
    space, asked = preset.space(), preset.search
    if asked.method == "grid":
        return space
    if asked.method == "random":
        return Listed.among(space, random_settings(space, asked.most_trials, asked.seed))
    if asked.method == "coarse_to_fine":
        coarse_lists(space, asked.most_trials)  # refused before anything is computed
    early = before_the_first_test(bars, laid)
    watch.stage("propose configurations", sum(len(one) for one in early) * asked.most_trials)

    def judge(settings: Sequence[Setting]) -> FloatArray:
        return scores_of(space, settings, lambda listed: ready(early, listed, laid), executor, watch)

    if asked.method == "coarse_to_fine":
        return Listed.among(space, coarse_to_fine_settings(space, asked.most_trials, judge))
    proposer = ParzenProposer(dimensions_of(space), asked.seed, asked.batch)
    return Listed.among(space, proposed_settings(proposer, asked.most_trials, asked.batch, judge))


def before_the_first_test(bars: Sequence[Bars], laid: Segmentation) -> list[Bars]:
    """Bars up to where the first window's test begins; symbols that were not there yet are left out."""
    first = laid.windows[0]
    early = [one.rows(0, laid.boundaries(one)[first.in_end]) for one in bars]
    return [one for one in early if len(one) > 1]


def scores_of(
    space: Space, settings: Sequence[Setting], ready: Callable[[Listed], Universe], executor: Executor, watch: Watch
) -> FloatArray:
    """Robust edge of each configuration over the first window's in-sample part, -inf for those not eligible."""
    listed = Listed.among(space, settings)
    universe = ready(listed)
    window, weights = universe.segmentation.windows[0], Weights.of(universe).in_sample[0]
    regimes = universe.columns.slice_of(0)

    def score(numbers: range) -> FloatArray:
        cells = walk_listed(universe, listed, numbers, watch.advance).cells[window.in_first : window.in_end]
        # The last tail is purged: its trades would reach into the test.
        sums = (cells[:, 0].sum(axis=0) + cells[:-1, 1].sum(axis=0))[:, regimes]
        edges = scores.robust_edge(sums[..., TRADES], sums[..., R], weights)
        return np.where(scores.eligible(sums[..., TRADES], weights), edges, -np.inf)

    size = unit_size(len(listed))
    units = [range(first, min(first + size, len(listed))) for first in range(0, len(listed), size)]
    by_number = np.concatenate(list(executor.map(score, units)))
    number_of = {_key(space, listed.searched_at(number)): number for number in range(len(listed))}
    return np.array([by_number[number_of[_key(space, one)]] for one in settings])


def space_of(run: FinishedRun, preset: Preset) -> Space:
    """The space whose configuration numbers a finished run names."""
    space = preset.space()
    if preset.search.method == "grid":
        return space
    table = run.table("candidates")
    columns = {name: table[name].to_pylist() for name in (*space.signal_values, *space.exit_values)}
    return Listed.among(space, [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)])


def _key(space: Space, setting: Setting) -> tuple[Any, ...]:
    return tuple(setting[name] for name in (*space.signal_values, *space.exit_values))
