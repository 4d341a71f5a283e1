"""Floor 1: compiled arithmetic on arrays and numbers only.

Kernels take C-contiguous float64/int arrays and scalars, trust their input, allocate before their loops,
guard divisors, never use fastmath and never take functions as arguments (numba's cache would miss).
"""
