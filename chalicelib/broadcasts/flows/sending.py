"""A part of a broadcast sent: each person through the outbox, within the minute's share, until somebody says stop."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from chalicelib.broadcasts import rules
from chalicelib.broadcasts.flows import handing, laying, reading
from chalicelib.broadcasts.tables import broadcasts as tables
from chalicelib.broadcasts.tables import parts
from chalicelib.broadcasts.words import Broadcast, Entry, Errand, Part, State
from chalicelib.broadcasts.words.orders import Content
from chalicelib.errors import Busy, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import OF_AN_ACCOUNT, Identifier
from chalicelib.messaging import flows as messaging
from chalicelib.messaging.flows.channels import CHANNELS
from chalicelib.messaging.flows.planning import channel_of
from chalicelib.messaging.rules.states import TAKEN
from chalicelib.messaging.words import Gate, Message
from chalicelib.messaging.words import State as Sent
from chalicelib.messaging.words.orders import Quiet
from chalicelib.patience import step_aside
from chalicelib.world import World

log = logging.getLogger("liandong.broadcasts")
RUN_FOR = timedelta(seconds=35)
"""Nobody is begun with later than this: the function has a minute."""
COSTS_A_TURN = TAKEN | {Sent.unknown, Sent.failed, Sent.sending}
AT_ONCE = 8
TRIES = 5
LONGEST_PAUSE_S = 0.2
REFUSED = "content_refused"
"""Why a broadcast is paused that today's rules of content would not take."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Where a part's turn ended: the part as it is then, and when it goes on; nothing where it does not by itself."""

    part: Part
    again_at: datetime | None


class Outcome(msgspec.Struct, frozen=True):
    """What became of one, why, and until when the account takes no more."""

    state: str
    why: str = ""
    until: datetime | None = None


def work(errand: Errand, *, world: World, now: datetime) -> None:
    """Read on whom a broadcast is for, or send one of its parts. Done twice, everybody is still written to once.

    What it says is read before by the rules of this moment: days may lie between its order and its last part.
    """
    broadcast = tables.read_broadcast(errand.brand, errand.broadcast)
    if broadcast is None:
        log.warning("broadcast %s of %s was never kept: whoever started it got no answer", errand.broadcast, errand.brand)
    elif rules.state_of(broadcast) is State.running and reading.is_refused(broadcast, world=world, now=now):
        log.warning("a rule of content stands in the way of broadcast %s of %s", broadcast.id, broadcast.brand)
        laying.pause(broadcast, REFUSED, now=now)
    elif errand.part is None:
        laying.read_on(broadcast, world=world, now=now)
    else:
        _send_part(broadcast, errand, errand.part, world=world, now=now)


def _send_part(broadcast: Broadcast, errand: Errand, number: int, *, world: World, now: datetime) -> None:
    if broadcast.state is not State.running:
        return None
    if broadcast.waits_until is not None and broadcast.waits_until > now:
        return handing.hand_over_at(errand, broadcast.waits_until, world=world, now=now)
    part = parts.read_part(broadcast.brand, broadcast.id, number)
    people = parts.read_people(broadcast.brand, broadcast.id, number, broadcast.fingerprint)
    if part is None or people is None or not part.left:
        return None
    entries = msgspec.json.decode(world.keyring.decrypt(broadcast.brand, people), type=tuple[Entry, ...])
    turn = _take_turn(broadcast, part, entries, world=world, began=now)
    kept = turn.part is part or _keep(broadcast, turn.part, world=world, now=now)
    if kept and turn.again_at is not None and turn.part.left:
        handing.hand_over_at(errand, turn.again_at, world=world, now=world.now())
    return None


def _take_turn(broadcast: Broadcast, part: Part, entries: Sequence[Entry], *, world: World, began: datetime) -> Turn:
    """A few at once, as long as the time, the minute, the account's quota and whoever started it allow."""
    content = laying.open_sealed(broadcast, world=world).content
    waiting, later, share = part.left, False, 0
    while waiting:
        now = world.now()
        if now - began >= RUN_FOR:
            return Turn(part=part, again_at=now)
        if messaging.find_gate(broadcast.brand, broadcast.id, world=world, now=now) is not Gate.open:
            return Turn(part=part, again_at=rules.next_minute(now))  # it may run again, and this container not know yet
        share = share or _take_share(broadcast, min(rules.BLOCK, len(part.left)), now=now)
        if not share:
            return Turn(part=part, again_at=rules.next_minute(now))
        group, waiting = waiting[: min(AT_ONCE, share)], waiting[min(AT_ONCE, share) :]
        outcomes = world.together([partial(_try_one, broadcast, content, entries[place], world=world) for place in group])
        for place, outcome in zip(group, outcomes, strict=True):
            if outcome is not None:
                part = _without(part, place, rules.word_of(outcome.state, outcome.why))
                share -= outcome.state in COSTS_A_TURN
        until = _wait_for_account(broadcast, outcomes)
        if until is not None:
            return Turn(part=part, again_at=until)
        later = later or None in outcomes
    return Turn(part=part, again_at=rules.next_minute(world.now()) if later else None)


def _try_one(broadcast: Broadcast, content: Content, entry: Entry, *, world: World) -> Outcome | None:
    """What becomes of one; nothing where somebody else is in the way."""
    try:
        return _send_to(broadcast, content, entry, world=world, now=world.now())
    except Busy:
        return None


def _wait_for_account(broadcast: Broadcast, outcomes: Sequence[Outcome | None]) -> datetime | None:
    """Have all of the broadcast wait, where the account takes no more of it now, and until when that is."""
    for outcome in outcomes:
        if outcome is not None and outcome.until is not None:
            tables.wait(broadcast, outcome.until, outcome.why)
            return outcome.until
    return None


def _take_share(broadcast: Broadcast, wanted: int, *, now: datetime) -> int:
    return parts.take_from_minute(broadcast.brand, broadcast.id, wanted, most=broadcast.per_minute, now=now)


def _send_to(broadcast: Broadcast, content: Content, entry: Entry, *, world: World, now: datetime) -> Outcome:
    cause = cause_of(broadcast.brand, entry, world=world, now=now)
    if rules.is_held_out(broadcast.id, cause, content.holdout):
        return Outcome(rules.HELD_OUT)
    try:
        to = address(broadcast.brand, entry, content, world=world)
    except Missing:
        return Outcome(Sent.skipped_no_endpoint.value, "no_person")
    message = messaging.send_directly(broadcast.brand, to, _plan(broadcast, content, cause), world=world, now=now)
    return Outcome(message.state.value, "" if message.state in TAKEN else message.why, _stopped_until(message))


def address(brand: str, entry: Entry, content: Content, *, world: World) -> Identifier:
    """By which identifier somebody is written to. `Missing` where a person has none any more."""
    if entry.identifier_type is not None:
        return Identifier(entry.identifier_type, entry.value, entry.account)
    ways = [(CHANNELS[channel_of(step)].KIND.endpoint, step.account.partition(".")[2]) for step in content.channels]
    wanted = [(type, account if type in OF_AN_ACCOUNT else "") for type, account in ways]
    key = rules.best_key(identity.keys_of_person(brand, entry.value), wanted)
    if key is None:
        raise Missing(code="person_missing")
    return identity.reveal_identifier(brand, key, world=world)


def cause_of(brand: str, entry: Entry, *, world: World, now: datetime) -> str:
    """Who is meant, without a value that anybody could guess."""
    if entry.identifier_type is None:
        return entry.value
    return str(identity.key_of(brand, Identifier(entry.identifier_type, entry.value, entry.account), world=world, now=now))


def message_id(broadcast: Broadcast, cause: str) -> str:
    """The message of one of those a broadcast is for: the same one, however often their part is sent."""
    return messaging.caused_id(broadcast.brand, "broadcast", broadcast.id, cause)


def _plan(broadcast: Broadcast, content: Content, cause: str) -> messaging.Plan:
    return messaging.Plan(
        id=message_id(broadcast, cause),
        purpose=content.purpose,
        topic=content.topic or "",
        priority=content.priority,
        steps=content.channels,
        expires_at=content.expires_at,
        hold=content.quiet is Quiet.hold,
        group=broadcast.id,
    )


def _stopped_until(message: Message) -> datetime | None:
    """Until when the account takes no more, where that is why this message waits."""
    return message.next_at if message.state is Sent.planned and message.why == "channel_stopped" else None


def _without(part: Part, place: int, word: str) -> Part:
    left = tuple(each for each in part.left if each != place)
    return msgspec.structs.replace(part, left=left, counts=rules.count(part.counts, word))


def _keep(broadcast: Broadcast, part: Part, *, world: World, now: datetime) -> bool:
    """Keep how far a part is, unless somebody else has: then what they have counted holds. `Busy` while others count."""
    further = msgspec.structs.replace(part, version=part.version + 1)
    for _ in range(TRIES):
        if parts.keep_part(broadcast.brand, broadcast.id, further, now=now):
            return True
        found = parts.read_part(broadcast.brand, broadcast.id, part.number)
        if found is None or found.version != part.version:
            return False
        step_aside(world, LONGEST_PAUSE_S)
    raise Busy("Too many parts of this broadcast end at once; try again.")
