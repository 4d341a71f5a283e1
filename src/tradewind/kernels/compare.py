"""The one way in which computed values are compared: strictly, by a band that rounding cannot cross."""

from tradewind.kernels.compiled import kernel

BAND = 1e-9


@kernel
def above(a: float, b: float) -> bool:
    """Whether `a` exceeds `b` by more than 1e-9 of the larger magnitude; False where either is NaN."""
    return a - b > BAND * max(abs(a), abs(b))


@kernel
def is_zero_deviation(deviation: float, price: float) -> bool:
    """Whether a deviation in price units is too small against the price to divide by (1e-9 of it), or NaN."""
    return not deviation > BAND * abs(price)
