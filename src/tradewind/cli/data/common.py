"""What the data commands share: options, the catalog at hand, and how series and commits are shown."""

from typing import Annotated, Any

import typer

from tradewind.adapters.catalog import Catalog, SeriesSummary, WriteReport
from tradewind.cli.output import print_json, workspace_of
from tradewind.cli.tables import print_table
from tradewind.model.time import utc_day, utc_text

VenueOption = Annotated[str, typer.Option(help="Where the bars are from, in small letters.")]
ReplaceFlag = Annotated[bool, typer.Option("--replace", help="Take the new bar where it contradicts a catalogued one.")]
_HASH_SHOWN = 12


def catalog_of(context: typer.Context) -> Catalog:
    """The catalog of the workspace the command runs in."""
    return Catalog(workspace_of(context).catalog_directory)


def print_series(series: list[SeriesSummary]) -> None:
    """A table of series, one line each."""
    rows = [
        [
            *_name(summary), f"{summary.rows:,}", utc_day(summary.first_ts), utc_day(summary.last_ts),
            f"{summary.gaps:,}", f"{summary.missing_bars:,}", origin(summary), summary.content_hash[:_HASH_SHOWN],
        ]
        for summary in series
    ]  # fmt: skip
    print_table("", ("series", "", "", ">bars", "from", "to", ">gaps", ">missing", "made", "hash"), rows)


def print_reports(reports: list[WriteReport], *, as_json: bool) -> None:
    """What a commit did, series by series."""
    if as_json:
        print_json([report_record(report) for report in reports])
        return
    rows = [
        [
            *_name(report.summary), f"{report.added:,}", f"{report.replaced:,}", f"{report.identical:,}",
            f"{report.summary.rows:,}", utc_day(report.summary.first_ts), utc_day(report.summary.last_ts),
            f"{report.summary.gaps:,}",
        ]
        for report in reports
    ]  # fmt: skip
    columns = ("series", "", "", ">added", ">replaced", ">there", ">bars now", "from", "to", ">gaps")
    print_table("", columns, rows)


def origin(summary: SeriesSummary) -> str:
    """`by venue`, or the finer timeframe the product made the series of."""
    return "by venue" if summary.resampled_from is None else f"of {summary.resampled_from}"


def report_record(report: WriteReport) -> dict[str, Any]:
    """A write report as `--json` prints it."""
    record = summary_record(report.summary)
    return {**record, "added": report.added, "replaced": report.replaced, "identical": report.identical}


def summary_record(summary: SeriesSummary) -> dict[str, Any]:
    """A series as `--json` prints it."""
    record = summary.model_dump(exclude={"key", "manifest", "manifest_sha256"})
    return {**dict(summary.key), "first": utc_text(summary.first_ts), "last": utc_text(summary.last_ts), **record}


def _name(summary: SeriesSummary) -> tuple[str, str, str]:
    return summary.key.venue, summary.key.symbol, summary.key.timeframe
