"""People of a former account, followed to the one it was migrated to."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.words import Account
from chalicelib.identity.flows.linking import assert_link
from chalicelib.identity.tables import identifiers
from chalicelib.identity.words import Identifier, IdentifierType, Key, Rank
from chalicelib.identity.words.jobs import Job, Progress
from chalicelib.world import World

SOURCE = "changeopenid"
BATCH = 100


def work_migration(account: Account, job: Job, *, world: World, now: datetime) -> tuple[str | None, Progress]:
    """Ask for the new openids of the next hundred old ones, and link them; where the job stands then, or nothing at the end.

    A batch repeated says the same again: its links bear the time at which the job was started.
    """
    shard, _, after = (job.position or identifiers.SHARDS[0]).partition("|")
    keys = identifiers.list_openids(account.brand, job.from_account, shard, after=after or None, limit=BATCH)
    progress = _link_all(account, job, keys, world=world, now=now) if keys else Progress()
    if len(keys) == BATCH:
        return f"{shard}|{identifiers.identifier_pk(account.brand, keys[-1])}", progress
    following = identifiers.SHARDS.index(shard) + 1
    return identifiers.SHARDS[following] if following < len(identifiers.SHARDS) else None, progress


def _link_all(account: Account, job: Job, keys: list[Key], *, world: World, now: datetime) -> Progress:
    former = register.find_account(f"{account.brand}.{job.from_account}", world=world, now=now)
    found = identifiers.read_identifiers(account.brand, keys)
    olds = [world.keyring.decrypt(account.brand, each.sealed) for each in found]
    changed = tokens.with_token(account, lambda token: world.wechat.change_openids(token, former.appid, olds), world=world, now=now)
    places = [
        assert_link(
            account.brand,
            Identifier(IdentifierType.openid, old, former.name),
            Identifier(IdentifierType.openid, new, account.name),
            rank=Rank.attested,
            source=SOURCE,
            at=job.started_at,
            world=world,
            now=now,
        )
        for old, new in changed.items()
    ]
    return Progress(seen=len(olds), joined=sum(place.rejection is None for place in places), unknown=len(olds) - len(places))
