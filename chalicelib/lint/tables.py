"""What was let through, and what a newer rule set found in it, as rows."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name
from chalicelib.lint.rules.finding import subject_key
from chalicelib.lint.words import Finding, FoundLater, Passed, Subject, Written

MOST_BYTES = 350_000
"""Of the texts of one subject, packed: a row has 400 KB."""


class PassedRow(Row):
    """`pk` `<brand>#lint_passed`, `sk` a digest of the subject. `made`: another with each time texts are let through."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    subject = UnicodeAttribute()
    texts = UnicodeAttribute()
    accepted = UnicodeSetAttribute(null=True)
    accepted_before = UnicodeSetAttribute(null=True)
    under = UnicodeAttribute()
    passed_at = NumberAttribute()
    made = UnicodeAttribute()


class FoundRow(Row):
    """`pk` `<brand>#lint_found`, `sk` the finding's key, which begins with the digest of its subject."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    subject = UnicodeAttribute()
    finding = UnicodeAttribute()
    found_at = NumberAttribute()


class ReadRow(Row):
    """`pk` `<brand>#lint_read`, `sk` all: the rules by which everything was read."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    under = UnicodeAttribute()


def pack(texts: tuple[Written, ...]) -> str:
    return base64.b64encode(zlib.compress(msgspec.json.encode(texts))).decode()


def keep_passed(brand: str, passed: Passed, packed: str, *, made: str, instead_of: str | None = None) -> bool:
    """Keep what was let through in the place of what was before, and let go of what was found in that.

    `instead_of`: only in the place of what was made as this; `False` when others have been let through meanwhile.
    """
    row = PassedRow(
        f"{brand}#lint_passed",
        subject_key(passed.subject),
        subject=msgspec.json.encode(passed.subject).decode(),
        texts=packed,
        accepted=set(passed.accepted) or None,
        accepted_before=set(passed.accepted_before) or None,
        under=passed.under,
        passed_at=seconds(passed.passed_at),
        made=made,
    )
    unmoved = None if instead_of is None else PassedRow.made == instead_of
    if not held(lambda: row.save(unmoved)):
        return False
    drop_all_found(brand, passed.subject)
    return True


def forget_passed(brand: str, subject: Subject, *, made: str | None = None) -> None:
    """Let go of what was let through; with `made`, only if it is that still."""
    row = PassedRow(f"{brand}#lint_passed", subject_key(subject))
    if held(lambda: row.delete(None if made is None else PassedRow.made == made)):
        drop_all_found(brand, subject)


def list_passed(brand: str) -> Iterator[tuple[Passed, str]]:
    """Everything that was let through, each with what it was made as."""
    for row in PassedRow.query(f"{brand}#lint_passed", consistent_read=True):
        yield _passed(row), row.made


def read_passed(brand: str, subject: Subject) -> tuple[Passed, str] | None:
    try:
        row = PassedRow.get(f"{brand}#lint_passed", subject_key(subject), consistent_read=True)
    except PassedRow.DoesNotExist:
        return None
    return _passed(row), row.made


def mark_read(brand: str, subject: Subject, *, under: str, made: str) -> bool:
    """These texts were read by newer rules; `False` when others have been let through meanwhile."""
    row = PassedRow(f"{brand}#lint_passed", subject_key(subject))
    return held(lambda: row.update([PassedRow.under.set(under)], condition=PassedRow.made == made))


def accept(brand: str, subject: Subject, key: str, *, made: str) -> bool:
    row = PassedRow(f"{brand}#lint_passed", subject_key(subject))
    return held(lambda: row.update([PassedRow.accepted.add({key})], condition=PassedRow.made == made))


def keep_found(brand: str, subject: Subject, found: Sequence[FoundLater]) -> None:
    """Keep what is found in a subject now and let go of what is not any more; what is found again keeps its day."""
    keys = {each.id for each in found}
    known = set()
    for row in _rows_of(brand, subject):
        known.add(row.sk)
        if row.sk not in keys:
            row.delete()
    for each in found:
        if each.id not in known:
            _found_row(brand, each).save()


def read_found(brand: str, key: str) -> FoundLater | None:
    try:
        return _found(FoundRow.get(f"{brand}#lint_found", key, consistent_read=True))
    except FoundRow.DoesNotExist:
        return None


def list_found(brand: str, *, most: int, after: str | None) -> tuple[list[FoundLater], str | None]:
    """A page of findings, and behind which key the next one begins."""
    pk = f"{brand}#lint_found"
    start = None if after is None else {"pk": {"S": pk}, "sk": {"S": after}}
    rows = FoundRow.query(pk, limit=most, last_evaluated_key=start, consistent_read=True)
    found = [_found(row) for row in rows]
    end = rows.last_evaluated_key
    return found, None if end is None else str(end["sk"]["S"])


def drop_found(brand: str, key: str) -> None:
    FoundRow(f"{brand}#lint_found", key).delete()


def read_under(brand: str) -> str:
    """The rules by which everything of a brand was read last."""
    try:
        return str(ReadRow.get(f"{brand}#lint_read", "all", consistent_read=True).under)
    except ReadRow.DoesNotExist:
        return ""


def keep_under(brand: str, under: str) -> None:
    ReadRow(f"{brand}#lint_read", "all", under=under).save()


def forget_under(brand: str) -> None:
    """Something of a brand was not read by these rules: the next run looks through what it has."""
    ReadRow(f"{brand}#lint_read", "all").delete()


def drop_all_found(brand: str, subject: Subject) -> None:
    for row in _rows_of(brand, subject):
        row.delete()


def _rows_of(brand: str, subject: Subject) -> Iterable[FoundRow]:
    return FoundRow.query(f"{brand}#lint_found", FoundRow.sk.startswith(f"{subject_key(subject)}-"), consistent_read=True)


def _found_row(brand: str, found: FoundLater) -> FoundRow:
    return FoundRow(
        f"{brand}#lint_found",
        found.id,
        subject=msgspec.json.encode(found.subject).decode(),
        finding=msgspec.json.encode(found.finding).decode(),
        found_at=seconds(found.found_at),
    )


def _passed(row: PassedRow) -> Passed:
    return Passed(
        subject=msgspec.json.decode(row.subject, type=Subject),
        texts=msgspec.json.decode(zlib.decompress(base64.b64decode(row.texts)), type=tuple[Written, ...]),
        accepted=tuple(sorted(row.accepted or ())),
        accepted_before=tuple(sorted(row.accepted_before or ())),
        under=row.under,
        passed_at=moment(row.passed_at),
    )


def _found(row: FoundRow) -> FoundLater:
    return FoundLater(
        id=row.sk,
        subject=msgspec.json.decode(row.subject, type=Subject),
        finding=msgspec.json.decode(row.finding, type=Finding),
        found_at=moment(row.found_at),
    )
