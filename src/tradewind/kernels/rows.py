"""Adding one row of sums to another in whole vectors.

Numba leaves straight-line code scalar: the compiler pass that would join it is off there, since it has miscompiled
programs. Eight additions and eight stores a trade were the dearest part of a walk, so these are asked for by name.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

from tradewind.model.bars import FloatArray

SUMS = 8  # float64 of a row: one line of the cache


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
