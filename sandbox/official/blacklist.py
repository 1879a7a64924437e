"""The blacklist: whom an account does not want to hear."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official import lists
from sandbox.official.endpoint import post
from sandbox.state import Contact

MOST_OPENIDS = 20


class _Begin(Struct):
    begin_openid: str | None = ""


class _Batch(Struct):
    openid_list: list[str] | None = None


def show(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/tags/members/getblacklist`: asks with begin_openid, answers with next_openid."""
    contacts = call.sandbox.state.contacts.get(call.caller.appid, {})
    dated = sorted((contact.blacklisted_at, openid) for openid, contact in contacts.items() if contact.blacklisted_at is not None)
    openids = [openid for _, openid in dated]
    page = lists.after(openids, call.read(_Begin).begin_openid or "", call.sandbox.state.settings.blacklist_per_page)
    if not page:
        return {"total": len(openids), "count": 0, "next_openid": ""}
    return {"total": len(openids), "count": len(page), "data": {"openid": page}, "next_openid": page[-1]}


def add(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/tags/members/batchblacklist`: up to 20 people."""
    for contact in lists.contacts(call, call.read(_Batch).openid_list, most=MOST_OPENIDS).values():
        contact.blacklisted_at = contact.blacklisted_at or call.now
    return OK


def remove(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/tags/members/batchunblacklist`."""
    for contact in lists.contacts(call, call.read(_Batch).openid_list, most=MOST_OPENIDS).values():
        contact.blacklisted_at = None
    return OK


def refuse(contact: Contact) -> None:
    """43019 for a blacklisted person; 48002 for one who blocks the account's messages."""
    if contact.blacklisted_at is not None:
        raise WechatError(43019)
    if contact.blocks:
        raise WechatError(48002)


ENDPOINTS = [
    post("/cgi-bin/tags/members/getblacklist", show),
    post("/cgi-bin/tags/members/batchblacklist", add),
    post("/cgi-bin/tags/members/batchunblacklist", remove),
]
