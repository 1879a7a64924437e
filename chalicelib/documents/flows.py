"""Versioned documents: drafted, published, rolled back, found in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from chalicelib.documents import tables
from chalicelib.documents.words import Document, Draft, Kept, Written
from chalicelib.errors import Busy, Conflict, Invalid, Missing
from chalicelib.staff import flows as staff
from chalicelib.world import World

SHOWN_VERSIONS = 20
FRESH_S = 10
"""A version in force is in force on every container within so many seconds."""
VERSION_FRESH_S = 3600
Made = TypeVar("Made")


def save_draft(document: Document[Written], written: Written, *, revision: int, actor: str, world: World, now: datetime) -> Draft[Written]:
    """Keep what is not finished, in the place of the draft with this `revision`; 0: there is none yet. Nothing that is in force changes.

    Revisions go on from draft to draft: whoever has read one that is gone by now never writes over the next.
    """
    _check_size(document, written, "")
    before = revision or tables.dropped_revision(document)
    draft = Draft(revision=before + 1, written=written, saved_at=now, by=actor)
    if not tables.save_draft(document, draft, begins=revision == 0) and not _is_saved(document, draft):
        raise Conflict(code="draft_changed")
    return draft


def read_draft(document: Document[Written], *, revision: int | None = None) -> Draft[Written]:
    """The draft; with a `revision` only if it is that one still."""
    draft = tables.read_draft(document)
    if draft is None:
        raise Missing("There is no draft: PUT one, or publish without.", code="document_missing")
    if revision not in (None, draft.revision):
        raise Conflict(code="draft_changed")
    return draft


def drop_draft(document: Document[Any], *, revision: int | None = None) -> None:
    """There is no draft any more; with a `revision` only if it is that one still."""
    tables.drop_draft(document, revision)


def publish(
    document: Document[Written],
    written: Written,
    *,
    ready: str = "",
    about: dict[str, Any],
    actor: str,
    world: World,
    now: datetime,
) -> Kept[Written]:
    """Keep what was written as a new version and put it in force, on every container within ten seconds. `about`: told to the audit."""
    _check_size(document, written, ready)
    newest = tables.list_versions(document, most=1)
    version = newest[0].version + 1 if newest else 1
    kept = Kept(version=version, written=written, ready=ready, published_at=now, by=actor)
    staff.record(document.brand, f"{document.event}.published", {**about, "version": version}, actor=actor, world=world, now=now)
    if not tables.publish(document, kept) and not _is_published(document, kept):
        raise Busy("Somebody published at the same moment: look at theirs, then try again.")
    world.cache.forget(*document.key)
    return kept


def roll_back(
    document: Document[Written], version: int, *, about: dict[str, Any], actor: str, world: World, now: datetime
) -> Kept[Written]:
    """Put an earlier version in force again; nothing is lost, and it can be undone the same way."""
    kept = find_version(document, version)
    _put_in_force(document, version, about=about, actor=actor, world=world, now=now)
    return kept


def withdraw(document: Document[Any], *, about: dict[str, Any], actor: str, world: World, now: datetime) -> None:
    """No version is in force any more; all are kept, and any can be put in force again."""
    _put_in_force(document, 0, about=about, actor=actor, world=world, now=now)


def step_back(
    document: Document[Any], refused: int, version: int, *, about: dict[str, Any], actor: str, world: World, now: datetime
) -> None:
    """A version turned out to be no good: the one before is in force again, with 0 none. Another that is in force by now stays."""
    if tables.read_live_version(document) != refused:
        return
    staff.record(document.brand, f"{document.event}.rolled_back", {**about, "version": version}, actor=actor, world=world, now=now)
    tables.make_live(document, version, instead_of=refused)
    world.cache.forget(*document.key)


def find_live(document: Document[Written]) -> Kept[Written] | None:
    """The version in force this very moment."""
    version = tables.read_live_version(document)
    return tables.read_version(document, version) if version else None


def find_version(document: Document[Written], version: int) -> Kept[Written]:
    """A version, in force or not."""
    kept = tables.read_version(document, version)
    if kept is None:
        raise Missing(code="document_missing")
    return kept


def list_versions(document: Document[Written]) -> list[Kept[Written]]:
    """The newest versions first."""
    return tables.list_versions(document, most=SHOWN_VERSIONS)


def in_force(
    document: Document[Written], make: Callable[[Kept[Written] | None], Made], *, fresh_s: float = FRESH_S, world: World, now: datetime
) -> Made:
    """What `make` makes of the version in force, at most `fresh_s` old."""

    def load() -> Made:
        return of_version(document, tables.read_live_version(document), make, world=world, now=now)

    return world.cache.remember(document.key, fresh_s, load, now=now)


def of_version(
    document: Document[Written], version: int, make: Callable[[Kept[Written] | None], Made], *, world: World, now: datetime
) -> Made:
    """What `make` makes of one version, which never changes; of none with 0."""

    def load() -> Made:
        return make(tables.read_version(document, version) if version else None)

    return world.cache.remember((*document.key, str(version)), VERSION_FRESH_S, load, now=now)


def _is_saved(document: Document[Written], draft: Draft[Written]) -> bool:
    """Is it our own write that stands in the way, because its answer was lost and it was sent again?"""
    found = tables.read_draft(document)
    return found is not None and (found.revision, found.by, found.written) == (draft.revision, draft.by, draft.written)


def _is_published(document: Document[Written], kept: Kept[Written]) -> bool:
    """The same of a version."""
    found = tables.read_version(document, kept.version)
    same = msgspec.structs.replace(kept, published_at=kept.published_at.replace(microsecond=0))
    return found == same


def _put_in_force(document: Document[Any], version: int, *, about: dict[str, Any], actor: str, world: World, now: datetime) -> None:
    staff.record(document.brand, f"{document.event}.rolled_back", {**about, "version": version}, actor=actor, world=world, now=now)
    tables.make_live(document, version)
    world.cache.forget(*document.key)


def _check_size(document: Document[Written], written: Written, ready: str) -> None:
    if max(len(msgspec.json.encode(written)), len(ready.encode())) > document.most_bytes:
        raise Invalid(f"The document takes more than {document.most_bytes} bytes: say less, or drop some of it - at `$`.")
