"""What the archive is brought, and under which names. Pure."""

from __future__ import annotations

from datetime import datetime

from chalicelib.hub.rules import behaviour
from chalicelib.hub.rules.defaults import BEHAVIOUR
from chalicelib.hub.rules.records import said_by
from chalicelib.hub.words.archived import Line
from chalicelib.hub.words.records import Ready
from chalicelib.identity.words import Key
from chalicelib.ids import digest


def object_name(kind: str, name: str) -> str:
    """The name of an object that was brought and waits to be taken into the columns. `kind`: `parts` of lines, or `people`."""
    return f"{kind}/{name}"


def write_line(ready: Ready, owner: Key, person: str, source: str, seen_at: datetime) -> Line:
    """A record as a line. An event is one by its id; a record's every version is a line of its own."""
    is_behaviour = ready.type == BEHAVIOUR
    data = dict(ready.data)
    return Line(
        key=behaviour.key_of(ready, source) if is_behaviour else digest(ready.type, ready.id, str(ready.version), said_by(ready)),
        type=ready.type,
        name=str(data.pop("name", "")) if is_behaviour else "",
        id=ready.id,
        source=source,
        at_ms=int(ready.at.timestamp() * 1000),
        version=ready.version,
        owner=str(owner),
        person=person,
        seen_ms=int(seen_at.timestamp() * 1000),
        data=data,
        raw=ready.raw,
    )
