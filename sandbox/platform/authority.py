"""Whether a platform may make a call: its own token, and the permission sets an account has given it."""

from __future__ import annotations

from sandbox import tokens
from sandbox.call import Call
from sandbox.codes import WechatError
from sandbox.state import Account, Kind


def check_component_token(call: Call) -> Account:
    """The platform of a component_access_token; an account's token is 61024."""
    text = call.query.get("component_access_token") or call.query.get("access_token", "")
    account = tokens.check_token(call.sandbox, text, call.now)
    if account.kind is not Kind.PLATFORM:
        raise WechatError(61024)
    return account


def check_permission(call: Call) -> None:
    """61007 for a call outside the permission sets, and for an account's own token where only a platform may call."""
    if not call.component:
        raise WechatError(61007)
    platform = call.sandbox.state.platforms.get(call.component)
    grant = platform.grants.get(call.caller.appid) if platform else None
    if grant is None:
        raise WechatError(61003)
    needed = call.endpoint.permission or _needed(call)
    if needed and needed not in grant.permissions:
        raise WechatError(61007)


def _needed(call: Call) -> int:
    sets = call.sandbox.state.settings.permission_sets
    return next((number for prefix, number in sets.items() if call.endpoint.path.startswith(prefix)), 0)
