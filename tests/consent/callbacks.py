"""Callbacks of a brand's two accounts, as the worker hears them, and what is known of somebody then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.accounts.words import Account, Kind
from chalicelib.consent.flows import hearing, revoking
from chalicelib.consent.words import Side
from chalicelib.identity.flows import attributes
from chalicelib.identity.words import Identifier
from chalicelib.identity.words.attributes import Attribute
from chalicelib.wechat.messages import dedupe_key, read_message
from tests.consent.ground import MINI, Brand
from tests.house import NOON
from tests.identity.people import BRAND

MINI_ACCOUNT = Account(id=f"{BRAND}.mini", brand=BRAND, name="mini", kind=Kind.mini_program, appid="wxmini", created_at=NOON)
OFFICIAL_ACCOUNT = Account(id=f"{BRAND}.oa", brand=BRAND, name="oa", kind=Kind.official_account, appid="wxoa", created_at=NOON)


class Wechat:
    """Callbacks of the brand's two accounts, as the worker hears them."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand

    def fields(self, kind: str, openid: str = MINI.value, *, ago_s: int = 0, **more: Any) -> dict[str, Any]:
        at = int((self.brand.now - timedelta(seconds=ago_s)).timestamp())
        head = {"ToUserName": "gh_1", "FromUserName": openid, "CreateTime": at}
        return {**head, "MsgType": "text", "MsgId": 7, **more} if kind == "text" else {**head, "MsgType": "event", "Event": kind, **more}

    def hear(self, account: Account, fields: dict[str, Any]) -> None:
        message, world = read_message(fields), self.brand.ground.world
        hearing.hear(account, message, cause=dedupe_key(fields), heard_at=message.created_at, world=world, now=self.brand.now)

    def revoke(self, fields: dict[str, Any], account: Account = MINI_ACCOUNT) -> Any:
        message = read_message(fields)
        assert isinstance(message, revoking.Notice)
        world, heard_at = self.brand.ground.world, message.created_at
        return revoking.hear_revoked(account, message, cause=dedupe_key(fields), heard_at=heard_at, world=world, now=self.brand.now)

    def notice(self, event: str, **more: Any) -> dict[str, Any]:
        return self.fields(event, "oPLATFORM", OpenID=MINI.value, AppID="wxmini", **more)


def side_of(brand: Brand, who: Any = MINI) -> Side:
    return brand.contact(who).sides[brand.key(who)]


def keep_profile(brand: Brand, who: Identifier = MINI, **known: str) -> None:
    new = {name: Attribute(value=value, at=brand.now, source="form") for name, value in known.items()}
    attributes.note_attributes(BRAND, who, new, world=brand.ground.world, now=brand.now)


def profile(brand: Brand) -> dict[str, Any]:
    person = brand.people.find(MINI)
    known = attributes.describe_known_person(BRAND, person, world=brand.ground.world)
    return {name: each.value for name, each in known.attributes.items()}
