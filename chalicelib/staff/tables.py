"""API keys and the audit trail as rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.aws.tables import Row, TableMeta, moment, seconds, table_name
from chalicelib.staff.words import ApiKey, Scope


class KeyRow(Row):
    """`pk` the brand, `sk` `key#<id>`."""

    class Meta(TableMeta):
        table_name = table_name("accounts")

    secret_sha256 = UnicodeAttribute()
    scopes = UnicodeSetAttribute()
    note = UnicodeAttribute(default="")
    created_at = NumberAttribute()
    revoked_at = NumberAttribute(null=True)


class AuditRow(Row):
    """`pk` the brand and the month, `sk` a ULID. Only ever added."""

    class Meta(TableMeta):
        table_name = table_name("audit")

    actor = UnicodeAttribute()
    did = UnicodeAttribute()
    about = JSONAttribute()
    at = UnicodeAttribute()


def read_key(brand: str, key_id: str) -> ApiKey | None:
    try:
        return _key(KeyRow.get(brand, f"key#{key_id}", consistent_read=True))
    except KeyRow.DoesNotExist:
        return None


def list_keys(brand: str) -> list[ApiKey]:
    return [_key(row) for row in KeyRow.query(brand, KeyRow.sk.startswith("key#"))]


def keep_key(key: ApiKey) -> None:
    KeyRow(
        key.brand,
        f"key#{key.id}",
        secret_sha256=key.secret_sha256,
        scopes={scope.value for scope in key.scopes},
        note=key.note,
        created_at=seconds(key.created_at),
    ).save(KeyRow.pk.does_not_exist())


def revoke_key(brand: str, key_id: str, *, now: datetime) -> None:
    KeyRow(brand, f"key#{key_id}").update([KeyRow.revoked_at.set(KeyRow.revoked_at | seconds(now))], condition=KeyRow.pk.exists())


def keep_audit(brand: str, audit_id: str, *, actor: str, did: str, about: dict[str, Any], now: datetime) -> None:
    AuditRow(f"{brand}#{now:%Y-%m}", audit_id, actor=actor, did=did, about=about, at=now.isoformat()).save(AuditRow.pk.does_not_exist())


def _key(row: KeyRow) -> ApiKey:
    return ApiKey(
        id=row.sk.removeprefix("key#"),
        brand=row.pk,
        scopes=msgspec.convert(sorted(row.scopes), tuple[Scope, ...]),
        note=row.note,
        secret_sha256=row.secret_sha256,
        created_at=moment(row.created_at),
        revoked_at=None if row.revoked_at is None else moment(row.revoked_at),
    )
