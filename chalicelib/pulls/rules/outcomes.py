"""What a step comes to, and when the next is due. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from chalicelib.beijing import A_DAY, day_of, start_of
from chalicelib.errors import Busy, Declined, LiandongError, TooMany
from chalicelib.pulls.words import Pull, PullKind, PullShown, PullState, Reason, Source

NOT_READY = 61503
QUOTA = 45009
NOT_ENTITLED = frozenset({48001, 48004, 50001, 50002, 61003, 61007})
"""The account, or what it has authorised its platform to, does not reach so far."""
AFTER_EFFECTS = ": it may have happened."
"""Nothing happens by asking, so nobody need look."""
SOON, LATER, MUCH_LATER = timedelta(minutes=10), timedelta(hours=1), timedelta(days=7)
SAYS = {
    Reason.not_ready: "WeChat has not got the figures of {what} ready yet; they are asked for again within the hour.",
    Reason.not_entitled: "WeChat does not let this account ask for this (errcode {errcode}): verify (认证) it, or have it authorise the "
    "platform, then run the pull by hand. It is tried again by itself in a week.",
    Reason.quota_used_up: "The account's quota of such calls is used up today (errcode {errcode}); it goes on after midnight in Beijing.",
    Reason.busy: "{what} It is tried again in ten minutes.",
    Reason.declined: "WeChat refused the call with errcode {errcode}; it is tried again within the hour.",
    Reason.failed: "{what} It is tried again within the hour.",
}


def is_due(pull: Pull, now: datetime) -> bool:
    return pull.next_at <= now


def next_day(pull: Pull) -> date:
    """The first day that is not here yet, of pulls that go by days."""
    return date.fromisoformat(pull.watermark) + A_DAY


def move(pull: Pull, *, now: datetime, next_at: datetime | None = None, watermark: str | None = None, position: str = "") -> Pull:
    """The pull after a step that went well; without `next_at` more can be done at once."""
    return msgspec.structs.replace(
        pull,
        watermark=pull.watermark if watermark is None else watermark,
        position=position,
        next_at=now if next_at is None else next_at,
        last_run_at=now,
        reason=None,
        trouble="",
        version=pull.version + 1,
    )


def stop(pull: Pull, reason: Reason, *, now: datetime, what: str = "", errcode: int = 0) -> Pull:
    """The pull where it was, why, and when it is tried again."""
    return msgspec.structs.replace(
        pull,
        next_at=_again_at(reason, now),
        last_run_at=now,
        reason=reason,
        trouble=SAYS[reason].format(what=what, errcode=errcode),
        version=pull.version + 1,
    )


def stop_after(pull: Pull, error: LiandongError, *, now: datetime) -> Pull:
    """The same for what went wrong. Asking changes nothing at WeChat, so what may have happened is simply asked again."""
    if isinstance(error, Busy | TooMany):
        return stop(pull, Reason.busy, now=now, what=error.message.replace(AFTER_EFFECTS, "."))
    if not isinstance(error, Declined):
        return stop(pull, Reason.failed, now=now, what=error.message)
    reason = _reason_of(error.errcode)
    what = str(next_day(pull)) if reason is Reason.not_ready else ""
    return stop(pull, reason, now=now, what=what, errcode=error.errcode)


def show(kind: PullKind, source: Source, pull: Pull | None, *, now: datetime) -> PullShown:
    """A pull as callers see it, before its first run too."""
    if pull is None:
        return PullShown(kind=kind, does=source.does, state=PullState.due, watermark=None, last_run_at=None, next_run_at=now, trouble="")
    return PullShown(
        kind=kind,
        does=source.does,
        state=_state_of(pull, now),
        watermark=pull.watermark,
        last_run_at=pull.last_run_at,
        next_run_at=pull.next_at,
        trouble=pull.trouble,
    )


def _state_of(pull: Pull, now: datetime) -> PullState:
    if pull.reason is Reason.not_entitled:
        return PullState.not_entitled
    if pull.reason is Reason.not_ready:
        return PullState.waiting
    if pull.reason is not None:
        return PullState.in_trouble
    return PullState.due if is_due(pull, now) else PullState.up_to_date


def _reason_of(errcode: int) -> Reason:
    if errcode in NOT_ENTITLED:
        return Reason.not_entitled
    return {NOT_READY: Reason.not_ready, QUOTA: Reason.quota_used_up}.get(errcode, Reason.declined)


def _again_at(reason: Reason, now: datetime) -> datetime:
    if reason is Reason.quota_used_up:
        return start_of(day_of(now) + A_DAY) + SOON
    return now + {Reason.busy: SOON, Reason.not_entitled: MUCH_LATER}.get(reason, LATER)
