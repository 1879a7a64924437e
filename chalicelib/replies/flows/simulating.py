"""What the rules would answer to a message that nobody has sent."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from chalicelib.accounts.words import Account
from chalicelib.replies.flows import publishing
from chalicelib.replies.flows.publishing import ReplyRules
from chalicelib.replies.rules.answering import fill_in
from chalicelib.replies.rules.choosing import choose_rule
from chalicelib.replies.rules.explaining import explain_losers
from chalicelib.replies.words.ready import Rule
from chalicelib.replies.words.simulating import Effects, Simulated, SimulationOrder, Told
from chalicelib.wechat.messages import Inbound, MenuClicked, QrScanned, Subscribed, TextMessage
from chalicelib.world import World


def simulate(account: Account, order: SimulationOrder, *, skip: int, most: int, world: World, now: datetime) -> Simulated:
    """The rule that would answer, chosen as the door chooses, and `most` of the others behind the first `skip`."""
    asked, at = _rules_asked(account, order, world=world, now=now), order.at or now
    message = imagine(order.message, at)
    winner = choose_rule(asked.index, message, at=at)
    losers = list(islice(explain_losers(asked.index, message, at=at), skip, skip + most + 1))
    return Simulated(
        account=account.id,
        version=asked.version,
        at=at,
        winner=None if winner is None else winner.name,
        answer=None if winner is None else _effects_of(winner),
        others=tuple(losers[:most]),
        cursor=str(skip + most) if len(losers) > most else None,
    )


def imagine(told: Told, at: datetime) -> Inbound:
    """The message WeChat would send of what somebody does."""
    if told.text:
        return TextMessage(to_account="", from_user="", created_at=at, msg_id="", content=told.text)
    if told.click:
        return MenuClicked(to_account="", from_user="", created_at=at, event_key=told.click)
    if told.follow:
        return Subscribed(to_account="", from_user="", created_at=at, event_key=f"qrscene_{told.qr}" if told.qr else "")
    return QrScanned(to_account="", from_user="", created_at=at, scene=told.qr)


def _rules_asked(account: Account, order: SimulationOrder, *, world: World, now: datetime) -> ReplyRules:
    if order.draft:
        return publishing.rules_of_draft(account, world=world, now=now)
    if order.version is not None:
        return publishing.find_version(account, order.version, world=world, now=now)
    return publishing.live_rules(account, world=world, now=now)


def _effects_of(rule: Rule) -> Effects:
    return Effects(
        text=fill_in(rule, rule.pages),
        image=rule.image,
        news=rule.news,
        card=rule.card,
        once=rule.once,
        tags=rule.tags,
        event=rule.event,
        hand_over=rule.hand_over,
    )
