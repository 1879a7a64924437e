"""What came of showings: closed, followed, counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from chalicelib.accounts.words import Account
from chalicelib.errors import Busy, Invalid, Missing
from chalicelib.experiments import flows as experiments
from chalicelib.guidance import tables
from chalicelib.guidance.flows.deciding import experiment_name
from chalicelib.guidance.rules.choosing import seen_before
from chalicelib.guidance.words import Exposure, Seen, Showing, Stats, Tally
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, Key, read_key
from chalicelib.ids import is_ulid
from chalicelib.sessions.words import Claims
from chalicelib.world import World

TRIES = 5
MOST_DAYS = 92


def note_closed(claims: Claims, showing_id: str, *, world: World, now: datetime) -> None:
    """Somebody has closed what they were shown, on this end or another; once counts."""
    day = experiments.day_of(now, world.settings.utc_offset_h)
    for _ in range(TRIES):
        showing = tables.read_showing(claims.brand, showing_id) if is_ulid(showing_id) else None
        if showing is None or not _is_theirs(claims, showing):
            raise Missing(code="showing_missing")
        if showing.closed_at is not None or tables.keep_closed(showing, day=day, now=now):
            return
    raise Busy


def note_followed(account: Account, openid: Identifier, *, at: datetime, world: World, now: datetime) -> Showing | None:
    """WeChat tells that somebody follows: the latest of what this person was shown for this account within the window has led to it.

    A follow counts for one showing and a showing for one follow, however often it is heard.
    """
    key = identity.key_of(account.brand, openid, world=world, now=now)
    day = experiments.day_of(now, world.settings.utc_offset_h)
    window = timedelta(seconds=world.settings.guidance_follow_window_s)
    for _ in range(TRIES):
        if tables.is_tied(account.brand, key, at):
            return None
        showing = _led_to(account, key, at, window)
        if showing is None or tables.tie(showing, key, at, day=day, now=now):
            return showing
    raise Busy


def show_stats(brand: str, *, since: str, until: str) -> Stats:
    """What was shown, closed and followed on some days, by rule, placement and variant."""
    _check_days(since, until)
    sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in tables.list_tallies(brand, since=since, until=until):
        total = sums[each.rule, each.placement, each.variant]
        for place, count in enumerate((each.shown, each.closed, each.followed)):
            total[place] += count
    tallies = tuple(
        Tally(rule=rule, placement=placement, variant=variant, shown=shown, closed=closed, followed=followed)
        for (rule, placement, variant), (shown, closed, followed) in sorted(sums.items())
    )
    exposures = _exposures(brand, sorted({each.rule for each in tallies}), since=since, until=until)
    return Stats(since=since, until=until, tallies=tallies, exposures=exposures)


def _exposures(brand: str, rules: Sequence[str], *, since: str, until: str) -> tuple[Exposure, ...]:
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for rule in rules:
        for each in experiments.count_exposures(brand, experiment_name(rule), since=since, until=until):
            sums[rule, each.variant] += each.subjects
    return tuple(Exposure(rule=rule, variant=variant, subjects=subjects) for (rule, variant), subjects in sorted(sums.items()))


def _is_theirs(claims: Claims, showing: Showing) -> bool:
    if showing.key == claims.key:
        return True
    return identity.find_common_person(claims.brand, read_key(claims.key), read_key(showing.key)) is not None


def _led_to(account: Account, key: Key, at: datetime, window: timedelta) -> Showing | None:
    """The latest showing for this account that no follow has yet."""
    person = identity.find_person_by_key(account.brand, key)
    sights = tables.read_sights(account.brand, identity.keys_of_person(account.brand, person))
    return next(filter(None, (_untied(account, seen) for seen in seen_before(sights, at, window))), None)


def _untied(account: Account, seen: Seen) -> Showing | None:
    showing = tables.read_showing(account.brand, seen.id)
    return showing if showing and showing.target == account.id and showing.followed_at is None else None


def _check_days(since: str, until: str) -> None:
    try:
        first, last = (date.fromisoformat(day) for day in (since, until))
    except ValueError:
        raise Invalid("since and until are days, like 2026-11-21.") from None
    if (first.isoformat(), last.isoformat()) != (since, until):
        raise Invalid("since and until are days, like 2026-11-21.")
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise Invalid(f"From since to until are at most {MOST_DAYS} days.")
