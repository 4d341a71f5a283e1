"""What the data commands share: options, the catalog at hand, and how series and commits are shown."""

from typing import Annotated, Any

import typer

from tradewind.adapters.catalog import Catalog, FundingFile, FundingReport, SeriesSummary, WriteReport
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


def print_funding(files: list[FundingFile]) -> None:
    """A table of perpetuals' funding rates, one line each."""
    rows = [
        [one.venue, one.symbol, f"{one.rows:,}", utc_day(one.first_ts), utc_day(one.last_ts),
         one.content_hash[:_HASH_SHOWN]]
        for one in files
    ]  # fmt: skip
    print_table("", ("funding", "", ">rates", "from", "to", "hash"), rows)


def print_funding_reports(reports: list[FundingReport], *, as_json: bool) -> None:
    """What a commit did to funding rates."""
    if as_json:
        counts = ("added", "replaced", "identical")
        print_json([funding_record(one.summary) | {name: getattr(one, name) for name in counts} for one in reports])
        return
    rows = [
        [report.summary.venue, report.summary.symbol, f"{report.added:,}", f"{report.replaced:,}",
         f"{report.identical:,}", f"{report.summary.rows:,}", utc_day(report.summary.first_ts),
         utc_day(report.summary.last_ts)]
        for report in reports
    ]  # fmt: skip
    print_table("", ("funding", "", ">added", ">replaced", ">there", ">rates now", "from", "to"), rows)


def funding_record(one: FundingFile) -> dict[str, Any]:
    """A perpetual's rates as `--json` prints them."""
    record = one.model_dump(exclude={"file", "sha256"})
    return {**record, "first": utc_text(one.first_ts), "last": utc_text(one.last_ts)}


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
