"""Mass sends as rows, the list of them, and WeChat's jobs by their ids."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, seconds, table_name
from chalicelib.broadcasts.tables import mass_quotas
from chalicelib.broadcasts.words.masses import MassSend, MassTold, Used
from chalicelib.consent import flows as consent
from chalicelib.consent.words import Contact, Sent
from chalicelib.identity.words import Key

KEPT_S = 90 * 86400


class MassRow(Row):
    """`pk` `<brand>#MASS#<id>`, `sk` @: a mass send as it stands."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    kept = UnicodeAttribute()
    version = NumberAttribute()
    gone_at = NumberAttribute()


class SaysRow(Row):
    """`pk` as `MassRow`, `sk` says: what it says and to whom, sealed; written once."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    sealed = UnicodeAttribute()
    gone_at = NumberAttribute()


class MassListedRow(Row):
    """`pk` `<brand>#MASS`, `sk` `<second>#<id>`: a mass send in the list, as long as its own row is there."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    gone_at = NumberAttribute()


class JobRow(Row):
    """`pk` `<brand>#JOB#<account's name>`, `sk` WeChat's msg_id: which mass send it is, and its receipt; whichever is known first."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    mass = UnicodeAttribute(null=True)
    told = UnicodeAttribute(null=True)
    gone_at = NumberAttribute()


def begin(mass: MassSend, sealed: str, used: Used) -> bool:
    """Keep a new mass send, list and count it, all or nothing; `False` when there is one of this id, or the count has moved."""
    planned, gone_at = seconds(mass.planned_at), _gone_at(mass)

    def write(transaction: TransactWrite) -> None:
        transaction.save(_row(mass), condition=MassRow.pk.does_not_exist())
        transaction.save(MassListedRow(f"{mass.brand}#MASS", f"{planned:012d}#{mass.id}", gone_at=gone_at))
        transaction.save(SaysRow(_pk(mass.brand, mass.id), "says", sealed=sealed, gone_at=gone_at))
        mass_quotas.keep(transaction, mass.brand, mass.account, mass.period, used)

    return committed(write)


def save(mass: MassSend) -> bool:
    """Keep how it stands; `False` when somebody else has written it since it was read."""
    return held(lambda: _row(mass).save(MassRow.version == mass.version - 1))


def save_counted(mass: MassSend, used: Used, *, was: tuple[str, Used] | None = None) -> bool:
    """Keep how it stands together with the count of its period, and of the one it `was` counted in before, all or nothing."""

    def write(transaction: TransactWrite) -> None:
        transaction.save(_row(mass), condition=MassRow.version == mass.version - 1)
        mass_quotas.keep(transaction, mass.brand, mass.account, mass.period, used)
        if was is not None:
            mass_quotas.keep(transaction, mass.brand, mass.account, *was)

    return committed(write)


def save_taken(mass: MassSend) -> bool:
    """Keep that WeChat has taken it, and under which id its receipt will come, both or neither."""

    def write(transaction: TransactWrite) -> None:
        transaction.save(_row(mass), condition=MassRow.version == mass.version - 1)
        row, gone_at = _job(mass.brand, mass.account, mass.msg_id), _gone_at(mass)
        transaction.update(row, actions=[JobRow.mass.set(mass.id), JobRow.gone_at.set(gone_at)])

    return committed(write)


def note_send(contact: Contact, key: Key, sent: Sent) -> bool:
    """Note a send to somebody, while they and all they said are as they were read; `False` when they are not."""
    return committed(lambda transaction: consent.reserve(transaction, contact, key, sent=sent, spends=None))


def read_mass(brand: str, mass_id: str) -> MassSend | None:
    try:
        return _mass(MassRow.get(_pk(brand, mass_id), "@", consistent_read=True))
    except MassRow.DoesNotExist:
        return None


def read_sealed(brand: str, mass_id: str) -> str:
    """What a mass send says and to whom, sealed. There is one for every mass send."""
    return str(SaysRow.get(_pk(brand, mass_id), "says", consistent_read=True).sealed)


def list_places(brand: str, *, before: str | None, most: int) -> list[str]:
    """Where mass sends stand in the list, the latest first: `<second>#<id>`."""
    earlier = None if before is None else MassListedRow.sk < before
    return [str(row.sk) for row in MassListedRow.query(f"{brand}#MASS", earlier, scan_index_forward=False, limit=most)]


def read_masses(brand: str, ids: Iterable[str]) -> dict[str, tuple[MassSend, str]]:
    """Mass sends by their ids, those that are kept, each with what it says, sealed."""
    wanted = list(ids)
    rows = MassRow.batch_get([(_pk(brand, each), "@") for each in wanted], consistent_read=True)
    masses = {each.id: each for each in map(_mass, rows)}
    says = SaysRow.batch_get([(_pk(brand, each), "says") for each in masses], consistent_read=True)
    sealed = {row.pk.rpartition("#")[2]: str(row.sealed) for row in says}
    return {each: (masses[each], sealed[each]) for each in masses if each in sealed}


def keep_told(brand: str, account: str, msg_id: str, told: MassTold, *, gone_at: int) -> str | None:
    """Keep a job's receipt, the first one; then, whose it is, if that is known."""
    row = _job(brand, account, msg_id)
    text = msgspec.json.encode(told).decode()
    held(lambda: row.update([JobRow.told.set(text), JobRow.gone_at.set(gone_at)], condition=JobRow.told.does_not_exist()))
    found = _read_job(brand, account, msg_id)
    return None if found is None else found.mass


def read_told(brand: str, account: str, msg_id: str) -> MassTold | None:
    """The receipt of a job, if it has come."""
    found = _read_job(brand, account, msg_id)
    return None if found is None or found.told is None else msgspec.json.decode(found.told, type=MassTold)


def list_ownerless(brand: str, account: str, *, most: int) -> dict[str, MassTold]:
    """The receipts of an account's latest jobs that no mass send is known of, by their ids."""
    rows = JobRow.query(_job(brand, account, "").pk, scan_index_forward=False, limit=most, consistent_read=True)
    return {str(row.sk): msgspec.json.decode(row.told, type=MassTold) for row in rows if row.mass is None and row.told is not None}


def _read_job(brand: str, account: str, msg_id: str) -> JobRow | None:
    row = _job(brand, account, msg_id)
    try:
        return JobRow.get(row.pk, row.sk, consistent_read=True)
    except JobRow.DoesNotExist:
        return None


def _job(brand: str, account: str, msg_id: str) -> JobRow:
    return JobRow(f"{brand}#JOB#{account}", msg_id)


def _pk(brand: str, mass_id: str) -> str:
    return f"{brand}#MASS#{mass_id}"


def _gone_at(mass: MassSend) -> int:
    return seconds(mass.due_at) + KEPT_S


def _row(mass: MassSend) -> MassRow:
    kept = msgspec.json.encode(mass).decode()
    return MassRow(_pk(mass.brand, mass.id), "@", kept=kept, version=mass.version, gone_at=_gone_at(mass))


def _mass(row: MassRow) -> MassSend:
    return msgspec.json.decode(row.kept, type=MassSend)
