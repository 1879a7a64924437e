"""Links made by WeChat, kept, counted against its quotas and renewed ahead of their end."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.tables import list_brands
from chalicelib.accounts.words import Account
from chalicelib.aws.tables import TableError
from chalicelib.entries.flows import quotas
from chalicelib.entries.rules import addresses
from chalicelib.entries.rules import links as rules
from chalicelib.entries.rules.quotas import OF_LINK
from chalicelib.entries.tables import codes
from chalicelib.entries.tables import links as tables
from chalicelib.entries.tables.registry import look_sk
from chalicelib.entries.words import Entry, Following, MiniProgramPage, Target
from chalicelib.entries.words.links import Link, LinkKind, Opened
from chalicelib.errors import Busy, Declined, LiandongError
from chalicelib.wechat.codes import LONGEST_LIFE_S, DrawnCode
from chalicelib.world import World

if TYPE_CHECKING:
    from chalicelib.wechat.gateway import Gateway

log = logging.getLogger("liandong.entries")
STAND_IN_WIDTH = 280
"""The smallest code WeChat draws: it lies in a row, and in the page itself."""
TRIES = 12
PAUSE_S = 0.5
LONGEST_ASKING = timedelta(seconds=30)
"""No request lasts longer: whoever has claimed a link before that has crashed."""


def renew_links(*, world: World, now: datetime) -> int:
    """Look after the links of every entry that is due; how many were looked after is the answer."""
    done = 0
    for brand in list_brands():
        for look, code in tables.list_looks(brand, now, most=world.settings.link_looks_per_run):
            done += 1
            try:
                look_after(brand, code, look, world=world, now=now)
            except (LiandongError, TableError) as error:  # the look stays where it is and is done again
                log.warning("the links of %s of %s could not be looked after: %s", code, brand, type(error).__name__)
    return done


def look_now(entry: Entry, *, world: World, now: datetime) -> None:
    """Make the links of an entry that was just written; what fails is tried again by the schedule."""
    try:
        look_after(entry.brand, entry.id, look_sk(entry, entry.changed_at), world=world, now=now)
    except (LiandongError, TableError) as error:
        log.warning("the links of %s of %s are made later: %s", entry.id, entry.brand, type(error).__name__)


def look_after(brand: str, code: str, look: str, *, world: World, now: datetime) -> None:
    """Make the links an entry needs until tomorrow, drop those it needs no more, and plan the next look."""
    opened = tables.read_opened(brand, code)
    if opened is None or opened.entry.retired_at is not None:
        tables.finish_look(brand, look, None, None)
        return
    entry, again = opened.entry, None
    for stale in rules.list_stale(entry, opened.links):
        tables.drop_link(entry, stale)
    for kind, target in rules.list_needed(entry, opened.links, now):
        tried_again = _try_to_make(entry, kind, target, world=world, now=now)
        again = min(filter(None, (again, tried_again)), default=None)
    kept = tables.read_opened(brand, code) or opened
    following = min(filter(None, (again, rules.next_look(entry, kept.links, now))), default=None)
    tables.finish_look(brand, look, entry, following)
    world.cache.forget("opened", brand, code)


def make_link(entry: Entry, kind: LinkKind, target: Target, *, good_at: datetime, world: World, now: datetime) -> Link:
    """Have WeChat make a link and keep it, or take the one, still good then, that somebody else has had made at this moment.

    `Busy` (links_spent) when the day has none left.
    """
    mark = rules.mark_of(entry, target)
    with _asking_alone(entry, kind, mark, world=world, now=now):
        opened = tables.read_opened(entry.brand, entry.id)
        made = rules.find_good(opened.links if opened else (), kind, mark, good_at)
        return made or _make_and_keep(entry, kind, target, world=world, now=now)


@contextmanager
def _asking_alone(entry: Entry, kind: LinkKind, mark: str, *, world: World, now: datetime) -> Iterator[None]:
    """Nobody else asks WeChat for this link meanwhile: each asking is one of the day's."""
    lease = world.new_id()
    for _ in range(TRIES):
        if tables.claim_asking(entry, kind, mark, lease, now=now, until=now + LONGEST_ASKING):
            break
        world.pause(PAUSE_S)
    else:
        raise Busy("Somebody has this link made just now: try again.")
    try:
        yield
    except Exception:
        tables.release_asking(entry, kind, mark, lease)
        raise
    tables.release_asking(entry, kind, mark, lease)


def _make_and_keep(entry: Entry, kind: LinkKind, target: Target, *, world: World, now: datetime) -> Link:
    account = register.find_own_account(entry.brand, _account_of(target), world=world, now=now)
    try:
        with quotas.spending(account, OF_LINK[kind], world=world, now=now):
            link = _ask_wechat(entry, kind, target, account, world=world, now=now)
    except Declined as declined:
        if declined.errcode in rules.SPENT:
            raise Busy(code="links_spent") from None
        if declined.errcode == rules.HURRIED:
            raise Busy(code="wechat_busy") from None
        raise
    tables.keep_link(entry, link)
    world.cache.forget("opened", entry.brand, entry.id)
    return link


def have_link(opened: Opened, kind: LinkKind, target: Target, *, world: World, now: datetime) -> Link:
    """A good link of a kind to a target: the one that is kept, or a new one."""
    good = rules.find_good(opened.links, kind, rules.mark_of(opened.entry, target), now)
    return good or make_link(opened.entry, kind, target, good_at=now, world=world, now=now)


def _try_to_make(entry: Entry, kind: LinkKind, target: Target, *, world: World, now: datetime) -> datetime | None:
    """Make a link; when to try again if that failed. What WeChat refused stands beside the entry until it does it."""
    try:
        make_link(entry, kind, target, good_at=now + rules.AHEAD, world=world, now=now)
    except Declined as declined:
        _note(entry, kind, target, f"errcode {declined.errcode}", now=now)
        return now + rules.AGAIN_IF_REFUSED
    except Busy as busy:
        if busy.code != "links_spent":
            return now + rules.AGAIN_IF_BUSY
        _draw_instead(entry, target, world=world, now=now)
        return rules.next_day(now)
    return None


def _draw_instead(entry: Entry, target: Target, *, world: World, now: datetime) -> None:
    """The mini program's own code, of which there may be any number, stands in for links until tomorrow."""
    mark = rules.mark_of(entry, target)
    if not isinstance(target, MiniProgramPage) or codes.read_image(entry, mark):
        return
    account = register.find_own_account(entry.brand, target.account, world=world, now=now)

    def draw(token: str) -> DrawnCode:
        return world.wechat.draw_code(
            token, rules.scene_of(entry), page=target.path, width=STAND_IN_WIDTH, env_version="release", check_path=True
        )

    try:
        drawn = tokens.with_token(account, draw, world=world, now=now)
    except LiandongError as error:
        log.warning("no code could be drawn for %s of %s: %s", entry.id, entry.brand, error.code)
        return
    codes.keep_image(entry, mark, drawn.media_type, base64.b64encode(drawn.image).decode())


def _note(entry: Entry, kind: LinkKind, target: Target, trouble: str, *, now: datetime) -> None:
    """A link that is still good is not given up for a refusal."""
    mark = rules.mark_of(entry, target)
    opened = tables.read_opened(entry.brand, entry.id)
    if opened is None or rules.find_good(opened.links, kind, mark, now) is None:
        tables.keep_link(entry, Link(kind=kind, mark=mark, value="", made_at=now, trouble=trouble))


def _ask_wechat(entry: Entry, kind: LinkKind, target: Target, account: Account, *, world: World, now: datetime) -> Link:
    wechat = world.wechat
    ends_at: datetime | None = now + rules.LIVES
    if isinstance(target, Following):
        code = tokens.with_token(
            account, lambda token: wechat.create_follow_code(token, rules.scene_of(entry), lives_s=LONGEST_LIFE_S), world=world, now=now
        )
        value, ends_at = code.url, now + timedelta(seconds=code.lives_s or LONGEST_LIFE_S)
    else:
        assert isinstance(target, MiniProgramPage)
        value = tokens.with_token(account, lambda token: _make(wechat, token, entry, kind, target), world=world, now=now)
    return Link(kind=kind, mark=rules.mark_of(entry, target), value=value, made_at=now, ends_at=ends_at)


def _make(wechat: Gateway, token: str, entry: Entry, kind: LinkKind, page: MiniProgramPage) -> str:
    query = addresses.query_of(entry, page)
    match kind:
        case LinkKind.scheme:
            return wechat.make_scheme(token, page.path, query)
        case LinkKind.short_link:
            return wechat.make_short_link(token, addresses.path_of(entry, page), rules.short_title(entry))
        case _:
            return wechat.make_url_link(token, page.path, query)


def _account_of(target: Target) -> str:
    assert isinstance(target, MiniProgramPage | Following)
    return target.account
