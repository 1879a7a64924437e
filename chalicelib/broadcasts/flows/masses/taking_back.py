"""What was sent taken away again from who has it, as far as WeChat does that: articles and videos."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.broadcasts.flows.masses import planning
from chalicelib.broadcasts.rules import masses as rules
from chalicelib.broadcasts.tables import masses as tables
from chalicelib.broadcasts.words.masses import MassSend, MassState
from chalicelib.errors import Busy, Conflict
from chalicelib.messaging.flows.channels import mass as channel
from chalicelib.staff import flows as staff
from chalicelib.world import World

TRIES = 5


def take_back(brand: str, mass_id: str, *, article: int, actor: str, world: World, now: datetime) -> MassSend:
    """Have WeChat take one article, or with 0 all of it, away from who has it; and from every other send of the same articles.

    `Conflict` (mass_send_stays) for what was not sent, or WeChat lets stay: texts, pictures, voices. Done again, nothing more happens.
    """
    mass = planning.find_mass(brand, mass_id)
    if mass.state is MassState.deleted or (article and article in mass.deleted):
        return mass
    deletable = mass.state in rules.DELETABLE and rules.is_deletable(planning.open_says(mass, world=world).message)
    if not deletable:
        raise Conflict(code="mass_send_stays")
    account = register.find_own_account(brand, f"{brand}.{mass.account}", world=world, now=now)
    about = {"mass_send": mass_id, "account": account.id, "article": article}
    staff.record(brand, "mass_send.deleted", about, actor=actor, world=world, now=now)
    channel.take_back(account, mass.msg_id, article=article, world=world, now=now)
    for _ in range(TRIES):
        after = _without(mass, article, now=now)
        if tables.save(after):
            return after
        mass = planning.find_mass(brand, mass_id)
    raise Busy("Too much happens to this mass send at once; look at it again.")


def _without(mass: MassSend, article: int, *, now: datetime) -> MassSend:
    if not article:
        return rules.ended(mass, MassState.deleted, now=now)
    kept = rules.moved(mass, mass.state, mass.why)
    return msgspec.structs.replace(kept, deleted=tuple(sorted({*mass.deleted, article})))
