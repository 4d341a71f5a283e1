"""Runs our side of a comparison with the twin and names every difference; imports ours only when called."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
from tests.oracle.scenarios import Scenario
from tests.oracle.twin import TwinMarket, TwinScalper
from tests.oracle.twin_law import TwinBars, TwinCosts, TwinTrade, TwinWalk, Value

TOLERANCE = 1e-9
ATR_PERIOD = 7
WHOLE = ("signal", "entry", "exit", "direction", "label", "ambiguous")
REAL = ("entry_price", "exit_price", "stop_price", "target_price", "fees", "r", "log_return", "mfe_r", "mae_r")


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
    from tradewind.model.instrument import Costs, Instrument
    from tradewind.model.plan import AtrDistance, Plan
    from tradewind.model.regimes import Labels
    from tradewind.model.signals import Signals
    from tradewind.search.replay import walk

    book = scenario.book
    plan = Plan(
        stop=AtrDistance(ATR_PERIOD, book.plan.stop_atr),
        target=AtrDistance(ATR_PERIOD, book.plan.target_atr),
        hold=book.plan.hold,
        exit_on_opposite=book.plan.exit_on_opposite,
        exit_on_regime_change=book.plan.exit_on_regime_change,
    )
    half_spread, slippage = scenario.basis_points
    costs = Costs(taker_fee=scenario.fee, maker_fee=0.0, half_spread_bps=half_spread, slippage_bps=slippage)
    instrument = Instrument(venue="made", symbol="BTC/USDT:USDT", tick=scenario.tick, costs=costs, short=scenario.short)
    labels = None if scenario.labels is None else Labels(np.array(scenario.labels, np.int8), ("a", "b", "c"))
    return walk(
        bars_of(scenario.bars),
        Signals(np.array(book.direction, np.int8)),
        plan,
        SimpleNamespace(atr={ATR_PERIOD: array_of(book.atr)}.__getitem__),
        instrument,
        labels,
    )


def our_scalper(scalper: TwinScalper) -> Any:
    """The same scalper as our strategy."""
    from tradewind.strategies.lr_scalper import LRScalper

    return LRScalper(**scalper._asdict())


def scalper_differences(
    market: TwinMarket, features: Any, scalper: TwinScalper, instrument: Any, labels: list[int] | None = None
) -> list[str]:
    """Differences from bars to trades: the twin's features, signals and law against ours."""
    from tradewind.model.regimes import Labels
    from tradewind.search.replay import walk

    costs = TwinCosts(instrument.costs.taker_fee, instrument.costs.slip, instrument.tick, instrument.short)
    strategy = our_scalper(scalper)
    ours = None if labels is None else Labels(np.array(labels, np.int8), ("a", "b", "c"))
    table = walk(features.bars, strategy.signals(features), strategy.plan, features, instrument, ours)
    return differences(market.walk(scalper, costs, labels), table)


def differences(twin: TwinWalk, table: Any) -> list[str]:
    """Every way in which a trade table is not the twin's list, in words; empty where all is equal to 1e-9."""
    found = [
        f"{name}: twin {ours}, ours {theirs}"
        for name, ours, theirs in (
            ("trades", len(twin.trades), len(table)),
            ("dropped", twin.dropped, table.dropped),
            ("unfinished", twin.unfinished, table.unfinished),
        )
        if ours != theirs
    ]
    columns = {name: values.tolist() for name, values in table.columns().items()}
    reasons = _reasons()
    for number, trade in enumerate(twin.trades[: len(table)]):
        row = {name: values[number] for name, values in columns.items()}
        row["reason"] = reasons[row["reason"]]
        wrong = _wrong_fields(trade, row)
        found += [f"trade {number} {name}: twin {getattr(trade, name)}, ours {row[name]}" for name in wrong]
    return found


def _wrong_fields(trade: TwinTrade, row: dict[str, Any]) -> list[str]:
    wrong = [name for name in (*WHOLE, "reason") if getattr(trade, name) != row[name]]
    return wrong + [name for name in REAL if not _close(getattr(trade, name), row[name])]


def _close(a: float, b: float) -> bool:
    return a == b or abs(a - b) <= TOLERANCE * max(1.0, abs(a))


def _reasons() -> dict[int, str]:
    from tradewind.model.trades import ExitReason

    return {int(reason): reason.name.lower() for reason in ExitReason}
