"""The templates an account has for template messages (模板消息), and its industry."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct, field

from sandbox import ids
from sandbox.beijing import month_of
from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official.endpoint import get, post
from sandbox.official.industries import INDUSTRIES
from sandbox.official.words import Industry, MessageTemplate
from sandbox.reading import read_number

MOST_TEMPLATES = 25
MOST_KEYWORDS = 5
_SHORT_ID = re.compile(r"(TM|OPENTM)\d{1,12}")
_KINDS = {
    "时间": "time",
    "日期": "time",
    "金额": "amount",
    "费用": "amount",
    "单号": "character_string",
    "编号": "character_string",
    "电话": "phone_number",
    "手机": "phone_number",
    "车牌": "car_number",
    "数量": "number",
    "姓名": "name",
    "状态": "phrase",
}


class _Industries(Struct):
    industry_id1: str | int = ""
    industry_id2: str | int = ""


class _Wanted(Struct):
    template_id_short: str = ""
    keyword_name_list: list[str] = field(default_factory=list)


class _Intercepted(Struct):
    tmpl_msg_id: str = ""


class _TemplateId(Struct):
    template_id: str = ""


def set_industry(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/template/api_set_industry`: once a month; templates of the industry before are gone."""
    wanted, kept = call.read(_Industries), call.official
    primary, secondary = _read_code(wanted.industry_id1), _read_code(wanted.industry_id2)
    if kept.industry is not None and month_of(kept.industry.changed_at) == month_of(call.now):
        raise WechatError(43100)
    kept.industry = Industry(primary, secondary, call.now)
    kept.templates = {key: template for key, template in kept.templates.items() if not template.primary_industry}
    return OK


def _read_code(given: str | int) -> int:
    code = read_number(str(given))
    if code is None or code not in INDUSTRIES:
        raise WechatError(40035, "invalid parameter: industry_id")
    return code


def show_industry(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/template/get_industry`."""
    industry = call.official.industry
    if industry is None:
        raise WechatError(40035, "invalid parameter: no industry is set")
    return {"primary_industry": _name(industry.primary), "secondary_industry": _name(industry.secondary)}


def _name(code: int) -> dict[str, str]:
    first, second = INDUSTRIES[code]
    return {"first_class": first, "second_class": second}


def add(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/template/api_add_template`: digits name a category template, whose keywords one chooses."""
    wanted = call.read(_Wanted)
    short = wanted.template_id_short
    if not short.isdecimal() and not _SHORT_ID.fullmatch(short):
        raise WechatError(40037)
    if short.isdecimal() and not 1 <= len(wanted.keyword_name_list) <= MOST_KEYWORDS:
        raise WechatError(40246)
    if len(call.official.templates) >= MOST_TEMPLATES:
        raise WechatError(45026)
    template = _make(call, short, wanted.keyword_name_list)
    call.official.templates[template.template_id] = template
    return {**OK, "template_id": template.template_id}


def _make(call: Call, short: str, names: list[str]) -> MessageTemplate:
    """The template behind a short id: the sandbox has no library, so the keywords' names say their kinds."""
    content = "\n".join(f"{name}：{{{{{_kind(name)}{number}.DATA}}}}" for number, name in enumerate(names or ["内容", "时间"], start=1))
    industry = call.official.industry
    first, second = INDUSTRIES[industry.primary] if industry is not None and not short.isdecimal() else ("", "")
    return MessageTemplate(
        template_id=ids.article_id(call.sandbox.random),
        title=f"模板{short}",
        content=content,
        primary_industry=first,
        deputy_industry=second,
    )


def _kind(name: str) -> str:
    return next((kind for part, kind in _KINDS.items() if part in name), "thing")


def list_all(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/template/get_all_private_template`."""
    return {"template_list": [msgspec.to_builtins(template) for template in call.official.templates.values()]}


def delete(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/template/del_private_template`."""
    template = _find_template(call, call.read(_TemplateId).template_id)
    del call.official.templates[template.template_id]
    return OK


def list_intercepted(call: Call) -> dict[str, Any]:
    """`POST /wxa/sec/queryblocktmplmsg`: the sandbox intercepts no template messages."""
    _find_template(call, call.read(_Intercepted).tmpl_msg_id)
    return {**OK, "msginfo": []}


def _find_template(call: Call, template_id: str) -> MessageTemplate:
    template = call.official.templates.get(template_id)
    if template is None:
        raise WechatError(40037)
    return template


ENDPOINTS = [
    post("/wxa/sec/queryblocktmplmsg", list_intercepted, service=True),
    post("/cgi-bin/template/api_set_industry", set_industry, service=True),
    get("/cgi-bin/template/get_industry", show_industry, service=True),
    post("/cgi-bin/template/api_add_template", add, service=True),
    get("/cgi-bin/template/get_all_private_template", list_all, service=True),
    post("/cgi-bin/template/del_private_template", delete, service=True),
]
