"""Invitations as rows, under the identifiers of both sides: a join of people moves none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.identity.tables.folds import check_standing
from chalicelib.identity.words import Folded, Key
from chalicelib.offers.words.invitations import Brought, Invitation, Place


class InvitationRow(Row):
    """`pk` `<brand>#V#<id>`, `sk` @: whose invitation it is."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    key = UnicodeAttribute()


class OwnInvitationRow(Row):
    """`pk` `<brand>#I#<identifier's key>`, `sk` V: the invitation this identifier hands out."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    invitation = UnicodeAttribute()


class BroughtRow(Row):
    """`pk` `<brand>#I#<identifier's key>`, `sk` B: who brought this identifier. The first word stays."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    inviter = UnicodeAttribute()
    at = NumberAttribute()


class GuestRow(Row):
    """`pk` `<brand>#IG#<inviter's key>`, `sk` the guest's key."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    at = NumberAttribute()


def read_own(brand: str, key: str) -> Invitation | None:
    try:
        return Invitation(id=OwnInvitationRow.get(_pk(brand, key), "V", consistent_read=True).invitation, key=key)
    except OwnInvitationRow.DoesNotExist:
        return None


def keep_own(brand: str, invitation: Invitation) -> bool:
    """Keep an identifier's invitation; `False` when it has one. Found from then on: its own row comes last."""
    InvitationRow(f"{brand}#V#{invitation.id}", "@", key=invitation.key).save()
    own = OwnInvitationRow(_pk(brand, invitation.key), "V", invitation=invitation.id)
    return held(lambda: own.save(OwnInvitationRow.pk.does_not_exist()))


def find_inviter(brand: str, invitation: str) -> str | None:
    """The identifier that hands out an invitation."""
    try:
        return str(InvitationRow.get(f"{brand}#V#{invitation}", "@", consistent_read=True).key)
    except InvitationRow.DoesNotExist:
        return None


def find_brought(brand: str, keys: Iterable[Key]) -> Brought | None:
    """Who brought the person of some identifiers: of two who have become one person, the first word."""
    rows = BroughtRow.batch_get([(_pk(brand, str(key)), "B") for key in keys], consistent_read=True)
    found = [Brought(key=row.pk.split("#I#", 1)[1], inviter=row.inviter, at=moment(row.at)) for row in rows]
    return min(found, key=lambda brought: (brought.at, brought.key)) if found else None


def accept(brought: Brought, invited: Folded, last: Folded | None) -> bool:
    """Keep who brought somebody, if nobody did and nobody brought the last of the chain; `False` when any of it has changed."""
    unbrought = {str(key) for folded in (invited, last) if folded is not None for key in folded.keys}

    def write(transaction: TransactWrite) -> None:
        row = BroughtRow(_pk(invited.brand, brought.key), "B", inviter=brought.inviter, at=seconds(brought.at))
        transaction.save(row, condition=BroughtRow.pk.does_not_exist())
        for key in unbrought - {brought.key}:
            transaction.condition_check(BroughtRow, _pk(invited.brand, key), "B", condition=BroughtRow.pk.does_not_exist())
        transaction.save(GuestRow(_guest_pk(invited.brand, brought.inviter), brought.key, at=seconds(brought.at)))
        check_standing(transaction, invited)
        if last is not None and last.cluster != invited.cluster:
            check_standing(transaction, last)

    return committed(write)


def list_guests(brand: str, inviters: Sequence[str], *, after: Place | None, most: int) -> list[Brought]:
    """Whom some identifiers, in their order, brought, behind a place: a query for each, as long as there is room."""
    guests: list[Brought] = []
    for inviter in inviters[0 if after is None else inviters.index(after.inviter) :]:
        behind = GuestRow.sk > after.guest if after is not None and inviter == after.inviter else None
        rows = GuestRow.query(_guest_pk(brand, inviter), behind, limit=most - len(guests), consistent_read=True)
        guests += [Brought(key=row.sk, inviter=inviter, at=moment(row.at)) for row in rows]
        if len(guests) == most:
            break
    return guests


def count_guests(brand: str, inviters: Iterable[str]) -> int:
    """How many some identifiers brought."""
    return sum(GuestRow.count(_guest_pk(brand, inviter), consistent_read=True) for inviter in inviters)


def _pk(brand: str, key: str) -> str:
    return f"{brand}#I#{key}"


def _guest_pk(brand: str, inviter: str) -> str:
    return f"{brand}#IG#{inviter}"
