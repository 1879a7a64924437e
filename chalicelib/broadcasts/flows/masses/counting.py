"""Mass sends counted against what WeChat allows an account in a month or a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.broadcasts.rules import mass_quotas as rules
from chalicelib.broadcasts.rules import masses as changes
from chalicelib.broadcasts.tables import mass_quotas as tables
from chalicelib.broadcasts.tables import masses
from chalicelib.broadcasts.words.masses import MassQuotaShown, MassSend, Per, Used
from chalicelib.errors import Busy, Conflict
from chalicelib.staff import flows as staff
from chalicelib.world import World

TRIES = 5


def count_in(mass: MassSend, *, world: World) -> Used:
    """The count of a period with this mass send in it. `Conflict` (mass_quota_spent) when WeChat would send to nobody of them any more."""
    used = tables.read_used(mass.brand, mass.account, mass.period)
    if left_of(mass, used, world=world) <= 0:
        when = f"{rules.resets_at(mass.period):%Y-%m-%dT%H:%M:%SZ}"
        raise Conflict(f"WeChat allows this account no more mass sends to {mass.audience} before {when}.", code="mass_quota_spent")
    return rules.taken(used, mass.audience)


def count_anew(mass: MassSend, *, world: World, now: datetime) -> MassSend | None:
    """It, counted in the period it is now and no more in the one it was due in, all or nothing; nothing when it was written meanwhile.

    `Conflict` (mass_quota_spent) when the period it is now has none left: then it stays counted as it was.
    """
    if rules.is_within(mass.period, now):
        return mass
    moved = changes.moved(mass, mass.state, mass.why, period=rules.period_at(now, rules.per_of(mass.period)))
    for _ in range(TRIES):  # others of both periods may be counted at the same moment
        before = rules.given_back(tables.read_used(mass.brand, mass.account, mass.period), mass.audience)
        if masses.save_counted(moved, count_in(moved, world=world), was=(mass.period, before)):
            return moved
        if masses.read_mass(mass.brand, mass.id) != mass:
            return None
    raise Busy("Too many mass sends are counted at once; try again.")


def end_uncounted(mass: MassSend, change: Callable[[Used], Used] = lambda used: used) -> bool:
    """Keep that it has ended without having been sent, and count it no more, both or neither; `False` when it was written meanwhile."""
    for _ in range(TRIES):  # others of the period may be counted at the same moment
        used = rules.given_back(tables.read_used(mass.brand, mass.account, mass.period), mass.audience)
        if masses.save_counted(mass, change(used)):
            return True
        found = masses.read_mass(mass.brand, mass.id)
        if found is None or found.version != mass.version - 1:
            return found == mass
    raise Busy("Too many mass sends are counted at once; try again.")


def left_of(mass: MassSend, used: Used, *, world: World) -> int:
    per = rules.per_of(mass.period)
    return rules.left(used, mass.audience, per=per, most=most_per(per, world=world))


def most_per(per: Per, *, world: World) -> int:
    return world.settings.mass_sends_per_month if per is Per.month else world.settings.mass_sends_per_day


def show(account: Account, *, world: World, now: datetime) -> MassQuotaShown:
    """What an account may still send in the period it is now."""
    per = tables.read_per(account.brand, account.name)
    period = rules.period_at(now, per)
    used = tables.read_used(account.brand, account.name, period)
    return rules.show(account.id, period, used, most=most_per(per, world=world))


def set_per(account: Account, per: Per, *, actor: str, world: World, now: datetime) -> MassQuotaShown:
    """Say how WeChat counts an account. What is planned already stays counted as it was."""
    staff.record(account.brand, "mass_quota.set", {"account": account.id, "per": per.value}, actor=actor, world=world, now=now)
    tables.keep_per(account.brand, account.name, per)
    return show(account, world=world, now=now)
