"""What becomes of a record: read, and judged by the dictionary. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.errors import Invalid, without_values
from chalicelib.hub.rules import dictionary as rules
from chalicelib.hub.rules.defaults import BEHAVIOUR
from chalicelib.hub.rules.versions import MOST_VERSIONS
from chalicelib.hub.words.behaviour import EventOrder
from chalicelib.hub.words.dictionary import Applied, Dictionary, FieldType, Mode, RecordType
from chalicelib.hub.words.records import (
    Batch,
    BatchShown,
    PartDone,
    ProblemShown,
    Ready,
    RecordOrder,
    RecordVerdict,
    Verdict,
    Who,
)
from chalicelib.identity.rules.values import normalise
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.sessions.words import Limit

AHEAD_ALLOWED = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LARGEST_RECORD = 32 * 1024
MOST_TOLD = 5
"""Problems of one record that are told."""
TELLS = {
    "unknown_type": "No type of record has this name: publish it in the dictionary, or use one that is there",
    "too_large": f"A record has at most {LARGEST_RECORD} bytes",
    "ancient": "The record is from before the year 2000",
    "future": "The record is from more than five minutes ahead",
    "nobody": "The record is about nobody: name an identifier in `who`",
    "blocked": "The dictionary blocks records with such a value: mend it and send the record again",
    "held": "The dictionary holds records with such a value: look at GET /v1/quarantine",
    "unwritable": "The record holds what no JSON can carry",
    "backwards": "The record goes back to an earlier state: send it with `correction` if it is meant",
    "too_many_versions": f"A record has at most {MOST_VERSIONS} versions",
}


class Judged(msgspec.Struct, frozen=True):
    """The verdict told at once, and the record if it goes on."""

    verdict: RecordVerdict
    ready: Ready | None = None


def judge(given: Any, place: int, dictionary: Dictionary, *, brand: str, owner: str = "", now: datetime) -> Judged:
    """What becomes of one record of a batch, as far as it can be told at once. No record harms its neighbours.

    `owner`: the key of the identifier that brings it, where it is known already.
    """
    try:
        order = read(given)
        check_times(order, now)
        who = () if owner else tuple(read_who(order.who, brand))
    except Invalid as refused:
        return Judged(_reject(place, _id_of(given), "field_invalid", _placed(refused.message, place)))
    record_type = dictionary.types.get(order.type)
    if record_type is None:
        return Judged(_reject(place, order.id, "unknown_type", f"{TELLS['unknown_type']} - at `$.records[{place}].type`."))
    applied = rules.apply(record_type, order.data)
    version = version_of(order, applied)
    if order.version is None and version > _milliseconds(now + AHEAD_ALLOWED):
        return Judged(_reject(place, order.id, "future", f"{TELLS['future']} - at `$.records[{place}].data.updated_at`."))
    mode = rules.worst_mode(applied)
    problems = _tell_problems(applied)
    if mode is Mode.block:
        return Judged(_reject(place, order.id, "blocked", f"{TELLS['blocked']} - at `$.records[{place}].data`.", problems))
    ready = _make_ready(order, place, version, who, applied, hold="held" if mode is Mode.quarantine else "", owner=owner)
    if mode is Mode.quarantine:
        message = f"{TELLS['held']} - at `$.records[{place}].data`."
        verdict = RecordVerdict(place=place, verdict=Verdict.quarantined, id=order.id, code="held", message=message, problems=problems)
        return Judged(verdict, ready)
    return Judged(RecordVerdict(place=place, verdict=Verdict.accepted, id=order.id, problems=problems), ready)


def judge_event(given: Any, place: int, dictionary: Dictionary, *, brand: str, owner: str, now: datetime) -> Judged:
    """What becomes of an event an end of ours tells. A clock that is ahead is set right: an event of the future happened just now."""
    try:
        event = _read_event(given)
    except Invalid as refused:
        return Judged(_reject(place, _id_of(given), "field_invalid", _placed(refused.message, place).replace("$.records", "$.events")))
    at = min(event.at, now) if event.at > now + AHEAD_ALLOWED else event.at
    record = {"type": BEHAVIOUR, "id": event.id, "at": at, "data": {"name": event.name, "properties": event.properties}}
    judged = judge(record, place, dictionary, brand=brand, owner=owner, now=now)
    message = judged.verdict.message and judged.verdict.message.replace("$.records", "$.events")
    code = judged.verdict.code or ("clock_ahead" if at != event.at else None)
    return Judged(msgspec.structs.replace(judged.verdict, code=code, message=message), judged.ready)


def event_limit(brand: str, key: str, most: int) -> Limit:
    """How often an end may bring what one person did."""
    return Limit(pk=f"{brand}#I#{key}", sk="L#events", most=most, window_s=3600)


def rejudge(ready: Ready, dictionary: Dictionary, changes: Mapping[str, Any]) -> Judged:
    """A held record under the dictionary of now, mended by `changes`; what it brought under its own names and otherwise is read anew."""
    given = {name: value for name, value in {**ready.data, **ready.raw, **changes}.items() if value is not None}
    record_type = dictionary.types.get(ready.type)
    if record_type is None:
        verdict = RecordVerdict(place=ready.place, verdict=Verdict.quarantined, id=ready.id, code="unknown_type")
        return Judged(verdict)
    if _measure(given, "$.data") > LARGEST_RECORD:
        verdict = RecordVerdict(place=ready.place, verdict=Verdict.quarantined, id=ready.id, code="too_large")
        return Judged(verdict)
    applied = rules.apply(record_type, given)
    problems = _tell_problems(applied)
    if rules.worst_mode(applied) in (Mode.block, Mode.quarantine):
        return Judged(RecordVerdict(place=ready.place, verdict=Verdict.quarantined, id=ready.id, code="held", problems=problems))
    mended = msgspec.structs.replace(ready, data=applied.data, raw=applied.raw, hold="")
    return Judged(RecordVerdict(place=ready.place, verdict=Verdict.accepted, id=ready.id, problems=problems), mended)


def read(given: Any) -> RecordOrder:
    """A record in our words; `Invalid` names the field and never the value."""
    try:
        order = msgspec.convert(given, RecordOrder)
    except msgspec.ValidationError as error:
        raise Invalid(f"{without_values(str(error))}.") from None
    except UnicodeEncodeError:
        raise Invalid(f"{TELLS['unwritable']}.") from None
    _measure(order.who, "$.who")
    if _measure(order.data, "$.data") > LARGEST_RECORD:
        raise Invalid(f"{TELLS['too_large']} - at `$.data`.")
    if not order.id.isprintable() or not order.id.strip():
        raise Invalid("An id has something to read in it and no unprintable characters - at `$.id`.")
    return order


def _measure(part: Any, place: str) -> int:
    """The bytes a part of a record takes; half a pair of surrogates, as from broken texts, cannot be written at all."""
    try:
        return len(msgspec.json.encode(part))
    except (UnicodeEncodeError, RecursionError):
        raise Invalid(f"{TELLS['unwritable']} - at `{place}`.") from None


def check_times(order: RecordOrder, now: datetime) -> None:
    if order.at < EARLIEST:
        raise Invalid(f"{TELLS['ancient']} - at `$.at`.")
    if order.at > now + AHEAD_ALLOWED:
        raise Invalid(f"{TELLS['future']} - at `$.at`.")


def read_who(who: Who, brand: str) -> Iterator[Identifier]:
    """The identifiers of a record, each in its one spelling; `Invalid` names the one that names nobody."""
    given = [Identifier(kind, value) for kind in IdentifierType if isinstance(value := getattr(who, kind.value, None), str)]
    for identifier in given:
        yield _normal(identifier, f"$.who.{identifier.type.value}")
    for account, openid in who.openid.items():
        owner, _, name = account.partition(".")
        if owner != brand:
            raise Invalid("An openid is named by the id of its account - at `$.who.openid`.")
        yield _normal(Identifier(IdentifierType.openid, openid, name), "$.who.openid")
    if not given and not who.openid:
        raise Invalid(f"{TELLS['nobody']} - at `$.who`.")


def said_by(ready: Ready) -> str:
    """What a version says, written the same whenever it says the same."""
    return msgspec.json.encode([ready.data, ready.raw], order="deterministic").decode()


def state_of(ready: Ready, record_type: RecordType) -> int | None:
    field = record_type.fields.get("state")
    state = ready.data.get("state")
    return state if field is not None and field.type is FieldType.choice and isinstance(state, int) else None


def show(batch: Batch, at_once: Iterable[RecordVerdict], done: Iterable[PartDone]) -> BatchShown:
    """A batch with the verdicts there are by now: what was told at once, and over it what the worker found."""
    verdicts = {verdict.place: verdict for verdict in at_once}
    final = {verdict.place: verdict for part in done for verdict in part.verdicts}
    now = [_together(verdict, final.get(place)) for place, verdict in sorted(verdicts.items())]
    of = {kind: sum(verdict.verdict is kind for verdict in final.values()) for kind in Verdict}
    accepted = batch.received - batch.rejected
    return BatchShown(
        id=batch.id,
        source=batch.source,
        received=batch.received,
        rejected=batch.rejected,
        accepted=accepted,
        stored=of[Verdict.stored],
        quarantined=of[Verdict.quarantined],
        duplicate=of[Verdict.duplicate],
        waiting=accepted - len(final),
        made_at=batch.made_at,
        records=tuple(now),
    )


def _read_event(given: Any) -> EventOrder:
    try:
        return msgspec.convert(given, EventOrder)
    except msgspec.ValidationError as error:
        raise Invalid(f"{without_values(str(error))}.") from None


def _together(at_once: RecordVerdict, later: RecordVerdict | None) -> RecordVerdict:
    if later is None:
        return at_once
    return msgspec.structs.replace(
        at_once, verdict=later.verdict, code=later.code or at_once.code, message=later.message or at_once.message
    )


def _make_ready(
    order: RecordOrder, place: int, version: int, who: tuple[Identifier, ...], applied: Applied, *, hold: str, owner: str
) -> Ready:
    return Ready(
        place=place,
        type=order.type,
        id=order.id,
        at=order.at.astimezone(UTC),
        version=version,
        who=who,
        data=applied.data,
        raw=applied.raw,
        hold=hold,
        owner=owner,
    )


def version_of(order: RecordOrder, applied: Applied) -> int:
    """The number of a version: the caller's, else when the record was changed, in milliseconds."""
    if order.version is not None:
        return order.version
    return _milliseconds(changed_at(applied.data, order.at))


def changed_at(data: Mapping[str, Any], at: datetime) -> datetime:
    """When a record was changed, as it says itself; when it was, where it does not, or where a brand reads no time under that name."""
    try:
        changed = datetime.fromisoformat(data["updated_at"])
    except (KeyError, TypeError, ValueError):
        return at
    return changed if changed.tzinfo is not None else at


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _tell_problems(applied: Applied) -> tuple[ProblemShown, ...]:
    """The worst of them: all verdicts of a batch lie in one row."""
    worst_first = sorted(applied.problems, key=lambda each: rules.WORST_FIRST.index(each.mode))
    return tuple(ProblemShown(pointer=each.pointer, code=each.code, mode=each.mode) for each in worst_first[:MOST_TOLD])


def _reject(place: int, record_id: str | None, code: str, message: str, problems: tuple[ProblemShown, ...] = ()) -> RecordVerdict:
    return RecordVerdict(place=place, verdict=Verdict.rejected, id=record_id, code=code, message=message, problems=problems)


def _placed(message: str, place: int) -> str:
    """A message about a record as one about its batch."""
    if " - at `$" not in message:
        return f"{message.rstrip('.')} - at `$.records[{place}]`."
    return message.replace(" - at `$", f" - at `$.records[{place}]")


def _id_of(given: Any) -> str | None:
    """The id of a record that cannot be read otherwise, if it is one that can be told again."""
    told = given.get("id") if isinstance(given, dict) else None
    return told if isinstance(told, str) and 0 < len(told) <= 128 and told.isascii() and told.isprintable() else None


def _normal(identifier: Identifier, place: str) -> Identifier:
    try:
        return normalise(identifier)
    except Invalid as refused:
        raise Invalid(refused.message.partition(" - at ")[0] + f" - at `{place}`.") from None
