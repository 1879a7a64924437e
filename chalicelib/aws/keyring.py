"""The brand's keys: personal values are stored under AES-GCM and looked up by a keyed hash."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.aws.clients import client
from chalicelib.aws.tables import keep_wrapped_key, read_wrapped_key
from chalicelib.aws.wire import kms
from chalicelib.errors import Busy

HASH_KEY = "hash"
MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
MONTH_BYTES, NONCE_BYTES, TAG_BYTES = 7, 12, 16


class Keyring:
    """Data keys wrapped by KMS, one per brand and month, and one per brand for hashing that never changes.

    A sealed value reads `<month>.<base64 of nonce and ciphertext>`; it opens for its brand only, and what is handed out for its use only:
    that is written for URLs, without padding. Keys stay in the container's memory.
    """

    def __init__(self, *, kms_key_arn: str, random_bytes: Callable[[int], bytes]) -> None:
        self._kms_key_arn = kms_key_arn
        self._random_bytes = random_bytes
        self._keys: dict[tuple[str, str], bytes] = {}

    def hash(self, brand: str, text: str, *, now: datetime) -> str:
        """32 hex characters: BLAKE2b-128 under the brand's own key."""
        key = self._keys.get((brand, HASH_KEY)) or self._find_or_make(brand, HASH_KEY, now=now)
        return hashlib.blake2b(text.encode(), key=key, digest_size=16).hexdigest()

    def encrypt(self, brand: str, text: str, *, now: datetime) -> str:
        """A value as it is kept in a row."""
        month, raw = self._seal(brand, text.encode(), brand, now=now)
        return f"{month}.{base64.b64encode(raw).decode()}"

    def decrypt(self, brand: str, sealed: str) -> str:
        month, _, text = sealed.partition(".")
        key = self._keys.get((brand, month)) or self._find(brand, month)
        if key is None:
            raise LookupError(f"No data key of {month} for this brand")
        return _open(key, base64.b64decode(text), brand).decode()

    def seal(self, brand: str, text: str, *, use: str, now: datetime) -> str:
        """A value as it is handed out: it comes back from anybody, so it opens for this use and no other."""
        month, raw = self._seal(brand, text.encode(), f"{brand}#{use}", now=now)
        return f"{month}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"

    def unseal(self, brand: str, sealed: str, *, use: str) -> str | None:
        """What was sealed for this use, exactly as it was handed out; nothing for whatever else may come."""
        from cryptography.exceptions import InvalidTag

        month, _, text = sealed.partition(".")
        raw = _read_for_urls(text)
        if not MONTH.fullmatch(month) or len(raw) < NONCE_BYTES + TAG_BYTES:
            return None
        key = self._keys.get((brand, month)) or self._find(brand, month)
        if key is None:
            return None
        try:
            return _open(key, raw, f"{brand}#{use}").decode()
        except InvalidTag:
            return None

    def lock(self, brand: str, content: bytes, *, name: str, now: datetime) -> bytes:
        """An object as it is stored under a name; it opens under that name only."""
        month, raw = self._seal(brand, content, f"{brand}#object#{name}", now=now)
        return month.encode() + raw

    def unlock(self, brand: str, locked: bytes, *, name: str) -> bytes:
        month = locked[:MONTH_BYTES].decode()
        key = self._keys.get((brand, month)) or self._find(brand, month)
        if key is None:
            raise LookupError(f"No data key of {month} for this brand")
        return _open(key, locked[MONTH_BYTES:], f"{brand}#object#{name}")

    def prepare(self, brand: str, *, now: datetime) -> None:
        """Make the key for hashing, this month's and next month's, so that functions that may not make keys find them."""
        for name in (HASH_KEY, f"{now:%Y-%m}", f"{now.replace(day=1) + timedelta(days=32):%Y-%m}"):
            if (brand, name) not in self._keys:
                self._find_or_make(brand, name, now=now)

    def _seal(self, brand: str, content: bytes, context: str, *, now: datetime) -> tuple[str, bytes]:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        month = f"{now:%Y-%m}"
        key = self._keys.get((brand, month)) or self._find_or_make(brand, month, now=now)
        nonce = self._random_bytes(NONCE_BYTES)
        return month, nonce + AESGCM(key).encrypt(nonce, content, context.encode())

    def _find(self, brand: str, name: str) -> bytes | None:
        wrapped = read_wrapped_key(brand, name)
        return None if wrapped is None else self._unwrap(brand, name, wrapped)

    def _find_or_make(self, brand: str, name: str, *, now: datetime) -> bytes:
        found = self._find(brand, name)
        if found is not None:
            return found
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            made = client("kms").generate_data_key_without_plaintext(
                KeyId=self._kms_key_arn, KeySpec="AES_256", EncryptionContext={"brand": brand}
            )
        except (BotoCoreError, ClientError) as error:
            raise Busy("The key service did not give a key; try again.") from error
        wrapped = keep_wrapped_key(brand, name, base64.b64encode(made["CiphertextBlob"]).decode(), now=now)
        return self._unwrap(brand, name, wrapped)

    def _unwrap(self, brand: str, name: str, wrapped: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            opened = kms().call("Decrypt", {"KeyId": self._kms_key_arn, "CiphertextBlob": wrapped, "EncryptionContext": {"brand": brand}})
        except (BotoCoreError, ClientError) as error:
            raise Busy("The key service did not open a key; try again.") from error
        key = base64.b64decode(opened["Plaintext"])
        self._keys[(brand, name)] = key
        return key


def _open(key: bytes, raw: bytes, context: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())


def _read_for_urls(text: str) -> bytes:
    """The bytes of base64 as we write it for URLs; none when it was written otherwise, so that each value has one spelling."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    return raw if base64.urlsafe_b64encode(raw).decode().rstrip("=") == text else b""
