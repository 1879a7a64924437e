"""Subscribe messages of mini programs (订阅消息): the ledger of credits, the send, its receipt."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from sandbox import keywords, later, people
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.settings import Settings
from sandbox.state import Contact, Template

ONE_TIME = 2


class Value(Struct):
    """What stands for a keyword; numbers are taken as text."""

    value: str | int | float = ""


class _Message(Struct):
    touser: str = ""
    template_id: str = ""
    page: str = ""
    data: dict[str, Value] = field(default_factory=dict)
    miniprogram_state: str = "formal"
    lang: str = "zh_CN"


def accept(contact: Contact, template: Template) -> None:
    """One more send for a one-time template, any number for a long-term one."""
    if template.type == ONE_TIME:
        contact.credits[template.id] = contact.credits.get(template.id, 0) + 1
    elif template.id not in contact.standing:
        contact.standing.append(template.id)


def reject(contact: Contact, template: Template) -> None:
    """A rejection ends a long-term subscription; credits already given stay."""
    if template.id in contact.standing:
        contact.standing.remove(template.id)


def send(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/subscribe/send`: page, template, values and their words, then the credit; the receipt follows as a push."""
    message = call.read(_Message)
    contact = call.contact(message.touser)
    settings = call.sandbox.state.settings
    if call.caller.pages is not None and message.page and _path(message.page) not in call.caller.pages:
        raise WechatError(41030)
    template = next((one for one in call.caller.templates if one.id == message.template_id), None)
    if template is None:
        raise WechatError(40037)
    values = {key: str(one.value) for key, one in message.data.items()}
    wrong = find_wrong(template, values, settings)
    if wrong:
        if settings.failed_send_spends_credit:
            spend_credit(contact, template)
        raise WechatError(47003, f"argument invalid! data.{wrong}.value invalid")
    if any(word in value for word in settings.risky_words for value in values.values()):
        raise WechatError(45168)
    if contact.user in call.sandbox.mini_book(call.caller.appid).muted or not spend_credit(contact, template):
        raise WechatError(43101)
    msgid = call.sandbox.next_message_id()
    _show(call, contact, template, message, values)
    later.add_receipt(call.sandbox, call.caller, message.touser, receipt(template, msgid))
    return {**OK, "msgid": msgid} if settings.subscribe_send_returns_msgid else OK


def _path(page: str) -> str:
    return page.partition("?")[0].lstrip("/")


def find_wrong(template: Template, values: dict[str, str], settings: Settings) -> str:
    """The first keyword that is missing, refused or too many; empty when all fit."""
    for key in template.content:
        if not keywords.is_allowed(key, values.get(key, ""), enum_values=template.enums.get(key)):
            return key
    extra = [key for key in values if key not in template.content]
    return extra[0] if extra and settings.extra_keywords_refused else ""


def spend_credit(contact: Contact, template: Template) -> bool:
    """Take one credit of a one-time template; says whether the person may be written to."""
    if template.type != ONE_TIME:
        return template.id in contact.standing
    credits = contact.credits.get(template.id, 0)
    if credits:
        contact.credits[template.id] = credits - 1
    return credits > 0


def _show(call: Call, contact: Contact, template: Template, message: _Message, values: dict[str, str]) -> None:
    lines = [f"{name}：{values[key]}" for key, name in template.content.items()]
    content = {"template_id": template.id, "title": template.title, "page": message.page, "data": values}
    people.show(
        call.sandbox,
        contact.user,
        appid=call.caller.appid,
        via="subscribe_message",
        msgtype="subscribe_message",
        text="\n".join([template.title, *lines]),
        content={**content, "miniprogram_state": message.miniprogram_state},
    )


def receipt(template: Template, msgid: int) -> dict[str, Any]:
    """The event that tells a message arrived."""
    entry = {"TemplateId": template.id, "MsgID": msgid, "ErrorCode": 0, "ErrorStatus": "success"}
    return {"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": [entry]}}


ENDPOINTS = [Endpoint("/cgi-bin/message/subscribe/send", "POST", send, kinds=MINI_PROGRAMS, daily=10_000_000)]
