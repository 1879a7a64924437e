"""Messages to people: templates and what people subscribed to, answers of customer service, mass sends (群发).

What to do about their errcodes is said by the rules of the messaging room, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from chalicelib.errors import Declined
from chalicelib.wechat.answers import read_answer
from chalicelib.wechat.calls import Calls

ALREADY_SENT = 45065
SENT_JUST_NOW = 45066


class AlreadySent(Declined):
    """45065: a mass send with this clientmsgid was taken within the last day, under this `msg_id`. It is as good as done."""

    def __init__(self, msg_id: str) -> None:
        super().__init__("WeChat has this mass send already: errcode 45065.", errcode=ALREADY_SENT)
        self.msg_id = msg_id


class MassStatus(StrEnum):
    """How far a mass send has come, as WeChat spells it."""

    sending = "SENDING"
    sent = "SEND_SUCCESS"
    failed = "SEND_FAIL"
    deleted = "DELETE"


class MiniProgramPage(msgspec.Struct, frozen=True):
    """The page of a mini program that a message opens."""

    appid: str
    path: str


class DraftArticle(msgspec.Struct, frozen=True):
    """What an article of a draft says; `content` is HTML."""

    title: str = ""
    digest: str = ""
    content: str = ""


class _DraftFields(msgspec.Struct):
    news_item: tuple[DraftArticle, ...]


class _MassFields(msgspec.Struct):
    msg_id: Annotated[int, msgspec.Meta(ge=1)] | Annotated[str, msgspec.Meta(min_length=1)]


class _StatusFields(msgspec.Struct):
    msg_status: MassStatus


class SendingCalls(Calls):
    """The calls that write to people. `token`: the account's own."""

    def send_template_message(
        self, token: str, openid: str, template_id: str, data: Mapping[str, str], *, url: str, page: MiniProgramPage | None, key: str
    ) -> str | None:
        """A template message (模板消息) to a follower; WeChat's id of it. Repeated with its `key` within ten minutes it is sent once.

        100,000 a day. `page` wins over `url`, which is for clients that cannot open it.
        https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage
        """
        body = {"touser": openid, "template_id": template_id, "data": _values(data), "client_msg_id": key}
        there = {**_leads_to(page), **({"url": url} if url else {})}
        return _id_in(self._post("/cgi-bin/message/template/send", {**body, **there}, token=token))

    def send_subscription_notice(
        self, token: str, openid: str, template_id: str, data: Mapping[str, str], *, url: str, page: MiniProgramPage | None, key: str
    ) -> str | None:
        """A service account's notice to who subscribed to it (订阅通知), one for each yes; WeChat's id of it where it gives one.

        `key` goes along, but whether WeChat knows a repeat by it is said nowhere.
        https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendsubscribemsg
        """
        body = {"touser": openid, "template_id": template_id, "data": _values(data), "client_msg_id": key}
        there = {**_leads_to(page), **({"page": url} if url else {})}
        return _id_in(self._post("/cgi-bin/message/subscribe/bizsend", {**body, **there}, token=token))

    def send_subscribe_message(
        self, token: str, openid: str, template_id: str, data: Mapping[str, str], *, page: str, state: str
    ) -> str | None:
        """A mini program's subscribe message, one for each time the person accepted; WeChat's message id where it gives one.

        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
        """
        body: dict[str, Any] = {"touser": openid, "template_id": template_id, "miniprogram_state": state, "lang": "zh_CN"}
        body["data"] = _values(data)
        if page:
            body["page"] = page
        return _id_in(self._post("/cgi-bin/message/subscribe/send", body, token=token))

    def send_customer_message(self, token: str, openid: str, msgtype: str, content: dict[str, Any]) -> None:
        """A customer-service message: 5 within 48 hours of a person's message, 3 within a minute of a follow, click or scan. 500,000 a day.

        https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
        """
        self._post("/cgi-bin/message/custom/send", {"touser": openid, "msgtype": msgtype, msgtype: content}, token=token)

    def send_mass_to_openids(self, token: str, openids: Sequence[str], content: Mapping[str, Any], *, key: str) -> str:
        """One message to 2 to 10,000 followers of a service account (群发); the id of the job. 100 a day, 60 a minute.

        Taken is not sent: MASSSENDJOBFINISH tells. Everybody receives four a month. Repeated with its `key` within a day it is one send.
        https://developers.weixin.qq.com/doc/service/api/notify/message/api_masssend
        """
        return self._send_mass("/cgi-bin/message/mass/send", {"touser": list(openids), **content, "clientmsgid": key}, token=token)

    def send_mass_to_all(self, token: str, tag: int | None, content: Mapping[str, Any], *, key: str) -> str:
        """One message to all followers, or to those with a tag; the id of the job. As `send_mass_to_openids` else.

        https://developers.weixin.qq.com/doc/service/api/notify/message/api_sendall
        """
        to = {"is_to_all": True} if tag is None else {"is_to_all": False, "tag_id": tag}
        return self._send_mass("/cgi-bin/message/mass/sendall", {"filter": to, **content, "clientmsgid": key}, token=token)

    def preview_mass(self, token: str, content: Mapping[str, Any], *, openid: str = "", wechat_id: str = "") -> None:
        """Show a mass message to one follower before it is sent, by their openid or their WeChat id. 100 a day.

        https://developers.weixin.qq.com/doc/service/api/notify/message/api_preview
        """
        to = {"towxname": wechat_id} if wechat_id else {"touser": openid}
        self._post("/cgi-bin/message/mass/preview", {**to, **content}, token=token)

    def fetch_draft(self, token: str, media_id: str) -> tuple[DraftArticle, ...]:
        """The articles of a draft. 500 a day. 40007: there is none, or it was sent.

        https://developers.weixin.qq.com/doc/subscription/api/draftbox/draftmanage/api_getdraft
        """
        path = "/cgi-bin/draft/get"
        return read_answer(path, self._post(path, {"media_id": media_id}, token=token), _DraftFields).news_item

    def fetch_mass_status(self, token: str, msg_id: str) -> MassStatus:
        """How far a mass send has come. 40059: there is none of this id.

        https://developers.weixin.qq.com/doc/service/api/notify/message/api_massmsgget
        """
        path = "/cgi-bin/message/mass/get"
        return read_answer(path, self._post(path, {"msg_id": msg_id}, token=token), _StatusFields).msg_status

    def delete_mass(self, token: str, msg_id: str, article: int = 0) -> None:
        """Take articles or a video of a mass send away from who has them: `article` counts from 1, 0 is all. Texts stay: 40065.

        It takes them from every send of the same articles.
        https://developers.weixin.qq.com/doc/service/api/notify/message/api_deletemassmsg
        """
        self._post("/cgi-bin/message/mass/delete", {"msg_id": int(msg_id), "article_idx": article}, token=token)

    def _send_mass(self, path: str, body: dict[str, Any], *, token: str) -> str:
        try:
            return str(read_answer(path, self._post(path, body, token=token), _MassFields).msg_id)
        except AlreadySent as done:
            return done.msg_id


def _values(data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"value": value} for name, value in data.items()}


def _leads_to(page: MiniProgramPage | None) -> dict[str, Any]:
    return {} if page is None else {"miniprogram": {"appid": page.appid, "pagepath": page.path}}


def _id_in(answer: dict[str, Any]) -> str | None:
    return str(answer["msgid"]) if answer.get("msgid") else None
