"""Who may do what. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from chalicelib.errors import Invalid
from chalicelib.staff.words import ApiKey, Scope

BRAND = re.compile(r"[a-z][a-z0-9]{1,30}")
KEY_ID = re.compile(rf"(?P<brand>{BRAND.pattern})-[a-z2-7]{{8}}")
KEY = re.compile(rf"ld_(?P<id>{KEY_ID.pattern})_(?P<secret>[A-Za-z0-9_-]{{43}})")


def check_brand(brand: str) -> str:
    """A brand's id: 2 to 31 lower-case letters and digits, a letter first, so that every key can begin with it."""
    if not BRAND.fullmatch(brand):
        raise Invalid("A brand's id is 2 to 31 lower-case letters and digits, a letter first.")
    return brand


def read_key(text: str) -> tuple[str, str, str] | None:
    """Brand, id and secret of `ld_<brand>-<8 characters>_<secret>`, or nothing."""
    match = KEY.fullmatch(text)
    return None if match is None else (match["brand"], match["id"], match["secret"])


def is_key_id(text: str) -> bool:
    """Anything else names no key and is not looked for."""
    return KEY_ID.fullmatch(text) is not None


def new_key(brand: str, random_id5: bytes, random_secret32: bytes) -> tuple[str, str, str]:
    """A fresh id, its secret and the key as the caller will send it."""
    key_id = f"{brand}-{base64.b32encode(random_id5).decode().lower()}"
    secret = base64.urlsafe_b64encode(random_secret32).decode().rstrip("=")
    return key_id, secret, f"ld_{key_id}_{secret}"


def hash_secret(secret: str) -> str:
    """SHA-256: the secret has 256 random bits, so a slow hash would buy nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def opens(key: ApiKey, secret: str) -> bool:
    """Does this secret belong to this key, and is the key still good?"""
    return hmac.compare_digest(key.secret_sha256, hash_secret(secret)) and key.revoked_at is None


BY_NAME_ALONE = frozenset({Scope.tokens_read, Scope.personal_read})
"""Scopes that `admin` does not hold."""


def allows(scopes: Iterable[Scope], needed: Scope) -> bool:
    held = set(scopes)
    return needed in held or (Scope.admin in held and needed not in BY_NAME_ALONE)
