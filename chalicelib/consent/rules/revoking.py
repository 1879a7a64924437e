"""What WeChat says has to go when somebody takes an authorisation back, as data. Pure.

https://developers.weixin.qq.com/miniprogram/dev/framework/security.html and
https://developers.weixin.qq.com/doc/service/guide/h5/authorization_change.html
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.consent.rules import activity, grants, reaching, sends
from chalicelib.consent.words import Choice, Side, Use


class Revoked(msgspec.Struct, frozen=True):
    """What one RevokeInfo names: attributes by the names we know them under, uses of the device that are over, the button's phone."""

    attributes: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    phone: bool = False


PROFILE = ("nickname", "avatar", "avatar_url")
ADDRESS = ("address", "province", "city", "district")
INVOICE = ("invoice", "invoice_title", "tax_number")
PLACE = ("location", "latitude", "longitude")
REVOKE_INFO: dict[str, Revoked] = {
    "1": Revoked(("plate_number",)),
    "2": Revoked(ADDRESS),
    "3": Revoked(INVOICE),
    "4": Revoked(("bluetooth",)),
    "5": Revoked(("voice",)),
    "6": Revoked(PROFILE),
    "7": Revoked(("photo", "video")),
    "8": Revoked(("phone", "phone_number"), phone=True),
    "12": Revoked(("steps",)),
    "13": Revoked(PLACE, (Use.location,)),
    "14": Revoked(("photo", "video"), (Use.storage,)),
    "15": Revoked(("file",), (Use.storage,)),
    "16": Revoked(("email",)),
    "18": Revoked(PLACE),
    "19": Revoked(("nickname",)),
    "20": Revoked(("avatar", "avatar_url")),
    "201": Revoked(ADDRESS),
    "202": Revoked(INVOICE),
    "203": Revoked(("card",)),
    "204": Revoked(("voice",)),
    "205": Revoked(PROFILE),
    "206": Revoked(PLACE, (Use.location,)),
    "207": Revoked(("photo", "video"), (Use.storage,)),
}
EVERYTHING = "301"
"""Of an app or a website: all of it."""


def clear(side: Side, *, at: datetime) -> Side:
    """What is left under an identifier whose account at WeChat was closed at that time: what was forbidden, that it reaches nobody, and
    what came later, where the account of an app has only been parted from it."""
    left = reaching.bury(activity.forget(without_leave(side, at=at), at), "cancelled", at=at)
    for template in side.grants:
        left = grants.none_left(left, template, at=at)
    return msgspec.structs.replace(
        left,
        grants={template: grant for template, grant in left.grants.items() if grants.is_reachable(grant)},
        allowances={trigger: room for trigger, room in side.allowances.items() if room.since > at},
        hours=side.hours if side.hours is not None and side.hours.at > at else None,
        privacy=side.privacy if side.privacy is not None and side.privacy.at > at else None,
        sends=sends.since(side, at),
    )


def without_leave(side: Side, *, at: datetime) -> Side:
    """What lies under an identifier without anything that was allowed there until then: what was forbidden stays, and what was sent."""
    consents = {name: said for name, said in side.consents.items() if said.choice is not Choice.granted or said.at > at}
    preferences = {name: switch for name, switch in side.preferences.items() if not switch.on or switch.at > at}
    return msgspec.structs.replace(side, consents=consents, preferences=preferences)
