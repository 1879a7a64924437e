"""Events that do not come from a person: job results, verification, changes of what people granted."""

from __future__ import annotations

from typing import Any

from sandbox import later, push
from sandbox.emulator import Sandbox
from sandbox.state import Account, Push

HELPER = "mphelper"
PLATFORM = "gh_platform"


def compose(sandbox: Sandbox, account: Account, event: dict[str, Any], *, sender: str = HELPER, delay_s: float = 0.0) -> Push:
    """A push from WeChat itself: there is nobody in its query, and its time is when it happens."""
    made = push.compose(sandbox, account, sender, "event", event, delay_s=delay_s)
    fields = {**made.fields, "CreateTime": int(made.due_at)}
    return Push(id=made.id, appid=made.appid, openid="", fields=fields, due_at=made.due_at)


def add(sandbox: Sandbox, account: Account, event: dict[str, Any], *, delay_s: float) -> None:
    """Queue such a push."""
    later.add(sandbox, compose(sandbox, account, event, delay_s=delay_s))
