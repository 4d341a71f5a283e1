"""A run's report: its numbers are the summary's, every term is explained, nothing leaves the file, nothing is code."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.unit.app.report.evidence_sample import LUCK, STRESS
from tests.unit.app.report.page_reading import Element, read_page, table_titled
from tests.unit.app.small_search import searched, small_request
from tests.unit.app.validation_sample import sample

from tradewind.adapters.run_store import SUMMARY, FinishedRun, RunStore
from tradewind.app.monte_carlo import monte_carlo_of_run
from tradewind.app.report import Report, report
from tradewind.app.report.glossary import OF_RUNS, glossary, terms_in
from tradewind.app.validation import store_validation
from tradewind.app.workspace import Workspace
from tradewind.evidence.monte_carlo import MonteCarloSettings

EVIL = "<img src=x onerror=alert(1)>\"&'[x](#javascript)"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def run(root: Path) -> FinishedRun:
    return searched(small_request(), root)


@pytest.fixture(scope="module")
def made(run: FinishedRun, root: Path) -> Report:
    return report(run, Workspace(root))


@pytest.fixture(scope="module")
def page(made: Report) -> Element:
    return read_page(made.html)


@pytest.fixture(scope="module")
def validated(run: FinishedRun, root: Path) -> tuple[Report, Element]:
    other = root / "validated"
    shutil.copytree(run.folder, other / "runs" / run.run_id)
    drawn = monte_carlo_of_run(run, MonteCarloSettings(paths=200))
    store = RunStore(Workspace(other).runs_directory)
    store_validation(store, sample(run.run_id, monte_carlo=drawn))
    done = report(store.open(run.run_id), Workspace(other))
    return done, read_page(done.html)


def changed(run: FinishedRun, root: Path, summary: dict[str, object]) -> FinishedRun:
    folder = root / "runs" / run.run_id
    shutil.copytree(run.folder, folder)
    (folder / SUMMARY).write_text(json.dumps(summary))
    return RunStore(root / "runs").open(run.run_id)


def test_the_verdict_comes_first_and_says_what_to_do_where_nobody_validated(page: Element, run: FinishedRun) -> None:
    first = page.all("section")[0]
    assert first.attributes["class"] == "verdict not-judged"
    assert "No verdict yet" in first.text
    assert f"tradewind validate {run.run_id}" in first.text
    assert f"because {run.summary['decision']['reason']}" in first.text


def test_the_procedure_record_is_the_summarys(page: Element, run: FinishedRun) -> None:
    heading, switch, static = table_titled(page, "Procedure record")
    for row, name in ((switch, "switch"), (static, "static")):
        found = dict(zip(heading, row, strict=True))
        figures = run.summary["procedure"][name]
        assert found["trades"].split()[0] == f"{figures['trades']:,}"
        assert found["win rate %"].startswith(f"{100 * figures['win_rate']:.1f} (")
        assert found["mean R"].replace("−", "-") == f"{figures['mean_r']:+.3f}"
        assert found["Sharpe a year"].replace("−", "-") == f"{figures['sharpe_per_year']:+.2f}"
        assert found["return"].replace("−", "-") == f"{100 * figures['return']:+.1f} %"
        assert found["deepest fall"] == f"{100 * figures['max_drawdown']:.1f} %"
        assert found["paid bp"] == f"{figures['cost_bps']:.1f}"
        assert found["break-even bp"].replace("−", "-") == f"{figures['break_even_cost_bps']:.1f}"


def test_the_leaderboard_is_the_summarys_and_says_that_it_is_optimistic(page: Element, run: FinishedRun) -> None:
    heading, *rows = table_titled(page, "Best candidates over all test days")
    assert len(rows) == len(run.summary["leaderboard"])
    for row, one in zip(rows, run.summary["leaderboard"], strict=True):
        found = dict(zip(heading, row, strict=True))
        assert found["configuration"] == one["name"]
        assert found["trades"].split()[0] == f"{one['trades']:,}"
        assert found["robust edge R"].replace("−", "-") == f"{one['robust_edge']:+.3f}"
    (section,) = [s for s in page.all("section") if s.attributes.get("id") == "s-leaderboard"]
    assert "Selected on these figures: optimistic." in section.all("p", "notice")[0].text


def test_regimes_show_shares_stays_and_what_follows(page: Element, run: FinishedRun) -> None:
    rows = table_titled(page, "Share, stay, changes")[1:]
    first = run.summary["regimes"][0]
    for row, name, share, stay in zip(rows, first["names"], first["shares"], first["dwell_mean_bars"], strict=False):
        assert row[1:4] == [name, f"{100 * share:.1f} %", f"{stay:,.1f}"]
    moves = table_titled(page, f"What follows a bar of each regime, {first['detector']}")
    assert moves[1][1] == f"{100 * first['transitions'][0][0]:.1f} %"


def test_windows_add_up_to_the_procedure(page: Element, run: FinishedRun) -> None:
    heading, *rows = table_titled(page, f"All {run.summary['windows']['count']} windows")
    traded = [int(row[heading.index("out-of-sample mean R") + 1].split()[0].replace(",", "").replace("–", "0"))
              for row in rows]  # fmt: skip
    assert sum(traded) == run.summary["procedure"]["switch"]["trades"]
    assert sum(count > 0 for count in traded) <= run.summary["windows"]["traded_by_switch"]


def test_the_promise_and_what_came_of_it_give_the_overfit_ratio(run: FinishedRun, root: Path) -> None:
    from tradewind.app.holdout import hold_outs_of
    from tradewind.app.report.sections.windows import windows_of
    from tradewind.app.report.subject import Subject

    (held,) = hold_outs_of([run], Workspace(root))
    tried = [window for window in windows_of(Subject(run, held, None)) if window.promised_trades]
    came = np.nansum([w.r * w.trades for w in tried]) / sum(w.trades for w in tried)
    promised = sum(w.promised_r * w.promised_trades for w in tried) / sum(w.promised_trades for w in tried)
    assert came / promised == pytest.approx(run.summary["procedure"]["overfit_ratio"], rel=1e-9)


def test_a_simulated_market_is_called_so_at_the_top_and_under_every_figure(page: Element) -> None:
    assert "Simulated market" in page.all("p", "ribbon")[0].text
    captions = page.all("p", "caption") + page.all("figcaption", "caption")
    assert len(captions) > 10
    assert [caption.text for caption in captions if not caption.text.startswith("SIMULATED market.")] == []


def test_every_chart_and_table_of_results_says_n_and_costs(page: Element) -> None:
    for caption in page.all("figcaption", "caption"):
        assert "N = " in caption.text
        assert "bp a round trip at market" in caption.text.replace("\N{NO-BREAK SPACE}", " ")


def test_every_link_leads_to_a_term_or_section_and_every_name_is_given_once(page: Element) -> None:
    ids = [element.attributes["id"] for tag in ("dt", "section", "h2") for element in page.all(tag)
           if "id" in element.attributes]  # fmt: skip
    assert len(ids) == len(set(ids))
    links = {link.attributes["href"] for link in page.all("a")}
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert all(link.startswith("#") for link in links)
    assert set(terms_in(OF_RUNS)) <= set(ids)


def test_every_term_has_plain_words_and_what_it_is_exactly_where_it_is_a_figure() -> None:
    words = {"stand-aside", "configuration", "few-trades", "p-value", "stress", "simulated"}
    assert [key for key, term in glossary().items() if not term.plain] == []
    assert [key for key, term in glossary().items() if not term.formula and key not in words] == []


@pytest.mark.parametrize("kind", ["plain", "validated"])
def test_nothing_in_the_page_comes_from_elsewhere_or_runs(
    kind: str, made: Report, validated: tuple[Report, Element]
) -> None:
    html = made.html if kind == "plain" else validated[0].html
    assert re.findall(r"(?i)https?:|//[a-z0-9-]+\.|@import|url\(|<script|<iframe|<object|<embed| on[a-z]+=", html) == []
    page = read_page(html)
    outside = [e.attributes for tag in ("link", "img", "use", "image", "source") for e in page.all(tag)]
    assert outside == [{"rel": "icon", "href": "data:,"}]
    assert len(html.encode()) < 1_500_000
    figures = " | ".join(e.text for e in [*page.all("td"), *page.all("span", "value"), *page.all("text")])
    assert re.findall(r"(?i)\b(?:nan|none|inf)\b", figures) == []


def test_names_with_markup_stay_text(run: FinishedRun, tmp_path: Path) -> None:
    summary = json.loads(json.dumps(dict(run.summary)))
    summary["data"]["symbols"] = [EVIL]
    summary["leaderboard"][0]["name"] = EVIL
    summary["decision"]["reason"] = EVIL
    summary["regimes"][0]["detector"] = EVIL
    summary["procedure"]["switch"]["by"]["symbol"] = {
        EVIL: next(iter(summary["procedure"]["switch"]["by"]["symbol"].values()))
    }
    html = report(changed(run, tmp_path, summary), Workspace(tmp_path)).html
    page = read_page(html)
    assert page.all("img") == []
    assert "<img src" not in html
    assert table_titled(page, "Best candidates over all test days")[1][1] == EVIL
    assert EVIL in page.all("p", "subtitle")[0].text


def test_the_same_run_gives_the_same_bytes(run: FinishedRun, root: Path, made: Report) -> None:
    again = replace(run, meta={**run.meta, "finished": "2031-01-01T00:00:00Z", "host": "elsewhere"})
    assert report(again, Workspace(root)).html == made.html


def test_a_run_that_never_traded_says_why_its_figures_are_missing(run: FinishedRun, tmp_path: Path) -> None:
    summary = json.loads(json.dumps(dict(run.summary)))
    for name in ("switch", "static"):
        record = summary["procedure"][name]
        for key, value in record.items():
            record[key] = 0 if key in {"trades", "return", "max_drawdown", "days"} else value if key == "by" else None
    other = changed(run, tmp_path, summary)
    for name in ("procedure_trades",):
        path = other.folder / f"{name}.parquet"
        pq.write_table(pq.read_table(path).slice(0, 0), path)
    page = read_page(report(other, Workspace(tmp_path)).html)
    said = " ".join(missing.text for missing in page.all("p", "missing"))
    assert "in no window did anything earn its costs in sample" in said
    assert "was anything worth trading in sample" in said


def test_a_validated_run_shows_its_verdict_with_reasons_and_the_evidence(
    validated: tuple[Report, Element], run: FinishedRun
) -> None:
    done, page = validated
    first = page.all("section")[0]
    assert done.judgement.name == "noise"
    assert "This looks like luck." in first.text
    outcomes = {item.attributes["class"] for item in first.all("li") if "class" in item.attributes}
    assert outcomes == {"passed", "failed", "unknown"}
    assert all(item.all("a", "more") for item in first.all("li") if "class" in item.attributes)
    (luck,) = [s for s in page.all("section") if s.attributes.get("id") == "s-luck"]
    assert "20 %" in luck.text.replace("\N{NO-BREAK SPACE}", " ")  # PBO of the sample
    assert "2,496" in luck.text  # N in its ledger
    (chances,) = [s for s in page.all("section") if s.attributes.get("id") == "s-chances"]
    assert len(chances.all("figure")) == 3
    assert f"N = 200 paths of {run.summary['procedure']['switch']['days']} days" in chances.text


def test_what_was_left_out_of_the_validation_is_said(validated: tuple[Report, Element]) -> None:
    said = " ".join(missing.text for missing in validated[1].all("p", "missing"))
    assert "The luck test" in said
    assert "Stress" in said


@pytest.fixture(scope="module")
def tested(run: FinishedRun, root: Path) -> Element:
    """The page of the run with a luck test and a stress test."""
    other = root / "tested"
    shutil.copytree(run.folder, other / "runs" / run.run_id)
    store = RunStore(Workspace(other).runs_directory)
    store_validation(store, sample(run.run_id, luck=LUCK, stress=STRESS))
    return read_page(report(store.open(run.run_id), Workspace(other)).html)


def figure_titled(page: Element, title: str) -> Element:
    (found,) = [figure for figure in page.all("figure") if figure.all("h3")[0].text == title]
    return found


def test_the_luck_histogram_counts_every_altered_market_and_marks_the_real_one(tested: Element) -> None:
    figure = figure_titled(tested, "The same search on markets of chance")
    wide = figure.all("div", "wide")[0]
    counts = [int(bar.text.rsplit(": ", 1)[1]) for bar in wide.all("rect", "bar")]
    assert sum(counts) == 99  # of 100; on one nothing was eligible
    assert "the real market" in wide.text
    assert sum(value >= 4.4 for value in LUCK["statistics"] if value is not None) == 1
    assert "On 1 of 100 it found at least as much" in figure.text
    assert "p = (1 + 1) ÷ (1 + 100) = 0.020" in figure.text
    assert "On 1 of them nothing was eligible" in figure.text
    assert "N = 100 altered markets, the whole search repeated on each over the last 90 days" in figure.text
    rows = table_titled(tested, "The same for each regime's best specialist")
    assert rows[1:] == [["BULL", "1.25", "0.500", "0.900"], ["STRESS", "–", "1.000", "1.000"]]


def test_the_stress_tables_are_the_records(tested: Element) -> None:
    rows = table_titled(tested, "Crashes that happened")[1:]
    assert rows[0][:9] == [
        "March 2020", "2020-03-08 to 2020-03-19", "switch", "60 *", "−5.3 %", "12.0 %", "14.0 %", "−3.25",
        "not in time",
    ]  # fmt: skip
    assert rows[1][8] == "5.0 h"
    assert rows[2][2] == "no bars, or too many missing"
    assert rows[3][2] == "reaches into the hold-out, which stays locked"
    made = table_titled(tested, "Shocks that are made")
    assert made[2][0] == "flash crash"
    assert made[2][7:9] == ["−2.5 %", "−7.5 %"]
    assert made[2][13:] == ["12 of 20", "2.0 d"]
    (section,) = [s for s in tested.all("section") if s.attributes.get("id") == "s-stress"]
    assert "not recommended" in section.all("p", "notice")[0].text
    assert "Stress of the best static" in section.all("p", "missing")[0].text
