"""The brand's keys: personal values are stored under AES-GCM and looked up by a keyed hash."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.aws.clients import client
from chalicelib.aws.tables import keep_wrapped_key, read_wrapped_key
from chalicelib.errors import Busy

HASH_KEY = "hash"


class Keyring:
    """Data keys wrapped by KMS, one per brand and month, and one per brand for hashing that never changes.

    A sealed value reads `<month>.<base64 of nonce and ciphertext>`; it opens for its brand only. Keys stay in the container's memory.
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
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        month = f"{now:%Y-%m}"
        key = self._keys.get((brand, month)) or self._find_or_make(brand, month, now=now)
        nonce = self._random_bytes(12)
        return f"{month}.{base64.b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), brand.encode())).decode()}"

    def decrypt(self, brand: str, sealed: str) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        month, _, text = sealed.partition(".")
        key = self._keys.get((brand, month)) or self._find(brand, month)
        if key is None:
            raise LookupError(f"No data key of {month} for this brand")
        raw = base64.b64decode(text)
        return AESGCM(key).decrypt(raw[:12], raw[12:], brand.encode()).decode()

    def prepare(self, brand: str, *, now: datetime) -> None:
        """Make this month's and next month's keys, so that functions that may not make keys find them."""
        for moment in (now, now.replace(day=1) + timedelta(days=32)):
            month = f"{moment:%Y-%m}"
            if (brand, month) not in self._keys:
                self._find_or_make(brand, month, now=now)

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
            opened = client("kms").decrypt(
                KeyId=self._kms_key_arn, CiphertextBlob=base64.b64decode(wrapped), EncryptionContext={"brand": brand}
            )
        except (BotoCoreError, ClientError) as error:
            raise Busy("The key service did not open a key; try again.") from error
        key: bytes = opened["Plaintext"]
        self._keys[(brand, name)] = key
        return key
