"""What the page asks for every second: the moments that are new, and the stage when it has changed."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from sandbox.emulator import Sandbox
from sandbox.official import menus
from sandbox.phone.backend import Backend, find_backend
from sandbox.phone.diary import Moment
from sandbox.state import Account, Kind, User

MOST_MOMENTS = 400
MOST_PEOPLE = 50
MOST_POSTERS = 12


def tell(sandbox: Sandbox, *, after: int, epoch: str, stage: str, can: list[str]) -> dict[str, Any]:
    """Moments after a number of the same epoch; the stage is left out while its mark is the one the page has. `can` are the actions
    that people have doors for."""
    with sandbox.lock:
        moments = sandbox.diary.since(after if epoch == sandbox.diary.epoch else 0)[-MOST_MOMENTS:]
        told = [_tell_moment(sandbox, moment) for moment in moments]
        scenery = msgspec.json.encode({**_tell_stage(sandbox), "can": can})
        answer: dict[str, Any] = {"epoch": sandbox.diary.epoch, "now": sandbox.now(), "moments": told}
    mark = hashlib.sha256(scenery).hexdigest()[:16]
    return answer if mark == stage else {**answer, "mark": mark, "stage": msgspec.Raw(scenery)}


def _tell_moment(sandbox: Sandbox, moment: Moment) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(moment)
    if moment.what == "call" and not moment.user:
        told["user"] = _whom(sandbox, moment)
    return told


def _whom(sandbox: Sandbox, moment: Moment) -> str:
    """The person a call is about, by the openid in it."""
    body, query = moment.thing.body, moment.thing.query
    openid = body.get("touser", "") if isinstance(body, dict) else query.get("openid", "")
    contact = sandbox.contact(moment.appid, openid) if isinstance(openid, str) else None
    return "" if contact is None else contact.user


def _tell_stage(sandbox: Sandbox) -> dict[str, Any]:
    accounts = list(sandbox.state.accounts.values())
    people = list(sandbox.state.users.values())[-MOST_PEOPLE:]
    return {
        "people": [{"user": user.id, "name": user.name, "phone": user.phone} for user in people],
        "accounts": [_tell_account(account) for account in accounts],
        "eyes": {
            user.id: {account.appid: _see(sandbox, user, account) for account in accounts if account.appid in user.openids}
            for user in people
        },
        "posters": {account.appid: _posters(sandbox, account) for account in accounts if account.kind is Kind.OFFICIAL_ACCOUNT},
        "channels": [_tell_channel(sandbox, appid) for appid in sandbox.state.channels],
        "bookings": sandbox.state.phone.bookings,
        "sales": sandbox.state.phone.sales,
        "backend_key": mask_key(sandbox.state.phone.backend_key),
    }


def _tell_account(account: Account) -> dict[str, Any]:
    backend = find_backend(account) or Backend("", "")
    templates = [{"id": one.id, "title": one.title, "keywords": list(one.content.values())} for one in account.templates]
    return {
        "appid": account.appid,
        "kind": account.kind,
        "name": account.name,
        "origin": backend.origin,
        "account": backend.account,
        "templates": templates,
        "linked": account.linked_mini_programs,
    }


def _see(sandbox: Sandbox, user: User, account: Account) -> dict[str, Any]:
    """What one person has of one account: followed or not, the menu, subscriptions left."""
    contact = sandbox.state.contacts[account.appid][user.openids[account.appid]]
    follows = contact.followed_at is not None
    menu = menus.menu_of(sandbox, account, contact) if account.kind is Kind.OFFICIAL_ACCOUNT and follows else None
    return {"follows": follows, "menu": [] if menu is None else menu.buttons, "credits": contact.credits}


def _posters(sandbox: Sandbox, account: Account) -> list[dict[str, str]]:
    """The parametric QR codes that were made for this account, newest first; of those with one scene the newest."""
    newest: dict[str, str] = {}
    for code in reversed(sandbox.official(account.appid).qrcodes.values()):
        newest.setdefault(code.scene, code.ticket)
    titles = {one.scene: one.title for one in sandbox.state.phone.posters if one.appid == account.appid}
    posters = list(newest.items())[:MOST_POSTERS]
    return [{"scene": scene, "ticket": ticket, "title": titles.get(scene, "")} for scene, ticket in posters]


def _tell_channel(sandbox: Sandbox, appid: str) -> dict[str, Any]:
    account, channel = sandbox.state.accounts.get(appid), sandbox.state.channels[appid]
    return {"appid": appid, "name": "" if account is None else account.name, "lives": list(channel.lives.values())}


def mask_key(key: str) -> str:
    """An API key as it may be shown: its public half, never the secret."""
    parts = key.split("_")
    return f"{parts[0]}_{parts[1]}_***" if len(parts) > 2 else "***" if key else ""
