"""Small made-up markets under arbitrary plans of the whole language, decoded from bytes as the plain scenarios are.

Most numbers are binary fractions, so that levels and prices tie often; bytes of zero give the plainest plan.
"""

import random
from collections.abc import Iterator

from tests.oracle.scenarios import BYTES_OF_PLAN, BYTES_PER_BAR, Scenario, scenario_from
from tests.oracle.twin_law import TwinEntry, TwinPlan
from tests.oracle.twin_words import Distance

BYTES_OF_LANGUAGE = BYTES_OF_PLAN + 14
DISTANCES: tuple[Distance, ...] = (
    ("atr", 1.0),
    ("atr", 0.5),
    ("atr", 2.0),
    ("fraction", 1 / 32),
    ("fraction", 1 / 64),
    ("fraction", 0.02),
)
TARGETS: tuple[Distance | None, ...] = (
    ("atr", 1.5),
    None,
    ("atr", 0.5),
    ("atr", 3.0),
    ("fraction", 1 / 32),
    ("fraction", 0.05),
)
EXPIRIES = (1, 2, 3, 8)
UPS = (1.005, 1.0078125, 1.015625, 1.03125)
DOWNS = (0.92, 0.984375, 0.96875, 0.9921875)
HOURS = (24.0, 0.05, 0.1, 0.2, 0.075)
SIDES = ("either", "up_only", "short_on_down")
PARTIALS: tuple[tuple[tuple[float, float], ...], ...] = (
    (),
    (),
    ((1.0, 0.5),),
    ((0.5, 0.25), (1.0, 0.25)),
    ((1.0, 0.3), (2.0, 0.3)),
    ((0.25, 0.5), (0.75, 0.25), (1.5, 0.125)),
)
TRAILS: tuple[tuple[tuple[float, Distance | None], ...], ...] = (
    (),
    (),
    ((1.0, None),),
    ((0.5, ("atr", 1.0)),),
    ((0.5, ("atr", 2.0)), (1.0, ("atr", 0.5))),
    ((0.25, ("fraction", 1 / 64)), (1.0, None)),
    ((0.5, ("atr", 0.5)), (1.5, ("atr", 3.0))),
)
MAKERS = (0.0, 0.0002, -0.0001)
MARGINS = ((1.0, 0.0), (1.0, 0.97), (5.0, 0.005), (20.0, 0.0), (20.0, 0.005), (50.0, 0.0))  # leverage, maintenance
RATES = (0.0, 0.0, 0.0, 0.0001, -0.0003, 0.002)


def plan_scenario_from(data: bytes) -> Scenario:
    """Read `BYTES_OF_LANGUAGE` bytes of settings and then `BYTES_PER_BAR` for each bar."""
    plain, rows = data[:BYTES_OF_PLAN], data[BYTES_OF_LANGUAGE:]
    scenario = scenario_from(plain + rows)
    more = data[BYTES_OF_PLAN:BYTES_OF_LANGUAGE]
    kind = ("market", "limit", "breakout")[more[0] % 3]
    entry = TwinEntry(
        kind=kind,
        expiry=EXPIRIES[more[1] % len(EXPIRIES)],
        up=UPS[more[2] % len(UPS)],
        down=DOWNS[more[3] % len(DOWNS)],
        hours=HOURS[more[4] % len(HOURS)],
        side=SIDES[more[5] % len(SIDES)],
    )
    before = scenario.book.plan
    plan = TwinPlan(
        stop=DISTANCES[more[6] % len(DISTANCES)],
        target=TARGETS[more[7] % len(TARGETS)],
        hold=before.hold,
        exit_on_opposite=before.exit_on_opposite,
        exit_on_regime_change=before.exit_on_regime_change,
        entry=entry if kind != "market" else TwinEntry(),
        target_order="limit" if more[8] % 2 else "market",
        partials=PARTIALS[more[9] % len(PARTIALS)],
        trail=TRAILS[more[10] % len(TRAILS)],
    )
    volumes = rows[5::BYTES_PER_BAR][: len(scenario.bars.ts)]
    leverage, maintenance = MARGINS[more[12] % len(MARGINS)]
    return scenario._replace(
        book=scenario.book._replace(plan=plan),
        maker=MAKERS[more[11] % len(MAKERS)],
        leverage=leverage,
        maintenance=maintenance,
        funding=[RATES[byte % len(RATES)] for byte in volumes] if more[13] % 2 else None,
    )


def random_plan_scenarios(seed: int, count: int, bars: int) -> Iterator[Scenario]:
    """`count` scenarios of `bars` bars each from a seeded generator."""
    source = random.Random(seed)
    for _ in range(count):
        yield plan_scenario_from(source.randbytes(BYTES_OF_LANGUAGE + bars * BYTES_PER_BAR))
