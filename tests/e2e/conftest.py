"""A browser and an open page for the tests of pages; a module's own `files` says which pages there are, by name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.e2e.browser import Seen, chromium, opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def seen(request: pytest.FixtureRequest, files: dict[str, Path], browser: Browser) -> Iterator[Seen]:
    """The page of `file-view`, open and recorded."""
    file, view = request.param.split("-")
    with opened(browser, files[file], view) as found:
        yield found
