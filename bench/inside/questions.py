"""The archive: how fast what was brought becomes columns, how soon a question about 100,000 people is answered, and what that takes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

import app
from bench.inside import scene
from chalicelib.archive.flows import compacting
from chalicelib.archive.words.catalogue import Compact
from chalicelib.aws import clients
from chalicelib.hub.flows import archiving
from chalicelib.hub.words.archived import Belonging, Line
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.staff.words import Scope

PEOPLE = 100_000
EVENTS = 1_000_000
DAYS = 90
PER_OBJECT = 5_000
PART_OBJECTS, PART_EVENTS = 500, 100
"""An hour of a busy brand, as the worker brings it."""
ASKED = 5
KNOWN = 50
"""As many as are on a page."""
JOINED = 50
"""One in so many has been joined with somebody else since."""
NAMES = ("view_item", "add_to_cart", "search", "buy")
SHARES = (60, 20, 15, 5)
CATEGORIES = ("spa", "hair", "nails", "massage", "gift", "course")
QUESTION = {
    "and": [
        {"event": "view_item", "where": [{"property": "category", "is": "spa"}], "at_least": 2, "in_days": 90},
        {
            "or": [
                {"event": "add_to_cart", "in_days": 30},
                {"event": "search", "where": [{"property": "price", "at_least": 100}], "in_days": 60},
            ]
        },
        {"not": {"event": "buy", "in_days": 30}},
    ]
}


def measure() -> Iterator[tuple[str, float]]:
    """An archive of a quarter of a year is written by the worker itself; then an hour's parts are taken in, and questions asked."""
    stage = scene.Scene("questions")
    compacting.MOST_SETTLED = 0  # what was counted is in no table here
    began, chosen = datetime.now(UTC) - timedelta(hours=1), random.Random(7)
    _bring_quarter(stage, began, chosen)
    _bring_known(stage, began)
    took = _timed(lambda: _work(stage, Compact(brand=stage.brand)))[0]
    scene.note(f"compact: {EVENTS} events of {DAYS} days became columns in {took:.1f} s")
    _bring_hour(stage, began, chosen)
    took, _ = _timed(lambda: _work(stage, Compact(brand=stage.brand)))
    scene.note(f"compact: {PART_OBJECTS} parts of {PART_EVENTS} events in {took:.1f} s, beside {EVENTS} that were there")
    yield "compact.events_per_s", PART_OBJECTS * PART_EVENTS / took
    key = stage.make_key(Scope.records_read, Scope.personal_read)
    _forget_peak()
    cpu = time.process_time()
    taken = [_ask(stage, key) for _ in range(ASKED)]
    cpu = (time.process_time() - cpu) / ASKED
    for asked_s, worked_s, shown_s in taken:
        scene.note(f"query: asked in {asked_s:.2f} s, answered by the worker in {worked_s:.2f} s, first page shown in {shown_s:.2f} s")
    yield "query.first_page_s", median(map(sum, taken))
    yield "query.cpu_s", cpu
    yield "query.peak_mb", _peak_mb()


def _bring_quarter(stage: scene.Scene, until: datetime, chosen: random.Random) -> None:
    """Events of everybody, spread over the days, and who was joined with whom."""
    for number in range(EVENTS // PER_OBJECT):
        numbers = range(number * PER_OBJECT, (number + 1) * PER_OBJECT)
        lines = [_line(each, until - timedelta(days=chosen.random() * (DAYS - 1)), chosen) for each in numbers]
        archiving.put(stage.brand, f"quarter-{number:04}", lines, world=stage.world, now=until)
    joined = [Belonging(owner=_owner(each), person=_person(each + 1), seen_ms=2) for each in range(0, PEOPLE, JOINED)]
    archiving.put(stage.brand, "joined", joined, world=stage.world, now=until)


def _bring_known(stage: scene.Scene, until: datetime) -> None:
    """A page of people who are in the tables too, with a unionid each; their ids come first, and what they did is what is asked for."""
    lines = list[Line]()
    for number in range(KNOWN):
        place = identity.meet(stage.brand, Identifier(IdentifierType.unionid, f"oBench{number:022}"), world=stage.world, now=until)
        for name in ("view_item", "view_item", "add_to_cart"):
            somebody = {"owner": str(place.key), "person": place.person, "name": name}
            fields = msgspec.structs.asdict(_line(len(lines), until - timedelta(days=2), random.Random(len(lines))))
            lines.append(Line(**{**fields, **somebody, "data": {"properties": {"category": "spa"}}}))
    archiving.put(stage.brand, "known", lines, world=stage.world, now=until)


def _bring_hour(stage: scene.Scene, began: datetime, chosen: random.Random) -> None:
    for number in range(PART_OBJECTS):
        first = EVENTS + number * PART_EVENTS
        lines = [_line(first + place, began + timedelta(minutes=chosen.random() * 59), chosen) for place in range(PART_EVENTS)]
        archiving.put(stage.brand, f"hour-{number:04}", lines, world=stage.world, now=began)


def _line(number: int, at: datetime, chosen: random.Random) -> Line:
    """An event as the worker writes it."""
    somebody = chosen.randrange(PEOPLE)
    properties = {
        "sku": f"SKU-{chosen.randrange(500):04}",
        "category": chosen.choice(CATEGORIES),
        "price": chosen.randrange(10, 400),
        "page": "/pages/item/detail",
    }
    return Line(
        key=f"{chosen.getrandbits(128):032x}",
        type="event",
        name=chosen.choices(NAMES, SHARES)[0],
        id=f"E{number:09}",
        source="mini",
        at_ms=int(at.timestamp() * 1000),
        version=1,
        owner=_owner(somebody),
        person=_person(somebody),
        seen_ms=1,
        data={"properties": properties},
        raw={},
    )


def _owner(number: int) -> str:
    return f"openid#mini#{number:032x}"


def _person(number: int) -> str:
    return f"7ZZZZZZZZZ{number:016}"


def _ask(stage: scene.Scene, key: str) -> tuple[float, float, float]:
    """From asking to the first page, with all that the worker does in between: seconds of each."""
    event = scene.request_event("POST", "/v1/people/query", body=msgspec.json.encode({"people": QUESTION}), key=key)
    asked_s, answer = _timed(lambda: scene.ask(event))
    query = msgspec.json.decode(answer["body"])["id"]
    worked_s, _ = _timed(lambda: _work_off(stage))
    page = scene.request_event("GET", "/v1/queries/{query}", path={"query": query}, key=key)
    shown_s, answer = _timed(lambda: scene.ask(page))
    shown = msgspec.json.decode(answer["body"])
    if shown["state"] != "done" or [len(each.get("unionids", ())) for each in shown["people"]] != [1] * KNOWN:
        raise AssertionError(f"the question was not answered: {shown}")
    return asked_s, worked_s, shown_s


def _work(stage: scene.Scene, errand: Compact) -> None:
    stage.world.queues.send("archive", msgspec.json.encode(errand).decode())
    _work_off(stage)


def _work_off(stage: scene.Scene) -> None:
    """The next message of the archive's queue, done by the worker; those it leaves for later are dropped."""
    sqs, url = clients.client("sqs"), stage.world.settings.archive_queue_url
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    answer = app.compact({"Records": [{"messageId": "1", "receiptHandle": "1", "body": message["Body"]}]}, scene.CONTEXT)
    if answer["batchItemFailures"]:
        raise AssertionError("the archive's worker failed")
    sqs.purge_queue(QueueUrl=url)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.monotonic()
    result = work()
    return time.monotonic() - began, result


def _forget_peak() -> None:
    """From now on the peak of this process's memory is counted anew. https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html"""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6
