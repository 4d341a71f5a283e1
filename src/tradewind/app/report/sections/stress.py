"""Report section on stress: what recorded crashes and made shocks would have cost whom the run chose."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tradewind.app.charts import Mark, Range, Ranges
from tradewind.app.charts.scales import GAIN_PERCENT
from tradewind.app.report.blocks import Block, Cell, Column, Figure, Missing, Prose, Section, Table
from tradewind.app.report.formats import MISSING, count, gain, listed, number, percent, signed, trades
from tradewind.app.report.subject import Subject, days_text
from tradewind.model.time import DAY_MS, HOUR_MS, utc_day

NAMES = MappingProxyType({"switch": "switch", "static": "best static", "configuration": "configuration"})
WHY = MappingProxyType(
    {"locked": "reaches into the hold-out, which stays locked", "missing": "no bars, or too many missing"}
)


def stress_section(subject: Subject) -> Section:
    """Recorded crashes and made shocks, or why there are none."""
    title = "Through crashes"
    lead = (
        "What was chosen, led through crashes that happened and shocks that are made. This asks how bad it gets, not "
        "how likely it is."
    )
    if subject.validation is None:
        again = f"`tradewind validate {subject.run.run_id}` makes it"
        return Section("stress", title, lead, [Missing("Stress", "this run has not been validated", again)])
    found = subject.validation.stress
    if found is None:
        why = "it was left out of the validation"
        return Section("stress", title, lead, [Missing("Stress", why, "Validate without leaving it out")])
    if found["nothing"]:
        return Section("stress", title, lead, [Missing("Stress", _sentence_part(found["nothing"]))])
    blocks: list[Block] = []
    if not found["chosen_to_trade"]:
        text = "The search's own result was to stand aside: what is stressed here was not recommended."
        blocks.append(Prose(text, strong=True))
    if found["stands_aside"]:
        idle = listed([NAMES[name] for name in found["stands_aside"]])
        blocks.append(Missing(f"Stress of the {idle}", "it stands aside, and who does not trade loses nothing"))
    blocks += [*_recorded(subject, found), *_made(subject, found)]
    return Section("stress", title, lead, blocks)


def _recorded(subject: Subject, found: Mapping[str, Any]) -> list[Block]:
    crashes = found["recorded"]
    rows: list[Sequence[str | Cell]] = []
    for crash in crashes:
        head = (crash["name"], f"{utc_day(crash['start_ms'])} to {utc_day(crash['end_ms'] - 1)}")
        if crash["status"] != "replayed":
            rows.append((*head, WHY[crash["status"]], *[MISSING] * 7))
        for i, (name, toll) in enumerate(crash["records"].items()):
            rows.append(
                (
                    *(head if i == 0 else ("", "")), NAMES[name], trades(toll["trades"]), gain(toll["final_return"]),
                    percent(toll["loss"], 1), percent(toll["max_drawdown"], 1), signed(toll["worst_r"], 2),
                    _recovery(toll["recovery_ms"], toll["max_drawdown"]), "yes" if crash["selected_on"] else "no",
                )
            )  # fmt: skip
    columns = (
        Column("crash", "stress", words=True), Column("days", words=True), Column("who", words=True, wraps=True),
        Column("trades"), Column("return", "return"), Column("loss", "stress"), Column("deepest fall", "drawdown"),
        Column("worst trade R", "r-multiple"), Column("recovery", "stress"), Column("took part in choosing"),
    )  # fmt: skip
    replayed = sum(crash["status"] == "replayed" for crash in crashes)
    if not replayed:
        why = "; ".join(f"{crash['name']}: {WHY[crash['status']]}" for crash in crashes)
        return [Missing("Recorded crashes", why or "none was asked for")]
    return [
        Table(
            title="Crashes that happened", columns=columns, rows=rows,
            caption=subject.basis(f"N = {count(replayed)} of {count(len(crashes))} crashes that the data reach",
                                  windows=False),
            terms=("stress", "drawdown", "r-multiple", "few-trades"),
        )
    ]  # fmt: skip


def _made(subject: Subject, found: Mapping[str, Any]) -> list[Block]:
    made = found["synthetic"]
    if made is None:
        return [Missing("Made shocks", "there are too few bars to put them into")]
    sample = (
        f"N = {count(len(made['strikes']))} stretches from {days_text(made['lead_days'])} before to "
        f"{days_text(made['after_days'])} after a random moment, {', '.join(made['symbols'])}, seed {made['seed']}"
    )
    basis = subject.basis(sample, windows=False)
    ranges = [
        Range(
            one["name"] + (f", {NAMES[record]}" if len(found["records"]) > 1 else ""),
            one["records"][record]["difference_median"],
            one["records"][record]["difference_worst"],
            one["records"][record]["difference_median"],
            strong=record == "switch",
        )
        for one in made["scenarios"][1:]
        for record in found["records"]
    ]
    chart = Ranges(
        title="What each shock took from the return of a stretch",
        rows=ranges,
        marks=(Mark(0.0, "took nothing", "quiet"),),
        unit=GAIN_PERCENT,
        x_name="percent of the account",
    )
    held = ", ".join(f"{NAMES[record]} in {count(stretches)}" for record, stretches in made["held"].items())
    return [
        Figure(
            title="What made shocks took",
            chart=chart,
            say=(
                "Dot: the middle of all stretches; bar: down to the worst of them. A shock can only take from who is "
                f"in the market. A trade was open when it struck: {held} of {count(len(made['strikes']))} stretches."
            ),
            caption=basis,
            terms=("stress",),
        ),
        _scenarios(found, basis),
    ]


def _scenarios(found: Mapping[str, Any], basis: str) -> Table:
    rows: list[Sequence[str | Cell]] = []
    for one in found["synthetic"]["scenarios"]:
        for i, record in enumerate(found["records"]):
            toll = one["records"][record]
            rows.append(
                (
                    one["name"] if i == 0 else "", one["text"] if i == 0 else "",
                    number(one["round_trip_bps"], 1) if i == 0 else "", NAMES[record], trades(toll["trades"]),
                    gain(toll["return_median"]), gain(toll["return_worst"]), gain(toll["difference_median"]),
                    gain(toll["difference_worst"]), percent(toll["loss_worst"], 1), signed(toll["worst_r"], 2),
                    percent(toll["drawdown_median"], 1), percent(toll["drawdown_worst"], 1),
                    f"{count(toll['recovered'])} of {count(toll['stretches'])}",
                    _recovery(toll["recovery_ms"], toll["drawdown_worst"]),
                )
            )  # fmt: skip
    columns = (
        Column("shock", "stress", words=True), Column("what happens", words=True, wraps=True),
        Column("round trip bp", "cost-model"), Column("who", words=True), Column("trades"),
        Column("return: middle", "return"), Column("worst"), Column("taken: middle", "stress"), Column("worst"),
        Column("worst loss", "stress"), Column("worst trade R", "r-multiple"),
        Column("deepest fall: middle", "drawdown"), Column("worst"), Column("recovered", "stress"),
        Column("middle time", "stress"),
    )  # fmt: skip
    return Table(
        title="Shocks that are made", columns=columns, rows=rows, caption=basis,
        terms=("stress", "cost-model", "drawdown", "r-multiple"),
    )  # fmt: skip


def _recovery(duration_ms: int | None, fall: float | None) -> str:
    if duration_ms is None:
        return "not in time"
    if not fall:
        return "no fall"
    return f"{number(duration_ms / DAY_MS, 1)} d" if duration_ms >= DAY_MS else f"{number(duration_ms / HOUR_MS, 1)} h"


def _sentence_part(text: str) -> str:
    return text[0].lower() + text[1:].rstrip(".")
