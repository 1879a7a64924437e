"""Whatever stops a worker, repeats a fact or turns facts around: what the record asks for in the end is planned, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import msgspec
import pytest

from chalicelib.aws.facts import Fact
from chalicelib.consent.words import Purpose
from chalicelib.documents import flows as documents
from chalicelib.due import SHARDS
from chalicelib.errors import Busy
from chalicelib.hub.tables import records
from chalicelib.hub.words.records import Body, Current, Version
from chalicelib.identity.words import Identifier
from chalicelib.messaging.flows import read_tallies
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.tables.messages import DUE
from chalicelib.messaging.words import Message, State
from chalicelib.messaging.words.contents import SubscribeMessage
from chalicelib.triggers.flows import hearing, publishing
from chalicelib.triggers.tables import save_caused
from chalicelib.triggers.words import AtMoment, AtOnce, Caused, Slot, Trigger, TriggersOrder
from tests.faults import Chaos, Fate, try_every_fault, try_seeds
from tests.identity.people import BRAND
from tests.messaging.ground import TEMPLATE, Ground, ground

SAID = SubscribeMessage(account=f"{BRAND}.mini", template_id=TEMPLATE, data={"thing1": "{{record.data.service}}"})
AHEAD = Trigger(name="ahead", type="reservation", when=AtMoment(of="starts_at", offset_s=-3600), purpose=Purpose.service, channels=(SAID,))
AT_ONCE = Trigger(name="once", type="reservation", when=AtOnce(), purpose=Purpose.service, channels=(SAID,))
FACT = Fact(kind="record.stored", brand=BRAND, id="f", body={"type": "reservation", "key": "k"})


class Desk:
    """One reservation of one person, and the rules that follow it."""

    def __init__(self, room: Ground, *rules: Trigger) -> None:
        self.room = room
        self.who: Identifier = room.customer("somebody")
        self.key = "k"
        self.begun = room.clock()
        self._versions = self._at_work = 0
        order = TriggersOrder(rules=rules)
        documents.publish(publishing._of(BRAND), order, about={}, actor="test", world=room.world, now=self.begun)

    def keep(self, *, days: int, service: str = "care") -> None:
        """The next version of the reservation, in so many days; with 0 it has no time any more."""
        self._versions += 1
        self.put(self._versions, days=days, service=service)

    def put(self, number: int, *, days: int, service: str = "care") -> None:
        """A version of the reservation; put again it is the same."""
        data = {"service": service, "updated_at": self.begun.isoformat()}
        data |= {"starts_at": self.starts(days).isoformat()} if days else {}
        sealed = self.room.world.keyring.encrypt(BRAND, msgspec.json.encode(Body(id="R1", data=data)).decode(), now=self.begun)
        version = Version(
            number=number,
            content="c",
            by="b",
            state=1,
            correction=False,
            at=self.begun,
            owner=str(self.room.people.key(self.who)),
            source="s",
            dictionary=0,
            sealed=sealed,
        )
        current = Current(brand=BRAND, type="reservation", key=self.key, revision=number, version=version)
        kept = records.keep_record(current, aside=(), news=None, gone_at=None, now=self.begun)
        assert kept or records.read_record(BRAND, "reservation", self.key) == current

    def starts(self, days: int) -> datetime:
        return self.begun + timedelta(days=days)

    def hear(self, fact: Fact = FACT) -> None:
        """As the queue brings it, six minutes later each time. By then nobody is at work any more who was: a worker ends within one."""
        if not self._at_work:
            self.room.clock.advance(minutes=6)
        self._at_work += 1
        try:
            hearing.hear([fact], world=self.room.world, now=self.room.clock())
        finally:
            self._at_work -= 1

    def messages(self) -> list[Message]:
        prefix = f"{BRAND}#M#"
        ids = [row["pk"]["S"].removeprefix(prefix) for row in self.room.small.dynamo.rows(pk=prefix)]
        return list(tables.read_messages(BRAND, ids).values())

    def counted(self, name: str) -> Counter[str]:
        """What was counted of a rule."""
        counted: Counter[str] = Counter()
        for each in read_tallies(
            BRAND, f"trigger.{name}.reservation", self.begun - timedelta(days=1), self.room.clock() + timedelta(days=1)
        ):
            counted[each.what] += each.number
        return counted

    def waiting(self) -> list[datetime]:
        """When something is still to be said; each of these has a due row, or is on the queue."""
        waiting = [each for each in self.messages() if each.state is State.planned]
        handed = {each.message for each in self.room.belt.take()}
        for message in waiting:
            minute = message.next_at.replace(second=0)
            rows = [DUE.list_due(minute, shard, until=message.next_at, most=10) for shard in range(SHARDS)]
            assert message.id in {row.id for each in rows for row in each} | handed
        return [each.due_at for each in waiting]


def moved(chaos: Chaos) -> None:
    """A reservation is made and then moved; facts are heard as they come, and the first once more."""
    with ground(chaos.seed) as room:
        desk = Desk(room, AHEAD)
        desk.keep(days=3)
        chaos.run(desk.hear)
        desk.keep(days=5)
        chaos.run(desk.hear)
        desk.hear()

        assert desk.waiting() == [desk.starts(5) - timedelta(hours=1)]
        assert sorted(each.state.value for each in desk.messages()) in (["cancelled", "planned"], ["planned"])
        counted = desk.counted("ahead")
        assert counted["first"] == 1
        assert counted["again"] == counted["taken_back"] <= 1


def raced(chaos: Chaos) -> None:
    """Two workers hear of one record while it is moved, and each of them may end anywhere."""
    with ground(chaos.seed) as room:
        desk = Desk(room, AHEAD, AT_ONCE)
        desk.keep(days=3)

        def move() -> None:
            desk.put(2, days=5, service="cut")
            desk.hear()

        chaos.run(desk.hear, move)
        desk.hear()

        waiting = desk.waiting()
        assert [each for each in waiting if each > room.clock()] == [desk.starts(5) - timedelta(hours=1)]
        assert len(waiting) == 2, "one now, one ahead"


def test_a_fault_at_any_call_leaves_one_message_before_the_new_time() -> None:
    calls = try_every_fault(moved, fates=(Fate.crashes_before, Fate.crashes_after, Fate.answer_lost, Fate.throttled))

    assert calls > 40


def test_workers_that_race_for_a_record_agree_on_what_it_asks_for() -> None:
    try_seeds(raced, 100)


@pytest.mark.parametrize("times", [1, 3])
def test_a_fact_heard_again_plans_nothing_more(times: int) -> None:
    with ground() as room:
        desk = Desk(room, AHEAD, AT_ONCE)
        desk.keep(days=3)

        for _ in range(times):
            desk.hear()

        assert len(desk.messages()) == 2
        assert desk.counted("ahead") == desk.counted("once") == {"first": 1}


def test_a_reservation_without_its_time_takes_what_waits_back() -> None:
    with ground() as room:
        desk = Desk(room, AHEAD)
        desk.keep(days=3)
        desk.hear()

        desk.keep(days=0)
        desk.hear()

        assert desk.waiting() == []


def test_what_was_sent_is_not_said_again_in_other_words() -> None:
    with ground() as room:
        desk = Desk(room, AT_ONCE)
        desk.keep(days=3)
        desk.hear()
        for handover in room.belt.take():
            room.work(handover)

        for service in ("cut", "dye", "cut"):
            desk.keep(days=3, service=service)
            desk.hear()

        assert [each.state for each in desk.messages()] == [State.accepted]
        assert desk.counted("once") == {"first": 1, "accepted": 1}
        assert len(room.phone.reached) == 1


def test_a_rule_that_is_gone_takes_back_what_waits_when_the_record_changes() -> None:
    with ground() as room:
        desk = Desk(room, AHEAD, AT_ONCE)
        desk.keep(days=3)
        desk.hear()
        order = TriggersOrder(rules=(AT_ONCE,))
        documents.publish(publishing._of(BRAND), order, about={}, actor="test", world=room.world, now=room.clock())

        desk.hear()

        assert all(each <= room.clock() for each in desk.waiting())


def test_what_somebody_may_be_about_to_plan_is_waited_for() -> None:
    with ground() as room:
        desk = Desk(room, AHEAD)
        desk.keep(days=5)
        old = int((desk.starts(3) - timedelta(hours=1)).timestamp())
        noted = Slot(rule="ahead", key="k", due=old, take=0, since=old, digest="d", at=int(room.clock().timestamp()))
        save_caused(Caused(brand=BRAND, subject="R#reservation#k", revision=1, slots=(noted,)), {}, now=room.clock())

        with pytest.raises(Busy):
            hearing.hear([FACT], world=room.world, now=room.clock())
        too_early = desk.waiting()
        desk.hear()

        assert too_early == []
        assert desk.waiting() == [desk.starts(5) - timedelta(hours=1)]
