"""How many mass sends a period still has, for whom. Pure.

Four a month from a service account, one a day from a subscription account (订阅号). WeChat counts a service account's by the follower: who
was sent to as one of everybody was sent to as one of a tag, too; those of two tags are counted apart.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from chalicelib.beijing import A_DAY, day_of, start_of
from chalicelib.broadcasts.words.masses import EVERYBODY, THE_NAMED, MassQuotaShown, Per, QuotaOfAudience, Used
from chalicelib.messaging.words.masses import MassAudience, Tagged

MONTHS_DAYS = 7
"""A period that is a month is written `2026-11`, a day `2026-11-21`."""


def audience_of(audience: MassAudience) -> str:
    """An audience as it is counted."""
    if isinstance(audience, Tagged):
        return f"tag {audience.tag}"
    return EVERYBODY if audience.__struct_config__.tag == EVERYBODY else THE_NAMED


def period_at(at: datetime, per: Per) -> str:
    """The period in which WeChat counts a send of this moment: its months and days are Beijing's."""
    day = day_of(at)
    return f"{day:%Y-%m}" if per is Per.month else f"{day:%Y-%m-%d}"


def is_within(period: str, at: datetime) -> bool:
    """Would WeChat count a send of this moment in this period?"""
    return period_at(at, per_of(period)) == period


def per_of(period: str) -> Per:
    return Per.month if len(period) == MONTHS_DAYS else Per.day


def resets_at(period: str) -> datetime:
    """When the next period begins."""
    if per_of(period) is Per.day:
        return start_of(date.fromisoformat(period) + A_DAY)
    return start_of((date.fromisoformat(f"{period}-01") + timedelta(days=31)).replace(day=1))


def left(used: Used, audience: str, *, per: Per, most: int) -> int:
    """How many more sends to an audience there are."""
    if per is Per.day:
        return 0 if used.spent else max(most - sum(used.counts.values()), 0)
    if {audience, EVERYBODY} & set(used.spent):
        return 0
    to_everybody = used.counts.get(EVERYBODY, 0)
    own = used.counts.get(audience, 0) if audience not in (EVERYBODY, THE_NAMED) else 0  # the named are counted by person
    return max(most - to_everybody - own, 0)


def taken(used: Used, audience: str) -> Used:
    """One send to an audience more."""
    return msgspec.structs.replace(used, counts={**used.counts, audience: used.counts.get(audience, 0) + 1})


def given_back(used: Used, audience: str) -> Used:
    """One that was never made."""
    return msgspec.structs.replace(used, counts={**used.counts, audience: max(used.counts.get(audience, 0) - 1, 0)})


def spent(used: Used, audience: str) -> Used:
    """WeChat says that this audience gets no more in this period (45028)."""
    return msgspec.structs.replace(used, spent=tuple(sorted({*used.spent, audience})))


def show(account: str, period: str, used: Used, *, most: int) -> MassQuotaShown:
    per = per_of(period)
    audiences = sorted({EVERYBODY, *used.counts})
    return MassQuotaShown(
        account=account,
        per=per,
        period=period,
        most=most,
        left=left(used, EVERYBODY, per=per, most=most),
        resets_at=resets_at(period),
        audiences=tuple(
            QuotaOfAudience(audience=each, sends=used.counts.get(each, 0), left=left(used, each, per=per, most=most)) for each in audiences
        ),
    )
