"""Optuna's tree-structured Parzen estimator as a proposer of configurations."""

import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tradewind.search.listed import Setting
from tradewind.search.methods import Dimension

if TYPE_CHECKING:
    import optuna

NOT_ELIGIBLE = -1e9  # the estimator orders scores, so any number below all others says "worst"


class ParzenProposer:
    """Proposes by Optuna's TPE sampler, seeded: the same scores bring the same proposals.

    A batch is asked for before any of it is judged; proposals under way count as bad ones (`constant_liar`), as
    Optuna's documentation recommends, so that they keep apart. The first `start` proposals are drawn evenly.
    """

    def __init__(self, dimensions: Sequence[Dimension], seed: int, start: int) -> None:
        import optuna  # noqa: PLC0415 - takes a second, and few searches need it

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with warnings.catch_warnings():
            # It calls the option experimental; its results are tested here.
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=start, constant_liar=True)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._dimensions = tuple(dimensions)
        self._asked: list[optuna.Trial] = []

    def ask(self, count: int) -> Sequence[Setting]:
        """The next `count` configurations to try; they may repeat."""
        self._asked = []
        settings = []
        for _ in range(count):
            trial = self._study.ask()
            settings.append({one.name: _suggested(trial, one) for one in self._dimensions})
            self._asked.append(trial)
        return settings

    def tell(self, scores: Sequence[float]) -> None:
        """Scores of all that were last asked for, in order; higher is better, -inf is worse than any."""
        for trial, score in zip(self._asked, scores, strict=True):
            self._study.tell(trial, score if math.isfinite(score) else NOT_ELIGIBLE)


def _suggested(trial: "optuna.Trial", one: Dimension) -> Any:
    if not one.numeric:
        return trial.suggest_categorical(one.name, one.values)
    if one.whole:
        return trial.suggest_int(one.name, one.least, one.most)
    return one.value_of(trial.suggest_float(one.name, one.least, one.most))
