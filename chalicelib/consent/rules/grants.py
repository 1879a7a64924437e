"""Leave to send subscription messages: counted up by accepts, down by sends, never below zero. Pure.

An accept is told twice, by the client and by WeChat's callback, in either order and perhaps by one alone: two reports of the same
template from different sources within ten minutes are one accept.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from chalicelib.consent.rules.consents import SAME_MOMENT
from chalicelib.consent.rules.reaching import UNFOLLOWED
from chalicelib.consent.words import Grant, Side

ONE_POPUP = timedelta(minutes=10)
MOST = 200
"""Nobody says yes more often: a client that claims so is not believed."""

MOST_TEMPLATES = 50
"""Of one openid: a client that names more has made them up. One transaction takes them all back, and how many each reaches."""


class Source(StrEnum):
    """Who told of an answer."""

    client = "c"
    callback = "w"


def find_grant(side: Side, template: str) -> Grant:
    """Leave for a template, or none."""
    return side.grants.get(template) or Grant(template=template)


def is_reachable(grant: Grant | None) -> bool:
    """Does this leave allow a send?"""
    return grant is not None and (grant.count > 0 or grant.long_term)


def reachable_templates(side: Side) -> frozenset[str]:
    """Templates that can be sent to an identifier: with leave left, and not known to reach nobody."""
    if side.dead is not None and side.dead.code not in UNFOLLOWED:
        return frozenset()
    return frozenset(template for template, grant in side.grants.items() if is_reachable(grant))


def accept(side: Side, template: str, source: Source, *, long_term: bool, at: datetime) -> Side:
    """What lies under an identifier once somebody said yes; told by the other source already, or older than a no, nothing is counted."""
    grant = find_grant(side, template)
    if _is_made_up(side, template) or (grant.refused_at is not None and at - grant.refused_at < SAME_MOMENT):
        return side
    open_still = [each for each in grant.unmatched if abs(_at(each) - at) <= ONE_POPUP]
    told = next((each for each in open_still if each[0] != source), None)
    if told is not None:
        open_still.remove(told)
        return _with(side, msgspec.structs.replace(grant, unmatched=tuple(open_still)))
    counted = msgspec.structs.replace(
        grant,
        count=0 if long_term else min(grant.count + 1, MOST),
        long_term=long_term,
        accepted_at=max(at, grant.accepted_at or at),
        unmatched=(*open_still, f"{source}{int(at.timestamp()):x}")[-MOST:],
    )
    return _with(side, counted)


def refuse(side: Side, template: str, *, at: datetime) -> Side:
    """What lies under an identifier once somebody said no: nothing is left but the last yes, if that came later."""
    if _is_made_up(side, template):
        return side
    grant = find_grant(side, template)
    if grant.refused_at is not None and grant.refused_at >= at:
        return side
    if grant.accepted_at is not None and grant.accepted_at - at >= SAME_MOMENT:
        return _with(side, msgspec.structs.replace(grant, count=min(grant.count, 1), refused_at=at))
    return _with(side, Grant(template=template, accepted_at=grant.accepted_at, refused_at=at))


def spend(side: Side, grant: Grant) -> Side:
    """What lies under an identifier with one send less. `ValueError` where there is none: look first."""
    found = find_grant(side, grant.template)
    if not is_reachable(found):
        raise ValueError("There is no leave for this template.")
    return side if found.long_term else _with(side, msgspec.structs.replace(found, count=found.count - 1))


def give_back(side: Side, grant: Grant, *, sent_at: datetime) -> Side:
    """One send more, unless a no has come since it was taken."""
    found = find_grant(side, grant.template)
    if found.long_term or grant.long_term or (found.refused_at is not None and found.refused_at >= sent_at):
        return side
    return _with(side, msgspec.structs.replace(found, count=min(found.count + 1, MOST)))


def none_left(side: Side, template: str, *, at: datetime) -> Side:
    """WeChat said of a send made at that time that there is no leave: only a yes that came later stays.

    A report from before is over with it, or the other source's next one would be taken for its other half and not be counted.
    """
    if template not in side.grants:
        return side
    told = side.grants[template]
    grant = msgspec.structs.replace(told, unmatched=tuple(each for each in told.unmatched if _at(each) > at))
    if grant.accepted_at is None or grant.accepted_at <= at:
        return _with(side, msgspec.structs.replace(grant, count=0, long_term=False))
    return _with(side, grant if grant.long_term else msgspec.structs.replace(grant, count=min(grant.count, 1)))


def _is_made_up(side: Side, template: str) -> bool:
    return template not in side.grants and sum(is_reachable(grant) for grant in side.grants.values()) >= MOST_TEMPLATES


def _with(side: Side, grant: Grant) -> Side:
    """With this leave; where there are too many, templates nothing is left of are forgotten, those of long ago first."""
    kept = {**side.grants, grant.template: grant}
    over = len(kept) - MOST_TEMPLATES
    if over > 0:
        spent = sorted((each for each in side.grants.values() if not is_reachable(each)), key=_last_heard_of)
        for each in spent[:over]:
            kept.pop(each.template)
    return msgspec.structs.replace(side, grants=kept)


def _last_heard_of(grant: Grant) -> datetime:
    return max(filter(None, (grant.accepted_at, grant.refused_at)), default=datetime.min.replace(tzinfo=UTC))


def _at(unmatched: str) -> datetime:
    return datetime.fromtimestamp(int(unmatched[1:], 16), UTC)
