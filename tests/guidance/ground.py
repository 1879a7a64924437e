"""A brand that guides people, in a small world or by rules alone; a test changes only what it is about."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.words import Account, Kind
from chalicelib.guidance.flows import counting, deciding, publishing
from chalicelib.guidance.words import Asked, Guidance, GuidanceOrder, Showing, Stats
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier
from chalicelib.sessions.words import Claims, Session
from tests.house import NOON
from tests.identity.people import BRAND, People
from tests.small_world import SmallWorld

KINDS = {"oa": Kind.official_account, "mini": Kind.mini_program, "app": Kind.app}
SCAN = 1047
STATS = {"since": "2026-01-01", "until": "2026-03-31"}


def rule(**changes: Any) -> dict[str, Any]:
    """Ask whoever stays on a page to follow demo.oa."""
    target = {"kind": "official_account", "account": "demo.oa", "qr_page": "pages/follow/index"}
    variants = [{"name": "plain", "title": "关注公众号", "button": "去关注"}]
    return {"name": "stay", "trigger": "dwell", "target": target, "variants": variants, **changes}


def written(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"rules": list(rules or (rule(),)), **changes}


def order(*rules: dict[str, Any], **changes: Any) -> GuidanceOrder:
    return msgspec.convert(written(*rules, **changes), GuidanceOrder)


def asked(**changes: Any) -> Asked:
    return msgspec.convert({"placement": "shelf", "page": "pages/item/index", "dwell_s": 9, **changes}, Asked)


class Brand:
    """The brand demo, whose people come to its ends without HTTP."""

    def __init__(self, ground: SmallWorld, *rules: dict[str, Any], **changes: Any) -> None:
        self.ground = ground
        self.people = People(ground)
        accounts.create_brand(BRAND, "Demo", now=NOON)
        for name, kind in KINDS.items():
            account = Account(id=f"{BRAND}.{name}", brand=BRAND, name=name, kind=kind, appid=f"wx{name}", created_at=NOON)
            accounts.claim_account(account)
            accounts.finish_account(account)
        self.publish(*rules, **changes)

    def publish(self, *rules: dict[str, Any], **changes: Any) -> None:
        publishing.publish(BRAND, order(*rules, **changes), actor="test", world=self.ground.world, now=self.ground.clock())
        self.ground.world.cache.forget("guidance", BRAND, "")

    def ask(self, who: Identifier, *, on: str = "mini", **changes: Any) -> Guidance:
        now = self.ground.clock()
        key = str(self.people.key(who))
        session = Session(brand=BRAND, key=key, id="S", account=on, generation=1, refreshed_at=now, ends_at=now)
        return deciding.decide(session, asked(**changes), world=self.ground.world, now=now)

    def close(self, who: Identifier, showing: str) -> None:
        claims = Claims(use="session", brand=BRAND, key=str(self.people.key(who)), session="S", generation=1, expires_at=0)
        counting.note_closed(claims, showing, world=self.ground.world, now=self.ground.clock())

    def follow(self, openid: Identifier) -> None:
        """What is kept of a follow, without what it means for showings."""
        identity.note_follow(BRAND, openid, follows=True, at=self.ground.clock(), world=self.ground.world, now=self.ground.clock())

    def hear_follow(self, openid: Identifier, at: Any = None) -> Showing | None:
        account = accounts.read_account(BRAND, "oa")
        assert account is not None
        now = self.ground.clock()
        return counting.note_followed(account, openid, at=at or now, world=self.ground.world, now=now)

    def stats(self) -> Stats:
        today = f"{self.ground.clock():%Y-%m-%d}"
        return counting.show_stats(BRAND, since=today, until=today)

    def totals(self) -> tuple[int, int, int]:
        """Shown, closed, followed."""
        tallies = self.stats().tallies
        return sum(each.shown for each in tallies), sum(each.closed for each in tallies), sum(each.followed for each in tallies)
