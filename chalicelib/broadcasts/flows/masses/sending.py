"""One mass send worked on: WeChat asked once, or again under the same clientmsgid, and the outcome kept.

Whoever changes when it is looked at next writes the due row first and the mass send then: a crash between the two looks once for nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.aws.tables import TableError
from chalicelib.broadcasts.flows import handing
from chalicelib.broadcasts.flows.masses import choosing, confirming, counting, hearing, planning, reading
from chalicelib.broadcasts.flows.masses.choosing import Choice
from chalicelib.broadcasts.flows.masses.confirming import TooFew
from chalicelib.broadcasts.rules import mass_quotas as quota_rules
from chalicelib.broadcasts.rules import masses as rules
from chalicelib.broadcasts.rules.masses import Next
from chalicelib.broadcasts.tables import masses as tables
from chalicelib.broadcasts.tables import parts
from chalicelib.broadcasts.words import MassErrand
from chalicelib.broadcasts.words.masses import EVERYBODY, FEWEST_NAMED, MassSend, MassState, Says, Used
from chalicelib.errors import Busy, Conflict, Declined, LiandongError
from chalicelib.messaging.flows.channels import mass as channel
from chalicelib.messaging.flows.looking import find_account
from chalicelib.messaging.words.masses import AnyAudience, Everybody, Tagged, These
from chalicelib.patience import step_aside
from chalicelib.wechat.sending import MassStatus
from chalicelib.world import World

log = logging.getLogger("liandong.masses")
TRIES = 10
TOLD_BY_STATUS = {MassStatus.sent: MassState.sent, MassStatus.failed: MassState.failed, MassStatus.deleted: MassState.deleted}


def work(errand: MassErrand, *, world: World, now: datetime) -> None:
    """Do what is due of a mass send. Done twice, it is still sent once."""
    mass = tables.read_mass(errand.brand, errand.mass)
    if mass is None:
        log.warning("mass send %s of %s was never kept: whoever planned it got no answer", errand.mass, errand.brand)
    elif mass.state in (MassState.planned, MassState.sending):
        if mass.next_at <= now:
            _pursue(mass, world=world, now=now)
    elif mass.state is MassState.accepted:
        _look_for_receipt(mass, world=world, now=now)
    elif mass.state is MassState.unknown:
        hearing.join_lost(mass.brand, mass.account)
    elif mass.people and rules.was_never_taken(mass):
        choosing.give_back(mass, planning.open_says(mass, world=world), world=world, now=now)


def _pursue(mass: MassSend, *, world: World, now: datetime) -> None:
    """Ask WeChat to send it, or what became of an earlier try; `in_doubt`: one of them may have been taken."""
    in_doubt = mass.state is MassState.sending
    says = planning.open_says(mass, world=world)
    if in_doubt and rules.is_given_up(mass, now):
        return _give_up(mass, mass.why, now=now)
    if not in_doubt and rules.is_over(mass, now):
        return _end_unsent(mass, MassState.expired, mass.why, says, world=world, now=now)
    account = find_account(f"{mass.brand}.{mass.account}", world=world, now=now)
    if account is None:
        return _refuse(mass, "account_missing", says, in_doubt=in_doubt, world=world, now=now)
    trouble = None if in_doubt or mass.overridden else _read_again(mass, says, account, world=world, now=now)
    if trouble is not None:
        return _not_ready(mass, trouble, says, in_doubt=in_doubt, world=world, now=now)
    try:
        counted = mass if in_doubt else counting.count_anew(mass, world=world, now=now)
    except Conflict as error:
        return _end_unsent(mass, MassState.failed, rules.why_of(error), says, world=world, now=now)
    if counted is None:
        return _stand_back(mass, says, world=world)
    return _send(counted, account, says, in_doubt=in_doubt, world=world, now=now)


def _send(mass: MassSend, account: Account, says: Says, *, in_doubt: bool, world: World, now: datetime) -> None:
    """Choose whom it goes to, claim it, and ask WeChat."""
    again = MassErrand(mass.brand, mass.id)
    choice = choosing.choose(mass, says, account, world=world, now=now) if mass.people else None
    if choice is not None and not choice.finished:
        return handing.hand_over([again], world=world, now=world.now())
    if choice is not None and len(choice.chosen) < FEWEST_NAMED:
        return _refuse(mass, "too_few", says, in_doubt=in_doubt, outcomes=choice.outcomes, world=world, now=now)
    audience = These(openids=choice.openids) if choice is not None else _audience_of(mass, says)
    at = world.now()
    try:
        channel.make_ready(account, audience, world=world, now=at)
    except LiandongError as error:
        return _not_ready(mass, error, says, in_doubt=in_doubt, world=world, now=at)
    if not in_doubt and not quota_rules.is_within(mass.period, world.now()):
        return handing.hand_over([again], world=world, now=world.now())
    claimed = rules.claimed(mass, outcomes={} if choice is None else choice.outcomes, now=at)
    _look_again(claimed)
    if not tables.save(claimed):
        return _stand_back(mass, says, world=world)
    return _ask(claimed, account, audience, says, choice, in_doubt=in_doubt, world=world, now=at)


def _ask(
    mass: MassSend,
    account: Account,
    audience: AnyAudience,
    says: Says,
    choice: Choice | None,
    *,
    in_doubt: bool,
    world: World,
    now: datetime,
) -> None:
    """What ends between here and the outcome may have been taken."""
    confirm = None if choice is None else partial(confirming.confirm, choice, world=world)
    msg_id = ""
    trouble: Exception | None = None
    try:
        msg_id = channel.send(account, audience, says.message, key=mass.id, confirm=confirm, world=world, now=now)
    except (LiandongError, TableError, TooFew) as error:
        trouble = error
    if choice is not None:
        mass = msgspec.structs.replace(mass, outcomes=choice.outcomes)
    if isinstance(trouble, TooFew):
        _refuse(mass, "too_few", says, in_doubt=in_doubt, world=world, now=world.now())
    elif trouble is not None:
        # Tables are only asked before WeChat is called, or after it refused an old token.
        known = trouble if isinstance(trouble, LiandongError) else Busy()
        _refused(mass, known, says, in_doubt=in_doubt, world=world, now=world.now())
    else:
        _keep_taken(rules.accepted(mass, msg_id, now=world.now()), world=world)
    if choice is not None:
        confirming.take_back(choice, world=world)


def _keep_taken(taken: MassSend, *, world: World) -> None:
    """Whatever somebody else has written meanwhile who does not know its id. A receipt may be kept at this moment and be in the way."""
    for _ in range(TRIES):
        _look_again(taken)
        if tables.save_taken(taken):
            hearing.join(taken.brand, taken.id)
            return
        found = tables.read_mass(taken.brand, taken.id)
        if found is None or not rules.lacks_id(found):
            return
        taken = rules.accepted(found, taken.msg_id, now=world.now())
        step_aside(world)
    log.warning("mass send %s was taken, and its id is asked for again", taken.id)


def _refused(mass: MassSend, error: LiandongError, says: Says, *, in_doubt: bool, world: World, now: datetime) -> None:
    match rules.next_after(error, in_doubt=in_doubt):
        case Next.again:
            _put_off(mass, rules.why_of(error), in_doubt=False, now=now)
        case Next.ask_again:
            _put_off(mass, rules.why_of(error), in_doubt=True, now=now)
        case Next.give_up:
            _give_up(mass, rules.why_of(error), now=now)
        case Next.fail:
            spent = isinstance(error, Declined) and error.errcode == rules.MONTH_SPENT
            _end_unsent(mass, MassState.failed, rules.why_of(error), says, spent=spent, world=world, now=now)


def _not_ready(mass: MassSend, error: LiandongError, says: Says, *, in_doubt: bool, world: World, now: datetime) -> None:
    """Nothing was sent by this try; what an earlier one did is as unknown as before."""
    if in_doubt or rules.next_after(error, in_doubt=False) in (Next.again, Next.ask_again):
        tried = msgspec.structs.replace(mass, tries=mass.tries + 1)
        return _put_off(tried, rules.why_of(error), in_doubt=in_doubt, now=now)
    return _end_unsent(mass, MassState.failed, rules.why_of(error), says, world=world, now=now)


def _refuse(
    mass: MassSend, why: str, says: Says, *, in_doubt: bool, outcomes: dict[str, int] | None = None, world: World, now: datetime
) -> None:
    """It cannot be sent; where an earlier try may have been taken, nobody will ever know."""
    if in_doubt:
        return _give_up(mass, why, now=now)
    return _end_unsent(mass, MassState.failed, why, says, outcomes=outcomes, world=world, now=now)


def _give_up(mass: MassSend, why: str, *, now: datetime) -> None:
    """Nobody asks again; a receipt may have told already."""
    _save(rules.ended(mass, MassState.unknown, why, now=now))
    hearing.join_lost(mass.brand, mass.account)


def _end_unsent(
    mass: MassSend,
    state: MassState,
    why: str,
    says: Says,
    *,
    spent: bool = False,
    outcomes: dict[str, int] | None = None,
    world: World,
    now: datetime,
) -> None:
    """It was certainly not sent: what it was counted and noted as is given back."""
    more = {} if outcomes is None else {"outcomes": outcomes}
    ended = rules.moved(mass, state, why, ended_at=now, lease_until=None, doubt_since=None, **more)

    def change(used: Used) -> Used:
        return quota_rules.spent(used, mass.audience) if spent else used

    if counting.end_uncounted(ended, change) and mass.people:
        choosing.give_back(ended, says, world=world, now=now)


def _stand_back(mass: MassSend, says: Says, *, world: World) -> None:
    """Somebody else has it; where they have cancelled it, what was noted since is taken back."""
    found = tables.read_mass(mass.brand, mass.id)
    if found is not None and found.people and rules.was_never_taken(found):
        choosing.give_back(found, says, world=world, now=world.now())


def _put_off(mass: MassSend, why: str, *, in_doubt: bool, now: datetime) -> None:
    later = rules.put_off(mass, why, now=now, in_doubt=in_doubt)
    _look_again(later)
    _save(later)


def _look_again(mass: MassSend) -> None:
    parts.put_due(MassErrand(mass.brand, mass.id), mass.next_at)


def _save(mass: MassSend) -> None:
    if not tables.save(mass):
        log.warning("mass send %s of %s was changed by somebody else meanwhile: that stays", mass.id, mass.brand)


def _read_again(mass: MassSend, says: Says, account: Account, *, world: World, now: datetime) -> LiandongError | None:
    """What stands in its way by today's rules and what the draft says today. What somebody has overridden is not asked for."""
    try:
        reading.read(account, mass.id, says.message, mass.purpose, world=world, now=now)
    except LiandongError as error:
        return error
    return None


def _audience_of(mass: MassSend, says: Says) -> AnyAudience:
    return Everybody() if mass.audience == EVERYBODY else Tagged(tag=says.tag or 0)


def _look_for_receipt(mass: MassSend, *, world: World, now: datetime) -> None:
    """Join the receipt, if it came before we knew whose it is; where none comes, WeChat is asked for the state."""
    if hearing.join(mass.brand, mass.id).state is not MassState.accepted or mass.next_at > now:
        return
    account = find_account(f"{mass.brand}.{mass.account}", world=world, now=now)
    if account is None or mass.accepted_at is None or now > mass.accepted_at + rules.ASKED_FOR:
        return
    try:
        status = channel.find_status(account, mass.msg_id, world=world, now=now)
    except LiandongError as error:
        log.warning("what became of mass send %s of %s could not be asked: %s", mass.id, mass.brand, error.code)
        status = MassStatus.sending
    if status in TOLD_BY_STATUS:
        _save(rules.ended(mass, TOLD_BY_STATUS[status], "no_receipt", now=now))
    else:
        later = rules.looked_for(mass, now=now)
        _look_again(later)
        _save(later)
