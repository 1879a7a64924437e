"""People who say what they want, and sends to them, in a small world; a test changes only what it is about."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.aws.tables import committed
from chalicelib.consent import flows as consent
from chalicelib.consent.flows import changing
from chalicelib.consent.rules import grants
from chalicelib.consent.rules.grants import Source
from chalicelib.consent.words import Allowance, Channel, Contact, Grant, Purpose, Scope, Sent, Side
from chalicelib.consent.words.ledger import Evidence, Statement, Told, Way
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, Key
from tests.identity.people import BRAND, People, openid, unionid
from tests.small_world import SmallWorld

MINI, OFFICIAL = openid("mini", "o-mini"), openid("oa", "o-oa")
TEMPLATE = "TPL_A"
NO_MARKETING = Told(statements=(Statement(Scope(Purpose.marketing), False),))
MARKETING = Told(statements=(Statement(Scope(Purpose.marketing), True, "1/zh"),))
PAGE = Evidence(way=Way.client, end="mini")


class Brand:
    """The brand demo: somebody at two ends, known to be one person."""

    def __init__(self, ground: SmallWorld, *, joined: bool = True) -> None:
        self.ground = ground
        self.people = People(ground)
        self.people.recognise(MINI, "union-1")
        self.people.recognise(OFFICIAL, "union-1" if joined else None)

    @property
    def now(self) -> datetime:
        return self.ground.clock()

    def key(self, who: Identifier) -> Key:
        return self.people.key(who)

    def join(self) -> None:
        self.people.link(OFFICIAL, unionid("union-1"))

    def contact(self, who: Identifier = MINI) -> Contact:
        return consent.read_contact(identity.fold(BRAND, self.key(who)))

    def say(self, told: Told, who: Identifier = MINI) -> Contact:
        return consent.say(BRAND, self.key(who), told, PAGE, world=self.ground.world, now=self.now)

    def allows(self, who: Identifier = MINI, *, purpose: Purpose = Purpose.marketing, channel: Channel = Channel.push) -> bool:
        return consent.verdict(self.contact(who), purpose=purpose, channel=channel, topic="", end=who.account).allowed

    def accept(self, times: int = 1, who: Identifier = MINI, template: str = TEMPLATE) -> None:
        for _ in range(times):
            self.change(
                who, lambda side: grants.accept(side, template, Source.callback, long_term=False, at=self.now - timedelta(seconds=1))
            )

    def change(self, who: Identifier, change: object) -> Side:
        assert callable(change)
        return changing.change_side(BRAND, self.key(who), change, world=self.ground.world)

    def leave(self, who: Identifier = MINI, template: str = TEMPLATE) -> Grant:
        return consent.find_grant(self.contact(who).sides[self.key(who)], template)

    def send(self, message: str, who: Identifier = MINI, *, cap: int = 99, spends: str | None = None) -> bool:
        """A marketing send as the outbox makes it: looked at and reserved, and again while somebody is in the way."""
        for _ in range(12):
            contact = self.contact(who)
            grant = consent.find_grant(contact.sides[self.key(who)], spends) if spends else None
            channel = Channel.subscribe_message if spends else Channel.push
            purpose = Purpose.marketing
            if not consent.verdict(contact, purpose=purpose, channel=channel, topic="", end=who.account).allowed:
                return False
            short = consent.short_of(message)
            if any(each.message == short for each in contact.sends):
                return True
            if len(contact.sends) >= cap or (spends and not consent.is_reachable(grant)):
                return False
            if self.reserve(contact, message, who, channel, grant):
                return True
        raise AssertionError("somebody is always in the way")

    def reserve(
        self, contact: Contact, message: str, who: Identifier, channel: Channel = Channel.push, spends: Grant | Allowance | None = None
    ) -> bool:
        return self.reserve_at(contact, message, self.key(who), channel, spends)

    def reserve_at(
        self, contact: Contact, message: str, key: Key, channel: Channel = Channel.push, spends: Grant | Allowance | None = None
    ) -> bool:
        sent = Sent(message=message, at=self.now, channel=channel, purpose=Purpose.marketing)
        return committed(lambda transaction: consent.reserve(transaction, contact, key, sent=sent, spends=spends))
