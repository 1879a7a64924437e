"""Access tokens as rows: one for each slot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.accounts.words import Slot, Token, TokenState
from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name


class TokenRow(Row):
    """`pk` the brand, `sk` the slot's name. `lease` is held by the one that asks WeChat, `asker` by the one that has it asked."""

    class Meta(TableMeta):
        table_name = table_name("credentials")

    token = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    version = NumberAttribute(default=0)
    lease = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    asker = UnicodeAttribute(null=True)
    asker_until = NumberAttribute(null=True)
    confirmed_version = NumberAttribute(null=True)
    confirmed_at = NumberAttribute(null=True)


def read_token(slot: Slot) -> TokenState:
    try:
        row = TokenRow.get(slot.brand, slot.name, consistent_read=True)
    except TokenRow.DoesNotExist:
        return TokenState(token=None, version=0, confirmed_version=None, confirmed_at=None)
    token = None
    if row.token is not None:
        token = Token(value=row.token, version=int(row.version), expires_at=moment(row.expires_at))
    return TokenState(
        token=token,
        version=int(row.version),
        confirmed_version=None if row.confirmed_version is None else int(row.confirmed_version),
        confirmed_at=None if row.confirmed_at is None else moment(row.confirmed_at),
    )


def become_asker(slot: Slot, asker: str, *, now: datetime, for_s: int) -> bool:
    """Become the only one that invokes the minter; of a herd the others just wait. A repeat of our own counts, its answer was lost."""
    free = TokenRow.asker_until.does_not_exist() | (TokenRow.asker_until < seconds(now)) | (TokenRow.asker == asker)
    until = seconds(now + timedelta(seconds=for_s))
    return _updated(_row(slot), [TokenRow.asker.set(asker), TokenRow.asker_until.set(until)], free)


def stop_asking(slot: Slot, asker: str) -> None:
    _updated(_row(slot), [TokenRow.asker.remove(), TokenRow.asker_until.remove()], TokenRow.asker == asker)


def take_lease(slot: Slot, lease: str, seen: TokenState, *, now: datetime, for_s: int) -> bool:
    """Become the only one that asks WeChat, unless another is, or WeChat has been asked since the row was seen."""
    unmoved = TokenRow.version == seen.version if seen.version else TokenRow.version.does_not_exist()
    unasked = TokenRow.confirmed_at == seconds(seen.confirmed_at) if seen.confirmed_at else TokenRow.confirmed_at.does_not_exist()
    free = TokenRow.lease.does_not_exist() | (TokenRow.lease_until < seconds(now)) | (TokenRow.lease == lease)
    until = seconds(now + timedelta(seconds=for_s))
    return _updated(_row(slot), [TokenRow.lease.set(lease), TokenRow.lease_until.set(until)], unmoved & unasked & free)


def keep_token(slot: Slot, lease: str, token: Token) -> None:
    """Store a new token and give the lease back. If the lease was lost meanwhile nothing changes, here and below."""
    changes = [TokenRow.token.set(token.value), TokenRow.expires_at.set(seconds(token.expires_at)), TokenRow.version.set(token.version)]
    _give_back(slot, lease, changes)


def prolong_token(slot: Slot, lease: str, *, expires_at: datetime) -> None:
    """WeChat gave the token we have, because it is older by our clock than by WeChat's: note its life, and give the lease back."""
    _give_back(slot, lease, [TokenRow.expires_at.set(seconds(expires_at))])


def confirm_token(slot: Slot, lease: str, version: int, *, expires_at: datetime, now: datetime) -> None:
    """WeChat insists on the token it had rejected: note that, and give the lease back."""
    changes = [TokenRow.confirmed_version.set(version), TokenRow.confirmed_at.set(seconds(now))]
    _give_back(slot, lease, [TokenRow.expires_at.set(seconds(expires_at)), *changes])


def drop_lease(slot: Slot, lease: str) -> None:
    _give_back(slot, lease, [])


def end_token(slot: Slot, *, now: datetime) -> None:
    """A token that is kept is good no more: whoever needs one has it asked for. There may be none."""
    _updated(_row(slot), [TokenRow.expires_at.set(seconds(now))], TokenRow.token.exists())


def drop_token(slot: Slot) -> None:
    """Forget a token whose account has taken back what it allowed; nobody who is minting one can store it any more."""
    _row(slot).delete()


def _give_back(slot: Slot, lease: str, changes: Sequence[Action]) -> None:
    _updated(_row(slot), [*changes, TokenRow.lease.remove(), TokenRow.lease_until.remove()], TokenRow.lease == lease)


def _row(slot: Slot) -> TokenRow:
    return TokenRow(slot.brand, slot.name)


def _updated(row: TokenRow, actions: list[Action], condition: Condition) -> bool:
    return held(lambda: row.update(actions, condition=condition))
