"""Template messages (模板消息): the send, remembered for ten minutes, and the job result that follows."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct, field

from sandbox import keywords, later, people
from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official.endpoint import post
from sandbox.official.words import MessageTemplate, SentOnce
from sandbox.state import Contact
from sandbox.subscribe import Value

REMEMBERED_S = 600
LONGEST_URL = 1024
LONGEST_TEMPLATE_ID = 64
BLOCKED = "failed:user block"
_KEYWORD = re.compile(r"\{\{(\w+)\.DATA\}\}")


class MiniProgram(Struct):
    """The page of a mini program that a message opens."""

    appid: str = ""
    pagepath: str = ""


class _Message(Struct):
    touser: str = ""
    template_id: str = ""
    url: str = ""
    miniprogram: MiniProgram | None = None
    data: dict[str, Value] | None = None
    client_msg_id: str = ""


def send(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/template/send`: to followers; what became of it comes as TEMPLATESENDJOBFINISH."""
    message = call.read(_Message)
    contact = call.contact(message.touser)
    template = _find_template(call, message.template_id)
    if len(message.url) > LONGEST_URL:
        raise WechatError(40039)
    check_mini_program(call, message.miniprogram)
    _check_recipient(call, contact, message)
    values = {key: str(one.value) for key, one in (message.data or {}).items()}
    _check_values(call, template, values)
    known = _find_sent(call, message)
    if known is not None:
        return {**OK, "msgid": known}
    msgid = call.official.next_id()
    if message.client_msg_id:
        call.official.sent_once[_memory_key(message)] = SentOnce(msgid, call.now)
    outcome = BLOCKED if contact.blocks else call.sandbox.state.settings.template_outcome
    if outcome == "success":
        _show(call, contact, template, message, values)
    event = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": msgid, "Status": outcome}
    later.add_receipt(call.sandbox, call.caller, message.touser, event)
    return {**OK, "msgid": msgid}


def _find_template(call: Call, template_id: str) -> MessageTemplate:
    if len(template_id) > LONGEST_TEMPLATE_ID:
        raise WechatError(40036)
    template = call.official.templates.get(template_id)
    if template is None:
        raise WechatError(40037)
    return template


def check_mini_program(call: Call, page: MiniProgram | None) -> None:
    """40013 for a mini program that is not linked to the account."""
    if page is not None and page.appid and page.appid not in call.caller.linked_mini_programs:
        raise WechatError(40013)


def _check_recipient(call: Call, contact: Contact, message: _Message) -> None:
    if contact.followed_at is None:
        raise WechatError(43004)
    if contact.blacklisted_at is not None:
        raise WechatError(43019)
    if message.template_id in call.official.refused.get(message.touser, ()):
        raise WechatError(43101)


def _check_values(call: Call, template: MessageTemplate, values: dict[str, str]) -> None:
    wanted = _KEYWORD.findall(template.content)
    wrong = next((key for key in wanted if not keywords.is_allowed(key, values.get(key, ""))), None)
    if wrong is None and call.sandbox.state.settings.extra_keywords_refused:
        wrong = next((key for key in values if key not in wanted), None)
    if wrong is not None:
        raise WechatError(47003, f"argument invalid! data.{wrong}.value invalid")


def _find_sent(call: Call, message: _Message) -> int | None:
    """The id of the same message sent in the last ten minutes; older memories go."""
    sent = call.official.sent_once
    while sent and sent[oldest := next(iter(sent))].at + REMEMBERED_S <= call.now:
        del sent[oldest]
    known = sent.get(_memory_key(message)) if message.client_msg_id else None
    return None if known is None else known.msgid


def _memory_key(message: _Message) -> str:
    return f"{message.touser} {message.client_msg_id}"


def _show(call: Call, contact: Contact, template: MessageTemplate, message: _Message, values: dict[str, str]) -> None:
    text = _KEYWORD.sub(lambda found: values[found[1]], template.content)
    page = {"appid": message.miniprogram.appid, "pagepath": message.miniprogram.pagepath} if message.miniprogram else None
    people.show(
        call.sandbox,
        contact.user,
        appid=call.caller.appid,
        via="template_message",
        msgtype="template",
        text=f"{template.title}\n{text}",
        content={"template_id": template.template_id, "url": message.url, "miniprogram": page, "data": values},
    )


class _Once(Struct):
    touser: str = ""
    template_id: str = ""
    url: str = ""
    miniprogram: MiniProgram | None = None
    scene: str | int = ""
    title: str = ""
    data: dict[str, Value] = field(default_factory=dict)


LONGEST_TITLE = 15
LONGEST_CONTENT = 200


def send_once(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/template/subscribe`: one message for one yes on the confirm page, in its scene."""
    message = call.read(_Once)
    contact = call.contact(message.touser)
    if not message.template_id:
        raise WechatError(40037)
    if not 1 <= len(message.title) <= LONGEST_TITLE:
        raise WechatError(40062)
    check_mini_program(call, message.miniprogram)
    content = str(message.data["content"].value) if "content" in message.data else ""
    if not 1 <= len(content) <= LONGEST_CONTENT:
        raise WechatError(47003, "argument invalid! data.content.value invalid")
    confirmed = call.official.confirmed
    wanted = (message.touser, message.template_id, str(message.scene))
    yes = next((one for one in confirmed if (one.openid, one.template_id, one.scene) == wanted), None)
    if yes is None or contact.blocks:
        raise WechatError(43101)
    confirmed.remove(yes)
    shown = {"template_id": message.template_id, "url": message.url, "scene": str(message.scene), "title": message.title}
    people.show(
        call.sandbox,
        contact.user,
        appid=call.caller.appid,
        via="subscribe_message",
        msgtype="subscribe_once",
        text=f"{message.title}\n{content}",
        content=shown,
    )
    return OK


ENDPOINTS = [
    post("/cgi-bin/message/template/send", send, daily=100_000, service=True),
    post("/cgi-bin/message/template/subscribe", send_once, service=True),
]
