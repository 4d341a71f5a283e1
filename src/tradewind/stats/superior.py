"""Is the best of many ways of trading better than a benchmark, the choice among them allowed for?"""

# ruff: noqa: PLC0415 - arch loads pandas, statsmodels and scipy.stats: a second of CPU, for those who need it

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_CONSTANT = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperiorAbility:
    """How likely a best configuration this good is if none beats the benchmark; small is evidence of skill.

    `consistent` is Hansen's p-value, `lower` and `upper` its bounds, `reality_check` White's. `competing` counts the
    configurations that ever differ from the benchmark; where none does all p-values are 1.
    """

    consistent: float
    lower: float
    upper: float
    reality_check: float
    competing: int


def superior_ability(
    daily_returns: npt.ArrayLike,
    benchmark: npt.ArrayLike,
    *,
    block_days: int,
    seed: int,
    resamples: int = 1000,
) -> SuperiorAbility:
    """Test of superior predictive ability and reality check of the mean daily return against a benchmark's.

    `daily_returns` is configurations × days, `benchmark` one value per day (zeros: against not trading), both log
    returns, days without trades as zeros. `block_days` is the mean length of a block of the stationary bootstrap. Same
    seed, same p-values. A configuration that always does the same as the benchmark does not compete. Each resample
    copies all returns: hand over hundreds of configurations rather than thousands.

    Raises ValueError for shapes that do not match, values that are not finite, or a block that is not within the
    series.

    Source: Hansen (2005), A test for superior predictive ability; White (2000), A reality check for data snooping.
    Both as implemented in `arch`, which compares losses: it is given negated returns. For Hansen's test each difference
    is first divided by its standard deviation (his is that of its mean, which blocks make a little different); the
    reality check is the upper bound of differences as they are.
    """
    returns, against = np.asarray(daily_returns, np.float64), np.asarray(benchmark, np.float64)
    if returns.ndim != 2 or against.shape != returns.shape[1:]:
        raise ValueError("returns are configurations × days, and a benchmark has one value for each of the days")
    if not (np.isfinite(returns).all() and np.isfinite(against).all()):
        raise ValueError("daily returns must be finite numbers")
    if not 1 <= block_days <= max(len(against), 1):
        raise ValueError(f"a block of {block_days} days does not fit into {len(against)} days")
    difference = returns - against
    # Where the difference never varies there is nothing to studentise by.
    varies = np.ptp(difference, axis=1) > _CONSTANT * np.abs(difference).max(axis=1, initial=0.0)
    if not varies.any():
        return SuperiorAbility(consistent=1.0, lower=1.0, upper=1.0, reality_check=1.0, competing=0)
    from arch.bootstrap import SPA

    losses = -np.ascontiguousarray(difference[varies].T)
    found: list[Any] = []
    # `studentize` of arch leaves the compared means as they are, so the scaled ones are handed over.
    for models in (losses / losses.std(axis=0), losses):
        test: Any = SPA(np.zeros(len(against)), models, block_size=block_days, reps=resamples, seed=seed)
        test.compute()
        found.append(test.pvalues)
    return SuperiorAbility(
        consistent=float(found[0]["consistent"]),
        lower=float(found[0]["lower"]),
        upper=float(found[0]["upper"]),
        reality_check=float(found[1]["upper"]),
        competing=int(varies.sum()),
    )
