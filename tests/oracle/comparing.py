"""Runs our side of a comparison with the twin and names every difference; imports ours only when called."""

import math
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from tests.oracle.scenarios import Scenario
from tests.oracle.twin import TwinMarket, TwinScalper
from tests.oracle.twin_law import TwinBars, TwinBook, TwinCosts, TwinPlan, TwinTrade, TwinWalk, Value
from tests.oracle.twin_words import Distance

TOLERANCE = 1e-9
FIRST_PERIOD = 7
WHOLE = ("signal", "entry", "exit", "direction", "label", "book", "ambiguous")
PRICES = ("entry_price", "exit_price", "stop_price", "target_price")
REAL = (*PRICES, "fees", "slippage", "r", "log_return", "mfe_r", "mae_r")


def bars_of(twin: TwinBars, symbol: str = "BTC/USDT:USDT") -> Any:
    """The twin's bars as ours."""
    from tradewind.model.bars import BAR_COLUMNS, Bars

    columns = {name: np.array(getattr(twin, name), np.int64 if name == "ts" else np.float64) for name in BAR_COLUMNS}
    return Bars(venue="made", symbol=symbol, timeframe="1m", **columns)


def twin_bars_of(bars: Any) -> TwinBars:
    """Our bars as the twin's."""
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return TwinBars(bars.timeframe_ms, *(column.tolist() for column in columns))


def array_of(values: list[Value]) -> np.ndarray:
    """A twin's feature as an array, None as NaN."""
    return np.array([math.nan if value is None else value for value in values])


def our_walk(scenario: Scenario) -> Any:
    """The trade table of our compiled law for a scenario, its ATR handed over as it is."""
    from tradewind.model.signals import Signals
    from tradewind.search.replay import walk

    direction = np.array(scenario.book.direction, np.int8)
    plan = our_plan(scenario.book.plan, 0)
    labels, instrument = our_labels(scenario.labels), our_instrument(scenario)
    return walk(funded_bars(scenario), Signals(direction), plan, _atr_of([scenario.book]), instrument, labels)


def funded_bars(scenario: Scenario) -> Any:
    """A scenario's bars with its funding rates."""
    bars = bars_of(scenario.bars)
    return bars if scenario.funding is None else replace(bars, funding=np.array(scenario.funding))


def our_masked_walk(scenario: Scenario, only_label: int) -> Any:
    """The same where only bars of one regime may open a trade."""
    entries = np.array(scenario.labels) == only_label
    everywhere: list[int | None] = [0] * len(entries)
    return our_switch_walk(scenario, [scenario.book], everywhere, entries)


def our_switch_walk(
    scenario: Scenario, books: Sequence[TwinBook], in_force: Sequence[int | None], entries: np.ndarray | None = None
) -> Any:
    """Several books as one schedule on the scenario's bars: at bar t the book `in_force[t]`, or nothing."""
    from tradewind.search.replay import Schedule, walk_schedule

    direction = [0 if number is None else books[number].direction[t] for t, number in enumerate(in_force)]
    schedule = Schedule(
        np.array(direction, np.int8),
        np.array([number or 0 for number in in_force], np.int32),
        [our_plan(book.plan, number) for number, book in enumerate(books)],
    )
    bars, instrument = funded_bars(scenario), our_instrument(scenario)
    return walk_schedule(bars, schedule, _atr_of(books), instrument, our_labels(scenario.labels), entries)


def our_labels(labels: Sequence[int] | None) -> Any:
    """A twin's labels as ours."""
    from tradewind.model.regimes import Labels

    return None if labels is None else Labels(np.array(labels, np.int8), ("a", "b", "c"))


def _atr_of(books: Sequence[TwinBook]) -> Any:
    """Stands in for our features: the ATR of period FIRST_PERIOD + k is that of book k."""
    kept = {FIRST_PERIOD + number: array_of(book.atr) for number, book in enumerate(books)}
    return SimpleNamespace(atr=kept.__getitem__)


def our_plan(plan: TwinPlan, number: int) -> Any:
    """The plan of book `number` as ours."""
    from tradewind.model.plan import AtrDistance, BreakoutEntry, LimitEntry, MarketEntry, Partial, Plan, PriceFraction
    from tradewind.model.plan import TrailStage as Stage

    def distance(given: Distance) -> AtrDistance | PriceFraction:
        kind, size = given
        return AtrDistance(FIRST_PERIOD + number, size) if kind == "atr" else PriceFraction(size)

    kind, expiry, up, down, hours, side = plan.entry
    entries = {
        "market": MarketEntry(),
        "limit": LimitEntry(expiry),
        "breakout": BreakoutEntry(up=up, down=down, hours=hours, side=side),
    }
    return Plan(
        stop=distance(plan.stop),
        target=None if plan.target is None else distance(plan.target),
        hold=plan.hold,
        entry=entries[kind],
        target_order=plan.target_order,
        partials=tuple(Partial(*partial) for partial in plan.partials),
        trail=tuple(Stage(trigger, None if given is None else distance(given)) for trigger, given in plan.trail),
        exit_on_opposite=plan.exit_on_opposite,
        exit_on_regime_change=plan.exit_on_regime_change,
    )


def our_instrument(scenario: Scenario) -> Any:
    """What a scenario trades as our instrument."""
    from tradewind.model.instrument import Costs, Instrument

    half_spread, slippage = scenario.basis_points
    fees = {"taker_fee": scenario.fee, "maker_fee": scenario.maker}
    return Instrument(
        venue="made",
        symbol="BTC/USDT:USDT",
        tick=scenario.tick,
        costs=Costs(**fees, half_spread_bps=half_spread, slippage_bps=slippage),
        short=scenario.short,
        leverage=scenario.leverage,
        maintenance_margin=scenario.maintenance,
    )


def our_scalper(scalper: TwinScalper) -> Any:
    """The same scalper as our strategy."""
    from tradewind.strategies.lr_scalper import LRScalper

    return LRScalper(**scalper._asdict())


def scalper_differences(
    market: TwinMarket, features: Any, scalper: TwinScalper, instrument: Any, labels: list[int] | None = None
) -> list[str]:
    """Differences from bars to trades: the twin's features, signals and law against ours."""
    from tradewind.search.replay import walk

    costs = TwinCosts(instrument.costs.taker_fee, instrument.costs.slip, instrument.tick, instrument.short)
    strategy = our_scalper(scalper)
    signals = strategy.signals(features)
    table = walk(features.bars, signals, strategy.plan, features, instrument, our_labels(labels))
    return differences(market.walk(scalper, costs, labels), table)


def differences(twin: TwinWalk, table: Any) -> list[str]:
    """Every way in which a trade table is not the twin's list, in words; empty where all is equal to 1e-9."""
    found = [
        f"{name}: twin {ours}, ours {theirs}"
        for name, ours, theirs in (
            ("trades", len(twin.trades), len(table)),
            ("dropped", twin.dropped, table.dropped),
            ("unfinished", twin.unfinished, table.unfinished),
            ("expired", twin.expired, table.expired),
        )
        if ours != theirs
    ]
    columns = {name: values.tolist() for name, values in table.columns().items()}
    reasons = _reasons()
    for number, trade in enumerate(twin.trades[: len(table)]):
        row = {name: values[number] for name, values in columns.items()}
        row |= {"reason": reasons[row["reason"]], "book": row["plan"]}
        wrong = _wrong_fields(trade, row)
        found += [f"trade {number} {name}: twin {getattr(trade, name)}, ours {row[name]}" for name in wrong]
    return found


def _wrong_fields(trade: TwinTrade, row: dict[str, Any]) -> list[str]:
    wrong = [name for name in (*WHOLE, "reason") if getattr(trade, name) != row[name]]
    return wrong + [name for name in REAL if not _close(getattr(trade, name), row[name])]


def _close(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= TOLERANCE * max(1.0, abs(a))


def _reasons() -> dict[int, str]:
    from tradewind.model.trades import ExitReason

    return {int(reason): reason.name.lower() for reason in ExitReason}
