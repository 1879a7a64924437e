"""Mass sends as callers see them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chalicelib.broadcasts.flows.masses import counting, planning
from chalicelib.broadcasts.rules import mass_sentences
from chalicelib.broadcasts.tables import mass_quotas as quota_tables
from chalicelib.broadcasts.tables import masses as tables
from chalicelib.broadcasts.words.masses import MassListed, MassSend, MassShown, MassState, Says
from chalicelib.broadcasts.words.orders import Outcome
from chalicelib.lint.words import Finding
from chalicelib.world import World

GOES_ON = frozenset({MassState.planned, MassState.sending, MassState.accepted})


def show(mass: MassSend, findings: Sequence[Finding] = (), *, world: World) -> MassShown:
    """A mass send and what became of it."""
    used = quota_tables.read_used(mass.brand, mass.account, mass.period)
    says = planning.open_says(mass, world=world)
    told = ((*word.partition(": ")[::2], people) for word, people in mass.outcomes.items())
    return MassShown(
        **msgspec.structs.asdict(_list(mass, says)),
        topic=says.topic,
        expires_at=mass.expires_at,
        next_at=mass.next_at if mass.state in GOES_ON else None,
        why=mass.why,
        tries=mass.tries,
        msg_id=mass.msg_id or None,
        accepted_at=mass.accepted_at,
        ended_at=mass.ended_at,
        receipt=mass.told,
        people=tuple(Outcome(state=state, why=why, people=people) for state, why, people in told),
        deleted_articles=mass.deleted,
        left=counting.left_of(mass, used, world=world),
        findings=tuple(findings),
    )


def list_masses(brand: str, *, before: str | None, most: int, world: World) -> tuple[list[MassListed], str | None]:
    """Mass sends, the latest first, and where earlier ones begin."""
    places = tables.list_places(brand, before=before, most=most + 1)
    ids = [place.partition("#")[2] for place in places[:most]]
    kept = tables.read_masses(brand, ids)
    opened = ((mass, planning.open_sealed(brand, sealed, world=world)) for mass, sealed in (kept[each] for each in ids if each in kept))
    return [_list(mass, says) for mass, says in opened], places[most - 1] if len(places) > most else None


def _list(mass: MassSend, says: Says) -> MassListed:
    return MassListed(
        id=mass.id,
        name=says.name,
        account=f"{mass.brand}.{mass.account}",
        audience=mass.audience,
        purpose=mass.purpose,
        kind=str(says.message.__struct_config__.tag),
        state=mass.state,
        says=mass_sentences.say(mass),
        planned_at=mass.planned_at,
        due_at=mass.due_at,
        by=mass.by,
    )
