"""What publishing does to the standing of rules: by name, type and whether they are for the last record only. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.triggers.words import Standing, Stands, Trigger, TriggersOrder

OF_LAST = ".last"


def place_of(rule: Trigger) -> str:
    """What a rule is known by: of another type, or for the last record only, it is another rule by the same name."""
    return place(rule.name, rule.type, last=rule.last)


def place(name: str, kind: str, *, last: bool) -> str:
    return f"{name}.{kind}{OF_LAST if last else ''}"


def read_place(place: str) -> tuple[str, str, bool]:
    """Name and type of a rule, and whether it is for the last record only."""
    name, _, kind = place.partition(".")
    return name, kind.removesuffix(OF_LAST), kind.endswith(OF_LAST)


def name_of(place: str) -> str:
    return place.partition(".")[0]


def gate_of(place: str) -> str:
    """The gate that the messages of a rule heed."""
    return f"trigger.{place}"


def find_admitted(known: Mapping[str, Stands], order: TriggersOrder) -> dict[str, Standing]:
    """How rules stand that are new, or come back. What is stopped stays so under its name, for whichever records it is now."""
    stopped = {name_of(place) for place, each in known.items() if each.standing is Standing.stopped}
    coming = [rule for rule in order.rules if place_of(rule) not in known or known[place_of(rule)].standing is Standing.gone]
    return {place_of(rule): Standing.stopped if rule.name in stopped else Standing.running for rule in coming}


def find_unsettled(known: Mapping[str, Stands], live: TriggersOrder) -> dict[str, Standing]:
    """How rules have to stand that do not, by those in force."""
    places = {place_of(rule) for rule in live.rules}
    gone = {place: Standing.gone for place, each in known.items() if place not in places and each.standing is not Standing.gone}
    return find_admitted(known, live) | gone
