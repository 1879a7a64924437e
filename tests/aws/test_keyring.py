"""The keyring: every brand its own keys, every month a new one, and one that never changes for hashing."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.aws import keyring as keyring_module
from chalicelib.aws import tables
from chalicelib.aws.clients import client
from chalicelib.aws.keyring import Keyring
from chalicelib.errors import Busy
from tests.house import NOON, House


def container(house: House) -> Keyring:
    """The keyring as another Lambda container has it: no key in memory yet."""
    return Keyring(kms_key_arn=house.settings.kms_key_arn, random_bytes=house.random.randbytes)


def data_keys(house: House) -> dict[str, str]:
    """The wrapped keys that are kept, by brand and name."""
    rows = house.rows("accounts")
    return {f"{row['pk']['S']}/{row['sk']['S']}": row["wrapped"]["S"] for row in rows if row["sk"]["S"].startswith("datakey#")}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_what_was_sealed_opens_to_what_it_was(house: House, text: str) -> None:
    keyring = house.world.keyring

    assert keyring.decrypt("demo", keyring.encrypt("demo", text, now=NOON)) == text


def test_what_was_sealed_opens_in_another_container(house: House) -> None:
    sealed = container(house).encrypt("demo", "13800138000", now=NOON)

    assert container(house).decrypt("demo", sealed) == "13800138000"


def test_the_same_text_is_never_sealed_the_same_twice(house: House) -> None:
    keyring = container(house)

    assert keyring.encrypt("demo", "openid", now=NOON) != keyring.encrypt("demo", "openid", now=NOON)


def test_nothing_of_the_text_is_in_what_was_sealed(house: House) -> None:
    sealed = container(house).encrypt("demo", "13800138000", now=NOON)

    month, _, text = sealed.partition(".")
    assert month == "2026-11"
    assert b"13800138000" not in base64.b64decode(text)


@pytest.mark.parametrize("has_keys", [False, True])
def test_another_brand_cannot_open_it(house: House, has_keys: bool) -> None:
    sealed = container(house).encrypt("demo", "13800138000", now=NOON)
    other = container(house)
    if has_keys:
        other.encrypt("other", "anything", now=NOON)

    with pytest.raises((LookupError, InvalidTag)) as caught:
        other.decrypt("other", sealed)

    assert "138" not in str(caught.value)


def test_a_brand_that_gets_hold_of_anothers_wrapped_key_cannot_unwrap_it(house: House) -> None:
    sealed = container(house).encrypt("demo", "13800138000", now=NOON)
    wrapped = data_keys(house)["demo/datakey#2026-11"]
    client("dynamodb").put_item(
        TableName="liandong-local-accounts",
        Item={"pk": {"S": "other"}, "sk": {"S": "datakey#2026-11"}, "wrapped": {"S": wrapped}, "made_at": {"N": "0"}},
    )

    with pytest.raises(Busy):
        container(house).decrypt("other", sealed)


def test_a_sealed_value_that_was_moved_to_another_brand_does_not_open_even_under_the_same_key(house: House) -> None:
    keyring = container(house)
    sealed = keyring.encrypt("demo", "13800138000", now=NOON)
    keyring._keys[("other", "2026-11")] = keyring._keys[("demo", "2026-11")]

    with pytest.raises(InvalidTag):
        keyring.decrypt("other", sealed)


def test_a_sealed_value_that_was_changed_does_not_open(house: House) -> None:
    keyring = container(house)
    month, _, text = keyring.encrypt("demo", "13800138000", now=NOON).partition(".")
    raw = bytearray(base64.b64decode(text))
    raw[-1] ^= 1

    with pytest.raises(InvalidTag):
        keyring.decrypt("demo", f"{month}.{base64.b64encode(raw).decode()}")


@pytest.mark.parametrize("sealed", ["", "2026-11", "1999-01.AAAA", "no month.AAAA"])
def test_what_was_never_sealed_is_not_found(house: House, sealed: str) -> None:
    with pytest.raises(LookupError):
        container(house).decrypt("demo", sealed)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_what_was_handed_out_comes_back_from_a_url_as_it_was(house: House, text: str) -> None:
    keyring = house.world.keyring

    sealed = keyring.seal("demo", text, use="ticket", now=NOON)

    assert re.fullmatch(r"2026-11\.[A-Za-z0-9_-]+", sealed)
    assert keyring.unseal("demo", sealed, use="ticket") == text


def test_what_was_handed_out_opens_for_its_brand_and_use_alone(house: House) -> None:
    keyring = container(house)
    sealed = keyring.seal("demo", "13800138000", use="ticket", now=NOON)
    keyring.seal("other", "anything", use="ticket", now=NOON)
    keyring._keys[("twin", "2026-11")] = keyring._keys[("demo", "2026-11")]

    opened = [
        keyring.unseal(brand, sealed, use=use) for brand, use in (("demo", "door"), ("demo", ""), ("other", "ticket"), ("twin", "ticket"))
    ]

    assert opened == [None] * 4


def test_what_is_kept_and_what_is_handed_out_never_pass_for_one_another(house: House) -> None:
    keyring = container(house)
    month, _, kept = keyring.encrypt("demo", "13800138000", now=NOON).partition(".")
    handed_out = keyring.seal("demo", "13800138000", use="ticket", now=NOON)
    for_urls = f"{month}.{base64.urlsafe_b64encode(base64.b64decode(kept)).decode().rstrip('=')}"

    assert keyring.unseal("demo", for_urls, use="ticket") is None
    month, _, text = handed_out.partition(".")
    with pytest.raises(InvalidTag):
        keyring.decrypt("demo", f"{month}.{base64.b64encode(base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))).decode()}")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_else_comes_back_opens_to_nothing(house: House, data: st.DataObject) -> None:
    keyring = house.world.keyring
    sealed = keyring.seal("demo", "13800138000", use="ticket", now=NOON)
    place = data.draw(st.integers(0, len(sealed) - 1))
    letter = data.draw(st.characters(codec="utf-8"))
    changed = [
        data.draw(st.text()),
        f"2026-11.{data.draw(st.text())}",
        f"hash.{sealed.partition('.')[2]}",
        sealed[:place],
        f"{sealed}{letter}",
        f"{sealed[:place]}{letter}{sealed[place + 1 :]}",
    ]

    opened = [keyring.unseal("demo", text, use="ticket") for text in changed if text != sealed]

    assert set(opened) == {None}


def test_no_key_is_looked_for_by_a_name_that_is_no_month(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    text = container(house).seal("demo", "text", use="ticket", now=NOON).partition(".")[2]
    asked = listen(monkeypatch)

    opened = [container(house).unseal("demo", f"{name}.{text}", use="ticket") for name in ("hash", "", "2026-1", "２０２６-11", "2026-11#")]

    assert (opened, asked) == ([None] * 5, [])


def test_a_brand_or_month_without_a_key_opens_nothing_and_makes_none(house: House) -> None:
    sealed = container(house).seal("demo", "text", use="ticket", now=NOON)
    later = sealed.replace("2026-11", "2026-12")

    opened = [container(house).unseal(brand, text, use="ticket") for brand, text in (("nobody", sealed), ("demo", later))]

    assert opened == [None, None]
    assert set(data_keys(house)) == {"demo/datakey#2026-11"}


def test_a_hash_is_the_same_in_every_container_and_month(house: House) -> None:
    first = container(house).hash("demo", "phone:13800138000", now=NOON)
    later = container(house).hash("demo", "phone:13800138000", now=datetime(2031, 5, 1, tzinfo=UTC))

    assert first == later
    assert len(first) == 32


def test_a_hash_differs_between_brands_and_texts(house: House) -> None:
    keyring = container(house)

    hashes = {keyring.hash(brand, text, now=NOON) for brand in ("demo", "other") for text in ("a", "b", "")}

    assert len(hashes) == 6


def test_a_hash_cannot_be_made_without_the_key(house: House) -> None:
    assert container(house).hash("demo", "a", now=NOON) != hashlib.blake2b(b"a", digest_size=16).hexdigest()


def test_each_month_has_its_key_and_the_old_ones_still_open(house: House) -> None:
    keyring = container(house)
    november, december = datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    old, new = (keyring.encrypt("demo", "text", now=moment) for moment in (november, december))

    assert (old[:8], new[:8]) == ("2026-11.", "2026-12.")
    assert set(data_keys(house)) == {"demo/datakey#2026-11", "demo/datakey#2026-12"}
    assert [container(house).decrypt("demo", sealed) for sealed in (old, new)] == ["text", "text"]


@pytest.mark.parametrize(
    ("now", "months"),
    [
        (datetime(2026, 11, 20, tzinfo=UTC), {"2026-11", "2026-12"}),
        (datetime(2026, 12, 31, tzinfo=UTC), {"2026-12", "2027-01"}),
        (datetime(2027, 1, 31, tzinfo=UTC), {"2027-01", "2027-02"}),
        (datetime(2028, 2, 29, tzinfo=UTC), {"2028-02", "2028-03"}),
    ],
)
def test_next_months_key_is_ready_before_it_is_needed(house: House, now: datetime, months: set[str]) -> None:
    container(house).prepare("demo", now=now)

    assert set(data_keys(house)) == {f"demo/datakey#{name}" for name in {*months, "hash"}}


def test_a_function_that_may_not_make_keys_finds_those_that_were_prepared(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    container(house).prepare("demo", now=NOON)
    deny(monkeypatch, "GenerateDataKeyWithoutPlaintext")
    keyring = container(house)

    sealed = keyring.encrypt("demo", "text", now=datetime(2026, 12, 1, tzinfo=UTC))
    keyring.hash("demo", "openid:o1", now=NOON)

    assert keyring.decrypt("demo", sealed) == "text"
    with pytest.raises(Busy):
        keyring.encrypt("demo", "text", now=datetime(2027, 1, 1, tzinfo=UTC))


def test_keys_that_are_ready_are_not_asked_for_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = container(house)
    keyring.prepare("demo", now=NOON)
    asked = listen(monkeypatch)

    keyring.prepare("demo", now=NOON)
    keyring.decrypt("demo", keyring.encrypt("demo", "text", now=NOON))

    assert asked == []


def test_two_containers_that_race_to_make_the_first_key_agree_on_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, fast = container(house), container(house)
    keep = tables.keep_wrapped_key
    sealed: list[str] = []

    def keep_late(*args: Any, **kwargs: Any) -> str:
        """The fast one makes and uses its key between the slow one's look and its write."""
        monkeypatch.setattr(keyring_module, "keep_wrapped_key", keep)
        sealed.append(fast.encrypt("demo", "fast", now=NOON))
        return keep(*args, **kwargs)

    monkeypatch.setattr(keyring_module, "keep_wrapped_key", keep_late)
    sealed.append(slow.encrypt("demo", "slow", now=NOON))

    assert [container(house).decrypt("demo", each) for each in sealed] == ["fast", "slow"]
    assert [fast.decrypt("demo", sealed[1]), slow.decrypt("demo", sealed[0])] == ["slow", "fast"]


def test_opening_a_key_waits_for_no_client_of_boto3(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = container(house).encrypt("demo", "text", now=NOON)
    monkeypatch.setattr(keyring_module, "client", lambda service: pytest.fail(f"a client of {service}"))

    assert container(house).decrypt("demo", sealed) == "text"


def test_the_encryption_context_of_every_key_is_its_brand(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = listen(monkeypatch)

    for brand in ("demo", "other"):
        container(house).encrypt(brand, "text", now=NOON)

    kms = [(name, params["EncryptionContext"]) for name, params in asked if "EncryptionContext" in params]
    assert kms == [(name, {"brand": brand}) for brand in ("demo", "other") for name in ("GenerateDataKeyWithoutPlaintext", "Decrypt")]


def test_no_row_holds_a_key_that_is_not_wrapped(house: House) -> None:
    keyring = container(house)
    keyring.encrypt("demo", "text", now=NOON)
    keyring.hash("demo", "text", now=NOON)

    rows = "".join(data_keys(house).values())

    assert len(keyring._keys) == 2
    assert not any(base64.b64encode(key).decode().rstrip("=")[:-1] in rows or key.hex() in rows for key in keyring._keys.values())


def test_a_key_service_that_is_away_is_busy(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    container(house).encrypt("demo", "text", now=NOON)
    deny(monkeypatch, "Decrypt")

    with pytest.raises(Busy):
        container(house).encrypt("demo", "text", now=NOON)


def deny(monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    """KMS refuses one operation, as it does to a role that may not."""
    real = BaseClient._make_api_call

    def ask(asking: Any, name: str, params: Any) -> Any:
        if name == operation:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, name)
        return real(asking, name, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", ask)


def listen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What AWS is asked from now on."""
    real, asked = BaseClient._make_api_call, []

    def ask(asking: Any, name: str, params: Any) -> Any:
        asked.append((name, params))
        return real(asking, name, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", ask)
    return asked
