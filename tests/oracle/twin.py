"""The readable twin of the LR scalper, from bars to trades and cells, in plain Python and without any of our code."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.oracle import twin_features
from tests.oracle.twin_features import PIVOT_WING_BARS, above
from tests.oracle.twin_law import TwinBars, TwinBook, TwinCosts, TwinTrade, TwinWalk, atr_plan, walk


class TwinScalper(NamedTuple):
    """The parameters of one LR scalper."""

    mode: str
    lookback: int
    entry_z: float
    vol_period: int
    atr_period: int
    stop_atr: float
    target_atr: float
    hold: int = 60
    exit_on_opposite: bool = False
    exit_on_regime_change: bool = False


class TwinMarket:
    """Bars with their twin features, each computed once per name and parameter."""

    def __init__(self, bars: TwinBars, given: Mapping[tuple[object, ...], list[Any]] | None = None) -> None:
        """`given` sets features by (name, *parameters) instead of computing them."""
        self.bars = bars
        self._kept: dict[tuple[object, ...], list[Any]] = dict(given or {})

    def feature(self, name: str, *parameters: int) -> list[Any]:
        """A feature of `twin_features` by name."""
        key = (name, *parameters)
        if key not in self._kept:
            self._kept[key] = getattr(twin_features, name)(self.bars, *parameters)
        return self._kept[key]

    def signals(self, scalper: TwinScalper) -> list[int]:
        """The scalper's direction at every bar."""
        key = ("signals", *scalper[:4])
        if key not in self._kept:
            self._kept[key] = [_signal(self, scalper, t) for t in range(len(self.bars.ts))]
        return self._kept[key]

    def walk(
        self,
        scalper: TwinScalper,
        costs: TwinCosts,
        labels: Sequence[int] | None = None,
        only_label: int | None = None,
    ) -> TwinWalk:
        """All trades of one scalper."""
        atr = self.feature("atr", scalper.atr_period)
        plan = atr_plan(*scalper[5:])
        return walk(self.bars, TwinBook(self.signals(scalper), atr, plan), costs, labels, only_label)


def _signal(market: TwinMarket, scalper: TwinScalper, t: int) -> int:
    """Long far below the line, short far above it, on volume; pivot mode looks at the bar of the pivot."""
    if scalper.mode != "lr_pivot_strict":
        name = {"lr_snapshot": "regression_z", "no_lr_snapshot": "mean_z"}[scalper.mode]
        return _deviation(market, name, scalper, t)
    if t < 2 * PIVOT_WING_BARS:
        return 0
    side = _deviation(market, "regression_z", scalper, t - PIVOT_WING_BARS)
    low, high = market.feature("pivot_lows")[t], market.feature("pivot_highs")[t]
    # z has one sign, so a bar that is both pivots can satisfy at most one side.
    return side if (side > 0 and low) or (side < 0 and high) else 0


def _deviation(market: TwinMarket, name: str, scalper: TwinScalper, t: int) -> int:
    z = market.feature(name, scalper.lookback)[t]
    if z is None or not market.feature("volume_gate", scalper.vol_period)[t]:
        return 0
    if above(-scalper.entry_z, z):
        return 1
    return -1 if above(z, scalper.entry_z) else 0


class TwinCell(NamedTuple):
    """Sums over the trades of one segment bucket and label."""

    trades: int = 0
    wins: int = 0
    sum_r: float = 0.0
    sum_r_squared: float = 0.0
    sum_r_of_wins: float = 0.0


def cell_differences(twin: Mapping[tuple[int, int], TwinCell], other: Mapping[tuple[int, int], Any]) -> list[str]:
    """Cells of `other` (five sums each, in the twin's order) that are not the twin's; an empty cell may be absent."""
    found = []
    for key in sorted(twin.keys() | other.keys()):
        expected, got = twin.get(key, TwinCell()), tuple(other.get(key, TwinCell()))
        if any(abs(a - b) > 1e-9 * max(1.0, abs(a)) for a, b in zip(expected, got, strict=True)):
            found.append(f"bucket {key[0]}, label {key[1]}: twin {tuple(expected)}, ours {got}")
    return found


def twin_cells(
    trades: Sequence[TwinTrade], bucket_of_bar: Callable[[int], int], label_of_bar: Callable[[int], int]
) -> dict[tuple[int, int], TwinCell]:
    """Sums by (bucket, label) of the signal's bar; cells without a trade are absent. A win is R > 0."""
    cells: dict[tuple[int, int], TwinCell] = {}
    for trade in trades:
        key = (bucket_of_bar(trade.signal), label_of_bar(trade.signal))
        cell = cells.get(key, TwinCell())
        won = trade.r > 0
        cells[key] = TwinCell(
            cell.trades + 1,
            cell.wins + won,
            cell.sum_r + trade.r,
            cell.sum_r_squared + trade.r**2,
            cell.sum_r_of_wins + (trade.r if won else 0.0),
        )
    return cells
