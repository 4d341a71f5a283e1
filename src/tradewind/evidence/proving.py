"""Markets that tests of honesty are run on: nothing to find, or one edge in one regime, and the truth is exact."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradewind.evidence.market import GARCH_MEMORY, GARCH_SHOCK, MINUTES_PER_DAY, START_MS
from tradewind.kernels.market import clustered_variance, deviation_steps
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting
from tradewind.model.time import MINUTE_MS

FloatArray = npt.NDArray[np.float64]
StateArray = npt.NDArray[np.int8]

CALM, STORM = range(2)
SYMBOL = "BTC/USDT:USDT"
MINUTE_BP = 10.0  # deviation of a calm minute's log return
STORM_VOLATILITY = 3.0  # deviation of a storm's minute, in calm ones
CALM_MINUTES, STORM_MINUTES = 360.0, 90.0  # mean stays; they are geometric, so storms cover a fifth of the time
HALF_LIFE_BARS = 10.0
LEGS = 4  # parts of a minute whose ends are drawn before their extremes
FIRST_PRICE = 100.0
USUAL_VOLUME = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvingSettings:
    """One perpetual at 1m over `days`. Without `clusters` every minute is alike, with them calm and storm take turns.

    `edge` is the share of a storm's variance that comes back (0: nothing does). The same settings give the same bytes,
    and an edge of 0 the bytes of no edge. Raises BadSetting for days or seeds without meaning, a share outside [0, 1],
    and an edge where there are no storms to hold it.
    """

    days: int = 30
    seed: int = 1
    clusters: bool = True
    edge: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 3650:
            raise BadSetting(f"{self.days} days cannot be simulated", "Choose 1 to 3650 days")
        if self.seed < 0:
            raise BadSetting(f"seed {self.seed} is negative", "Choose a whole number from 0")
        if not 0 <= self.edge <= 1:
            raise BadSetting(f"an edge of {self.edge} is no share of variance", "Choose a number from 0 to 1")
        if self.edge and not self.clusters:
            raise BadSetting("the edge lives in storms, and this market has none", "Set clusters, or an edge of 0")


@dataclass(frozen=True, slots=True, eq=False)
class ProvingMarket:
    """Bars, and for each whether it lies in a calm (0) or a storm (1)."""

    settings: ProvingSettings
    bars: Bars
    states: StateArray


def proving_market(settings: ProvingSettings) -> ProvingMarket:
    """The market that `settings` describe.

    Without an edge log returns are drawn one by one from normals that are symmetric around zero. Their variance is
    constant, or follows storms and GARCH(1,1), which looks at squares only: so, given the size of every move, its
    direction is a toss of a coin that nothing before it tells anything about. The log price is a martingale, the price
    itself gains half a variance a bar (0.005 bp in calms, 0.045 bp in storms), and mirrored bars are as likely as the
    bars themselves, which is what the direction flip of the luck test asks for.

    With an edge a part of a storm's shocks goes into an Ornstein-Uhlenbeck deviation with a half-life of 10 bars, born
    at zero with the storm and left in the price when it ends; all other bars are as above.

    Prices are not rounded and every bar opens at the close before it, so that an open is a price at which one could
    deal and no tick gives a direction away. High and low are those of a continuous path: the ends of four legs of a
    Brownian bridge are drawn first, then the extremes of each leg by their exact law, independently of each other. A
    fill at a stop is then worth what stopping a martingale is worth. (Extremes of a path sampled at steps would not
    do: the price jumps beyond a stop that is filled at its level, and the overshoot is money for nothing.) Where a bar
    touches stop and target the stop is taken, so trading at no cost loses a little.
    """
    storms, noise, paths, volumes = np.random.default_rng(settings.seed).spawn(4)
    count = settings.days * MINUTES_PER_DAY
    states = _states(count, storms) if settings.clusters else np.zeros(count, np.int8)
    normals = noise.standard_normal(count)
    scale = MINUTE_BP * 1e-4 * np.where(states == STORM, STORM_VOLATILITY, 1.0)
    if settings.clusters:
        scale = scale * np.sqrt(clustered_variance(normals, GARCH_SHOCK, GARCH_MEMORY))
    share = np.where(states == STORM, settings.edge, 0.0)
    pull = np.log(2.0) / HALF_LIFE_BARS
    reverting = deviation_steps(states, STORM, scale * np.sqrt(share) * noise.standard_normal(count), pull)
    steps = scale * np.sqrt(1.0 - share) * normals + reverting
    opened, high, low, close = _prices(steps, scale, paths)
    volume = USUAL_VOLUME * scale / (MINUTE_BP * 1e-4) * np.exp(0.5 * volumes.standard_normal(count))
    bars = Bars(
        venue="simulated",
        symbol=SYMBOL,
        timeframe="1m",
        ts=START_MS + MINUTE_MS * np.arange(count, dtype=np.int64),
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
    )
    return ProvingMarket(settings, bars, states)


def _states(count: int, rng: np.random.Generator) -> StateArray:
    states = np.empty(count, np.int8)
    at, state = 0, CALM
    while at < count:
        stay = int(rng.geometric(1.0 / (STORM_MINUTES if state == STORM else CALM_MINUTES)))
        states[at : at + stay] = state
        at += stay
        state = 1 - state
    states.flags.writeable = False
    return states


def _prices(
    steps: FloatArray, scale: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Open, high, low and close of a path with these log steps and deviations of a bar."""
    count = len(steps)
    after = np.log(FIRST_PRICE) + np.cumsum(steps)
    before = np.concatenate([[np.log(FIRST_PRICE)], after[:-1]])
    drawn = rng.standard_normal((count, LEGS)) * (scale / np.sqrt(LEGS))[:, np.newaxis]
    legs = drawn + (steps / LEGS - drawn.mean(axis=1))[:, np.newaxis]
    start = before[:, np.newaxis] + np.cumsum(legs, axis=1) - legs
    # The extremes of a Brownian bridge from 0 to s with variance v are (s ± √(s² − 2 v ln u)) / 2, u uniform in (0, 1].
    twice = (2.0 / LEGS * scale**2)[:, np.newaxis]
    top = start + 0.5 * (legs + np.sqrt(legs**2 - twice * np.log(1.0 - rng.random((count, LEGS)))))
    bottom = start + 0.5 * (legs - np.sqrt(legs**2 - twice * np.log(1.0 - rng.random((count, LEGS)))))
    close = np.exp(after)
    opened = np.concatenate([[FIRST_PRICE], close[:-1]])
    high = np.maximum(np.exp(top.max(axis=1)), np.maximum(opened, close))
    low = np.minimum(np.exp(bottom.min(axis=1)), np.minimum(opened, close))
    return opened, high, low, close
