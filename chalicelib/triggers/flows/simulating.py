"""Rules tried on a record somebody thinks of."""

from __future__ import annotations

from datetime import datetime

from chalicelib.errors import Invalid
from chalicelib.hub.flows.dictionaries import live_dictionary
from chalicelib.hub.rules.dictionary import apply
from chalicelib.hub.words.dictionary import RecordType
from chalicelib.triggers.flows import publishing
from chalicelib.triggers.flows.wishing import wish
from chalicelib.triggers.rules.firing import why_not_now
from chalicelib.triggers.rules.sentences import FIRES, say
from chalicelib.triggers.words import RuleTried, Seen, Simulated, SimulateOrder, Trigger, WhyNot
from chalicelib.world import World


def simulate(brand: str, order: SimulateOrder, *, world: World, now: datetime) -> Simulated:
    """What each rule for records of this type would make of one: when, by which words, or why nothing. Nobody in it is looked up."""
    record = order.record
    record_type = live_dictionary(brand, world=world, now=now).types.get(record.type)
    if record_type is None:
        raise Invalid("No type of record has this name - at `$.record.type`.")
    if order.draft:
        rules = tuple(each for each in publishing.read_draft(brand).triggers.rules if each.type == record.type)
    else:
        rules = publishing.rules_for(brand, record.type, world=world, now=now)
    seen = Seen(type=record.type, key="", id=record.id, at=record.at, data=apply(record_type, record.data).data)
    tried = tuple(_try(brand, rule, seen, record_type, world=world, now=now) for rule in rules)
    return Simulated(type=record.type, rules=tried)


def _try(brand: str, rule: Trigger, seen: Seen, record_type: RecordType, *, world: World, now: datetime) -> RuleTried:
    wished = wish(brand, rule, seen, record_type, world=world, now=now)
    if not isinstance(wished, WhyNot):
        due, why = wished.due, why_not_now(wished.due, now)
        if not why:
            at = max(due.at or now, now)
            return RuleTried(rule=rule.name, fires=True, at=at, expires_at=due.expires_at, says=FIRES, channels=wished.steps)
        wished = WhyNot(why)
    return RuleTried(rule=rule.name, fires=False, why=wished.why, says=say(wished))
