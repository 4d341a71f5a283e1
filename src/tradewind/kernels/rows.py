"""A trade as a row of sums, the cells that such rows are added to, and adding them in whole vectors.

A row is (trades and wins, R, R², R of wins, net return, cost, bars held, flags). Numba leaves straight-line code
scalar: the compiler pass that would join it is off there, since it has miscompiled programs. Eight additions and eight
stores a trade were the dearest part of a walk, so whole vectors are asked for by name.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

from tradewind.kernels.compiled import kernel
from tradewind.model.bars import FloatArray, IntArray

SUMS = 8  # float64 of a row: one line of the cache
WIN_UNIT = float(1 << 26)  # the first sum = trades + WIN_UNIT × wins, exact in float64
DROPPED_UNIT = float(1 << 26)  # flags = ambiguous trades + DROPPED_UNIT × dropped signals, likewise


@intrinsic
def _add_row(typing_context: Any, to: Any, at: Any, rows: Any, row: Any) -> Any:
    """`to[at : at + SUMS] += rows[row : row + SUMS]` for flat float64 arrays and uint64 positions, unchecked."""
    signature = types.void(to, types.uint64, rows, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = ir.VectorType(ir.DoubleType(), SUMS)
        places = []
        for kind, array, position in zip(signature.args[::2], arguments[::2], arguments[1::2], strict=True):
            data = context.make_array(kind)(context, builder, array).data
            places.append(builder.bitcast(builder.gep(data, [position]), vector.as_pointer()))
        whole = [builder.load(place, align=8) for place in places]
        builder.store(builder.fadd(*whole), places[0], align=8)
        return context.get_dummy_value()

    return signature, generate


def _add_row_uncompiled(to: FloatArray, at: np.uint64, rows: FloatArray, row: np.uint64) -> None:
    to[int(at) : int(at) + SUMS] += rows[int(row) : int(row) + SUMS]


# With the compiler off, as when a kernel is debugged, there are no intrinsics.
add_row = _add_row_uncompiled if config.DISABLE_JIT else _add_row


@kernel
def write_row(
    rows: FloatArray,
    base: int,
    r: float,
    net_return: float,
    cost: float,
    held: int,
    ambiguous: bool,  # noqa: FBT001 - kernels are called by position
) -> None:
    """One trade as the sums that cells hold."""
    win = 1.0 if r > 0.0 else 0.0
    rows[base] = 1.0 + WIN_UNIT * win
    rows[base + 1] = r
    rows[base + 2] = r * r
    rows[base + 3] = r * win
    rows[base + 4] = net_return
    rows[base + 5] = cost
    rows[base + 6] = held
    rows[base + 7] = 1.0 if ambiguous else 0.0


@kernel
def flush_cells(
    cells: FloatArray,
    label_of_cell: IntArray,
    joint: int,
    body: FloatArray,
    totals: FloatArray,
) -> None:
    """Add the joint cells of every configuration to its labels' sums of one bucket, and set them to zero.

    `label_of_cell` is joint labels × detectors, columns of `body` (configurations × columns × 5; column 0 takes
    every trade) or -1; `totals` (configurations × 4) takes net return, cost, bars held and flags.
    """
    for c in range(body.shape[0]):
        for j in range(joint):
            base = (c * joint + j) * SUMS
            if cells[base] == 0.0 and cells[base + 7] == 0.0:
                continue
            wins = np.floor(cells[base] / WIN_UNIT)
            sums = (cells[base] - wins * WIN_UNIT, wins, cells[base + 1], cells[base + 2], cells[base + 3])
            for k in range(5):
                body[c, 0, k] += sums[k]
            for d in range(label_of_cell.shape[1]):
                column = label_of_cell[j, d]
                if column >= 0:
                    for k in range(5):
                        body[c, column, k] += sums[k]
            for k in range(4):
                totals[c, k] += cells[base + 4 + k]
            cells[base : base + SUMS] = 0.0
