"""Which column means what: the record's id, time and people, and the fields of its data, as the brand's dictionary reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from liandong.importing.reading import Row
from liandong.outcome import Refusal

PEOPLE = ("phone", "unionid", "email", "app_uid", "member_no")


class Person(NamedTuple):
    """A column that names somebody. `account`: of an openid."""

    kind: str
    account: str
    column: str


class Plan(NamedTuple):
    """What is sent of a row: `names` are the columns that go into the data, each with the name it goes under."""

    type: str
    id: str
    at: str
    who: tuple[Person, ...]
    names: Mapping[str, str]
    told: tuple[dict[str, str], ...]


def make_plan(
    kind: str, columns: Iterable[str], *, id_column: str, at_column: str, who: Iterable[str], renamed: Iterable[str], dictionary: Any
) -> Plan:
    """What each column means; `Refusal` names the one that is not there."""
    known = list(columns)
    people = tuple(_read_person(given) for given in who)
    names = dict(_read_pair(given, "--map") for given in renamed)
    if not people:
        raise Refusal("usage", f"Say whom the records are about: --who phone=COLUMN, one of {', '.join((*PEOPLE, 'openid@ACCOUNT'))}.")
    for column in (id_column, at_column, *(person.column for person in people), *names):
        if column not in known:
            raise Refusal("usage", f"There is no column {column}; there are {', '.join(known)}.")
    fields = _fields_of(kind, dictionary)
    used = {id_column, *(person.column for person in people)}
    sent = {column: names.get(column, column) for column in known if column in names or column not in used}
    if at_column not in names and not _field(at_column, fields):
        sent.pop(at_column, None)
    sent = {column: name for column, name in sent.items() if name}
    told = tuple({"column": column, "is": _tell(column, id_column, at_column, people, sent, fields)} for column in known)
    return Plan(kind, id_column, at_column, people, sent, told)


def make_record(plan: Plan, row: Row) -> dict[str, Any]:
    """A row as a record. What cannot be read goes as it is, and its verdict says so."""
    cells = row.cells
    record: dict[str, Any] = {
        "type": plan.type,
        "id": cells.get(plan.id, ""),
        "at": _read_time(cells.get(plan.at, "")),
        "who": _read_who(plan.who, cells),
        "data": {name: cells[column] for column, name in plan.names.items() if column in cells},
    }
    record["data"] |= {name: cell for name, cell in cells.items() if name not in plan.names and name.startswith("column ")}
    return record


def _read_who(people: Iterable[Person], cells: Mapping[str, str]) -> dict[str, Any]:
    who: dict[str, Any] = {}
    for person in people:
        if person.column not in cells:
            continue
        if person.account:
            who.setdefault("openid", {})[person.account] = cells[person.column]
        else:
            who[person.kind] = cells[person.column]
    return who


def _read_time(cell: str) -> str:
    """Dates as people write them, in Beijing's time unless they say another."""
    from chalicelib.hub.rules.cleaning import Unclean, read_time

    try:
        return read_time(cell)
    except Unclean:
        return cell


def _read_person(given: str) -> Person:
    told, column = _read_pair(given, "--who")
    kind, _, account = told.partition("@")
    if (kind == "openid") != bool(account) or (kind != "openid" and kind not in PEOPLE):
        raise Refusal("usage", f"--who names one of {', '.join(PEOPLE)} or openid@ACCOUNT, like openid@demo.oa=OpenID, and not {told}.")
    return Person(kind, account, column)


def _read_pair(given: str, option: str) -> tuple[str, str]:
    left, equals, right = given.partition("=")
    if not equals or not left:
        raise Refusal("usage", f"{option} takes two names with = between them, and not {given}.")
    return left.strip(), right.strip()


def _fields_of(kind: str, dictionary: Any) -> dict[str, Any]:
    if dictionary is None:
        return {}
    if kind not in dictionary.types:
        raise Refusal("unknown_type", f"No type of record is called {kind}; there are {', '.join(sorted(dictionary.types))}.")
    fields: dict[str, Any] = dictionary.types[kind].fields
    return fields


def _field(name: str, fields: Mapping[str, Any]) -> str:
    """The field a heading stands for, or nothing."""
    from chalicelib.hub.rules.dictionary import find_field

    found = find_field(name, fields)
    return next((own for own, field in fields.items() if field is found), "")


def _tell(column: str, id_column: str, at_column: str, people: Iterable[Person], sent: Mapping[str, str], fields: Mapping[str, Any]) -> str:
    said = ["id"] if column == id_column else []
    said += ["at"] if column == at_column else []
    said += [f"who.{person.kind}{person.account and '@'}{person.account}" for person in people if person.column == column]
    if column in sent:
        said.append(_tell_field(sent[column], fields))
    return " and ".join(said) or "left out"


def _tell_field(name: str, fields: Mapping[str, Any]) -> str:
    if not fields:
        return f"data.{name}"
    own = _field(name, fields)
    if not own:
        return f"data.{name}, a field the dictionary does not know"
    if fields[own].type != "money":
        return f"data.{own}"
    return f"data.{own}, bare numbers in {'fen' if name == own else fields[own].unit.value}"
