"""Whole vectors of bars compared at once, the answers as bits of a word: bar `at` in the lowest.

Numba compiles such comparisons one by one. What is next, a signal or a touch, is then the lowest bit of a word, found
without a branch: at a branch that nobody can foresee the processor loses more time than it needs for sixteen bars.
"""

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from tradewind.model.bars import FloatArray
from tradewind.model.signals import SignArray

BITS = 64  # bars whose directions are one word
REACHED = 32  # bars that are looked at for one level at once
KEPT = 16  # numbers of which some are kept at once
TOUCHED = 16  # bars that are looked at for a touch at once: most trades end within so many
PART = 8  # float64 of one register
LINE = 64  # bytes that memory gives at once


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Where element `at` of an array lies; it is not checked that it is one of the array's."""
    assert kind.layout == "C", "elements must lie side by side"
    return builder.gep(context.make_array(kind)(context, builder, array).data, [at])


def _vector(builder: Any, place: Any, element: ir.Type, count: int) -> Any:
    # A vector begins at any element, so no more than an element's alignment may be promised.
    align = 1 if isinstance(element, ir.IntType) else 8
    return builder.load(builder.bitcast(place, ir.VectorType(element, count).as_pointer()), align=align)


def _all(builder: Any, value: Any, count: int) -> Any:
    """A vector that holds one value `count` times."""
    kind, place = ir.VectorType(value.type, count), ir.VectorType(ir.IntType(32), count)
    nothing = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(place, None))


@intrinsic
def _signs(typing_context: Any, direction: Any, at: Any) -> Any:
    signature = types.UniTuple(types.uint64, 2)(direction, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature.args[0], *arguments)
        signs, zero = (
            _vector(builder, place, ir.IntType(8), BITS),
            ir.Constant(ir.VectorType(ir.IntType(8), BITS), None),
        )
        some, short = builder.icmp_signed("!=", signs, zero), builder.icmp_signed("<", signs, zero)
        words = [builder.bitcast(answers, ir.IntType(BITS)) for answers in (some, short)]
        return context.make_tuple(builder, signature.return_type, words)

    return signature, generate


def _signs_uncompiled(direction: SignArray, at: int) -> tuple[np.uint64, np.uint64]:
    part = direction[at : at + BITS]
    return _word(part != 0), _word(part < 0)


@intrinsic
def _touches(typing_context: Any, low: Any, high: Any, at: Any, below: Any, above: Any) -> Any:
    signature = types.uint64(low, high, types.int64, types.float64, types.float64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        low, high, at, below, above = arguments
        lows, highs = (
            _vector(builder, _place(context, builder, kind, array, at), ir.DoubleType(), TOUCHED)
            for kind, array in zip(signature.args, (low, high), strict=False)
        )
        fell = builder.fcmp_ordered("<=", lows, _all(builder, below, TOUCHED))
        rose = builder.fcmp_ordered(">=", highs, _all(builder, above, TOUCHED))
        return builder.zext(builder.bitcast(builder.or_(fell, rose), ir.IntType(TOUCHED)), ir.IntType(64))

    return signature, generate


def _touches_uncompiled(low: FloatArray, high: FloatArray, at: int, below: float, above: float) -> np.uint64:
    part = slice(at, at + TOUCHED)
    return _word((low[part] <= below) | (high[part] >= above))


@intrinsic
def _far(typing_context: Any, address: Any, at: Any, least: Any) -> Any:
    signature = types.UniTuple(types.uint64, 2)(types.uint64, types.int64, types.float64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, at, least = arguments
        first = builder.gep(builder.inttoptr(address, ir.DoubleType().as_pointer()), [at])
        down = builder.fneg(least)
        words = [ir.Constant(ir.IntType(BITS), 0)] * 2
        # In parts that are one register each: of a vector of all bars the compiler makes detours.
        for part in range(0, BITS, PART):
            scores = _vector(builder, builder.gep(first, [ir.Constant(at.type, part)]), ir.DoubleType(), PART)
            low = builder.fcmp_ordered("<=", scores, _all(builder, down, PART))
            high = builder.fcmp_ordered(">=", scores, _all(builder, least, PART))
            for k, answers in enumerate((low, high)):
                bits = builder.zext(builder.bitcast(answers, ir.IntType(PART)), ir.IntType(BITS))
                words[k] = builder.or_(words[k], builder.shl(bits, ir.Constant(ir.IntType(BITS), part)))
        return context.make_tuple(builder, signature.return_type, words)

    return signature, generate


def _far_uncompiled(address: int, at: int, least: float) -> tuple[np.uint64, np.uint64]:
    scores = np.array((ctypes.c_double * BITS).from_address(int(address) + 8 * at))
    return _word(scores <= -least), _word(scores >= least)


@intrinsic
def _true(typing_context: Any, address: Any, at: Any) -> Any:
    signature = types.uint64(types.uint64, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.gep(builder.inttoptr(arguments[0], ir.IntType(8).as_pointer()), [arguments[1]])
        flags = _vector(builder, place, ir.IntType(8), BITS)
        answers = builder.icmp_signed("!=", flags, ir.Constant(flags.type, None))
        return builder.bitcast(answers, ir.IntType(BITS))

    return signature, generate


def _true_uncompiled(address: int, at: int) -> np.uint64:
    return _word(np.array((ctypes.c_bool * BITS).from_address(int(address) + at)))


@intrinsic
def _reached(typing_context: Any, low: Any, high: Any, at: Any, up: Any, level: Any) -> Any:
    signature = types.uint64(low, high, types.int64, types.boolean, types.float64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        low, high, at, up, level = arguments
        lows, highs = (
            _place(context, builder, kind, array, at) for kind, array in zip(signature.args, (low, high), strict=False)
        )
        prices = _vector(builder, builder.select(up, highs, lows), ir.DoubleType(), REACHED)
        # A price is at or below a level where its negative is at or above the level's.
        word = ir.IntType(64)
        sign = builder.select(up, ir.Constant(word, 0), ir.Constant(word, 1 << 63))
        mirrored = builder.xor(builder.bitcast(level, word), sign)
        signs = _all(builder, sign, REACHED)
        prices = builder.bitcast(builder.xor(builder.bitcast(prices, signs.type), signs), prices.type)
        bound = _all(builder, builder.bitcast(mirrored, ir.DoubleType()), REACHED)
        answers = builder.fcmp_ordered(">=", prices, bound)
        return builder.zext(builder.bitcast(answers, ir.IntType(REACHED)), word)

    return signature, generate


def _reached_uncompiled(low: FloatArray, high: FloatArray, at: int, up: bool, level: float) -> np.uint64:  # noqa: FBT001
    part = slice(at, at + REACHED)
    return _word(high[part] >= level if up else low[part] <= level)


@intrinsic
def _lowest(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


def _lowest_uncompiled(word: np.uint64) -> int:
    return (int(word) & -int(word)).bit_length() - 1 if word else BITS


@intrinsic
def _ones(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


def _ones_uncompiled(word: np.uint64) -> np.uint64:
    return np.uint64(int(word).bit_count())


@intrinsic
def _ones_from(typing_context: Any, word: Any, bit: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        half = ir.IntType(32)
        bits, first = (builder.trunc(argument, half) for argument in arguments)
        # A processor takes a shift modulo 32 by itself.
        rest = builder.lshr(bits, builder.and_(first, ir.Constant(half, 31)))
        return builder.zext(builder.ctpop(rest), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


def _ones_from_uncompiled(word: np.uint64, bit: np.uint64) -> np.uint64:
    return np.uint64(((int(word) & 0xFFFFFFFF) >> (int(bit) & 31)).bit_count())


@intrinsic
def _keep_equal(
    typing_context: Any, tags: Any, tag: Any, wanted: Any, numbers: Any, number: Any, kept: Any, at: Any
) -> Any:
    """Of KEPT `numbers` from one on those whose tag is the wanted one, to `kept[at]` and on; how many they are.

    KEPT places are written, whatever they are worth.
    """
    signature = types.uint64(tags, types.int64, types.int8, numbers, types.int64, kept, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        tags, tag, wanted, numbers, number, kept, at = arguments
        kinds = signature.args[0], signature.args[3]
        short, wide = ir.VectorType(ir.IntType(16), KEPT), ir.VectorType(ir.IntType(32), KEPT)
        own = _vector(builder, _place(context, builder, kinds[0], tags, tag), ir.IntType(8), KEPT)
        equal = builder.icmp_signed("==", own, _all(builder, wanted, KEPT))
        some = builder.bitcast(_place(context, builder, kinds[1], numbers, number), short.as_pointer())
        some = builder.zext(builder.load(some, align=2), wide)
        compress = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(wide, [wide, equal.type, wide]),
            f"llvm.experimental.vector.compress.v{KEPT}i32",
        )
        pressed = builder.call(compress, [some, equal, ir.Constant(wide, ir.Undefined)])
        to = builder.bitcast(_place(context, builder, signature.args[5], kept, at), short.as_pointer())
        builder.store(builder.trunc(pressed, short), to, align=2)
        return builder.zext(builder.ctpop(builder.bitcast(equal, ir.IntType(KEPT))), ir.IntType(64))

    return signature, generate


def _keep_equal_uncompiled(
    tags: SignArray,
    tag: int,
    wanted: np.int8,
    numbers: npt.NDArray[np.uint16],
    number: int,
    kept: npt.NDArray[np.uint16],
    at: np.uint64,
) -> np.uint64:
    some = numbers[number : number + KEPT][tags[tag : tag + KEPT] == wanted]
    kept[int(at) : int(at) + len(some)] = some
    return np.uint64(len(some))


def _ask_for(builder: Any, where: Any) -> None:
    number = ir.IntType(32)
    wanted = ir.FunctionType(ir.VoidType(), [where.type, number, number, number])
    fetch = cgutils.get_or_insert_function(builder.module, wanted, "llvm.prefetch.p0")
    builder.call(fetch, [where, *(ir.Constant(number, value) for value in (0, 2, 1))])  # to read, second level, data


@intrinsic
def _prefetch(typing_context: Any, array: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = _place(context, builder, signature.args[0], *arguments)
        _ask_for(builder, builder.bitcast(where, ir.IntType(8).as_pointer()))
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


def _prefetch_uncompiled(array: npt.NDArray[Any], at: int) -> None:
    return None


@intrinsic
def _fetch(typing_context: Any, address: Any) -> Any:
    signature = types.void(types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _ask_for(builder, builder.inttoptr(arguments[0], ir.IntType(8).as_pointer()))
        return context.get_dummy_value()

    return signature, generate


def _fetch_uncompiled(address: int) -> None:
    return None


def _word(answers: npt.NDArray[np.bool_]) -> np.uint64:
    return np.uint64(sum(1 << i for i, answer in enumerate(answers.tolist()) if answer))


# With the compiler off, as when a kernel is debugged, there are no intrinsics.
signs = _signs_uncompiled if config.DISABLE_JIT else _signs  # of BITS bars: which signal, which of them short
touches = _touches_uncompiled if config.DISABLE_JIT else _touches  # which of TOUCHED bars reach one of two levels
reached = _reached_uncompiled if config.DISABLE_JIT else _reached  # which of REACHED bars reach one level
lowest = _lowest_uncompiled if config.DISABLE_JIT else _lowest  # place of a word's lowest bit, BITS where it has none
ones = _ones_uncompiled if config.DISABLE_JIT else _ones  # how many bits of a word are set
ones_from = _ones_from_uncompiled if config.DISABLE_JIT else _ones_from  # how many of the lower 32 from a bit on
keep_equal = _keep_equal_uncompiled if config.DISABLE_JIT else _keep_equal  # the numbers that have one tag
prefetch = _prefetch_uncompiled if config.DISABLE_JIT else _prefetch  # begins to bring an element into the cache
fetch = _fetch_uncompiled if config.DISABLE_JIT else _fetch  # the same of what lies at an address
far = _far_uncompiled if config.DISABLE_JIT else _far  # of BITS scores at an address: which are low, which high
true = _true_uncompiled if config.DISABLE_JIT else _true  # which of BITS booleans at an address are
