"""Report sections on the market: the data and costs a run rests on, its regimes, and where every figure comes from."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.app.funding import funding_note
from tradewind.app.report.blocks import Block, Cell, Column, Missing, Prose, Section, Table
from tradewind.app.report.formats import MISSING, count, number, percent
from tradewind.app.report.subject import Subject
from tradewind.model.time import utc_day, utc_text

NOISE_FACTS = (
    "On pure noise trend_stress calls STRESS about 10 % of the time by construction, SIDEWAYS only about 12 %, and "
    "changes 80 to 106 times a day at 1m. A label alone proves nothing about the market."
)


def regimes_section(subject: Subject) -> Section:
    """How often each detector saw each regime, for how long, and what followed."""
    detectors = subject.summary["regimes"]
    lead = "Which kinds of market the detectors saw. They read closed bars only; the first one decides who trades."
    sample = f"N = {count(subject.summary['accounts']['bars'])} bars"
    basis = subject.basis(sample, windows=False)
    blocks: list[Block] = [_shares(detectors, basis), Prose(NOISE_FACTS)]
    blocks += [_transitions(one, basis, folded=i > 0) for i, one in enumerate(detectors)]
    known = [one for one in detectors if one["truth"] is not None]
    if known:
        blocks.append(_truths(known, basis))
    else:
        blocks.append(Missing("Detectors against the truth", "a real market does not tell which state it is in"))
    return Section("regimes", "Regimes", lead, blocks)


def _shares(detectors: Sequence[Mapping[str, Any]], basis: str) -> Table:
    rows = [
        (
            one["detector"] if i == 0 else "", name, Cell(percent(one["shares"][i], 1), share=one["shares"][i]),
            number(one["dwell_mean_bars"][i], 1),
            number(one["changes_per_day"], 0) if i == 0 else "", percent(one["unknown_share"], 2) if i == 0 else "",
        )
        for one in detectors
        for i, name in enumerate(one["names"])
    ]  # fmt: skip
    columns = (
        Column("detector", "regime", words=True), Column("regime", "regime", words=True), Column("share of bars"),
        Column("mean stay, bars", "dwell"), Column("changes a day", "dwell"), Column("unknown"),
    )  # fmt: skip
    return Table(
        title="Share, stay, changes",
        columns=columns,
        rows=rows,
        caption=basis,
        terms=("regime", "dwell", "transitions"),
    )


def _transitions(one: Mapping[str, Any], basis: str, *, folded: bool) -> Table:
    rows = [
        (name, *(Cell(percent(share, 1), share=share) for share in row))
        for name, row in zip(one["names"], one["transitions"], strict=True)
    ]
    columns = (Column("from \\ to", words=True), *(Column(name) for name in one["names"]))
    return Table(
        title=f"What follows a bar of each regime, {one['detector']}", columns=columns, rows=rows, caption=basis,
        terms=("transitions",), folded=folded,
    )  # fmt: skip


def _truths(known: Sequence[Mapping[str, Any]], basis: str) -> Table:
    rows = []
    for one in known:
        truth = one["truth"]
        states = zip(truth["state_names"], truth["recall"], truth["delay_median_bars"], strict=True)
        for i, (state, recall, delay) in enumerate(states):
            head = (one["detector"], percent(truth["accuracy"]), percent(truth["guessing"])) if i == 0 else ("", "", "")
            rows.append((*head, state, percent(recall), MISSING if delay is None else number(delay, 0)))
    columns = (
        Column("detector", "regime", words=True), Column("right", "truth"), Column("blind", "truth"),
        Column("true state", words=True), Column("found", "truth"), Column("bars until found", "truth"),
    )  # fmt: skip
    return Table(
        title="Against the true states of the simulated market", columns=columns, rows=rows, caption=basis,
        terms=("truth", "simulated"),
    )  # fmt: skip


def data_section(subject: Subject) -> Section:
    """The bars, the costs, the code and the counts that this run rests on."""
    data = subject.summary["data"]
    lead = "Everything here follows from these bars, these costs and this code; the same again gives the same bytes."
    blocks: list[Block] = []
    if subject.simulated:
        blocks.append(Prose(subject.simulated, strong=True))
    if data["trade_as"] == "perpetual" and not data["simulated"]:
        blocks.append(Prose(funding_note(data)))
    blocks += [_series(subject), _costs(subject), _made(subject), _trials(subject)]
    return Section("data", "Data, costs and provenance", lead, blocks)


def _series(subject: Subject) -> Table:
    data = subject.summary["data"]
    rows = [
        (
            one["symbol"], one["venue"], one["timeframe"], count(one["bars"]), utc_text(one["first_ts"]),
            utc_text(one["last_ts"]), str(one["hash"]),
        )
        for one in subject.run.manifest["data"]
    ]  # fmt: skip
    columns = (
        Column("symbol", words=True), Column("venue", words=True), Column("bars of"), Column("bars"),
        Column("first (UTC)", words=True), Column("last (UTC)", words=True), Column("identity", "identity", words=True),
    )  # fmt: skip
    caption = (
        f"{'SIMULATED market. ' if subject.simulated else ''}{count(data['missing_bars'])} bars missing in "
        f"{count(data['gaps'])} gaps, kept as gaps. Hold-out locked from {utc_day(data['hold_out_start_ms'])}: no "
        "search reads on from there."
    )
    return Table(title="Bars", columns=columns, rows=rows, caption=caption, terms=("identity", "hold-out", "simulated"))


def _costs(subject: Subject) -> Table:
    costs = subject.summary["costs"]
    rows = [
        ("taker fee, a fill", f"{number(1e4 * costs['taker_fee'], 1)} bp"),
        ("maker fee, a fill", f"{number(1e4 * costs['maker_fee'], 1)} bp"),
        ("half the spread, a fill at market", f"{number(costs['half_spread_bps'], 2)} bp"),
        ("slippage, a fill at market", f"{number(costs['slippage_bps'], 2)} bp"),
        ("a round trip at market", f"{number(subject.summary['round_trip_bps'], 1)} bp"),
    ]
    columns = (Column("cost model", "cost-model", words=True), Column("basis points"))
    return Table(title="Costs assumed", columns=columns, rows=rows, terms=("cost-model", "break-even-cost"))


def _made(subject: Subject) -> Table:
    manifest, accounts, windows = subject.run.manifest, subject.summary["accounts"], subject.summary["windows"]
    rows = [
        ("run", subject.run.run_id),
        ("preset", str(subject.summary["preset"]["name"])),
        ("code", f"{manifest['code']} (version {manifest['version']})"),
        ("strategy's source", str(manifest["strategy_source"])),
        (
            "windows",
            f"{subject.windows}, step {windows['step_days']:g} days, purge {count(windows['purge_bars'])} bars",
        ),
        ("configurations", count(accounts["configurations"])),
        ("configuration-bars", count(accounts["configuration_bars"])),
        ("walks under a regime's mask", count(accounts["masked_walks"])),
        ("trades per 100 bars", number(accounts["trades_per_100_bars"], 2)),
        ("trades where one bar held stop and target", f"{count(accounts['ambiguous_trades'])}, counted as stopped"),
        ("signals refused before an order", count(accounts["dropped_signals"])),
        ("replayed trade by trade", f"{count(accounts['replayed'])} configurations, all equal"),
        *_by_core(accounts.get("core")),
    ]
    return Table(
        title="How it was made", columns=(Column("", words=True), Column("", words=True)), rows=rows,
        terms=("walk-forward", "purge", "configuration", "identity"), folded=True,
    )  # fmt: skip


def _by_core(core: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """What the trader core traded again; nothing of runs made before it did."""
    if core is None:
        return []
    what = f"{count(core['choices'])} choices, the last {count(core['bars'])} bars of each symbol"
    return [("traded by the trader core too", f"{what}: {count(core['trades'])} trades, all equal")]


def _trials(subject: Subject) -> Block:
    trials, openings = subject.summary.get("trials"), subject.hold_out.runs
    if trials is None:
        return Missing("The count of trials", "the run was made before trials were counted by regime", "Search again")
    runs = f"{count(openings)} run{'s' if openings > 1 else ''}"
    opened = (
        f"Its hold-out has been opened by {runs}: it is no longer unseen."
        if openings
        else "Its hold-out has not been opened."
    )
    return Prose(
        f"[N](#trials): this search made {count(trials['together'])} trials, {count(trials['configurations'])} "
        f"configurations, each over all bars and in each of {count(trials['labels'] - 1)} regimes. When it finished, "
        f"the ledger held {count(subject.run.meta['trials_in_ledger'])} distinct ones on this market and an "
        f"overlapping time. {opened}"
    )
