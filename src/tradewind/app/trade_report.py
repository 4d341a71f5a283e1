"""A backtest's report: every figure from one table of trades, so that all breakdowns add up to the cent."""

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.app.figures import without_nan
from tradewind.app.traded import Moment, Traded
from tradewind.features.sessions import open_between
from tradewind.model.events import Conflict, EntriesPaused, EntryRefused, Note, TradeClosed
from tradewind.model.time import utc_day
from tradewind.model.trades import ExitReason
from tradewind.stats import payoff
from tradewind.stats.intervals import wilson_interval
from tradewind.stats.sharpe import sharpe

Table = dict[str, npt.NDArray[Any]]
SESSIONS: Mapping[str, tuple[str, int, int]] = MappingProxyType(
    {"asia": ("Asia/Tokyo", 9, 18), "london": ("Europe/London", 8, 17), "new_york": ("America/New_York", 8, 17)}
)
_MONEY = ("gross_quote", "fees_quote", "funding_quote", "slippage_quote", "net_quote")
_WHOLE = ("number", "plan", "direction", "label", "signal_ts", "entry_ts", "exit_ts", "reason")
_REAL = ("confidence", "stop_price", "r", "log_return", "mfe_r", "mae_r")


def tables_of(traded: Traded, regimes: Sequence[str]) -> dict[str, Table]:
    """Every table of a backtest by its name."""
    return {
        "trades": trade_table(traded.trades, regimes),
        "notes": notes_table(traded.notes),
        "equity": equity_table(traded.days),
        "curve": curve_table(traded.curve),
    }


def trade_table(trades: Sequence[TradeClosed], regimes: Sequence[str]) -> Table:
    """One row a trade. Money and prices stand as text, exactly as booked; `regime` and `exit` are names."""
    out: Table = {name: np.array([getattr(one, name) for one in trades], np.int64) for name in _WHOLE}
    out |= {name: np.array([getattr(one, name) for one in trades], np.float64) for name in _REAL}
    for name in (*_MONEY, "entry_price", "exit_price", "quantity", "equity_quote"):
        out[name] = np.array([format(getattr(one, name), "f") for one in trades], object)
    out["target_price"] = np.array([math.nan if t.target_price is None else t.target_price for t in trades])
    out["ambiguous"] = np.array([one.ambiguous for one in trades], np.bool_)
    for name in ("strategy", "symbol", "sizing"):
        out[name] = np.array([getattr(one, name) for one in trades], object)
    out["regime"] = np.array([regimes[t.label] if t.label >= 0 else "UNKNOWN" for t in trades], object)
    out["exit"] = np.array([ExitReason(one.reason).name.lower() for one in trades], object)
    return out


def notes_table(notes: Iterable[Note]) -> Table:
    """What else happened: refused entries, conflicts between strategies, pauses; one row each."""
    rows = [(one.ts, type(one).__name__, _words(one)) for one in notes if not isinstance(one, TradeClosed)]
    return {
        "ts": np.array([row[0] for row in rows], np.int64),
        "kind": np.array([row[1] for row in rows], object),
        "text": np.array([row[2] for row in rows], object),
    }


def equity_table(days: Sequence[tuple[int, float]]) -> Table:
    """Equity at the end of each UTC day."""
    return {
        "day_ms": np.array([day for day, _ in days], np.int64),
        "equity": np.array([equity for _, equity in days], np.float64),
    }


def curve_table(curve: Sequence[Moment]) -> Table:
    """The account through time, hour by hour."""
    return {
        "ts": np.array([one.ts for one in curve], np.int64),
        "equity": np.array([one.equity for one in curve], np.float64),
        "fall": np.array([one.fall for one in curve], np.float64),
    }


def _words(note: Any) -> str:
    return ", ".join(f"{name} {getattr(note, name)}" for name in note.__struct_fields__ if name != "ts")


def report_of(trades: Table, traded: Traded, deposit: float) -> dict[str, Any]:
    """Period, account, trades and their breakdowns (SPEC 5.5); every group's money sums to the whole's."""
    money = {name: [Decimal(text) for text in trades[name]] for name in _MONEY}
    state = traded.core.state
    equity = np.array([deposit, *(value for _, value in traded.days)])
    # A day that ends without money has no logarithm; nothing is traded after it.
    alive = equity[: int(np.argmax(equity <= 0))] if (equity <= 0).any() else equity
    ratio = sharpe(np.diff(np.log(alive))) if len(alive) > 1 else sharpe(np.empty(0))
    whole: dict[str, Any] = without_nan(
        {
            "account": {
                "deposit": deposit,
                "cash": _exact([state.book.cash]),
                "equity": state.equity,
                "open_trades": len(state.trades),
                "return": state.equity / deposit - 1.0,
                "max_drawdown": state.drawdown,
                "max_drawdown_quote": state.drawdown_quote,
                "days": len(traded.days),
                "sharpe_per_year": ratio.per_year,
                "sharpe_low": ratio.low_per_year,
                "sharpe_high": ratio.high_per_year,
                "quote": traded.core.setup.quote,
            },
            "trades": _figures(trades, money, np.ones(len(trades["r"]), np.bool_)),
            "by": {
                name: {key: _figures(trades, money, rows) for key, rows in groups.items() if rows.any()}
                for name, groups in _groups(trades).items()
            },
            "entries": _entries(traded),
            "notes": _counts(traded.notes),
        }
    )
    return whole


def _entries(traded: Traded) -> dict[str, Any]:
    """What became of every signal: each ends in exactly one of these. What no rule refused and nothing opened came
    while its strategy's place in the symbol was taken, or asked to sell short what cannot be."""
    refused: dict[tuple[str, str], int] = {}
    paused: dict[str, int] = {}
    closed_first = dropped = 0
    for note in traded.notes:
        match note:
            case EntryRefused():
                refused[note.by, note.reason] = refused.get((note.by, note.reason), 0) + 1
            case EntriesPaused():
                paused[note.breaker] = paused.get(note.breaker, 0) + 1
            case Conflict(how="its signal was dropped"):
                dropped += 1
            case Conflict():
                closed_first += 1
    opened = len(traded.trades) + len(traded.core.state.trades)
    return {
        "signals": traded.signals,
        "place_taken": traded.signals - opened - dropped - sum(refused.values()),
        "conflicts_dropped": dropped,
        "conflicts_closed_first": closed_first,
        "refused": [{"by": by, "reason": why, "signals": count} for (by, why), count in sorted(refused.items())],
        "opened": opened,
        "pauses": paused,
    }


def _groups(trades: Table) -> dict[str, dict[str, npt.NDArray[np.bool_]]]:
    """Rows of each breakdown. Sessions overlap and leave hours out, so "none" is a group, and "+" joins two."""
    found = {
        name: {str(key): trades[column] == key for key in sorted(set(trades[column].tolist()))}
        for name, column in (("exit", "exit"), ("asset", "symbol"), ("regime", "regime"), ("strategy", "strategy"))
    }
    found["side"] = {"long": trades["direction"] > 0, "short": trades["direction"] < 0}
    months = np.array([utc_day(ts)[:7] for ts in trades["entry_ts"].tolist()], object)
    found["month"] = {str(month): months == month for month in sorted(set(months.tolist()))}
    clocks = {name: open_between(trades["entry_ts"], *hours) for name, hours in SESSIONS.items()}
    session = np.array(
        ["+".join(name for name in clocks if clocks[name][row]) or "none" for row in range(len(trades["r"]))], object
    )
    found["session"] = {str(name): session == name for name in sorted(set(session.tolist()))}
    return found


def _figures(trades: Table, money: Mapping[str, list[Decimal]], rows: npt.NDArray[np.bool_]) -> dict[str, Any]:
    r, chosen = trades["r"][rows], np.flatnonzero(rows).tolist()
    net = [money["net_quote"][row] for row in chosen]
    wins = sum(one > 0 for one in net)
    low, high = wilson_interval(wins, len(net))
    won = float(sum((one for one in net if one > 0), Decimal(0)))
    return {
        "trades": len(net),
        "wins": wins,
        "win_rate": wins / len(net) if net else math.nan,
        "win_low": float(low),
        "win_high": float(high),
        "net": _exact(net),
        "gross": _exact([money["gross_quote"][row] for row in chosen]),
        "fees": _exact([money["fees_quote"][row] for row in chosen]),
        "funding": _exact([money["funding_quote"][row] for row in chosen]),
        "slippage": _exact([money["slippage_quote"][row] for row in chosen]),
        "profit_factor": float(payoff.profit_factor(float(sum(net, Decimal(0))), won)),
        "mean_r": float(r.mean()) if len(r) else math.nan,
        "mean_return_bps": float(1e4 * np.expm1(trades["log_return"][rows]).mean()) if len(r) else math.nan,
        "worst": _exact([min(net)]) if net else None,
        "ambiguous": int(trades["ambiguous"][rows].sum()),
    }


def _exact(amounts: Sequence[Decimal]) -> str:
    """A sum as text with all its digits: groups add up to the whole, whoever rounds what they show."""
    return format(sum(amounts, Decimal(0)), "f")


def _counts(notes: Sequence[Note]) -> dict[str, int]:
    """How often what happened; refused entries by the rule that refused them."""
    counts: dict[str, int] = {}
    for one in notes:
        key = type(one).__name__ if not hasattr(one, "by") else f"refused by {one.by}"
        counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))
