"""What the other side tells later: joined to the message it is of, or parked until we learn which one that is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.errors import Busy, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.messaging.flows.handing import hand_over_in_time
from chalicelib.messaging.rules import receipts as rules
from chalicelib.messaging.rules import states
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.tables import receipts as parked
from chalicelib.messaging.words import Message, Receipt, Sealed, State
from chalicelib.wechat.messages import Inbound
from chalicelib.world import World

LOOKED_BACK = 25
"""So many of the latest messages to each identifier: a receipt comes within a day."""
TRIES = 5


def hear(account: Account, message: Inbound, *, world: World, now: datetime) -> None:
    """The receipts in a callback, each joined to what it is of. Heard again, it changes nothing."""
    for receipt in rules.receipts_of(message):
        to = Identifier(IdentifierType.openid, message.from_user, account.name)
        hear_receipt(account, to, receipt, world=world, now=now)


def hear_receipt(account: Account, to: Identifier, receipt: Receipt, *, world: World, now: datetime) -> Message | None:
    """A receipt of something this account sent. One that comes before our own `accepted` is parked and joined by whoever keeps that.

    Each side writes before it looks: the one that comes second finds the other. One of no id that we know tells what became of a message
    whose answer was lost, where it can be of no other. Nothing where it is of no message that we know.
    """
    message = _pick(_list_latest(account, to, world=world, now=now), account, receipt)
    if message is None:
        parked.park(account.brand, account.name, receipt, now=now)
        latest = _list_latest(account, to, world=world, now=now)
        message = _pick(latest, account, receipt) or _only_unknown(latest, account, receipt, world=world)
    return None if message is None else _join(message, receipt, world=world, now=now)


def join_parked(message: Message, *, world: World, now: datetime) -> Message:
    """The message with the receipt of its last try, if that came before."""
    last = message.tried[-1]
    if not last.provider_id:
        return message
    receipt = parked.read_parked(message.brand, message.ways[last.step].account.partition(".")[2], last.provider_id)
    return message if receipt is None else _join(message, receipt, world=world, now=now)


def _list_latest(account: Account, to: Identifier, *, world: World, now: datetime) -> list[Message]:
    """The latest messages to the person with this identifier."""
    try:
        person = identity.find_person(account.brand, to, world=world, now=now)
    except Missing:
        return []
    keys = identity.keys_of_person(account.brand, person)
    places = [each for key in keys for each in tables.list_places(account.brand, str(key), before=None, most=LOOKED_BACK)]
    latest = sorted(places, reverse=True)[:LOOKED_BACK]
    return list(tables.read_messages(account.brand, (place.id for place in latest)).values())


def _pick(messages: Iterable[Message], account: Account, receipt: Receipt) -> Message | None:
    """The message of this provider id."""
    return next((message for message in messages if _is_of(message, account, receipt)), None)


def _only_unknown(messages: Iterable[Message], account: Account, receipt: Receipt, *, world: World) -> Message | None:
    """The message of unknown outcome that this is told of; nothing where it may be of another one, too."""
    found = [each for each in messages if rules.may_be_of(each, account.id, receipt)]
    found = [each for each in found if receipt.template in ("", _template_of(each, world=world))]
    if len(found) != 1 or found[0].state is not State.unknown:
        return None
    return rules.known_by(found[0], receipt.provider_id)


def _template_of(message: Message, *, world: World) -> str:
    """The template of a message's last try."""
    sealed = msgspec.json.decode(world.keyring.decrypt(message.brand, message.sealed), type=Sealed)
    return str(getattr(sealed.steps[message.tried[-1].step], "template_id", ""))


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
        if found is None or all(each.provider_id != receipt.provider_id for each in found.tried):
            return message
        message = found
    raise Busy("Too much happens to this message at once; try again.")
