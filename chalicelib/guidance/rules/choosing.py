"""Which rule asks somebody to follow, if any does. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import msgspec

from chalicelib.accounts.words import Kind
from chalicelib.guidance.rules.means import choose_way
from chalicelib.guidance.words import Asked, Audience, Cap, GuidanceOrder, Reason, Rule, Seen, Sight, ToApp, ToOfficialAccount, Trigger, Way
from chalicelib.identity.words import Folded, IdentifierType

PAYMENT = re.compile(r"(?<!dis)pay|checkout|cashier")
"""Pages on which nobody is disturbed, whatever a brand calls them besides; `display` is no payment."""
REMEMBERED = timedelta(days=31)
MOST_REMEMBERED = 50


class Chosen(msgspec.Struct, frozen=True):
    """The rule that asks, and how it leads there."""

    rule: Rule
    way: Way


def why_never(order: GuidanceOrder, asked: Asked) -> Reason | None:
    """What forbids every rule: somebody has just come in, or pays."""
    if asked.dwell_s == 0 or asked.pages == 1:
        return Reason.on_entry
    page = asked.page.lower()
    named = {each.lower() for each in order.payment_pages}
    return Reason.payment_page if page in named or PAYMENT.search(page) else None


def fitting_rules(order: GuidanceOrder, asked: Asked) -> list[Rule]:
    """The rules for what has happened at this placement."""
    return [rule for rule in order.rules if fits_moment(rule, asked)]


def fits_moment(rule: Rule, asked: Asked) -> bool:
    if rule.trigger is not asked.trigger or (rule.placements and asked.placement not in rule.placements):
        return False
    return rule.trigger is not Trigger.dwell or asked.dwell_s >= rule.after_s


def reachable(rules: Iterable[Rule], end: Kind, asked: Asked) -> list[Chosen]:
    """Those of the rules that have a means allowed here."""
    ways = ((rule, choose_way(rule.target, end, asked)) for rule in rules)
    return [Chosen(rule, way) for rule, way in ways if way is not None]


def choose(
    rules: Iterable[Chosen], folded: Folded, followed: Collection[str], end: Kind, *, new_for_days: int, now: datetime
) -> Chosen | Reason:
    """The first rule for this person, or why the first one is not."""
    reason: Reason | None = None
    for each in rules:
        refused = why_not(each.rule, folded, followed, end, new_for_days=new_for_days, now=now)
        if refused is None:
            return each
        reason = reason or refused
    return reason or Reason.no_rule


def why_not(rule: Rule, folded: Folded, followed: Collection[str], end: Kind, *, new_for_days: int, now: datetime) -> Reason | None:
    if is_there(rule, folded, followed, end):
        return Reason.already_there
    fits = {
        Audience.everyone: True,
        Audience.known_phone: any(key.type is IdentifierType.phone for key in folded.keys),
        Audience.new: now - folded.first_at < timedelta(days=new_for_days),
    }
    return None if fits[rule.audience] else Reason.audience


def is_there(rule: Rule, folded: Folded, followed: Collection[str], end: Kind) -> bool:
    """Does somebody follow already, by any openid, or use the app? Of Channels nobody tells us."""
    match rule.target:
        case ToOfficialAccount(account=account):
            return name_of(account) in followed
        case ToApp(account=account):
            uses = any(key.type is IdentifierType.openid and key.account == name_of(account) for key in folded.keys)
            return uses or end is Kind.app or any(key.type is IdentifierType.app_uid for key in folded.keys)
    return False


def name_of(account: str) -> str:
    """An account's name within its brand."""
    return account.partition(".")[2]


def is_capped(sights: Iterable[Sight], cap: Cap, *, now: datetime) -> bool:
    """Has a person, whose sights these are, been asked as often as may be? One who was two people counts what both were shown."""
    since = int((now - timedelta(hours=cap.hours)).timestamp())
    shown = {seen.id for sight in sights for seen in sight.seen if seen.at > since}
    return len(shown) >= cap.most


def remember(sight: Sight, seen: Seen, *, now: datetime) -> Sight:
    """A sight with one more; what is long ago is let go."""
    since = int((now - REMEMBERED).timestamp())
    kept = [each for each in sight.seen if each.at > since]
    return Sight(key=sight.key, seen=(*kept, seen)[-MOST_REMEMBERED:], revision=sight.revision + 1)


def seen_before(sights: Iterable[Sight], at: datetime, window: timedelta) -> list[Seen]:
    """What was shown within a window before a moment, the latest first. WeChat tells whole seconds, so the second itself counts."""
    until, since = int(at.timestamp()), int((at - window).timestamp())
    found = {seen for sight in sights for seen in sight.seen if since <= seen.at <= until}
    return sorted(found, key=lambda seen: (seen.at, seen.id), reverse=True)
