"""Control doors for official accounts themselves: console, migration, verification, customer-service agents."""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, Response
from msgspec import Struct

from sandbox import ids, later, people
from sandbox.control import acting, doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.official import agents, articles, desk, events, migration
from sandbox.official.words import Agent, Menu, MessageTemplate
from sandbox.state import Account, Kind

_YEAR_S = 365 * 86_400


class _Template(Struct, forbid_unknown_fields=True):
    template_id: str
    title: str
    content: str
    example: str = ""


class _Menu(Struct, forbid_unknown_fields=True):
    button: list[dict[str, Any]]


class _Article(Struct, forbid_unknown_fields=True):
    title: str
    content: str = ""


class _Migrate(Struct, forbid_unknown_fields=True):
    from_appid: str


class _Verification(Struct, forbid_unknown_fields=True):
    event: Literal[
        "qualification_verify_success",
        "qualification_verify_fail",
        "naming_verify_success",
        "naming_verify_fail",
        "annual_renew",
        "verify_expired",
    ]
    reason: str = ""
    expires_at: int | None = None
    wait: bool = True


class _Agent(Struct, forbid_unknown_fields=True):
    kf_account: str
    nickname: str = ""
    wechat_id: str = ""
    online: bool = True
    invitation: Literal["accepted", "rejected"] | None = None


class _Say(Struct, forbid_unknown_fields=True):
    user: str
    content: str = ""
    do: Literal["say", "take", "close", "hand-over"] = "say"
    kf_account: str = ""


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes under /_sandbox/accounts/<appid>."""

    @blueprint.post("/accounts/<appid>/message-templates")
    def add_message_template(appid: str) -> Response:
        account, wanted = _find(sandbox, appid), doors.read(_Template)
        template = MessageTemplate(wanted.template_id or ids.article_id(sandbox.random), wanted.title, wanted.content, wanted.example)
        with sandbox.lock:
            sandbox.official(account.appid).templates[template.template_id] = template
        return doors.tell(template)

    @blueprint.post("/accounts/<appid>/console-menu")
    def make_console_menu(appid: str) -> Response:
        account, wanted = _find(sandbox, appid), doors.read(_Menu)
        with sandbox.lock:
            kept = sandbox.official(account.appid)
            kept.menu, kept.console_menu = None, Menu(kept.next_id(), wanted.button)
            return doors.tell({"menuid": kept.console_menu.id})

    @blueprint.post("/accounts/<appid>/articles")
    def publish_article(appid: str) -> Response:
        account, wanted = _find(sandbox, appid), doors.read(_Article)
        with sandbox.lock:
            written = [{"article_type": "news", "title": wanted.title, "content": wanted.content}]
            article = articles.publish(sandbox, account.appid, written, at=sandbox.now(), publish_type=articles.PUBLISHED)
            return doors.tell({"article_id": article.id, "url": articles.address(article.data_id, 1)})

    @blueprint.post("/accounts/<appid>/migrate")
    def migrate_followers(appid: str) -> Response:
        account = _find(sandbox, appid)
        old = _find(sandbox, doors.read(_Migrate).from_appid)
        if old.appid == account.appid:
            raise ControlError(400, "from_appid has to be another account")
        with sandbox.lock:
            return doors.tell({"migrated": migration.migrate(sandbox, old, account)})

    @blueprint.post("/accounts/<appid>/verification")
    def tell_verification(appid: str) -> Response:
        account, wanted = _find(sandbox, appid), doors.read(_Verification)
        with sandbox.lock:
            out = events.compose(sandbox, account, _describe(sandbox, wanted))
        return doors.tell({"push": acting.send(sandbox, out, wait=wanted.wait)})

    @blueprint.post("/accounts/<appid>/agents")
    def save_agent(appid: str) -> Response:
        account, wanted = _find(sandbox, appid), doors.read(_Agent)
        with sandbox.lock:
            return doors.tell(_save_agent(sandbox, account, wanted))

    @blueprint.post("/accounts/<appid>/desk")
    def work_at_desk(appid: str) -> Response:
        account, wanted = _find(sandbox, appid), doors.read(_Say)
        with sandbox.lock:
            return doors.tell(_work(sandbox, account, wanted))


def _find(sandbox: Sandbox, appid: str) -> Account:
    account = doors.find_account(sandbox, appid)
    if account.kind is not Kind.OFFICIAL_ACCOUNT:
        raise ControlError(409, f"{appid} is not an official account")
    return account


def _describe(sandbox: Sandbox, wanted: _Verification) -> dict[str, Any]:
    now = int(sandbox.now())
    if wanted.event.endswith("_fail"):
        return {"Event": wanted.event, "FailTime": now, "FailReason": wanted.reason}
    lasts = now if wanted.event == "verify_expired" else now + _YEAR_S
    return {"Event": wanted.event, "ExpiredTime": lasts if wanted.expires_at is None else wanted.expires_at}


def _save_agent(sandbox: Sandbox, account: Account, wanted: _Agent) -> Agent:
    """The agent, made when unknown; an answered invitation binds the invited WeChat id."""
    known = sandbox.official(account.appid).agents
    number = max([agents.FIRST_ID - 1, *(one.id for one in known.values())]) + 1
    agent = known.setdefault(wanted.kf_account, Agent(wanted.kf_account, wanted.nickname or wanted.kf_account.partition("@")[0], number))
    agent.nickname = wanted.nickname or agent.nickname
    agent.online = wanted.online
    if wanted.invitation == "accepted":
        agent.wechat_id, agent.invite_status = agent.invited, ""
    elif wanted.invitation == "rejected":
        agent.invite_status = "rejected"
    agent.wechat_id = wanted.wechat_id or agent.wechat_id
    return agent


def _work(sandbox: Sandbox, account: Account, wanted: _Say) -> dict[str, Any]:
    """What an agent does on the screen: take a person who waits, write, hand over, close."""
    kept = sandbox.official(account.appid)
    openid = acting.pick_up(sandbox, wanted.user, account.appid).openid
    if wanted.do == "take":
        if wanted.kf_account not in kept.agents or openid in kept.sessions:
            raise ControlError(409, "name an agent, and somebody who is in no session")
        _tell(sandbox, account, openid, desk.begin(sandbox, account.appid, openid, wanted.kf_account))
        return {"openid": openid, "kf_account": wanted.kf_account}
    session = kept.sessions.get(openid)
    if session is None:
        raise ControlError(409, f"{wanted.user} is in no session: take them first")
    if wanted.do == "close":
        _tell(sandbox, account, openid, desk.end(sandbox, account.appid, openid))
    elif wanted.do == "hand-over":
        if wanted.kf_account not in kept.agents:
            raise ControlError(409, f"there is no agent {wanted.kf_account!r}")
        _tell(sandbox, account, openid, desk.switch(sandbox, account.appid, openid, wanted.kf_account))
    else:
        _say(sandbox, account, wanted, openid, session.account)
    return {"openid": openid, "kf_account": session.account}


def _tell(sandbox: Sandbox, account: Account, openid: str, event: dict[str, Any]) -> None:
    later.add_receipt(sandbox, account, openid, event)


def _say(sandbox: Sandbox, account: Account, wanted: _Say, openid: str, agent: str) -> None:
    content = {"content": wanted.content, "kf_account": agent}
    people.show(sandbox, wanted.user, appid=account.appid, via="customer_service", msgtype="text", text=wanted.content, content=content)
    desk.note(sandbox, account.appid, openid, opercode=desk.BY_AGENT, text=wanted.content)
