"""A record's data under its type's dictionary: names found, values cleaned, what is wrong told by its place. Pure."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from chalicelib.errors import Invalid
from chalicelib.hub.rules.cleaning import UNSEEN, Unclean, clean, read_anything
from chalicelib.hub.rules.defaults import BEHAVIOUR, DEFAULTS
from chalicelib.hub.words.dictionary import Applied, Dictionary, DictionaryOrder, Field, FieldType, Mode, Problem, RecordType

RAW = "_raw"
"""Where an item keeps what came otherwise; no field of a caller's is called so."""
SUFFIXES = {FieldType.money: "_fen", FieldType.time: "_at"}
WORST_FIRST = (Mode.block, Mode.quarantine, Mode.observe)
MOST_GIVEN = 200
"""Fields a record may come with: more is no record of ours, and would be slow to look at."""


def merge(order: DictionaryOrder, *, version: int) -> Dictionary:
    """The built-in types with the brand's own words over them; `Invalid` names the field that cannot be meant."""
    types = {name: _overlay(DEFAULTS.get(name, RecordType()), own) for name, own in order.types.items()}
    for name, record_type in types.items():
        _check_fields(record_type.fields, f"$.types.{name}.fields")
    every = {**DEFAULTS, **types}
    return Dictionary(version=version, types={**every, BEHAVIOUR: _with_name(every[BEHAVIOUR])})


def apply(record_type: RecordType, data: Mapping[str, Any]) -> Applied:
    """The data as the dictionary has it. Applied to what is clean already it changes nothing."""
    return _apply(record_type.fields, data, "", mode=record_type.mode, unknown=record_type.unknown_fields)


def worst_mode(applied: Applied) -> Mode | None:
    """What happens to the record: the strictest of what its problems ask for, nothing when it has none."""
    return next((mode for mode in WORST_FIRST if any(problem.mode is mode for problem in applied.problems)), None)


def find_field(given: str, fields: Mapping[str, Field]) -> Field | None:
    """The field a name stands for."""
    names = _names_of(tuple((name, field.aliases) for name, field in fields.items()))
    return fields.get(given if given in fields else names.get(_folded(given), ""))


def _apply(fields: Mapping[str, Field], data: Mapping[str, Any], at: str, *, mode: Mode, unknown: Mode) -> Applied:
    names = _names_of(tuple((name, field.aliases) for name, field in fields.items()))
    done: dict[str, Any] = {}
    raw: dict[str, Any] = {}
    problems: list[Problem] = []
    own_names_first = sorted(data.items(), key=lambda item: item[0] not in fields)
    for given, value in own_names_first[:MOST_GIVEN]:
        if given == RAW:
            raw |= value if isinstance(value, dict) else {}
            continue
        name = given if given in fields else names.get(_folded(given))
        pointer = f"{at}/{_escape(given)}"
        if name is None:
            problems.append(Problem(pointer=pointer, code="unknown_field", mode=unknown))
            _keep_raw(raw, given, value)
            continue
        if value is None or value == "":
            continue
        field = fields[name]
        try:
            cleaned, inner = _clean(value, field, pointer, by_own_name=given == name, mode=field.mode or mode, unknown=unknown)
        except Unclean as unclean:
            problems.append(Problem(pointer=pointer, code=unclean.code, mode=field.mode or mode))
            _keep_raw(raw, given, value)
            continue
        problems.extend(inner)
        if name in done and done[name] != cleaned:
            problems.append(Problem(pointer=pointer, code="said_twice", mode=field.mode or mode))
            _keep_raw(raw, given, value)
            continue
        done[name] = cleaned
    if len(data) > MOST_GIVEN:
        problems.append(Problem(pointer=at, code="too_many_fields", mode=Mode.quarantine))
    problems.extend(_find_missing(fields, done, raw, names, at, mode))
    return Applied(data=done, raw=raw, problems=tuple(problems))


def _clean(value: Any, field: Field, pointer: str, *, by_own_name: bool, mode: Mode, unknown: Mode) -> tuple[Any, list[Problem]]:
    if field.type is not FieldType.items:
        return clean(value, field, by_own_name=by_own_name), []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Unclean("wrong_type")
    if len(value) > field.longest:
        raise Unclean("too_long")
    applied = [_apply(field.fields, each, f"{pointer}/{place}", mode=mode, unknown=unknown) for place, each in enumerate(value)]
    problems = [problem for each in applied for problem in each.problems]
    return [{**each.data, **({RAW: each.raw} if each.raw else {})} for each in applied], problems


def _find_missing(
    fields: Mapping[str, Field], done: Mapping[str, Any], raw: Mapping[str, Any], names: Mapping[str, str], at: str, mode: Mode
) -> Iterator[Problem]:
    """Required fields that did not come at all; one that came and could not be read was told of already."""
    told = {names.get(_folded(given), given) for given in raw}
    for name, field in fields.items():
        if field.required and name not in done and name not in told:
            yield Problem(pointer=f"{at}/{name}", code="missing", mode=field.mode or mode)


def _keep_raw(raw: dict[str, Any], given: str, value: Any) -> None:
    """Keep what came as it came, as far as it can be written at all."""
    try:
        raw[UNSEEN.sub("", given.encode("utf-8", "replace").decode())] = read_anything(value)
    except Unclean:
        raw[UNSEEN.sub("", given.encode("utf-8", "replace").decode())] = None


@functools.lru_cache(maxsize=512)
def _names_of(fields: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    """The field each alias and each name stands for; a name goes before an alias."""
    aliases = {_folded(alias): name for name, given in fields for alias in given}
    return {**aliases, **{_folded(name): name for name, _ in fields}}


def _folded(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def _escape(name: str) -> str:
    """A part of a JSON pointer (RFC 6901). Names a caller made up are not told at any length."""
    shown = UNSEEN.sub("", name.encode("utf-8", "replace").decode())[:48]
    return shown.replace("~", "~0").replace("/", "~1")


def _overlay(built_in: RecordType, own: RecordType) -> RecordType:
    fields = dict(built_in.fields)
    for name, field in own.fields.items():
        before = fields.get(name)
        fields[name] = _overlay_field(before, field) if before is not None and before.type is field.type else field
    return msgspec.structs.replace(own, fields=fields)


def _with_name(behaviour: RecordType) -> RecordType:
    """Events are counted by name: one without is blocked, whatever else a brand says of it."""
    name = msgspec.structs.replace(behaviour.fields["name"], required=True, mode=Mode.block)
    return msgspec.structs.replace(behaviour, fields={**behaviour.fields, "name": name})


def _overlay_field(built_in: Field, own: Field) -> Field:
    """What the brand says goes first; names and spellings it adds stand beside the built-in ones."""
    return msgspec.structs.replace(
        own,
        aliases=tuple(dict.fromkeys((*own.aliases, *built_in.aliases))),
        choices={**built_in.choices, **own.choices},
        fields={**built_in.fields, **own.fields},
    )


def _check_fields(fields: Mapping[str, Field], at: str) -> None:
    claimed: dict[str, str] = {}
    for name, field in fields.items():
        suffix = SUFFIXES.get(field.type)
        if suffix is not None and not name.endswith(suffix):
            raise Invalid(f"A field of the type {field.type.value} is called something{suffix}, so that its unit shows - at `{at}.{name}`.")
        if field.type is FieldType.choice and not field.choices:
            raise Invalid(f"A choice needs its choices - at `{at}.{name}.choices`.")
        if (field.type is FieldType.items) != bool(field.fields):
            raise Invalid(f"Items need their fields, and only items have some - at `{at}.{name}.fields`.")
        for spelling in {_folded(each) for each in (name, *field.aliases)}:
            other = claimed.setdefault(spelling, name)
            if not spelling or other != name:
                raise Invalid(f"The fields {other} and {name} share a name: give each its own - at `{at}.{name}.aliases`.")
        _check_fields(field.fields, f"{at}.{name}.fields")
