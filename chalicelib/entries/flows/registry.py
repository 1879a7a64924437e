"""Entries made, listed, changed and retired."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account
from chalicelib.entries.flows import links
from chalicelib.entries.rules import registry as rules
from chalicelib.entries.tables import registry as tables
from chalicelib.entries.tables.registry import Origin
from chalicelib.entries.words import EntriesPage, Entry, EntryChange, EntryOrder, EntryShown, Placement
from chalicelib.errors import Busy, Conflict, Invalid, Missing
from chalicelib.ids import digest
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, Subject
from chalicelib.staff import flows as staff
from chalicelib.world import World

LINK = "/l/{entry}"
FRESH_S = 10
"""A change of an entry is in force on every container within so many seconds."""
TRIES = 5


def create_entry(
    brand: str, order: EntryOrder, *, ordered: str | None, actor: str, world: World, now: datetime
) -> tuple[Entry, tuple[Finding, ...]]:
    """Make an entry with a code of its own; what the lint warns of comes along.

    `ordered`: an Idempotency-Key, under which the same order is one entry.
    """
    fingerprint = digest(msgspec.json.encode(order).decode())
    origin = Origin(digest(brand, "entry", actor, ordered) if ordered is not None else world.new_id(), fingerprint)
    for attempt in range(TRIES):
        raw = bytes.fromhex(digest(brand, "code", origin.key, str(attempt))) if ordered is not None else world.random_bytes(8)
        entry = _plan(brand, rules.write_code(raw), order, actor=actor, now=now)
        _check(entry, world=world, now=now)
        there = tables.read_origin(brand, entry.id)
        if there is not None and there.key != origin.key:
            continue
        findings = () if there else _pass(entry, order.override, actor=actor, world=world, now=now)
        made = _keep(entry, origin, there, actor=actor, world=world, now=now)
        if made is not None:
            links.look_now(made, world=world, now=now)
            return made, findings
    raise Busy("No free code was found; try again.")


def find_entry(brand: str, code: str) -> Entry:
    """The entry with this code, as it is at this moment; a retired one too."""
    entry = tables.read_entry(brand, code) if rules.is_code(code) else None
    if entry is None:
        raise Missing(code="entry_missing")
    return entry


def find_living_entry(brand: str, code: str) -> Entry:
    """The entry with this code; one that was retired leads nowhere and is not changed any more."""
    entry = find_entry(brand, code)
    if entry.retired_at is not None:
        raise Missing(code="entry_retired")
    return entry


def list_entries(brand: str, placement: Placement | None, *, after: str | None, most: int, home: str, now: datetime) -> EntriesPage:
    """A page of the registry, sorted by placement; `after` is where the one before ended."""
    places = tables.list_places(brand, placement, after=after, most=most)
    codes = [place.partition("#")[2] for place in places]
    found = tables.read_entries(brand, codes)
    shown = tuple(show(found[code], home=home, now=now) for code in codes if code in found)
    return EntriesPage(entries=shown, cursor=places[-1] if len(places) == most else None)


def change_entry(
    brand: str, code: str, order: EntryChange, *, actor: str, world: World, now: datetime
) -> tuple[Entry, tuple[Finding, ...]]:
    """Change what may change of an entry, in force everywhere within ten seconds; `entry_changed` if somebody else has meanwhile."""
    before = find_living_entry(brand, code)
    if before.revision != order.revision:
        raise Conflict(code="entry_changed")
    lead = rules.plan_lead(order)
    after = msgspec.structs.replace(before, lead=lead, revision=before.revision + 1, changed_at=now, by=actor)
    _check(after, world=world, now=now)
    findings = _pass(after, order.override, actor=actor, world=world, now=now)
    _record(after, "changed", actor=actor, world=world, now=now)
    if not tables.change(before, after) and not _is_kept(after):
        live = find_entry(brand, code)
        lint.take_back(brand, subject_of(after), rules.texts_of(after), instead=rules.texts_of(live), world=world, now=now)
        raise Conflict(code="entry_changed")
    links.look_now(after, world=world, now=now)
    return after, findings


def retire_entry(brand: str, code: str, *, actor: str, world: World, now: datetime) -> None:
    """Have an entry lead nowhere any more; its code stays its own, and doing it again changes nothing."""
    for _ in range(TRIES):
        before = find_entry(brand, code)
        if before.retired_at is not None:
            lint.forget_texts(brand, subject_of(before))
            return
        after = msgspec.structs.replace(before, retired_at=now, revision=before.revision + 1, changed_at=now, by=actor)
        _record(after, "retired", actor=actor, world=world, now=now)
        if tables.change(before, after):
            lint.forget_texts(brand, subject_of(before))
            world.cache.forget("opened", brand, code)
            return
    raise Busy("Somebody else changes this entry just now: try again.")


def show(entry: Entry, findings: tuple[Finding, ...] = (), *, home: str, now: datetime) -> EntryShown:
    """An entry as it is shown. `home`: our own address."""
    lead = entry.lead
    return EntryShown(
        id=entry.id,
        link=link_of(entry, home),
        name=lead.name,
        label=lead.label,
        placement=entry.placement,
        account=entry.account or None,
        target=lead.target,
        schedule=lead.schedule,
        leads_to=rules.in_force(lead, now),
        utm=lead.utm,
        costs=lead.costs,
        ticket=lead.ticket,
        revision=entry.revision,
        made_at=entry.made_at,
        changed_at=entry.changed_at,
        by=entry.by,
        retired_at=entry.retired_at,
        findings=findings,
    )


def subject_of(entry: Entry) -> Subject:
    """What the lint knows an entry by."""
    return Subject("entry", entry.account, entry.id)


def link_of(entry: Entry, home: str) -> str:
    """The address that leads through an entry, for good."""
    return home + LINK.format(entry=rules.write_public(entry.brand, entry.id))


def _plan(brand: str, code: str, order: EntryOrder, *, actor: str, now: datetime) -> Entry:
    return Entry(
        brand=brand,
        id=code,
        placement=order.placement,
        account=order.account or "",
        lead=rules.plan_lead(order),
        revision=1,
        made_at=now,
        changed_at=now,
        by=actor,
    )


def _check(entry: Entry, *, world: World, now: datetime) -> None:
    if entry.account:
        _find_account(entry.brand, entry.account, place="$", world=world, now=now)
    for place, target in rules.places_of(entry.lead).items():
        named = rules.leads_to_account(target)
        account = _find_account(entry.brand, named, place=place, world=world, now=now) if named else None
        rules.check_target(entry, target, account, place=place)


def _find_account(brand: str, account_id: str, *, place: str, world: World, now: datetime) -> Account:
    try:
        return register.find_own_account(brand, account_id, world=world, now=now)
    except Missing:
        raise Invalid(f"This is no account of the brand - at `{place}.account`.") from None


def _pass(entry: Entry, override: str, *, actor: str, world: World, now: datetime) -> tuple[Finding, ...]:
    """Have what people will read looked at; `Invalid` (content_refused) for what may not be published."""
    texts = rules.texts_of(entry)
    return lint.pass_texts(entry.brand, subject_of(entry), texts, override=override, actor=actor, world=world, now=now)


def _is_kept(entry: Entry) -> bool:
    """Is it our own write that stands in the way, because its answer was lost and it was sent again?"""
    kept = tables.read_entry(entry.brand, entry.id)
    return kept == msgspec.structs.replace(entry, changed_at=entry.changed_at.replace(microsecond=0))


def _keep(entry: Entry, origin: Origin, there: Origin | None, *, actor: str, world: World, now: datetime) -> Entry | None:
    """Keep a new entry; the one that is there when the same order has made it already; nothing when the code is another's."""
    if there is None:
        _record(entry, "created", actor=actor, world=world, now=now)
        if tables.keep_new(entry, origin):
            return entry
        there = tables.read_origin(entry.brand, entry.id)
    if there is None or there.key != origin.key:
        return None
    if there.fingerprint != origin.fingerprint:
        raise Conflict(code="idempotency_conflict")
    return find_entry(entry.brand, entry.id)


def _record(entry: Entry, did: str, *, actor: str, world: World, now: datetime) -> None:
    about = {"entry": entry.id, "placement": entry.placement.value, "revision": entry.revision}
    staff.record(entry.brand, f"entry.{did}", about, actor=actor, world=world, now=now)
