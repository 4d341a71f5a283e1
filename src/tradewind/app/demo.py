"""The demonstration: the main job on a simulated market whose truth is known, nothing to download."""

from collections.abc import Sequence
from pathlib import Path

from tradewind.app.search import SearchRequest
from tradewind.app.settings import read_preset
from tradewind.evidence.market import SimulationSettings, simulate
from tradewind.model.time import TimeRange

DAYS = 120
SEED = 1


def demo_request(
    *, days: int = DAYS, seed: int = SEED, edge: bool = True, workers: int | None = None, overrides: Sequence[str] = ()
) -> SearchRequest:
    """The reference search over six simulated perpetuals; without `edge` there is nothing to find in them."""
    market = simulate(SimulationSettings(days=days, seed=seed, edge=edge))
    preset = read_preset(Path("scalper"), ('market.venue="simulated"', *overrides))
    first, last = market.bars[0].ts[0], market.bars[0].ts[-1]
    return SearchRequest(
        preset=preset.model_copy(update={"name": "demo" if edge else "demo-no-edge"}),
        bars=market.bars,
        market=f"simulated, seed {seed}, {days} days, {'edge' if edge else 'no edge'}",
        extent=TimeRange(int(first), int(last) + market.bars[0].timeframe_ms),
        simulated=market,
        workers=workers,
    )
