"""Valid things to begin from; a test changes only what it is about."""

from __future__ import annotations

from typing import Any

from chalicelib.accounts.flows import register
from chalicelib.staff import flows as staff
from chalicelib.staff.words import KeyOrder, Scope
from tests.house import House

APP_SECRET = "canary-app-secret-5f2e"
MINI_SECRET = "canary-mini-secret-77aa"
CALLBACK_TOKEN = "CanaryToken2026"
AES_KEY = "canaryAesKey0123456789canaryAesKey012345678"
OTHER_AES_KEY = "otherAesKeyABCDEFGHIJotherAesKeyABCDEFGHIJK"
OA_APPID, MINI_APPID = "wx00000000000000a1", "wx00000000000000b2"
PLATFORM_APPID, PLATFORM_SECRET = "wx00000000000000c1", "canary-platform-secret-c3d4"
TEMPLATE_ID = "TPL_RESERVATION_0001"
OA_ORIGINAL, MINI_ORIGINAL = "gh_0a1b2c3d4e5f", "gh_1a2b3c4d5e6f"


def make_brand(house: House, brand: str = "demo", *scopes: Scope) -> str:
    """A brand, and an API key of it: admin and tokens:read unless told otherwise."""
    now = house.clock()
    register.create_brand(brand, brand.title(), actor="test", world=house.world, now=now)
    order = KeyOrder(scopes=scopes or (Scope.admin, Scope.tokens_read))
    return staff.create_key(brand, order, actor="test", world=house.world, now=now).key


def make_key(house: House, brand: str, *scopes: Scope) -> str:
    return staff.create_key(brand, KeyOrder(scopes=scopes), actor="test", world=house.world, now=house.clock()).key


def official_account(**changes: Any) -> dict[str, Any]:
    order = {
        "name": "oa",
        "kind": "official_account",
        "appid": OA_APPID,
        "title": "Demo",
        "original_id": OA_ORIGINAL,
        "callback_mode": "safe",
        "app_secret": APP_SECRET,
        "callback_token": CALLBACK_TOKEN,
        "aes_key": AES_KEY,
    }
    return {**order, **changes}


def mini_program(**changes: Any) -> dict[str, Any]:
    order = {
        "name": "mini",
        "kind": "mini_program",
        "appid": MINI_APPID,
        "title": "Demo shop",
        "original_id": MINI_ORIGINAL,
        "callback_mode": "safe",
        "app_secret": MINI_SECRET,
        "callback_token": CALLBACK_TOKEN,
        "aes_key": AES_KEY,
    }
    return {**order, **changes}


def platform(**changes: Any) -> dict[str, Any]:
    order = {
        "name": "open",
        "kind": "platform",
        "appid": PLATFORM_APPID,
        "title": "Demo open platform",
        "original_id": "gh_platform",
        "app_secret": PLATFORM_SECRET,
        "callback_token": CALLBACK_TOKEN,
        "aes_key": AES_KEY,
    }
    return {**order, **changes}


def make_platform(house: House, key: str, brand: str = "demo") -> None:
    """A third-party platform, known to us and to WeChat alike. It has no ticket yet."""
    status, body = house.call("POST", "/v1/accounts", platform(), key=key)
    assert status == 201, body
    tell_wechat(house, platform(), brand, mode="safe", format="xml", open_platform=None)


def make_accounts(
    house: House, key: str, brand: str = "demo", *, mode: str = "safe", format: str = "xml", open_platform: str | None = "op1"
) -> None:
    """An official account and a mini program, known to us and to WeChat alike."""
    for order in (official_account(callback_mode=mode), mini_program(callback_mode=mode)):
        status, body = house.call("POST", "/v1/accounts", order, key=key)
        assert status == 201, body
        tell_wechat(house, order, brand, mode=mode, format=format, open_platform=open_platform)


def tell_wechat(house: House, order: dict[str, Any], brand: str = "demo", *, mode: str, format: str, open_platform: str | None) -> None:
    """The same account on WeChat's side."""
    is_mini = order["kind"] == "mini_program"
    template = {"id": TEMPLATE_ID, "title": "预约提醒", "type": 2, "content": {"thing1": "服务", "time2": "时间"}}
    house.play(
        "/accounts",
        {
            "appid": order["appid"],
            "secret": order["app_secret"],
            "kind": order["kind"],
            "original_id": order["original_id"],
            "open_platform": open_platform,
            "linked_mini_programs": [MINI_APPID] if order["kind"] == "official_account" else [],
            "templates": [template] if is_mini else [],
            "callback": {
                "url": f"http://127.0.0.1/wechat/{brand}.{order['name']}",
                "token": order["callback_token"],
                "aes_key": order["aes_key"],
                "mode": mode,
                "format": format,
            },
        },
    )


def make_user(house: House) -> str:
    user: str = house.play("/users", {})["user"]
    return user


def reply_rules() -> dict[str, Any]:
    """A welcome with a link, 预约 with a card, a menu key, a default."""
    link = {"label": "逛逛小店", "mini_program": "demo.mini", "path": "pages/index/index", "fallback_url": "https://shop.example.com/"}
    card = {"title": "在线预约", "mini_program": "demo.mini", "path": "pages/book/index", "thumb_media_id": "THUMB_1"}
    return {
        "rules": [
            {"name": "welcome", "when": {"on": "follow"}, "text": ["欢迎！", link]},
            {"name": "book", "when": {"on": "keyword", "words": ["预约"]}, "text": ["点开卡片即可预约。"], "card": card},
            {"name": "help", "when": {"on": "click", "key": "MENU_HELP"}, "text": ["我们在。"]},
            {"name": "default", "when": {"on": "default"}, "text": ["没听懂，回复“预约”试试。"]},
        ]
    }


def make_rules(house: House, key: str, rules: dict[str, Any] | None = None) -> int:
    """Publish reply rules for the official account; their version comes back."""
    status, body = house.call("PUT", "/v1/reply-rules/demo.oa", rules or reply_rules(), key=key)
    assert status == 201, body
    version: int = body["version"]
    return version


def log_in(house: House, user: str) -> dict[str, Any]:
    """A mini-program login of a sandbox user."""
    code = house.play(f"/users/{user}/login", {"appid": MINI_APPID})["code"]
    status, body = house.call("POST", "/v1/sessions/mini-program", {"account": "demo.mini", "code": code})
    assert status == 201, body
    result: dict[str, Any] = body
    return result
