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
VECTOR = 4  # float64 added at once; eight would lower some processors' clock
WIN_UNIT = float(1 << 26)  # the first sum = trades + WIN_UNIT × wins, exact in float64
DROPPED_UNIT = float(1 << 26)  # flags = ambiguous trades + DROPPED_UNIT × dropped signals, likewise


def _place(context: Any, builder: Any, kind: Any, array: Any, position: Any, element: Any) -> Any:
    """A pointer to `array[position]`, seen as `element`."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [position]), element.as_pointer())


@intrinsic
def _add_row(typing_context: Any, to: Any, at: Any, rows: Any, row: Any) -> Any:
    """`to[at : at + SUMS] += rows[row : row + SUMS]` for flat float64 arrays and uint64 positions, unchecked."""
    signature = types.void(to, types.uint64, rows, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        halves = ir.ArrayType(ir.VectorType(ir.DoubleType(), VECTOR), SUMS // VECTOR)
        kinds, arrays, positions = signature.args[::2], arguments[::2], arguments[1::2]
        sums, added = (
            _place(context, builder, kind, array, position, halves)
            for kind, array, position in zip(kinds, arrays, positions, strict=True)
        )
        for half in range(SUMS // VECTOR):
            within = [ir.Constant(ir.IntType(32), 0), ir.Constant(ir.IntType(32), half)]
            place = builder.gep(sums, within)
            whole = [builder.load(one, align=8) for one in (place, builder.gep(added, within))]
            builder.store(builder.fadd(*whole), place, align=8)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _add_four(typing_context: Any, to: Any, base: Any, at: Any, further: Any, rows: Any, row: Any) -> Any:
    """`to[place : place + VECTOR] += rows[row : row + VECTOR]` with place = base + at + further; flat, unchecked.

    Three parts, so that a loop keeps one address for all its lanes.
    """
    signature = types.void(to, types.uint64, types.uint64, types.uint64, rows, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        to, base, at, further, rows, row = arguments
        vector = ir.VectorType(ir.DoubleType(), VECTOR)
        own = builder.gep(context.make_array(signature.args[0])(context, builder, to).data, [base])
        own = builder.bitcast(builder.gep(builder.gep(own, [at]), [further]), vector.as_pointer())
        added = _place(context, builder, signature.args[4], rows, row, vector)
        whole = builder.fadd(builder.load(own, align=8), builder.load(added, align=8))
        builder.store(whole, own, align=8)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _fetch_row(typing_context: Any, of: Any, at: Any) -> Any:
    """Ask for the cache line of `of[at]`, a flat array, as something that will soon be written; never fails."""
    signature = types.void(of, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature.args[0], arguments[0], arguments[1], ir.IntType(8))
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        fetch = builder.module.globals.get("llvm.prefetch.p0i8")
        fetch = fetch or ir.Function(builder.module, kind, "llvm.prefetch.p0i8")
        to_write, nearest, data = (ir.Constant(number, value) for value in (1, 3, 1))
        builder.call(fetch, [place, to_write, nearest, data])
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _put_four(typing_context: Any, columns: Any, i: Any, apart: Any, rows: Any, row: Any) -> Any:
    """`rows[row : row + VECTOR]` = place `i` of as many columns, which lie `apart` from each other, in one store."""
    signature = types.void(columns, types.int64, types.int64, rows, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        columns, i, apart, rows, row = arguments
        whole = ir.VectorType(ir.DoubleType(), VECTOR)
        values = ir.Constant(whole, ir.Undefined)
        for k in range(VECTOR):
            at = builder.add(i, builder.mul(apart, ir.Constant(apart.type, k)))
            value = builder.load(_place(context, builder, signature.args[0], columns, at, ir.DoubleType()))
            values = builder.insert_element(values, value, ir.Constant(ir.IntType(32), k))
        builder.store(values, _place(context, builder, signature.args[3], rows, row, whole), align=8)
        return context.get_dummy_value()

    return signature, generate


def _put_four_uncompiled(columns: FloatArray, i: int, apart: int, rows: FloatArray, row: int) -> None:
    rows[row : row + VECTOR] = columns[i : i + VECTOR * apart : apart]


def _add_four_uncompiled(
    to: FloatArray, base: np.uint64, at: np.uint64, further: np.uint64, rows: FloatArray, row: np.uint64
) -> None:
    place = int(base) + int(at) + int(further)
    to[place : place + VECTOR] += rows[int(row) : int(row) + VECTOR]


def _add_row_uncompiled(to: FloatArray, at: np.uint64, rows: FloatArray, row: np.uint64) -> None:
    to[int(at) : int(at) + SUMS] += rows[int(row) : int(row) + SUMS]


def _fetch_row_uncompiled(of: FloatArray, at: np.uint64) -> None:
    """Nothing: without the compiler nobody waits for memory."""


# With the compiler off, as when a kernel is debugged, there are no intrinsics.
add_row = _add_row_uncompiled if config.DISABLE_JIT else _add_row
add_four = _add_four_uncompiled if config.DISABLE_JIT else _add_four
put_four = _put_four_uncompiled if config.DISABLE_JIT else _put_four
fetch_row = _fetch_row_uncompiled if config.DISABLE_JIT else _fetch_row


@kernel
def lined_up(room: FloatArray) -> FloatArray:
    """`room` less SUMS, from where a line of the cache begins: a row across two lines costs twice."""
    first = (-room.ctypes.data // 8) % SUMS
    return room[first : first + room.shape[0] - SUMS]


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
def flush_cells(cells: FloatArray, label_of_cell: IntArray, body: FloatArray, totals: FloatArray) -> None:
    """Add the joint cells of every configuration to its labels' sums of one bucket, and set them to zero.

    `cells` is joint labels × configurations (places behind them are left alone) × SUMS. `label_of_cell` is joint
    labels × detectors, columns of `body` (configurations × columns × 5; column 0 takes every trade) or -1; `totals`
    (configurations × 4, or × 0 where nobody asks) takes net return, cost, bars held and flags.
    """
    for c in range(body.shape[0]):
        for j in range(cells.shape[0]):
            cell = cells[j, c]
            if cell[0] == 0.0 and cell[7] == 0.0:
                continue
            wins = np.floor(cell[0] / WIN_UNIT)
            sums = (cell[0] - wins * WIN_UNIT, wins, cell[1], cell[2], cell[3])
            for k in range(5):
                body[c, 0, k] += sums[k]
            for d in range(label_of_cell.shape[1]):
                column = label_of_cell[j, d]
                if column >= 0:
                    for k in range(5):
                        body[c, column, k] += sums[k]
            for k in range(totals.shape[1]):
                totals[c, k] += cell[4 + k]
            cell[:] = 0.0
