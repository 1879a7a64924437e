"""The template library of subscribe messages (订阅消息模板): take from the public one, list, drop."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from sandbox import keywords
from sandbox.call import OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.mini.library import CATEGORIES, LIBRARY, PublicTemplate, Word
from sandbox.reading import read_number
from sandbox.state import Template

LONGEST_SCENE = 15
FEWEST_WORDS, MOST_WORDS = 2, 5
MOST_TITLES = 30
_Answer = dict[str, Any]


class _Wanted(Struct):
    tid: str | int = ""
    kid_list: list[int] = field(default_factory=list, name="kidList")
    scene_desc: str = field(default="", name="sceneDesc")


class _Dropped(Struct):
    template_id: str = field(default="", name="priTmplId")


def add_template(call: Call) -> _Answer:
    """`POST /wxaapi/newtmpl/addtemplate`: two to five keywords of a public template, in their order on the card."""
    wanted = call.read(_Wanted)
    public = LIBRARY.get(str(wanted.tid))
    if public is None or public.category not in _categories(call):
        raise WechatError(200014)
    chosen = [word for kid in wanted.kid_list for word in public.words if word.kid == kid]
    if not FEWEST_WORDS <= len(wanted.kid_list) <= MOST_WORDS or not len(wanted.kid_list) == len(set(wanted.kid_list)) == len(chosen):
        raise WechatError(200020)
    if len(wanted.scene_desc) > LONGEST_SCENE:
        raise WechatError(200021)
    template = _make(call, public, chosen)
    own = call.caller.templates
    if any(one.title == template.title and one.content == template.content for one in own):
        raise WechatError(200022)
    if len(own) >= call.sandbox.state.settings.private_template_limit:
        raise WechatError(200012)
    _save(call, [*own, template])
    return {"priTmplId": template.id, **OK}


def _make(call: Call, public: PublicTemplate, chosen: list[Word]) -> Template:
    content = {f"{word.rule}{word.kid}": word.name for word in chosen}
    enums = {f"{word.rule}{word.kid}": list(word.values) for word in chosen if word.values}
    template_id = _template_id(call)
    return Template(template_id, public.title, content, 2 if public.type == 2 else 3, enums, public.tid)


def _template_id(call: Call) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return "".join(call.sandbox.random.choices(letters, k=43))


def _save(call: Call, templates: list[Template]) -> None:
    changed = msgspec.structs.replace(call.caller, templates=templates)
    call.sandbox.state.accounts[changed.appid] = changed


def drop_template(call: Call) -> _Answer:
    """`POST /wxaapi/newtmpl/deltemplate`."""
    template_id = call.read(_Dropped).template_id
    if not template_id:
        raise WechatError(200002)
    left = [one for one in call.caller.templates if one.id != template_id]
    if len(left) == len(call.caller.templates):
        raise WechatError(200014)
    _save(call, left)
    return dict(OK)


def list_templates(call: Call) -> _Answer:
    """`GET /wxaapi/newtmpl/gettemplate`."""
    return {**OK, "data": [_describe(template) for template in call.caller.templates]}


def _describe(template: Template) -> _Answer:
    public = LIBRARY.get(template.tid)
    examples = {f"{word.rule}{word.kid}": word.example for word in public.words} if public else {}
    told: _Answer = {
        "priTmplId": template.id,
        "title": template.title,
        "content": "".join(f"{name}：{{{{{key}.DATA}}}}\n" for key, name in template.content.items()),
        "example": "".join(f"{name}：{examples.get(key, keywords.prefix(key))}\n" for key, name in template.content.items()),
        "type": template.type,
    }
    if template.enums:
        values = [{"keywordCode": f"{key}.DATA", "enumValueList": listed} for key, listed in template.enums.items()]
        told["keywordEnumValueList"] = values
    return told


def list_categories(call: Call) -> _Answer:
    """`GET /wxaapi/newtmpl/getcategory`."""
    return {**OK, "data": [{"id": number, "name": CATEGORIES[number]} for number in _categories(call)]}


def _categories(call: Call) -> list[int]:
    """The account's categories; an account that names none has them all."""
    return [number for number in CATEGORIES if not call.caller.categories or number in call.caller.categories]


def list_titles(call: Call) -> _Answer:
    """`GET /wxaapi/newtmpl/getpubtemplatetitles?ids=&start=&limit=`."""
    query = call.query
    start, limit = read_number(query.get("start", "")), read_number(query.get("limit", ""))
    if start is None:
        raise WechatError(200016)
    if limit is None or not 1 <= limit <= MOST_TITLES:
        raise WechatError(200017)
    if not query.get("ids"):
        raise WechatError(200018)
    wanted = query["ids"].split(",")
    if any(read_number(one) not in CATEGORIES for one in wanted):
        raise WechatError(200019)
    found = [one for one in LIBRARY.values() if str(one.category) in wanted]
    page = found[start : start + limit]
    data = [{"tid": int(one.tid), "title": one.title, "type": one.type, "categoryId": str(one.category)} for one in page]
    return {**OK, "count": len(found), "data": data}


def list_keywords(call: Call) -> _Answer:
    """`GET /wxaapi/newtmpl/getpubtemplatekeywords?tid=`."""
    public = LIBRARY.get(call.query.get("tid", ""))
    if public is None:
        raise WechatError(200014)
    data = [{"kid": word.kid, "name": word.name, "example": word.example, "rule": word.rule} for word in public.words]
    return {**OK, "count": len(data), "data": data}


_BASE = "/wxaapi/newtmpl"
ENDPOINTS = [
    Endpoint(f"{_BASE}/addtemplate", "POST", add_template),
    Endpoint(f"{_BASE}/deltemplate", "POST", drop_template),
    Endpoint(f"{_BASE}/gettemplate", "GET", list_templates),
    Endpoint(f"{_BASE}/getcategory", "GET", list_categories),
    Endpoint(f"{_BASE}/getpubtemplatetitles", "GET", list_titles),
    Endpoint(f"{_BASE}/getpubtemplatekeywords", "GET", list_keywords),
]
