"""Other people's event engines on given bars and signals; runs in a Python of its own (`make peers`), apart from ours.

`peer_engines.py ENGINE FILE` reads arrays from FILE (npz), then runs once for every line of its input and answers with
a line of JSON: processor seconds of that run, and the entry and exit times of its trades.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

Arrays = dict[str, Any]
Result = tuple[float, list[tuple[int, int]]]
MINUTE_MS = 60_000
CASH = 1_000_000_000


def backtesting_py(given: Arrays) -> Iterator[Result]:
    """backtesting.py: market entry at the next open, stop and target from the signal's close, exit at the hold.

    Its statistics at the end are left out of the clock: ours are too.
    """
    import backtesting
    from backtesting import Backtest, Strategy

    direction, reach, hold = given["direction"].tolist(), given["reach"].tolist(), int(given["hold"])

    class Signals(Strategy):
        def init(self) -> None:
            pass

        def next(self) -> None:
            bar = len(self.data) - 1
            if self.trades:
                if bar - self.trades[0].entry_bar >= hold - 1:
                    self.position.close()
            elif direction[bar] and reach[bar] > 0 and not self.orders:
                price, away = float(self.data.Close[-1]), reach[bar]
                if direction[bar] > 0:
                    self.buy(size=1, sl=price - away, tp=price + away)
                else:
                    self.sell(size=1, sl=price + away, tp=price - away)

    names = {"open": "Open", "high": "High", "low": "Low", "close": "Close"}
    frame = pd.DataFrame({theirs: given[ours] for ours, theirs in names.items()})
    frame["Volume"] = 1.0
    frame.index = pd.to_datetime(given["ts"], unit="ms")
    ts = given["ts"].tolist()
    found: list[Any] = []

    def no_statistics(trades: Any, **_: Any) -> pd.Series:
        found[:] = trades
        return pd.Series({"_trades": None})

    backtesting.backtesting.compute_stats = no_statistics
    backtesting.backtesting._tqdm = lambda rows, **_: rows  # no progress bar either
    while True:
        test = Backtest(
            frame, Signals, cash=CASH, commission=float(given["fee"]), trade_on_close=False, finalize_trades=False
        )
        begin = time.process_time()
        test.run()
        seconds = time.process_time() - begin
        yield seconds, [(ts[one.entry_bar], ts[one.exit_bar]) for one in found]


def nautilus(given: Arrays) -> Iterator[Result]:
    """nautilus_trader: a bracket of market entry, stop and limit target, sent at a bar's close; exit at the hold.

    It fills a market order at once, at the close of the signal bar, not at the next open.
    """
    from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
    from nautilus_trader.config import LoggingConfig, RiskEngineConfig
    from nautilus_trader.model.currencies import USDT
    from nautilus_trader.model.data import BarType
    from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
    from nautilus_trader.model.identifiers import Venue
    from nautilus_trader.model.objects import Money
    from nautilus_trader.persistence.wranglers import BarDataWrangler
    from nautilus_trader.test_kit.providers import TestInstrumentProvider
    from nautilus_trader.trading.strategy import Strategy

    instrument = TestInstrumentProvider.btcusdt_perp_binance()
    bar_type = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
    frame = pd.DataFrame({name: given[name] for name in ("open", "high", "low", "close")})
    frame["volume"] = 1000.0
    frame.index = pd.to_datetime(given["ts"] + MINUTE_MS, unit="ms", utc=True)
    bars = BarDataWrangler(bar_type, instrument).process(frame)
    direction, reach, hold = given["direction"].tolist(), given["reach"].tolist(), int(given["hold"])
    closes = given["close"].tolist()
    quantity = instrument.make_qty(0.1)

    class Signals(Strategy):
        def __init__(self) -> None:
            super().__init__()
            self.bar, self.entered = -1, -1

        def on_start(self) -> None:
            self.subscribe_bars(bar_type)

        def on_bar(self, _: Any) -> None:
            self.bar += 1
            bar = self.bar
            if not self.portfolio.is_flat(instrument.id):
                if bar - self.entered >= hold:
                    self.cancel_all_orders(instrument.id)
                    self.close_all_positions(instrument.id)
            elif direction[bar] and reach[bar] > 0:
                self.entered, d = bar, direction[bar]
                self.submit_order_list(
                    self.order_factory.bracket(
                        instrument_id=instrument.id,
                        order_side=OrderSide.BUY if d > 0 else OrderSide.SELL,
                        quantity=quantity,
                        tp_price=instrument.make_price(closes[bar] + d * reach[bar]),
                        sl_trigger_price=instrument.make_price(closes[bar] - d * reach[bar]),
                    )
                )

    while True:
        engine = BacktestEngine(
            BacktestEngineConfig(
                logging=LoggingConfig(bypass_logging=True),
                risk_engine=RiskEngineConfig(bypass=True),
                run_analysis=False,
            )
        )
        engine.add_venue(
            venue=Venue("BINANCE"), oms_type=OmsType.NETTING, account_type=AccountType.MARGIN, base_currency=USDT,
            starting_balances=[Money(1_000_000, USDT)],
        )  # fmt: skip
        engine.add_instrument(instrument)
        engine.add_data(bars)
        engine.add_strategy(Signals())
        begin = time.process_time()
        engine.run()
        seconds = time.process_time() - begin
        closed = engine.cache.positions_closed() + engine.cache.position_snapshots()
        times = sorted((one.ts_opened // 1_000_000, one.ts_closed // 1_000_000 - MINUTE_MS) for one in closed)
        engine.dispose()
        yield seconds, times


ENGINES: dict[str, Callable[[Arrays], Iterator[Result]]] = {"backtesting": backtesting_py, "nautilus_trader": nautilus}


def main() -> None:
    """One run for every line."""
    name, path = sys.argv[1:]
    with np.load(path) as file:
        given = dict(file)
    runs = ENGINES[name](given)
    for _ in sys.stdin:
        seconds, trades = next(runs)
        print(json.dumps({"seconds": seconds, "trades": trades}), flush=True)


if __name__ == "__main__":
    main()
