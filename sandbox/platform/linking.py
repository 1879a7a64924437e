"""Links between official accounts and mini programs (关联小程序): asked for by a platform, confirmed by both admins."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from sandbox.beijing import month_of
from sandbox.call import OFFICIAL_ACCOUNTS, OK, Call, Endpoint, Proof
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.platform.words import LinkRequest
from sandbox.state import Account, Kind

LINKED, WAITS_FOR_PROGRAM, REFUSED, WAITS_FOR_ACCOUNT = 1, 2, 3, 12
MOST_OF_SUBJECT, MOST_OF_OTHERS, MOST_PER_MONTH = 10, 3, 13
PERMISSION = 33


class _Wanted(Struct):
    appid: str = ""
    notify_users: str | int = ""
    show_profile: str | int = ""


class NothingToConfirmError(Exception):
    """No admin has been asked anything; the message says about what."""


def ask_link(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/wxopen/wxamplink`: both admins are asked; nothing is linked yet."""
    wanted = call.read(_Wanted)
    program = _program(call, wanted.appid)
    if str(wanted.notify_users) not in ("0", "1") or str(wanted.show_profile) not in ("0", "1"):
        raise WechatError(40097)
    links = call.sandbox.state.account_links.setdefault(call.caller.appid, {})
    _check_limits(call, links, program)
    links[program.appid] = LinkRequest(status=WAITS_FOR_ACCOUNT, show_profile=int(wanted.show_profile), made_at=call.now)
    return OK


def _program(call: Call, appid: str) -> Account:
    program = call.sandbox.state.accounts.get(appid)
    if program is None or program.kind is not Kind.MINI_PROGRAM:
        raise WechatError(40013)
    return program


def _check_limits(call: Call, links: dict[str, LinkRequest], program: Account) -> None:
    """89407 for too many of the same or of other subjects, 45009 for too many this month."""
    accounts = call.sandbox.state.accounts
    linked = [accounts[appid] for appid in call.caller.linked_mini_programs if appid in accounts and appid != program.appid]
    of_subject = program.subject == call.caller.subject
    count = sum((one.subject == call.caller.subject) == of_subject for one in linked)
    if count >= (MOST_OF_SUBJECT if of_subject else MOST_OF_OTHERS):
        raise WechatError(89407)
    if sum(month_of(one.made_at) == month_of(call.now) for one in links.values()) >= MOST_PER_MONTH:
        raise WechatError(45009)


def list_links(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/wxopen/wxamplinkget`; who is not linked (yet) has no appid."""
    links = call.sandbox.state.account_links.get(call.caller.appid, {})
    statuses = {**dict.fromkeys(call.caller.linked_mini_programs, LINKED), **{appid: one.status for appid, one in links.items()}}
    items = [_describe(call, appid, status) for appid, status in statuses.items() if appid in call.sandbox.state.accounts]
    return {**OK, "wxopens": {"items": items}}


def _describe(call: Call, appid: str, status: int) -> dict[str, Any]:
    program = call.sandbox.state.accounts[appid]
    link = call.sandbox.state.account_links.get(call.caller.appid, {}).get(appid)
    functions = [(1, "微信认证", int(program.verified)), (2, "微信支付", int(program.pay_enabled))]
    return {
        "status": status,
        "username": program.original_id,
        **({"appid": appid} if status == LINKED else {}),
        "source": "SOURCE_NORMAL",
        "nickname": program.name or appid,
        "selected": link.show_profile if link else 1,
        "nearby_display_status": 0,
        "released": int(program.released),
        "headimg_url": "",
        "func_infos": [{"id": number, "name": name, "status": on} for number, name, on in functions],
        "email": "",
    }


def ask_unlink(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/wxopen/wxampunlink`: the official account's admin is asked."""
    wanted = call.read(_Wanted)
    program = _program(call, wanted.appid)
    if program.appid not in call.caller.linked_mini_programs:
        raise WechatError(40013)
    links = call.sandbox.state.account_links.setdefault(call.caller.appid, {})
    known = links.setdefault(program.appid, LinkRequest(status=LINKED, show_profile=1, made_at=call.now))
    known.unlink_asked = True
    return OK


def answer(
    sandbox: Sandbox, account: Account, appid: str, *, admin: Literal["official_account", "mini_program"], accepts: bool
) -> int | None:
    """An admin answers; says the status of the link after it, None for none.

    The official account's admin may also begin unasked, in the console.
    """
    links = sandbox.state.account_links.setdefault(account.appid, {})
    link = links.get(appid)
    if link is None and admin == "official_account" and accepts:
        links[appid] = LinkRequest(status=WAITS_FOR_PROGRAM, show_profile=1, made_at=sandbox.now())
        return WAITS_FOR_PROGRAM
    if link is not None and link.unlink_asked and admin == "official_account":
        return _answer_unlink(sandbox, account, appid, links, accepts)
    awaited = WAITS_FOR_ACCOUNT if admin == "official_account" else WAITS_FOR_PROGRAM
    if link is None or link.status != awaited:
        raise NothingToConfirmError(f"the admin of the {admin} has not been asked about {appid}")
    if not accepts and admin == "official_account":
        del links[appid]
        return None
    link.status = REFUSED if not accepts else WAITS_FOR_PROGRAM if admin == "official_account" else LINKED
    if link.status == LINKED:
        _save(sandbox, account, [*account.linked_mini_programs, appid])
    return link.status


def _answer_unlink(sandbox: Sandbox, account: Account, appid: str, links: dict[str, LinkRequest], accepts: bool) -> int | None:
    links[appid].unlink_asked = False
    if not accepts:
        return LINKED
    del links[appid]
    _save(sandbox, account, [one for one in account.linked_mini_programs if one != appid])
    return None


def _save(sandbox: Sandbox, account: Account, linked: list[str]) -> None:
    sandbox.state.accounts[account.appid] = replace(account, linked_mini_programs=linked)


_BY_PLATFORM: dict[str, Any] = {"proof": Proof.AUTHORIZER, "kinds": OFFICIAL_ACCOUNTS, "permission": PERMISSION}
ENDPOINTS = [
    Endpoint("/cgi-bin/wxopen/wxamplink", "POST", ask_link, **_BY_PLATFORM),
    Endpoint("/cgi-bin/wxopen/wxamplinkget", "POST", list_links, **_BY_PLATFORM),
    Endpoint("/cgi-bin/wxopen/wxampunlink", "POST", ask_unlink, **_BY_PLATFORM),
]
