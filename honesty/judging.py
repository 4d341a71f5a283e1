"""Is what came out honest: uniform p-values, few promises on noise, edges found, intervals that hold what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from honesty.markets import STORM_REGIME

from tradewind.evidence.verdict import Evidence, verdict
from tradewind.stats.intervals import wilson_interval

Outcome = Mapping[str, Any]
BINS = 10
DRAWS = 20_000
# Fixed before the first run. Seeds are fixed too, so a test that passes once passes always, until the code changes.
UNIFORM_MIN = 0.001
NAMED_MAX = 0.10  # corrected p-value at which a regime's specialist counts as named
FOUND_MIN = 0.80
PROMISING_MAX = 0.05
STATED = 0.95
COVERAGE_CONFIDENCE = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many of so many, with the 95 % interval of the true share."""

    hits: int
    count: int

    @property
    def share(self) -> float:
        return self.hits / self.count if self.count else float("nan")

    def bounds(self, confidence: float = 0.95) -> tuple[float, float]:
        low, high = wilson_interval(self.hits, self.count, confidence)
        return float(low), float(high)

    def __str__(self) -> str:
        low, high = self.bounds()
        return f"{self.hits} of {self.count} ({low:.0%} to {high:.0%})"


def rate_of(hits: Sequence[bool]) -> Rate:
    """The share of true ones."""
    return Rate(hits=sum(hits), count=len(hits))


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniformity:
    """p-values in ten bins, the chi-square distance from equal ones, and how likely so large a one is by chance."""

    counts: tuple[int, ...]
    chi_square: float
    p: float

    @property
    def passed(self) -> bool:
        return self.p >= UNIFORM_MIN


def uniformity(p_values: Sequence[float], alterations: int, bins: int = BINS) -> Uniformity:
    """How far p-values in steps of 1/(alterations + 1) are from uniform.

    Each bin holds the same number of steps, so that it is as likely as any other; ValueError where that cannot be.
    The chance is counted over 20,000 seeded draws of as many p-values rather than read off the chi-square law, which
    is rough where a bin expects few.

    Source: Pearson (1900) for the distance.
    """
    steps = alterations + 1
    if steps % bins:
        raise ValueError(f"{steps} steps do not fill {bins} bins alike")
    place = np.rint(np.asarray(p_values) * steps).astype(np.int64) - 1
    counts = np.bincount(place * bins // steps, minlength=bins)
    drawn = np.random.default_rng(0).multinomial(len(place), np.full(bins, 1 / bins), DRAWS)
    distance, by_chance = _distance(counts[np.newaxis])[0], _distance(drawn)
    p = (1 + np.count_nonzero(by_chance >= distance * (1 - 1e-9))) / (1 + DRAWS)
    return Uniformity(counts=tuple(counts.tolist()), chi_square=float(distance), p=float(p))


def _distance(counts: np.ndarray) -> np.ndarray:
    expected = counts.sum(axis=1, keepdims=True) / counts.shape[1]
    return np.asarray((np.square(counts - expected) / np.maximum(expected, 1e-300)).sum(axis=1))


def named(outcome: Outcome) -> set[str]:
    """Regimes with a specialist that the luck test believes, corrected for having looked at all regimes."""
    corrected = dict(zip(outcome["regimes"], outcome["corrected"], strict=True))
    return {regime for regime in outcome["named"] if corrected[regime] <= NAMED_MAX}


def found(outcome: Outcome) -> bool:
    """Whether the regime that holds the edge is named."""
    return STORM_REGIME in named(outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often the 95 % interval of a mean holds the true mean, which is the mean over all markets."""

    rate: Rate
    truth: float
    truth_error: float
    below: int
    above: int
    width: float
    days: int

    @property
    def passed(self) -> bool:
        low, high = self.rate.bounds(COVERAGE_CONFIDENCE)
        return low <= STATED <= high


def coverage(outcomes: Sequence[Outcome], name: str) -> Coverage:
    """Coverage of one comparison's interval over independent markets of one kind."""
    means = np.array([one[name]["mean"] for one in outcomes])
    low, high = (np.array([one[name][side] for one in outcomes]) for side in ("low", "high"))
    truth = float(means.mean())
    known = np.isfinite(low)
    return Coverage(
        rate=Rate(hits=int(((low <= truth) & (truth <= high)).sum()), count=int(known.sum())),
        truth=truth,
        truth_error=float(means.std(ddof=1) / np.sqrt(len(means))),
        below=int((high < truth).sum()),
        above=int((low > truth).sum()),
        width=float(np.mean((high - low)[known])),
        days=int(outcomes[0][name]["days"]),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was asked for: what, what came out, and whether that is enough (None: not tried)."""

    asked: str
    came: str
    passed: bool | None


def marks_met(outcome: Outcome) -> dict[str, bool]:
    """By kind of evidence, whether what was found of a market meets the mark for promising; the luck test aside."""
    return {reason.name: bool(reason.passed) for reason in verdict(Evidence(**outcome["evidence"])).reasons}


def verdict_name(outcome: Outcome, luck: float) -> str:
    """The verdict on a market, from what was found of it and the p-value of its luck test."""
    return verdict(Evidence(**outcome["evidence"] | {"luck": luck})).name
