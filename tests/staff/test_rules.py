"""Who may do what: keys of the right form, and scopes that hold each other or do not."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Invalid
from chalicelib.staff import rules
from chalicelib.staff.words import ApiKey, Scope
from tests.house import NOON

GOOD = f"ld_demo-abcdefg2_{'A' * 43}"


@given(st.binary(min_size=5, max_size=5), st.binary(min_size=32, max_size=32), st.from_regex(rules.BRAND, fullmatch=True))
def test_a_new_key_is_read_as_what_it_is_made_of(random_id5: bytes, random_secret32: bytes, brand: str) -> None:
    key_id, secret, text = rules.new_key(brand, random_id5, random_secret32)

    assert rules.read_key(text) == (brand, key_id, secret)
    assert text == f"ld_{key_id}_{secret}"


@given(st.text())
def test_a_key_of_any_other_form_is_none(text: str) -> None:
    assert rules.read_key(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ld_",
        GOOD[:-1],
        GOOD + "A",
        GOOD + "\n",
        " " + GOOD,
        GOOD.replace("ld_", "LD_"),
        GOOD.replace("demo", "Demo"),
        GOOD.replace("demo", "d"),
        GOOD.replace("demo", "de#mo"),
        GOOD.replace("-abcdefg2", "-abcdefg1"),
        GOOD.replace("-abcdefg2", "-abcdefg"),
        GOOD.replace("AAA", "A=A"),
        GOOD.replace("AAA", "AéA"),
    ],
)
def test_a_key_that_is_nearly_right_is_none(text: str) -> None:
    assert rules.read_key(GOOD) is not None
    assert rules.read_key(text) is None


def make_key(**changes: object) -> ApiKey:
    kept = {
        "id": "demo-abcdefg2",
        "brand": "demo",
        "scopes": (Scope.admin,),
        "note": "",
        "secret_sha256": rules.hash_secret("s"),
        "created_at": NOON,
    }
    return ApiKey(**{**kept, **changes})  # type: ignore[arg-type]


def test_a_secret_is_kept_as_its_sha256() -> None:
    assert rules.hash_secret("canary") == hashlib.sha256(b"canary").hexdigest()


def test_a_key_opens_to_its_own_secret_until_it_is_revoked() -> None:
    assert rules.opens(make_key(), "s")
    assert not rules.opens(make_key(), "S")
    assert not rules.opens(make_key(), "")
    assert not rules.opens(make_key(), rules.hash_secret("s"))
    assert not rules.opens(make_key(revoked_at=NOON), "s")


@pytest.mark.parametrize("held", Scope)
def test_a_scope_allows_itself_and_admin_everything_but_tokens_and_personal_values(held: Scope) -> None:
    allowed = {needed for needed in Scope if rules.allows([held], needed)}

    assert allowed == (set(Scope) - {Scope.tokens_read, Scope.personal_read} if held is Scope.admin else {held})


def test_scopes_add_up_and_none_allows_nothing() -> None:
    assert rules.allows([Scope.admin, Scope.tokens_read], Scope.tokens_read)
    assert rules.allows(iter([Scope.people_read, Scope.rules_write]), Scope.rules_write)
    assert not any(rules.allows([], scope) for scope in Scope)


@pytest.mark.parametrize("brand", ["ab", "demo", "a1", "z" * 31])
def test_a_brand_is_a_short_word(brand: str) -> None:
    assert rules.check_brand(brand) == brand


@pytest.mark.parametrize("brand", ["", "a", "1a", "Ab", "a-b", "a b", "a\n", "示例", "z" * 32])
def test_a_brand_of_another_form_is_refused_without_being_quoted(brand: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules.check_brand(brand)

    assert caught.value.message == "A brand's id is 2 to 31 lower-case letters and digits, a letter first."
