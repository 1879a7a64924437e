"""The component_verify_ticket a platform gets every ten minutes, and the notices about its authorisations."""

from __future__ import annotations

import string
from typing import Any

from sandbox.emulator import Sandbox
from sandbox.platform.words import Platform
from sandbox.state import Push

FORGOTTEN_AFTER_S = 86_400


def find_platform(sandbox: Sandbox, appid: str) -> Platform:
    """What is kept about a platform."""
    return sandbox.state.platforms.setdefault(appid, Platform())


def compose(sandbox: Sandbox, appid: str, info: str, **fields: Any) -> Push:
    """A notice for the platform's own callback: it has no ToUserName, but AppId and InfoType."""
    head = {"AppId": appid, "CreateTime": int(sandbox.now()), "InfoType": info}
    return Push(id=sandbox.next_message_id(), appid=appid, openid="", fields={**head, **fields}, due_at=sandbox.now())


def issue(sandbox: Sandbox, appid: str) -> Push:
    """A new ticket and its push; the next is due ten minutes later."""
    platform, now = find_platform(sandbox, appid), sandbox.now()
    for old in [ticket for ticket, made_at in platform.tickets.items() if made_at + FORGOTTEN_AFTER_S < now]:
        del platform.tickets[old]
    ticket = "ticket@@@" + "".join(sandbox.random.choices(string.ascii_letters + string.digits + "-_", k=77))
    platform.tickets[ticket] = now
    platform.ticket_due_at = now + max(1, sandbox.state.settings.component_ticket_every_s)
    return compose(sandbox, appid, "component_verify_ticket", ComponentVerifyTicket=ticket)


def issue_due(sandbox: Sandbox) -> list[Push]:
    """The tickets whose time has come."""
    now = sandbox.now()
    due = [appid for appid, one in sandbox.state.platforms.items() if one.ticket_due_at is not None and one.ticket_due_at <= now]
    return [issue(sandbox, appid) for appid in due]
