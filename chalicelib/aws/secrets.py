"""Secrets: JSON documents in SSM as SecureStrings, cached five minutes, rather old than absent."""

from __future__ import annotations

import random
from datetime import datetime
from typing import TypeVar

import msgspec

from chalicelib.aws.clients import client
from chalicelib.aws.wire import ssm
from chalicelib.cache import Cache
from chalicelib.errors import Busy, LiandongError, Missing

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
        return self._cache.remember(("secret", name), fresh_s, lambda: self.fetch_newest(name, kind), now=now)

    def fetch_newest(self, name: str, kind: type[Secret]) -> Secret:
        """The secret as it is this moment, past every cache: what a change has to begin from."""
        from botocore.exceptions import BotoCoreError, ClientError

        trouble: LiandongError = Busy("The secret store is away; try again.")
        try:
            answer = ssm().call("GetParameter", {"Name": self._path(name), "WithDecryption": True})
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                trouble = Missing("This account has no secret: write it again.", code="account_missing")
        except BotoCoreError:
            pass
        else:
            return msgspec.json.decode(answer["Parameter"]["Value"], type=kind)
        raise trouble  # out here, where nothing of the answer follows as its context

    def save(self, name: str, value: msgspec.Struct) -> None:
        """Write the secret, over an older one if there is one."""
        from botocore.exceptions import BotoCoreError, ClientError

        text, path = msgspec.json.encode(value).decode(), self._path(name)
        try:
            client("ssm").put_parameter(Name=path, Value=text, Type="SecureString", KeyId=self._kms_key_arn, Overwrite=True)
            return
        except (BotoCoreError, ClientError):
            pass  # ours is raised below, where nothing of the request follows as its context
        finally:
            self._cache.forget("secret", name)
        raise Busy("The secret store did not take a value; try again.")

    def _path(self, name: str) -> str:
        return f"/liandong/{self._stage}/{name}"
