"""Backtest: the trader core over catalogued bars, with its money, bounds and order rules; results in a folder."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

import tradewind
from tradewind.adapters.catalog import Catalog, SeriesKey
from tradewind.adapters.durable import write_durably
from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.journal import SqliteJournal
from tradewind.adapters.ledger import Ledger
from tradewind.adapters.run_store import FinishedRun, RunStore, RunWriter
from tradewind.app.again import choices_of, preset_of
from tradewind.app.funding import about_funding, market_bars
from tradewind.app.proposals import space_of
from tradewind.app.report.account import account_page
from tradewind.app.research import each_once, extent_of
from tradewind.app.search import code_version, run_name
from tradewind.app.session import JOURNAL, JournalRecord, Session
from tradewind.app.settings import Preset
from tradewind.app.trade_report import report_of, tables_of
from tradewind.app.traded import Progress, Traded, digest_of, traded_through
from tradewind.app.user_strategy import faults_of
from tradewind.app.workspace import Workspace
from tradewind.evidence.recording import needed_bars
from tradewind.evidence.verification import LIVE_BARS_LEAST
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting, NoData
from tradewind.model.time import TimeRange, timeframe_ms, utc_day
from tradewind.search.procedure import ANY
from tradewind.search.space import Space
from tradewind.strategies.strategy import Strategy, parameters
from tradewind.trading.decisions import Decided, Voice, decide
from tradewind.trading.kept import state_bytes
from tradewind.trading.setup import Caps, Setup, TradedStrategy
from tradewind.trading.sizing import InverseVolatility

WARM_UP_BARS = 4096  # at least, before the first traded bar, where the catalog has them
SWITCH, STATIC = "switch", "static"
PAGE = "report.html"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BacktestRequest:
    """What to trade: a preset's symbols over a time range; `run` gives specialists and baseline, None the preset's.

    `journal` keeps everything the core was told.
    """

    preset: Preset
    symbols: Sequence[str] = ()
    span: TimeRange = TimeRange()  # noqa: RUF009 - frozen
    run: FinishedRun | None = None
    workers: int | None = None
    journal: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FinishedBacktest:
    """A backtest's name, its folder (tables as Parquet, manifest, summary, the page to read), and its summary."""

    name: str
    folder: Path
    summary: Mapping[str, Any]

    @property
    def page(self) -> Path:
        """The report to read."""
        return self.folder / PAGE


def backtest(request: BacktestRequest, workspace: Workspace, progress: Progress) -> FinishedBacktest:
    """Trade an account through history. The same question makes the same folder, byte for byte.

    Raises NoData where the catalog has no bars of a symbol, BadSetting where the span reaches into a locked hold-out or
    nobody is left to trade.
    """
    preset = request.preset
    with faults_of(preset.strategy.file):
        voices = voices_of(request)
    bars, first_ts = _bars_of(request, workspace, voices)
    with faults_of(preset.strategy.file):
        setup = setup_of(preset, [one.symbol for one in bars], bars[0].timeframe_ms, voices)
    manifest = _manifest(request, bars, first_ts)
    root, name = workspace.root / "backtests", run_name(manifest)
    store = RunStore(root)
    store.sweep()
    writer = store.begin(name)
    try:
        detector = preset.built_detectors()[0]
        progress.stage("features, regimes, signals", sum(len(one) for one in bars))

        def decided(one: Bars) -> Decided:
            with faults_of(preset.strategy.file):
                found = decide(one, voices, detector, first=int(np.searchsorted(one.ts, first_ts)))
            progress.advance(len(one))
            return found

        symbols = list(ThreadExecutor(request.workers).map(decided, list(bars)))
        _refuse_unknown_volatility(setup, symbols)
        session = Session(name, code_version(), setup, detector.names)
        traded = _traded(request, writer, session, symbols, first_ts, progress)
        tables = tables_of(traded, detector.names)
        summary = {
            **_about(request, bars, first_ts, voices, detector.names),
            **report_of(tables["trades"], traded, preset.account.deposit),
            "digest": digest_of(traded.core),
        }
        for table, columns in tables.items():
            writer.table(table, columns)
        write_durably(writer.path(PAGE), account_page(name, manifest, summary, tables).encode())
        writer.finish(manifest, summary, {"code": code_version()})
    finally:
        writer.release()
    return FinishedBacktest(name, root / name, summary)


def _traded(
    request: BacktestRequest,
    writer: RunWriter,
    session: Session,
    symbols: Sequence[Decided],
    first_ts: int,
    progress: Progress,
) -> Traded:
    """Trade, and keep the journal where it was asked for."""
    deposit = Decimal(repr(request.preset.account.deposit))
    if not request.journal:
        return traded_through(session.setup, deposit, symbols, first_ts, progress)
    with SqliteJournal.begin(writer.path(JOURNAL), session.text(), batched=True) as journal:
        record = JournalRecord(journal)
        traded = traded_through(session.setup, deposit, symbols, first_ts, progress, record)
        record.end(state_bytes(traded.core.state))
    return traded


def voices_of(request: BacktestRequest) -> tuple[Voice, ...]:
    """Who speaks: a run's specialists and baseline, or the preset's own two until there is a run.

    Raises BadSetting where both stand aside or have no share, and where a run's preset is another.
    """
    account = request.preset.account
    shares = {SWITCH: account.switch_share, STATIC: account.static_share}
    found = _voices_of_run(request.run) if request.run is not None else _voices_of_preset(request.preset)
    voices = tuple(one for one in found if shares[one.name] > 0)
    if not voices:
        raise BadSetting(
            "nobody is left to trade: the run stands aside, or all shares are 0",
            "Choose another run, leave --run out to trade the preset's own parameters, or give a share",
        )
    return voices


def _voices_of_run(run: FinishedRun) -> list[Voice]:
    space = space_of(run, preset_of(run))
    voices = []
    for name, choice in choices_of(run).items():
        by_label = {int(label): number for label, number in choice.items() if label != ANY}
        strategies = {number: space.strategy_at(number) for number in choice.values()}
        if choice:
            voices.append(Voice(name, strategies, by_label, choice.get(ANY)))
    return voices


def _voices_of_preset(preset: Preset) -> list[Voice]:
    own: dict[str, dict[str, Any]] = {SWITCH: preset.account.switch, STATIC: preset.account.static}
    return [Voice(name, {0: _strategy(preset, name, given)}, {}, always=0) for name, given in own.items()]


def _strategy(preset: Preset, name: str, given: Mapping[str, Any]) -> Strategy:
    """The preset's strategy with these parameters; raises BadSetting where it has no such parameter or value."""
    space = Space.of(preset.strategy.strategy_class(), {}, {**preset.strategy.fixed, **given})
    try:
        strategy: Strategy = space.strategy_at(0)
    except TypeError as error:
        raise BadSetting(f"account.{name}: {error}", "Use parameters of the preset's strategy") from error
    return strategy


def setup_of(preset: Preset, symbols: Sequence[str], timeframe_ms: int, voices: Sequence[Voice]) -> Setup:
    """The account's settings as the core takes them. Raises BadSetting for a cap on a regime that does not exist."""
    account, names = preset.account, preset.built_detectors()[0].names
    unknown = [name for name in account.regime_caps if name not in names]
    if unknown:
        raise BadSetting(f"account.regime_caps names {unknown[0]}", f"The first detector knows {', '.join(names)}")
    _refuse_settings_without_effect(preset, symbols)
    shares = {SWITCH: account.switch_share, STATIC: account.static_share}
    quotes = {symbol.partition("/")[2].partition(":")[0] for symbol in symbols}
    if len(quotes) > 1:
        raise BadSetting(f"symbols are quoted in {' and '.join(sorted(quotes))}", "One account has one currency")
    return Setup(
        account=preset.name,
        quote=quotes.pop(),
        timeframe_ms=timeframe_ms,
        strategies=tuple(
            TradedStrategy(
                name=voice.name,
                share=shares[voice.name],
                plans={number: one.plan for number, one in voice.configurations.items()},
            )
            for voice in voices
        ),
        instruments={symbol: preset.instrument(symbol) for symbol in symbols},
        filters=account.venue_filters(),
        sizing=account.rule(),
        slots=account.slots or len(symbols),
        caps=Caps(
            regime={names.index(name): cap for name, cap in account.regime_caps.items()},
            instrument=account.instrument_caps,
            account=account.account_cap,
        ),
        breakers=account.breakers(),
    )


def _refuse_settings_without_effect(preset: Preset, symbols: Sequence[str]) -> None:
    """A bound on a symbol nobody trades is a slip of the pen, and would leave the one that was meant without it."""
    account, known = preset.account, {*symbols, *preset.market.symbols}
    for name, given in (("instrument_caps", account.instrument_caps), ("filters", account.filters)):
        unknown = sorted(set(given) - known)
        if unknown:
            raise BadSetting(f"account.{name} names {unknown[0]}, which is not traded", "Name a traded symbol as it is")


def _refuse_unknown_volatility(setup: Setup, symbols: Sequence[Decided]) -> None:
    """Sizing by volatility where a strategy gives none would trade nothing, without a word."""
    if not isinstance(setup.sizing, InverseVolatility):
        return
    said = [one for symbol in symbols for signals in symbol.signals.values() for one in signals]
    for name in (one.name for one in setup.strategies):
        given = [math.isnan(one.volatility) for one in said if one.strategy == name]
        if given and all(given):
            raise BadSetting(
                f"account.sizing inverse_volatility needs a volatility, which the signals of {name} do not give",
                "Give `Signals` a volatility, or choose another rule",
            )


def _bars_of(request: BacktestRequest, workspace: Workspace, voices: Sequence[Voice]) -> tuple[tuple[Bars, ...], int]:
    """Each symbol's bars, with as many before the span as features need, by symbol name, and where trading begins."""
    market, catalog = request.preset.market, Catalog(workspace.catalog_directory)
    chosen = each_once(request.symbols or market.symbols)
    keys = [SeriesKey.of(market.venue, one, market.timeframe) for one in chosen]
    known = [catalog.summary(key) for key in keys]
    extent, step_ms = extent_of(known), timeframe_ms(market.timeframe)
    assert extent.start_ms is not None
    assert extent.end_ms is not None
    first = extent.start_ms if request.span.start_ms is None else request.span.start_ms
    end = extent.end_ms if request.span.end_ms is None else min(extent.end_ms, request.span.end_ms)
    locked = Ledger(workspace.ledger_path).known_hold_out(market.venue) if workspace.ledger_path.exists() else None
    if locked is not None and end > locked:
        raise BadSetting(
            f"the time range reaches into the locked hold-out of {market.venue}, which begins {utc_day(locked)}",
            "End it there (--timerange -" + utc_day(locked).replace("-", "") + "), or use tradewind holdout RUN",
        )
    if first >= end:
        raise NoData("the catalog has no bars in that time range", "See tradewind data list, and choose another")

    def read(warm_up_bars: int) -> tuple[Bars, ...]:
        span = TimeRange(first - warm_up_bars * step_ms, end)
        return tuple(market_bars(catalog, market, key.symbol, span, first) for key in keys)

    bars = read(WARM_UP_BARS)
    strategies = [one for voice in voices for one in voice.configurations.values()]
    few = bars[0].rows(0, min(len(bars[0]), LIVE_BARS_LEAST))
    with faults_of(request.preset.strategy.file):
        needed = needed_bars(strategies, request.preset.built_detectors()[0], few)
    if needed > WARM_UP_BARS:
        bars = read(needed)
    for one in bars:
        if int(one.ts[-1]) < first:
            raise NoData(f"{one.symbol} has no bars in that time range", "Choose another, or leave the symbol out")
    return bars, first


def _manifest(request: BacktestRequest, bars: Sequence[Bars], first_ts: int) -> dict[str, Any]:
    preset = request.preset.model_dump(mode="json", exclude_none=True)
    return {
        "code": code_version(),
        "version": tradewind.__version__,
        "preset": {**preset, "name": f"backtest-{preset['name']}"},
        "strategy_source": request.preset.strategy_source() or "tradewind",
        "run": "" if request.run is None else request.run.run_id,
        **({"journal": True} if request.journal else {}),
        "first_ts": first_ts,
        "data": [
            {"venue": b.venue, "symbol": b.symbol, "timeframe": b.timeframe, "bars": len(b), "hash": b.content_hash()}
            for b in bars
        ],
    }


def _about(
    request: BacktestRequest, bars: Sequence[Bars], first_ts: int, voices: Sequence[Voice], regimes: Sequence[str]
) -> dict[str, Any]:
    traded = [one.rows(int(np.searchsorted(one.ts, first_ts)), len(one)) for one in bars]
    return {
        "preset": request.preset.name,
        "run": None if request.run is None else request.run.run_id,
        "symbols": [one.symbol for one in bars],
        "timeframe": bars[0].timeframe,
        "first_ts": first_ts,
        "last_ts": max(int(one.ts[-1]) for one in bars),
        "bars": sum(len(one) for one in traded),
        "missing_bars": sum(gap.missing for one in traded for gap in one.gaps()),
        "gaps": sum(len(one.gaps()) for one in traded),
        "costs": json.loads(request.preset.costs.model_dump_json()),
        **about_funding(bars),
        "strategies": [
            {"strategy": voice.name, "regime": regime, "parameters": parameters(voice.configurations[number])}
            for voice in voices
            for regime, number in _spoken(voice, regimes)
        ],
    }


def _spoken(voice: Voice, regimes: Sequence[str]) -> list[tuple[str, int]]:
    """Which configuration speaks in which regime."""
    if voice.always is not None:
        return [("any", voice.always)]
    return [(regimes[label], number) for label, number in sorted(voice.by_label.items())]
