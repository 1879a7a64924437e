"""Reply rules: drafted, published, rolled back, found for a callback."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Draft, Kept
from chalicelib.errors import Invalid, Missing
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, Subject
from chalicelib.replies.rules import writing
from chalicelib.replies.rules.choosing import Index, index_rules
from chalicelib.replies.rules.comparing import compare
from chalicelib.replies.words import RulesOrder, Service
from chalicelib.replies.words.publishing import DraftOrder, DraftShown, Published, PublishOrder, RulesShown
from chalicelib.replies.words.ready import Ready, Rule
from chalicelib.world import World


class ReplyRules(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an account's rules as a container keeps it. Version 0 is no rules at all."""

    account: str
    version: int
    index: Index
    service: Service | None


def publish_rules(account: Account, order: RulesOrder, *, override: str = "", actor: str, world: World, now: datetime) -> Published:
    """Check the rules, keep them as a new version and put it in force, on every container within ten seconds.

    `Invalid` (content_refused) for texts that break a rule, unless `override` says why they may stand.
    """
    ready = make_ready(account, order, world=world, now=now)
    about = {"account": account.id, "rules": len(ready.rules)}
    written = msgspec.json.encode(ready).decode()
    with _letting_through(account, order, override=override, actor=actor, world=world, now=now) as findings:
        kept = documents.publish(_rules_of(account), order, ready=written, about=about, actor=actor, world=world, now=now)
    return msgspec.structs.replace(_tell(kept, live=kept.version), findings=findings)


def publish_draft(account: Account, order: PublishOrder, *, actor: str, world: World, now: datetime) -> Published:
    """Put the draft in force, and there is none any more; one that was saved meanwhile stays."""
    draft = documents.read_draft(_rules_of(account), revision=order.revision)
    published = publish_rules(account, draft.written, override=order.override, actor=actor, world=world, now=now)
    documents.drop_draft(_rules_of(account), revision=draft.revision)
    return published


def roll_back(account: Account, version: int, *, override: str = "", actor: str, world: World, now: datetime) -> Published:
    """Put an earlier version in force again; nothing is lost, and it can be undone the same way."""
    kept = documents.find_version(_rules_of(account), version)
    with _letting_through(account, kept.written, override=override, actor=actor, world=world, now=now) as findings:
        documents.roll_back(_rules_of(account), version, about={"account": account.id}, actor=actor, world=world, now=now)
    return msgspec.structs.replace(_tell(kept, live=version), findings=findings)


def show_rules(account: Account) -> RulesShown:
    """The rules in force as they were written, and the newest versions."""
    live = documents.find_live(_rules_of(account))
    if live is None:
        raise Missing(code="document_missing")
    versions = tuple(_tell(each, live=live.version) for each in documents.list_versions(_rules_of(account)))
    return RulesShown(account=account.id, version=live.version, written=live.written, versions=versions)


def save_draft(account: Account, order: DraftOrder, *, actor: str, world: World, now: datetime) -> DraftShown:
    """Keep rules that are not finished; nothing that is in force changes."""
    draft = documents.save_draft(_rules_of(account), order.written, revision=order.revision, actor=actor, world=world, now=now)
    return _show_draft(account, draft, world=world, now=now)


def show_draft(account: Account, *, world: World, now: datetime) -> DraftShown:
    """The draft, and what it would change."""
    return _show_draft(account, documents.read_draft(_rules_of(account)), world=world, now=now)


def drop_draft(account: Account) -> None:
    """There is no draft any more; it is no mistake if there was none."""
    documents.drop_draft(_rules_of(account))


def live_rules(account: Account, *, world: World, now: datetime) -> ReplyRules:
    """The rules in force, at most ten seconds old."""
    fresh_s = world.settings.reply_rules_fresh_s
    return documents.in_force(_rules_of(account), lambda kept: _read(account, kept), fresh_s=fresh_s, world=world, now=now)


def rules_of_version(account: Account, version: int, *, world: World, now: datetime) -> ReplyRules:
    """The rules as a version had them; a version never changes."""
    return documents.of_version(_rules_of(account), version, lambda kept: _read(account, kept), world=world, now=now)


def find_version(account: Account, version: int, *, world: World, now: datetime) -> ReplyRules:
    """The rules as a version had them, or `Missing`."""
    return _read(account, documents.find_version(_rules_of(account), version))


def rules_of_draft(account: Account, *, world: World, now: datetime) -> ReplyRules:
    """The rules as the draft would have them; `Invalid` when it could not be published."""
    ready = make_ready(account, documents.read_draft(_rules_of(account)).written, world=world, now=now)
    return ReplyRules(account=account.id, version=0, index=index_rules(ready.rules), service=ready.service)


def make_ready(account: Account, order: RulesOrder, *, world: World, now: datetime) -> Ready:
    """Rules as they would be in force; `Invalid` names the one that cannot be."""
    appids = {mini: _mini_program(account, mini, world=world, now=now).appid for mini in writing.mini_programs_in(order)}
    return writing.write_rules(order, appids, account.web_origins)


def _letting_through(
    account: Account, order: RulesOrder, *, override: str, actor: str, world: World, now: datetime
) -> AbstractContextManager[tuple[Finding, ...]]:
    subject = Subject(kind="reply_rules", account=account.id)
    return lint.letting_through(_rules_of(account), subject, order, writing.texts_in, override=override, actor=actor, world=world, now=now)


def _rules_of(account: Account) -> Document[RulesOrder]:
    return Document(brand=account.brand, kind="reply_rules", account=account.name, written_as=RulesOrder, event="rules")


def _read(account: Account, kept: Kept[RulesOrder] | None) -> ReplyRules:
    """A version as it is used. Those of the first days are a bare list of rules."""
    made = Ready(rules=()) if kept is None else msgspec.json.decode(kept.ready, type=Ready | tuple[Rule, ...])
    ready = made if isinstance(made, Ready) else Ready(rules=made)
    version = 0 if kept is None else kept.version
    return ReplyRules(account=account.id, version=version, index=index_rules(ready.rules), service=ready.service)


def _show_draft(account: Account, draft: Draft[RulesOrder], *, world: World, now: datetime) -> DraftShown:
    live = documents.find_live(_rules_of(account))
    refused = None
    try:
        make_ready(account, draft.written, world=world, now=now)
    except Invalid as wrong:
        refused = wrong.message
    return DraftShown(
        account=account.id,
        revision=draft.revision,
        saved_at=draft.saved_at,
        by=draft.by,
        written=draft.written,
        live=0 if live is None else live.version,
        changes=compare(draft.written, RulesOrder(rules=()) if live is None else live.written),
        refused=refused,
    )


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
