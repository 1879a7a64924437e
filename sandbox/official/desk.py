"""Who is in which agent's hands, who waits for one, and what was said; each change gives the event that tells of it."""

from __future__ import annotations

from typing import Any

from sandbox.emulator import Sandbox
from sandbox.official.words import Record, Session

KEPT = 20_000
BY_AGENT, BY_PERSON = 2002, 2003


def begin(sandbox: Sandbox, appid: str, openid: str, agent: str) -> dict[str, Any]:
    """Put the person into the hands of the agent."""
    kept = sandbox.official(appid)
    kept.waiting.pop(openid, None)
    kept.sessions[openid] = Session(openid, agent, sandbox.now())
    return {"Event": "kf_create_session", "KfAccount": agent}


def end(sandbox: Sandbox, appid: str, openid: str) -> dict[str, Any]:
    """End the person's session."""
    session = sandbox.official(appid).sessions.pop(openid)
    return {"Event": "kf_close_session", "KfAccount": session.account}


def switch(sandbox: Sandbox, appid: str, openid: str, agent: str) -> dict[str, Any]:
    """Hand the person to another agent."""
    session = sandbox.official(appid).sessions[openid]
    before, session.account = session.account, agent
    return {"Event": "kf_switch_session", "FromKfAccount": before, "ToKfAccount": agent}


def transfer(sandbox: Sandbox, appid: str, openid: str, wanted: str) -> dict[str, Any] | None:
    """What a reply transfer_customer_service does: to the agent it names, or to anyone online; else the person waits."""
    kept = sandbox.official(appid)
    if openid in kept.sessions:
        return None
    online = [agent for agent in kept.agents.values() if agent.online and wanted in ("", agent.account)]
    if online:
        return begin(sandbox, appid, openid, online[0].account)
    kept.waiting[openid] = sandbox.now()
    return None


def note(sandbox: Sandbox, appid: str, openid: str, *, opercode: int, text: str) -> None:
    """Remember one message, if the person is in a session."""
    kept = sandbox.official(appid)
    session = kept.sessions.get(openid)
    if session is None:
        return
    kept.records.append(Record(kept.next_id(), openid, opercode, text, sandbox.now(), session.account))
    del kept.records[:-KEPT]
