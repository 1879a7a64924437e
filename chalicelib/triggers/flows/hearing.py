"""Facts heard of: records are looked at as they stand now, and people as they are now, whatever was announced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.aws.facts import Fact
from chalicelib.errors import Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import POINTERS
from chalicelib.triggers import tables
from chalicelib.triggers.flows import lasting
from chalicelib.triggers.flows.following import follow, see
from chalicelib.triggers.flows.publishing import last_rules, rules_for
from chalicelib.triggers.words import Caused, Trigger
from chalicelib.world import World

OF_PEOPLE = frozenset({"person.joined", "person.split"})


def hear(facts: Iterable[Fact], *, world: World, now: datetime) -> None:
    """What this room does about the facts of a message. One that cannot be followed keeps none of the others back.

    Records of types without rules, and people where no rule is for the last record, cost one look that is remembered.
    """
    stored: defaultdict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    people: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for fact in facts:
        if fact.kind == "record.stored":
            stored[fact.brand, fact.body["type"]][fact.body["key"]] |= {fact.body["before"]} if "before" in fact.body else set()
        elif fact.kind in OF_PEOPLE:
            people[fact.brand] |= dict.fromkeys([fact.body["person"], *fact.body.get("parted", ())])
    troubles: list[Exception] = []
    for (brand, kind), keys in stored.items():
        in_force = rules_for(brand, kind, world=world, now=now)
        if in_force:
            troubles += _hear_records(brand, kind, keys, in_force, world=world, now=now)
    for brand, ids in people.items():
        for rule in last_rules(brand, world=world, now=now):
            troubles += _hear_people(brand, rule, ids, world=world, now=now)
    if troubles:
        raise troubles[0]


def _hear_records(
    brand: str, kind: str, keys: Mapping[str, set[str]], in_force: Iterable[Trigger], *, world: World, now: datetime
) -> list[Exception]:
    """Follow the rules for records of one type; what went wrong. Records and what was caused by each are read in a batch."""
    by_last = [rule for rule in in_force if rule.last]
    by_each = [rule for rule in in_force if not rule.last]
    seen = see(brand, kind, list(keys), world=world)
    subjects = {key: f"R#{kind}#{key}" for key in seen} if by_each else {}
    caused = tables.read_caused(brand, subjects.values())
    troubles: list[Exception] = []
    for key, each in seen.items():
        try:
            if by_each:
                found = caused.get(subjects[key]) or Caused(brand=brand, subject=subjects[key])
                follow(found, by_each, each, world=world, now=now)
            for rule in by_last:
                lasting.follow_last(brand, rule, each, keys[key], world=world, now=now)
        except Exception as error:
            troubles.append(error)
    return troubles


def _hear_people(brand: str, rule: Trigger, people: Iterable[str], *, world: World, now: datetime) -> list[Exception]:
    """Look again at what a rule says of the last record of people who were joined or parted."""
    troubles: list[Exception] = []
    for person in people:
        try:
            owners = [str(key) for key in identity.keys_of_person(brand, person) if key.type not in POINTERS]
            lasting.look_again(brand, rule, owners, world=world, now=now)
        except Missing:
            continue  # nobody goes by this id any more
        except Exception as error:
            troubles.append(error)
    return troubles
