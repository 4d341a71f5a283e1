"""Small made-up markets with arbitrary signals, ATR and plans, decoded from bytes; the same bytes, the same scenario.

Prices are whole multiples of a coarse binary tick, so that ties of price and level are exact and frequent; bytes of
zero give flat bars without gaps, volume or signals, which is what a shrinking property test should arrive at.
"""

import math
import random
from collections.abc import Iterator
from typing import NamedTuple

from tests.oracle.twin_law import TwinBars, TwinBook, TwinCosts, TwinWalk, Value, atr_plan, walk

MINUTE_MS = 60_000
BYTES_PER_BAR = 9
BYTES_OF_PLAN = 10
BASE_TICKS = 200
TICK = 0.5
ATR_IN_TICKS = (4.0, None, 0.0, 0.019, 0.02, 0.021, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 8.0, 10.0, 12.0, 16.0)
WICKS = (0, 0, 0, 1, 1, 2, 3, 5)
MULTIPLES = (1.0, 0.5, 1.5, 2.0, 3.0)
HOLDS = (60, 1, 2, 3, 5, 20)
FEES = (0.0, 0.0004, 0.001)
BASIS_POINTS = ((0.0, 0.0), (0.5, 0.5), (3.0, 7.0), (40.0, 20.0))  # half spread, slippage
TICKS = (0.0, TICK, 2 * TICK)


class Scenario(NamedTuple):
    """Everything a walk needs, in plain Python. `basis_points` are half spread and slippage, `funding` is per bar."""

    bars: TwinBars
    book: TwinBook
    labels: list[int] | None
    fee: float
    basis_points: tuple[float, float]
    tick: float
    short: bool
    maker: float = 0.0
    leverage: float = 1.0
    maintenance: float = 0.0
    funding: list[float] | None = None

    @property
    def costs(self) -> TwinCosts:
        slip = sum(self.basis_points) * 1e-4
        return TwinCosts(self.fee, slip, self.tick, self.short, self.maker, self.leverage, self.maintenance)

    def twin(self) -> TwinWalk:
        """The trades of the readable twin."""
        return walk(self.bars, self.book, self.costs, self.labels, funding=self.funding)


def scenario_from(data: bytes) -> Scenario:
    """Read `BYTES_OF_PLAN` bytes of settings and then `BYTES_PER_BAR` for each bar."""
    plan, rows = data[:BYTES_OF_PLAN], data[BYTES_OF_PLAN:]
    bars = bars_from(rows)
    chunks = list(_chunks(rows))
    direction = [0 if c[6] < 150 else (1 if c[6] % 2 else -1) for c in chunks]
    labels = None if plan[0] >= 230 else _labels([c[8] for c in chunks])
    settings = atr_plan(
        stop_atr=MULTIPLES[plan[1] % len(MULTIPLES)],
        target_atr=MULTIPLES[plan[2] % len(MULTIPLES)],
        hold=HOLDS[plan[3] % len(HOLDS)],
        exit_on_opposite=plan[4] % 2 == 1,
        exit_on_regime_change=plan[5] % 2 == 1,
    )
    return Scenario(
        bars=bars,
        book=TwinBook(direction, [_atr(c[7]) for c in chunks], settings),
        labels=labels,
        fee=FEES[plan[6] % len(FEES)],
        basis_points=BASIS_POINTS[plan[7] % len(BASIS_POINTS)],
        tick=TICKS[plan[8] % len(TICKS)],
        short=plan[9] < 200,
    )


def random_scenarios(seed: int, count: int, bars: int) -> Iterator[Scenario]:
    """`count` scenarios of `bars` bars each from a seeded generator."""
    source = random.Random(seed)
    for _ in range(count):
        yield scenario_from(source.randbytes(BYTES_OF_PLAN + bars * BYTES_PER_BAR))


def bars_from(data: bytes) -> TwinBars:
    """One bar per `BYTES_PER_BAR` bytes: gap, jump of the open, body, wicks, volume; the other bytes are not read."""
    bars = TwinBars(MINUTE_MS, [], [], [], [], [], [])
    ts, last = 0, BASE_TICKS
    for gap, jump, body, up, down, volume, *_ in _chunks(data):
        ts += MINUTE_MS * (1 + (gap % 4 + 1 if gap >= 235 else 0))
        opened = max(20, last + (0 if jump < 150 else jump % 9 - 4 if jump < 235 else jump % 41 - 20))
        closed = max(20, opened + (body % 7 + 1) // 2 * (1 if body % 2 else -1))
        high = max(opened, closed) + WICKS[up % 8]
        low = min(opened, closed) - WICKS[down % 8]
        for column, ticks in zip(bars[2:6], (opened, high, low, closed), strict=True):
            column.append(ticks * TICK)
        bars.ts.append(ts)
        bars.volume.append(float(volume % 4))
        last = closed
    return bars


def random_walk(seed: int, count: int) -> TwinBars:
    """A simulated market of `count` one-minute bars near 30,000 in steps of 0.1, with missing minutes and idle ones.

    Volatility clusters, volume grows with movement, about one bar in two hundred trades nothing.
    """
    source = random.Random(seed)
    bars = TwinBars(MINUTE_MS, [], [], [], [], [], [])
    ts, price, calm = 1_600_000_020_000, 30_000.0, 0.0
    for _ in range(count):
        ts += MINUTE_MS * (1 if source.random() > 0.001 else source.randint(2, 90))
        calm = 0.97 * calm + source.gauss(0.0, 0.12)
        scale = 4e-4 * math.exp(calm)
        path = [price * math.exp(source.gauss(0.0, scale / 4))]
        path += [path[0] * math.exp(source.gauss(0.0, scale)) for _ in range(4)]
        idle = source.random() < 0.005
        points = [round(price if idle else point, 1) for point in path]
        bars.ts.append(ts)
        for column, value in zip(bars[2:6], (points[0], max(points), min(points), points[-1]), strict=True):
            column.append(value)
        bars.volume.append(0.0 if idle else round(source.lognormvariate(3.0, 1.0) * (1 + 800 * scale), 3))
        price = points[-1]
    return bars


def _chunks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data) - BYTES_PER_BAR + 1, BYTES_PER_BAR):
        yield data[start : start + BYTES_PER_BAR]


def _atr(byte: int) -> Value:
    ticks = ATR_IN_TICKS[byte % len(ATR_IN_TICKS)]
    return None if ticks is None else ticks * TICK


def _labels(data: list[int]) -> list[int]:
    """Runs of labels -1, 0, 1, 2: most bytes keep the label before."""
    labels, label = [], 0
    for byte in data:
        label = byte % 4 - 1 if byte >= 200 else label
        labels.append(label)
    return labels
