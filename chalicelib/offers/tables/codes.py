"""Exclusive codes as rows: found by the code's hash, and by whoever has it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, moment, seconds, table_name
from chalicelib.identity.tables.folds import check_standing
from chalicelib.identity.words import Folded, Key
from chalicelib.offers.words.codes import Code


class CodeRow(Row):
    """`pk` `<brand>#K#<hash of the code>`, `sk` @. Once it has an order it keeps that."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    offer = UnicodeAttribute()
    key = UnicodeAttribute()
    sealed = UnicodeAttribute()
    issued_at = NumberAttribute()
    ends_at = NumberAttribute()
    order = UnicodeAttribute(null=True)
    redeemed_at = NumberAttribute(null=True)


class OwnedRow(Row):
    """`pk` `<brand>#I#<identifier's key>`, `sk` `C#<offer>`: the code this identifier was issued."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    code = UnicodeAttribute()


class CodedOrderRow(Row):
    """`pk` `<brand>#KO#<order>`, `sk` @: the code an order was given."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    code = UnicodeAttribute()


def issue(code: Code, folded: Folded) -> bool:
    """Keep a new code of a person; `False` when any of their identifiers has one of this offer, or the person has changed."""
    row = CodeRow(
        _pk(code.brand, code.hash),
        "@",
        offer=code.offer,
        key=code.key,
        sealed=code.sealed,
        issued_at=seconds(code.issued_at),
        ends_at=seconds(code.ends_at),
    )

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=CodeRow.pk.does_not_exist())
        for key in folded.keys:
            if str(key) == code.key:
                own = OwnedRow(_owner_pk(code.brand, key), f"C#{code.offer}", code=code.hash)
                transaction.save(own, condition=OwnedRow.pk.does_not_exist())
            else:
                none = OwnedRow.pk.does_not_exist()
                transaction.condition_check(OwnedRow, _owner_pk(code.brand, key), f"C#{code.offer}", condition=none)
        check_standing(transaction, folded)

    return committed(write)


def find_owned(brand: str, keys: Iterable[Key], offer: str) -> Code | None:
    """The code of an offer that any of some identifiers was issued; of two who have become one person the one that was issued first."""
    rows = OwnedRow.batch_get([(_owner_pk(brand, key), f"C#{offer}") for key in keys], consistent_read=True)
    found = [code for code in (read_code(brand, row.code) for row in rows) if code is not None]
    return min(found, key=lambda code: (code.issued_at, code.hash)) if found else None


def list_orders(brand: str, keys: Iterable[Key]) -> tuple[str, ...]:
    """The orders that the codes of some identifiers were redeemed for: a query for each."""
    owned = [row.code for key in keys for row in OwnedRow.query(_owner_pk(brand, key), OwnedRow.sk.startswith("C#"))]
    found = [read_code(brand, each) for each in owned]
    return tuple(sorted(code.order for code in found if code is not None and code.order))


def read_code(brand: str, code_hash: str) -> Code | None:
    try:
        row = CodeRow.get(_pk(brand, code_hash), "@", consistent_read=True)
    except CodeRow.DoesNotExist:
        return None
    return Code(
        brand=brand,
        hash=code_hash,
        offer=row.offer,
        key=row.key,
        sealed=row.sealed,
        issued_at=moment(row.issued_at),
        ends_at=moment(row.ends_at),
        order=row.order or "",
        redeemed_at=None if row.redeemed_at is None else moment(row.redeemed_at),
    )


def has_code(brand: str, order: str) -> bool:
    """Was an order given a code?"""
    try:
        CodedOrderRow.get(_order_pk(brand, order), "@", consistent_read=True)
    except CodedOrderRow.DoesNotExist:
        return False
    return True


def redeem(code: Code, order: str, *, now: datetime) -> bool:
    """Use a code for an order; `False` when either has its other already, or somebody is in the way."""
    changes: list[Action] = [CodeRow.order.set(order), CodeRow.redeemed_at.set(seconds(now))]
    good = CodeRow.order.does_not_exist() & (CodeRow.ends_at > seconds(now))

    def write(transaction: TransactWrite) -> None:
        transaction.update(CodeRow(_pk(code.brand, code.hash), "@"), changes, condition=good)
        mark = CodedOrderRow(_order_pk(code.brand, order), "@", code=code.hash)
        transaction.save(mark, condition=CodedOrderRow.pk.does_not_exist())

    return committed(write)


def _pk(brand: str, code_hash: str) -> str:
    return f"{brand}#K#{code_hash}"


def _owner_pk(brand: str, key: Key) -> str:
    return f"{brand}#I#{key}"


def _order_pk(brand: str, order: str) -> str:
    return f"{brand}#KO#{order}"
