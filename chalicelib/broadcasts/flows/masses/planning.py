"""Mass sends planned and cancelled: one for each Idempotency-Key, counted from the moment it is planned."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.broadcasts.flows import handing
from chalicelib.broadcasts.flows.masses import counting, reading
from chalicelib.broadcasts.rules import mass_quotas, masses
from chalicelib.broadcasts.tables import mass_quotas as quota_tables
from chalicelib.broadcasts.tables import masses as tables
from chalicelib.broadcasts.tables import parts
from chalicelib.broadcasts.words import MassErrand
from chalicelib.broadcasts.words.masses import THE_NAMED, MassSend, MassState, Per, Says
from chalicelib.consent.words import Purpose
from chalicelib.due import whole_second
from chalicelib.errors import Busy, Conflict, Invalid, Missing
from chalicelib.lint.words import Finding, Severity
from chalicelib.messaging.rules.places import is_message_id
from chalicelib.messaging.rules.times import due_at
from chalicelib.staff import flows as staff
from chalicelib.world import World

TRIES = 5
MOST_KEPT = 350_000
"""Characters of what a mass send says and to whom, sealed: a row has 400 KB."""


class MassPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to have sent to many in one call."""

    id: str
    account: Account
    audience: str
    says: Says
    purpose: Purpose
    not_before: datetime | None
    expires_at: datetime | None
    override: str


def plan(wanted: MassPlan, *, actor: str, world: World, now: datetime) -> tuple[MassSend, tuple[Finding, ...]]:
    """Keep a mass send until it is due; what was found in its texts comes back too.

    The same id with the same order is one; with another it is refused. Its due row comes first: what is kept is sent, whoever gets an
    answer or not. Where it was swept meanwhile, whoever asks again has it sent.
    """
    text = msgspec.json.encode(wanted.says, order="deterministic").decode()
    fingerprint = _fingerprint(wanted, text, world=world, now=now)
    found = tables.read_mass(wanted.account.brand, wanted.id)
    if found is not None:
        return _due_again(_same_again(found, fingerprint), now=now), ()
    message, override = wanted.says.message, wanted.override
    findings = reading.read(wanted.account, wanted.id, message, wanted.purpose, override=override, actor=actor, world=world, now=now)
    mass = _write(wanted, fingerprint, findings, actor=actor, world=world, now=now)
    about = {"mass_send": mass.id, "account": wanted.account.id, "audience": mass.audience, "purpose": mass.purpose.value}
    counting.count_in(mass, world=world)  # refused before anything is written
    errand, sealed = MassErrand(mass.brand, mass.id), world.keyring.encrypt(mass.brand, text, now=now)
    if len(sealed) > MOST_KEPT:
        raise Invalid("So many long identifiers are not kept of one mass send: name fewer, or name people by their ids - at `$.audience`.")
    staff.record(mass.brand, "mass_send.planned", about, actor=actor, world=world, now=now)
    parts.put_due(errand, whole_second(mass.due_at))
    kept = _begin(mass, sealed, world=world)
    if kept.due_at <= now:
        handing.hand_over([errand], world=world, now=now)
    return _same_again(kept, fingerprint), findings


def cancel(brand: str, mass_id: str, *, actor: str, world: World, now: datetime) -> MassSend:
    """Take back a mass send that WeChat was not asked for, or has certainly not taken; done again, nothing more happens.

    `Conflict` (mass_send_gone) once it is on its way or has ended otherwise.
    """
    staff.record(brand, "mass_send.cancelled", {"mass_send": mass_id}, actor=actor, world=world, now=now)
    for _ in range(TRIES):
        mass = find_mass(brand, mass_id)
        if mass.state is MassState.cancelled:
            return mass
        if mass.state is not MassState.planned:
            raise Conflict(code="mass_send_gone")
        cancelled = masses.ended(mass, MassState.cancelled, now=now)
        if counting.end_uncounted(cancelled):
            if cancelled.people:  # sends to them may be noted
                handing.hand_over([MassErrand(brand, mass_id)], world=world, now=now)
            return cancelled
    raise Busy("Somebody is sending this right now; look at it again.")


def find_mass(brand: str, mass_id: str) -> MassSend:
    """A mass send as of now."""
    found = tables.read_mass(brand, mass_id) if is_message_id(mass_id) else None
    if found is None:
        raise Missing(code="mass_send_missing")
    return found


def open_says(mass: MassSend, *, world: World) -> Says:
    """What a mass send says, and to whom."""
    return open_sealed(mass.brand, tables.read_sealed(mass.brand, mass.id), world=world)


def open_sealed(brand: str, sealed: str, *, world: World) -> Says:
    return msgspec.json.decode(world.keyring.decrypt(brand, sealed), type=Says)


def _begin(mass: MassSend, sealed: str, *, world: World) -> MassSend:
    """It, or the one of this id that somebody else has kept meanwhile."""
    for _ in range(TRIES):
        if tables.begin(mass, sealed, counting.count_in(mass, world=world)):
            return mass
        found = tables.read_mass(mass.brand, mass.id)
        if found is not None:
            return found
    raise Busy("Too many mass sends are planned at once; try again.")


def _write(wanted: MassPlan, fingerprint: str, findings: tuple[Finding, ...], *, actor: str, world: World, now: datetime) -> MassSend:
    at, brand, name = due_at(wanted.not_before, now), wanted.account.brand, wanted.account.name
    if wanted.expires_at is not None and wanted.expires_at <= at:
        raise Invalid("It would expire before it may go - at `$.expires_at`.")
    per = quota_tables.read_per(brand, name)
    if per is Per.day and wanted.audience == THE_NAMED:
        raise Invalid("Subscription accounts send to everybody or to a tag - at `$.audience`.")
    return MassSend(
        brand=brand,
        id=wanted.id,
        account=name,
        state=MassState.planned,
        fingerprint=fingerprint,
        audience=wanted.audience,
        purpose=wanted.purpose,
        planned_at=now,
        due_at=at,
        next_at=at,
        expires_at=wanted.expires_at,
        by=actor,
        period=mass_quotas.period_at(at, per),
        overridden=any(each.severity is Severity.refuse for each in findings),
        people=len(wanted.says.entries),
    )


def _due_again(mass: MassSend, *, now: datetime) -> MassSend:
    """Its due row once more: the first one may have been swept before the mass send was kept, and whoever kept it have ended then."""
    if mass.state is MassState.planned:
        parts.put_due(MassErrand(mass.brand, mass.id), whole_second(max(mass.next_at, now)))
    return mass


def _fingerprint(wanted: MassPlan, text: str, *, world: World, now: datetime) -> str:
    times = [each and each.timestamp() for each in (wanted.not_before, wanted.expires_at)]
    asked = (wanted.account.id, wanted.audience, wanted.purpose, *times, text)
    return world.keyring.hash(wanted.account.brand, repr(asked), now=now)


def _same_again(found: MassSend, fingerprint: str) -> MassSend:
    if found.fingerprint != fingerprint:
        raise Conflict(code="idempotency_conflict")
    return found
