"""Monte Carlo of a run's procedure trades, a backtest's, or those in a file: what else could have come of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.run_store import FinishedRun, read_table
from tradewind.adapters.trade_file import read_trades
from tradewind.app.figures import without_nan
from tradewind.evidence.monte_carlo import (
    ANSWERS,
    QUANTILES,
    AccountTrades,
    Method,
    MonteCarlo,
    MonteCarloSettings,
    days_of,
    monte_carlo,
)
from tradewind.model.errors import BadData, BadFile, BadSetting

if TYPE_CHECKING:
    from tradewind.app.backtest import FinishedBacktest

RECORDS = ("switch", "static")
MOST_SHARE = 125.0  # times the account: the highest leverage of any venue known here


def monte_carlo_of_run(
    run: FinishedRun, settings: MonteCarloSettings | None = None, workers: int | None = None
) -> dict[str, dict[str, Any] | None]:
    """Figures of both procedure records, `switch` and `static`, by method; None for a record without a trade.

    The candidate table's trades are never used: their configurations were selected on them.
    """
    found: dict[str, dict[str, Any] | None] = {}
    for record in RECORDS:
        trades = procedure_trades(run, record)
        found[record] = monte_carlo_of_trades(trades, settings, workers) if len(trades) else None
    return found


def monte_carlo_of_trades(
    trades: AccountTrades, settings: MonteCarloSettings | None = None, workers: int | None = None
) -> dict[str, Any]:
    """Figures of any account's trades by method: those of `trades_of_backtest` or `trades_of_file`."""
    executor = ThreadExecutor(workers)
    return {method.value: monte_carlo_figures(monte_carlo(trades, method, executor, settings)) for method in Method}


def trades_of_backtest(done: "FinishedBacktest") -> AccountTrades:
    """The trades of a backtest as moves of its account: what each added to the deposit and all closed before it.

    Its real path ends at the deposit and the sum of all trades; what is still open at the end is not in it. Raises
    RunIncomplete where a table is missing, BadData where the account had nothing left.
    """
    table = read_table(done.folder, "trades")
    table = table.take(pc.array_sort_indices(table["exit_ts"]))
    net = np.array([float(text) for text in table["net_quote"].to_pylist()])
    equity = float(done.summary["account"]["deposit"]) + np.concatenate(([0.0], np.cumsum(net)))
    if not (equity > 0).all():
        raise BadData(f"{done.name} lost all of its account", "There is nothing after it to resample")
    return AccountTrades(
        log_return=np.diff(np.log(equity)),
        opened_ms=table["signal_ts"].to_numpy(),
        closed_ms=table["exit_ts"].to_numpy(),
        symbol=np.array(table["symbol"].to_pylist(), dtype=np.str_),
        day_ms=read_table(done.folder, "equity")["day_ms"].to_numpy(),
    )


def trades_of_file(path: Path, share: float = 1.0) -> AccountTrades:
    """The trades of a real account from a CSV file (opened, closed, symbol, return), each made with `share` of it.

    Give `share` where returns are of what was put in and not of the whole account. Days without a trade between the
    first and the last count as days. Raises BadFile for what cannot be read, BadSetting for a share that is none.
    """
    if not 0 < share <= MOST_SHARE:
        raise BadSetting(f"a share of {share} of the account", f"Choose one above 0 and up to {MOST_SHARE}")
    read = read_trades(path)
    lost = np.flatnonzero(read.net_return * share <= -1.0)
    if len(lost):
        raise BadFile(
            "the trade lost all of the account or more: there is nothing after it",
            "Leave it out, or give the share of the account that trades are made with",
            file=str(path),
            row=int(lost[0]) + 1,
        )
    return AccountTrades(
        log_return=np.log1p(read.net_return * share),
        opened_ms=read.opened_ms,
        closed_ms=read.closed_ms,
        symbol=read.symbol,
        day_ms=days_of(read.opened_ms),
    )


def procedure_trades(run: FinishedRun, record: str) -> AccountTrades:
    """The trades of one procedure record as those of an account that gives each of the run's symbols an equal share.

    Days and shares are those of the record's daily returns, so that the real path ends where the record did. Raises
    RunIncomplete where a table of the run is missing.
    """
    table = run.table("procedure_trades")
    table = table.filter(pc.equal(table["record"], record))
    return AccountTrades(
        log_return=table["log_return"].to_numpy() / len(run.manifest["data"]),
        opened_ms=table["signal_ts"].to_numpy(),
        closed_ms=table["exit_ts"].to_numpy(),
        symbol=np.array(table["symbol"].to_pylist(), dtype=np.str_),
        day_ms=run.table("procedure_days")["day_ms"].to_numpy(),
    )


def monte_carlo_figures(result: MonteCarlo) -> dict[str, Any]:
    """One result as plain values: quantiles by name (`p5`), probabilities, the real path, and the fan to draw.

    `return` and `loss_probability` are None for shuffled trades, which cannot tell.
    """
    real, ruin = result.real, result.settings.ruin
    figures: dict[str, Any] = without_nan(
        {
            "answers": ANSWERS[result.method],
            "paths": result.settings.paths,
            "seed": result.settings.seed,
            "trades": result.trades,
            "unit": result.unit,
            "units": result.units,
            "block_days": result.block_days,
            "return": _by_name(result.return_quantiles),
            "max_drawdown": _by_name(result.drawdown_quantiles),
            "loss_probability": result.loss_probability,
            "ruin": ruin,
            "ruin_probability": result.ruin_probability,
            "real": {
                "return": real.final_return[0],
                "max_drawdown": real.max_drawdown[0],
                "ruined": real.ruined(ruin)[0],
            },
            "fan": {
                "units": result.fan_at.tolist(),
                "real": result.real_fan.tolist(),
                **{name: result.fan[:, q].tolist() for q, name in enumerate(_names())},
            },
        }
    )
    return figures


def _names() -> list[str]:
    return [f"p{100 * q:.0f}" for q in QUANTILES]


def _by_name(values: Any) -> dict[str, float] | None:
    return None if values is None else dict(zip(_names(), values.tolist(), strict=True))
