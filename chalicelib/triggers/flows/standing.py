"""Which rules may speak: kept for each rule there ever was, with a gate that whatever it has planned heeds when it is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.errors import Busy
from chalicelib.messaging import flows as messaging
from chalicelib.messaging.words import Gate
from chalicelib.triggers import tables
from chalicelib.triggers.rules import standing as rules
from chalicelib.triggers.words import Standing, Stands, TriggersOrder
from chalicelib.world import World

TRIES = 5
Known = Mapping[str, Stands]


def admit(brand: str, order: TriggersOrder, *, actor: str, world: World, now: datetime) -> None:
    """Before rules are put in force: what was gone may speak again, so that nothing of it meets a closed gate."""
    _change(brand, lambda known: rules.find_admitted(known, order), actor=actor, world=world, now=now)


def settle(brand: str, read_live: Callable[[], TriggersOrder], *, actor: str, world: World, now: datetime) -> None:
    """After rules were put in force: those that are no more are silent, whoever published them away. Repeating it does no harm."""
    _change(brand, lambda known: rules.find_unsettled(known, read_live()), actor=actor, world=world, now=now)


def turn(brand: str, place: str, standing: Standing, *, actor: str, world: World, now: datetime) -> None:
    """Stop a rule that is in force, or let it speak again; asked again, nothing more happens."""

    def find_unturned(known: Known) -> dict[str, Standing]:
        return {} if place in known and known[place].standing is standing else {place: standing}

    _change(brand, find_unturned, actor=actor, world=world, now=now)


def _change(brand: str, find_changes: Callable[[Known], Mapping[str, Standing]], *, actor: str, world: World, now: datetime) -> None:
    """Write what has to change until nothing has: somebody else may turn the same rules."""
    for _ in range(TRIES):
        known = tables.list_standings(brand)
        changes = find_changes(known)
        if not changes:
            return
        for place, standing in changes.items():
            _put(brand, place, known.get(place), Stands(standing=standing, at=now, by=actor), world=world)
    raise Busy("Somebody else turns these rules right now; look at them again.")


def _put(brand: str, place: str, before: Stands | None, stands: Stands, *, world: World) -> None:
    gate = Gate.open if stands.standing is Standing.running else Gate.closed
    name = rules.gate_of(place)
    tables.put_standing(brand, place, before, stands, lambda transaction: messaging.set_gate_for_good(transaction, brand, name, gate))
    world.cache.forget("gate", brand, name)
