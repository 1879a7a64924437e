"""Tokens and refused codes, without any row."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some
from itsdangerous.encoding import base64_encode

from chalicelib.accounts.words import BrandSecret, SigningKey
from chalicelib.errors import Declined, Unauthenticated
from chalicelib.sessions.rules import codes, tokens
from chalicelib.sessions.words import Claims, Session
from tests.house import NOON

OLD, NEW = SigningKey("k1", "old-secret", NOON - timedelta(days=30)), SigningKey("k2", "new-secret", NOON)
SECRET = BrandSecret((OLD,))
ROTATED = BrandSecret((NEW, OLD))
SESSION = Session(
    brand="demo", key="openid#mini#aa", id="01S", account="mini", generation=3, refreshed_at=NOON, ends_at=NOON + timedelta(days=30)
)
LOGIN_CODE = r"0[0-9A-Za-z]{31}"


def token(use: str = tokens.SESSION, secret: BrandSecret = SECRET, at_s: float = 0) -> str:
    now = NOON + timedelta(seconds=at_s)
    return tokens.sign(tokens.claims_of(SESSION, use, now), secret, now)


def payload(content: object) -> str:
    """A token with this content and a signature of nobody's."""
    return base64_encode(content if isinstance(content, bytes) else json.dumps(content).encode()).decode() + ".c2lnbmF0dXJl"


def claims(**changes: object) -> dict[str, object]:
    return {**msgspec.to_builtins(tokens.claims_of(SESSION, tokens.SESSION, NOON)), **changes}


# -- what a token says -----------------------------------------------------------------------------------------


def test_a_token_says_which_identifier_logged_in_where() -> None:
    verified = tokens.verify(token(), tokens.SESSION, SECRET, NOON)

    assert verified == Claims(
        use="session", brand="demo", key="openid#mini#aa", session="01S", generation=3, expires_at=int(NOON.timestamp()) + 900
    )


def test_a_session_token_ends_after_fifteen_minutes_and_a_refresh_token_with_its_session() -> None:
    just_before = NOON + timedelta(minutes=15, seconds=-1)
    tokens.verify(token(), tokens.SESSION, SECRET, just_before)
    tokens.verify(token(tokens.REFRESH), tokens.REFRESH, SECRET, NOON + timedelta(days=30, seconds=-1))

    with pytest.raises(Unauthenticated):
        tokens.verify(token(), tokens.SESSION, SECRET, NOON + timedelta(minutes=15))
    with pytest.raises(Unauthenticated):
        tokens.verify(token(tokens.REFRESH), tokens.REFRESH, SECRET, NOON + timedelta(days=30))


def test_a_session_token_does_not_outlive_its_session() -> None:
    late = SESSION.ends_at - timedelta(minutes=1)

    assert tokens.claims_of(SESSION, tokens.SESSION, late).expires_at == int(SESSION.ends_at.timestamp())


@pytest.mark.parametrize(("use", "asked"), [(tokens.SESSION, tokens.REFRESH), (tokens.REFRESH, tokens.SESSION)])
def test_neither_kind_of_token_passes_for_the_other(use: str, asked: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(token(use), asked, SECRET, NOON)


def test_a_token_signed_for_one_use_that_claims_another_is_refused() -> None:
    forged = tokens._signer([OLD.secret], tokens.REFRESH).sign(base64_encode(json.dumps(claims()).encode())).decode()

    with pytest.raises(Unauthenticated):
        tokens.verify(forged, tokens.REFRESH, SECRET, NOON)


@given(some.integers(min_value=0), some.sampled_from("ABCDabcd01-_.~"))
def test_a_token_with_any_character_changed_is_refused(place: int, letter: str) -> None:
    good = token()
    place %= len(good) - 1  # the last character has two bits that mean nothing
    bad = good[:place] + letter + good[place + 1 :]
    if bad == good:
        return

    with pytest.raises(Unauthenticated):
        tokens.verify(bad, tokens.SESSION, BrandSecret((OLD,)) if tokens.read_brand(bad) == "demo" else BrandSecret((NEW,)), NOON)


def test_the_keys_of_another_brand_do_not_open_a_token() -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(token(), tokens.SESSION, BrandSecret((SigningKey("k9", "another-secret", OLD.made_at),)), NOON)


# -- keys that change ------------------------------------------------------------------------------------------


def test_a_new_key_verifies_at_once_and_signs_only_after_ten_minutes() -> None:
    signed_by_the_new_one = tokens._signer([NEW.secret], tokens.SESSION).sign(base64_encode(json.dumps(claims()).encode())).decode()
    tokens.verify(signed_by_the_new_one, tokens.SESSION, ROTATED, NOON)

    just_before, after = token(secret=ROTATED, at_s=599), token(secret=ROTATED, at_s=600)

    tokens.verify(just_before, tokens.SESSION, BrandSecret((OLD,)), NOON)
    tokens.verify(after, tokens.SESSION, BrandSecret((NEW,)), NOON)
    with pytest.raises(Unauthenticated):
        tokens.verify(just_before, tokens.SESSION, BrandSecret((NEW,)), NOON)


def test_tokens_of_the_key_before_keep_working() -> None:
    tokens.verify(token(tokens.REFRESH), tokens.REFRESH, ROTATED, NOON + timedelta(days=1))


# -- what is no token ------------------------------------------------------------------------------------------

GARBAGE = {
    "nothing": "",
    "a dot": ".",
    "no dot": "abcd",
    "impossible base64": "a.b",
    "not ascii": "é.中",
    "no json": payload(b"\xff\xfe"),
    "half a surrogate": payload(b'{"brand":"\\ud800"}'),
    "a list": payload([]),
    "no claims": payload({}),
    "a claim of another type": payload(claims(generation="3")),
    "a brand that is a number": payload(claims(brand=1)),
    "no brand": payload(claims(brand="")),
    "a row that is no brand": payload(claims(brand="#brands")),
    "a path": payload(claims(brand="../demo")),
    "a long brand": payload(claims(brand="b" * 1200)),
    "a brand in capitals": payload(claims(brand="DEMO")),
    "a nest": payload(b'{"more":' + b"[" * 1200 + b"]" * 200 + b"}"),
    "too long": payload(claims(key="k" * 2000)),
    "a right one with more behind it": "x" * 3000,
}


@pytest.mark.parametrize("text", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_token_of_ours_names_no_brand(text: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.read_brand(text)


@given(some.text(max_size=200))
def test_any_text_at_all_is_either_refused_or_names_a_brand(text: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.read_brand(text)


@given(some.binary(max_size=200))
def test_any_content_at_all_is_either_refused_or_names_a_brand(content: bytes) -> None:
    with pytest.raises(Unauthenticated):
        tokens.read_brand(payload(content))


def test_a_token_with_letters_beyond_ascii_is_refused_even_where_base64_would_skip_them() -> None:
    with pytest.raises(Unauthenticated):
        tokens.read_brand(token() + "é")


# -- refreshing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("generation", "after_s", "repeat"), [(2, 0, True), (2, 60, True), (2, 61, False), (3, 0, False), (1, 0, False), (4, 0, False)]
)
def test_only_the_refresh_before_the_last_one_may_be_repeated_and_only_for_a_minute(generation: int, after_s: int, repeat: bool) -> None:
    assert tokens.is_repeat(SESSION, generation, NOON + timedelta(seconds=after_s)) is repeat


# -- refused codes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("errcode", "code", "refusal"),
    [
        (40163, "0" * 32, "login_code_used"),
        (40226, "0" * 32, "login_refused"),
        (40029, "0" * 32, "login_code_expired"),
        (40029, "a" * 64, "login_code_wrong_kind"),
        (40029, "0" * 33, "login_code_wrong_kind"),
        (40013, "0" * 32, "wechat_declined"),
    ],
)
def test_a_refused_code_is_explained(errcode: int, code: str, refusal: str) -> None:
    assert codes.explain_refused_code(Declined(errcode=errcode), code, LOGIN_CODE).code == refusal


def test_an_explanation_never_quotes_the_code() -> None:
    code = "0secretcode" + "x" * 21

    told = [str(codes.explain_refused_code(Declined(errcode=errcode), code, LOGIN_CODE)) for errcode in (40163, 40226, 40029, 40013)]

    assert not re.search("secretcode", " ".join(told))
