"""Values of identifiers: one spelling, what names nobody, how they are shown. Pure."""

from __future__ import annotations

import re
import unicodedata

from chalicelib.errors import Invalid
from chalicelib.identity.words import OF_AN_ACCOUNT, Identifier, IdentifierType

SENTINELS = frozenset(
    {
        "",
        "0",
        "-1",
        "-",
        "n/a",
        "[object object]",
        "(not set)",
        "null",
        "none",
        "nil",
        "void",
        "undefined",
        "nan",
        "unknown",
        "anonymous",
        "guest",
        "test",
        "true",
        "false",
        "empty",
        "id",
        "openid",
        "unionid",
        "phone",
        "distinct_id",
        "not_authenticated",
    }
)
"""What broken callers send in the place of a value; a person would grow without end around any of them."""
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Marks that address books and spreadsheets leave around what is copied from them."""
PERSONAL_PHONE = re.compile(r"\+861[3-9][0-9]{9}|\+(?!861[3-9])[1-9][0-9]{6,14}")
LENGTH_LIMIT = 128


def is_person_id(text: str) -> bool:
    """Does this look like an id of ours, a ULID? Anything else is nobody's, and need not be looked for."""
    return re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", text) is not None


def normalise(identifier: Identifier) -> Identifier:
    """The one spelling of an identifier; `Invalid` for values that name nobody (`null`, `0` …) and so would join everybody."""
    value = INVISIBLE.sub("", identifier.value).strip()
    if value.strip("\"'`").lower() in SENTINELS or len(value) > LENGTH_LIMIT:
        raise Invalid("The identifier's value names nobody - at `$.value`.")
    if identifier.type is IdentifierType.phone:
        value = normalise_phone(value)
    elif identifier.type is IdentifierType.email:
        value = unicodedata.normalize("NFKC", value).lower()
    if (identifier.type in OF_AN_ACCOUNT) != bool(identifier.account):
        raise Invalid("An openid and a push token need their account, and nothing else has one - at `$.account`.")
    return Identifier(identifier.type, value, identifier.account)


def normalise_phone(text: str) -> str:
    """E.164; a number without country code is Chinese. https://www.itu.int/rec/T-REC-E.164"""
    digits = re.sub(r"[\s().\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", text))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if re.fullmatch(r"(?:\+?86)?1[3-9][0-9]{9}", digits):
        digits = "+86" + digits[-11:]
    if not PERSONAL_PHONE.fullmatch(digits) or len(set(digits[-8:])) == 1 or digits == "+8613800138000":
        raise Invalid("This is no phone number of a person - at `$.value`.")
    return digits


def mask(identifier: Identifier) -> str:
    """A value as it may be shown: enough to recognise, not enough to use."""
    value = identifier.value
    if identifier.type is IdentifierType.phone:
        local = value.removeprefix("+86")
        return f"{local[:3]}****{local[-4:]}"
    if identifier.type is IdentifierType.email and "@" in value:
        name, _, domain = value.rpartition("@")
        return f"{name[:1]}****@{domain}"
    shown = len(value) // 4  # of each end, so that half of it stays unknown
    return f"{value[: min(3, shown)]}****{value[-min(4, shown) :]}" if len(value) > 8 else f"{value[:1]}****"
