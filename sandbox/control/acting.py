"""What the doors of people's actions share: the person with the account, the action, the pushes that follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from sandbox import later, push
from sandbox.actions import ImpossibleError, Phone
from sandbox.control import doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.platform import routes
from sandbox.state import Push


def pick_up(sandbox: Sandbox, user_id: str, appid: str) -> Phone:
    """The person's phone with this account on it; a person who left WeChat has none."""
    user, account = doors.find_user(sandbox, user_id), doors.find_account(sandbox, appid)
    if user.closed:
        raise ControlError(409, f"{user_id} has closed the WeChat account")
    return Phone(sandbox, user, account)


def send(sandbox: Sandbox, out: Push, *, wait: bool) -> dict[str, Any]:
    """Deliver the push now or let it go out in the background; says what came of it."""
    account = sandbox.state.accounts[out.appid]
    if routes.find_callback(sandbox, account) is None or not is_heard(sandbox, out):
        return {"deliveries": [], "seen": None, "waiting": False}
    if not wait:
        with sandbox.lock:
            later.add(sandbox, out)
        return {"deliveries": [], "seen": None, "waiting": True}
    record = push.deliver(sandbox, out)
    return {"deliveries": record.deliveries, "seen": record.seen, "waiting": False}


def is_heard(sandbox: Sandbox, out: Push) -> bool:
    """Whether WeChat pushes what this person does: not when the account has put them on its blacklist."""
    contact = sandbox.contact(out.appid, out.openid)
    return contact is None or contact.blacklisted_at is None or sandbox.state.settings.blacklisted_are_heard


def tell(sandbox: Sandbox, user_id: str, appid: str, do: Callable[[Phone], Any], *, as_name: str) -> Response:
    """An action no push follows from: `{"openid", as_name: what it gave}`."""
    phone = pick_up(sandbox, user_id, appid)
    with sandbox.lock:
        return doors.tell({"openid": phone.openid, as_name: attempt(lambda: do(phone))})


def attempt(do: Callable[[], Any]) -> Any:
    """What a phone does not let a person do is a 409."""
    try:
        return do()
    except ImpossibleError as error:
        raise ControlError(409, str(error)) from error


def push_all(sandbox: Sandbox, outs: list[Push], *, wait: bool) -> list[dict[str, Any]]:
    """Deliver several pushes in their order; each with its event."""
    return [{"event": out.fields.get("Event", out.fields["MsgType"]), **send(sandbox, out, wait=wait)} for out in outs]
