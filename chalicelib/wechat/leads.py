"""Forms people fill in in live rooms (留资), as a Channels assistant is told of them."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.errors import Unknown
from chalicelib.wechat.answers import lead_on, read_answer
from chalicelib.wechat.calls import Calls

COMPONENTS = "/channels/leads/get_leads_component_id"
FORMS = "/channels/leads/get_leads_info_by_component_id"
WRAPS = ("leads_data", "user_data")
WHOLE_FORMS = 1
"""The version of the answer that has all of a form; without it there is only a phone."""


class Components(msgspec.Struct, frozen=True):
    """What forms are filled in at, by id; `following` leads to the next ones."""

    ids: tuple[str, ...]
    following: str | None


class Forms(msgspec.Struct, frozen=True):
    """Forms as they were filled in, answers by title; no openid is in them. `following` leads to the next ones."""

    answers: tuple[dict[str, str], ...]
    following: str | None


class _Component(msgspec.Struct):
    leads_component_id: str | int


class _ComponentsFields(msgspec.Struct):
    item: list[_Component] = []
    last_buffer: str = ""
    continue_flag: bool = False


class _FormsFields(msgspec.Struct):
    user_data: list[Any] = []
    last_buffer: str = ""
    continue_flag: bool = False


class LeadCalls(Calls):
    """The calls of leads. `token`: the assistant's own."""

    def list_lead_components(self, token: str, following: str) -> Components:
        """Where forms are filled in.

        https://developers.weixin.qq.com/doc/channels/API/leads/get_leads_component_id.html
        """
        told = read_answer(COMPONENTS, self._post(COMPONENTS, {"last_buffer": following}, token=token), _ComponentsFields)
        ids = tuple(str(each.leads_component_id) for each in told.item)
        return Components(ids, lead_on(COMPONENTS, told.last_buffer, more=told.continue_flag, before=following))

    def list_forms(self, token: str, component: str, *, first_s: int, last_s: int, following: str) -> Forms:
        """Forms of one component that were filled in within these seconds.

        https://developers.weixin.qq.com/doc/channels/API/leads/get_leads_info_by_component_id.html
        """
        span = {"start_time": first_s, "end_time": last_s, "last_buffer": following}
        answer = self._post(FORMS, {"leads_component_id": component, **span, "version": WHOLE_FORMS}, token=token)
        told = read_answer(FORMS, answer, _FormsFields)
        answers = tuple(_read_form(each) for each in told.user_data)
        return Forms(answers, lead_on(FORMS, told.last_buffer, more=told.continue_flag, before=following))


def _read_form(told: Any) -> dict[str, str]:
    """The answers of a form. WeChat writes it as JSON within a text, and its list of titles and values so once more."""
    form = _unwrap(told)
    if isinstance(form, dict):
        inner = next((_unwrap(form[name]) for name in WRAPS if name in form), None)
        lines = inner if isinstance(inner, list) else [form] if "title" in form else [{"title": key, "value": form[key]} for key in form]
        if all(isinstance(line, dict) for line in lines):
            return {str(line.get("title", "")): str(line.get("value", "")) for line in lines}
    raise Unknown(f"WeChat answered {FORMS} with a form of another shape than is known: it may have happened.")


def _unwrap(told: Any) -> Any:
    try:
        return msgspec.json.decode(told) if isinstance(told, str) else told
    except msgspec.DecodeError:
        return told
