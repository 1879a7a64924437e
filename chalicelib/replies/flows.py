"""Reply rules: published, rolled back, found for a callback."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Kept
from chalicelib.errors import Invalid, Missing
from chalicelib.replies import rules
from chalicelib.replies.words import Published, ReplyRules, Rule, RulesOrder, RulesShown
from chalicelib.world import World


def publish_rules(account: Account, order: RulesOrder, *, actor: str, world: World, now: datetime) -> Published:
    """Check the rules, keep them as a new version and put it in force, on every container within ten seconds."""
    appids = {mini: _mini_program(account, mini, world=world, now=now).appid for mini in rules.mini_programs_in(order)}
    ready = rules.write_rules(order, appids, account.web_origins)
    about = {"account": account.id, "rules": len(ready)}
    written = msgspec.json.encode(ready).decode()
    kept = documents.publish(_rules_of(account), order, ready=written, about=about, actor=actor, world=world, now=now)
    return _tell(kept, live=kept.version)


def roll_back(account: Account, version: int, *, actor: str, world: World, now: datetime) -> Published:
    """Put an earlier version in force again; nothing is lost, and it can be undone the same way."""
    kept = documents.roll_back(_rules_of(account), version, about={"account": account.id}, actor=actor, world=world, now=now)
    return _tell(kept, live=version)


def show_rules(account: Account) -> RulesShown:
    """The rules in force as they were written, and the newest versions."""
    live = documents.find_live(_rules_of(account))
    if live is None:
        raise Missing(code="document_missing")
    versions = tuple(_tell(each, live=live.version) for each in documents.list_versions(_rules_of(account)))
    return RulesShown(account=account.id, version=live.version, written=live.written, versions=versions)


def live_rules(account: Account, *, world: World, now: datetime) -> ReplyRules:
    """The rules in force, at most ten seconds old."""
    fresh_s = world.settings.reply_rules_fresh_s
    return documents.in_force(_rules_of(account), lambda kept: _read(account, kept), fresh_s=fresh_s, world=world, now=now)


def rules_of_version(account: Account, version: int, *, world: World, now: datetime) -> ReplyRules:
    """The rules as a version had them; a version never changes."""
    return documents.of_version(_rules_of(account), version, lambda kept: _read(account, kept), world=world, now=now)


def _rules_of(account: Account) -> Document[RulesOrder]:
    return Document(brand=account.brand, kind="reply_rules", account=account.name, written_as=RulesOrder, event="rules")


def _read(account: Account, kept: Kept[RulesOrder] | None) -> ReplyRules:
    if kept is None:
        return ReplyRules(account=account.id, version=0, rules=())
    return ReplyRules(account=account.id, version=kept.version, rules=msgspec.json.decode(kept.ready, type=tuple[Rule, ...]))


def _tell(kept: Kept[RulesOrder], *, live: int) -> Published:
    return Published(
        version=kept.version, rules=len(kept.written.rules), published_at=kept.published_at, by=kept.by, live=kept.version == live
    )


def _mini_program(account: Account, mini_program: str, *, world: World, now: datetime) -> Account:
    try:
        found = register.find_own_account(account.brand, mini_program, world=world, now=now)
    except Missing:
        raise Invalid(f"The mini program {mini_program} is not an account of this brand - at `$.rules`.") from None
    if found.kind is not Kind.mini_program:
        raise Invalid(f"The account {mini_program} is no mini program - at `$.rules`.")
    return found
