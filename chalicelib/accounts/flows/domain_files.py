"""Files by which WeChat proves that a domain is ours: kept, served, dropped."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows.register import ACCOUNT_FRESH_S
from chalicelib.accounts.tables import domain_files as tables
from chalicelib.accounts.words import Account, DomainFileOrder, FileName
from chalicelib.errors import Conflict, Missing
from chalicelib.staff import flows as staff
from chalicelib.world import World


def keep_file(account: Account, order: DomainFileOrder, *, actor: str, world: World, now: datetime) -> None:
    """Serve a file from now on. Keeping it again changes it."""
    about = {"account": account.id, "file": order.name}
    staff.record(account.brand, "domain_file.kept", about, actor=actor, world=world, now=now)
    if not tables.keep_file(account.id, order.name, order.content):
        raise Conflict(code="file_taken")
    world.cache.forget("file", order.name)


def drop_file(account: Account, name: str, *, actor: str, world: World, now: datetime) -> None:
    """Serve a file of the account no more."""
    staff.record(account.brand, "domain_file.dropped", {"account": account.id, "file": name}, actor=actor, world=world, now=now)
    tables.drop_file(account.id, name)
    world.cache.forget("file", name)


def find_file(name: str, *, world: World, now: datetime) -> str:
    """What is in a file, at most a minute old; `Missing` for one nobody keeps, and for what is no such name."""
    try:
        msgspec.convert(name, FileName)
    except msgspec.ValidationError:
        raise Missing(code="path_missing") from None
    content = world.cache.remember(("file", name), ACCOUNT_FRESH_S, lambda: tables.read_file(name), now=now)
    if content is None:
        raise Missing(code="path_missing")
    return content
