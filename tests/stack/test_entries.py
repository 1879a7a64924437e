"""Ways in on the real stack: links made and led through, the page's ticket, material behind a presigned address, under real roles."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest

from desk.teller import http, until
from tests.stack.conftest import Stack
from tests.stack.test_webhooks import admin_of

pytestmark = pytest.mark.stack
BRAND = "ways"
APPIDS = {"oa": "wxways0000000001", "mini": "wxways0000000002"}
KINDS = {"oa": "official_account", "mini": "mini_program"}
PHONE = "Mozilla/5.0 (iPhone) Mobile/15E148 MicroMessenger/8.0.50"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A browser that tells where it was led."""

    def redirect_request(self, *told: Any) -> None:
        return None


def visit(address: str, **headers: str) -> tuple[int, str, bytes]:
    """Status, where it leads, and what is shown."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect())
    try:
        with opener.open(urllib.request.Request(address, headers=headers), timeout=30) as answer:
            return answer.status, "", answer.read()
    except urllib.error.HTTPError as told:
        return told.code, told.headers.get("Location", ""), told.read()


def make_accounts(stack: Stack, key: str) -> None:
    places = stack.addresses()
    for name, appid in APPIDS.items():
        order = {"name": name, "kind": KINDS[name], "appid": appid, "app_secret": f"secret-of-{name}"}
        status, made = http("POST", f"{places.front}/v1/accounts", {**order, "callback_mode": "plain"}, key=key)
        assert status == 201, made
        known = {"appid": appid, "secret": f"secret-of-{name}", "kind": KINDS[name], "original_id": f"gh_{name}_ways"}
        assert http("POST", f"{places.sandbox}/_sandbox/accounts", known)[0] < 300


def test_an_entry_leads_and_is_drawn_and_its_page_is_signed(stack: Stack) -> None:
    front, key = stack.addresses().front, admin_of(stack, BRAND)
    make_accounts(stack, key)
    page = {"end": "mini_program", "account": f"{BRAND}.mini", "path": "pages/index/index"}
    status, entry = http("POST", f"{front}/v1/entries", {"name": "poster", "placement": "sms", "target": page}, key=key)
    assert status == 201, entry
    address = f"{front}/l/{BRAND}.{entry['id']}"

    led = until(lambda: visit(address, **{"User-Agent": PHONE}), lambda answer: answer[0] == 302, within_s=120)
    status, _, drawn = visit(address, **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"})
    status_of_code, code = http("POST", f"{front}/v1/entries/{entry['id']}/codes", {"kind": "mini_program"}, key=key)
    to, material, _ = visit(f"{front}/v1/entries/{entry['id']}/material?format=svg", Authorization=f"Bearer {key}")
    http("PUT", f"{front}/v1/accounts/{BRAND}.oa/web-origins", {"web_origins": ["https://ways.example.com"]}, key=key)
    signing = f"{front}/v1/jssdk/{BRAND}.oa?url={quote('https://ways.example.com/', safe='')}"
    signed = until(lambda: http("GET", signing), lambda answer: answer[0] == 200, within_s=90)

    assert led[1].startswith("https://wxaurl.cn/")
    assert (status, b"data:image/png" in drawn) == (200, True)
    assert (status_of_code, to) == (201, 303)
    assert visit(material)[2].startswith(b"<?xml")
    assert visit(code["image"])[2][:4] == b"\x89PNG"
    assert len(signed[1]["signature"]) == 40
