"""Closed trades as one table of arrays, the form in which every report reads them."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
import numpy.typing as npt


class ExitReason(IntEnum):
    """Why a trade closed. It says nothing about win or loss."""

    STOP = 1
    TARGET = 2
    TIME = 3
    OPPOSITE = 4
    REGIME = 5
    TRAIL = 6
    LIQUIDATION = 7


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TradeTable:
    """One row per closed trade of one symbol, in order of entry; bars are positions in the walked series.

    `signal`, `entry`, `exit` are bar positions; `direction` +1 or -1; prices are fills with slippage; `fees` (funding
    included) and `slippage` (half spread included: how much worse than raw prices the fills were) are per unit over
    all fills; `r` is the net result in units of the initial risk, fees included; `log_return` is ln(1 + net / entry)
    at 1 × notional; `mfe_r` and `mae_r` are the best and worst price reached while open, before costs, in units of
    initial risk; `plan` is the position of the plan in the list that was walked; `label` the regime at the signal bar
    (-1 unknown); `ambiguous` where one bar touched stop and target. `dropped` counts signals whose entry was refused,
    `unfinished` is 1 where the last trade was still open at the end of the data and left out; `expired` counts entry
    orders that were never filled.
    """

    signal: npt.NDArray[np.int64]
    entry: npt.NDArray[np.int64]
    exit: npt.NDArray[np.int64]
    direction: npt.NDArray[np.int8]
    entry_price: npt.NDArray[np.float64]
    exit_price: npt.NDArray[np.float64]
    stop_price: npt.NDArray[np.float64]
    target_price: npt.NDArray[np.float64]
    fees: npt.NDArray[np.float64]
    slippage: npt.NDArray[np.float64]
    r: npt.NDArray[np.float64]
    log_return: npt.NDArray[np.float64]
    mfe_r: npt.NDArray[np.float64]
    mae_r: npt.NDArray[np.float64]
    reason: npt.NDArray[np.int8]
    plan: npt.NDArray[np.int32]
    label: npt.NDArray[np.int8]
    ambiguous: npt.NDArray[np.bool_]
    dropped: int
    unfinished: int
    expired: int = 0

    def __len__(self) -> int:
        return len(self.entry)

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """The per-trade arrays by name."""
        return {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("dropped", "unfinished", "expired")
        }
