"""Events: what became of messages, publications and leaves to send.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct, field

from chalicelib.wechat.messages.inbound import Inbound


class TemplateJobFinished(Inbound, frozen=True, kw_only=True):
    """What became of a template message: `success`, `failed:user block` or `failed: system failed`."""

    KIND: ClassVar[str] = "event.templatesendjobfinish"

    msg_id: str = field(name="MsgID")
    status: str = field(name="Status")


class Copyright(Struct, frozen=True):
    """WeChat's check of one article: `declared` 0 nothing, 1 original, 2 reprint; `audit` 11 passed."""

    article_index: int = field(name="ArticleIdx")
    declared: int = field(name="UserDeclareState", default=0)
    audit: int = field(name="AuditState", default=0)
    original_url: str = field(name="OriginalArticleUrl", default="")


class CopyrightCheck(Struct, frozen=True):
    """WeChat's check of a mass message: `state` 1 no reprint, 2 a reprint that may be sent, 3 one that may not."""

    state: int = field(name="CheckState", default=0)
    list: tuple[Copyright, ...] = field(name="ResultList", default=())


class ArticleAddress(Struct, frozen=True):
    """Where an article of a mass message is read."""

    article_index: int = field(name="ArticleIdx")
    url: str = field(name="ArticleUrl", default="")


class ArticleAddresses(Struct, frozen=True):
    """The addresses of a mass message's articles."""

    list: tuple[ArticleAddress, ...] = field(name="ResultList", default=())


class MassJobFinished(Inbound, frozen=True, kw_only=True):
    """What became of a mass message: `send success`, `send fail` or `err(N)`; the counts are near, not exact."""

    KIND: ClassVar[str] = "event.masssendjobfinish"

    msg_id: str = field(name="MsgID")
    status: str = field(name="Status")
    total_count: int = field(name="TotalCount", default=0)
    filtered_count: int = field(name="FilterCount", default=0)
    sent_count: int = field(name="SentCount", default=0)
    error_count: int = field(name="ErrorCount", default=0)
    copyright: CopyrightCheck = field(name="CopyrightCheckResult", default=CopyrightCheck())
    articles: ArticleAddresses = field(name="ArticleUrlResult", default=ArticleAddresses())


class PublishedArticle(Struct, frozen=True):
    """One article of a publication and where it is read."""

    index: int = field(name="idx")
    url: str = field(name="article_url", default="")


class PublishedArticles(Struct, frozen=True):
    """The articles of a publication."""

    list: tuple[PublishedArticle, ...] = field(name="item", default=())


class Publication(Struct, frozen=True):
    """The outcome: `status` 0 done, 1 going on, 2 not original, 3 failed, 4 refused, 5 deleted by us, 6 banned; `failed` counts from 1."""

    publish_id: str = field(name="publish_id")
    status: int = field(name="publish_status")
    article_id: str = field(name="article_id", default="")
    articles: PublishedArticles = field(name="article_detail", default=PublishedArticles())
    failed: tuple[int, ...] = field(name="fail_idx", default=())


class PublishJobFinished(Inbound, frozen=True, kw_only=True):
    """What became of a publication."""

    KIND: ClassVar[str] = "event.publishjobfinish"

    publication: Publication = field(name="PublishEventInfo")


class TemplateAnswer(Struct, frozen=True):
    """A user's answer for one template: `accept` or `reject`; where the popup was is missing for changes in the settings."""

    template_id: str = field(name="TemplateId")
    status: str = field(name="SubscribeStatusString")
    popup_scene: int | None = field(name="PopupScene", default=None)


class SubscribeMessageAnswered(Inbound, frozen=True, kw_only=True):
    """The user's answers in the subscribe-message popup."""

    KIND: ClassVar[str] = "event.subscribe_msg_popup_event"

    answers: tuple[TemplateAnswer, ...] = field(name="List")


class SubscribeMessageChanged(Inbound, frozen=True, kw_only=True):
    """The user's changes in the settings; WeChat tells of refusals only."""

    KIND: ClassVar[str] = "event.subscribe_msg_change_event"

    answers: tuple[TemplateAnswer, ...] = field(name="List")


class TemplateOutcome(Struct, frozen=True):
    """What became of one subscribe message; `error_code` 0 is delivered."""

    template_id: str = field(name="TemplateId")
    msg_id: str = field(name="MsgID")
    error_code: int = field(name="ErrorCode", default=0)
    error_status: str = field(name="ErrorStatus", default="")


class SubscribeMessageSent(Inbound, frozen=True, kw_only=True):
    """What became of subscribe messages."""

    KIND: ClassVar[str] = "event.subscribe_msg_sent_event"

    outcomes: tuple[TemplateOutcome, ...] = field(name="List")


OUTCOMES: tuple[type[Inbound], ...] = (
    TemplateJobFinished,
    MassJobFinished,
    PublishJobFinished,
    SubscribeMessageAnswered,
    SubscribeMessageChanged,
    SubscribeMessageSent,
)
