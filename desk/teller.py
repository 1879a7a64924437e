"""Tells a story: prints what goes in and what comes out of a running stack, and counts the checks."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from typing import Any

from desk.state import Addresses

PATIENCE_S = 30


class Failed(Exception):
    """The story cannot go on."""


class Teller:
    """One telling: prints what goes in and what comes out, and counts the checks."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.passed = 0
        self.checked = 0
        self.key = ""
        self.user = ""

    def title(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def check(self, holds: bool, words: str) -> None:
        self.checked += 1
        self.passed += holds
        print(f"   {'✓' if holds else '✗'} {words}", flush=True)

    def tell(self, arrow: str, words: str) -> None:
        print(f"   {arrow} {words if len(words) <= 300 else words[:297] + '…'}", flush=True)

    def api(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> tuple[int, Any]:
        """One call to Liandong, as a business system or a client would make it."""
        self.tell("→", f"{method} {path}" + (f"  {short(body)}" if body is not None else ""))
        status, answer = http(method, self.addresses.front + path, body, key=self.key if key is None else key)
        self.tell("←", f"{status} {short(answer)}")
        return status, answer

    def wechat(self, path: str, body: Any = None, *, method: str = "POST") -> Any:
        """One call to the sandbox's control API: what a person does with their phone, or what WeChat has seen."""
        status, answer = http(method, f"{self.addresses.sandbox}/_sandbox{path}", body)
        if status >= 400:
            raise Failed(f"The sandbox refused {path}: {short(answer)}")
        return answer

    def act(self, what: str, **more: Any) -> Any:
        """The visitor does something in WeChat; the delivery of the push comes back."""
        self.tell("☞", f"the visitor: {what} {short(more)}")
        answer = self.wechat(f"/users/{self.user}/{what}", more)
        for delivery in (answer.get("push") or {}).get("deliveries", []):
            self.tell("←", f"{delivery['status']} in {delivery['ms']} ms, {delivery['outcome']}: {short(delivery['reply'])}")
        return answer

    def calls(self, path: str, *, appid: str = "") -> list[dict[str, Any]]:
        """What WeChat was asked on one path."""
        calls: list[dict[str, Any]] = self.wechat(f"/log?path={path}" + (f"&appid={appid}" if appid else ""), method="GET")["calls"]
        return calls


def http(method: str, url: str, body: Any = None, *, key: str = "", cookie: str = "") -> tuple[int, Any]:
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body, ensure_ascii=False).encode())
    request.add_header("Content-Type", "application/json")
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    if cookie:
        request.add_header("Cookie", cookie)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    try:
        return status, json.loads(content) if content else None
    except ValueError:
        return status, content.decode("utf-8", "replace")


def visit(address: str) -> tuple[str, str]:
    """Where a browser that is sent here and there ends up, and the cookies it was given on the way."""
    cookies = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    with browser.open(address, timeout=PATIENCE_S) as page:
        return str(page.geturl()), "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)


def until(look: Callable[[], Any], holds: Callable[[Any], bool], *, within_s: float = PATIENCE_S) -> Any:
    """Look again until it holds or patience ends; the last look comes back."""
    deadline = time.monotonic() + within_s
    while True:
        seen = look()
        if holds(seen) or time.monotonic() > deadline:
            return seen
        time.sleep(0.5)


def short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def strings_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings_in(each)]
    if isinstance(value, str):
        return [value, *(strings_in(json.loads(value)) if value.startswith("{") else [])]
    return []
