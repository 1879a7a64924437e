"""A real browser on the phone's page: the sandbox on loopback, Chromium without a window, what its console complained about."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, Request, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--in-process-gpu",
    "--renderer-process-limit=1",
]
"""Nothing that asks the network by itself, and few processes: to begin each takes longer than a page."""
WIDE, NARROW = (1280, 800), (420, 860)
PATIENCE_MS = 20_000
FEED = "/_sandbox/phone/feed"


class QuietHandler(WSGIRequestHandler):
    """Keeps connections open, as browsers like it, and says nothing about requests."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing to say."""


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """The address of a WSGI app on a free port of loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Screen:
    """The page in one window; `complaints` is what the console or the network complained about."""

    def __init__(self, browser: Browser, address: str, size: tuple[int, int] = WIDE) -> None:
        self.complaints: list[str] = []
        self._context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self._hear_failure)
        self.page.goto(address)
        self.page.wait_for_selector(".device")

    def _hear_failure(self, failed: Request) -> None:
        """A page that is left or loaded anew drops the feed it was waiting for; that is no complaint."""
        if not (failed.failure == "net::ERR_ABORTED" and FEED in failed.url):
            self.complaints.append(f"{failed.url}: {failed.failure}")

    def tap(self, selector: str) -> None:
        self.page.click(selector)

    def sees(self, text: str, within: str = "body") -> None:
        """Wait until the words are to be seen."""
        self.page.locator(within).get_by_text(text).first.wait_for()

    def close(self) -> None:
        self._context.close()
