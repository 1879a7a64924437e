"""Decisions about links, without any row."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.errors import Invalid
from chalicelib.identity import rules
from chalicelib.identity.rules import Alone, Attach, Begin, Confirm, Contest, Join
from chalicelib.identity.words import Cluster, Identifier, IdentifierType, Key, Known, Link, Rank
from tests.house import NOON
from tests.identity.people import member_no, openid, phone

OPENID, OTHER_OPENID = Key(IdentifierType.openid, "oa", "aa"), Key(IdentifierType.openid, "mini", "bb")
SECOND_OPENID = Key(IdentifierType.openid, "oa", "a2")
UNION, OTHER_UNION = Key(IdentifierType.unionid, "", "cc"), Key(IdentifierType.unionid, "", "dd")


def cluster(name: str, *keys: Key, absorbed: tuple[str, ...] = ()) -> Cluster:
    return Cluster(id=name, version=1, into=None, seed=keys[0], counts=rules.count_keys(keys), absorbed=absorbed, first_at=NOON)


def known(key: Key, inside: Cluster) -> Known:
    return Known(key=key, cluster=inside)


def link(rank: Rank = Rank.declared, at_s: int = 0) -> Link:
    at = NOON + timedelta(seconds=at_s)
    return Link(a=OPENID, b=UNION, rank=rank, first_at=at, last_at=at, source=rank.name)


# -- one spelling ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "13812345678",
        "+8613812345678",
        "8613812345678",
        "008613812345678",
        "+86 138 1234 5678",
        "(+86) 138-1234-5678",
        "138‑1234–5678",
        "１３８１２３４５６７８",
        "＋８６　１３８（１２３４）５６７８",
        "\u202d13812345678\u202c",
        "\ufeff138 1234 5678\u200b",
    ],
)
def test_a_phone_number_has_one_spelling(written: str) -> None:
    assert rules.normalise_phone(rules.normalise(phone(written)).value) == "+8613812345678"


@pytest.mark.parametrize(
    ("written", "e164"), [("+1 (415) 555-2671", "+14155552671"), ("0065 8123 4567", "+6581234567"), ("+86 10 8123 4567", "+861081234567")]
)
def test_a_number_of_another_country_or_a_landline_keeps_its_country_code(written: str, e164: str) -> None:
    assert rules.normalise_phone(written) == e164


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "+8613800138000",
        "11111111111",
        "18888888888",
        "12345678901",
        "1381234567",
        "138123456789",
        "+86138123456",
        "+0613812345678",
        "4155552671",
        "١٣٨١٢٣٤٥٦٧٨",
        "+8613812345678x",
        "phone number",
        "+",
        "13812345678\n13812345679",
    ],
)
def test_what_is_no_phone_number_of_a_person_is_refused(written: str) -> None:
    with pytest.raises(Invalid, match=r"no phone number of a person - at `\$\.value`"):
        rules.normalise(phone(written))


@given(some.text(max_size=30))
def test_a_normalised_phone_number_is_ascii_and_normalises_to_itself(text: str) -> None:
    try:
        normal = rules.normalise_phone(text)
    except Invalid:
        return

    assert normal.isascii()
    assert rules.normalise_phone(normal) == normal


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "0",
        "-1",
        "null",
        "NULL",
        " None ",
        "undefined",
        "[object Object]",
        "NaN",
        "unknown",
        '"null"',
        "'undefined'",
        "\ufeffnull\u200b",
    ],
)
@pytest.mark.parametrize("kind", [kind for kind in IdentifierType if kind is not IdentifierType.openid])
def test_a_value_that_names_nobody_is_refused_for_every_kind(kind: IdentifierType, value: str) -> None:
    with pytest.raises(Invalid):
        rules.normalise(Identifier(kind, value))


def test_a_value_that_names_nobody_is_refused_as_an_openid_too() -> None:
    with pytest.raises(Invalid, match="names nobody"):
        rules.normalise(openid("oa", "undefined"))


def test_a_refused_value_is_not_quoted() -> None:
    with pytest.raises(Invalid) as refused:
        rules.normalise(phone("1391234567x"))

    assert "1391234567" not in str(refused.value)


def test_a_value_has_a_longest_length() -> None:
    assert rules.normalise(member_no("m" * rules.LENGTH_LIMIT)).value == "m" * rules.LENGTH_LIMIT
    with pytest.raises(Invalid):
        rules.normalise(member_no("m" * (rules.LENGTH_LIMIT + 1)))


def test_an_openid_needs_its_account_and_nothing_else_has_one() -> None:
    with pytest.raises(Invalid, match=r"\$\.account"):
        rules.normalise(Identifier(IdentifierType.openid, "oAbcdef"))
    with pytest.raises(Invalid, match=r"\$\.account"):
        rules.normalise(Identifier(IdentifierType.unionid, "uAbcdef", "oa"))


def test_letters_of_an_openid_keep_their_case() -> None:
    assert rules.normalise(openid("oa", " oAbC ")).value == "oAbC"


@pytest.mark.parametrize(
    ("identifier", "masked"),
    [
        (phone("+8613812345678"), "138****5678"),
        (phone("+14155552671"), "+14****2671"),
        (openid("oa", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"), "oUp****eS6o"),
        (member_no("M-000123"), "M****"),
        (member_no("7"), "7****"),
    ],
)
def test_a_mask_shows_enough_to_recognise_and_not_enough_to_use(identifier: Identifier, masked: str) -> None:
    assert rules.mask(identifier) == masked


@pytest.mark.parametrize(
    "text", ["", "01M7VHRXG0G83EFRTNJJN6PQ8", "01M7VHRXG0G83EFRTNJJN6PQ8Aa", "01m7vhrxg0g83efrtnjjn6pq8a", "U" * 26, "x" * 3000]
)
def test_what_is_no_ulid_is_nobodys_id(text: str) -> None:
    assert not rules.is_person_id(text)


def test_a_ulid_may_be_a_persons_id() -> None:
    assert rules.is_person_id("01M7VHRXG0G83EFRTNJJN6PQ8A")


# -- what a link means -----------------------------------------------------------------------------------------


def test_two_unknown_identifiers_begin_a_person() -> None:
    assert rules.plan_link(OPENID, UNION, None, None) == Begin()


def test_two_unknown_identifiers_that_one_person_cannot_have_begin_apart() -> None:
    assert rules.plan_link(UNION, OTHER_UNION, None, None) == Alone(UNION)


def test_an_unknown_identifier_joins_the_person_of_the_known_one() -> None:
    person = cluster("01A", OPENID)

    assert rules.plan_link(OPENID, UNION, known(OPENID, person), None) == Attach(UNION, person)
    assert rules.plan_link(UNION, OPENID, None, known(OPENID, person)) == Attach(UNION, person)


def test_a_second_unionid_stays_apart() -> None:
    person = cluster("01A", OPENID, UNION)

    assert rules.plan_link(OPENID, OTHER_UNION, known(OPENID, person), None) == Alone(OTHER_UNION)
    assert rules.plan_link(OTHER_UNION, OPENID, None, known(OPENID, person)) == Alone(OTHER_UNION)


def test_of_two_persons_the_older_one_takes_the_other_in_whichever_is_named_first() -> None:
    older, younger = cluster("01A", OPENID), cluster("01B", UNION)

    assert rules.plan_link(OPENID, UNION, known(OPENID, older), known(UNION, younger)) == Join(older, younger)
    assert rules.plan_link(UNION, OPENID, known(UNION, younger), known(OPENID, older)) == Join(older, younger)


@pytest.mark.parametrize(
    ("first", "second", "limit"),
    [((OPENID, UNION), (OTHER_OPENID, OTHER_UNION), "unionid#"), ((OPENID,), (SECOND_OPENID, UNION), "openid#oa")],
)
def test_two_persons_that_together_break_a_limit_are_contested(first: tuple[Key, ...], second: tuple[Key, ...], limit: str) -> None:
    a, b = cluster("01A", *first), cluster("01B", *second)

    assert rules.plan_link(first[0], second[0], known(first[0], a), known(second[0], b)) == Contest(a, b, limit)


def test_a_person_that_was_taken_in_between_the_two_reads_is_not_counted_twice() -> None:
    before = cluster("01B", OPENID)
    after = cluster("01A", UNION, OPENID, absorbed=("01B",))

    assert rules.plan_link(OPENID, UNION, known(OPENID, before), known(UNION, after)) == Confirm(after)


def test_two_identifiers_of_one_person_only_confirm_it() -> None:
    person = cluster("01A", OPENID, UNION)

    assert rules.plan_link(OPENID, UNION, known(OPENID, person), known(UNION, person)) == Confirm(person)


def test_a_person_may_have_two_phones_one_openid_per_account_and_one_of_everything_else() -> None:
    fine = {"openid#oa": 1, "openid#mini": 1, "unionid#": 1, "phone#": 2, "app_uid#": 1, "member_no#": 1}

    assert rules.broken_limit(fine) is None
    for name, count in fine.items():
        assert rules.broken_limit({**fine, name: count + 1}) == name


@given(some.lists(some.sampled_from([OPENID, SECOND_OPENID, OTHER_OPENID, UNION, OTHER_UNION]), max_size=6))
def test_what_satisfies_the_limits_does_so_in_every_part(keys: list[Key]) -> None:
    if rules.broken_limit(rules.count_keys(keys)) is not None:
        return

    for size in range(len(keys)):
        assert all(rules.broken_limit(rules.count_keys(part)) is None for part in itertools.combinations(keys, size))


@given(some.permutations([(Rank.declared, 5), (Rank.attested, 3), (Rank.verified, 9), (Rank.attested, 3)]))
def test_repeats_of_a_link_come_to_the_same_in_every_order(repeats: list[tuple[Rank, int]]) -> None:
    kept = link(*repeats[0])
    for rank, at_s in repeats[1:]:
        kept = rules.repeat_link(kept, rank=rank, at=NOON + timedelta(seconds=at_s), source=rank.name)

    assert kept == Link(
        a=OPENID,
        b=UNION,
        rank=Rank.attested,
        first_at=NOON + timedelta(seconds=3),
        last_at=NOON + timedelta(seconds=9),
        source=Rank.attested.name,
    )
