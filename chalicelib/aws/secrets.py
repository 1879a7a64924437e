"""Secrets: JSON documents in SSM as SecureStrings, cached five minutes, rather old than absent."""

from __future__ import annotations

import random
from datetime import datetime
from typing import TypeVar

import msgspec

from chalicelib.aws.clients import client
from chalicelib.cache import Cache
from chalicelib.errors import Busy, Missing

Secret = TypeVar("Secret")
FRESH_S = 300


class Secrets:
    """Reads and writes `/liandong/<stage>/<name>`. Values are never part of an error."""

    def __init__(self, *, stage: str, kms_key_arn: str, cache: Cache) -> None:
        self._stage = stage
        self._kms_key_arn = kms_key_arn
        self._cache = cache

    def fetch(self, name: str, kind: type[Secret], *, now: datetime) -> Secret:
        """The secret as `kind`; `Missing` when it was never written, `Busy` when SSM is away and nothing is cached."""
        fresh_s = FRESH_S * random.uniform(0.8, 1.0)
        return self._cache.remember(("secret", name), fresh_s, lambda: self._read(name, kind), now=now)

    def save(self, name: str, value: msgspec.Struct) -> None:
        """Write the secret, over an older one if there is one."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client("ssm").put_parameter(
                Name=self._path(name),
                Value=msgspec.json.encode(value).decode(),
                Type="SecureString",
                KeyId=self._kms_key_arn,
                Overwrite=True,
            )
        except (BotoCoreError, ClientError):
            raise Busy("The secret store did not take a value; nothing changed, try again.") from None
        self._cache.forget("secret", name)

    def _path(self, name: str) -> str:
        return f"/liandong/{self._stage}/{name}"

    def _read(self, name: str, kind: type[Secret]) -> Secret:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = client("ssm").get_parameter(Name=self._path(name), WithDecryption=True)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                raise Missing("This account has no secret: write it again.", code="account_missing") from None
            raise Busy("The secret store is away; try again.") from None
        except BotoCoreError:
            raise Busy("The secret store is away; try again.") from None
        return msgspec.json.decode(answer["Parameter"]["Value"], type=kind)
