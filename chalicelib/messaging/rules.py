"""When a message is due, and what an answer of WeChat means for it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.due import whole_second
from chalicelib.errors import Busy, Declined, Invalid, LiandongError, Unknown
from chalicelib.messaging.words import Message, Place, State

FURTHEST = timedelta(days=366)
TRIES = 5
LEASE = timedelta(seconds=60)
LOST = frozenset({State.failed, State.skipped})
LONGEST_ID = 32
LONGEST_TIME = 11


class Outcome(msgspec.Struct, frozen=True):
    """A message's next state, and why."""

    state: State
    why: str = ""


def due_at(not_before: datetime | None, now: datetime) -> datetime:
    """When a message is due: a whole second, never earlier than asked, in UTC, by which the due rows go. `Invalid` over a year ahead."""
    if not_before is None or not_before <= now:
        return now
    if not_before - now > FURTHEST:
        raise Invalid(f"A message can be planned {FURTHEST.days} days ahead - at `$.not_before`.")
    return whole_second(not_before)


def is_message_id(text: str) -> bool:
    """A ULID or a digest; anything else names no message and is not looked for."""
    return len(text) <= LONGEST_ID and text.isascii() and text.isalnum()


def write_cursor(place: Place) -> str:
    return f"{int(place.due_at.timestamp())}#{place.id}"


def read_cursor(cursor: str) -> Place:
    due_at, separator, message_id = cursor.partition("#")
    if not (separator and due_at.isascii() and due_at.isdigit() and len(due_at) <= LONGEST_TIME and is_message_id(message_id)):
        raise Invalid(code="cursor_invalid")
    return Place(datetime.fromtimestamp(int(due_at), UTC), message_id)


def is_too_late(message: Message, now: datetime) -> bool:
    return message.not_after is not None and now > message.not_after


def is_abandoned(message: Message, now: datetime) -> bool:
    """Was somebody sending it who never told how it ended? Then it may have been sent, and is not sent again."""
    return message.state is State.sending and message.lease_until is not None and now >= message.lease_until


def outcome_of(error: LiandongError, attempts: int) -> Outcome:
    """What an error of the send means for the message: as `outcome_unsent` has it, but an answer that was lost is unknown."""
    return Outcome(State.unknown, error.code) if isinstance(error, Unknown) else outcome_unsent(error, attempts)


def outcome_unsent(error: LiandongError, attempts: int) -> Outcome:
    """What an error before the send means for the message: refused is the end, and busy is another try while there are tries left."""
    if isinstance(error, Busy):
        return Outcome(State.planned if attempts < TRIES else State.failed, error.code)
    if isinstance(error, Declined) and error.errcode:
        return Outcome(State.failed, f"errcode {error.errcode}")
    return Outcome(State.failed, error.code)


def outcome_without_token(error: LiandongError, attempts: int) -> Outcome:
    """No token is no fault of the message: WeChat is busy, or the account is set up wrong and may be mended while there are tries left."""
    why = f"no access token: errcode {error.errcode}" if isinstance(error, Declined) else error.code
    return Outcome(State.planned if attempts < TRIES else State.failed, why)
