"""Follows counted as callbacks tell them, and each day's count compared with WeChat's."""

from __future__ import annotations

from datetime import date, datetime

from chalicelib.accounts.words import Account
from chalicelib.aws.metrics import put_metric
from chalicelib.beijing import A_DAY, day_of
from chalicelib.identity.words import Key
from chalicelib.pulls.rules.reconciliation import reconcile
from chalicelib.pulls.tables import figures, follows
from chalicelib.pulls.words import PullKind, Reconciled, Reconciliation
from chalicelib.world import World

LOOKED_AT_AGAIN = 6
"""Days before: what failed for a while and was redriven still counts for its day."""


def note_heard(account: Account, openid: Key, *, follows_now: bool, at: datetime) -> None:
    """Count a callback that told of a follow or its end for its day in Beijing; told again it is the same."""
    follows.keep_heard(account.brand, account.name, day_of(at), openid.hash, follows=follows_now, at=at)


def reconcile_days(account: Account, day: date, *, world: World, now: datetime) -> None:
    """Compare a day, and those before it once more. Repeating it changes nothing but what came late."""
    for back in range(LOOKED_AT_AGAIN, -1, -1):
        compared = _compare(account, day - back * A_DAY, world=world, now=now)
    if compared is not None:
        put_metric("FollowsUnheard", compared.followed_off if compared.is_over else 0.0)


def list_days(account: Account, *, first: date, last: date, world: World) -> Reconciliation:
    """The comparisons of a span of days."""
    found = follows.list_reconciled(account.brand, account.name, first=first, last=last)
    return Reconciliation(tolerance=world.settings.follows_tolerance, days=tuple(found))


def _compare(account: Account, day: date, *, world: World, now: datetime) -> Reconciled | None:
    """Nothing for days on which nobody told us yet: up to the one on which the account was added."""
    if day <= day_of(account.created_at):
        return None
    told = figures.read_figures(account.brand, account.name, PullKind.follower_changes, day)
    if told is None:
        return None
    heard = follows.count_heard(account.brand, account.name, day)
    compared = reconcile(told, heard, tolerance=world.settings.follows_tolerance, now=now)
    follows.keep_reconciled(account.brand, account.name, compared)
    return compared
