"""`tradewind data check`."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from tradewind.adapters.catalog import SeriesKey
from tradewind.app.audit import Audit, FundingAudit, check_funding, check_series, gap_text
from tradewind.cli.data.common import VenueOption, catalog_of
from tradewind.cli.output import JsonFlag, command_group, print_json, print_line
from tradewind.cli.tables import print_table
from tradewind.model.errors import NoData
from tradewind.model.time import timeframe_ms, utc_text

app = command_group("Audit series: damage, gaps, outliers.")


@app.command("check")
def check_command(
    context: typer.Context,
    symbols: Annotated[list[str] | None, typer.Argument(help="Symbols to check; all where none is given.")] = None,
    timeframe: Annotated[str | None, typer.Option(help="Only this timeframe.")] = None,
    venue: VenueOption = "binance",
    as_json: JsonFlag = False,
) -> None:
    """Audit series: every file against its hash, duplicates, disorder, gaps, bars without volume, outliers; and
    funding rates, unless a timeframe is named.

    Ends with 1 where data are damaged. Gaps and outliers are reported, not refused: markets have both.
    """
    catalog = catalog_of(context)
    keys = [
        summary.key
        for summary in catalog.series()
        if summary.key.venue == venue
        and (not symbols or summary.key.symbol in symbols)
        and timeframe in (None, summary.key.timeframe)
    ]
    if timeframe is not None:
        timeframe_ms(timeframe)
    rates = [
        one
        for one in catalog.index().funding
        if timeframe is None and one.venue == venue and (not symbols or one.symbol in symbols)
    ]
    for symbol in symbols or []:
        if symbol not in {*(key.symbol for key in keys), *(one.symbol for one in rates)}:
            catalog.summary(SeriesKey.of(venue, symbol, timeframe or "1m"))
    if not (keys or rates):
        raise NoData(f"no bars of {venue} in the catalog", "See `tradewind data list`")
    audits, funding = [check_series(catalog, key) for key in keys], [check_funding(catalog, one) for one in rates]
    if as_json:
        print_json([*(_record(audit) for audit in audits), *({**asdict(one), "funding": True} for one in funding)])
    else:
        for audit in audits:
            _print_audit(audit)
        for one in funding:
            _print_funding_audit(one)
    if any(audit.faults for audit in audits) or any(one.faults for one in funding):
        raise typer.Exit(1)


def _print_audit(audit: Audit) -> None:
    step = timeframe_ms(audit.key.timeframe)
    print_line(f"{audit.key}: {audit.rows:,} bars, {utc_text(audit.first_ts)} to {utc_text(audit.last_ts)} UTC")
    print_line(f"  hash         {audit.content_hash}")
    verdict = "every file is what was written" if not audit.faults else f"{len(audit.faults)} FAULTS"
    print_line(f"  files        {verdict}")
    for fault in audit.faults:
        print_line(f"               {fault}")
    print_line(f"  order        {audit.duplicates} duplicates, {audit.disordered} out of order")
    expected = (audit.last_ts - audit.first_ts) // step + 1
    share = audit.missing_bars / expected
    print_line(f"  gaps         {len(audit.gaps):,} with {audit.missing_bars:,} bars missing ({share:.3%})")
    print_line(f"  zero volume  {audit.zero_volume_share:.2%} of bars; high equals low in {audit.flat_share:.2%}")
    print_line(f"  outliers     {audit.outlier_count:,} moves beyond 40 times the usual one")
    if audit.gaps:
        rows = [(gap_text(gap, step), f"{gap.missing:,}") for gap in audit.longest_gaps()]
        print_table("  longest gaps", ("missing from, to (UTC)", ">bars"), rows)
    if audit.outliers:
        outliers = [
            (
                utc_text(item.ts),
                item.kind + (" over a gap" if item.across_gap else ""),
                f"{100 * item.move:+.2f} %",
                f"{item.multiple:,.0f}",
            )
            for item in audit.outliers
        ]
        print_table("  largest outliers", ("bar (UTC)", "kind", ">log move", ">times usual"), outliers)


def _print_funding_audit(audit: FundingAudit) -> None:
    name = f"{audit.venue} {audit.symbol} funding"
    print_line(f"{name}: {audit.rows:,} rates, {utc_text(audit.first_ts)} to {utc_text(audit.last_ts)} UTC")
    print_line(f"  hash         {audit.content_hash}")
    print_line(f"  files        {'every file is what was written' if not audit.faults else 'FAULT'}")
    for fault in audit.faults:
        print_line(f"               {fault}")
    if not audit.faults:
        print_line(f"  gaps         {audit.holes:,} pauses of more than eight hours")


def _record(audit: Audit) -> dict[str, Any]:
    record = asdict(audit)
    record.pop("gaps")
    return {
        **dict(audit.key),
        **{name: value for name, value in record.items() if name != "key"},
        "gap_count": len(audit.gaps),
        "missing_bars": audit.missing_bars,
        "longest_gaps": [asdict(gap) for gap in audit.longest_gaps()],
    }
