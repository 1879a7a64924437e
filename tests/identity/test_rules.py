"""Decisions about links, without any row."""

from __future__ import annotations

import itertools
from datetime import timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.errors import Invalid
from chalicelib.identity.rules import persons, plans, values
from chalicelib.identity.rules.plans import Alone, Attach, Begin, Confirm, Join, Plan, Rearrange
from chalicelib.identity.words import Cannot, Cluster, Identifier, IdentifierType, Key, Known, Link, Rank, Rejection, Said, Shape
from tests.house import NOON
from tests.identity.people import member_no, openid, phone

OPENID, OTHER_OPENID = Key(IdentifierType.openid, "oa", "aa"), Key(IdentifierType.openid, "mini", "bb")
SECOND_OPENID = Key(IdentifierType.openid, "oa", "a2")
PHONE, MEMBER = Key(IdentifierType.phone, "", "ee"), Key(IdentifierType.member_no, "", "ff")
REISSUE = timedelta(days=90)
UNION, OTHER_UNION = Key(IdentifierType.unionid, "", "cc"), Key(IdentifierType.unionid, "", "dd")


def cluster(name: str, *keys: Key, absorbed: tuple[str, ...] = ()) -> Cluster:
    return Cluster(id=name, version=1, into=None, seed=keys[0], shape=shape(*keys), parts={}, absorbed=absorbed, first_at=NOON)


def shape(*keys: Key, weak: bool = False, guarded: bool = False) -> Shape:
    return Shape(counts=persons.count_keys(keys), weak=weak, guarded=guarded)


def plan(a: Key, b: Key, known_a: Known | None, known_b: Known | None, rank: Rank = Rank.declared) -> Plan:
    return plans.plan_link(said(a, b, rank), known_a, known_b, reissue=REISSUE)


def said(a: Key, b: Key, rank: Rank = Rank.verified, days_ago: float = 0, first_days_ago: float | None = None) -> Link:
    first = NOON - timedelta(days=days_ago if first_days_ago is None else first_days_ago)
    return Link(a=a, b=b, rank=rank, first_at=first, last_at=NOON - timedelta(days=days_ago), source="test")


def cannot(a: Key, b: Key, *, active: bool = True, days_ago: float = 0) -> Cannot:
    return Cannot(a=a, b=b, active=active, at=NOON - timedelta(days=days_ago), by="operator", reason="test")


def arrange(*links: Link, cannots: tuple[Cannot, ...] = ()) -> tuple[set[frozenset[Key]], list[Rejection]]:
    """The persons some links make, and why links were not followed."""
    arrangement = persons.arrange({key for each in links for key in (each.a, each.b)}, links, cannots, reissue=REISSUE)
    return set(arrangement.groups), [each.rejection for each in arrangement.verdicts if each.rejection is not None]


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
    assert values.normalise_phone(values.normalise(phone(written)).value) == "+8613812345678"


@pytest.mark.parametrize(
    ("written", "e164"), [("+1 (415) 555-2671", "+14155552671"), ("0065 8123 4567", "+6581234567"), ("+86 10 8123 4567", "+861081234567")]
)
def test_a_number_of_another_country_or_a_landline_keeps_its_country_code(written: str, e164: str) -> None:
    assert values.normalise_phone(written) == e164


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
        values.normalise(phone(written))


@given(some.text(max_size=30))
def test_a_normalised_phone_number_is_ascii_and_normalises_to_itself(text: str) -> None:
    try:
        normal = values.normalise_phone(text)
    except Invalid:
        return

    assert normal.isascii()
    assert values.normalise_phone(normal) == normal


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
        values.normalise(Identifier(kind, value))


def test_a_value_that_names_nobody_is_refused_as_an_openid_too() -> None:
    with pytest.raises(Invalid, match="names nobody"):
        values.normalise(openid("oa", "undefined"))


def test_a_refused_value_is_not_quoted() -> None:
    with pytest.raises(Invalid) as refused:
        values.normalise(phone("1391234567x"))

    assert "1391234567" not in str(refused.value)


def test_a_value_has_a_longest_length() -> None:
    assert values.normalise(member_no("m" * values.LENGTH_LIMIT)).value == "m" * values.LENGTH_LIMIT
    with pytest.raises(Invalid):
        values.normalise(member_no("m" * (values.LENGTH_LIMIT + 1)))


def test_an_openid_needs_its_account_and_nothing_else_has_one() -> None:
    with pytest.raises(Invalid, match=r"\$\.account"):
        values.normalise(Identifier(IdentifierType.openid, "oAbcdef"))
    with pytest.raises(Invalid, match=r"\$\.account"):
        values.normalise(Identifier(IdentifierType.unionid, "uAbcdef", "oa"))


def test_letters_of_an_openid_keep_their_case() -> None:
    assert values.normalise(openid("oa", " oAbC ")).value == "oAbC"


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
    assert values.mask(identifier) == masked


@pytest.mark.parametrize(
    "text", ["", "01M7VHRXG0G83EFRTNJJN6PQ8", "01M7VHRXG0G83EFRTNJJN6PQ8Aa", "01m7vhrxg0g83efrtnjjn6pq8a", "U" * 26, "x" * 3000]
)
def test_what_is_no_ulid_is_nobodys_id(text: str) -> None:
    assert not values.is_person_id(text)


def test_a_ulid_may_be_a_persons_id() -> None:
    assert values.is_person_id("01M7VHRXG0G83EFRTNJJN6PQ8A")


# -- what a link means -----------------------------------------------------------------------------------------


def test_two_unknown_identifiers_begin_a_person() -> None:
    assert plan(OPENID, UNION, None, None) == Begin(shape(OPENID, UNION))


def test_two_unknown_identifiers_that_one_person_cannot_have_begin_apart() -> None:
    assert plan(UNION, OTHER_UNION, None, None) == Alone(UNION)


def test_an_unknown_identifier_comes_to_the_person_of_the_known_one() -> None:
    person = cluster("01A", OPENID)

    assert plan(OPENID, UNION, known(OPENID, person), None) == Attach(UNION, person, shape(OPENID, UNION))
    assert plan(UNION, OPENID, None, known(OPENID, person)) == Attach(UNION, person, shape(OPENID, UNION))


def test_a_second_unionid_is_met_alone_before_it_is_decided_whose_it_is() -> None:
    person = cluster("01A", OPENID, UNION)

    assert plan(OPENID, OTHER_UNION, known(OPENID, person), None) == Alone(OTHER_UNION)
    assert plan(OTHER_UNION, OPENID, None, known(OPENID, person)) == Alone(OTHER_UNION)


def test_of_two_persons_the_older_one_takes_the_other_in_whichever_is_named_first() -> None:
    older, younger = cluster("01A", OPENID), cluster("01B", UNION)
    joined = Join(older, younger, shape(OPENID, UNION))

    assert plan(OPENID, UNION, known(OPENID, older), known(UNION, younger)) == joined
    assert plan(UNION, OPENID, known(UNION, younger), known(OPENID, older)) == joined


@pytest.mark.parametrize(("first", "second"), [((OPENID, UNION), (OTHER_OPENID, OTHER_UNION)), ((OPENID,), (SECOND_OPENID, UNION))])
def test_two_persons_that_together_break_a_limit_are_rearranged(first: tuple[Key, ...], second: tuple[Key, ...]) -> None:
    a, b = cluster("01A", *first), cluster("01B", *second)

    assert plan(first[0], second[0], known(first[0], a), known(second[0], b)) == Rearrange(a, b)


@pytest.mark.parametrize("more", [{"guarded": True}, {"weak": True}])
def test_persons_of_whom_a_link_may_be_rejected_are_rearranged(more: dict[str, bool]) -> None:
    person = msgspec.structs.replace(cluster("01A", MEMBER, PHONE), shape=shape(MEMBER, PHONE, **more))
    other = cluster("01B", OPENID, UNION)

    assert plan(PHONE, OPENID, known(PHONE, person), known(OPENID, other), Rank.verified) == Rearrange(person, other)


def test_persons_with_parts_are_rearranged_whatever_their_shape_says() -> None:
    person = msgspec.structs.replace(cluster("01A", OPENID), parts={str(OTHER_OPENID): "01C"})
    other = cluster("01B", UNION)

    assert plan(OPENID, OTHER_OPENID, known(OPENID, person), known(OTHER_OPENID, person)) == Rearrange(person, None)
    assert plan(OPENID, UNION, known(OPENID, person), known(UNION, other)) == Rearrange(person, other)
    assert plan(OPENID, UNION, known(OPENID, person), None) == Alone(UNION)


def test_a_person_that_was_taken_in_between_the_two_reads_is_not_counted_twice() -> None:
    before = cluster("01B", OPENID)
    after = cluster("01A", UNION, OPENID, absorbed=("01B",))

    assert plan(OPENID, UNION, known(OPENID, before), known(UNION, after)) == Confirm(after, after.shape)


def test_two_identifiers_of_one_person_only_confirm_it() -> None:
    person = cluster("01A", OPENID, UNION)

    assert plan(OPENID, UNION, known(OPENID, person), known(UNION, person)) == Confirm(person, person.shape)


# -- who is one person with whom -------------------------------------------------------------------------------


def test_of_two_unionids_the_one_wechat_attested_last_is_the_persons() -> None:
    groups, rejections = arrange(said(OPENID, UNION, Rank.attested, days_ago=3), said(OPENID, OTHER_UNION, Rank.attested, days_ago=1))

    assert groups == {frozenset({OPENID, OTHER_UNION}), frozenset({UNION})}
    assert rejections == [Rejection.limit]


def test_what_wechat_attests_outweighs_what_a_later_import_declares() -> None:
    groups, _ = arrange(said(OPENID, UNION, Rank.attested, days_ago=300), said(OPENID, OTHER_UNION, Rank.declared))

    assert frozenset({OPENID, UNION}) in groups


def test_an_operators_join_outweighs_what_wechat_attests() -> None:
    groups, _ = arrange(said(OPENID, UNION, Rank.attested), said(OPENID, OTHER_UNION, Rank.operator, days_ago=5))

    assert frozenset({OPENID, OTHER_UNION}) in groups


def test_two_identifiers_told_apart_are_apart_by_whatever_way_they_are_linked() -> None:
    way = [said(OPENID, PHONE, days_ago=2), said(PHONE, OTHER_OPENID, days_ago=1)]

    groups, rejections = arrange(*way, cannots=(cannot(OPENID, OTHER_OPENID),))

    assert groups == {frozenset({OPENID}), frozenset({PHONE, OTHER_OPENID})}
    assert rejections == [Rejection.told_apart]
    assert arrange(*way, cannots=(cannot(OPENID, OTHER_OPENID, active=False),)) == arrange(*way)


def test_an_unverified_phone_joins_no_two_people_known_by_better_identifiers() -> None:
    both = [said(MEMBER, PHONE, Rank.declared), said(PHONE, UNION, Rank.declared)]

    groups, rejections = arrange(*both)
    one_side, nothing = arrange(said(MEMBER, PHONE, Rank.declared), said(PHONE, OPENID, Rank.declared))

    assert len(groups) == 2
    assert rejections == [Rejection.unverified]
    assert (one_side, nothing) == ({frozenset({MEMBER, PHONE, OPENID})}, [])


def test_a_verified_phone_joins_people_whose_better_identifiers_do_not_contradict() -> None:
    groups, rejections = arrange(said(MEMBER, PHONE), said(PHONE, UNION))

    assert (groups, rejections) == ({frozenset({MEMBER, PHONE, UNION})}, [])


@pytest.mark.parametrize(("gap_days", "parted"), [(89, False), (91, True)])
def test_a_phone_unheard_of_for_the_time_of_reissue_goes_to_its_next_owner_alone(gap_days: int, parted: bool) -> None:
    before, now = said(MEMBER, PHONE, days_ago=gap_days, first_days_ago=400), said(PHONE, UNION)

    groups, rejections = arrange(before, now)

    assert (frozenset({PHONE, UNION}) in groups) is parted
    assert rejections == ([Rejection.phone_recycled] if parted else [])


def test_a_phone_of_more_people_than_share_one_joins_none_of_them() -> None:
    members = [Key(IdentifierType.member_no, "", f"{number:02}") for number in range(21)]
    links = [said(PHONE, member) for member in members]

    groups, rejections = arrange(*links)

    assert frozenset({PHONE}) in groups
    assert rejections == [Rejection.shared] * 21
    assert persons.is_shared(PHONE, links)
    assert not persons.is_shared(PHONE, links[1:])


def test_a_value_so_many_share_takes_no_phone_from_who_has_it() -> None:
    shared = Key(IdentifierType.app_uid, "", "of everybody")
    members = [Key(IdentifierType.member_no, "", f"{number:02}") for number in range(6)]

    owners = [said(PHONE, MEMBER, days_ago=200), said(PHONE, members[0], Rank.declared, days_ago=150)]

    groups, _ = arrange(*owners, said(PHONE, shared), *(said(shared, member) for member in members))

    assert frozenset({PHONE, MEMBER}) in groups


def test_an_operator_may_say_whose_a_shared_value_is() -> None:
    members = [Key(IdentifierType.member_no, "", f"{number:02}") for number in range(21)]

    groups, _ = arrange(*(said(PHONE, member) for member in members), said(PHONE, UNION, Rank.operator))

    assert frozenset({PHONE, UNION}) in groups


@pytest.mark.parametrize("first_days_ago", [0, 300])
def test_when_a_shared_value_was_first_said_to_be_somebodys_takes_no_phone_away(first_days_ago: float) -> None:
    shared = Key(IdentifierType.app_uid, "", "of everybody")
    members = [Key(IdentifierType.member_no, "", f"{number:02}") for number in range(6)]
    by_hand = said(shared, PHONE, Rank.operator, first_days_ago=first_days_ago)

    groups, _ = arrange(*(said(shared, member) for member in members), by_hand, said(PHONE, MEMBER, days_ago=200))

    assert frozenset({PHONE, MEMBER, shared}) in groups


def test_a_persons_id_is_that_of_the_oldest_cluster_one_of_its_identifiers_began() -> None:
    seeds = {"01B": OPENID, "01C": UNION, "01D": OTHER_OPENID}
    groups = [frozenset({UNION, OTHER_OPENID}), frozenset({OPENID, MEMBER})]

    named = persons.name_persons(groups, seeds=seeds, parts={"01A": MEMBER}, new_id=lambda: "new")

    assert named == {OPENID: "01B", MEMBER: "01B", UNION: "01C", OTHER_OPENID: "01C"}


def test_who_began_no_cluster_goes_by_the_part_they_began_or_gets_a_new_id() -> None:
    groups = [frozenset({OPENID}), frozenset({UNION, MEMBER}), frozenset({PHONE})]

    named = persons.name_persons(groups, seeds={"01A": OPENID}, parts={"01M": UNION, "01N": MEMBER}, new_id=lambda: "new")

    assert named == {OPENID: "01A", UNION: "01M", MEMBER: "01M", PHONE: "new"}


def test_what_happened_to_whom_is_told() -> None:
    before = {OPENID: "01A", UNION: "01A", PHONE: "01B", MEMBER: "01C"}
    after = {OPENID: "01A", UNION: "01D", PHONE: "01A", MEMBER: "01C"}

    assert persons.tell_changes(before, after) == [
        ("person.split", {"person": "01A", "parted": ["01D"]}),
        ("person.joined", {"person": "01A", "absorbed": "01B"}),
    ]


KEYS = [OPENID, SECOND_OPENID, OTHER_OPENID, UNION, OTHER_UNION, PHONE, MEMBER]
PAIRS = some.lists(some.sampled_from(KEYS), min_size=2, max_size=2, unique=True)
LINKS = some.builds(
    lambda pair, rank, ago: said(pair[0], pair[1], rank, ago),
    PAIRS,
    some.sampled_from([Rank.observed, Rank.declared, Rank.verified, Rank.attested, Rank.operator]),
    some.sampled_from([0, 1, 2, 100, 200]),
)
CANNOTS = some.builds(
    lambda pair, active, ago: cannot(pair[0], pair[1], active=active, days_ago=ago), PAIRS, some.booleans(), some.integers(0, 2)
)


@given(some.lists(LINKS, max_size=10), some.lists(CANNOTS, max_size=3), some.randoms())
def test_the_same_assertions_make_the_same_persons_in_every_order_and_number(
    links: list[Link], cannots: list[Cannot], dice: Random
) -> None:
    again_links, again_cannots = links + links[:3], cannots + cannots[:1]
    dice.shuffle(again_links)
    dice.shuffle(again_cannots)

    first = persons.add_said(Said(seeds={}, links=tuple(links), cannots=tuple(cannots)))
    again = persons.add_said(Said(seeds={}, links=tuple(again_links), cannots=tuple(again_cannots)))

    one = persons.arrange(KEYS, first.links, first.cannots, reissue=REISSUE)
    other = persons.arrange(KEYS, again.links, again.cannots, reissue=REISSUE)
    assert set(one.groups) == set(other.groups)
    assert {each.link.edge: each.rejection for each in one.verdicts} == {each.link.edge: each.rejection for each in other.verdicts}


@given(some.lists(LINKS, max_size=10), some.lists(CANNOTS, max_size=3))
def test_what_looks_plain_has_nothing_to_reject(links: list[Link], cannots: list[Cannot]) -> None:
    everything = persons.add_said(Said(seeds={}, links=tuple(links), cannots=tuple(cannots)))
    looks = persons.shape_of(everything.keys, everything.links, guarded=any(each.active for each in everything.cannots))

    arrangement = persons.arrange(everything.keys, everything.links, everything.cannots, reissue=REISSUE)

    if persons.is_plain(looks, reissue=REISSUE):
        assert [each for each in arrangement.verdicts if each.rejection is not None] == []


@given(some.lists(LINKS, max_size=10), some.lists(CANNOTS, max_size=3))
def test_no_person_breaks_a_limit_or_holds_two_who_were_told_apart(links: list[Link], cannots: list[Cannot]) -> None:
    everything = persons.add_said(Said(seeds={}, links=tuple(links), cannots=tuple(cannots)))

    arrangement = persons.arrange(KEYS, everything.links, everything.cannots, reissue=REISSUE)

    for group in arrangement.groups:
        assert persons.broken_limit(persons.count_keys(group)) is None
        assert not any(each.active and {each.a, each.b} <= group for each in everything.cannots)


def test_a_person_may_have_two_phones_one_openid_per_account_and_one_of_everything_else() -> None:
    fine = {"openid#oa": 1, "openid#mini": 1, "unionid#": 1, "phone#": 2, "app_uid#": 1, "member_no#": 1}

    assert persons.broken_limit(fine) is None
    for name, count in fine.items():
        assert persons.broken_limit({**fine, name: count + 1}) == name


@given(some.lists(some.sampled_from([OPENID, SECOND_OPENID, OTHER_OPENID, UNION, OTHER_UNION]), max_size=6))
def test_what_satisfies_the_limits_does_so_in_every_part(keys: list[Key]) -> None:
    if persons.broken_limit(persons.count_keys(keys)) is not None:
        return

    for size in range(len(keys)):
        assert all(persons.broken_limit(persons.count_keys(part)) is None for part in itertools.combinations(keys, size))


@given(some.permutations([(Rank.declared, 5), (Rank.attested, 3), (Rank.verified, 9), (Rank.attested, 3)]))
def test_repeats_of_a_link_come_to_the_same_in_every_order(repeats: list[tuple[Rank, int]]) -> None:
    kept = link(*repeats[0])
    for rank, at_s in repeats[1:]:
        kept = persons.repeat_link(kept, link(rank, at_s))

    assert kept == Link(
        a=OPENID,
        b=UNION,
        rank=Rank.attested,
        first_at=NOON + timedelta(seconds=3),
        last_at=NOON + timedelta(seconds=9),
        source=Rank.attested.name,
    )


@given(some.permutations([(Rank.operator, 3), (Rank.attested, 9), (Rank.operator, 5), (Rank.declared, 7)]))
def test_what_an_operator_said_counts_as_of_then_whoever_repeats_it(repeats: list[tuple[Rank, int]]) -> None:
    kept = link(*repeats[0])
    for rank, at_s in repeats[1:]:
        kept = persons.repeat_link(kept, link(rank, at_s))

    assert (kept.rank, kept.first_at, kept.last_at) == (Rank.operator, NOON + timedelta(seconds=3), NOON + timedelta(seconds=5))
