"""A report in Chromium: light, dark and on a telephone it fits, reads, stays silent and asks nobody for anything."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.e2e.browser import CONTRAST, READABLE, Seen, every
from tests.unit.app.report.evidence_sample import LUCK, STRESS
from tests.unit.app.small_search import searched, small_request
from tests.unit.app.validation_sample import sample

from tradewind.adapters.run_store import RunStore
from tradewind.app.monte_carlo import monte_carlo_of_run
from tradewind.app.report import report
from tradewind.app.validation import store_validation
from tradewind.app.workspace import Workspace
from tradewind.evidence.monte_carlo import MonteCarloSettings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report of a run that was not validated, and one of the same run with every kind of evidence."""
    root = tmp_path_factory.mktemp("workspace")
    run = searched(small_request(), root)
    plain, whole = root / "plain.html", root / "whole.html"
    plain.write_text(report(run, Workspace(root)).html)
    drawn = monte_carlo_of_run(run, MonteCarloSettings(paths=200))
    store = RunStore(Workspace(root).runs_directory)
    store_validation(store, sample(run.run_id, monte_carlo=drawn, luck=LUCK, stress=STRESS))
    whole.write_text(report(run, Workspace(root)).html)
    return {"plain": plain, "whole": whole}


@every("plain", "whole")
def test_the_page_is_silent_and_asks_for_nothing_but_itself(seen: Seen) -> None:
    seen.page.wait_for_load_state("networkidle")
    assert seen.said == []
    assert [url for url in seen.asked if not url.startswith("data:")] == [seen.page.url]


@every("plain", "whole")
def test_the_page_never_scrolls_sideways_also_with_all_folds_open(seen: Seen) -> None:
    assert seen.overflow == 0
    seen.page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert seen.page.locator("details:not([open])").count() == 0
    assert seen.overflow == 0


@every("plain", "whole")
def test_the_verdict_stands_above_the_fold(seen: Seen) -> None:
    headline = seen.page.locator("#the-verdict")
    box = headline.bounding_box()
    height = seen.page.evaluate("window.innerHeight")
    assert box is not None
    assert box["y"] + box["height"] < height
    assert headline.inner_text().startswith(("No verdict yet", "This looks like luck"))
    meaning = seen.page.locator(".meaning").bounding_box()
    assert meaning is not None
    assert meaning["y"] + meaning["height"] < height


@every("whole")
def test_every_kind_of_text_can_be_read(seen: Seen) -> None:
    kinds = ("#the-verdict", ".meaning", ".says", ".lead", ".caption", "td", "th", "summary", ".source", ".verdict a",
             ".label strong", ".missing", ".failed .mark", ".passed .mark", ".unknown .mark", "figure svg text",
             "figure svg .name.first", "figure svg .name.second", "figure svg .name.quiet")  # fmt: skip
    poor = {kind: round(ratio, 2) for kind in kinds if (ratio := seen.page.evaluate(CONTRAST, kind)) < READABLE}
    assert poor == {}


@every("whole")
def test_charts_are_drawn_for_the_width_and_their_letters_are_large_enough(seen: Seen) -> None:
    charts = seen.page.locator("figure svg:visible")
    assert charts.count() == seen.page.locator("figure").count() > 10
    for i in range(charts.count()):
        scale = charts.nth(i).evaluate("one => one.getBoundingClientRect().width / one.viewBox.baseVal.width")
        assert scale > 0.9


@every("whole")
def test_the_heading_of_a_column_leads_to_its_definition(seen: Seen) -> None:
    seen.page.locator("th a", has_text="profit factor").first.click()
    assert seen.page.url.endswith("#profit-factor")
    box = seen.page.locator("#profit-factor").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < seen.page.evaluate("window.innerHeight")
    assert "All gains divided by all losses" in seen.page.locator("#profit-factor + dd").inner_text()


@pytest.mark.parametrize("seen", ["whole-light"], indirect=True)
def test_words_beside_a_figure_open_where_they_stand(seen: Seen) -> None:
    fold = seen.page.locator("figure:has-text('Where the best of one half') + details.what")
    assert not fold.locator("dl").is_visible()
    fold.locator("summary").click()
    assert "probability of backtest overfitting" in fold.locator("dl").inner_text()


def test_dark_is_dark_and_light_is_light(files: dict[str, Path], browser: Browser) -> None:
    def brightness(scheme: str) -> float:
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(files["plain"].as_uri())
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        context.close()
        return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3

    assert brightness("light") > 230
    assert brightness("dark") < 50
