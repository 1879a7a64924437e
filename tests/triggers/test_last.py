"""Rules for somebody's last record: whoever they turn out to be, and whosever record it turns out to be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.facts import Fact
from chalicelib.consent.words import Purpose
from chalicelib.errors import Busy
from chalicelib.identity.words import Identifier
from chalicelib.messaging.words import Message, State
from chalicelib.triggers.words import AtMoment, Trigger
from tests.builders import MINI_APPID
from tests.faults import Chaos, try_seeds
from tests.identity.people import BRAND, openid
from tests.messaging.ground import ground
from tests.triggers.ground import Shop, reminder
from tests.triggers.test_faults import SAID, Desk

DAYS = 10
AFTER = Trigger(
    name="after",
    type="reservation",
    when=AtMoment(of="starts_at", offset_s=DAYS * 86400),
    last=True,
    purpose=Purpose.service,
    channels=(SAID,),
)


class Salon:
    """A shop that writes ten days after the last service, to somebody who comes by mini program and, unknown as such, by phone."""

    def __init__(self, shop: Shop, name: str, phone: str) -> None:
        self.shop, self.phone = shop, {"type": "phone", "value": phone}
        when = {"on": "moment", "of": "starts_at", "offset_s": DAYS * 86400}
        shop.rules(reminder(name=name, when=when, last=True, where=[{"property": "state", "is": "done"}]))
        self.user = shop.scene.customer(accepts=3)
        self.openid = {"type": "openid", "account": "demo.mini", "value": shop.scene.openid(self.user, MINI_APPID)}
        noon = shop.house.clock().astimezone(UTC).replace(hour=4, minute=0, second=0, microsecond=0)
        self.older, self.newer = noon - timedelta(days=2), noon - timedelta(days=1)

    def by_mini(self, at: datetime, **data: Any) -> dict[str, Any]:
        return self.shop.reservation(self.user, state="done", starts_at=at.isoformat(), **data)

    def by_phone(self, at: datetime, **data: Any) -> dict[str, Any]:
        return {**self.by_mini(at, **data), "who": {"phone": self.phone["value"]}}

    def join(self) -> None:
        link = {"a": self.openid, "b": self.phone, "rank": "verified", "at": self.shop.at(), "source": "crm"}
        self._tell("/v1/links", {"links": [link]})

    def part(self) -> None:
        self._tell("/v1/splits", {"a": self.openid, "b": self.phone, "reason": "mother and daughter"})

    def sent(self, at: datetime) -> list[str]:
        """Which services were spoken of by ten days after this one."""
        self.shop.pass_to(at + timedelta(days=DAYS, minutes=1))
        return [each["time2"][:10] for each in self.shop.sent(self.user)]

    def _tell(self, path: str, body: dict[str, Any]) -> None:
        status, told = self.shop.house.call("POST", path, body, key=self.shop.key)
        assert status < 300, told
        self.shop.house.work()


def test_of_two_ends_of_one_person_only_the_last_service_is_spoken_of(shop: Shop) -> None:
    salon = Salon(shop, "known", "+8613800000001")
    shop.bring(salon.by_phone(salon.older - timedelta(days=30)))
    salon.join()

    shop.bring(salon.by_phone(salon.newer), salon.by_mini(salon.older))

    assert salon.sent(salon.older) == []
    assert salon.sent(salon.newer) == [f"{salon.newer:%Y-%m-%d}"]


def test_who_turns_out_to_be_one_person_meanwhile_hears_of_the_last_service_alone(shop: Shop) -> None:
    salon = Salon(shop, "joined", "+8613800000002")
    shop.bring(salon.by_mini(salon.older), salon.by_phone(salon.newer))

    salon.join()

    assert salon.sent(salon.older) == []
    assert salon.sent(salon.newer) == [f"{salon.newer:%Y-%m-%d}"]


def test_who_turns_out_to_be_two_people_after_all_each_have_a_last_service(shop: Shop) -> None:
    salon = Salon(shop, "parted", "+8613800000003")
    shop.bring(salon.by_mini(salon.older), salon.by_phone(salon.newer))
    salon.join()

    salon.part()

    assert salon.sent(salon.older) == [f"{salon.older:%Y-%m-%d}"]


def test_once_the_last_service_is_taken_back_the_one_before_it_by_another_end_is_the_last(shop: Shop) -> None:
    salon = Salon(shop, "fallen", "+8613800000004")
    last = salon.by_phone(salon.newer)
    shop.bring(salon.by_mini(salon.older), last)
    salon.join()

    shop.house.clock.advance(seconds=60)
    shop.bring(shop.changed(last, state="cancelled", correction=True))

    assert salon.sent(salon.older) == [f"{salon.older:%Y-%m-%d}"]


def test_a_service_that_was_somebody_elses_is_spoken_of_to_them_alone(shop: Shop) -> None:
    salon = Salon(shop, "corrected", "+8613800000005")
    other = shop.scene.customer()
    record = salon.by_mini(salon.older)
    shop.bring(record)

    shop.house.clock.advance(seconds=60)
    shop.bring({**shop.changed(record), "who": {"openid": {"demo.mini": shop.scene.openid(other, MINI_APPID)}}})

    assert salon.sent(salon.older) == []
    assert [each["time2"][:10] for each in shop.sent(other)] == [f"{salon.older:%Y-%m-%d}"]


@pytest.mark.parametrize(("number", "parts"), [(6, False), (7, True)])
def test_what_waits_for_somebody_who_is_joined_or_parted_meanwhile_is_said_once(shop: Shop, number: int, parts: bool) -> None:
    salon = Salon(shop, f"waits{number}", f"+861380000000{number}")
    shop.rules(reminder())
    starts = salon.older + timedelta(days=5)
    both = [shop.reservation(salon.user, starts_at=starts.isoformat()), salon.by_phone(salon.older - timedelta(days=30))]
    shop.bring(*both)

    salon.join()
    if parts:
        salon.part()
    shop.bring(both[0])
    shop.pass_to(starts - timedelta(hours=18))

    assert [each["time2"][:10] for each in shop.sent(salon.user)] == [f"{starts:%Y-%m-%d}"]


class Two(Desk):
    """A reservation of somebody at the mini program, and a later one of the same person at the official account."""

    def of(self, who: Identifier, key: str, *, days: int) -> Fact:
        self.who, self.key = who, key
        self.put(1, days=days)
        return Fact(kind="record.stored", brand=BRAND, id=key, body={"type": "reservation", "key": key})


def raced(chaos: Chaos) -> None:
    with ground(chaos.seed) as room:
        desk = Two(room, AFTER)
        room.customer("ann", follows=True)
        older = desk.of(openid("mini", "m-ann"), "older", days=1)
        newer = desk.of(openid("oa", "a-ann"), "newer", days=2)

        def hear(fact: Fact) -> None:
            """What has to come again comes after both."""
            try:
                desk.hear(fact)
            except Busy:
                again.append(fact)

        again: list[Fact] = []
        chaos.run(lambda: hear(older), lambda: hear(newer))
        for fact in again:
            desk.hear(fact)

        planned: list[Message] = [each for each in desk.messages() if each.state is State.planned]
        assert [each.due_at for each in planned] == [desk.starts(2 + DAYS)]


@pytest.mark.parametrize("chance", [0.0, 0.1])
def test_two_records_of_one_person_that_are_followed_at_once_leave_the_last_one(chance: float) -> None:
    try_seeds(raced, 30, chance=chance)
