"""Versioned documents as rows. A version is written once and never changed; one row says which is live, another is the draft."""

from __future__ import annotations

from typing import Any

import msgspec
from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.documents.words import Document, Draft, Kept, Written


class VersionRow(Row):
    """`pk` `<brand>#<kind>`, with `#<account>` where it is an account's; `sk` `v#<version, eight digits>`."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    written = UnicodeAttribute()
    ready = UnicodeAttribute(null=True)
    published_at = NumberAttribute()
    by = UnicodeAttribute()


class LiveRow(Row):
    """`pk` of the document, `sk` live."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    version = NumberAttribute()


class DraftRow(Row):
    """`pk` of the document, `sk` draft. One that was `dropped` leaves its revision, where the next begins."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    written = UnicodeAttribute(null=True)
    revision = NumberAttribute()
    saved_at = NumberAttribute()
    by = UnicodeAttribute()
    dropped = BooleanAttribute(null=True)


def read_live_version(document: Document[Any]) -> int:
    """The version in force; 0 when nothing ever was."""
    try:
        return int(LiveRow.get(_pk(document), "live", consistent_read=True).version)
    except LiveRow.DoesNotExist:
        return 0


def read_version(document: Document[Written], version: int) -> Kept[Written] | None:
    try:
        return _kept(document, VersionRow.get(_pk(document), _sk(version), consistent_read=True))
    except VersionRow.DoesNotExist:
        return None


def list_versions(document: Document[Written], *, most: int) -> list[Kept[Written]]:
    """The newest versions first."""
    rows = VersionRow.query(_pk(document), VersionRow.sk.startswith("v#"), scan_index_forward=False, limit=most, consistent_read=True)
    return [_kept(document, row) for row in rows]


def publish(document: Document[Written], kept: Kept[Written]) -> bool:
    """Write a version and put it in force, both or neither; `False` when somebody else has taken its number."""
    row = VersionRow(
        _pk(document),
        _sk(kept.version),
        written=msgspec.json.encode(kept.written).decode(),
        ready=kept.ready or None,
        published_at=seconds(kept.published_at),
        by=kept.by,
    )

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=VersionRow.pk.does_not_exist())
        transaction.save(LiveRow(_pk(document), "live", version=kept.version))

    return committed(write)


def make_live(document: Document[Any], version: int, *, instead_of: int | None = None) -> bool:
    """Put a version that is there in force; with 0, none. `instead_of`: only in the place of this one; `False` when it is another."""
    unmoved = None if instead_of is None else LiveRow.version == instead_of
    return held(lambda: LiveRow(_pk(document), "live", version=version).save(unmoved))


def read_draft(document: Document[Written]) -> Draft[Written] | None:
    row = _draft_row(document)
    if row is None or row.dropped:
        return None
    written = msgspec.json.decode(row.written, type=document.written_as)
    return Draft(revision=int(row.revision), written=written, saved_at=moment(row.saved_at), by=row.by)


def dropped_revision(document: Document[Any]) -> int:
    """The revision at which the draft before this was dropped; 0 when there was none, or it is there still."""
    row = _draft_row(document)
    return int(row.revision) if row is not None and row.dropped else 0


def save_draft(document: Document[Written], draft: Draft[Written], *, begins: bool = False) -> bool:
    """Keep a draft in the place of the revision before it; `False` when that is not the newest any more. `begins`: there is none."""
    row = DraftRow(
        _pk(document),
        "draft",
        written=msgspec.json.encode(draft.written).decode(),
        revision=draft.revision,
        saved_at=seconds(draft.saved_at),
        by=draft.by,
    )
    if draft.revision == 1:
        return held(lambda: row.save(DraftRow.pk.does_not_exist()))
    unmoved = DraftRow.revision == draft.revision - 1
    return held(lambda: row.save(unmoved if begins else unmoved & DraftRow.dropped.does_not_exist()))


def drop_draft(document: Document[Any], revision: int | None = None) -> None:
    """Take the draft away; one of another revision than is named stays."""
    there = DraftRow.pk.exists() if revision is None else DraftRow.revision == revision
    changes: list[Action] = [DraftRow.dropped.set(True), DraftRow.written.remove()]
    held(lambda: DraftRow(_pk(document), "draft").update(changes, there))


def _draft_row(document: Document[Any]) -> DraftRow | None:
    try:
        return DraftRow.get(_pk(document), "draft", consistent_read=True)
    except DraftRow.DoesNotExist:
        return None


def _pk(document: Document[Any]) -> str:
    own = f"{document.brand}#{document.kind}"
    return f"{own}#{document.account}" if document.account else own


def _sk(version: int) -> str:
    return f"v#{version:08d}"


def _kept(document: Document[Written], row: VersionRow) -> Kept[Written]:
    return Kept(
        version=int(row.sk.removeprefix("v#")),
        written=msgspec.json.decode(row.written, type=document.written_as),
        ready=row.ready or "",
        published_at=moment(row.published_at),
        by=row.by,
    )
