"""A run's report in the terminal, made from its folder alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.adapters.run_store import FinishedRun
from tradewind.app.funding import funding_note
from tradewind.app.validation import load_validation
from tradewind.cli.output import print_line
from tradewind.cli.tables import print_table
from tradewind.cli.validation import verdict_line
from tradewind.cli.words import MISSING, SMALL, number, percent, sharpe_a_year, signed, trade_count, win_rate
from tradewind.model.time import DAY_MS, MINUTE_MS, duration_text, utc_day, utc_text

SHOWN = 28  # characters of a differing setting: a hash needs no more


def run_record(run: FinishedRun, *, whole: bool = True) -> dict[str, Any]:
    """A run as `--json` prints it; without `whole` only what names it and its records."""
    judged = load_validation(run)
    named = {"run": run.run_id, "folder": str(run.folder), "verdict": judged and judged.verdict.name}
    if whole:
        return {**named, **run.summary, "meta": dict(run.meta)}
    return {
        **named,
        "finished": run.meta["finished"],
        "data": run.summary["data"],
        "procedure": run.summary["procedure"],
        "decision": run.summary["decision"],
        "specialists": run.summary["specialists"],
    }


def run_line(run: FinishedRun) -> Sequence[str]:
    """A run as one line of the list."""
    data, record = run.summary["data"], run.summary["procedure"]["switch"]
    chosen = [s for s in run.summary["specialists"][0] if s["number"] >= 0]
    all_of_them = len(run.summary["specialists"][0])
    names = f"{len(chosen)} of {all_of_them} regimes" if run.summary["decision"]["trade"] else "stand aside"
    coins = ", ".join(symbol.split("/")[0] for symbol in data["symbols"])
    span = f"{coins} {utc_day(data['first_ts'])}–{utc_day(data['last_ts'])}"
    return (
        run.run_id, run.meta["finished"], ("SIMULATED " if data["simulated"] else "") + span,
        str(record["days"]), f"{record['trades']:,}", signed(record["sharpe_per_year"], 2), names,
    )  # fmt: skip


def print_run(run: FinishedRun) -> None:
    """The whole report: data, regimes, procedure record, candidate table, choices, comparison, costs of each stage."""
    summary = run.summary
    _data(summary)
    _regimes(summary["regimes"])
    _procedure(summary)
    _leaderboard(summary)
    _specialists(summary)
    print_differences(summary["procedure"]["comparison"])
    _stages(run)
    decided = summary["decision"]
    print_line(
        f"Result: {'trade the specialists' if decided['trade'] else 'stand aside'}. {_sentence(decided['reason'])}"
    )
    print_line(verdict_line(load_validation(run), run.run_id))
    print_line(f"Run folder: {run.folder}")


def print_comparison(found: Mapping[str, Any]) -> None:
    """What `runs compare` found, as tables."""
    first, second = found["runs"]
    asked = [(key, _plain(one)[:SHOWN], _plain(other)[:SHOWN]) for key, (one, other) in found["asked"].items()]
    print_table("Asked differently", ("", first, second), asked)
    print_table(
        "Found", ("", f">{first}", f">{second}"), [(k, _plain(a), _plain(b)) for k, (a, b) in found["figures"].items()]
    )
    rows = [(regime, *(_chosen(one) for one in pair)) for regime, pair in found["specialists"].items()]
    print_table("Specialists", ("regime", first, second), rows)
    both = found["candidates"]
    if both["in_both"]:
        rows = [(name, *map(_plain, pair)) for name, pair in both["trades"].items()]
        print_table("All trades of the configurations in both", ("", f">{first}", f">{second}"), rows)
    print_line(
        f"{both['in_both']:,} configurations in both; rank correlation of their robust edges "
        f"{signed(both['rank_correlation'], 2)}; {both['shared_of_best']} of the best {both['best']} shared."
    )


def _chosen(one: Mapping[str, Any] | None) -> str:
    return MISSING if one is None else f"{one['name']} {_parameters(one)} {signed(one['edge'], 3)}"


def _plain(value: object) -> str:
    if value is None:
        return MISSING
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _data(summary: Mapping[str, Any]) -> None:
    data, costs, windows = summary["data"], summary["costs"], summary["windows"]
    if data["simulated"]:
        print_line(data["simulated"])
    print_line(
        f"Data: {', '.join(data['symbols'])} ({data['venue']}, {data['timeframe']}), {data['bars']:,} bars from "
        f"{utc_day(data['first_ts'])} to {utc_day(data['last_ts'])}, {data['missing_bars']:,} missing in "
        f"{data['gaps']:,} gaps. Hold-out locked from {utc_day(data['hold_out_start_ms'])}."
    )
    if data["trade_as"] == "perpetual" and not data["simulated"]:
        print_line(funding_note(data))
    print_line(
        f"Costs of a round trip at market: {summary['round_trip_bps']:.1f} bp (taker fee {costs['taker_fee']:.2%}, "
        f"half spread {costs['half_spread_bps']} bp, slippage {costs['slippage_bps']} bp a fill); a resting limit pays "
        f"{costs['maker_fee']:.2%}."
    )
    print_line(
        f"Walk-forward: {windows['count']} windows of {_duration(windows['in_sample_days'])} in sample and "
        f"{_duration(windows['out_of_sample_days'])} out, step {_duration(windows['step_days'])}, "
        f"purge {windows['purge_bars']} bars; "
        f"{windows['test_days']} test days."
    )


def _duration(days: float) -> str:
    return duration_text(round(days * DAY_MS / MINUTE_MS) * MINUTE_MS)


def _regimes(regimes: Sequence[Mapping[str, Any]]) -> None:
    rows: list[Sequence[str]] = [
        (one["detector"], _by_name(one["names"], one["shares"]), f"{one['changes_per_day']:.0f}") for one in regimes
    ]
    print_table("Regimes", ("detector", "share of bars", ">changes a day"), rows)
    known = [one for one in regimes if one["truth"] is not None]
    if not known:
        return
    rows = [
        (
            one["detector"], f"{one['truth']['accuracy']:.0%}", f"{one['truth']['guessing']:.0%}",
            _by_name(one["truth"]["state_names"], one["truth"]["recall"]),
            " ".join(MISSING if d is None else f"{d:.0f}" for d in one["truth"]["delay_median_bars"]),
        )
        for one in known
    ]  # fmt: skip
    columns = ("detector", ">right", ">blind", "of each true state found", "bars until found")
    print_table("Against the true states (blind: the same labels shuffled)", columns, rows)


def _by_name(names: Sequence[str], parts: Sequence[float | None]) -> str:
    return "  ".join(f"{name} {percent(part)}" for name, part in zip(names, parts, strict=True))


def _procedure(summary: Mapping[str, Any]) -> None:
    procedure, windows = summary["procedure"], summary["windows"]
    rows = [
        _record_row("switch", procedure["switch"], windows["traded_by_switch"], windows["count"]),
        _record_row("best static", procedure["static"], windows["traded_by_static"], windows["count"]),
    ]
    columns = (
        "", ">windows", ">trades", ">win rate %", ">mean R", ">PF", ">Sharpe a year", ">return", ">DD",
        ">paid bp", ">even bp", ">filled",
    )  # fmt: skip
    print_line("Procedure record: chosen in each window in sample, traded in the next stretch; never selected on.")
    print_table("", columns, rows)
    by = procedure["switch"]["by"]
    parts = [
        ("regime", by["regime"]), ("exit", by["exit"]), ("side", by["side"]), ("symbol", by["symbol"]),
    ]  # fmt: skip
    groups = [
        (kind if i == 0 else "", name, trade_count(f["trades"]), win_rate(f), signed(f["mean_r"], 3),
         number(f["profit_factor"], 2))
        for kind, group in parts
        for i, (name, f) in enumerate((n, f) for n, f in group.items() if f["trades"])
    ]  # fmt: skip
    if groups:
        print_table("The switch by", ("", "", ">trades", ">win rate %", ">mean R", ">profit factor"), groups)
    ratio = procedure["overfit_ratio"]
    print_line(
        "Overfit ratio (mean R out of sample ÷ in sample of what was chosen): "
        + (f"{ratio:.2f}, 1 is good." if ratio is not None else "undefined, nothing positive was chosen in sample.")
    )
    print_line()


def _record_row(name: str, record: Mapping[str, Any], traded: int, windows: int) -> Sequence[str]:
    return (
        name, f"{traded} of {windows}", f"{record['trades']:,}", win_rate(record), signed(record["mean_r"], 3),
        number(record["profit_factor"], 2),
        sharpe_a_year(record),
        f"{record['return']:+.1%}", f"{record['max_drawdown']:.1%}", number(record["cost_bps"], 1),
        number(record["break_even_cost_bps"], 1), percent(record["fill_rate"]),
    )  # fmt: skip


def _leaderboard(summary: Mapping[str, Any]) -> None:
    weights = [name for name, weight in summary["weights"].items() if weight > 0]
    leaders = [(str(i) if one["eligible"] else "few", one) for i, one in enumerate(summary["leaderboard"], 1)]
    rows: list[Sequence[str]] = [
        (
            place, one["name"], _parameters(one), win_rate(one),
            f"{number(one['robust_score'], 3)} / {number(one['break_even_score'], 3)}",
            signed(one["robust_edge"], 3), number(one["cost_bps"], 1), number(one["break_even_cost_bps"], 1),
            percent(one["fill_rate"]), f"{one['trades']:,}",
        )
        for place, one in leaders
    ]  # fmt: skip
    columns: Sequence[str] = (
        ">",
        "configuration",
        "",
        ">win rate %",
        ">score / even",
        ">edge R",
        ">paid bp",
        ">even bp",
        ">filled",
        ">trades",
    )
    print_table("Candidates over all test segments; selected on these figures: optimistic", columns, rows)
    rows = [
        (
            place, signed(one["stability"], 2), number(one["profit_factor"], 2), signed(one["sharpe_per_year"], 2),
            f"{one['max_drawdown']:.0%}", *(_cell(one["cells"][name]) for name in weights),
        )
        for place, one in leaders
    ]  # fmt: skip
    columns = (">", ">stability", ">PF", ">Sharpe", ">DD", *(f">{name} R (trades)" for name in weights))
    print_table("", columns, rows)
    spread, accounts = summary["distribution"], summary["accounts"]
    print_line(
        "score / even: shrunk win rate beside the one that earns nothing; paid bp: what a round trip cost; even bp: "
        "the cost that would leave nothing; filled: of the entry orders placed."
    )
    if spread["eligible"]:
        edges = spread["robust_edge"]
        print_line(
            f"{spread['eligible']:,} of {accounts['configurations']:,} configurations eligible, "
            f"{spread['positive_share']:.1%} of them with positive robust edge; robust edge from {edges['p0']:+.3f} "
            f"over median {edges['p50']:+.3f} to {edges['p100']:+.3f} R. {SMALL} under 100 trades."
        )
    else:
        print_line(f"None of {accounts['configurations']:,} configurations has enough trades to be eligible.")
    years = accounts["minimum_backtest_length_years"]
    if years is not None:
        print_line(
            f"The best of {accounts['configurations']:,} worthless configurations, were they independent, would show a "
            f"Sharpe of about {number(accounts.get('luckiest_sharpe_per_year'), 1)} in these "
            f"{summary['windows']['test_days']:,} test days; only {years:.1f} years would bring that down to 1."
        )
    print_line()


_IN_NAME = frozenset({"mode", "lookback", "atr_period"})
_SHORT_NAMES = (("entry_z", "z"), ("vol_period", "vol"), ("stop_atr", "stop"), ("target_atr", "target"))


def _parameters(one: Mapping[str, Any]) -> str:
    """What of a configuration its name does not say: `z3 vol240 stop1.5 target3`."""
    short = dict(_SHORT_NAMES)
    shown = [(short.get(key, f"{key} "), value) for key, value in one["parameters"].items() if key not in _IN_NAME]
    return " ".join(f"{key}{value:g}" if isinstance(value, int | float) else f"{key}{value}" for key, value in shown)


def _cell(cell: Mapping[str, Any]) -> str:
    return f"{signed(cell['edge'], 3)} ({cell['trades']:,}{SMALL if cell['small'] else ''})"


def _specialists(summary: Mapping[str, Any]) -> None:
    rows = []
    for detector, row in zip(summary["regimes"], summary["specialists"], strict=True):
        for i, one in enumerate(row):
            rows.append(
                (
                    detector["detector"] if i == 0 else "", one["regime"], one["name"], _parameters(one),
                    f"{one['trades']:,}" if one["number"] >= 0 else MISSING, percent(one["fill_rate"]),
                    signed(one["edge"], 3),
                    signed(one["edge_10th"], 3), signed(one["edge_50th"], 3), signed(one["edge_last"], 3),
                    f"{one['compared']:,}",
                )
            )  # fmt: skip
    columns = (
        "detector", "regime", "specialist", "", ">trades", ">filled", ">edge R", ">10th", ">50th", ">last", ">compared",
    )  # fmt: skip
    print_table("Specialists: the best per regime under its mask, over all test segments", columns, rows)
    static = summary["static"]
    print_line(f"Static baseline: {static['name']} {_parameters(static)}".rstrip())
    print_line()


def print_differences(comparison: Mapping[str, Any]) -> None:
    names = (
        ("switch_minus_static", "switch − best static"),
        ("switch_minus_aside", "switch − standing aside"),
        ("static_minus_aside", "best static − standing aside"),
    )
    rows = []
    for key, name in names:
        one = comparison[key]
        interval = MISSING if one["low"] is None else f"[{one['low'] * 1e4:+.2f} … {one['high'] * 1e4:+.2f}]"
        verdict = "too short to tell" if one["low"] is None else "clear" if one["clear"] else "not clear"
        rows.append((name, f"{one['mean'] * 1e4:+.2f}", interval, f"{one['block_days']} d", verdict))
    print_table("Is switching worth it? Basis points a day, same notional", ("", ">mean", "95 %", ">block", ""), rows)


def _stages(run: FinishedRun) -> None:
    accounts, meta = run.summary["accounts"], run.meta
    rows = [(stage["name"], f"{stage['wall_s']:.2f} s", f"{stage['cpu_s']:.2f} s") for stage in meta["stages"]]
    wall, cpu = (sum(stage[key] for stage in meta["stages"]) for key in ("wall_s", "cpu_s"))
    rows.append(("together", f"{wall:.2f} s", f"{cpu:.2f} s"))
    print_table("What it cost", ("stage", ">wall", ">CPU"), rows)
    print_line(
        f"{accounts['configuration_bars'] / 1e9:.1f} G configuration-bars and {accounts['masked_walks']:,} masked "
        f"walks on {meta['workers']} threads, {accounts['trades_per_100_bars']:.1f} trades per 100 bars, peak memory "
        f"{meta['peak_memory_mb']:,} MB; {accounts['replayed']} configurations replayed trade by trade, all equal."
    )
    if (core := accounts.get("core")) is not None:
        print_line(
            f"The trader core traded the last {core['bars']:,} bars of each symbol for {core['choices']} of them, "
            f"{utc_text(core['first_ts'])} to {utc_text(core['last_ts'])}: {core['trades']:,} trades, all equal."
        )
    _ledger(run)


def _ledger(run: FinishedRun) -> None:
    trials, meta = run.summary.get("trials"), run.meta
    if trials is None:
        return  # made before trials were counted by regime
    print_line(
        f"{trials['together']:,} trials: {trials['configurations']:,} configurations, each over all bars and in each "
        f"of {trials['labels'] - 1} regimes. The ledger holds {meta['trials_in_ledger']:,} distinct ones on this "
        f"market and an overlapping time. {openings_so_far(meta['hold_out_openings'])}"
    )


def openings_so_far(runs: int) -> str:
    """How often a market's hold-out has been looked at, as a sentence."""
    if runs == 0:
        return "Its hold-out has not been opened."
    return f"Its hold-out has been opened by {runs} run{'s' if runs > 1 else ''} so far: it is no longer unseen."


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
