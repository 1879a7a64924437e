"""Subscription notices of service accounts (订阅通知): one send for each yes, with a receipt."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from sandbox import later, people, subscribe
from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official.endpoint import post
from sandbox.official.template_messages import MiniProgram, check_mini_program
from sandbox.state import Contact, Template


class _Message(Struct):
    touser: str = ""
    template_id: str = ""
    page: str = ""
    miniprogram: MiniProgram | None = None
    data: dict[str, subscribe.Value] = field(default_factory=dict)


def send(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/subscribe/bizsend`: also to people who do not follow, as long as they have credits."""
    message = call.read(_Message)
    contact = call.contact(message.touser)
    template = next((one for one in call.caller.templates if one.id == message.template_id), None)
    if template is None:
        raise WechatError(40037)
    check_mini_program(call, message.miniprogram)
    settings = call.sandbox.state.settings
    values = {key: str(one.value) for key, one in message.data.items()}
    wrong = subscribe.find_wrong(template, values, settings)
    if wrong:
        if settings.failed_send_spends_credit:
            subscribe.spend_credit(contact, template)
        raise WechatError(47003, f"argument invalid! data.{wrong}.value invalid")
    if contact.blocks or contact.blacklisted_at is not None or not subscribe.spend_credit(contact, template):
        raise WechatError(43101)
    _show(call, contact, template, message, values)
    receipt = subscribe.receipt(template, call.sandbox.next_message_id())
    later.add_receipt(call.sandbox, call.caller, message.touser, receipt)
    return OK


def _show(call: Call, contact: Contact, template: Template, message: _Message, values: dict[str, str]) -> None:
    lines = [f"{name}：{values[key]}" for key, name in template.content.items()]
    page = {"appid": message.miniprogram.appid, "pagepath": message.miniprogram.pagepath} if message.miniprogram else None
    people.show(
        call.sandbox,
        contact.user,
        appid=call.caller.appid,
        via="subscribe_message",
        msgtype="subscribe_message",
        text="\n".join([template.title, *lines]),
        content={"template_id": template.id, "title": template.title, "page": message.page, "miniprogram": page, "data": values},
    )


ENDPOINTS = [post("/cgi-bin/message/subscribe/bizsend", send, service=True)]
