"""Open times as integer milliseconds UTC, from stamps in seconds to nanoseconds, dates and texts."""

import numpy as np
import numpy.typing as npt

from tradewind.adapters.importers.columns import Layout
from tradewind.model.bars import IntArray
from tradewind.model.errors import BadFile

# A stamp's magnitude tells its unit: these powers of ten all lie between 1973 and 5138 in the unit they open.
_UNITS = ((10**8, 10**11, 1000, 1), (10**11, 10**14, 1, 1), (10**14, 10**17, 1, 1000), (10**17, 2**62, 1, 10**6))


def milliseconds(stamps: npt.NDArray[np.int64] | npt.NDArray[np.float64], layout: Layout, file: str) -> IntArray:
    """Stamps as milliseconds; the unit is read off the magnitude and must be one for the whole column.

    Raises BadFile naming the first stamp that is no moment of the last decades, changes the unit, or lies between
    two milliseconds.
    """
    column = layout.names[0]
    if np.issubdtype(stamps.dtype, np.floating):
        row = _first(~np.isfinite(stamps))
        if row is not None:
            raise BadFile("the time is missing", "Mend or remove the row", file=file, row=row + 1, column=column)
        # Seconds with a fraction lose nothing in float64 at millisecond precision; larger units carry no fraction.
        scaled = stamps * 1000 if stamps[0] < _UNITS[1][0] else stamps
        stamps = np.rint(scaled).astype(np.int64)
    whole = stamps.astype(np.int64, copy=False)
    for low, high, times, divisor in _UNITS:
        if not low <= whole[0] < high:
            continue
        row = _first((whole < low) | (whole >= high))
        if row is not None:
            raise BadFile(
                f"{whole[row]} is not a stamp of the same unit as the rows before",
                "Give one unit (seconds, milliseconds, ...) per file",
                file=file,
                row=row + 1,
                column=column,
            )
        row = _first(whole % divisor != 0)
        if row is not None:
            raise BadFile(
                f"{whole[row]} lies between two milliseconds",
                "Bars open at whole minutes",
                file=file,
                row=row + 1,
                column=column,
            )
        return whole // divisor * times
    raise BadFile(
        f"{whole[0]} is not a time", "Give Unix stamps or dates like 2022-05-12 00:00", file=file, row=1, column=column
    )


def _first(mask: npt.NDArray[np.bool_]) -> int | None:
    return int(np.argmax(mask)) if mask.any() else None
