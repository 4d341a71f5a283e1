"""Sections of a backtest's page on the account as a whole: how it went, and what trading it cost."""

from decimal import Decimal

import numpy as np

from tradewind.app.charts import Line, Lines
from tradewind.app.charts.scales import PERCENT, PLAIN
from tradewind.app.report.account.subject import Account, gained, money
from tradewind.app.report.blocks import Block, Column, Fact, Facts, Figure, Missing, Prose, Section, Table
from tradewind.app.report.formats import MISSING, count, gain, interval, number, percent, signed, win_rate

FEW_DAYS = 250  # of returns below which a Sharpe ratio is mostly chance


def result_section(account: Account) -> Section:
    """The figures of the account, its worth and its falls through time."""
    lead = (
        "What the account was worth, open positions included, at every hour. Everything below is made of one table of "
        "trades, `trades.parquet` beside this page, money in it to the last digit."
    )
    blocks: list[Block] = [_tiles(account)]
    curve = account.tables["curve"]
    if len(curve["ts"]):
        blocks += _figures(account)
    else:
        blocks.append(Missing("Equity and falls", "there is no bar in this time", "Choose another time range"))
    return Section("account", "How the account went", lead, blocks)


def _tiles(account: Account) -> Facts:
    figures, whole, quote = account.figures, account.whole, account.quote
    cost = sum((Decimal(whole[name]) for name in ("fees", "slippage", "funding")), Decimal(0))
    steady = f"95 %: {interval(figures['sharpe_low'], figures['sharpe_high'])}"
    return Facts(
        (
            Fact("Net result of closed trades", gained(account.net), f"{quote}, all costs paid", "net-result"),
            Fact("Account at the end", money(figures["equity"]), f"{quote}, {gain(figures['return'])}", "net-result"),
            Fact(
                "Deepest fall",
                percent(figures["max_drawdown"], 1),
                f"{money(figures['max_drawdown_quote'])} {quote}",
                "account-fall",
            ),
            Fact("Closed trades", count(whole["trades"]), f"{win_rate(whole)} % with a gain", "win-rate"),
            Fact(
                "Mean R", signed(whole["mean_r"], 3), f"{signed(whole['mean_return_bps'], 1)} bp a trade", "r-multiple"
            ),
            Fact("Profit factor", number(whole["profit_factor"]), "gains ÷ losses, after costs", "profit-factor"),
            Fact("Trading cost", money(cost), f"{quote}: fees, spread, slippage, funding", "trading-cost"),
            Fact("Worst trade", gained(whole["worst"]), quote, "net-result"),
            Fact("Sharpe ratio a year", signed(figures["sharpe_per_year"]), steady, "account-sharpe"),
        ),
        terms=("net-result", "account-fall", "win-rate", "r-multiple", "profit-factor", "account-sharpe"),
    )


def _figures(account: Account) -> list[Block]:
    curve = account.tables["curve"]
    step = float(np.median(np.diff(curve["ts"]))) if len(curve["ts"]) > 1 else 0.0
    x = [float(curve["ts"][0]) - step, *curve["ts"].tolist()]
    worth = [float(account.deposit), *curve["equity"].tolist()]
    falls = [0.0, *(-curve["fall"]).tolist()]
    deepest = account.figures["max_drawdown"]
    blocks: list[Block] = [
        Figure(
            title=f"What the account was worth, {account.quote}",
            chart=Lines(
                title="Equity of the account at each hour's end", x=x, lines=[Line("equity", worth)], unit=PLAIN,
                level=float(account.deposit), height=280,
            ),
            say="The dotted line is the deposit.",
            caption=account.basis,
            terms=("net-result",),
        ),
        Figure(
            title="How far below the most it had been worth",
            chart=Lines(
                title="Fall of the account from its highest worth so far", x=x,
                lines=[Line("fall", falls, area=True)], unit=PERCENT, level=0.0, height=160,
            ),
            say=f"At the end of each hour. The deepest close between them lay {percent(deepest, 1)} below.",
            caption=account.basis,
            terms=("account-fall",),
        ),
    ]  # fmt: skip
    if account.figures["days"] < FEW_DAYS:
        blocks.append(
            Prose(
                f"{count(account.figures['days'])} days are few: the [Sharpe ratio](#account-sharpe) of so short a "
                "time says little, whatever it is."
            )
        )
    return blocks


def costs_section(account: Account) -> Section:
    """From price moves to the account at the end, step by step."""
    whole = account.whole
    lead = "From what prices did to what was left: each line follows from the ones above it, to the cent."
    if whole["trades"] == 0:
        nothing = Missing("Costs", "no trade was closed", "Choose another time range or other settings")
        return Section("costs", "What trading cost", lead, [nothing])
    gross, fees, funding, slippage = (Decimal(whole[name]) for name in ("gross", "fees", "funding", "slippage"))
    steps = (
        ("price moves, before any cost", gross + slippage, True),
        ("spread and slippage", -slippage, True),
        ("fees", -fees, True),
        ("funding", -funding, True),
        ("= net result of closed trades", account.net, True),
        ("open positions, at the last close", account.of_open, False),
        ("= change of the account", account.net + account.of_open, False),
        ("deposit", account.deposit, False),
        ("= account at the end", account.deposit + account.net + account.of_open, False),
    )
    rows = [
        (
            what,
            money(amount) if what in ("deposit", "= account at the end") else gained(amount),
            _bp(account, amount) if of_trades else "",
        )
        for what, amount, of_trades in steps
    ]
    columns = (
        Column("", words=True), Column(account.quote, "net-result"), Column("bp of what was traded", "cost-model"),
    )  # fmt: skip
    steps_table = Table(
        title="From price moves to the account", columns=columns, rows=rows, caption=account.basis,
        terms=("trading-cost", "net-result", "cost-model"),
    )  # fmt: skip
    return Section("costs", "What trading cost", lead, [steps_table, _even(account, gross + slippage)])


def _bp(account: Account, amount: Decimal) -> str:
    return signed(1e4 * float(amount) / account.turnover, 2) if account.turnover else MISSING


def _even(account: Account, raw: Decimal) -> Prose:
    """How expensive trading might have been."""
    paid = 1e4 * float(raw - account.net) / account.turnover if account.turnover else 0.0
    bears = 1e4 * float(raw) / account.turnover if account.turnover else 0.0
    verdict = (
        "Prices moved against these trades before any cost: no fee is low enough."
        if raw <= 0
        else f"These trades bear {number(bears, 2)} bp a round trip before nothing is left."
    )
    return Prose(
        f"A round trip paid {number(paid, 2)} bp of its notional on average. {verdict} "
        "See [break-even cost](#break-even-cost)."
    )
