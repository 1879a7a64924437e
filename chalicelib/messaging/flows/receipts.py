"""What the other side tells later: joined to the message it is of, or parked until we learn which one that is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.consent import flows as consent
from chalicelib.errors import Busy, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.messaging.flows.handing import hand_over_in_time
from chalicelib.messaging.rules import receipts as rules
from chalicelib.messaging.rules import states
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.tables import receipts as parked
from chalicelib.messaging.words import Message, Place, Receipt, Sealed, State
from chalicelib.wechat.messages import Inbound, MassJobFinished
from chalicelib.world import World

LOOKED_BACK = 25
"""So many of the latest messages to each identifier: a receipt comes within a day."""
AFTER_EVERY_ID = "~"
TRIES = 5


def hear(account: Account, message: Inbound, *, world: World, now: datetime) -> None:
    """The receipts in a callback, each joined to what it is of. Heard again, it changes nothing."""
    for receipt in rules.receipts_of(message):
        to = None if isinstance(message, MassJobFinished) else Identifier(IdentifierType.openid, message.from_user, account.name)
        hear_receipt(account, to, receipt, world=world, now=now)


def hear_receipt(account: Account, to: Identifier | None, receipt: Receipt, *, world: World, now: datetime) -> Message | None:
    """A receipt of something this account sent. One that comes before our own `accepted` is parked and joined by whoever keeps that.

    Each side writes before it looks: the one that comes second finds the other. One of no id that we know is of the only message whose
    answer gave none, or was lost. Nothing where it is of no message that we know; `Busy` while what was sent is not listed yet.
    """
    message = _pick(_list_latest(account, to, world=world, now=now), account, receipt)
    if message is None:
        parked.park(account.brand, account.name, receipt, now=now)
        latest = _list_latest(account, to, world=world, now=now)
        message = _pick(latest, account, receipt) or _find_nameless(latest, account, receipt, world=world, now=now)
        if message is None and to is not None and _one_is_not_listed(latest, account, to, receipt, world=world, now=now):
            raise Busy("A message that was sent just now is not listed yet; try again.")
    return None if message is None else _join(message, receipt, world=world, now=now)


def join_parked(message: Message, *, world: World, now: datetime) -> Message:
    """The message with the receipt of its last try, if that came before."""
    place = len(message.tried) - 1
    last = message.tried[place]
    if last.provider_id:
        receipt = parked.read_parked(message.brand, message.ways[last.step].account.partition(".")[2], last.provider_id)
    else:
        receipt = parked.read_beside(message.brand, message.id, last.step)
    if receipt is None:
        return message
    return _join(rules.known_by(message, place, receipt.provider_id), receipt, world=world, now=now)


def _list_latest(account: Account, to: Identifier | None, *, world: World, now: datetime) -> list[Message]:
    """The latest messages to the person with this identifier, of those that were due."""
    if to is None:
        return []
    try:
        person = identity.find_person(account.brand, to, world=world, now=now)
    except Missing:
        return []
    keys, due = identity.keys_of_person(account.brand, person), Place(now + rules.CLOCKS_DIFFER, AFTER_EVERY_ID)
    places = [each for key in keys for each in tables.list_places(account.brand, str(key), before=due, most=LOOKED_BACK)]
    latest = sorted(places, reverse=True)[:LOOKED_BACK]
    return list(tables.read_messages(account.brand, (place.id for place in latest)).values())


def _pick(messages: Iterable[Message], account: Account, receipt: Receipt) -> Message | None:
    """The message of this provider id."""
    return next((message for message in messages if _is_of(message, account, receipt)), None)


def _find_nameless(messages: Iterable[Message], account: Account, receipt: Receipt, *, world: World, now: datetime) -> Message | None:
    """The one message of no id that a receipt may be of, known by its id now; nothing where it may be of another one, too.

    Of one that is being sent the answer may still give an id: the receipt is left beside it.
    """
    found = [each for each in messages if _fits(each, account, receipt, world=world) is not None]
    if len(found) != 1:
        return None
    (message,) = found
    if message.state is State.sending:
        parked.park_beside(message.brand, message.id, message.step, receipt, now=now)
        message = tables.read_message(message.brand, message.id) or message
    place = _fits(message, account, receipt, world=world)
    return None if place is None or message.state is State.sending else rules.known_by(message, place, receipt.provider_id)


def _one_is_not_listed(latest: list[Message], account: Account, to: Identifier, receipt: Receipt, *, world: World, now: datetime) -> bool:
    """Was something sent that the receipt may be of, and that the index, which follows a moment later, does not list yet?"""
    if len(latest) == LOOKED_BACK:
        return False
    try:
        contact = consent.read_contact(identity.fold(account.brand, identity.key_of(account.brand, to, world=world, now=now)))
    except Missing:
        return False
    listed = {consent.short_of(message.known_as) for message in latest}
    return any(sent.message not in listed and rules.is_near(receipt, sent.channel, sent.at) for sent in contact.sends)


def _fits(message: Message, account: Account, receipt: Receipt, *, world: World) -> int | None:
    """Which try of a message, without an id, a receipt may be of."""
    place = rules.nameless_try(message, account.id, receipt)
    return place if place is not None and receipt.template in ("", _template_of(message, place, world=world)) else None


def _template_of(message: Message, place: int, *, world: World) -> str:
    """The template of one try."""
    sealed = msgspec.json.decode(world.keyring.decrypt(message.brand, message.sealed), type=Sealed)
    return str(getattr(sealed.steps[message.tried[place].step], "template_id", ""))


def _is_of(message: Message, account: Account, receipt: Receipt) -> bool:
    return any(each.provider_id == receipt.provider_id and message.ways[each.step].account == account.id for each in message.tried)


def _join(message: Message, receipt: Receipt, *, world: World, now: datetime) -> Message:
    """Forward only: a receipt that comes late or twice changes nothing, one of a way before is noted beside what came after."""
    for _ in range(TRIES):
        after = states.told(message, receipt, now=now)
        if after is message:
            return message
        if tables.save(after):
            if after.state is State.planned:
                hand_over_in_time(after, world=world, now=now)
            return after
        found = tables.read_message(message.brand, message.id)
        if found is None:
            return message
        if all(each.provider_id != receipt.provider_id for each in found.tried):
            break  # it was known by its time alone, and is not what it was: it is looked for anew
        message = found
    raise Busy("Too much happens to this message at once; try again.")
