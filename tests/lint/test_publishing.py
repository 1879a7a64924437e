"""Texts let through for a document: what newer rules read is always what is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from chalicelib.aws.tables import TableError
from chalicelib.documents import flows as documents
from chalicelib.documents import tables
from chalicelib.documents.words import Document, Kept
from chalicelib.errors import Busy, Invalid
from chalicelib.lint import flows as lint
from chalicelib.lint.tables import read_passed
from chalicelib.lint.words import Subject, Written
from tests.house import NOON
from tests.small_world import SmallWorld, small_world

Publish = Callable[[Document[Any], Kept[Any]], bool]


class Notice(msgspec.Struct, frozen=True):
    """Something a brand writes."""

    text: str


NOTICE = Document(brand="demo", kind="notice", written_as=Notice, event="notice", most_bytes=100)
SUBJECT = Subject(kind="notice")


def texts_of(notice: Notice) -> list[Written]:
    return [Written(place="$.text", text=notice.text)]


@pytest.fixture
def small() -> Iterator[SmallWorld]:
    with small_world() as small:
        yield small


def publish(small: SmallWorld, text: str) -> None:
    notice, told = Notice(text), {"override": "", "actor": "test"}
    with lint.letting_through(NOTICE, SUBJECT, notice, texts_of, **told, world=small.world, now=NOON):
        documents.publish(NOTICE, notice, about={}, actor="test", world=small.world, now=NOON)


def remembered() -> list[str]:
    kept = read_passed("demo", SUBJECT)
    return [] if kept is None else [each.text for each in kept[0].texts]


def lose(real: Publish) -> Publish:
    """Somebody else was faster, and it was not us."""
    return lambda document, kept: False


def break_off(real: Publish) -> Publish:
    def broken(document: Document[Any], kept: Kept[Any]) -> bool:
        raise TableError("throttled")

    return broken


def lose_the_answer(real: Publish) -> Publish:
    def lost(document: Document[Any], kept: Kept[Any]) -> bool:
        real(document, kept)
        raise TableError("no answer")

    return lost


@pytest.mark.parametrize("before", ["旧的", ""])
@pytest.mark.parametrize(("trouble", "stands"), [(lose, "the former"), (break_off, "the former"), (lose_the_answer, "the new one")])
def test_newer_rules_read_what_is_in_force_however_publishing_ends(
    small: SmallWorld, trouble: Callable[[Publish], Publish], stands: str, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before:
        publish(small, before)
    monkeypatch.setattr(tables, "publish", trouble(tables.publish))

    with pytest.raises((Busy, TableError)):
        publish(small, "新的")

    former = [before] if before else []
    assert remembered() == (former if stands == "the former" else ["新的"])


def test_of_what_is_too_large_to_publish_nothing_is_read_again(small: SmallWorld) -> None:
    publish(small, "短的")

    with pytest.raises(Invalid):
        publish(small, "长" * 60)

    assert remembered() == ["短的"]
