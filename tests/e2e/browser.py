"""Chromium for the tests that look at pages, found on this machine or a failure that says how to get it; and what a
page that is open there does."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
VIEWS = {"light": ("light", 1280, 800), "dark": ("dark", 1280, 800), "narrow": ("light", 360, 740)}
READABLE = 4.5  # contrast of text that the accessibility guidelines ask for, level AA
CONTRAST = """selector => {
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(
    v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  ).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
  };
  const element = document.querySelector(selector);
  const style = getComputedStyle(element);
  const front = light(numbers(element instanceof SVGElement ? style.fill : style.color));
  const back = light(behind(element));
  return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
}"""


@dataclass
class Seen:
    """A page that is open, and what it said and asked for since."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        wide: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return wide


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium that asks nobody for anything; fails the test where there is none."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("no Chromium on this machine: run `make setup-dev`, or on Debian or Ubuntu `apt install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


def every(*files: str) -> pytest.MarkDecorator:
    """Each of a module's files in each of the views, as `seen`."""
    return pytest.mark.parametrize("seen", [f"{file}-{view}" for file in files for view in VIEWS], indirect=True)


@contextmanager
def opened(browser: Browser, file: Path, view: str) -> Iterator[Seen]:
    """A page open in one of the views, and recorded."""
    scheme, width, height = VIEWS[view]
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
    found = Seen(context.new_page())
    found.page.on("console", lambda message: found.said.append(message.text))
    found.page.on("pageerror", lambda error: found.said.append(str(error)))
    found.page.on("request", lambda asked: found.asked.append(asked.url))
    found.page.goto(file.as_uri())
    try:
        yield found
    finally:
        context.close()
