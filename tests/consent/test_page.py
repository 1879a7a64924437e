"""The page of preferences in a real browser: wide and narrow, one tap to stop, one to take it back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browsed import app_of
from tests.consent.shop import MARKETING, Shop
from tests.sandbox.phone.browser import CHROMIUM, NARROW, PATIENCE_MS, WIDE, open_browser, serve

TOPICS = [
    {"topic": "news", "zh": "新品与会员日", "en": "New products and members' days"},
    {
        "topic": "care",
        "zh": "护理提醒：一个特别特别长的主题名称用来看看会不会溢出页面的右边",
        "en": "Reminders of care, at some length",
    },
]
Look = Callable[..., Page]
MARKETING_BOX = "input[type=checkbox][name=marketing]"
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium found: apt-get install chromium, and the page is tested in it too")
    with open_browser() as opened:
        yield opened


@pytest.fixture
def look(shop: Shop, browser: Browser) -> Iterator[Look]:
    """Opens a path of the house in a window; at the end nothing may have been complained about."""
    assert shop.house.call("PUT", "/v1/contact-policy", {"topics": TOPICS}, key=shop.key)[0] == 201
    shop.house.clock.advance(seconds=61)
    complaints: list[str] = []
    with serve(app_of(shop.house)) as address:

        def open_window(path: str, *, size: tuple[int, int] = NARROW, locale: str = "zh-CN") -> Page:
            page = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale).new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
            page.goto(address + path)
            return page

        yield open_window
    assert [each for each in complaints if "404" not in each] == []


def keep(page: Page, name: str) -> None:
    """A picture of it, where somebody wants to look."""
    if "PICTURES" in os.environ:
        page.screenshot(path=Path(os.environ["PICTURES"]) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("size", "locale"), [(WIDE, "en-US"), (NARROW, "zh-CN")])
def test_marketing_stops_by_one_tap_and_comes_back_by_another(shop: Shop, look: Look, size: tuple[int, int], locale: str) -> None:
    shop.mine("PUT", body=MARKETING)
    page = look(shop.link(), size=size, locale=locale)
    keep(page, f"{locale}-shown")
    assert page.is_checked(MARKETING_BOX)
    assert page.evaluate(FITS)

    page.get_by_role("button", name="停止一切营销消息").click()
    page.get_by_text("营销消息已停止").wait_for()
    keep(page, f"{locale}-stopped")
    stopped = shop.mine()["marketing"]
    page.get_by_role("button", name="撤销").click()
    page.get_by_text("已保存").wait_for()

    assert (stopped, shop.mine()["marketing"]) == ("denied", "granted")
    assert page.is_checked(MARKETING_BOX)
    page.locator("label", has_text="新品").click()
    page.click(".save")
    page.get_by_text("已保存").wait_for()
    keep(page, f"{locale}-saved")
    assert not page.is_checked("input[value=news]")
    assert shop.mine()["topics"] == [{"topic": "news", "channel": None, "on": False}]
    assert page.evaluate(FITS)


def test_a_link_that_leads_nowhere_says_so_in_both_languages(shop: Shop, look: Look) -> None:
    page = look(shop.link()[:-4] + "AAAA")

    keep(page, "forged")
    assert page.get_by_text("链接已经失效").is_visible()
    assert page.locator("[lang=en]").first.is_visible()
    assert page.evaluate(FITS)
