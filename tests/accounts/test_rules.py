"""Decisions about accounts and tokens, to the second."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.accounts import rules
from chalicelib.accounts.words import AccountOrder, AccountSecret, BrandSecret, CallbackMode, Kind, SecretOrder, SigningKey, Token
from chalicelib.errors import Invalid, Missing
from tests.builders import AES_KEY, OTHER_AES_KEY, mini_program, official_account
from tests.house import NOON


def order(**changes: Any) -> AccountOrder:
    return msgspec.convert(official_account(**changes), AccountOrder)


def token(left_s: float) -> Token:
    return Token(value="t", version=1, expires_at=NOON + timedelta(seconds=left_s))


@pytest.mark.parametrize(("account", "parts"), [("demo.oa", ("demo", "oa")), ("demo.oa.b", ("demo", "oa.b")), ("a.-", ("a", "-"))])
def test_an_accounts_id_is_its_brand_and_its_name(account: str, parts: tuple[str, str]) -> None:
    assert rules.split_id(account) == parts


@pytest.mark.parametrize(
    "account", ["", ".", "demo", "demo.", ".oa", "demo.ö", "de#mo.oa", "demo.o#a", "#brands.demo", "示例.oa", "demo." + "o" * 59]
)
def test_an_id_of_another_form_is_as_unknown_as_one_nobody_has(account: str) -> None:
    with pytest.raises(Missing) as caught:
        rules.split_id(account)

    assert caught.value.code == "account_missing"


def test_an_account_is_planned_as_it_was_ordered_and_its_secret_apart_from_it() -> None:
    account, secret = rules.plan_account("demo", order(), now=NOON)

    assert (account.id, account.brand, account.kind, account.created_at) == ("demo.oa", "demo", Kind.official_account, NOON)
    assert secret == AccountSecret(app_secret="canary-app-secret-5f2e", callback_token="CanaryToken2026", aes_keys=(AES_KEY,))
    assert not [each for each in (secret.app_secret, secret.callback_token, AES_KEY) if each in str(account)]


@pytest.mark.parametrize("mode", [CallbackMode.safe, CallbackMode.compatible])
def test_callbacks_that_are_encrypted_need_their_key(mode: CallbackMode) -> None:
    with pytest.raises(Invalid, match=r"\$\.aes_key"):
        rules.plan_account("demo", order(callback_mode=mode, aes_key=None), now=NOON)


@pytest.mark.parametrize("changes", [{"callback_mode": "plain", "aes_key": None}, {"callback_token": None, "aes_key": None}])
def test_callbacks_that_are_not_encrypted_or_not_wanted_need_none(changes: dict[str, Any]) -> None:
    _, secret = rules.plan_account("demo", order(**changes), now=NOON)

    assert secret.aes_keys == ()


@pytest.mark.parametrize("kind", Kind)
def test_only_accounts_that_call_wechat_by_themselves_need_an_app_secret(kind: Kind) -> None:
    wanted = order(kind=kind, app_secret=None)

    if kind in (Kind.official_account, Kind.mini_program, Kind.platform):
        with pytest.raises(Invalid, match=r"\$\.app_secret"):
            rules.plan_account("demo", wanted, now=NOON)
    else:
        assert rules.plan_account("demo", wanted, now=NOON)[0].kind is kind


@pytest.mark.parametrize("kind", [Kind.official_account, Kind.mini_program])
def test_an_account_without_a_secret_is_called_through_its_platform_and_has_no_web_login(kind: Kind) -> None:
    account, secret = rules.plan_account("demo", order(kind=kind, app_secret=None, platform="demo.open"), now=NOON)

    assert (account.platform, account.web_login, secret.app_secret) == ("demo.open", False, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"platform": "demo.open"},
        *[{"kind": kind, "platform": "demo.open", "app_secret": None} for kind in Kind if kind not in rules.AUTHORISE],
    ],
    ids=str,
)
def test_an_account_with_its_own_secret_or_that_no_platform_may_act_for_names_none(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"\$\.platform"):
        rules.plan_account("demo", order(**changes), now=NOON)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"app_secret": None}, "app_secret"),
        ({"callback_token": None}, "callback_token"),
        ({"callback_mode": "plain"}, "callback_mode"),
        ({"callback_mode": "compatible"}, "callback_mode"),
        ({"aes_key": None}, "aes_key"),
    ],
)
def test_a_platform_has_its_secret_and_hears_wechat_encrypted(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid, match=rf"\$\.{place}"):
        rules.plan_account("demo", order(kind="platform", **changes), now=NOON)


def test_an_account_that_is_called_through_its_platform_is_given_no_secret_later() -> None:
    account, _ = rules.plan_account("demo", order(app_secret=None, platform="demo.open"), now=NOON)
    own, _ = rules.plan_account("demo", order(), now=NOON)

    with pytest.raises(Invalid, match=r"\$\.app_secret"):
        rules.check_secret_change(account, SecretOrder(app_secret="x"))
    rules.check_secret_change(account, SecretOrder(callback_token="Other2026"))
    rules.check_secret_change(own, SecretOrder(app_secret="x"))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "Oa"},
        {"name": "1a"},
        {"name": "a.b"},
        {"name": "a#b"},
        {"name": "a\n"},
        {"name": "a" * 32},
        {"appid": "wx#1234"},
        {"appid": "short"},
        {"appid": "a" * 65},
        {"callback_token": "no"},
        {"callback_token": "with-dash"},
        {"callback_token": "a" * 33},
        {"aes_key": "a" * 42},
        {"aes_key": "a" * 44},
        {"aes_key": "=" * 43},
        {"aes_key": "a" * 43 + "\n"},
        {"app_secret": ""},
        {"kind": "shop"},
        {"callback_mode": "secure"},
        {"surprise": 1},
    ],
    ids=str,
)
def test_an_order_of_the_wrong_form_does_not_come_in(changes: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(mini_program(**changes), AccountOrder)


def test_a_secret_is_never_changed_into_none() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"app_secret": ""}, SecretOrder)


def test_a_new_aes_key_goes_first_and_keeps_the_one_before_it() -> None:
    once = rules.change_secret(AccountSecret(aes_keys=("old",)), SecretOrder(aes_key="new"))
    twice = rules.change_secret(once, SecretOrder(aes_key="newest"))

    assert (once.aes_keys, twice.aes_keys) == (("new", "old"), ("newest", "new"))


def test_the_same_aes_key_again_changes_nothing() -> None:
    secret = AccountSecret(aes_keys=("new", "old"))

    assert rules.change_secret(secret, SecretOrder(aes_key="new")) == secret


def test_going_back_to_the_old_aes_key_keeps_the_new_one_readable() -> None:
    assert rules.change_secret(AccountSecret(aes_keys=("new", "old")), SecretOrder(aes_key="old")).aes_keys == ("old", "new")


def test_the_first_aes_key_stands_alone() -> None:
    assert rules.change_secret(AccountSecret(), SecretOrder(aes_key=OTHER_AES_KEY)).aes_keys == (OTHER_AES_KEY,)


def test_what_an_order_leaves_out_stays() -> None:
    secret = AccountSecret(app_secret="a", callback_token="t", aes_keys=("k",))

    assert rules.change_secret(secret, SecretOrder()) == secret
    assert rules.change_secret(secret, SecretOrder(app_secret="b")) == AccountSecret(app_secret="b", callback_token="t", aes_keys=("k",))
    assert rules.change_secret(secret, SecretOrder(callback_token="u")) == AccountSecret(
        app_secret="a", callback_token="u", aes_keys=("k",)
    )


@pytest.mark.parametrize(("left_s", "usable"), [(7200, True), (300, True), (11, True), (10, False), (0, False), (-1, False)])
def test_a_token_is_used_to_its_last_ten_seconds(left_s: float, usable: bool) -> None:
    assert rules.is_usable(token(left_s), NOON) is usable


@pytest.mark.parametrize(("left_s", "due"), [(7200, False), (301, False), (300, True), (0, True), (-1, True)])
def test_a_token_is_due_in_its_last_five_minutes(left_s: float, due: bool) -> None:
    assert rules.is_due(token(left_s), NOON) is due


def test_no_token_is_due_and_not_usable() -> None:
    assert rules.is_due(None, NOON)
    assert not rules.is_usable(None, NOON)


def key(name: str, age_s: float) -> SigningKey:
    return SigningKey(name, "secret", NOON - timedelta(seconds=age_s))


@pytest.mark.parametrize(
    ("ages", "signs"),
    [
        ({"new": 0, "old": 9999}, "old"),
        ({"new": 599, "old": 9999}, "old"),
        ({"new": 600, "old": 9999}, "new"),
        ({"new": 1, "newer": 2, "old": 3}, "old"),
        ({"only": 0}, "only"),
    ],
)
def test_a_signing_key_signs_once_every_container_has_had_ten_minutes_to_learn_it(ages: dict[str, float], signs: str) -> None:
    secret = BrandSecret(tuple(key(name, age) for name, age in ages.items()))

    assert rules.signing_key(secret, NOON).id == signs


# -- web pages ----------------------------------------------------------------------------------------------------

OURS = ("https://shop.example.com", "http://127.0.0.1:8080")


@pytest.mark.parametrize("rest", ["", "/", "/a/b?c=d&e=%20#/f", "?a", "#/pages/index", "/@evil.example", "//evil.example"])
def test_every_page_of_an_origin_is_its_own(rest: str) -> None:
    assert all(rules.leads_home(origin + rest, OURS) for origin in OURS)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/",
        "//shop.example.com",
        "https://evil.example",
        "https://shop.example.com.evil.example",
        "https://shop.example.com@evil.example",
        "https://shop.example.com:pass@evil.example/",
        "https://shop.example.com:8443/",
        "https://shop.example.com:443/",
        "http://shop.example.com/",
        "HTTPS://shop.example.com/",
        "https:shop.example.com",
        "https:/\\shop.example.com",
        "https://shop.example.com\\@evil.example",
        "https://shop.example.com/\\evil.example",
        "https://shop.example.com/\nSet-Cookie: a=b",
        "https://shop.example.com/\t",
        " https://shop.example.com/",
        "https://shop.example.com/a b",
        "https://shop.example.com。evil.example/",
        "https://shop.example.com/商店",
        "https://shop.exаmple.com/",
        "javascript:alert(1)//https://shop.example.com",
        "http://127.0.0.1:80801/",
        "https://shop.example.com/" + "a" * 2024,
    ],
)
def test_an_address_that_some_browser_could_read_otherwise_leads_nowhere(address: str) -> None:
    assert not rules.leads_home(address, OURS)


def test_no_origins_lead_nowhere() -> None:
    assert not rules.leads_home("https://shop.example.com/", ())
