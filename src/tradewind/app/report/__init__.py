"""The report of a run as one HTML page: verdict first, then the evidence, every figure explained one click away."""

from dataclasses import dataclass

from tradewind.adapters.run_store import FinishedRun
from tradewind.app.holdout import hold_outs_of
from tradewind.app.judgement import Judgement, judgement_lines, judgement_of
from tradewind.app.report.blocks import Section
from tradewind.app.report.glossary import OF_RUNS, terms_in
from tradewind.app.report.page import Page, rendered
from tradewind.app.report.sections.candidates import chosen_section, field_section, leaderboard_section
from tradewind.app.report.sections.chances import chances_section, hold_out_section
from tradewind.app.report.sections.luck import luck_section
from tradewind.app.report.sections.market import data_section, regimes_section
from tradewind.app.report.sections.record import procedure_section
from tradewind.app.report.sections.stress import stress_section
from tradewind.app.report.sections.windows import windows_section
from tradewind.app.report.subject import Subject
from tradewind.app.validation import load_validation
from tradewind.app.workspace import Workspace
from tradewind.model.time import utc_day

__all__ = ["Judgement", "Report", "judgement_lines", "report"]


@dataclass(frozen=True, slots=True)
class Report:
    """A run's report: the page as HTML text and the verdict that stands at its top."""

    html: str
    judgement: Judgement


def report(run: FinishedRun, workspace: Workspace) -> Report:
    """The report of a finished run, made from its folder and the ledger; nothing is computed anew, no clock is read.

    Raises RunIncomplete where a part of the run is missing or damaged.
    """
    (hold_out,) = hold_outs_of([run], workspace)
    subject = Subject(run, hold_out, load_validation(run))
    judgement = judgement_of(run, subject.validation)
    sections = [
        procedure_section(subject),
        luck_section(subject),
        windows_section(subject),
        leaderboard_section(subject),
        field_section(subject),
        chosen_section(subject),
        chances_section(subject),
        stress_section(subject),
        hold_out_section(subject),
        regimes_section(subject),
        data_section(subject),
    ]
    return Report(rendered(_page(subject, judgement, sections)), judgement)


def _page(subject: Subject, judgement: Judgement, sections: list[Section]) -> Page:
    data = subject.summary["data"]
    span = f"{utc_day(data['first_ts'])} to {utc_day(data['last_ts'])}"
    return Page(
        kind="report",
        title=subject.run.run_id,
        subtitle=f"{', '.join(data['symbols'])}, {data['venue']}, {data['timeframe']} bars, {span}",
        simulated="Simulated market: no real prices" if subject.simulated else "",
        top=judgement,
        sections=sections,
        terms=tuple(terms_in(OF_RUNS)),
    )
