"""A send reserved as part of somebody else's transaction."""

from __future__ import annotations

from pynamodb.transactions import TransactWrite

from chalicelib.consent.rules import allowances, grants, sends
from chalicelib.consent.tables.contacts import save_side
from chalicelib.consent.words import Allowance, Contact, Grant, Sent, Side
from chalicelib.identity.tables.folds import take_turn
from chalicelib.identity.words import Key


def reserve(transaction: TransactWrite, contact: Contact, key: Key, *, sent: Sent, spends: Grant | Allowance | None) -> None:
    """Have a transaction note a send to an identifier of a contact, and spend what it takes, if the contact is as it was read.

    Two items: the row of the identifier, or of whom it only points to, and a turn with the person, which two sends at once, or a send and
    a no, cannot both have; one more where the last leave for a template goes. Not among them: whether it is allowed (`verdict`), and
    caps. `ValueError` where there is nothing to spend.
    """
    bearer = sends.bearer_of(contact, key)
    before = contact.sides[bearer]
    after = spend(sends.remember(before, sent), sent, spends)
    save_side(transaction, contact.folded.brand, bearer, before, after, version=contact.versions[bearer])
    take_turn(transaction, contact.folded)


def spend(side: Side, sent: Sent, spends: Grant | Allowance | None) -> Side:
    match spends:
        case Grant():
            return grants.spend(side, spends)
        case Allowance():
            return allowances.spend(side, spends, sent.at)
        case None:
            return side
