"""An official account's template message (模板消息): to who follows it, about what they are waiting for."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.accounts.words import Account
from chalicelib.accounts.words import Kind as AccountKind
from chalicelib.accounts.words.quotas import Api
from chalicelib.consent.words import Purpose
from chalicelib.errors import Invalid
from chalicelib.identity.words import IdentifierType
from chalicelib.messaging.flows.channels import calling
from chalicelib.messaging.flows.channels.filling import fill
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep, MiniProgramLink, TemplateMessage
from chalicelib.wechat.sending import MiniProgramPage
from chalicelib.world import World

KIND = Kind(endpoint=IdentifierType.openid, receipts=True, remembers=timedelta(minutes=10))


def check(account: Account, content: AnyStep, purpose: Purpose, *, place: str, world: World, now: datetime) -> None:
    """`Invalid` for what this account never sends."""
    assert isinstance(content, TemplateMessage)
    if account.kind is not AccountKind.official_account:
        raise Invalid(f"Template messages are sent by official accounts - at `{place}.account`.")
    if purpose is Purpose.marketing:
        raise Invalid(f"WeChat allows no marketing in template messages - at `{place}.channel`.")
    fill(account, content, place=place, world=world, now=now)


def ready(letter: Letter, *, world: World, now: datetime) -> None:
    """All that can go wrong before the message is reserved."""
    assert isinstance(letter.content, TemplateMessage)
    fill(letter.account, letter.content, place="$", world=world, now=now)
    calling.make_ready(letter, Api.template_message, world=world, now=now)


def send(letter: Letter, *, world: World, now: datetime) -> Accepted:
    """Send it by WeChat, which knows a repeat by its key for ten minutes."""
    content = letter.content
    assert isinstance(content, TemplateMessage)
    data = fill(letter.account, content, place="$", world=world, now=now)

    def call(token: str) -> str | None:
        return world.wechat.send_template_message(
            token,
            letter.endpoint,
            content.template_id,
            data,
            url=content.url or "",
            page=page_of(content.mini_program),
            key=letter.key,
        )

    return Accepted(calling.ask(letter.account, Api.template_message, call, world=world, now=now) or "")


def page_of(link: MiniProgramLink | None) -> MiniProgramPage | None:
    """What a message opens, in the gateway's words."""
    return None if link is None else MiniProgramPage(link.appid, link.path)
