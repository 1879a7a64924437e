"""Messages that wait for their time: none too early, none lost, none twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import msgspec
import pytest

from chalicelib import due
from chalicelib.aws.queues import Queues
from chalicelib.consent.words import Purpose
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.messaging import flows
from chalicelib.messaging.flows import Handover, Plan
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words.contents import SubscribeMessage
from chalicelib.world import World
from tests.builders import MINI_APPID, TEMPLATE_ID
from tests.clock import NOON
from tests.faults import Chaos, Fate, try_every_fault
from tests.scene import Scene, away

STEP = SubscribeMessage(account="demo.mini", template_id=TEMPLATE_ID, data={"thing1": "美容护理", "time2": "15:00"})


@pytest.fixture(autouse=True)
def _swept(scene: Scene) -> None:
    """The schedule has run until just now, and nothing is due or queued: each test begins a day later than the one before."""
    scene.house.clock.advance(days=1)
    tables.DUE.move_watermark(scene.house.clock() - timedelta(minutes=3))
    scene.take("outbox")


@pytest.fixture
def one_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the calls, for tests that sweep many minutes."""
    monkeypatch.setattr(due, "SHARDS", 1)


def plan(scene: Scene, not_before: datetime | None = None, *, world: World | None = None, openid: str = "oNobody0000001") -> str:
    """A message of the mini program's; what became of sending it is not looked at."""
    world = world or scene.house.world
    to = Identifier(IdentifierType.openid, openid, "mini")
    what = Plan(id=world.new_id(), purpose=Purpose.service, steps=(STEP,), not_before=not_before)
    return flows.plan("demo", to, what, world=world, now=world.now()).id


def sweep(scene: Scene) -> list[str]:
    """One run of the schedule; the messages it handed over."""
    flows.send_due(world=scene.house.world, now=scene.house.clock())
    return [msgspec.json.decode(body, type=Handover).message for body in scene.take("outbox")]


def due_rows(scene: Scene) -> list[str]:
    return [row["sk"]["S"].rsplit("#", 1)[1] for row in scene.house.rows("messages") if re.match(r"DUE#\d", row["pk"]["S"])]


class PickyQueues(Queues):
    """Takes no message of these places in a batch, or none at all."""

    def __init__(self, real: Queues, *refused: int, whole: bool = False) -> None:
        self._real = real
        self._refused = refused
        self._whole = whole

    def send_all(self, queue: str, bodies: Sequence[str]) -> list[int]:
        refused = [place for place in range(len(bodies)) if self._whole or place in self._refused]
        self._real.send_all(queue, [body for place, body in enumerate(bodies) if place not in refused])
        return refused


def picky(scene: Scene, *refused: int, whole: bool = False) -> World:
    world = scene.house.world
    return msgspec.structs.replace(world, queues=PickyQueues(world.queues, *refused, whole=whole))


def test_a_message_that_is_due_is_handed_over_at_once_and_leaves_no_due_row(scene: Scene) -> None:
    message = plan(scene)

    assert [msgspec.json.decode(body, type=Handover).message for body in scene.take("outbox")] == [message]
    assert due_rows(scene) == []
    assert sweep(scene) == []


@pytest.mark.parametrize("hours", [-10, 0, 8, 14])
def test_a_message_is_handed_over_in_its_second_and_not_before_in_whatever_zone_it_was_asked(scene: Scene, hours: int) -> None:
    due = scene.house.clock() + timedelta(minutes=5, seconds=20, milliseconds=400)
    message = plan(scene, due.astimezone(timezone(timedelta(hours=hours))))

    early = []
    for seconds in (0, 319, 1):
        scene.house.clock.advance(seconds=seconds)
        early.append(sweep(scene))
    scene.house.clock.advance(seconds=1)

    assert early == [[], [], []]
    assert sweep(scene) == [message]
    assert due_rows(scene) == []


def test_what_is_planned_for_the_past_is_due_now(scene: Scene) -> None:
    message = plan(scene, scene.house.clock() - timedelta(days=3))

    assert len(scene.take("outbox")) == 1
    assert scene.message(message)["due_at"] == scene.house.clock().isoformat().replace("+00:00", "Z")


def test_a_message_is_sent_once_though_the_schedule_overlaps(scene: Scene) -> None:
    user = scene.customer()
    plan(scene, scene.house.clock() + timedelta(seconds=30), openid=scene.openid(user, MINI_APPID))
    scene.house.clock.advance(seconds=30)
    tables.DUE.move_watermark(scene.house.clock())

    def run() -> int:
        return flows.send_due(world=scene.house.world, now=scene.house.clock())

    handed_over = Chaos(turns=[0, 1] * 7).run(run, run)
    queued = scene.house.queued("outbox")
    scene.house.work()

    assert (handed_over, queued) == ([1, 1], 2)
    assert len(scene.sends(scene.openid(user, MINI_APPID))) == 1


def test_the_watermark_moves_and_stays_three_minutes_behind(scene: Scene) -> None:
    scene.house.clock.advance(minutes=7)

    sweep(scene)

    assert tables.DUE.read_watermark() == (scene.house.clock() - timedelta(minutes=3)).replace(second=0, microsecond=0)


def test_the_watermark_never_moves_back(scene: Scene) -> None:
    now = scene.house.clock()
    tables.DUE.move_watermark(now)

    tables.DUE.move_watermark(now - timedelta(hours=1))

    assert tables.DUE.read_watermark() == now


@pytest.mark.parametrize("late_by_s", [0, 60, 170])
def test_a_row_written_late_for_a_minute_past_is_still_found(scene: Scene, late_by_s: int) -> None:
    slow = msgspec.structs.replace(scene.house.world, queues=PickyQueues(scene.house.world.queues, whole=True))
    began = scene.house.clock()
    scene.house.clock.advance(seconds=late_by_s)
    sweep(scene)

    late = msgspec.structs.replace(slow, now=lambda: began)
    message = plan(scene, world=late)

    assert sweep(scene) == [message]


@pytest.mark.usefixtures("one_shard")
def test_after_hours_without_the_schedule_nothing_is_lost(scene: Scene) -> None:
    start = scene.house.clock()
    planned = [plan(scene, start + timedelta(minutes=minutes)) for minutes in (1, 59, 119, 120, 121, 200, 299, 300)]
    scene.house.clock.advance(hours=5)

    handed_over = []
    for _ in range(4):
        handed_over += sweep(scene)
        scene.house.clock.advance(minutes=1)

    assert sorted(handed_over) == sorted(planned)
    assert due_rows(scene) == []


@pytest.mark.usefixtures("one_shard")
def test_a_schedule_that_runs_for_the_first_time_looks_an_hour_back_and_remembers_from_where(scene: Scene) -> None:
    tables.WatermarkRow("DUE", "watermark").delete()
    start = scene.house.clock()
    message = plan(scene, start + timedelta(minutes=1))
    scene.house.clock.advance(minutes=50)

    flows.send_due(world=picky(scene, whole=True), now=scene.house.clock())
    first_watermark = tables.DUE.read_watermark()
    scene.house.clock.advance(minutes=50)

    assert first_watermark is not None
    assert first_watermark <= start + timedelta(minutes=1)
    assert sweep(scene) == [message]


def test_what_the_queue_refuses_stays_due_and_goes_with_the_next_run(scene: Scene) -> None:
    later = scene.house.clock() + timedelta(minutes=1)
    shard = [message for message in (plan(scene, later) for _ in range(12)) if due.shard_of(message) == 0]
    others = set(due_rows(scene)) - set(shard)
    scene.house.clock.advance(minutes=1)

    flows.send_due(world=picky(scene, 0), now=scene.house.clock())
    stayed = due_rows(scene)
    first = {msgspec.json.decode(body, type=Handover).message for body in scene.take("outbox")}
    watermark = tables.DUE.read_watermark()
    second = set(sweep(scene))

    assert stayed
    assert first | second == set(shard) | others
    assert (first & second, set(stayed)) == (set(), second)
    assert watermark is not None
    assert watermark < later


@pytest.mark.usefixtures("one_shard")
def test_a_queue_that_is_away_keeps_every_row_and_the_watermark(scene: Scene) -> None:
    due = scene.house.clock() + timedelta(minutes=1)
    message = plan(scene, due)
    scene.house.clock.advance(minutes=20)

    with away("sqs"):
        scene.house.tick("send_due")
    watermark = tables.DUE.read_watermark()

    assert watermark is not None
    assert (due_rows(scene), watermark < due) == ([message], True)
    assert sweep(scene) == [message]


def test_a_message_planned_while_the_queue_is_away_goes_with_the_next_run(scene: Scene) -> None:
    with away("sqs"):
        message = plan(scene)

    assert sweep(scene) == [message]


def test_more_than_a_page_of_due_rows_goes_in_one_run(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "PAGE", 2)
    later = scene.house.clock() + timedelta(minutes=1)
    planned = [plan(scene, later) for _ in range(11)]
    scene.house.clock.advance(minutes=1)

    assert sorted(sweep(scene)) == sorted(planned)


def test_brands_with_the_same_message_id_are_each_handed_over() -> None:
    rows = [due.place(brand, "same", NOON) for brand in ("demo", "rival")]

    assert rows[0].pk == rows[1].pk
    assert rows[0].sk != rows[1].sk


@pytest.mark.usefixtures("one_shard")
def test_each_fault_at_each_call_of_a_sweep_hands_every_message_over_at_least_once(scene: Scene) -> None:
    def play(chaos: Chaos) -> None:
        scene.forget_people()
        later = scene.house.clock() + timedelta(minutes=1)
        planned = {plan(scene, later) for _ in range(2)}
        scene.house.clock.advance(minutes=1)
        tables.DUE.move_watermark(scene.house.clock())  # one minute to look at is enough here

        chaos.run(lambda: flows.send_due(world=scene.house.world, now=scene.house.clock()))
        handed_over = {msgspec.json.decode(body, type=Handover).message for body in scene.take("outbox")}
        left = [row for shard in range(due.SHARDS) for row in tables.DUE.list_due(later, shard, until=scene.house.clock(), most=9)]

        assert handed_over == planned
        assert left == []

    # A throttled queue is no error but a refusal, after which the row waits for the next run: that is another test's.
    assert try_every_fault(play, fates=(Fate.crashes_before, Fate.crashes_after)) > 10
