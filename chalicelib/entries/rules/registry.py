"""What an entry may be: its code, its targets, its periods. Pure."""

from __future__ import annotations

import itertools
import re
from datetime import datetime
from urllib.parse import urlsplit

from chalicelib.accounts.rules import leads_home
from chalicelib.accounts.words import Account, Kind
from chalicelib.entries.rules import addresses
from chalicelib.entries.words import (
    AppPage,
    Article,
    Channels,
    Cost,
    Entry,
    EntryChange,
    EntryOrder,
    Following,
    Lead,
    MiniProgramPage,
    Period,
    Placement,
    Target,
    WebPage,
)
from chalicelib.errors import Invalid
from chalicelib.ids import ALPHABET
from chalicelib.lint.words import Written
from chalicelib.staff.rules import BRAND

CODE_LETTERS = ALPHABET.lower()
CODE_LENGTH = 8
CODE_BYTES = 5
CODE = re.compile(rf"[{CODE_LETTERS}]{{{CODE_LENGTH}}}")
PUBLIC = re.compile(rf"(?P<brand>{BRAND.pattern})\.(?P<code>{CODE.pattern})")
LONGEST_PUBLIC = 63
ARTICLES = "https://mp.weixin.qq.com"
KINDS: dict[type[Target], frozenset[Kind]] = {
    MiniProgramPage: frozenset({Kind.mini_program}),
    Following: frozenset({Kind.official_account}),
    Article: frozenset({Kind.official_account}),
    AppPage: frozenset({Kind.app}),
    WebPage: frozenset({Kind.official_account, Kind.website, Kind.app, Kind.mini_program}),
}
OF_SERVICE = frozenset({Placement.template_message, Placement.service_message})
"""Where people are told of their orders and bookings, so that nothing may market."""
OPENS_TICKETS = (MiniProgramPage, AppPage, WebPage)


def write_code(raw: bytes) -> str:
    """The code that five bytes stand for: forty bits, eight characters nobody mistakes for others."""
    number = int.from_bytes(raw[:CODE_BYTES], "big")
    return "".join(CODE_LETTERS[(number >> shift) & 31] for shift in range(35, -1, -5))


def is_code(text: str) -> bool:
    return CODE.fullmatch(text) is not None


def write_public(brand: str, code: str) -> str:
    """An entry as addresses name it: `<brand>.<code>`."""
    return f"{brand}.{code}"


def read_public(text: str) -> tuple[str, str] | None:
    """Brand and code of an entry as addresses name it; nothing for what cannot be one."""
    match = PUBLIC.fullmatch(text) if len(text) <= LONGEST_PUBLIC else None
    return None if match is None else (match["brand"], match["code"])


def in_force(lead: Lead, at: datetime) -> Target:
    """Where an entry leads at a moment: as its schedule says, else as always."""
    return next((period.target for period in lead.schedule if period.starts_at <= at < period.ends_at), lead.target)


def plan_lead(order: EntryOrder | EntryChange) -> Lead:
    """What an order makes of an entry, its periods in order; `Invalid` for periods that overlap, costs that end before they begin."""
    lead = Lead(
        name=order.name,
        label=order.label,
        target=order.target,
        schedule=tuple(sorted(order.schedule, key=lambda period: period.starts_at)),
        utm=order.utm,
        costs=tuple(sorted(order.costs, key=lambda cost: (cost.first, cost.last))),
        ticket=order.ticket,
    )
    _check_schedule(lead.schedule)
    _check_costs(lead.costs)
    if lead.ticket and not any(isinstance(target, OPENS_TICKETS) for target in targets_of(lead)):
        raise Invalid("Nobody opens a ticket there: only mini programs, apps and web pages do - at `$.ticket`.")
    return lead


def places_of(lead: Lead) -> dict[str, Target]:
    """Every target of an entry, by where it stands in the order."""
    return {"$.target": lead.target, **{f"$.schedule[{place}].target": period.target for place, period in enumerate(lead.schedule)}}


def targets_of(lead: Lead) -> tuple[Target, ...]:
    """Every target of an entry."""
    return (lead.target, *(period.target for period in lead.schedule))


def texts_of(entry: Entry) -> tuple[Written, ...]:
    """What people read of an entry, and where it leads, as the lint looks at it."""
    is_service = entry.placement in OF_SERVICE
    texts = [Written(place="$.name", text=entry.lead.name, service=is_service)]
    if entry.lead.label:
        texts.append(Written(place="$.label", text=entry.lead.label, service=is_service))
    for place, target in places_of(entry.lead).items():
        match target:
            case MiniProgramPage():
                texts.append(Written(place=place, mini_program=target.account, leads_to=target.path))
            case Channels():
                texts.append(Written(place=f"{place}.title", text=target.title))
            case AppPage() | WebPage():
                texts.append(Written(place=f"{place}.url", leads_to=target.url))
    return tuple(texts)


def label_of(entry: Entry) -> str:
    """What people read on its links."""
    return entry.lead.label or entry.lead.name


def read_label(entry: Entry, label: str) -> tuple[Written, ...]:
    """Another label than the entry's own, as the lint looks at it; nothing for what was let through with the entry."""
    let_through = (entry.lead.name, entry.lead.label)
    return () if label in let_through else (Written(place="label", text=label, service=entry.placement in OF_SERVICE),)


def check_target(entry: Entry, target: Target, account: Account | None, *, place: str) -> None:
    """`Invalid` for a target that is no page of its account, or whose address would be longer than WeChat takes."""
    if account is not None and account.kind not in KINDS[type(target)]:
        raise Invalid(f"The account is of another kind than this target needs - at `{place}.account`.")
    if isinstance(target, MiniProgramPage):
        addresses.check_page(entry, target, place=place)
    if isinstance(target, AppPage | WebPage):
        _check_home(entry, target, () if account is None else account.web_origins, place=place)
    if isinstance(target, Article) and not is_article(target.url):
        raise Invalid(f"An article's address begins with {ARTICLES}/s - at `{place}.url`.")


def leads_to_account(target: Target) -> str:
    """The id of the account a target belongs to; none for Channels."""
    return "" if isinstance(target, Channels) else target.account


def is_article(url: str) -> bool:
    """Is this the address of an article, for every browser?"""
    path = urlsplit(url).path
    return leads_home(url, (ARTICLES,)) and (path == "/s" or path.startswith("/s/"))


def _check_home(entry: Entry, target: AppPage | WebPage, origins: tuple[str, ...], *, place: str) -> None:
    if not leads_home(target.url, origins):
        raise Invalid(f"The account has not named the web origin of this page: PUT its web-origins first - at `{place}.url`.")
    if not leads_home(addresses.mark(entry, target.url), origins):
        raise Invalid(f"With the entry and its UTM the address is over 2048 characters: shorten it - at `{place}.url`.")


def _check_schedule(schedule: tuple[Period, ...]) -> None:
    for period in schedule:
        if period.starts_at >= period.ends_at:
            raise Invalid("A period ends after it has begun - at `$.schedule`.")
    if any(before.ends_at > after.starts_at for before, after in itertools.pairwise(schedule)):
        raise Invalid("Two periods overlap: at every moment one target is in force - at `$.schedule`.")


def _check_costs(costs: tuple[Cost, ...]) -> None:
    if any(cost.last < cost.first for cost in costs):
        raise Invalid("The last day of a cost is not before its first - at `$.costs`.")
