"""WeChat's quotas of codes and links: counted before it is asked, given back when it did nothing, and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.entries.rules import quotas as rules
from chalicelib.entries.tables import quotas as tables
from chalicelib.entries.words.quotas import Quota, QuotaShown, QuotasShown
from chalicelib.errors import Busy, Conflict, LiandongError, Unknown
from chalicelib.ids import digest
from chalicelib.world import World


@contextmanager
def spending(account: Account, quota: Quota, *, once: str = "", world: World, now: datetime) -> Iterator[None]:
    """One more is asked of WeChat within; when it did not do it, it is not counted. What may have been done is.

    `once`: what WeChat counts once however often it is asked for. `Busy` (links_spent) when the day has none left, `Conflict`
    (codes_spent) when there are no more for good.
    """
    give_back = _spend(account, quota, once, world=world, now=now)
    try:
        yield
    except Unknown:
        raise
    except LiandongError:
        give_back()
        raise


def show_quotas(account: Account, *, world: World, now: datetime) -> QuotasShown:
    """What an account has used, by our own count: other systems that ask WeChat for the same account are not in it."""
    shown = (
        QuotaShown(
            quota=quota.name,
            used=tables.read_used(account.brand, rules.name_of(quota, account.name, now)),
            most=_most(quota, world),
            ends_at=rules.ends_at(quota, now),
        )
        for quota in rules.OF_KIND.get(account.kind, ())
    )
    return QuotasShown(account=account.id, quotas=tuple(shown))


def _spend(account: Account, quota: Quota, once: str, *, world: World, now: datetime) -> Callable[[], None]:
    """Count one more; how to give it back."""
    brand, name, most = account.brand, rules.name_of(quota, account.name, now), _most(quota, world)
    if once:
        mark = digest(once)
        spent = tables.spend_once(brand, name, mark, most=most)
        if spent is None:
            raise _none_left(quota)
        return lambda: tables.give_back_once(brand, name, mark) if spent else None
    if not tables.spend(brand, name, most=most, gone_at=rules.gone_at(quota, now)):
        raise _none_left(quota)
    return lambda: tables.give_back(brand, name)


def _none_left(quota: Quota) -> Busy | Conflict:
    return Busy(code="links_spent") if quota in rules.OF_A_DAY else Conflict(code="codes_spent")


def _most(quota: Quota, world: World) -> int:
    return world.settings.links_per_day if quota is Quota.links else rules.MOST[quota]
