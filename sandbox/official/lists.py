"""Lists of openids as these endpoints take and give them."""

from __future__ import annotations

from sandbox.call import Call
from sandbox.codes import WechatError
from sandbox.state import Contact


def contacts(call: Call, openids: list[str] | None, *, most: int) -> dict[str, Contact]:
    """The people of a request: 40032 when none or too many, 49003 when one belongs to another account, 40003 when to nobody."""
    if not openids or len(openids) > most:
        raise WechatError(40032)
    return {openid: own(call, openid) for openid in openids}


def own(call: Call, openid: str) -> Contact:
    """The person with this openid of the calling account."""
    contact = call.sandbox.contact(call.caller.appid, openid)
    if contact is not None:
        return contact
    known = call.sandbox.state.contacts
    raise WechatError(49003 if any(openid in others for others in known.values()) else 40003)


def after(openids: list[str], cursor: str, size: int) -> list[str]:
    """The page behind the cursor; all begins anew when the cursor is empty or gone."""
    start = openids.index(cursor) + 1 if cursor in openids else 0
    return openids[start : start + size]
