"""Words of the staff room: scopes, keys, and who calls."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec


class Scope(StrEnum):
    """What an API key may do. `admin` holds every other but `tokens:read` and `personal:read`, which are always given by name."""

    admin = "admin"
    accounts_read = "accounts:read"
    people_read = "people:read"
    people_write = "people:write"
    people_operate = "people:operate"
    links_write = "links:write"
    links_verify = "links:verify"
    messages_write = "messages:write"
    messages_read = "messages:read"
    rules_write = "rules:write"
    records_write = "records:write"
    records_read = "records:read"
    personal_read = "personal:read"
    dictionary_write = "dictionary:write"
    entries_read = "entries:read"
    entries_write = "entries:write"
    quarantine_write = "quarantine:write"
    figures_read = "figures:read"
    guidance_write = "guidance:write"
    inbox_write = "inbox:write"
    offers_read = "offers:read"
    offers_write = "offers:write"
    tickets_write = "tickets:write"
    tokens_read = "tokens:read"
    webhooks_read = "webhooks:read"
    webhooks_write = "webhooks:write"
    attribution_read = "attribution:read"
    consent_read = "consent:read"
    consent_write = "consent:write"
    content_write = "content:write"
    menus_write = "menus:write"


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key as it is kept: the secret is not in it, only its SHA-256."""

    id: str
    brand: str
    scopes: tuple[Scope, ...]
    note: str
    secret_sha256: str
    created_at: datetime
    revoked_at: datetime | None = None


class ShownKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key as it is shown."""

    id: str
    scopes: tuple[Scope, ...]
    note: str
    created_at: datetime
    revoked_at: datetime | None = None


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key at the one moment its secret is shown."""

    id: str
    scopes: tuple[Scope, ...]
    key: str


class KeyOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new key shall be."""

    scopes: tuple[Scope, ...]
    note: Annotated[str, msgspec.Meta(max_length=256)] = ""


class Caller(msgspec.Struct, frozen=True):
    """A business system that has proven its key. The brand comes from the key, never from a body."""

    brand: str
    key_id: str
    scopes: frozenset[Scope]
