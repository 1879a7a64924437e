"""How a mass send stands after what happens to it, and what an error of WeChat's asks for. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from html import unescape
from typing import Any

import msgspec

from chalicelib.broadcasts.words.masses import ArticleTold, MassSend, MassState, MassTold
from chalicelib.consent.words import Purpose
from chalicelib.due import whole_second
from chalicelib.errors import Declined, LiandongError
from chalicelib.lint.words import Written
from chalicelib.messaging.rules import actions
from chalicelib.messaging.rules.receipts import CLOCKS_DIFFER, WENT_WELL
from chalicelib.messaging.words import Action
from chalicelib.messaging.words.masses import AnyMass, MassArticles, MassPictures, MassText, MassVideo
from chalicelib.wechat.messages import MassJobFinished
from chalicelib.wechat.sending import DraftArticle

LEASE = timedelta(minutes=2)
"""Longer than the sender's function may take."""
REMEMBERED = timedelta(hours=23)
"""WeChat knows a repeat by its clientmsgid for 24 hours; an hour is left for clocks and queues."""
LATEST = timedelta(hours=1)
"""So late after it was due a mass send still begins, where its order says nothing else."""
SOONEST, LONGEST = timedelta(seconds=61), timedelta(hours=1)
"""Between two tries: within a minute WeChat refuses the same clientmsgid (45066)."""
COMES_WITHIN = timedelta(hours=1)
"""After a send whose answer was lost: what comes later is left alone."""
RECEIPT_WITHIN = timedelta(hours=1)
ASKED_FOR = timedelta(days=3)
"""So long WeChat is asked what became of a mass send whose receipt did not come."""
TAGS = re.compile(r"<[^>]*>")
WAITS_FOR_ADMIN = 89504
MONTH_SPENT = 45028
NOT_BEGUN = frozenset({MassState.cancelled, MassState.expired})
DELETABLE = frozenset({MassState.accepted, MassState.sent})


class Next(Enum):
    """What an error asks for: another try although nothing was sent, another try because nobody knows, or the end."""

    again = "again"
    ask_again = "ask again"
    fail = "fail"
    give_up = "give up"


def next_after(error: LiandongError, *, in_doubt: bool) -> Next:
    """`in_doubt`: an earlier try may have been taken. Then a refusal says nothing of that one: a draft is gone once it was sent."""
    action = actions.action_of(error, Purpose.marketing)  # what is overloaded may have sent it all the same
    if action is Action.unknown:
        return Next.ask_again
    if action is Action.again or (isinstance(error, Declined) and error.errcode == WAITS_FOR_ADMIN):
        return Next.ask_again if in_doubt else Next.again
    return Next.give_up if in_doubt else Next.fail


def why_of(error: LiandongError) -> str:
    return f"errcode {error.errcode}" if isinstance(error, Declined) and error.errcode else error.code


def is_over(mass: MassSend, now: datetime) -> bool:
    """Is it too late to begin?"""
    return now > (mass.expires_at or mass.due_at + LATEST)


def is_given_up(mass: MassSend, now: datetime) -> bool:
    """Is it too late to ask again what became of a try?"""
    if mass.doubt_since is None:
        return False
    return now > min(mass.doubt_since + REMEMBERED, mass.expires_at or mass.doubt_since + REMEMBERED)


def again_at(mass: MassSend, now: datetime) -> datetime:
    """When the next try is: the more there were, the later."""
    return whole_second(now + min(SOONEST * 2 ** min(max(mass.tries - 1, 0), 10), LONGEST))


def moved(mass: MassSend, state: MassState, why: str = "", **changes: Any) -> MassSend:
    """The mass send in a state, one version further."""
    return msgspec.structs.replace(mass, state=state, why=why, version=mass.version + 1, **changes)


def claimed(mass: MassSend, *, outcomes: dict[str, int], now: datetime) -> MassSend:
    """Somebody is about to ask WeChat. From here on it may have been taken, until an answer says otherwise."""
    until = whole_second(now + LEASE)
    doubt = mass.doubt_since or now
    return moved(mass, MassState.sending, tries=mass.tries + 1, doubt_since=doubt, lease_until=until, next_at=until, outcomes=outcomes)


def accepted(mass: MassSend, msg_id: str, *, now: datetime) -> MassSend:
    later = whole_second(now + RECEIPT_WITHIN)
    return moved(mass, MassState.accepted, msg_id=msg_id, accepted_at=now, ended_at=None, lease_until=None, next_at=later)


def looked_for(mass: MassSend, *, now: datetime) -> MassSend:
    """Its receipt is looked for again later."""
    return moved(mass, mass.state, mass.why, next_at=whole_second(now + RECEIPT_WITHIN))


def put_off(mass: MassSend, why: str, *, now: datetime, in_doubt: bool) -> MassSend:
    """Another try later: planned as before where nothing was taken, still in doubt where nobody knows."""
    doubt = mass.doubt_since if in_doubt else None
    state = MassState.sending if in_doubt else MassState.planned
    return moved(mass, state, why, doubt_since=doubt, lease_until=None, next_at=again_at(mass, now))


def ended(mass: MassSend, state: MassState, why: str = "", *, now: datetime) -> MassSend:
    return moved(mass, state, why, ended_at=now, lease_until=None)


def was_never_taken(mass: MassSend) -> bool:
    """Has it ended without WeChat having taken it, so that what was reserved for it is given back?"""
    return mass.state in NOT_BEGUN or (mass.state is MassState.failed and not mass.msg_id and mass.doubt_since is None)


def heard(mass: MassSend, told: MassTold) -> MassSend:
    """The mass send once its receipt is known. The first one stays; one of articles that were deleted changes no state."""
    if mass.told is not None:
        return mass
    if mass.state is MassState.deleted:
        return moved(mass, MassState.deleted, told=told)
    went_well = told.status in WENT_WELL
    state, why = (MassState.sent, "") if went_well else (MassState.failed, f"receipt {told.status}"[:64])
    return moved(mass, state, why, told=told, ended_at=told.at, lease_until=None)


def lacks_id(mass: MassSend) -> bool:
    """Would WeChat's id for this clientmsgid tell what nobody knows? It is given for a job that was made, and always the same."""
    return mass.state in (MassState.sending, MassState.unknown) and not mass.msg_id


def is_lost(mass: MassSend) -> bool:
    """Will nobody ever hear by its clientmsgid what became of it?"""
    return mass.state is MassState.unknown and not mass.msg_id and mass.doubt_since is not None


def pair(lost: Sequence[MassSend], receipts: Mapping[str, MassTold]) -> list[tuple[MassSend, str]]:
    """Lost mass sends with the ids of receipts that are of them and can be of no other; `receipts` that nobody owns, by their ids."""
    fits = {mass.id: [msg_id for msg_id, told in receipts.items() if _may_be_of(mass, told)] for mass in lost}
    times = Counter(msg_id for found in fits.values() for msg_id in found)
    return [(mass, fits[mass.id][0]) for mass in lost if len(fits[mass.id]) == 1 and times[fits[mass.id][0]] == 1]


def _may_be_of(mass: MassSend, told: MassTold) -> bool:
    return mass.doubt_since is not None and -CLOCKS_DIFFER <= told.at - mass.doubt_since <= COMES_WITHIN


def told_by(message: MassJobFinished) -> MassTold:
    """A receipt in our words."""
    checks = {each.article_index: each for each in message.copyright.list}
    urls = {each.article_index: each.url for each in message.articles.list}
    return MassTold(
        status=message.status[:64],
        at=message.created_at,
        total=message.total_count,
        filtered=message.filtered_count,
        sent=message.sent_count,
        errors=message.error_count,
        copyright=message.copyright.state or None,
        articles=tuple(
            ArticleTold(
                index=index,
                url=urls.get(index, ""),
                audit=checks[index].audit if index in checks else None,
                declared=checks[index].declared if index in checks else None,
                original_url=checks[index].original_url if index in checks else "",
            )
            for index in sorted({*checks, *urls})
        ),
    )


def texts_of(message: AnyMass, articles: Sequence[DraftArticle], purpose: Purpose) -> tuple[Written, ...]:
    """What people will read of it; `articles`: what the draft says that it names."""
    service = purpose is Purpose.service
    match message:
        case MassText(text=text):
            return (Written("$.message.text", text, service),)
        case MassPictures(recommend=recommend):
            return (Written("$.message.recommend", recommend, service),) if recommend else ()
        case MassVideo(title=title, description=description):
            named = (("$.message.title", title), ("$.message.description", description))
            return tuple(Written(place, text, service) for place, text in named if text)
        case MassArticles():
            placed = ((article, f"$.message.articles[{place}]") for place, article in enumerate(articles))
            return tuple(each for article, place in placed for each in _texts_of(article, place, service))
        case _:
            return ()


def _texts_of(article: DraftArticle, place: str, service: bool) -> list[Written]:
    content = unescape(TAGS.sub(" ", article.content))
    named = (("title", article.title), ("digest", article.digest), ("content", content))
    return [Written(f"{place}.{name}", text, service, page=place) for name, text in named if text.strip()]


def is_deletable(message: AnyMass) -> bool:
    """WeChat takes articles and videos away from who has them; everything else stays."""
    return isinstance(message, MassArticles | MassVideo)
