"""Mass messages (群发): to all, to a tag, to a list; four a month for each follower."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from sandbox import people
from sandbox.beijing import month_of, number_of_day
from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official import articles, events, mass_content
from sandbox.official.endpoint import post
from sandbox.official.mass_content import Branches, Content
from sandbox.official.words import Article, MassJob
from sandbox.reading import read_number
from sandbox.state import Contact

PER_MONTH = 4
FEWEST, MOST = 2, 10_000
LONGEST_CLIENT_ID = 32
CLIENT_ID_LIFE_S = 86_400
RETRY_AFTER_S = 60
SENT = "send success"
CLEAR, REPRINT, MAY_NOT = 1, 2, 3
ORIGINAL = "https://mp.weixin.qq.com/s/somebody-elses"
SUBMITTED = {"errcode": 0, "errmsg": "send job submission success"}


class _Filter(Struct):
    is_to_all: bool = False
    tag_id: int | str | None = None


class _ToAll(Branches):
    filter: _Filter = field(default_factory=_Filter)
    clientmsgid: str = ""


class _ToSome(Branches):
    touser: list[str] = field(default_factory=list)
    clientmsgid: str = ""


class _Preview(Branches):
    touser: str = ""
    towxname: str = ""


def send_to_all(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/mass/sendall`: to every follower, or to those with a tag."""
    wanted = call.read(_ToAll)
    contacts = call.sandbox.state.contacts.get(call.caller.appid, {})
    followers = {openid: contact for openid, contact in contacts.items() if contact.followed_at is not None}
    if not wanted.filter.is_to_all:
        tag = _read_tag(call, wanted.filter.tag_id)
        followers = {openid: contact for openid, contact in followers.items() if tag in contact.tags}
    return _send(call, wanted, wanted.clientmsgid, followers)


def _read_tag(call: Call, given: int | str | None) -> int:
    tag = read_number(str(given))
    if tag is None or tag not in call.official.tags:
        raise WechatError(40152)
    return tag


def send_to_some(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/mass/send`: to 2 to 10,000 people; who does not follow counts as an error."""
    wanted = call.read(_ToSome)
    if len(wanted.touser) < FEWEST:
        raise WechatError(40130)
    if len(wanted.touser) > MOST:
        raise WechatError(40032)
    return _send(call, wanted, wanted.clientmsgid, {openid: call.contact(openid) for openid in wanted.touser})


def _send(call: Call, wanted: Branches, client_id: str, targets: dict[str, Contact]) -> dict[str, Any]:
    content = mass_content.check(call, wanted)
    _refuse_repeats(call, client_id)
    open_to = {openid: contact for openid, contact in targets.items() if _has_room(call, openid)}
    if (targets and not open_to) or not _account_has_room(call):
        raise WechatError(45028)
    job = _make_job(call, content, client_id, targets, open_to)
    call.official.jobs[job.msg_id] = job
    article = _publish(call, content, job)
    for openid in job.received:
        _show(call, targets[openid], content)
        call.official.mass_received.setdefault(openid, []).append(call.now)
    events.add(call.sandbox, call.caller, _result(call, job, content, len(open_to), article), delay_s=job.done_at - call.now)
    return {**SUBMITTED, "msg_id": job.msg_id, **({"msg_data_id": job.msg_data_id} if content.draft else {})}


def _refuse_repeats(call: Call, client_id: str) -> None:
    """The same clientmsgid within a day is the same job: 45066 in the first minute, then 45065 with its id."""
    if len(client_id.encode()) > LONGEST_CLIENT_ID:
        raise WechatError(45067)
    jobs = reversed(call.official.jobs.values())
    known = next((job for job in jobs if job.clientmsgid == client_id and job.made_at + CLIENT_ID_LIFE_S > call.now), None)
    if not client_id or known is None:
        return
    if call.now - known.made_at < RETRY_AFTER_S:
        raise WechatError(45066)
    raise WechatError(45065, msg_id=known.msg_id)


def _has_room(call: Call, openid: str) -> bool:
    """Whether a person may get one more mass message this month."""
    received = call.official.mass_received.get(openid, ())
    return sum(1 for at in received if month_of(at) == month_of(call.now)) < PER_MONTH


def _account_has_room(call: Call) -> bool:
    """Whether a 公众号 may send once more today; service accounts are only limited per person."""
    if call.caller.service:
        return True
    today = number_of_day(call.now)
    sent = sum(1 for job in call.official.jobs.values() if number_of_day(job.made_at) == today)
    return sent < call.sandbox.state.settings.mass_sends_per_day


def _outcome(call: Call, content: Content) -> str:
    """How it ends: articles that are taken for a reprint go only if the sender wants that too, those that may not be reprinted never."""
    settings = call.sandbox.state.settings
    if content.draft and settings.mass_check_state == MAY_NOT:
        return "err(30002)"
    if content.draft and settings.mass_check_state == REPRINT and not content.sent_as_reprint:
        return "err(30003)"
    return settings.mass_outcome


def _make_job(call: Call, content: Content, client_id: str, targets: dict[str, Contact], open_to: dict[str, Contact]) -> MassJob:
    settings, status = call.sandbox.state.settings, _outcome(call, content)
    received = [openid for openid, contact in open_to.items() if status == SENT and _can_hear(contact)]
    return MassJob(
        msg_id=call.official.next_id(),
        msg_data_id=0,
        msgtype=content.msgtype,
        content=content.told,
        made_at=call.now,
        done_at=call.now + settings.mass_send_s,
        total=len(targets),
        received=received,
        errors=len(open_to) - len(received),
        status=status,
        clientmsgid=client_id,
    )


def _can_hear(contact: Contact) -> bool:
    return contact.followed_at is not None and contact.blacklisted_at is None and not contact.blocks


def _publish(call: Call, content: Content, job: MassJob) -> Article | None:
    """The articles of a draft that was mass-sent; the draft is gone."""
    if not content.draft:
        return None
    if job.status != SENT:
        job.msg_data_id = call.official.next_id()
        return None
    draft = call.official.drafts[content.draft]
    article = articles.publish(
        call.sandbox, call.caller.appid, draft.articles, at=job.made_at, publish_type=articles.MASS_SENT, targets=len(job.received)
    )
    job.msg_data_id = article.data_id
    del call.official.drafts[content.draft]
    return article


def _show(call: Call, contact: Contact, content: Content) -> None:
    people.show(
        call.sandbox,
        contact.user,
        appid=call.caller.appid,
        via="mass_message",
        msgtype=content.msgtype,
        text=content.text,
        content=content.told,
    )


def _result(call: Call, job: MassJob, content: Content, filtered: int, article: Article | None) -> dict[str, Any]:
    event: dict[str, Any] = {
        "Event": "MASSSENDJOBFINISH",
        "MsgID": job.msg_id,
        "Status": job.status,
        "TotalCount": job.total,
        "FilterCount": filtered,
        "SentCount": len(job.received),
        "ErrorCount": job.errors,
    }
    if not content.draft:
        return event
    event["CopyrightCheckResult"] = _check(call, content.articles)
    if article is None:
        return event
    places = range(1, len(article.articles) + 1)
    addresses = [{"ArticleIdx": place, "ArticleUrl": articles.address(article.data_id, place)} for place in places]
    return {**event, "ArticleUrlResult": {"Count": len(addresses), "ResultList": {"item": addresses}}}


def _check(call: Call, many: int) -> dict[str, Any]:
    """What was found of the originality of so many articles: where they are a reprint, of each."""
    state = call.sandbox.state.settings.mass_check_state
    if state == CLEAR:
        return {"Count": 0, "ResultList": "", "CheckState": state}
    found = {"UserDeclareState": 0, "AuditState": 11 if state == REPRINT else 12, "OriginalArticleUrl": ORIGINAL}
    more = {"OriginalArticleType": 1, "CanReprint": int(state == REPRINT), "NeedReplaceContent": 0, "NeedShowReprintSource": 1}
    items = [{"ArticleIdx": place, **found, **more} for place in range(1, many + 1)]
    return {"Count": many, "ResultList": {"item": items}, "CheckState": state}


def preview(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/mass/preview`: to one person, by openid or WeChat id (here the id of the user)."""
    wanted = call.read(_Preview)
    content = mass_content.check(call, wanted)
    contact = call.contact(_read_name(call, wanted.towxname) if wanted.towxname else wanted.touser)
    if contact.followed_at is None:
        raise WechatError(43004)
    _show(call, contact, content)
    return {**OK, "errmsg": "preview success", "msg_id": call.official.next_id()}


def _read_name(call: Call, name: str) -> str:
    user = call.sandbox.state.users.get(name)
    if user is None or call.caller.appid not in user.openids:
        raise WechatError(40132)
    return user.openids[call.caller.appid]


ENDPOINTS = [
    post("/cgi-bin/message/mass/sendall", send_to_all, daily=100, minute=60),
    post("/cgi-bin/message/mass/send", send_to_some, daily=100, minute=60, service=True),
    post("/cgi-bin/message/mass/preview", preview, daily=100),
]
