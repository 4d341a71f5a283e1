"""`tradewind verify`: whether a strategy uses bars it could not have had, in plain words."""

# ruff: noqa: PLC0415 - what a command needs is loaded when it runs: with compiled code it takes seconds, help none

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.output import JsonFlag, command_group, print_json, print_line, workspace_of
from tradewind.model.errors import WrongUse
from tradewind.model.time import utc_text

if TYPE_CHECKING:
    from tradewind.app.verify import Verified
    from tradewind.evidence.verification import Finding, Verification

LEAK_FOUND = 1
LIMITS = (
    "This compares; it proves nothing beyond what it compared: these configurations, these bars, the cuts sampled.",
    "It cannot see numbers that were fitted elsewhere and written into the code, a memory kept between calls, files",
    "that a strategy reads, a leak that changed nothing here, or bars that were revised after they closed.",
)

app = command_group("See that a strategy uses no later bar, and no endless memory.")


@app.command("verify")
def verify_command(
    context: typer.Context,
    strategy: Annotated[str, typer.Argument(help="lr_scalper, a preset, or a file of yours as FILE.py:Class.")],
    venue: Annotated[str, typer.Option(help="Bars of the catalog instead of a simulated market; with --symbol.")] = "",
    symbol: Annotated[str, typer.Option(help="As BTC/USDT.")] = "",
    timeframe: Annotated[str, typer.Option(help="Timeframe of the catalogued bars.")] = "1m",
    configurations: Annotated[int, typer.Option(min=1, help="How many: the default one and random others.")] = 4,
    samples: Annotated[int, typer.Option(min=2, help="Bars at which history is cut off.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulated market, the cuts and the configurations.")] = 1,
    as_json: JsonFlag = False,
) -> None:
    """Compare a strategy's signals on the whole history with those on parts of it: later bars cut off, and only as
    many earlier ones as a live process has. A preset's regime detectors are compared too.

    Ends with 1 where anything differs, and names the feature at fault and how many bars it needs.
    """
    from tradewind.adapters.catalog import SeriesKey
    from tradewind.app.verify import VerifyRequest, verify_strategy
    from tradewind.cli.tables import progress_bar

    if bool(venue) != bool(symbol):
        raise WrongUse("--venue and --symbol name catalogued bars together", "Give both, or neither")
    series = SeriesKey.of(venue, symbol, timeframe) if venue else None
    request = VerifyRequest(strategy, series, samples, configurations, seed)
    with progress_bar("verifying", "parts") as advance:
        found = verify_strategy(request, workspace_of(context), advance)
    if as_json:
        print_json(_record(found))
    else:
        _print(found)
    if not found.clean:
        raise typer.Exit(LEAK_FOUND)


def _print(found: "Verified") -> None:
    one = found.done[0]
    print_line(f"{one.bars:,} bars, {found.market}, {utc_text(found.first_ts)} to {utc_text(found.last_ts)}.")
    print_line(
        f"Cut off after each of {one.sampled} bars: everything said up to there must stay the same, and the last bar's "
        "must be the same from a live window alone."
    )
    for each in found.done:
        print_line()
        _print_one(each)
    print_line()
    leaks = sum(bool(each.findings) for each in found.done)
    verdict = "Clean: nothing differed." if found.clean else f"{leaks} of {len(found.done)} differ: do not trust them."
    print_line(verdict)
    for line in LIMITS:
        print_line(line)


def _print_one(one: "Verification") -> None:
    settings = ", ".join(f"{key}={value}" for key, value in one.subject.parameters.items())
    print_line(f"{one.subject.kind} {one.subject.name}" + (f" ({settings})" if settings else ""))
    told, anywhere = one.outputs[0], one.sampled - one.sampled_at_changes
    print_line(
        f"  compared {' and '.join(one.outputs)} and {len(one.features)} features; {one.sampled_at_changes} cuts where "
        f"{told} changes, {anywhere} anywhere; live window {one.live_bars:,} bars"
    )
    if not one.changes:
        print_line(f"  its {one.outputs[0]} never changes on these bars: there was nothing to compare")
    elif not one.findings:
        print_line("  nothing differs")
    for finding in one.findings:
        print_line(f"  {_sentence(finding, one)}")
        for name, (whole, part) in finding.values.items():
            print_line(f"    {name}: {whole:.10g} with all bars, {part:.10g} without")


def _sentence(finding: "Finding", one: "Verification") -> str:
    who = f"feature {finding.feature}" if finding.feature else f"the {one.subject.kind}'s own arithmetic"
    place = f"differs, for example at bar {finding.bar:,} ({utc_text(finding.ts)})"
    often = f" ({finding.sampled} of {one.sampled} cuts show a difference)"
    if finding.kind == "unsteady":
        return f"NOT THE SAME TWICE: evaluated again on the same bars it differs, last at bar {finding.bar:,}"
    if finding.kind == "ahead":
        end = ", to the very end of the data" if finding.to_end else ""
        return f"LOOKS AHEAD: {who} {place}; it needs {_reach(finding)} later bars{end}{often}"
    end = ", all there were" if finding.to_end else ""
    return (
        f"DEPENDS ON WHERE HISTORY BEGINS: {who} {place}; it needs {_reach(finding)} bars of history{end}, "
        f"a live process has {one.live_bars:,}{often}"
    )


def _reach(finding: "Finding") -> str:
    # Signals may agree by chance with fewer bars than arithmetic needs; numbers hardly do.
    return f"{finding.needed:,}" if finding.feature else f"at least {finding.needed:,}"


def _record(found: "Verified") -> dict[str, Any]:
    return {
        "clean": found.clean,
        "market": found.market,
        "first_ts": found.first_ts,
        "last_ts": found.last_ts,
        "cannot_prove": " ".join(LIMITS),
        "verified": [
            {
                "kind": one.subject.kind,
                "name": one.subject.name,
                "parameters": dict(one.subject.parameters),
                "bars": one.bars,
                "changes": one.changes,
                "sampled": one.sampled,
                "sampled_at_changes": one.sampled_at_changes,
                "live_bars": one.live_bars,
                "compared": [*one.outputs, *one.features],
                "findings": [
                    {
                        "kind": finding.kind,
                        "feature": finding.feature,
                        "own_arithmetic": finding.feature is None,
                        "sampled_bars_that_differ": finding.sampled,
                        "bar": finding.bar,
                        "ts": finding.ts,
                        "values": {name: list(pair) for name, pair in finding.values.items()},
                        "needed_bars": finding.needed,
                        "to_end": finding.to_end,
                    }
                    for finding in one.findings
                ],
            }
            for one in found.done
        ],
    }
