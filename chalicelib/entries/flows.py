"""Reply rules: published, rolled back, found for a callback."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.entries import rules, tables
from chalicelib.entries.words import Published, ReplyRules, RulesOrder, RulesShown
from chalicelib.errors import Busy, Invalid, Missing
from chalicelib.staff import flows as staff
from chalicelib.world import World

SHOWN_VERSIONS = 20
DOCUMENT_LIMIT = 180_000  # both forms fit into one item of 400 KB
VERSION_FRESH_S = 3600


def publish_rules(account: Account, order: RulesOrder, *, actor: str, world: World, now: datetime) -> Published:
    """Check the rules, keep them as a new version and put it in force, on every container within ten seconds."""
    appids = {mini: _mini_program(account, mini, world=world, now=now).appid for mini in rules.mini_programs_in(order)}
    ready = rules.write_rules(order, appids, account.web_origins)
    if max(len(msgspec.json.encode(order)), len(msgspec.json.encode(ready))) > DOCUMENT_LIMIT:
        raise Invalid(f"The rules take more than {DOCUMENT_LIMIT} bytes: shorten texts or drop rules - at `$.rules`.")
    staff.record(account.brand, "rules.published", {"account": account.id, "rules": len(ready)}, actor=actor, world=world, now=now)
    newest = tables.list_versions(account.brand, account.name, most=1)
    version = newest[0].version + 1 if newest else 1
    published = ReplyRules(account=account.id, version=version, rules=ready)
    if not tables.publish(account.brand, published, order, account.name, by=actor, now=now):
        raise Busy("Somebody published these rules at the same moment: look at theirs, then try again.")
    return Published(version=version, rules=len(ready), published_at=now, by=actor, live=True)


def roll_back(account: Account, version: int, *, actor: str, world: World, now: datetime) -> Published:
    """Put an earlier version in force again; nothing is lost, and it can be undone the same way."""
    kept = tables.read_version(account.brand, account.name, version)
    if kept is None:
        raise Missing(code="document_missing")
    staff.record(account.brand, "rules.rolled_back", {"account": account.id, "version": version}, actor=actor, world=world, now=now)
    tables.make_live(account.brand, account.name, version)
    return Published(version=version, rules=len(kept.ready), published_at=kept.published_at, by=kept.by, live=True)


def show_rules(account: Account) -> RulesShown:
    """The rules in force as they were written, and the newest versions."""
    live = tables.read_live_version(account.brand, account.name)
    kept = tables.read_version(account.brand, account.name, live) if live else None
    if kept is None:
        raise Missing(code="document_missing")
    versions = tuple(
        Published(version=each.version, rules=len(each.ready), published_at=each.published_at, by=each.by, live=each.version == live)
        for each in tables.list_versions(account.brand, account.name, most=SHOWN_VERSIONS)
    )
    return RulesShown(account=account.id, version=live, written=kept.written, versions=versions)


def live_rules(account: Account, *, world: World, now: datetime) -> ReplyRules:
    """The rules in force, at most ten seconds old."""

    def load() -> ReplyRules:
        return rules_of_version(account, tables.read_live_version(account.brand, account.name), world=world, now=now)

    return world.cache.remember(("rules", account.id), world.settings.reply_rules_fresh_s, load, now=now)


def rules_of_version(account: Account, version: int, *, world: World, now: datetime) -> ReplyRules:
    """The rules as a version had them; a version never changes."""

    def load() -> ReplyRules:
        kept = tables.read_version(account.brand, account.name, version) if version else None
        return ReplyRules(account=account.id, version=version if kept else 0, rules=kept.ready if kept else ())

    return world.cache.remember(("rules", account.id, str(version)), VERSION_FRESH_S, load, now=now)


def _mini_program(account: Account, mini_program: str, *, world: World, now: datetime) -> Account:
    try:
        found = register.find_own_account(account.brand, mini_program, world=world, now=now)
    except Missing:
        raise Invalid(f"The mini program {mini_program} is not an account of this brand - at `$.rules`.") from None
    if found.kind is not Kind.mini_program:
        raise Invalid(f"The account {mini_program} is no mini program - at `$.rules`.")
    return found
