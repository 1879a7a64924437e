"""The browser of the phone's tests, started once for each file that uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.sandbox.phone.browser import CHROMIUM, Screen, open_browser

Watch = Callable[..., Screen]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; where there is none the tests are left out."""
    if CHROMIUM is None:
        pytest.skip("no Chromium found: apt-get install chromium, and the phone's page is tested too")
    with open_browser() as opened:
        yield opened


@pytest.fixture
def watch(browser: Browser) -> Iterator[Watch]:
    """Opens the page; at the end nothing may have been complained about."""
    opened: list[Screen] = []

    def look(address: str, **options: tuple[int, int]) -> Screen:
        opened.append(Screen(browser, address, **options))
        return opened[-1]

    yield look
    complaints = [complaint for screen in opened for complaint in screen.complaints]
    for screen in opened:
        screen.close()
    assert complaints == []
