"""Which version of a record counts: a function of the set of versions, whatever order they came in."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.hub.rules import versions as rules
from chalicelib.hub.words.records import Known, Version
from tests.hub.ground import count_all, open_ground, order

AT = datetime(2026, 11, 20, tzinfo=UTC)
STATES = ("待支付", "已支付", "已完成", "已取消")


def version(number: int, content: str, state: int | None, correction: bool) -> Version:
    return Version(
        number=number,
        content=content,
        by=f"batch#{number}{content}",
        state=state,
        correction=correction,
        at=AT,
        owner="phone#1",
        source="till",
        dictionary=0,
        sealed="",
    )


versions = st.builds(version, st.integers(0, 4), st.sampled_from("ab"), st.none() | st.integers(0, 4), st.booleans())
sets_of_versions = st.lists(versions, min_size=1, max_size=5, unique_by=rules.name_of)


def arrive(*turn: Version) -> tuple[Known | None, tuple[str, ...], set[str]]:
    """The versions one by one, as they are kept: what counts in the end, what is held, and all that operators were told of."""
    stands: Known | None = None
    held: tuple[str, ...] = ()
    told: set[str] = set()
    for place in range(len(turn)):
        before = held
        stands, held = rules.count(turn[: place + 1])
        told |= {*held} - {*before}
    return stands, held, told


@given(sets_of_versions)
def test_every_order_of_arrival_ends_with_the_same_version(given_versions: list[Version]) -> None:
    ends = {arrive(*turn)[:2] for turn in permutations(given_versions)}

    assert len(ends) == 1


@given(sets_of_versions)
def test_every_version_that_is_held_in_the_end_was_told_of(given_versions: list[Version]) -> None:
    for turn in permutations(given_versions):
        _, held, told = arrive(*turn)

        assert {*held} <= told


@given(sets_of_versions)
def test_a_version_counts_or_is_held_or_was_followed_by_one_that_goes_on(given_versions: list[Version]) -> None:
    stands, held = rules.count(given_versions)

    assert stands is not None
    assert rules.name_of(stands) not in held
    later = [each for each in given_versions if rules.name_of(each) > rules.name_of(stands)]
    assert {rules.name_of(each) for each in later} <= {*held}
    assert not [each for each in given_versions if each.correction and rules.name_of(each) in held]


@given(sets_of_versions, versions)
def test_with_one_version_more_that_one_counts_or_what_counted_before_or_one_that_was_held(
    given_versions: list[Version], another: Version
) -> None:
    """So a superseded version never counts again, and what it says need not be kept beside the record."""
    before, held = rules.count(given_versions)
    assert before is not None

    stands, _ = rules.count([*given_versions, another])

    assert stands is not None
    assert rules.name_of(stands) in {rules.name_of(before), rules.name_of(another), *held}


numbered = st.dictionaries(st.integers(0, 6), st.tuples(st.sampled_from(STATES), st.booleans()), min_size=1, max_size=5)


@given(numbered, st.data())
def test_kept_through_the_tables_in_any_order_and_any_batches_an_order_stands_as_counted_at_once(
    said: dict[int, tuple[str, bool]], data: st.DataObject
) -> None:
    sent = [order("A", number, state, number * 100) for number, (state, _) in said.items()]
    for record, (_, correction) in zip(sent, said.values(), strict=True):
        record["data"] = {**record["data"], **({"correction": True} if correction else {})}
    turn = data.draw(st.permutations(sent + sent[:2]))

    with open_ground() as ground:
        for place in range(0, len(turn), 2):
            ground.bring(turn[place : place + 2], key=None)
        ground.work_all()

        assert ground.totals() == count_all(sent)
        assert sum(ground.kept().values()) == len(sent)
