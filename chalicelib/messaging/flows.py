"""Every send goes through here: planned, handed over when due, sent once, and the outcome kept."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.words import Account
from chalicelib.errors import Busy, Conflict, LiandongError, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.ids import digest
from chalicelib.messaging import rules, tables
from chalicelib.messaging.rules import Outcome
from chalicelib.messaging.tables import Due
from chalicelib.messaging.words import Channel, Content, CustomerCard, Message, MessageShown, Sealed, State, Step, SubscribeMessage
from chalicelib.world import World

PAGE = 500


class Handover(msgspec.Struct, frozen=True):
    """What the queue carries: which message, nothing of what it says."""

    brand: str
    message: str


def plan_message(
    account: Account,
    to: Identifier,
    content: Content,
    *,
    message_id: str,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    world: World,
    now: datetime,
) -> Message:
    """Keep a message until it is due. The same id with the same content is one message; with another content it is refused."""
    text = msgspec.json.encode(Sealed(to=to, content=content)).decode()
    message = Message(
        brand=account.brand,
        id=message_id,
        account=account.id,
        channel=Channel.subscribe_message if isinstance(content, SubscribeMessage) else Channel.customer_service,
        state=State.planned,
        sealed=world.keyring.encrypt(account.brand, text, now=now),
        fingerprint=world.keyring.hash(account.brand, f"{account.id}:{not_before and not_before.timestamp()}:{text}", now=now),
        due_at=now if not_before is None else max(not_before, now),
        not_after=not_after,
        attempts=0,
        lease_until=None,
        outcome="",
        provider_id=None,
        trace=((now.isoformat(), State.planned.value),),
    )
    if not tables.plan(message):
        return _same_again(message)
    if message.due_at <= now:
        _hand_over([tables.due_of(message)], world=world)  # if the queue refuses, the next sweep hands it over
    return message


def show_message(brand: str, message_id: str) -> MessageShown:
    """A message with every step of its way."""
    message = tables.read_message(brand, message_id)
    if message is None:
        raise Missing(code="message_missing")
    return show(message)


def show(message: Message) -> MessageShown:
    return MessageShown(
        id=message.id,
        account=message.account,
        channel=message.channel,
        state=message.state,
        due_at=message.due_at,
        outcome=message.outcome,
        provider_id=message.provider_id,
        trace=tuple(Step(at=datetime.fromisoformat(at), what=what) for at, what in message.trace),
    )


def send_due(*, world: World, now: datetime) -> int:
    """Hand every message that is due to the queue; how many is the answer. Two runs at once do no harm: each message is claimed before it is sent."""
    watermark, handed_over, left_behind = tables.read_watermark(), 0, False
    for minute in rules.minutes_to_sweep(watermark, now):
        for shard in range(rules.SHARDS):
            while due := tables.list_due(minute, shard, until=now, most=PAGE):
                taken = _hand_over(due, world=world)
                handed_over += taken
                if taken < len(due):
                    left_behind = True
                    break
        if not left_behind:
            watermark = minute
    if watermark is not None:
        tables.move_watermark(rules.next_watermark(watermark, now))
    return handed_over


def send_message(handover: Handover, *, world: World, now: datetime) -> None:
    """Send one message, unless it was sent, is too late, or may have been sent already. `Busy` asks the queue to bring it again."""
    message = tables.read_message(handover.brand, handover.message)
    if message is None:
        raise LookupError("The queue names a message that was never planned")
    if rules.is_abandoned(message, now):
        tables.settle(message, State.unknown, "the sender did not come back", provider_id=None, now=now)
        return
    if message.state is State.sending:
        raise Busy("Somebody is sending this message right now.")
    if message.state is not State.planned:
        return
    if rules.is_too_late(message, now):
        tables.settle(message, State.skipped, "too late", provider_id=None, now=now)
        return
    claimed = tables.claim(message, lease_until=now + rules.LEASE, now=now)
    if claimed is None:
        raise Busy("Somebody is sending this message right now.")
    outcome, provider_id = _dispatch(claimed, world=world, now=now)
    tables.settle(claimed, outcome.state, outcome.why, provider_id=provider_id, now=now)
    if outcome.state is State.planned:
        raise Busy("WeChat is busy: the message waits for another try.")


def caused_id(brand: str, *parts: str) -> str:
    """A message's id from what caused it, so that the same cause never sends twice."""
    return digest(brand, "cause", *parts)


def ordered_id(brand: str, idempotency_key: str | None, *, world: World) -> str:
    """A message's id from the caller's Idempotency-Key, or a new one."""
    return world.new_id() if idempotency_key is None else digest(brand, "ordered", idempotency_key)


def _same_again(message: Message) -> Message:
    old = tables.read_message(message.brand, message.id)
    if old is None:
        raise Busy("This message is being planned right now; try again.")
    if old.fingerprint != message.fingerprint:
        raise Conflict(code="idempotency_conflict")
    return old


def _hand_over(due: list[Due], *, world: World) -> int:
    """First the queue, then the row goes: a crash between the two hands it over twice, never not at all."""
    bodies = [msgspec.json.encode(Handover(each.brand, each.message_id)).decode() for each in due]
    refused = set(world.queues.send_all("outbox", bodies))
    taken = [each for place, each in enumerate(due) if place not in refused]
    tables.drop_due(taken)
    return len(taken)


def _dispatch(message: Message, *, world: World, now: datetime) -> tuple[Outcome, str | None]:
    try:
        account = register.find_account(message.account, world=world, now=now)
        sealed = msgspec.json.decode(world.keyring.decrypt(message.brand, message.sealed), type=Sealed)
        openid = _openid_at(account, sealed.to, world=world, now=now)
        if openid is None:
            return Outcome(State.skipped, "the person has no openid at this account"), None
        provider_id = tokens.with_token(account, lambda token: _send(token, openid, sealed.content, world=world), world=world, now=now)
    except LiandongError as error:
        return rules.outcome_of(error, message.attempts), None
    return Outcome(State.accepted), provider_id


def _openid_at(account: Account, to: Identifier, *, world: World, now: datetime) -> str | None:
    if to.type is IdentifierType.openid and to.account == account.name:
        return to.value
    person = identity.find_person(account.brand, to, world=world, now=now)
    return identity.find_openid(account.brand, person, account.name, world=world)


def _send(token: str, openid: str, content: Content, *, world: World) -> str | None:
    match content:
        case SubscribeMessage():
            return world.wechat.send_subscribe_message(
                token, openid, content.template_id, content.data, page=content.page, state=content.state
            )
        case CustomerCard():
            card = {"title": content.title, "appid": content.appid, "pagepath": content.path, "thumb_media_id": content.thumb_media_id}
            world.wechat.send_customer_message(token, openid, "miniprogrampage", card)
            return None
