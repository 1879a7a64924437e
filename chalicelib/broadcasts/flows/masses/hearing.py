"""The receipt of a mass send (MASSSENDJOBFINISH), joined to it by WeChat's id, whichever of the two is known first."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.aws.tables import seconds
from chalicelib.broadcasts.rules import masses as rules
from chalicelib.broadcasts.tables import masses as tables
from chalicelib.broadcasts.words.masses import MassSend
from chalicelib.errors import Busy, Missing
from chalicelib.wechat.messages import Inbound, MassJobFinished

TRIES = 5
LOOKED_BACK = 25
"""So many of the brand's latest mass sends, and twice as many of the account's latest receipts."""


def hear(account: Account, message: Inbound, *, now: datetime) -> None:
    """Keep the receipt in a callback, if it is one, and join it. Heard again, it changes nothing.

    Each side writes before it looks: the one that comes second finds the other. One of a job nobody knows is of the one mass send whose
    answer was lost for good, if it can be of no other; else it is kept for nobody.
    """
    if not isinstance(message, MassJobFinished) or not message.msg_id:
        return
    gone_at = seconds(now) + tables.KEPT_S
    mass_id = tables.keep_told(account.brand, account.name, message.msg_id[:64], rules.told_by(message), gone_at=gone_at)
    if mass_id is not None:
        join(account.brand, mass_id)
    else:
        join_lost(account.brand, account.name)


def join_lost(brand: str, account: str) -> None:
    """Mass sends whose answer was lost for good are known by their receipts, where these can be of no other."""
    ids = [place.partition("#")[2] for place in tables.list_places(brand, before=None, most=LOOKED_BACK)]
    lost = [mass for mass, _ in tables.read_masses(brand, ids).values() if mass.account == account and rules.is_lost(mass)]
    if not lost:
        return
    for mass, msg_id in rules.pair(lost, tables.list_ownerless(brand, account, most=2 * LOOKED_BACK)):
        if tables.save_taken(rules.accepted(mass, msg_id, now=mass.doubt_since or mass.due_at)):
            join(brand, mass.id)


def join(brand: str, mass_id: str) -> MassSend:
    """The mass send, with its receipt if that has come."""
    for _ in range(TRIES):
        mass = tables.read_mass(brand, mass_id)
        if mass is None:
            raise Missing(code="mass_send_missing")
        told = tables.read_told(brand, mass.account, mass.msg_id) if mass.msg_id else None
        after = mass if told is None else rules.heard(mass, told)
        if after is mass or tables.save(after):
            return after
    raise Busy("Too much happens to this mass send at once; try again.")
