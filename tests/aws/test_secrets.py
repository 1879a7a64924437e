"""Secrets: SecureStrings under our key, old rather than absent, and in no error."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.aws import secrets
from chalicelib.aws.clients import client
from chalicelib.aws.secrets import FRESH_S, Secrets
from chalicelib.cache import Cache
from chalicelib.errors import Busy, LiandongError, Missing
from tests.house import NOON, House


class Pair(msgspec.Struct, frozen=True):
    name: str
    value: str


OLD, NEW = Pair("app_secret", "canary-old"), Pair("app_secret", "canary-new")
TROUBLES = [
    ClientError({"Error": {"Code": "ThrottlingException", "Message": "Value 'canary-new' at 'value'"}}, "PutParameter"),
    EndpointConnectionError(endpoint_url="https://canary.invalid"),
]


def container(house: House) -> Secrets:
    """Secrets as another Lambda container sees them."""
    return Secrets(stage="local", kms_key_arn=house.settings.kms_key_arn, cache=Cache())


def refuse_with(trouble: Exception) -> Callable[..., Any]:
    def refuse(*args: Any) -> Any:
        raise trouble

    return refuse


def test_a_secret_is_a_secure_string_under_our_key_and_path(house: House) -> None:
    container(house).save("demo/accounts/oa", OLD)

    [kept] = client("ssm").describe_parameters()["Parameters"]
    assert (kept["Name"], kept["Type"]) == ("/liandong/local/demo/accounts/oa", "SecureString")
    assert kept["KeyId"] == house.settings.kms_key_arn


def test_a_secret_comes_back_as_what_it_was(house: House) -> None:
    container(house).save("demo/brand", OLD)

    assert container(house).fetch("demo/brand", Pair, now=NOON) == OLD


def test_reading_a_secret_waits_for_no_client_of_boto3(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    container(house).save("demo/brand", OLD)
    monkeypatch.setattr(secrets, "client", lambda service: pytest.fail(f"a client of {service}"))

    assert container(house).fetch("demo/brand", Pair, now=NOON) == OLD


def test_a_secret_is_asked_for_once_in_five_minutes_less_a_fifth_at_most(house: House) -> None:
    reader, writer = container(house), container(house)
    writer.save("demo/brand", OLD)
    reader.fetch("demo/brand", Pair, now=NOON)
    writer.save("demo/brand", NEW)

    early = reader.fetch("demo/brand", Pair, now=NOON + timedelta(seconds=FRESH_S * 0.8 - 1))
    late = reader.fetch("demo/brand", Pair, now=NOON + timedelta(seconds=FRESH_S))

    assert (early, late) == (OLD, NEW)


def test_the_newest_secret_is_read_past_the_cache(house: House) -> None:
    reader, writer = container(house), container(house)
    writer.save("demo/brand", OLD)
    reader.fetch("demo/brand", Pair, now=NOON)
    writer.save("demo/brand", NEW)

    assert reader.fetch_newest("demo/brand", Pair) == NEW
    assert reader.fetch("demo/brand", Pair, now=NOON) == OLD


def test_a_container_sees_its_own_change_at_once(house: House) -> None:
    secrets = container(house)
    secrets.save("demo/brand", OLD)
    secrets.fetch("demo/brand", Pair, now=NOON)

    secrets.save("demo/brand", NEW)

    assert secrets.fetch("demo/brand", Pair, now=NOON) == NEW


def test_a_secret_nobody_wrote_is_missing(house: House) -> None:
    with pytest.raises(Missing) as caught:
        container(house).fetch("demo/accounts/nobody", Pair, now=NOON)

    assert caught.value.code == "account_missing"


@pytest.mark.parametrize("trouble", TROUBLES, ids=["throttled", "unreachable"])
def test_an_old_secret_serves_on_while_the_store_is_away(house: House, trouble: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = container(house)
    secrets.save("demo/brand", OLD)
    secrets.fetch("demo/brand", Pair, now=NOON)
    monkeypatch.setattr(BaseClient, "_make_api_call", refuse_with(trouble))

    assert secrets.fetch("demo/brand", Pair, now=NOON + timedelta(days=1)) == OLD
    with pytest.raises(Busy):
        secrets.fetch_newest("demo/brand", Pair)


@pytest.mark.parametrize("trouble", TROUBLES, ids=["throttled", "unreachable"])
@pytest.mark.parametrize("ask", ["fetch", "fetch_newest", "save"])
def test_no_trouble_with_the_store_tells_a_secret(
    house: House, ask: str, trouble: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = container(house)
    asking: dict[str, Callable[[], object]] = {
        "fetch": lambda: secrets.fetch("demo/brand", Pair, now=NOON),
        "fetch_newest": lambda: secrets.fetch_newest("demo/brand", Pair),
        "save": lambda: secrets.save("demo/brand", NEW),
    }
    monkeypatch.setattr(BaseClient, "_make_api_call", refuse_with(trouble))

    with pytest.raises(LiandongError) as caught:
        asking[ask]()

    assert (type(caught.value), caught.value.code) == (Busy, "busy")
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert "canary" not in repr(caught.value) + caplog.text


def test_no_log_line_tells_a_secret_that_was_written_and_read(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    container(house).save("demo/brand", NEW)
    container(house).fetch("demo/brand", Pair, now=NOON)

    assert "canary" not in caplog.text


@pytest.mark.parametrize("kept", ['{"name": 1, "value": "canary"}', '{"value": "canary', "canary", '{"name": "canary"}'])
def test_a_secret_that_somebody_spoilt_is_not_quoted(house: House, kept: str) -> None:
    client("ssm").put_parameter(Name="/liandong/local/demo/brand", Value=kept, Type="SecureString")

    with pytest.raises(msgspec.DecodeError) as caught:
        container(house).fetch("demo/brand", Pair, now=NOON)

    assert "canary" not in f"{caught.value!r} {caught.value.__context__!r}"
