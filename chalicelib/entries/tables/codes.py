"""Codes of entries as rows: what was drawn, and the parameters behind a scene."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name
from chalicelib.entries.words import Entry
from chalicelib.entries.words.codes import Code, CodeKind


class ImageRow(Row):
    """`pk` `<brand>#EI#<code>`, `sk` the mark of a target: its code as WeChat drew it, in base64, for the day that has no links."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    media_type = UnicodeAttribute()
    image = UnicodeAttribute()


class CodeRow(Row):
    """`pk` `<brand>#EC#<code>`, `sk` `<kind>#<row>`: a code that was made, and what its scene stands for."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    account = UnicodeAttribute()
    scene = UnicodeAttribute()
    parameters = UnicodeAttribute()
    text = UnicodeAttribute(default="")
    media_type = UnicodeAttribute(default="")
    made_at = NumberAttribute()
    ends_at = NumberAttribute(null=True)


def keep_image(entry: Entry, mark: str, media_type: str, image: str) -> None:
    ImageRow(f"{entry.brand}#EI#{entry.id}", mark, media_type=media_type, image=image).save()


def read_image(entry: Entry, mark: str) -> str:
    """The code as an address that holds it itself; nothing when none was drawn."""
    try:
        row = ImageRow.get(f"{entry.brand}#EI#{entry.id}", mark)
    except ImageRow.DoesNotExist:
        return ""
    return f"data:{row.media_type};base64,{row.image}"


def keep_code(brand: str, code: Code) -> bool:
    """Keep a code; `False` when its place is taken."""
    row = CodeRow(
        f"{brand}#EC#{code.entry}",
        f"{code.kind.value}#{code.row}",
        account=code.account,
        scene=code.scene,
        parameters=msgspec.json.encode(code.parameters).decode(),
        text=code.text,
        media_type=code.media_type,
        made_at=seconds(code.made_at),
        ends_at=None if code.ends_at is None else seconds(code.ends_at),
    )
    return held(lambda: row.save(CodeRow.pk.does_not_exist() if code.row else None))


def read_code(brand: str, entry: str, kind: CodeKind, row: str) -> Code | None:
    try:
        found = CodeRow.get(f"{brand}#EC#{entry}", f"{kind.value}#{row}", consistent_read=True)
    except CodeRow.DoesNotExist:
        return None
    ends_at: datetime | None = None if found.ends_at is None else moment(found.ends_at)
    return Code(
        entry=entry,
        kind=kind,
        row=row,
        account=found.account,
        scene=found.scene,
        parameters=msgspec.json.decode(found.parameters, type=dict[str, str]),
        text=found.text or "",
        media_type=found.media_type or "",
        made_at=moment(found.made_at),
        ends_at=ends_at,
    )
