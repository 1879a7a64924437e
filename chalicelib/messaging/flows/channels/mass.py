"""A mass send (群发) of an official account: one call for many people, of which a receipt tells later how many it reached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib.accounts.flows import quotas, tokens
from chalicelib.accounts.words import Account
from chalicelib.accounts.words.quotas import Api, Priority
from chalicelib.messaging.flows.channels import calling
from chalicelib.messaging.rules import masses
from chalicelib.messaging.words.masses import AnyAudience, AnyMass, Everybody, Tagged, These
from chalicelib.wechat.sending import DraftArticle, MassStatus
from chalicelib.world import World


def make_ready(account: Account, audience: AnyAudience, *, world: World, now: datetime) -> None:
    """A token is had, and the call counted, before anything may be sent. `QuotaSpent` when the day has no more calls."""
    tokens.fetch_token(account, world=world, now=now)
    quotas.take(account, _api_of(audience), priority=Priority.marketing, world=world, now=now)


def send(
    account: Account,
    audience: AnyAudience,
    content: AnyMass,
    *,
    key: str,
    confirm: Callable[[], AnyAudience] | None = None,
    world: World,
    now: datetime,
) -> str:
    """Have WeChat send it; the id of the job, which the receipt (MASSSENDJOBFINISH) names too.

    `confirm`: says right before the call, with the token in hand, whom it goes to by then; what it raises comes back.

    `key`: at most 32 bytes. WeChat knows a repeat by it for a day and answers with the job there is, so that a lost answer (`Unknown`) is
    asked for again a minute later. Raises `QuotaSpent` when WeChat says so of the day, `Declined` with 45028 when the month has none.
    """
    assert len(key.encode()) <= masses.LONGEST_KEY
    body = masses.write(content)

    def call(token: str) -> str:
        match audience if confirm is None else confirm():
            case These(openids=openids):
                return world.wechat.send_mass_to_openids(token, openids, body, key=key)
            case Tagged(tag=tag):
                return world.wechat.send_mass_to_all(token, tag, body, key=key)
            case Everybody():
                return world.wechat.send_mass_to_all(token, None, body, key=key)

    return calling.ask(account, _api_of(audience), call, world=world, now=now)


def preview(account: Account, content: AnyMass, *, openid: str = "", wechat_id: str = "", world: World, now: datetime) -> None:
    """Show it to one follower before it is sent, by their openid or their WeChat id."""
    body = masses.write(content)
    tokens.with_token(
        account, lambda token: world.wechat.preview_mass(token, body, openid=openid, wechat_id=wechat_id), world=world, now=now
    )


def read_draft(account: Account, media_id: str, *, world: World, now: datetime) -> tuple[DraftArticle, ...]:
    """What the articles of a draft say. `Declined` with 40007 where there is none."""
    return tokens.with_token(account, lambda token: world.wechat.fetch_draft(token, media_id), world=world, now=now)


def find_status(account: Account, msg_id: str, *, world: World, now: datetime) -> MassStatus:
    """How far a mass send has come."""
    return tokens.with_token(account, lambda token: world.wechat.fetch_mass_status(token, msg_id), world=world, now=now)


def take_back(account: Account, msg_id: str, *, article: int = 0, world: World, now: datetime) -> None:
    """Take articles or a video away from who has them; `article` counts from 1, 0 is all."""
    tokens.with_token(account, lambda token: world.wechat.delete_mass(token, msg_id, article), world=world, now=now)


def _api_of(audience: AnyAudience) -> Api:
    return Api.mass_send if isinstance(audience, These) else Api.mass_send_all
