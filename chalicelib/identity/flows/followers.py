"""Followers of an account, asked about a hundred at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.errors import Declined
from chalicelib.identity.flows.linking import recognise
from chalicelib.identity.flows.people import key_of, note_follow
from chalicelib.identity.tables import identifiers
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.identity.words.jobs import Job, Progress
from chalicelib.wechat.gateway import Follower
from chalicelib.world import World

SOURCE = "user.info.batchget"
BATCH = 100
PAGE_FRESH_S = 3600
STRANGERS = frozenset({40003, 49003})
"""Openids nobody has at this account; one of them refuses the whole batch."""


class Page(msgspec.Struct, frozen=True):
    """Up to 10,000 followers behind one of them: WeChat gives few such pages a day, so a container keeps its last."""

    after: str
    openids: tuple[str, ...]


def work_followers(account: Account, job: Job, *, world: World, now: datetime) -> tuple[str | None, Progress]:
    """Recognise the next hundred followers; where the job stands then, sealed, or nothing when there are no more."""
    after = world.keyring.decrypt(account.brand, job.position) if job.position else ""
    try:
        openids = _next_openids(account, job, after, world=world, now=now)
    except Declined as declined:
        if not after or declined.errcode not in STRANGERS:
            raise
        return world.keyring.encrypt(account.brand, "", now=now), Progress()  # who we had come to is gone: from the beginning again
    if not openids:
        return None, Progress()
    followers = _fetch(account, openids, world=world, now=now)
    joined = _recognise_all(account, followers, world=world, now=now)
    return world.keyring.encrypt(account.brand, openids[-1], now=now), Progress(
        seen=len(openids),
        joined=joined,
        without_unionid=sum(each.unionid is None for each in followers),
        unknown=len(openids) - len(followers),
    )


def _next_openids(account: Account, job: Job, after: str, *, world: World, now: datetime) -> tuple[str, ...]:
    """The next hundred behind an openid, out of the page the container has or a new one."""
    key = ("followers", account.id, job.id)

    def load() -> Page:
        return Page(after, tokens.with_token(account, lambda token: world.wechat.list_followers(token, after), world=world, now=now))

    rest = _behind(after, world.cache.remember(key, PAGE_FRESH_S, load, now=now))
    if not rest:
        world.cache.forget(*key)
        rest = _behind(after, world.cache.remember(key, PAGE_FRESH_S, load, now=now))
    return rest[:BATCH]


def _behind(after: str, page: Page) -> tuple[str, ...]:
    if page.after == after:
        return page.openids
    return page.openids[page.openids.index(after) + 1 :] if after in page.openids else ()


def _fetch(account: Account, openids: Sequence[str], *, world: World, now: datetime) -> list[Follower]:
    """What WeChat tells of each. Where one of them is nobody any more, halves are asked until only that one is left out."""
    try:
        return tokens.with_token(account, lambda token: world.wechat.fetch_followers(token, openids), world=world, now=now)
    except Declined as declined:
        if declined.errcode not in STRANGERS:
            raise
    if len(openids) == 1:
        return []
    half = len(openids) // 2
    return [each for part in (openids[:half], openids[half:]) for each in _fetch(account, part, world=world, now=now)]


def _recognise_all(account: Account, followers: Sequence[Follower], *, world: World, now: datetime) -> int:
    """Recognise each; of how many the unionid was news. Who is known already costs a part of one read."""
    who = {each.openid: Identifier(IdentifierType.openid, each.openid, account.name) for each in followers}
    keys = {openid: key_of(account.brand, identifier, world=world, now=now) for openid, identifier in who.items()}
    twins = {found.key: found.twin for found in identifiers.read_identifiers(account.brand, keys.values())}
    joined = 0
    for each in followers:
        if each.subscribed and each.since is not None:
            since = datetime.fromtimestamp(each.since, UTC)
            note_follow(account.brand, who[each.openid], follows=True, at=since, world=world, now=now)
        known = keys[each.openid] in twins
        if each.unionid is None and known:
            continue
        union = None if each.unionid is None else Identifier(IdentifierType.unionid, each.unionid)
        if union is not None and known and twins[keys[each.openid]] == key_of(account.brand, union, world=world, now=now).hash:
            continue
        recognise(account.brand, who[each.openid], each.unionid, source=SOURCE, world=world, now=now)
        joined += union is not None
    return joined
