"""People at a mini program, and broadcasts to them that go through a queue in memory."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.broadcasts.flows import handing, sending, showing, steering
from chalicelib.broadcasts.flows.steering import Start
from chalicelib.broadcasts.words import Entry, Errand, State
from chalicelib.broadcasts.words.orders import BroadcastShown, Content
from chalicelib.consent.words import Purpose
from chalicelib.identity.words import Identifier
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.world import World
from tests.identity.people import BRAND
from tests.messaging.ground import SUBSCRIBE, Ground


class Town:
    """People at a mini program and a broadcast to them."""

    def __init__(self, house: Ground) -> None:
        self.house, self.belt = house, house.belt
        house.rule(MessageRules())

    @property
    def world(self) -> World:
        return self.house.world

    def people(self, many: int, **about: Any) -> list[Identifier]:
        return [self.house.customer(f"p{number}", **about) for number in range(many)]

    def start(self, people: list[Identifier], **changes: Any) -> str:
        wanted = self.wanted(people, **changes)
        broadcast, _ = steering.start(BRAND, wanted, actor="test", world=self.world, now=self.house.clock())
        return broadcast.id

    def wanted(self, people: list[Identifier], **changes: Any) -> Start:
        what = {"name": "autumn", "purpose": Purpose.service, "channels": (SUBSCRIBE,)}
        content = Content(**{**what, **{name: changes.pop(name) for name in list(changes) if name in Content.__struct_fields__}})
        entries = tuple(Entry(each.type.value, each.value, each.account) for each in people)
        return Start(
            **{"id": self.world.new_id(), "content": content, "entries": entries, "not_before": None, "per_minute": 1000, **changes}
        )

    def errands(self) -> list[Errand]:
        taken, self.belt.bodies = [msgspec.json.decode(body, type=Errand) for body in self.belt.bodies], []
        return taken

    def work(self) -> int:
        """Everything on the queue; how many errands that were."""
        done = 0
        while errands := self.errands():
            for errand in errands:
                sending.work(errand, world=self.world, now=self.house.clock())
            done += len(errands)
        return done

    def tick(self, **later: float) -> int:
        """The schedule a while later, and what it hands over."""
        self.house.clock.advance(**later)
        handing.send_due(world=self.world, now=self.house.clock())
        return self.work()

    def turn(self, broadcast: str, state: State) -> None:
        steering.turn(BRAND, broadcast, state, actor="test", world=self.world, now=self.house.clock())

    def shown(self, broadcast: str) -> BroadcastShown:
        found = steering.find_broadcast(BRAND, broadcast)
        return showing.show(found, world=self.world, now=self.house.clock())

    def outcomes(self, broadcast: str) -> dict[str, int]:
        return {f"{each.state} {each.why}".strip(): each.people for each in self.shown(broadcast).outcomes}

    @property
    def reached(self) -> list[str]:
        return [to for to, _ in self.house.phone.reached]
