"""Signing keys that change: what a new one verifies and signs, and when."""

from __future__ import annotations

from chalicelib.accounts.words import SigningKey
from chalicelib.sessions.rules import tokens
from tests.sessions.shop import Shop


def test_a_new_signing_key_verifies_at_once_signs_after_ten_minutes_and_old_tokens_keep_working(shop: Shop) -> None:
    before = shop.log_in(shop.customer())
    (old_key,) = shop.brand_secret().signing_keys

    shop.rotate()
    new_key = shop.brand_secret().signing_keys[0]
    by_the_new_key = shop.me(signed_by(new_key, shop, before["session_token"]))
    at_once = shop.log_in(shop.customer())
    shop.house.clock.advance(minutes=10)
    later = shop.log_in(shop.customer())

    assert by_the_new_key[0] == 200
    assert signer_of(shop, at_once["session_token"]) == old_key.id
    assert signer_of(shop, later["session_token"]) == new_key.id
    assert shop.me(before["session_token"])[0] == 200
    assert shop.refresh(before["refresh_token"])[0] == 200


def test_a_container_that_knew_only_the_old_key_takes_what_the_new_one_signed(shop: Shop) -> None:
    user = shop.customer()
    slow = shop.house.world
    shop.me(shop.log_in(user)["session_token"])
    quick = shop.house.new_container()
    shop.rotate()
    shop.house.clock.advance(minutes=10)
    shop.house.enter(quick)
    login = shop.log_in(user)

    shop.house.enter(slow)

    assert signer_of(shop, login["session_token"]) == shop.brand_secret().signing_keys[0].id
    assert shop.me(login["session_token"])[0] == 200


def signed_by(key: SigningKey, shop: Shop, token: str) -> str:
    """The same claims, signed by one key."""
    return tokens._signer([key.secret], tokens.SESSION).sign(token.rpartition(".")[0]).decode()


def signer_of(shop: Shop, token: str) -> str:
    """The id of the signing key that made a token."""
    for key in shop.brand_secret().signing_keys:
        if signed_by(key, shop, token) == token:
            return key.id
    raise AssertionError("signed by none of the brand's keys")
