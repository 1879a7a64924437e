"""Gets the sandbox's phone ready to be played with: what the story sets up beside its accounts, and words about what is on it."""

from __future__ import annotations

from typing import Any

from desk.state import Addresses
from desk.teller import Failed, Teller, http

NEWCOMER, VISITOR = "小林", "阿联"
"""Who holds the phone first, with the whole story before them; and whom the story is about."""
PAGE = "/_sandbox/phone"
APP_APPID, CHANNEL_APPID = "wxdemo0000000003", "wxdemo0000000004"
LIVE = {"description": "周末肩颈课", "starts_in_s": 86_400}


def equip(teller: Teller, *, shop_key: str) -> None:
    """What the phone lacks beside the story's accounts: the shop's key, an app, a channel with a live room."""
    teller.wechat("/phone/settings", {"backend_key": shop_key})
    for appid, kind, original in ((APP_APPID, "mobile_app", "gh_demo00000003"), (CHANNEL_APPID, "channels_assistant", "gh_demo00000004")):
        made = {"appid": appid, "secret": f"demo-{kind}", "kind": kind, "original_id": original, "open_platform": "demo"}
        teller.wechat("/accounts", made)
    _make_app(teller)
    _, told = http("GET", f"{teller.addresses.sandbox}{PAGE}/feed")
    if not any(channel["lives"] for channel in told["stage"]["channels"]):
        teller.wechat("/lives", {"appid": CHANNEL_APPID, **LIVE})
    teller.tell("☞", f"the phone is ready: {page_of(teller.addresses)}")


def page_of(addresses: Addresses) -> str:
    """Where the phone is played with."""
    return addresses.sandbox + PAGE


def find_lacking(addresses: Addresses) -> str:
    """What has to be done before the phone is of use, in a sentence; empty when nothing has."""
    _, told = http("GET", f"{page_of(addresses)}/feed")
    stage: dict[str, Any] = told["stage"]
    if not any(account["origin"] == addresses.front for account in stage["accounts"]):
        return "no account of it leads to this stack yet: `make demo` makes a brand, “Five minutes by hand” in the README one of your own"
    if not stage["backend_key"]:
        return "its shop's computer has no API key: without one nobody is reminded (docs/phone.md)"
    return ""


def _make_app(teller: Teller) -> None:
    """The brand's app at the backend: it logs people in with WeChat as soon as the backend has a door for that."""
    order = {"name": "app", "kind": "app", "appid": APP_APPID, "app_secret": "demo-mobile_app"}
    status, told = http("POST", f"{teller.addresses.front}/v1/accounts", order, key=teller.key)
    if status != 201 and told["Code"] != "account_taken":
        raise Failed(f"the app's account was refused: {told['Code']}")
