"""The catalogue of a brand's archive as a row: it moves as a whole."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.archive.words.catalogue import Catalogue
from chalicelib.aws.tables import Row, TableMeta, held, seconds, table_name


class CatalogueRow(Row):
    """`pk` `<brand>#CATALOGUE`, `sk` @."""

    class Meta(TableMeta):
        table_name = table_name("archive")

    content = UnicodeAttribute()
    revision = NumberAttribute()
    changed_at = NumberAttribute()


def read_catalogue(brand: str) -> Catalogue:
    """What the archive consists of; nothing yet is a catalogue too."""
    try:
        row = CatalogueRow.get(_pk(brand), "@", consistent_read=True)
    except CatalogueRow.DoesNotExist:
        return Catalogue(brand=brand)
    return msgspec.json.decode(row.content, type=Catalogue)


def keep_catalogue(catalogue: Catalogue, *, now: datetime) -> bool:
    """Put a catalogue in the place of the one before; `False` when somebody else did meanwhile."""
    row = CatalogueRow(
        _pk(catalogue.brand),
        "@",
        content=msgspec.json.encode(catalogue).decode(),
        revision=catalogue.revision,
        changed_at=seconds(now),
    )
    unmoved = CatalogueRow.revision == catalogue.revision - 1 if catalogue.revision > 1 else CatalogueRow.pk.does_not_exist()
    return held(lambda: row.save(unmoved))


def _pk(brand: str) -> str:
    return f"{brand}#CATALOGUE"
