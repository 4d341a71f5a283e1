"""What resting orders change, signal by signal: `python -m benchmarks.fills WORKSPACE` (docs/maker-and-taker.md).

Every signal of a configuration is traded on its own, without a slot that an earlier trade may hold, once under the
taker's plan, once with a limit entry, once with a limit target too. So the same signals stand side by side, and those
that a limit missed can be told from those it got.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import tradewind  # noqa: F401 - before numba: it points numba's compile cache at its place

# isort: split
import numpy as np

from tradewind.adapters.catalog import Catalog
from tradewind.features.features import Features
from tradewind.kernels.compiled import kernel
from tradewind.kernels.exits import NEVER
from tradewind.kernels.plans import OPENED, Plans, Tape, Terms, carry_out, market_exit_for, open_position, settled
from tradewind.model.bars import Bars, FloatArray
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.time import TimeRange
from tradewind.search.encoding import encoded, tape_of, terms_of
from tradewind.strategies.lr_scalper import LRScalper

EXPIRY = 3  # bars, as in presets/scalper-maker.toml
COSTS = Costs(taker_fee=0.0004, maker_fee=0.0002, half_spread_bps=0.5, slippage_bps=0.5)
CONFIGURATIONS = (
    LRScalper(lookback=120, entry_z=2.0, vol_period=60, atr_period=14, stop_atr=2.0, target_atr=2.0),
    LRScalper(mode="no_lr_snapshot", lookback=180, entry_z=3.0, vol_period=60, atr_period=14, stop_atr=3.0,
              target_atr=1.0),
    LRScalper(mode="lr_pivot_strict", lookback=180, entry_z=3.0, vol_period=60, atr_period=14, stop_atr=3.0,
              target_atr=3.0),
)  # fmt: skip
TAKER, LIMIT_ENTRY, BOTH = range(3)


@kernel
def outcomes(tape: Tape, terms: Terms, plans: Plans, direction: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Gross and net return in bp of every signal under each plan (NaN unfilled), rows of signals that the taker trades.

    The second table tells of a limit at the signal's close: 1 where it filled at a better open, by how many bp that was
    better, and 1 where price touched it and never went through.
    """
    n = tape.open.shape[0]
    traded = np.full((n, 2 * plans.row.shape[0]), np.nan)
    limits = np.zeros((n, 3))
    count = 0
    for t in range(n - 1):
        if direction[t] == 0 or t + EXPIRY >= n:
            continue
        side = 1 if direction[t] > 0 else -1
        traded[count], limits[count] = np.nan, 0.0
        for plan in range(plans.row.shape[0]):
            opened = open_position(tape, terms, plans, plan, t, side)
            if opened.state != OPENED:
                continue
            market_exit, reason = market_exit_for(tape, plans, plan, t, opened.bar, NEVER)
            carried = carry_out(tape, terms, plans, plan, t, opened, market_exit, reason)
            if carried.bar >= 0:
                _, _, net, cost = settled(opened, carried)
                traded[count, 2 * plan], traded[count, 2 * plan + 1] = 1e4 * (net + cost), 1e4 * net
                if plan == BOTH and not opened.inside:
                    limits[count, 0] = 1.0
                    limits[count, 1] = 1e4 * side * (tape.close[t] - opened.price) / opened.price
        if np.isnan(traded[count, 0]):
            continue
        if np.isnan(traded[count, 2]):
            for x in range(t + 1, t + EXPIRY + 1):
                extreme = tape.low[x] if side > 0 else tape.high[x]
                if extreme == tape.close[t]:
                    limits[count, 2] = 1.0
        count += 1
    return traded[:count], limits[:count]


def measured(bars: Bars, scalper: LRScalper) -> tuple[FloatArray, FloatArray]:
    """The outcomes of one configuration on one symbol."""
    features = Features(bars)
    instrument = Instrument(venue=bars.venue, symbol=bars.symbol, tick=0.0, costs=COSTS)
    resting = replace(scalper, entry_expiry=EXPIRY)
    plans = [scalper.plan, resting.plan, replace(resting, limit_target=True).plan]
    periods = (scalper.atr_period,)
    rows = np.stack([features.atr(scalper.atr_period)])
    direction = scalper.signals(features).direction
    return outcomes(tape_of(bars), terms_of(instrument, bars.timeframe_ms), encoded(plans, periods, rows), direction)


def line(name: str, traded: FloatArray, limits: FloatArray) -> str:
    """One row of the table in docs/maker-and-taker.md."""
    filled, touched = ~np.isnan(traded[:, 2 * BOTH]), limits[:, 2] > 0
    at_open = limits[filled, 0] > 0
    figures = [
        limits[filled, 1][at_open].mean(),
        *(traded[rows, 2 * TAKER].mean() for rows in (filled, touched, ~filled & ~touched)),
        np.nanmean(traded[:, 2 * LIMIT_ENTRY]), np.nanmean(traded[:, 2 * BOTH]),
        traded[:, 2 * TAKER + 1].mean(), np.nanmean(traded[:, 2 * BOTH + 1]),
    ]  # fmt: skip
    shares = (filled.mean(), at_open.mean(), touched.mean())
    return (
        f"{name:<44}{len(traded):>9,}" + "".join(f"{s:>9.1%}" for s in shares) + "".join(f"{f:>9.2f}" for f in figures)
    )


def main() -> None:
    """Print one line for each configuration and symbol."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path, help="folder whose catalog holds the symbols at 1m")
    parser.add_argument("--symbols", default="BTC/USDT,ETH/USDT,SOL/USDT")
    parser.add_argument("--timerange", default="-", help="as in tradewind search; leave the hold-out out")
    given = parser.parse_args()
    print(
        f"{'':<44}{'signals':>9}{'filled':>9}{'at open':>9}{'touched':>9}{'better by':>10}"
        f"{'T filled':>9}{'T touch':>9}{'T missed':>9}{'limit in':>9}{'in, out':>9}{'T net':>9}{'M net':>9}"
    )
    catalog = Catalog(given.workspace / "catalog")
    for symbol in given.symbols.split(","):
        bars = catalog.bars("binance", symbol, "1m", TimeRange.parse(given.timerange))
        for scalper in CONFIGURATIONS:
            name = f"{symbol} {scalper.name} z{scalper.entry_z:g} {scalper.stop_atr:g}/{scalper.target_atr:g}"
            print(line(name, *measured(bars, scalper)))


if __name__ == "__main__":
    main()
