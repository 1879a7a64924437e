"""The part of the demo's story about ways in: a poster and a menu put up, and what each way in brought in the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from desk.shop import ACCOUNT, ACCOUNT_APPID, MINI, MINI_APPID
from desk.teller import Failed, http, short, until
from desk.till import bring_order_of

if TYPE_CHECKING:
    from desk.story import Story

TITLE = "门店海报"
MENU_PAGE = "pages/index/index?from=menu"
BY_MENU = 1035
FIGURES = ("visits", "people", "follows", "registrations", "orders", "money_fen")
STRANGER = {"phone": "+8613900000001"}


def put_up(story: Story) -> None:
    """A poster with a code of its own, on the phone too, and the account's menu."""
    poster = {"name": TITLE, "placement": "qr_material", "target": {"end": "official_account", "account": ACCOUNT}}
    status, entry = story.api("POST", "/v1/entries", poster)
    story.check(status == 201, "the poster is a way in, with a code of its own")
    story.entry = entry["id"]
    status, code = story.api("POST", f"/v1/entries/{story.entry}/codes", {"kind": "follow"})
    story.check((status, code["scene"]) == (201, f"e_{story.entry}"), "WeChat makes its QR code, which says the poster's code")
    story.wechat("/phone/posters", {"appid": ACCOUNT_APPID, "scene": code["scene"], "title": TITLE})
    status, draft = story.api("PUT", f"/v1/menus/{ACCOUNT}/draft", {"buttons": _buttons(story.addresses.front)})
    _, menu = story.api("POST", f"/v1/menus/{ACCOUNT}/publish", {"revision": draft["revision"]}) if status == 200 else (0, {})
    story.check(menu.get("told") == "live", "the account's menu is published, and WeChat shows it")
    story.before = {line: _figures(story, line) for line in (story.entry, None)}


def tap_menu(story: Story) -> dict[str, Any]:
    """How the mini program is opened by the menu, as it tells in its login."""
    opens = story.act("tap", appid=ACCOUNT_APPID, name="逛小店")["opens"]
    page, _, query = opens["pagepath"].partition("?")
    story.check((opens["appid"], dict(parse_qsl(query))) == (MINI_APPID, {"from": "menu"}), "the menu leads to a page, with parameters")
    entered = {"appid": MINI_APPID, "path": page, "query": query, "scene": BY_MENU, "referrer_appid": ACCOUNT_APPID}
    told = story.act("launch", **entered)["launch"]
    return {"scene": told["scene"], "path": told["path"], "query": told["query"], "referrer_appid": told["referrerInfo"]["appId"]}


def tell_ways(story: Story) -> None:
    """What the poster brought, over every end; and somebody of whom nobody knows where they came from."""
    bring_order_of(story, STRANGER, "已支付", "¥30.00")
    alone = until(lambda: _gained(story, None), lambda gained: gained["orders"] == 1)
    whole = {"people": 1, "registrations": 1, "orders": 2, "money_fen": 19400}
    brought = until(lambda: _gained(story, story.entry), lambda gained: {name: gained[name] for name in whole} == whole)
    story.tell("←", f"{TITLE}: {short(brought)}")
    story.tell("←", f"way unknown: {short(alone)}")
    story.check(brought["follows"] == story.follows, "the poster has the follow")
    story.check(brought["visits"] >= story.follows + 2, "the mini program by the menu and the app are of its way")
    story.check({name: brought[name] for name in whole} == whole, "and the first login, and the orders of the till: 194.00 yuan")
    story.check((alone["orders"], alone["money_fen"]) == (1, 3000), "what nobody knows the way of is a line of its own")
    _, page = http("GET", f"{story.addresses.front}/v1/people/{story.person}/touches", key=story.key)
    story.check((page["first"] or {}).get("entry") == story.entry, "the visitor's first touch is the poster")


def _gained(story: Story, entry: str | None) -> dict[str, int]:
    """What a line has now beyond what it had when the poster was put up."""
    now = _figures(story, entry)
    return {name: now[name] - story.before[entry][name] for name in FIGURES}


def _figures(story: Story, entry: str | None) -> dict[str, int]:
    """The figures of an entry over two days of the brand, so that midnight is no matter; None: of what nobody knows the way of."""
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    path = f"/v1/entries/stats?from={today - timedelta(days=1)}&to={today}&touch=last"
    status, stats = http("GET", story.addresses.front + path, key=story.key)
    if status != 200:
        raise Failed(f"The figures of entries were refused: {short(stats)}")
    found = [line for line in [*stats["entries"], stats["unattributed"]] if line["entry"] == entry]
    return {name: found[0][name] if found else 0 for name in FIGURES}


def _buttons(front: str) -> list[dict[str, Any]]:
    def page(name: str, path: str) -> dict[str, Any]:
        return {"name": name, "type": "miniprogram", "mini_program": MINI, "path": path, "url": "https://shop.example.com/"}

    add_phone = {"name": "绑定手机号", "type": "view", "url": f"{front}/pages/{ACCOUNT}/phone"}
    mine = {"name": "我的", "buttons": [add_phone, {"name": "人工客服", "type": "click", "key": "MENU_HELP"}]}
    return [page("逛小店", MENU_PAGE), page("预约", "pages/book/index?from=menu"), mine]
