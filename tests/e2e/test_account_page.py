"""A backtest's page in Chromium: light, dark and on a telephone it fits, reads, stays silent and asks for nothing."""

from pathlib import Path

import pytest
from tests.e2e.browser import CONTRAST, READABLE, Seen, every
from tests.unit.app.small_search import catalogued, made_market

from tradewind.app.backtest import BacktestRequest, backtest
from tradewind.app.settings import read_preset
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace

pytestmark = pytest.mark.slow
SYMBOLS = ("BTC/USDT", "ETH/USDT")
SILENT = ("account.switch.entry_z=90.0", "account.static.entry_z=90.0")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of an account that traded, and of one that never did."""
    root = tmp_path_factory.mktemp("workspace")
    catalogued(root, made_market(8))
    found = {}
    for name, overrides in (("traded", ()), ("silent", SILENT)):
        request = BacktestRequest(preset=read_preset(Path("scalper"), overrides), symbols=SYMBOLS)
        found[name] = backtest(request, Workspace(root), SilentProgress()).page
    return found


@every("traded", "silent")
def test_the_page_is_silent_fits_and_asks_for_nothing_but_itself(seen: Seen) -> None:
    seen.page.wait_for_load_state("networkidle")
    assert seen.said == []
    assert [url for url in seen.asked if not url.startswith("data:")] == [seen.page.url]
    assert seen.overflow == 0
    seen.page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert seen.page.locator("details:not([open])").count() == 0
    assert seen.overflow == 0


@every("traded", "silent")
def test_the_result_stands_above_the_fold(seen: Seen) -> None:
    headline = seen.page.locator("#the-verdict")
    assert headline.inner_text().startswith(("The account lost", "The account did not trade"))
    for part in (headline, seen.page.locator(".meaning")):
        box = part.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < seen.page.evaluate("window.innerHeight")


@every("traded")
def test_every_kind_of_text_can_be_read(seen: Seen) -> None:
    kinds = ("#the-verdict", ".meaning", ".lead", ".caption", "td", "td.shaded", "th", "summary", ".verdict a",
             ".label strong", ".fact .value", ".fact .note", "figure svg text")  # fmt: skip
    poor = {kind: round(ratio, 2) for kind in kinds if (ratio := seen.page.evaluate(CONTRAST, kind)) < READABLE}
    assert poor == {}


@every("traded")
def test_charts_are_drawn_for_the_width(seen: Seen) -> None:
    charts = seen.page.locator("figure svg:visible")
    assert charts.count() == seen.page.locator("figure").count() == 3
    for i in range(charts.count()):
        scale = charts.nth(i).evaluate("one => one.getBoundingClientRect().width / one.viewBox.baseVal.width")
        assert scale > 0.9


@pytest.mark.parametrize("seen", ["traded-light"], indirect=True)
def test_the_heading_of_a_column_leads_to_its_definition(seen: Seen) -> None:
    seen.page.locator("th a", has_text="net USDT").first.click()
    assert seen.page.url.endswith("#net-result")
    assert "after every cost" in seen.page.locator("#net-result + dd").inner_text()
