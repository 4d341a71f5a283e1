"""A market made of a seed: several correlated perpetuals with known regimes and, if wished, one planted edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from tradewind.kernels.market import bars_from_steps, clustered_variance, deviation_steps
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting
from tradewind.model.instrument import checked_symbol
from tradewind.model.time import DAY_MS, MINUTE_MS

FloatArray = npt.NDArray[np.float64]
StateArray = npt.NDArray[np.int8]

BULL, BEAR, SIDEWAYS, STRESS = range(4)
STATE_NAMES = ("BULL", "BEAR", "SIDEWAYS", "STRESS")
MAJORS = tuple(f"{coin}/USDT:USDT" for coin in ("BTC", "ETH", "BNB", "SOL", "XRP", "ADA"))
START_MS = 1_704_067_200_000
MINUTES_PER_DAY = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class StateNature:
    """How the market behaves in one state.

    `dwell_hours` is the mean stay (the chain is Markov, so stays are geometric). `volatility` multiplies a
    symbol's usual deviation per minute, `drift_bp` is basis points per minute, `jumps_per_day` their mean
    number and `jump_size` their deviation in usual minutes. `next_states` gives the chances of what follows.
    """

    dwell_hours: float
    volatility: float
    drift_bp: float
    jumps_per_day: float
    jump_size: float
    next_states: tuple[float, float, float, float]


NATURES = (
    StateNature(
        dwell_hours=16, volatility=1.3, drift_bp=0.4, jumps_per_day=1, jump_size=5, next_states=(0, 0.2, 0.55, 0.25)
    ),
    StateNature(
        dwell_hours=15, volatility=1.43, drift_bp=-0.4, jumps_per_day=1, jump_size=5, next_states=(0.2, 0, 0.53, 0.27)
    ),
    StateNature(
        dwell_hours=20, volatility=0.3, drift_bp=0, jumps_per_day=0.5, jump_size=5, next_states=(0.4, 0.4, 0, 0.2)
    ),
    StateNature(
        dwell_hours=6, volatility=2.8, drift_bp=0, jumps_per_day=24, jump_size=8, next_states=(0.36, 0.39, 0.25, 0)
    ),
)
HALF_LIFE_BARS = 12.0
DEVIATION_MINUTES = 5.5  # stationary deviation of the reverting part, in a symbol's usual deviation per minute
GARCH_SHOCK, GARCH_MEMORY = 0.06, 0.92


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What makes a symbol itself: price at the start, decimals of its tick, deviation per minute in basis points,
    correlation with the common factor, coins traded in a usual minute."""

    price: float
    decimals: int
    minute_bp: float
    common: float
    volume: float


LISTINGS: Mapping[str, Listing] = MappingProxyType(
    {
        "BTC": Listing(price=42_500, decimals=1, minute_bp=10.4, common=0.9, volume=120),
        "ETH": Listing(price=2_300, decimals=2, minute_bp=12, common=0.88, volume=1_600),
        "BNB": Listing(price=312, decimals=2, minute_bp=12, common=0.8, volume=900),
        "SOL": Listing(price=101, decimals=3, minute_bp=16, common=0.78, volume=9_000),
        "XRP": Listing(price=0.615, decimals=4, minute_bp=13.8, common=0.75, volume=600_000),
        "ADA": Listing(price=0.595, decimals=4, minute_bp=14.4, common=0.76, volume=450_000),
    }
)
OTHER_LISTING = Listing(price=100, decimals=3, minute_bp=13, common=0.75, volume=5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSettings:
    """What to simulate: 1m bars of `symbols` over `days` from `start_ms`; `edge=False` leaves nothing to predict.

    The same settings give the same bytes. A symbol's bars depend on its place in `symbols`, not on those after it.
    Raises BadSetting for no or repeated symbols, fewer than 1 or more than 3,650 days, or a start off the minute.
    """

    symbols: tuple[str, ...] = MAJORS
    days: int = 120
    seed: int = 1
    start_ms: int = START_MS
    edge: bool = True

    def __post_init__(self) -> None:
        for symbol in self.symbols:
            checked_symbol(symbol)
        if not self.symbols or len(set(self.symbols)) < len(self.symbols):
            raise BadSetting("the simulated market needs symbols, each once", "Name at least one, none twice")
        if not 1 <= self.days <= 3650:
            raise BadSetting(f"{self.days} days cannot be simulated", "Choose 1 to 3650 days")
        if self.seed < 0:
            raise BadSetting(f"seed {self.seed} is negative", "Choose a whole number from 0")
        if self.start_ms % MINUTE_MS:
            raise BadSetting("the simulation starts inside a minute", "Choose a whole minute, in milliseconds UTC")


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedMarket:
    """Bars of every symbol, in the order of the settings, and the true state of each minute, common to all symbols.

    `states` is int8, an index into `state_names`. `description` says in words what is predictable and how much.
    """

    settings: SimulationSettings
    bars: tuple[Bars, ...]
    states: StateArray
    state_names: tuple[str, ...]
    description: str


def simulate(settings: SimulationSettings) -> SimulatedMarket:
    """The market that `settings` describe.

    A step of a symbol's log price is drift + volatility(state) · season(time of day) · (common factor + own part),
    both with GARCH volatility, + jumps (normal, mostly in STRESS, half of them common) + the reverting part. The
    reverting part lives in SIDEWAYS only: an Ornstein-Uhlenbeck deviation with a half-life of 12 bars, born at zero
    when the state begins, and left in the price when it ends. Without an edge drifts are zero and the reverting
    part is a random walk of the same shocks: prices are then a martingale and only volatility has states.
    """
    common_seed, *symbol_seeds = np.random.SeedSequence(settings.seed).spawn(1 + len(settings.symbols))
    common = _CommonPart.draw(settings, np.random.default_rng(common_seed))
    bars = tuple(
        _symbol_bars(settings, symbol, common, np.random.default_rng(seed))
        for symbol, seed in zip(settings.symbols, symbol_seeds, strict=True)
    )
    return SimulatedMarket(settings, bars, common.states, STATE_NAMES, _description(settings))


@dataclass(frozen=True, slots=True, eq=False)
class _CommonPart:
    """What all symbols share, one entry per minute: states, the season of volatility, the factor, common jumps."""

    ts: npt.NDArray[np.int64]
    states: StateArray
    season: FloatArray
    normals: FloatArray
    variance: FloatArray
    jumps: FloatArray

    @classmethod
    def draw(cls, settings: SimulationSettings, rng: np.random.Generator) -> "_CommonPart":
        count = settings.days * MINUTES_PER_DAY
        ts = settings.start_ms + MINUTE_MS * np.arange(count, dtype=np.int64)
        states = _states(count, rng)
        normals = rng.standard_normal(count)
        variance = clustered_variance(normals, GARCH_SHOCK, GARCH_MEMORY)
        return cls(ts, states, _season(ts), normals, variance, _jumps(states, rng))


def _states(count: int, rng: np.random.Generator) -> StateArray:
    states = np.empty(count, dtype=np.int8)
    at, state = 0, SIDEWAYS
    while at < count:
        stay = int(rng.geometric(1.0 / (60.0 * NATURES[state].dwell_hours)))
        states[at : at + stay] = state
        at += stay
        state = int(rng.choice(len(NATURES), p=NATURES[state].next_states))
    states.flags.writeable = False
    return states


def _season(ts: npt.NDArray[np.int64]) -> FloatArray:
    """Volatility over the day, mean square one: quiet at 03 UTC, a first hill in Europe, the peak at 15 UTC."""
    hour = (ts % DAY_MS) / 3_600_000
    shape = 1.0 + 0.25 * np.cos(2 * np.pi * (hour - 15) / 24) + 0.12 * np.cos(2 * np.pi * (hour - 15) / 8)
    full_day = 1.0 + 0.25**2 / 2 + 0.12**2 / 2
    season: FloatArray = shape / np.sqrt(full_day)
    return season


def _jumps(states: StateArray, rng: np.random.Generator) -> FloatArray:
    """Common or own half of the jumps, in usual minutes of a symbol; most bars have none."""
    rate = np.array([nature.jumps_per_day / 2 / MINUTES_PER_DAY for nature in NATURES])
    size = np.array([nature.jump_size for nature in NATURES])
    at = np.flatnonzero(rng.random(len(states)) < rate[states])
    jumps = np.zeros(len(states))
    jumps[at] = size[states[at]] * rng.standard_normal(len(at))
    return jumps


def _symbol_bars(settings: SimulationSettings, symbol: str, common: _CommonPart, rng: np.random.Generator) -> Bars:
    listing = LISTINGS.get(symbol.split("/", maxsplit=1)[0], OTHER_LISTING)
    states, count = common.states, len(common.states)
    unit = listing.minute_bp * 1e-4
    own_normals = rng.standard_normal(count)
    own_variance = clustered_variance(own_normals, GARCH_SHOCK, GARCH_MEMORY)
    shared, own = listing.common, np.sqrt(1.0 - listing.common**2)

    scale = unit * np.array([nature.volatility for nature in NATURES])[states] * common.season
    walk = scale * (shared * np.sqrt(common.variance) * common.normals + own * np.sqrt(own_variance) * own_normals)
    variance = scale**2 * (shared**2 * common.variance + own**2 * own_variance)

    pull = np.log(2.0) / HALF_LIFE_BARS
    shock = unit * DEVIATION_MINUTES * np.sqrt(pull * (2.0 - pull)) * common.season * np.sqrt(own_variance)
    deviation = deviation_steps(states, SIDEWAYS, shock * rng.standard_normal(count), pull if settings.edge else 0.0)
    variance += np.where(states == SIDEWAYS, shock**2, 0.0)

    drift = 1e-4 * np.array([nature.drift_bp for nature in NATURES])[states] * settings.edge
    jumps = unit * (common.jumps + _jumps(states, rng))
    steps = drift - 0.5 * variance + walk + deviation + jumps
    ticks_per_unit = 10.0**listing.decimals
    prices = bars_from_steps(
        steps, variance, 1.0 - rng.random(count), 1.0 - rng.random(count), listing.price, ticks_per_unit
    )
    volume = _volume(listing, common, np.abs(steps) / unit, rng)
    return Bars(
        venue="simulated",
        symbol=symbol,
        timeframe="1m",
        ts=common.ts,
        volume=volume,
        **dict(zip(("open", "high", "low", "close"), prices, strict=True)),
    )


def _volume(listing: Listing, common: _CommonPart, move: FloatArray, rng: np.random.Generator) -> FloatArray:
    """More is traded at busy hours, in moving minutes and in clusters; the rest is lognormal noise."""
    noise = np.exp(0.5 * rng.standard_normal(len(move)) - 0.125)
    coins = listing.volume * common.season**2 * (0.4 + 0.6 * move) * np.sqrt(common.variance) * noise
    volume: FloatArray = np.round(coins, 3)
    return volume


def _description(settings: SimulationSettings) -> str:
    head = f"SIMULATED market, seed {settings.seed}, {settings.days} days of 1m bars, {len(settings.symbols)} symbols."
    if not settings.edge:
        return f"{head} No edge is planted: prices are a martingale; only volatility and volume have states."
    sizes = [
        LISTINGS.get(symbol.split("/")[0], OTHER_LISTING).minute_bp * DEVIATION_MINUTES for symbol in settings.symbols
    ]
    return (
        f"{head} Planted edge, in SIDEWAYS only: price deviates from a random walk by an Ornstein-Uhlenbeck part "
        f"with a half-life of {HALF_LIFE_BARS:.0f} bars and a standard deviation of {min(sizes):.0f} to "
        f"{max(sizes):.0f} bp (by symbol), so fading deviations pays there and nowhere else. BULL and BEAR drift by "
        f"{NATURES[BULL].drift_bp:+.2f} and {NATURES[BEAR].drift_bp:+.2f} bp a minute; STRESS has neither."
    )
