"""What becomes of mass messages: their state, their removal, their speed."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official import articles
from sandbox.official.endpoint import post
from sandbox.official.words import Article, MassJob
from sandbox.reading import read_number

SPEEDS = (80, 60, 45, 30, 10)
_DELETABLE = ("mpnews", "mpvideo")


class _Wanted(Struct):
    msg_id: int | str = ""
    url: str = ""
    article_idx: int = 0


class _Speed(Struct):
    speed: int | None = None


def show(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/mass/get`."""
    job = _find(call, call.read(_Wanted).msg_id)
    return {"msg_id": job.msg_id, "msg_status": _status(call, job)}


def _find(call: Call, given: int | str) -> MassJob:
    job = call.official.jobs.get(read_number(str(given)) or 0)
    if job is None:
        raise WechatError(40059)
    return job


def _status(call: Call, job: MassJob) -> str:
    if job.deleted:
        return "DELETE"
    if job.done_at > call.now:
        return "SENDING"
    return "SEND_SUCCESS" if job.received or not job.errors else "SEND_FAIL"


def delete(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/mass/delete`: articles and videos only, by the job or an article's address; one article or all."""
    wanted = call.read(_Wanted)
    if not wanted.msg_id and wanted.url:
        found = articles.find_by_address(call.official, wanted.url)
        if found is None:
            raise WechatError(40059)
        _delete_articles(found[0], wanted.article_idx)
        return OK
    job = _find(call, wanted.msg_id)
    if job.msgtype not in _DELETABLE or job.done_at > call.now:
        raise WechatError(40065)
    article = next((one for one in call.official.articles.values() if one.data_id == job.msg_data_id), None)
    if article is not None:
        _delete_articles(article, wanted.article_idx)
    job.deleted = article is None or len(article.deleted) == len(article.articles)
    return OK


def _delete_articles(article: Article, position: int) -> None:
    if not 0 <= position <= len(article.articles):
        raise WechatError(40060)
    gone = [position] if position else range(1, len(article.articles) + 1)
    article.deleted = sorted({*article.deleted, *gone})


def show_speed(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/mass/speed/get`: `realspeed` in 10,000 a minute."""
    return {"speed": call.official.speed, "realspeed": SPEEDS[call.official.speed]}


def set_speed(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/mass/speed/set`: 0, the fastest, to 4."""
    speed = call.read(_Speed).speed
    if speed is None:
        raise WechatError(45084)
    if not 0 <= speed < len(SPEEDS):
        raise WechatError(45083)
    call.official.speed = speed
    return OK


ENDPOINTS = [
    post("/cgi-bin/message/mass/get", show),
    post("/cgi-bin/message/mass/delete", delete),
    post("/cgi-bin/message/mass/speed/get", show_speed, takes_json=False),
    post("/cgi-bin/message/mass/speed/set", set_speed),
]
