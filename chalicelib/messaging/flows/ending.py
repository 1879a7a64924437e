"""What became of a try: accepted, refused, unknown; kept, learnt from, and led to the next way or another try."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import msgspec

from chalicelib.aws.metrics import count
from chalicelib.aws.tables import TableError
from chalicelib.consent import flows as consent
from chalicelib.consent.words import Purpose
from chalicelib.due import whole_second
from chalicelib.errors import Busy, Declined, Invalid, LiandongError
from chalicelib.messaging.flows import receipts
from chalicelib.messaging.flows.channels import CHANNELS
from chalicelib.messaging.flows.looking import Ended, Looked
from chalicelib.messaging.rules import actions, states
from chalicelib.messaging.rules.sentences import WITHOUT_TOKEN
from chalicelib.messaging.rules.timing import Moment
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.tables import tallies
from chalicelib.messaging.words import Accepted, Action, Message, Noted, State
from chalicelib.world import World

log = logging.getLogger("liandong.messaging")
LATER = timedelta(minutes=4)


def accept(message: Message, accepted: Accepted, *, world: World, now: datetime) -> Message:
    """The other side took it. Where a receipt is waited for, the look at it is due before this is kept."""
    last = msgspec.structs.replace(message.tried[-1], provider_id=accepted.provider_id)
    taken = states.moved(message, State.accepted, now=now, tried=(*message.tried[:-1], last))
    waits_until = states.waits_for_receipt_until(taken)
    if waits_until is not None:
        tables.put_due(taken, whole_second(waits_until))
    _keep(taken)
    if CHANNELS[message.way.channel].KIND.receipts:
        return receipts.join_parked(taken, world=world, now=now)
    return taken


def refused(message: Message, looked: Looked, error: LiandongError, *, world: World, now: datetime) -> Message:
    """An error of the send: what is known not to have been sent is taken back and learnt from; the rest is unknown, or asked again."""
    action = actions.action_of(error, message.purpose)
    if action is Action.unknown:
        return _ask_again(message, error.code, world=world, now=now)
    bearer = consent.bearer_of(looked.contact, looked.letter.to)
    consent.release(message.brand, bearer, message=message.known_as, gives_back=looked.spends, world=world)
    _learn(message, looked, action, error, world=world, now=now)
    return _go_on(msgspec.structs.replace(message, tried=message.tried[:-1]), action, error, actions.word_of(error), now=now)


def refused_before(message: Message, error: LiandongError, *, now: datetime) -> Message:
    """An error before anything was reserved. It is no fault of the message: an account that is set up wrong may be mended in time."""
    action = actions.action_before_send(error)
    if action is Action.operator:
        _call_operator(message, error)
    tried = msgspec.structs.replace(message, attempts=message.attempts + 1)
    why = actions.word_of(error)
    if action is Action.stop_channel or isinstance(error, Invalid):
        return _go_on(tried, action, error, why, now=now)
    why = f"{WITHOUT_TOKEN}{why}" if isinstance(error, Declined) else why
    return _go_on(tried, Action.again, error, why, now=now)


def give_up(message: Message, *, world: World, now: datetime) -> Message:
    """A sender did not come back. Service is asked again under its key while that is remembered: it is `planned` then."""
    if is_known_again(message, now):
        return _keep(states.moved(message, State.planned, "same_key", now=now))
    return leave_unknown(message, "sender_gone", world=world, now=now)


def leave_unknown(message: Message, why: str, *, world: World, now: datetime) -> Message:
    """Nobody knows whether it was sent, and it is not sent again; a receipt that has come already tells all the same."""
    kept = _keep(states.moved(message, State.unknown, why, now=now))
    return receipts.join_parked(kept, world=world, now=now) if kept.state is State.unknown else kept


def is_known_again(message: Message, now: datetime) -> bool:
    """Would a repeat of this step be the same message to the other side? Marketing is never repeated."""
    until = states.knows_again_until(message, CHANNELS[message.way.channel].KIND)
    return message.purpose is Purpose.service and until is not None and now < until


def put_off(message: Message, moment: Moment, *, now: datetime) -> Message:
    """Later: due then, kept after. A crash between the two has it looked at once more."""
    at = whole_second(moment.at)
    tables.put_due(message, at)
    best_hour = message.best_hour and moment.why != "best_hour"
    return _keep(states.moved(message, State.planned, moment.why, now=now, next_at=at, best_hour=best_hour))


def end(message: Message, ended: Ended, *, now: datetime) -> Message:
    """It is not sent any more: each way that was closed is in its trace."""
    if len(ended.passed) > 1:
        passed = tuple(Noted(now, message.step + place, f"{each.state.value}: {each.why}") for place, each in enumerate(ended.passed))
        message = msgspec.structs.replace(message, trace=(*message.trace, *passed))
    return _keep(states.ended(message, ended.state, ended.why, now=now))


def _ask_again(message: Message, why: str, *, world: World, now: datetime) -> Message:
    if not is_known_again(message, now):
        return leave_unknown(message, why, world=world, now=now)
    return _come_again(message, "same_key", now=now)


def _come_again(message: Message, why: str, *, now: datetime) -> Message:
    """Another try. The queue brings the first way again as often as it may be tried; for a later one that is not enough: it is due anew."""
    if message.step:
        return put_off(message, Moment(now + LATER, why), now=now)
    _keep(states.moved(message, State.planned, why, now=now))
    raise Busy("The message waits for another try.")


def _learn(message: Message, looked: Looked, action: Action, error: LiandongError, *, world: World, now: datetime) -> None:
    """What WeChat's answer says about the person holds for every message after."""
    key = looked.letter.to
    match action:
        case Action.dead:
            consent.note_dead(message.brand, key, str(error.errcode) if isinstance(error, Declined) else error.code, at=now, world=world)
        case Action.no_grant:
            consent.note_no_grant(message.brand, key, getattr(looked.letter.content, "template_id", ""), at=now, world=world)
        case Action.window_closed:
            consent.note_window_closed(message.brand, key, at=now, world=world)
        case Action.operator:
            _call_operator(message, error)
        case _:
            return


def _call_operator(message: Message, error: LiandongError) -> None:
    """Something is set up wrong: every message of this way meets it until somebody looks. There is an alarm."""
    log.error("%s of %s needs an operator: %s", message.way.channel.value, message.way.account, actions.word_of(error))
    count("SendsNeedOperator")


def _go_on(message: Message, action: Action, error: LiandongError, why: str, *, now: datetime) -> Message:
    """After what certainly was not sent: another try, the next way, a pause of the channel, or the end.

    Where an earlier try of this way may have been sent all the same, only another try under its key is left.
    """
    if action is Action.again and message.attempts < states.TRIES:
        return _come_again(message, why, now=now)
    if states.may_have_gone(message):
        return _keep(states.ended(message, State.failed, why, now=now))
    if message.step + 1 < len(message.ways):
        return _keep(states.moved(message, State.planned, why, now=now, step=message.step + 1))
    if action is Action.stop_channel:
        until = actions.stopped_until(error, now)
        if message.expires_at is None or until <= message.expires_at:
            return put_off(message, Moment(until, "channel_stopped"), now=now)
    return _keep(states.ended(message, State.failed, why, now=now))


def _keep(message: Message) -> Message:
    """Keep the next revision; when somebody else was quicker, what they made of it counts. A write whose answer was lost was ours."""
    if tables.save(message):
        _count(message, now=message.trace[-1].at)
        return message
    found = tables.read_message(message.brand, message.id)
    if found is None:
        raise Busy("This message is being kept right now; try again.")
    return found


def _count(message: Message, *, now: datetime) -> None:
    """Count what became of a message with a gate of its own: by whoever kept it, so once. A crash before it loses one."""
    what = states.outcome_of(message) if message.gate else ""
    if not what:
        return
    try:
        tallies.add(message.brand, message.gate, what, spread=message.id, at=now)
    except TableError as error:
        log.warning("a message of %s in %s is not counted: %s", message.gate, message.brand, type(error).__name__)
