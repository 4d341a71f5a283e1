"""`tradewind holdout`: what a run's choices did in the bars no search may read, and how it is printed."""

# ruff: noqa: PLC0415 - what a command needs is loaded when it runs: with compiled code it takes seconds, help none

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.output import JsonFlag, command_group, print_json, print_line, print_notice, workspace_of
from tradewind.cli.words import MISSING, number, ordinal, sharpe_a_year, signed, trade_count, win_rate
from tradewind.model.time import utc_text

if TYPE_CHECKING:
    from tradewind.app.holdout import HoldOut

NOTHING = "The run chose nobody for any regime: nothing to trade. The hold-out stays closed and nothing is counted."

app = command_group("Try a run's choices on the locked hold-out: counted.")


@app.command("holdout")
def holdout_command(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The run's name, or how it begins.")],
    as_json: JsonFlag = False,
) -> None:
    """Trade what a run chose over the hold-out, the last part of the data, which no search reads.

    Every run that looks wears the hold-out out, so the ledger counts it, even where it is interrupted. The same run
    counts once and shows the same again.
    """
    from tradewind.app.holdout import open_hold_out

    try:
        found = open_hold_out(run, workspace_of(context))
    except KeyboardInterrupt:
        print_notice("interrupted; `tradewind runs show` tells whether it counts, and the same command goes on")
        raise
    if as_json:
        print_json({"run": found.run.run_id, **hold_out_record(found)})
    else:
        print_hold_out(found)


def hold_out_record(found: "HoldOut") -> dict[str, Any]:
    """A run's hold-out as `--json` prints it."""
    own = found.opening
    opening = own and {"at": own.opened_at, "start_ms": own.start_ms, "end_ms": own.end_ms, "nth": own.nth}
    return {"opening": opening, "result": found.result, "runs_that_opened_it": found.runs}


def hold_out_cell(found: "HoldOut | None") -> str:
    """The same in one cell of a list."""
    if found is None or found.opening is None:
        return MISSING
    if found.result is None:
        return "opened, no result"
    switch = found.result["switch"]
    return f"opened: {signed(switch['mean_r'], 3)} R ({trade_count(switch['trades'])})"


def print_hold_out(found: "HoldOut") -> None:
    """The whole report of a hold-out: period, records, groups, comparison, and how worn it is."""
    if found.opening is None:
        print_line(NOTHING)
        return
    print_line(
        f"HOLD-OUT of {found.opening.market} from {utc_text(found.opening.start_ms)} to "
        f"{utc_text(found.opening.end_ms)}, opened {found.opening.opened_at} for {found.run.run_id}."
    )
    if found.result is None:
        print_line("The opening was interrupted; `tradewind holdout` with this run's name goes on, counted once.")
    else:
        _print_result(found.result)
    print_line(_wear(found))


def _print_result(result: Mapping[str, Any]) -> None:
    from tradewind.cli.report import print_differences
    from tradewind.cli.tables import print_table

    records = {"switch": result["switch"], "static": result["static"]}
    if not result["chosen_to_trade"]:
        print_line("The search's own result was to stand aside: these specialists were not recommended.")
    columns = ("", ">days", ">trades", ">win rate %", ">mean R", ">PF", ">Sharpe a year", ">return", ">DD")
    print_table("", columns, [_record_row(name, record) for name, record in records.items()])
    groups = [
        (name if i == 0 else "", kind, key, trade_count(f["trades"]), win_rate(f), signed(f["mean_r"], 3),
         number(f["profit_factor"], 2))
        for name, record in records.items()
        for i, (kind, key, f) in enumerate(_groups(record))
    ]  # fmt: skip
    if groups:
        print_table("By regime and symbol", ("", "", "", ">trades", ">win rate %", ">mean R", ">PF"), groups)
    print_differences(result["comparison"])
    open_still = ", ".join(f"{name} {record['unfinished']}" for name, record in records.items())
    print_line(f"Trades still open at the end, left out: {open_still}. Fewer than 100 trades are marked *.")


def _record_row(name: str, record: Mapping[str, Any]) -> Sequence[str]:
    return (
        name, str(record["days"]), trade_count(record["trades"]), win_rate(record), signed(record["mean_r"], 3),
        number(record["profit_factor"], 2), sharpe_a_year(record), f"{record['return']:+.1%}",
        f"{record['max_drawdown']:.1%}",
    )  # fmt: skip


def _groups(record: Mapping[str, Any]) -> Sequence[tuple[str, str, Mapping[str, Any]]]:
    by = record["by"]
    return [(kind, key, f) for kind in ("regime", "symbol") for key, f in by[kind].items() if f["trades"]]


def _wear(found: "HoldOut") -> str:
    assert found.opening is not None
    nth = found.opening.nth
    if nth == 1:
        text = "This was the first run to look at this hold-out: it was unseen, and no longer is."
    else:
        text = (
            f"This was the {ordinal(nth)} run to look at this hold-out: it was no longer unseen, and the more looks, "
            "the more luck."
        )
    return text if found.runs == nth else f"{text} {found.runs} runs have looked by now."
