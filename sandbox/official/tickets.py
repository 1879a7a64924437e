"""Tickets with which a page signs its calls of the JS-SDK."""

from __future__ import annotations

from typing import Any

from sandbox import ids
from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official.endpoint import get
from sandbox.official.words import Ticket

LIFE_S = 7200
_TYPES = ("jsapi", "wx_card")


def fetch(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/ticket/getticket?type=`: the same ticket while it lives."""
    kind = call.query.get("type", "")
    if kind not in _TYPES:
        raise WechatError(40035, "invalid parameter: type has to be jsapi or wx_card")
    tickets = call.official.tickets
    known = tickets.get(kind)
    if known is None or known.expires_at <= call.now:
        known = tickets[kind] = Ticket(ids.web_ticket(call.sandbox.random), call.now + LIFE_S)
    return {**OK, "ticket": known.text, "expires_in": int(known.expires_at - call.now)}


ENDPOINTS = [get("/cgi-bin/ticket/getticket", fetch)]
