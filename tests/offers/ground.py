"""A brand with offers and the people who come for them, in a small world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Refused
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier
from chalicelib.offers.flows import codes, groups, invitations, registry
from chalicelib.offers.tables import groups as tables
from chalicelib.offers.words.codes import CodeOrder, CodeRedeemed, RedeemOrder
from chalicelib.offers.words.groups import GroupOrder, GroupShown, SeatOrder
from chalicelib.offers.words.invitations import Accepted, InviterShown
from chalicelib.offers.words.registry import OffersOrder
from chalicelib.sessions.words import Claims
from tests.house import NOON
from tests.identity.people import BRAND, People, openid
from tests.small_world import SmallWorld


def trio(**changes: Any) -> dict[str, Any]:
    """Three people, a day long."""
    return {"kind": "group", "name": "trio", "title": "三人拼团", "size": 3, "price_fen": 9900, "open_for_s": 86400, **changes}


def gift(**changes: Any) -> dict[str, Any]:
    """A code for everybody, a week long."""
    return {"kind": "code", "name": "gift", "title": "专属优惠码", "valid_for_s": 604_800, **changes}


def code_of(act: Callable[[], object]) -> str:
    """The code of a refusal; nothing when it was none. What may be tried again goes on."""
    try:
        act()
    except Refused as error:
        return error.code
    return ""


class Shop:
    """The brand demo, whose people come without HTTP."""

    def __init__(self, ground: SmallWorld, *offers: dict[str, Any]) -> None:
        self.ground = ground
        self.people = People(ground)
        for name, kind in (("oa", Kind.official_account), ("mini", Kind.mini_program)):
            account = Account(id=f"{BRAND}.{name}", brand=BRAND, name=name, kind=kind, appid=f"wx{name}", created_at=NOON)
            accounts.claim_account(account)
            accounts.finish_account(account)
        self.publish(*(offers or (trio(), gift())))

    def publish(self, *offers: dict[str, Any]) -> None:
        order = msgspec.convert({"offers": offers}, OffersOrder)
        registry.publish(BRAND, order, actor="test", world=self.ground.world, now=self.ground.clock())
        self.ground.world.cache.forget("offers", BRAND, "")

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

    def issue(self, who: Identifier, offer: str = "gift") -> str:
        wanted = CodeOrder(offer=offer)
        return codes.issue_code(self.claims(who), wanted, world=self.ground.world, now=self.ground.clock()).code

    def redeem(self, who: Identifier, code: str, order: str) -> CodeRedeemed:
        wanted = RedeemOrder(code=code, order=order)
        return codes.redeem_own(self.claims(who), wanted, world=self.ground.world, now=self.ground.clock())

    def redeem_at_till(self, code: str, order: str) -> CodeRedeemed:
        wanted = RedeemOrder(code=code, order=order)
        return codes.redeem_any(BRAND, wanted, actor="till", world=self.ground.world, now=self.ground.clock())

    def invitation(self, who: Identifier) -> str:
        return invitations.show_own(self.claims(who), world=self.ground.world).invitation

    def accept(self, who: Identifier, inviter: Identifier) -> Accepted:
        return invitations.accept(self.claims(who), self.invitation(inviter), now=self.ground.clock())

    def inviter(self, who: Identifier) -> InviterShown:
        return invitations.show_inviter(BRAND, self.people.meet(who).person, after=None, most=100)[0]

    def follow(self, follower: Identifier) -> None:
        now = self.ground.clock()
        identity.note_follow(BRAND, follower, follows=True, at=now, world=self.ground.world, now=now)

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
