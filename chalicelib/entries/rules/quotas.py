"""How many codes and links WeChat gives an account, and by what they are counted. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.accounts.words import Kind
from chalicelib.entries.rules.links import day_of, next_day
from chalicelib.entries.words.links import LinkKind
from chalicelib.entries.words.quotas import Quota

MOST = {
    Quota.links: 500_000,
    Quota.short_links: 10_000_000,
    Quota.follow_codes: 100_000,
    Quota.codes_for_good: 100_000,
    Quota.limited_codes: 100_000,
    Quota.unchecked_pages: 60_000,
}
OF_A_DAY = frozenset({Quota.links, Quota.short_links, Quota.follow_codes})
OF_KIND: dict[Kind, tuple[Quota, ...]] = {
    Kind.official_account: (Quota.follow_codes, Quota.codes_for_good),
    Kind.mini_program: (Quota.links, Quota.short_links, Quota.limited_codes, Quota.unchecked_pages),
}
OF_LINK = {
    LinkKind.url_link: Quota.links,
    LinkKind.scheme: Quota.links,
    LinkKind.short_link: Quota.short_links,
    LinkKind.follow_code: Quota.follow_codes,
}
KEPT_FOR = timedelta(days=40)
"""A day's count, after its day."""


def name_of(quota: Quota, account: str, now: datetime) -> str:
    """What uses are counted under: for each day in Beijing anew, or for good."""
    return f"{quota.value}#{account}#{day_of(now)}" if quota in OF_A_DAY else f"{quota.value}#{account}"


def ends_at(quota: Quota, now: datetime) -> datetime | None:
    """When what was used is given again."""
    return next_day(now) if quota in OF_A_DAY else None


def gone_at(quota: Quota, now: datetime) -> datetime | None:
    """When nobody asks for the count any more."""
    return next_day(now) + KEPT_FOR if quota in OF_A_DAY else None
