"""Monte Carlo of a finished run: what else its procedure's trades could have come to, by each method."""

from typing import Any

import numpy as np
import pyarrow.compute as pc

from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.run_store import FinishedRun
from tradewind.app.figures import without_nan
from tradewind.evidence.monte_carlo import (
    ANSWERS,
    QUANTILES,
    AccountTrades,
    Method,
    MonteCarlo,
    MonteCarloSettings,
    monte_carlo,
)

RECORDS = ("switch", "static")


def monte_carlo_of_run(
    run: FinishedRun, settings: MonteCarloSettings | None = None, workers: int | None = None
) -> dict[str, dict[str, Any] | None]:
    """Figures of both procedure records, `switch` and `static`, by method; None for a record without a trade.

    The candidate table's trades are never used: their configurations were selected on them. Trades from elsewhere, of
    a backtest or a real account, go through `AccountTrades`, `monte_carlo` and `monte_carlo_figures`.
    """
    executor = ThreadExecutor(workers)
    found: dict[str, dict[str, Any] | None] = {}
    for record in RECORDS:
        trades = procedure_trades(run, record)
        found[record] = (
            {method.value: monte_carlo_figures(monte_carlo(trades, method, executor, settings)) for method in Method}
            if len(trades)
            else None
        )
    return found


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
