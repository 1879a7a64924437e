"""Moving followers from one account to another (账号迁移): new openids for the old ones."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox import people
from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.official.endpoint import post
from sandbox.state import Account

MOST_OPENIDS = 100


class _Wanted(Struct):
    from_appid: str = ""
    openid_list: list[str] | None = None


def migrate(sandbox: Sandbox, old: Account, new: Account) -> int:
    """Let the followers of the old account follow the new one, silently; says how many."""
    kept = sandbox.official(new.appid)
    kept.migrated_from = old.appid
    for openid, contact in sandbox.state.contacts.get(old.appid, {}).items():
        if contact.followed_at is None:
            continue
        user = sandbox.person(contact)
        moved = people.meet(sandbox, user, new)
        moved.followed_at = moved.followed_at or sandbox.now()
        moved.scene = "ADD_SCENE_ACCOUNT_MIGRATION"
        contact.followed_at = None
        kept.migrated[openid] = user.openids[new.appid]
    return len(kept.migrated)


def translate(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/changeopenid`: after a migration, up to 100 openids of the old account's followers."""
    wanted, kept = call.read(_Wanted), call.official
    if not wanted.from_appid or wanted.from_appid != kept.migrated_from:
        raise WechatError(40013)
    if not wanted.openid_list or len(wanted.openid_list) > MOST_OPENIDS:
        raise WechatError(40032)
    return {**OK, "result_list": [_tell(openid, kept.migrated.get(openid)) for openid in wanted.openid_list]}


def _tell(old: str, new: str | None) -> dict[str, str]:
    if new is None:
        return {"ori_openid": old, "err_msg": "ori_openid error"}
    return {"ori_openid": old, "new_openid": new, "err_msg": "ok"}


ENDPOINTS = [post("/cgi-bin/changeopenid", translate)]
