"""Every send goes through here: planned, handed over when due, sent once, and the outcome kept."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from chalicelib import due
from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.words import Account
from chalicelib.aws.tables import TableError, code_of
from chalicelib.due import Due
from chalicelib.errors import Busy, Conflict, LiandongError, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.ids import digest
from chalicelib.messaging import rules, tables
from chalicelib.messaging.rules import Outcome
from chalicelib.messaging.words import (
    Channel,
    Content,
    CustomerCard,
    CustomerImage,
    CustomerText,
    Message,
    MessageShown,
    Place,
    Sealed,
    State,
    Step,
    SubscribeMessage,
)
from chalicelib.world import World

log = logging.getLogger("liandong.messaging")


class Handover(msgspec.Struct, frozen=True):
    """What the queue carries: which message, nothing of what it says."""

    brand: str
    message: str


class Letter(msgspec.Struct, frozen=True):
    """A message ready to go: from which account, to which openid, and what."""

    account: Account
    openid: str
    content: Content


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
    text = msgspec.json.encode(Sealed(to=to, content=content), order="deterministic").decode()
    message = Message(
        brand=account.brand,
        id=message_id,
        to=str(identity.key_of(account.brand, to, world=world, now=now)),
        account=account.id,
        channel=Channel.subscribe_message if isinstance(content, SubscribeMessage) else Channel.customer_service,
        state=State.planned,
        sealed=world.keyring.encrypt(account.brand, text, now=now),
        fingerprint=world.keyring.hash(account.brand, f"{account.id}:{not_before and not_before.timestamp()}:{text}", now=now),
        due_at=rules.due_at(not_before, now),
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
        _hand_over_at_once(message, world=world)
    return message


def show_message(brand: str, message_id: str) -> MessageShown:
    """A message with every step of its way."""
    message = tables.read_message(brand, message_id) if rules.is_message_id(message_id) else None
    if message is None:
        raise Missing(code="message_missing")
    return show(message)


def was_lost(brand: str, message_id: str) -> bool:
    """Is a message known never to have reached anybody?"""
    message = tables.read_message(brand, message_id)
    return message is not None and message.state in rules.LOST


def list_messages(brand: str, person: str, *, before: Place | None, most: int) -> tuple[list[MessageShown], Place | None]:
    """Messages to a person, the latest due first, and where earlier ones begin.

    They are listed of each identifier the person has now: what was said to somebody stays with the identifier it was said to.
    """
    keys = identity.keys_of_person(brand, person)
    places = sorted((place for key in keys for place in tables.list_places(brand, str(key), before=before, most=most + 1)), reverse=True)
    page = places[:most]
    kept = tables.read_messages(brand, (place.id for place in page))
    return [show(kept[place.id]) for place in page if place.id in kept], page[-1] if len(places) > most else None


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
    """Hand every message that is due to the queue; how many is the answer.

    Two runs at once do no harm: each message is claimed before it is sent.
    """
    return due.sweep(tables.DUE, lambda found: _hand_over(found, world=world), now=now)


def send_message(handover: Handover, *, world: World, now: datetime) -> None:
    """Send one message, unless it was sent, is too late, or may have been sent already. `Busy` asks the queue to bring it again."""
    message = tables.read_message(handover.brand, handover.message)
    if message is None:
        raise LookupError("The queue names a message that was never planned")
    if message.state is State.planned:
        _send_planned(message, world=world, now=now)
    elif rules.is_abandoned(message, now):
        tables.settle(message, State.unknown, "the sender did not come back", provider_id=None, now=now)
    elif message.state is State.sending:
        raise Busy("Somebody is sending this message right now.")


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


def _hand_over(found: list[Due], *, world: World) -> int:
    """First the queue, then the row goes: a crash between the two hands it over twice, never not at all."""
    bodies = [msgspec.json.encode(Handover(each.brand, each.id)).decode() for each in found]
    refused = set(world.queues.send_all("outbox", bodies))
    taken = [each for place, each in enumerate(found) if place not in refused]
    tables.DUE.drop(taken)
    return len(taken)


def _hand_over_at_once(message: Message, *, world: World) -> None:
    """The message is kept, whatever happens here: what goes wrong is made good by the next sweep."""
    try:
        _hand_over([tables.due_of(message)], world=world)
    except TableError as error:
        log.warning("the due row of message %s stays and will be swept: %s", message.id, code_of(error) or "no answer")


def _send_planned(message: Message, *, world: World, now: datetime) -> None:
    letter = _prepare(message, world=world, now=now)
    if isinstance(letter, Outcome):
        outcome = letter
        tables.settle(message, outcome.state, outcome.why, provider_id=None, now=now)
    else:
        outcome = _claim_and_dispatch(message, letter, world=world, now=now)
    if outcome.state is State.planned:
        raise Busy("WeChat is busy: the message waits for another try.")


def _prepare(message: Message, *, world: World, now: datetime) -> Letter | Outcome:
    """All that can go wrong before the send, so that the message is known not to have been sent; a token is had, too."""
    if rules.is_too_late(message, now):
        return Outcome(State.skipped, "too late")
    try:
        account = register.find_account(message.account, world=world, now=now)
        sealed = msgspec.json.decode(world.keyring.decrypt(message.brand, message.sealed), type=Sealed)
        openid = _openid_at(account, sealed.to, world=world, now=now)
        if openid is None:
            return Outcome(State.skipped, "the person has no openid at this account")
    except LiandongError as error:
        return rules.outcome_unsent(error, message.attempts + 1)
    try:
        tokens.fetch_token(account, world=world, now=now)
    except LiandongError as error:
        return rules.outcome_without_token(error, message.attempts + 1)
    return Letter(account, openid, sealed.content)


def _claim_and_dispatch(message: Message, letter: Letter, *, world: World, now: datetime) -> Outcome:
    """Claimed at the last moment: what ends between here and the outcome is never sent again."""
    claimed = tables.claim(message, world.new_id(), lease_until=now + rules.LEASE, now=now)
    if claimed is None:
        raise Busy("Somebody is sending this message right now.")
    outcome, provider_id = _dispatch(claimed, letter, world=world, now=now)
    tables.settle(claimed, outcome.state, outcome.why, provider_id=provider_id, now=now)
    return outcome


def _dispatch(message: Message, letter: Letter, *, world: World, now: datetime) -> tuple[Outcome, str | None]:
    def send(token: str) -> str | None:
        return _send(token, letter.openid, letter.content, world=world)

    try:
        provider_id = tokens.with_token(letter.account, send, world=world, now=now)
    except LiandongError as error:
        return rules.outcome_of(error, message.attempts), None
    except TableError:
        # Tables are only asked for the token: before WeChat is called, or after it refused an old one.
        return rules.outcome_unsent(Busy(), message.attempts), None
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
        case CustomerText():
            world.wechat.send_customer_message(token, openid, "text", {"content": content.text})
        case CustomerImage():
            world.wechat.send_customer_message(token, openid, "image", {"media_id": content.media_id})
    return None
