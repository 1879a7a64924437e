"""People and how accounts see them: openids, unionids, what their phones show."""

from __future__ import annotations

from typing import Any, Literal

from sandbox import ids
from sandbox.emulator import Sandbox
from sandbox.state import Account, Contact, Shown, User

SHOWN_KEPT = 1_000


def add_user(sandbox: Sandbox, *, name: str = "", phone: str = "", country_code: str = "86", high_risk: bool = False) -> User:
    """A new person `u<n>`; a phone number is made up when none is given."""
    state = sandbox.state
    state.last_user += 1
    user_id = f"u{state.last_user}"
    user = User(
        id=user_id,
        name=name or user_id,
        phone=phone or ids.phone_number(sandbox.random),
        country_code=country_code,
        high_risk=high_risk,
    )
    state.users[user_id] = user
    return user


def meet(sandbox: Sandbox, user: User, account: Account) -> Contact:
    """The person as this account sees them; the openid is made at the first meeting."""
    openid = user.openids.get(account.appid)
    if openid is None:
        openid = user.openids[account.appid] = ids.openid(sandbox.random)
        sandbox.state.contacts.setdefault(account.appid, {})[openid] = Contact(user=user.id)
    return sandbox.state.contacts[account.appid][openid]


def unionid(sandbox: Sandbox, user: User, account: Account) -> str | None:
    """The person's id in the account's Open Platform account; None when the account is bound to none."""
    if account.open_platform is None:
        return None
    known = user.unionids.get(account.open_platform)
    if known is None:
        known = user.unionids[account.open_platform] = ids.openid(sandbox.random)
    return known


Via = Literal["reply", "customer_service", "subscribe_message", "template_message", "mass_message", "menu", "notice", "sms", "push"]


def show(sandbox: Sandbox, user_id: str, *, appid: str, via: Via, msgtype: str, text: str, content: dict[str, Any]) -> Shown:
    """Put something on the person's screen."""
    shown = Shown(at=sandbox.now(), appid=appid, via=via, msgtype=msgtype, text=text, content=content)
    screen = sandbox.state.received.setdefault(user_id, [])
    screen.append(shown)
    sandbox.diary.note("shown", shown, at=shown.at, user=user_id, appid=appid)
    del screen[:-SHOWN_KEPT]
    return shown
