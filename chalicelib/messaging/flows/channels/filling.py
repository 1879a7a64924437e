"""Messages of a template: keywords checked when one is ordered and right before it is sent, and an official account's way of sending."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from chalicelib.accounts.words import Account
from chalicelib.accounts.words.quotas import Api
from chalicelib.messaging.flows.channels import calling
from chalicelib.messaging.words import Accepted, Letter
from chalicelib.messaging.words.contents import MiniProgramLink, SubscribeMessage, SubscriptionNotice, TemplateMessage
from chalicelib.templates import flows as templates
from chalicelib.wechat.sending import MiniProgramPage
from chalicelib.world import World

Filled = TemplateMessage | SubscriptionNotice | SubscribeMessage


class Call(Protocol):
    """A call of the gateway that sends an official account's message of a template."""

    def __call__(
        self, token: str, openid: str, template_id: str, data: Mapping[str, str], *, url: str, page: MiniProgramPage | None, key: str
    ) -> str | None: ...


def fill(account: Account, content: Filled, *, place: str, world: World, now: datetime) -> dict[str, str]:
    """The values as WeChat takes them; `Invalid` names the keyword it would refuse."""
    return templates.check(account, content.template_id, content.data, content.too_long, place=place, world=world, now=now)


def make_ready(letter: Letter, content: Filled, api: Api, *, world: World, now: datetime) -> None:
    """All that can go wrong before the message is reserved."""
    fill(letter.account, content, place="$", world=world, now=now)
    calling.make_ready(letter, api, world=world, now=now)


def send(letter: Letter, content: TemplateMessage | SubscriptionNotice, api: Api, call: Call, *, world: World, now: datetime) -> Accepted:
    """Send an official account's message of a template, filled in as its template is now."""
    data, url, page = fill(letter.account, content, place="$", world=world, now=now), content.url or "", _page_of(content.mini_program)

    def send_it(token: str) -> str | None:
        return call(token, letter.endpoint, content.template_id, data, url=url, page=page, key=letter.key)

    return Accepted(calling.ask(letter.account, api, send_it, world=world, now=now) or "")


def _page_of(link: MiniProgramLink | None) -> MiniProgramPage | None:
    return None if link is None else MiniProgramPage(link.appid, link.path)
