"""A record under the dictionary in force and under one that is tried. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.hub.rules import dictionary as rules
from chalicelib.hub.rules.masking import is_plain, mask_digits, mask_id, mask_raw
from chalicelib.hub.words.dictionary import Applied, Dictionary, Field, Mode, Problem, RecordType
from chalicelib.hub.words.rehearsal import Example, HeldRehearsed, KeptRehearsed, Outcome, Rehearsed, Sign, SignShown, TypeRehearsed

MOST_SIGNS = 20
Values = tuple[str | None, str | None]
OUTCOMES = {Mode.block: Outcome.blocked, Mode.quarantine: Outcome.held}
UNKNOWN_TYPE = Sign(Outcome.blocked, "", "unknown_type")


def changed_types(live: Dictionary, tried: Dictionary, named: Iterable[str]) -> list[str]:
    """The types a dictionary names, and those it would change or take away without naming them."""
    either = {*live.types, *tried.types}
    return sorted({*named} | {name for name in either if live.types.get(name) != tried.types.get(name)})


def rehearse(given: Mapping[str, Any], live: RecordType | None, tried: RecordType | None) -> Rehearsed:
    """What would become of a record that came with this data."""
    if tried is None:
        return Rehearsed(outcome=Outcome.blocked, signs={UNKNOWN_TYPE: (None, None)})
    before, after = rules.apply(live or RecordType(), given), rules.apply(tried, given)
    shown = _stricter((live or RecordType()).fields, tried.fields)
    worst = rules.worst_mode(after)
    outcome = OUTCOMES.get(worst) if worst else None
    if outcome is not None:
        deciding = [problem for problem in after.problems if problem.mode is worst]
        return Rehearsed(outcome=outcome, signs={_sign_of(each, outcome): _value_of(each, before, given, shown) for each in deciding})
    changed = {**_read_otherwise(before.data, after.data, shown), **_not_read(before.raw, after.raw)}
    return Rehearsed(outcome=Outcome.otherwise if changed else Outcome.same, signs=changed)


def sum_up(kind: str, kept: Mapping[str, Rehearsed], held: Mapping[str, Rehearsed], *, there_are: int) -> TypeRehearsed:
    """What would become of a type's records, by their ids: of those that are kept, and of those that are held."""
    of_kept, of_held = (Counter(each.outcome for each in those.values()) for those in (kept, held))
    return TypeRehearsed(
        type=kind,
        kept=KeptRehearsed(
            looked_at=len(kept),
            same=of_kept[Outcome.same],
            otherwise=of_kept[Outcome.otherwise],
            held=of_kept[Outcome.held],
            blocked=of_kept[Outcome.blocked],
        ),
        held=HeldRehearsed(
            there_are=there_are,
            looked_at=len(held),
            through=of_held[Outcome.same] + of_held[Outcome.otherwise],
            held=of_held[Outcome.held],
            blocked=of_held[Outcome.blocked],
        ),
        signs=_show_signs(kept),
    )


def _show_signs(kept: Mapping[str, Rehearsed]) -> tuple[SignShown, ...]:
    """The commonest, each with the first record that shows it."""
    counts = Counter(sign for each in kept.values() for sign in each.signs)
    shown = []
    for sign, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_SIGNS]:
        record, (now, then) = next((record, each.signs[sign]) for record, each in kept.items() if sign in each.signs)
        example = Example(record=mask_id(record), now=now, then=then)
        shown.append(SignShown(outcome=sign.outcome, pointer=sign.pointer, code=sign.code, count=count, example=example))
    return tuple(shown)


def _sign_of(problem: Problem, outcome: Outcome) -> Sign:
    """Where in a list something is does not matter, nor which digits a made-up name has."""
    return Sign(outcome, mask_digits(re.sub(r"/\d+(?=/|$)", "/*", problem.pointer)), problem.code)


def _name_in(problem: Problem) -> str:
    """The name under which the value came."""
    name = problem.pointer.removeprefix("/").partition("/")[0]
    return name.replace("~1", "/").replace("~0", "~")


def _value_of(problem: Problem, before: Applied, given: Mapping[str, Any], fields: Mapping[str, Field]) -> Values:
    """A value that could not be read then: as it is read now, if it is, else as it came."""
    name = _name_in(problem)
    return _masked(name, before.data.get(name, given.get(name)), fields), None


def _read_otherwise(now: Mapping[str, Any], then: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[Sign, Values]:
    return {
        Sign(Outcome.otherwise, f"/{name}", "read_otherwise"): (_masked(name, now.get(name), fields), _masked(name, then.get(name), fields))
        for name in {**now, **then}
        if now.get(name) != then.get(name)
    }


def _not_read(now: Mapping[str, Any], then: Mapping[str, Any]) -> dict[Sign, Values]:
    """What would be kept beside the data, where it is read today."""
    return {Sign(Outcome.otherwise, f"/{mask_digits(name)}", "not_read"): (None, None) for name in then if name not in now}


def _masked(name: str, value: Any, fields: Mapping[str, Field]) -> str | None:
    return None if value is None else str(next(iter(mask_raw({name: value}, fields).values())))


def _stricter(live: Mapping[str, Field], tried: Mapping[str, Field]) -> dict[str, Field]:
    """Fields by which values are shown: whoever tries a dictionary sees no more by calling a personal value plain."""
    return {**tried, **{name: field for name, field in live.items() if name not in tried or not is_plain(field)}}
