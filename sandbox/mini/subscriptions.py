"""What wx.requestSubscribeMessage does on the phone, and what the notification settings change later."""

from __future__ import annotations

from typing import Any

from sandbox import subscribe
from sandbox.actions import ImpossibleError, Phone
from sandbox.state import Kind, Push, Template

MOST_TEMPLATES = 5
EMPTY, UNKNOWN, MIXED, TOO_MANY, SWITCHED_OFF = 10001, 20001, 20002, 20003, 20004
ANSWERS = ("accept", "reject", "ban", "filter")


def request(phone: Phone, answers: dict[str, str], *, keep: bool) -> tuple[dict[str, Any], list[Push]]:
    """The result of the client's call, and the events that follow.

    A choice kept before is taken without a popup, and each call still gives one credit per accepted template.
    """
    phone.need(Kind.MINI_PROGRAM)
    known = {template.id: template for template in phone.account.templates}
    refused = _refuse(phone, answers, known)
    if refused:
        return {"errCode": refused, "errMsg": "requestSubscribeMessage:fail"}, []
    kept = phone.sandbox.mini_book(phone.account.appid).kept_choices.setdefault(phone.user.id, {})
    result = {template_id: kept.get(template_id, answer) for template_id, answer in answers.items()}
    popup = any(template_id not in kept for template_id in answers)
    if keep:
        kept.update({template_id: answer for template_id, answer in result.items() if answer in ("accept", "reject")})
    for template_id, answer in result.items():
        if answer == "accept":
            subscribe.accept(phone.contact, known[template_id])
        elif answer == "reject":
            subscribe.reject(phone.contact, known[template_id])
    told = {**result, "errMsg": "requestSubscribeMessage:ok", "popup": popup}
    if not popup and not phone.sandbox.state.settings.kept_choice_pushes_event:
        return told, []
    return told, _tell_popup(phone, result)


def _refuse(phone: Phone, answers: dict[str, str], known: dict[str, Template]) -> int:
    """The client's error code; 0 when the popup may come."""
    if phone.user.id in phone.sandbox.mini_book(phone.account.appid).muted:
        return SWITCHED_OFF
    if not answers:
        return EMPTY
    if len(answers) > MOST_TEMPLATES:
        return TOO_MANY
    if any(template_id not in known for template_id in answers):
        return UNKNOWN
    return MIXED if len({known[template_id].type for template_id in answers}) > 1 else 0


def _tell_popup(phone: Phone, result: dict[str, str]) -> list[Push]:
    entries = [
        {"TemplateId": template_id, "SubscribeStatusString": answer, "PopupScene": 0}
        for template_id, answer in result.items()
        if answer in ("accept", "reject")
    ]
    return [phone.event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": entries})] if entries else []


def change(phone: Phone, template_id: str, *, accepts: bool) -> list[Push]:
    """Change a subscription in the notification settings: only a rejection is told, and it ends all credits."""
    phone.need(Kind.MINI_PROGRAM)
    template = next((one for one in phone.account.templates if one.id == template_id), None)
    if template is None:
        raise ImpossibleError(f"{phone.account.appid} has no template {template_id!r}")
    kept = phone.sandbox.mini_book(phone.account.appid).kept_choices.setdefault(phone.user.id, {})
    kept[template_id] = "accept" if accepts else "reject"
    if accepts:
        return []
    subscribe.reject(phone.contact, template)
    phone.contact.credits.pop(template_id, None)
    wrapper = phone.sandbox.state.settings.change_event_wrapper
    entry = {"TemplateId": template_id, "SubscribeStatusString": "reject"}
    return [phone.event("subscribe_msg_change_event", **{wrapper: {"List": [entry]}})]


def switch(phone: Phone, *, on: bool) -> list[Push]:
    """The main switch of an account's notifications; nobody is told."""
    phone.need(Kind.MINI_PROGRAM)
    muted = phone.sandbox.mini_book(phone.account.appid).muted
    if on and phone.user.id in muted:
        muted.remove(phone.user.id)
    elif not on and phone.user.id not in muted:
        muted.append(phone.user.id)
    return []
