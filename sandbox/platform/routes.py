"""Where the pushes about an account go: to its own callback, or to the platform it has given its messages to."""

from __future__ import annotations

from msgspec.structs import replace

from sandbox.emulator import Sandbox
from sandbox.state import Account, Callback, Format, Kind, Mode

MESSAGES = {Kind.OFFICIAL_ACCOUNT: 1, Kind.MINI_PROGRAM: 19}


def find_callback(sandbox: Sandbox, account: Account) -> Callback | None:
    """The callback that hears of this account; a platform's is always encrypted and names the account in its address."""
    for appid, platform in sandbox.state.platforms.items():
        grant, own = platform.grants.get(account.appid), sandbox.state.accounts.get(appid)
        if grant is None or own is None or own.callback is None or not own.message_url:
            continue
        if MESSAGES.get(account.kind) in grant.permissions:
            url = own.message_url.replace("$APPID$", account.appid)
            return replace(own.callback, url=url, mode=Mode.SAFE, format=Format.XML, sealed_for=appid)
    return account.callback
