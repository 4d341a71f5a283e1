"""Report section on the walk-forward: what each window promised in sample and what came of it out of sample."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.app.charts import Pairs
from tradewind.app.charts.scales import R_MULTIPLE
from tradewind.app.report.blocks import Block, Cell, Column, Figure, Missing, Prose, Section, Table
from tradewind.app.report.formats import MISSING, SMALL_SAMPLE, count, gain, number, signed
from tradewind.app.report.subject import Subject, days_text
from tradewind.model.time import utc_day


@dataclass(frozen=True, slots=True)
class Tried:
    """A window: what its choice promised in sample and did out of sample; NaN where nothing was chosen or traded."""

    in_start_ms: int
    start_ms: int
    end_ms: int
    regimes: int
    promised_r: float
    promised_trades: int
    r: float
    trades: int
    log_return: float
    static_r: float
    static_trades: int


def windows_of(subject: Subject) -> list[Tried]:
    """Every window with its choice's mean R in sample (under the regimes' masks) and out of sample.

    A test day belongs to the latest window that tests it, a trade to the window of its signal.
    """
    run = subject.run
    windows, choices, trades = (run.table(name) for name in ("windows", "choices", "procedure_trades"))
    starts = windows["out_of_sample_start_ms"].to_numpy()
    chosen = (choices["configuration"].to_numpy() >= 0) & (choices["detector"].to_numpy() == 0)
    of_window, n = choices["window"].to_numpy()[chosen], choices["trades"].to_numpy()[chosen]
    promised = np.bincount(of_window, n * choices["mean_r"].to_numpy()[chosen], len(starts))
    promised_n = np.bincount(of_window, n, len(starts))
    regimes = np.bincount(of_window, minlength=len(starts))
    own = np.searchsorted(starts, trades["signal_ts"].to_numpy(), side="right") - 1
    record = np.array(trades["record"].to_pylist(), dtype=np.str_)
    sums = {}
    for name in ("switch", "static"):
        here = own[record == name]
        columns = (np.ones(len(here)), *(trades[c].to_numpy()[record == name] for c in ("r", "log_return")))
        sums[name] = [np.bincount(here, column, len(starts)) for column in columns]
    symbols = len(run.manifest["data"])
    return [
        Tried(
            in_start_ms=int(windows["in_sample_start_ms"][i].as_py()),
            start_ms=int(starts[i]),
            end_ms=int(windows["out_of_sample_end_ms"][i].as_py()),
            regimes=int(regimes[i]),
            promised_r=_mean(promised[i], promised_n[i]),
            promised_trades=int(promised_n[i]),
            r=_mean(sums["switch"][1][i], sums["switch"][0][i]),
            trades=int(sums["switch"][0][i]),
            log_return=float(sums["switch"][2][i]) / symbols,
            static_r=_mean(sums["static"][1][i], sums["static"][0][i]),
            static_trades=int(sums["static"][0][i]),
        )
        for i in range(len(starts))
    ]


def windows_section(subject: Subject) -> Section:
    """Each window in and out of sample, as a chart and as a table."""
    tried = windows_of(subject)
    one = subject.summary["windows"]
    lead = (
        f"Each [window](#walk-forward) chooses on {days_text(one['in_sample_days'])} and trades the "
        f"{days_text(one['out_of_sample_days'])} that follow; the next begins {days_text(one['step_days'])} later, and "
        f"the last {count(one['purge_bars'])} bars before each test are left out of choosing ([purge](#purge))."
    )
    traded = [window for window in tried if window.trades]
    sample = f"N = {count(sum(w.trades for w in tried))} trades of the switch out of sample"
    blocks: list[Block] = []
    if traded:
        blocks += [_said(traded, len(tried)), _chart(tried, subject.basis(sample))]
    else:
        blocks.append(
            Missing(
                "The chart of windows",
                f"in none of the {count(len(tried))} windows was anything worth trading in sample",
            )
        )
    blocks.append(_table(tried, len(subject.summary["regimes"][0]["names"]), subject.basis(sample)))
    return Section("windows", "Window by window", lead, blocks)


def _said(traded: Sequence[Tried], windows: int) -> Prose:
    won = sum(window.r > 0 for window in traded)
    better = sum(window.r >= window.promised_r for window in traded)
    idle = windows - len(traded)
    text = (
        f"Of {count(windows)} windows {count(len(traded))} traded, {count(won)} of them with a gain, {count(better)} "
        "at least as good as promised in sample."
    )
    return Prose(text + (f" {count(idle)} found nothing to trade and stood aside." if idle else ""))


def _chart(tried: Sequence[Tried], basis: str) -> Figure:
    chart = Pairs(
        title="Mean R of each window in sample and out of sample",
        x=[float(w.start_ms) for w in tried],
        first=[w.promised_r for w in tried],
        second=[w.r for w in tried],
        names=("in sample", "out of sample"),
        unit=R_MULTIPLE,
        y_name="mean R a trade",
    )
    return Figure(
        title="What was promised, what came",
        chart=chart,
        say=(
            "Each stem is a window at the date its test begins. Hollow: the choice's mean R on the past it was chosen "
            "on, under each regime's mask. Filled: what it then did. Long drops mean that choosing fitted the past."
        ),
        caption=basis,
        terms=("walk-forward", "r-multiple", "overfit-ratio"),
    )


def _table(tried: Sequence[Tried], regimes: int, basis: str) -> Table:
    columns = (
        Column("test from", words=True), Column("to", words=True), Column("in sample from", words=True),
        Column("regimes traded", "specialist"), Column("in-sample mean R", "r-multiple"), Column("trades"),
        Column("out-of-sample mean R", "r-multiple"), Column("trades"), Column("return", "return"),
        Column("static mean R", "static"), Column("trades"),
    )  # fmt: skip
    rows = [
        (
            utc_day(w.start_ms), utc_day(w.end_ms), utc_day(w.in_start_ms), f"{w.regimes} of {regimes}",
            _r(w.promised_r, w.promised_trades), _n(w.promised_trades), _r(w.r, w.trades), _n(w.trades),
            gain(float(np.expm1(w.log_return))) if w.trades else MISSING, _r(w.static_r, w.static_trades),
            _n(w.static_trades),
        )
        for w in tried
    ]  # fmt: skip
    return Table(
        title=f"All {number(len(tried), 0)} windows", columns=columns, rows=rows, caption=basis,
        terms=("walk-forward", "purge", "specialist", "static", "few-trades"), folded=True,
    )  # fmt: skip


def _mean(total: float, n: float) -> float:
    return float(total / n) if n else float("nan")


def _r(mean: float, n: int) -> str:
    return signed(mean, 3) if n else MISSING


def _n(n: int) -> Cell:
    return Cell(count(n) if n else MISSING, few=0 < n < SMALL_SAMPLE)
