"""A brand with offers and the people who come for them, in a small world."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.identity.words import Identifier
from chalicelib.offers.flows import groups, registry
from chalicelib.offers.tables import groups as tables
from chalicelib.offers.words.groups import GroupOrder, GroupShown, SeatOrder
from chalicelib.offers.words.registry import OffersOrder
from chalicelib.sessions.words import Claims
from tests.identity.people import BRAND, People, openid
from tests.small_world import SmallWorld


def trio(**changes: Any) -> dict[str, Any]:
    """Three people, a day long."""
    return {"kind": "group", "name": "trio", "title": "三人拼团", "size": 3, "price_fen": 9900, "open_for_s": 86400, **changes}


class Shop:
    """The brand demo, whose people come without HTTP."""

    def __init__(self, ground: SmallWorld, *offers: dict[str, Any]) -> None:
        self.ground = ground
        self.people = People(ground)
        self.publish(*(offers or (trio(),)))

    def publish(self, *offers: dict[str, Any]) -> None:
        order = msgspec.convert({"offers": offers}, OffersOrder)
        registry.publish(BRAND, order, actor="test", world=self.ground.world, now=self.ground.clock())

    def somebody(self, number: int) -> Identifier:
        """Somebody new, by a mini-program login."""
        who = openid("mini", f"oM{number}")
        self.people.meet(who)
        return who

    def claims(self, who: Identifier) -> Claims:
        return Claims(use="session", brand=BRAND, key=str(self.people.key(who)), session="S", generation=1, expires_at=0)

    def open(self, who: Identifier, order: str = "T-0", offer: str = "trio") -> GroupShown:
        wanted = GroupOrder(offer=offer, order=order)
        return groups.open_group(self.claims(who), wanted, world=self.ground.world, now=self.ground.clock())

    def join(self, who: Identifier, group: str, order: str) -> GroupShown:
        return groups.join_group(self.claims(who), group, SeatOrder(order=order), world=self.ground.world, now=self.ground.clock())

    def end(self) -> int:
        return groups.end_groups(world=self.ground.world, now=self.ground.clock())

    def taken(self, group: str) -> int:
        """As counted; it is always as many as sit there."""
        found = tables.read_group(BRAND, group)
        assert found is not None
        assert found.taken == len(tables.list_seats(BRAND, group))
        return found.taken

    def announced(self) -> list[str]:
        """What the table's stream has told, by kind."""
        images = [each["dynamodb"]["NewImage"] for each in self.ground.dynamo.stream if each["eventName"] == "INSERT"]
        told = [msgspec.json.decode(image["facts"]["S"]) for image in images if "facts" in image]
        return [fact["kind"] for facts in told for fact in facts if fact["kind"].startswith("group.")]
