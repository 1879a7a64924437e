"""Conditions of versioned documents: each is there for a moment that is rare, and played here by itself."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from chalicelib.documents import tables
from chalicelib.documents.words import Document, Draft, Kept
from tests.house import NOON
from tests.small_dynamo import SmallDynamo, in_place_of_dynamodb


class Notice(msgspec.Struct, frozen=True):
    """Something a brand writes."""

    text: str


NOTICE = Document(brand="demo", kind="notice", account="oa", written_as=Notice, event="notice")
OTHERS = Document(brand="rival", kind="notice", account="oa", written_as=Notice, event="notice")


@pytest.fixture(autouse=True)
def _dynamo() -> Iterator[None]:
    with in_place_of_dynamodb(SmallDynamo()):
        yield


def a_version(number: int = 1, by: str = "ada") -> Kept[Notice]:
    return Kept(version=number, written=Notice(f"of {by}"), ready="", published_at=NOON, by=by)


def a_draft(revision: int, text: str) -> Draft[Notice]:
    return Draft(revision=revision, written=Notice(text), saved_at=NOON, by="ada")


def test_of_two_versions_with_one_number_one_is_published() -> None:
    published = [tables.publish(NOTICE, each) for each in (a_version(by="ada"), a_version(by="bo"))]

    assert published == [True, False]
    assert [each.by for each in tables.list_versions(NOTICE, most=9)] == ["ada"]


def test_a_version_comes_back_as_it_was_written_and_is_in_force() -> None:
    tables.publish(NOTICE, a_version())

    assert tables.read_version(NOTICE, 1) == a_version()
    assert tables.read_live_version(NOTICE) == 1


def test_documents_of_two_brands_are_apart() -> None:
    tables.publish(NOTICE, a_version())
    tables.save_draft(NOTICE, a_draft(1, "ours"))

    assert (tables.read_live_version(OTHERS), tables.read_draft(OTHERS), tables.list_versions(OTHERS, most=9)) == (0, None, [])


@pytest.mark.parametrize(("live", "after"), [(2, 1), (3, 3)])
def test_a_version_steps_back_only_while_it_is_the_one_in_force(live: int, after: int) -> None:
    tables.make_live(NOTICE, live)

    tables.make_live(NOTICE, 1, instead_of=2)

    assert tables.read_live_version(NOTICE) == after


def test_of_two_who_save_upon_the_same_draft_one_is_refused() -> None:
    begun = tables.save_draft(NOTICE, a_draft(1, "begun"))
    upon_nothing = tables.save_draft(NOTICE, a_draft(1, "upon nothing"))
    upon_what_was_read = tables.save_draft(NOTICE, a_draft(2, "read"))
    upon_what_was_read_too = tables.save_draft(NOTICE, a_draft(2, "read too"))

    assert (begun, upon_nothing, upon_what_was_read, upon_what_was_read_too) == (True, False, True, False)
    assert tables.read_draft(NOTICE) == a_draft(2, "read")


def test_a_draft_of_another_revision_than_is_named_stays() -> None:
    tables.save_draft(NOTICE, a_draft(1, "published"))
    tables.save_draft(NOTICE, a_draft(2, "saved meanwhile"))

    tables.drop_draft(NOTICE, 1)

    assert tables.read_draft(NOTICE) == a_draft(2, "saved meanwhile")


def test_who_has_read_a_draft_that_is_gone_does_not_write_over_the_next() -> None:
    tables.save_draft(NOTICE, a_draft(1, "read by somebody"))
    tables.drop_draft(NOTICE, 1)

    upon_what_is_gone = tables.save_draft(NOTICE, a_draft(2, "upon what is gone"))
    before = tables.dropped_revision(NOTICE)
    begun = [tables.save_draft(NOTICE, a_draft(2, text), begins=True) for text in ("begun", "begun too")]

    assert (upon_what_is_gone, before, begun) == (False, 1, [True, False])
    assert (tables.read_draft(NOTICE), tables.dropped_revision(NOTICE)) == (a_draft(2, "begun"), 0)


def test_a_dropped_draft_is_gone_and_no_version_with_it() -> None:
    tables.publish(NOTICE, a_version())
    tables.save_draft(NOTICE, a_draft(1, "begun"))

    tables.drop_draft(NOTICE)

    assert tables.read_draft(NOTICE) is None
    assert tables.read_live_version(NOTICE) == 1
