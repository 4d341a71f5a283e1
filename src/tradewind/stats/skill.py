"""How likely a Sharpe ratio is skill: against a benchmark, against the best of many lucky trials, and how soon.

Every Sharpe ratio here is per observation, never annualised: a ratio per day goes with a number of days.
"""

import math
from statistics import NormalDist

from tradewind.stats.sharpe import sharpe_standard_error
from tradewind.stats.trials import expected_best_of


def probabilistic_sharpe(sharpe: float, benchmark: float, days: int, skew: float, kurtosis: float) -> float:
    """Probability that the true Sharpe ratio is above `benchmark`, given the one that was measured.

    `sharpe` and `benchmark` are per day, not annualised (or per whatever `days` counts); `kurtosis` is 3 for a normal.
    NaN in gives NaN. Raises ValueError under two days and for a kurtosis that is not raw (see
    `sharpe_standard_error`).

    Source: Bailey and Lopez de Prado (2012), The Sharpe ratio efficient frontier.
    """
    error = sharpe_standard_error(sharpe, days, skew, kurtosis)
    distance = sharpe - benchmark
    if error == 0.0:
        return 0.5 if distance == 0 else float(distance > 0)
    return NormalDist().cdf(distance / error)


def sharpe_of_luck(trials: float, trial_spread: float) -> float:
    """The Sharpe ratio that the best of `trials` worthless ones is expected to show: SR₀ of the deflated ratio.

    `trial_spread` is the standard deviation of the Sharpe ratios across the trials; the result is in its unit, per day
    where that is per day. `trials` need not be whole, for an effective number. Raises ValueError below two trials or
    for a spread that is negative.

    Source: Bailey and Lopez de Prado (2014), The Deflated Sharpe Ratio.
    """
    if trial_spread < 0:
        raise ValueError("the spread of trials is a standard deviation, which is not negative")
    return trial_spread * expected_best_of(trials)


def deflated_sharpe(
    sharpe: float, trials: float, trial_spread: float, days: int, skew: float, kurtosis: float
) -> float:
    """Probability that a Sharpe ratio this good is more than the best of `trials` lucky ones.

    `sharpe` and `trial_spread` (standard deviation across trials) are per day, not annualised; `trials` is every
    trial that was made, not those that are shown; `kurtosis` is 3 for a normal. NaN in gives NaN. Raises ValueError
    below two trials (one needs no deflation), under two days and for a kurtosis that is not raw.

    Source: Bailey and Lopez de Prado (2014), The Deflated Sharpe Ratio.
    """
    return probabilistic_sharpe(sharpe, sharpe_of_luck(trials, trial_spread), days, skew, kurtosis)


def minimum_track_record_days(
    sharpe: float, benchmark: float, skew: float, kurtosis: float, confidence: float = 0.95
) -> float:
    """Days a record must have before a Sharpe ratio like this is above `benchmark` with `confidence`; not rounded.

    `sharpe` and `benchmark` are per day (the result counts whatever they are per); `kurtosis` is 3 for a normal.
    Infinite where the ratio is not above the benchmark; NaN in gives NaN. Raises ValueError for a confidence outside
    (0, 1) and for a kurtosis that is not raw.

    Source: Bailey and Lopez de Prado (2012), The Sharpe ratio efficient frontier, minimum track record length.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence of {confidence} is not between 0 and 1")
    # The variance of an estimate is this over n − 1, so that of two days is it itself.
    variance = sharpe_standard_error(sharpe, 2, skew, kurtosis) ** 2
    if sharpe <= benchmark:
        return math.inf
    return 1.0 + variance * (NormalDist().inv_cdf(confidence) / (sharpe - benchmark)) ** 2
