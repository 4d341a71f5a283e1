"""What is tried: kinds of markets whose truth is known, the space that is searched on them, and how many of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tradewind.app.settings import Preset, read_preset
from tradewind.evidence.proving import SYMBOL, ProvingSettings, proving_market
from tradewind.model.bars import Bars

ALTERATIONS = 99  # p-values are then 0.01, 0.02 … 1.00, ten to each of ten bins
DAYS = 30
LONG_DAYS = 90  # for a look at what more days do for the verdict's other marks
POWER_ALTERATIONS = 49  # for edges of other sizes than the main one: p-values in steps of 0.02
COVERAGE_DAYS = 64
# What years of history have, 168 days in sample and 28 out, in small: 58 test days, each a window of its own.
COVERAGE_WINDOWS = ("walk_forward.in_sample_days=6", "walk_forward.out_of_sample_days=1")
SPACE = (  # 32 signal settings × 32 plans = 1,024 configurations
    'strategy.values.mode=["lr_snapshot", "no_lr_snapshot"]',
    "strategy.values.lookback=[60, 90, 120, 180]",
    "strategy.values.entry_z=[1.5, 2.5]",
    "strategy.values.vol_period=[20, 120]",
    "strategy.values.atr_period=[7, 21]",
    "strategy.values.stop_atr=[1.0, 1.5, 2.0, 3.0]",
    "strategy.values.target_atr=[1.0, 1.5, 2.0, 3.0]",
)
COVERAGE_SPACE = (  # 16 × 4 = 64 configurations: what an interval covers does not hang on how many there are
    'strategy.values.mode=["lr_snapshot", "no_lr_snapshot"]',
    "strategy.values.lookback=[60, 90, 120, 180]",
    "strategy.values.entry_z=[1.5, 2.5]",
    "strategy.values.vol_period=[20]",
    "strategy.values.atr_period=[14]",
    "strategy.values.stop_atr=[1.0, 3.0]",
    "strategy.values.target_atr=[1.0, 3.0]",
)
SMALL_SPACE = (  # 4 × 4 = 16 configurations
    'strategy.values.mode=["lr_snapshot", "no_lr_snapshot"]',
    "strategy.values.lookback=[60]",
    "strategy.values.entry_z=[1.5, 2.5]",
    "strategy.values.vol_period=[20]",
    "strategy.values.atr_period=[14]",
    "strategy.values.stop_atr=[1.0, 2.0]",
    "strategy.values.target_atr=[1.0, 2.0]",
)
NO_COSTS = tuple(f"costs.{name}=0.0" for name in ("taker_fee", "maker_fee", "half_spread_bps", "slippage_bps"))
STORM_REGIME = "STRESS"  # the reference detector's name for what the markets call a storm


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of market: what it is like, what it costs to trade there, and where its seeds begin.

    Seeds of two kinds never meet, so that their markets are independent of each other.
    """

    words: str
    clusters: bool = True
    costs: bool = True
    edge: float = 0.0
    first_seed: int

    def bars(self, number: int, days: int = DAYS) -> Bars:
        """Market `number` of this kind."""
        settings = ProvingSettings(days=days, seed=self.first_seed + number, clusters=self.clusters, edge=self.edge)
        return proving_market(settings).bars

    def preset(self, space: tuple[str, ...] = SPACE) -> Preset:
        """The scalper over `space`, under the reference detector told that storms are a fifth of the time."""
        found = read_preset(
            Path("scalper"),
            (
                'market.venue="simulated"',
                f'market.symbols=["{SYMBOL}"]',
                'detectors=[{name = "trend_stress", options = {enter_quantile = 0.8}}]',
                *space,
                *(() if self.costs else NO_COSTS),
            ),
        )
        return found.model_copy(update={"name": "honesty"})


NOTHING: Mapping[str, Kind] = MappingProxyType(
    {
        "alike-free": Kind(words="every minute alike, no costs", clusters=False, costs=False, first_seed=10_000),
        "alike-paid": Kind(words="every minute alike, real costs", clusters=False, first_seed=20_000),
        "storms-free": Kind(words="calms and storms, no costs", costs=False, first_seed=30_000),
        "storms-paid": Kind(words="calms and storms, real costs", first_seed=40_000),
    }
)
EDGES = (0.4, 0.6, 0.8)
MAIN_EDGE = 0.8
PLANTED: Mapping[str, Kind] = MappingProxyType(
    {
        f"edge-{edge:.1f}": Kind(
            words=f"{edge:.0%} of a storm's variance comes back, real costs", edge=edge, first_seed=50_000 + 10_000 * i
        )
        for i, edge in enumerate(EDGES)
    }
)
COVERED: Mapping[str, Kind] = MappingProxyType(
    {
        "covered-free": Kind(words="calms and storms, no costs, no edge", costs=False, first_seed=90_000),
        "covered-edge": Kind(
            words=f"{MAIN_EDGE:.0%} of a storm's variance comes back, real costs", edge=MAIN_EDGE, first_seed=95_000
        ),
    }
)
KINDS: Mapping[str, Kind] = MappingProxyType({**NOTHING, **PLANTED, **COVERED})
