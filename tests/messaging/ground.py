"""The outbox in a small world: people at two ends of a brand, a phone that remembers what reached it, a queue in memory."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.tables.tokens import TokenRow
from chalicelib.accounts.words import Account, Kind, Slot
from chalicelib.aws.queues import Queues
from chalicelib.aws.tables import seconds
from chalicelib.consent import flows as consent
from chalicelib.consent.flows import changing
from chalicelib.consent.rules import grants
from chalicelib.consent.rules.grants import Source
from chalicelib.consent.words import Contact, Purpose, Scope, Side
from chalicelib.consent.words.ledger import Evidence, Statement, Told, Way
from chalicelib.errors import Busy, Declined, Unknown
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier
from chalicelib.messaging import flows
from chalicelib.messaging.flows import settings
from chalicelib.messaging.flows.handing import Handover
from chalicelib.messaging.flows.planning import Plan
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words import Message
from chalicelib.messaging.words.contents import AnyStep, CustomerService, SubscribeMessage
from chalicelib.messaging.words.customer import CustomerText
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.wechat.gateway import Gateway
from chalicelib.world import World
from tests.faults import Crash
from tests.identity.people import BRAND, People, openid
from tests.small_world import SmallWorld, small_world

TEMPLATE = "TPL_A"
MARKETING = Told(statements=(Statement(Scope(Purpose.marketing), True, "1/zh"),))
NO_MARKETING = Told(statements=(Statement(Scope(Purpose.marketing), False),))
SUBSCRIBE = SubscribeMessage(account=f"{BRAND}.mini", template_id=TEMPLATE, data={"thing1": "x"})
TEXT = CustomerService(account=f"{BRAND}.oa", message=CustomerText(text="x"))
Fate = Callable[[], None]


class Phone(Gateway):
    """WeChat and whoever holds the phone: each call meets the next fate; `reached` is what got there, in order; `calls` by channel."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, str]] = []
        self.asked = 0
        self.calls: Counter[str] = Counter()
        self.fates: list[str] = []
        self.draw: Callable[[], str] = lambda: "goes well"

    def send_subscribe_message(
        self, token: str, openid: str, template_id: str, data: Mapping[str, str], *, page: str, state: str
    ) -> str | None:
        return self._send("subscribe_message", openid, data.get("thing1", ""))

    def send_customer_message(self, token: str, openid: str, msgtype: str, content: dict[str, Any]) -> None:
        self._send("customer_service", openid, str(content.get("content", "")))

    def _send(self, channel: str, to: str, what: str) -> str | None:
        self.asked += 1
        self.calls[channel] += 1
        fate = self.fates.pop(0) if self.fates else self.draw()
        if fate == "request lost":
            raise Unknown
        if fate == "crashes before":
            raise Crash
        if fate == "busy":
            raise Busy(code="wechat_busy")
        if fate.isdigit():
            raise Declined(errcode=int(fate))
        self.reached.append((to, what))
        if fate == "answer lost":
            raise Unknown
        if fate == "crashes after":
            raise Crash
        if fate == "no id":
            return None
        return f"id{self.asked}"


class Belt(Queues):
    """A queue in memory; it takes nothing while it is `away`."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.away = False

    def send_all(self, queue: str, bodies: Sequence[str]) -> list[int]:
        if self.away:
            return list(range(len(bodies)))
        self.bodies.extend(bodies)
        return []

    def take(self) -> list[Handover]:
        taken, self.bodies = [msgspec.json.decode(body, type=Handover) for body in self.bodies], []
        return taken


class Ground:
    """The brand demo with the accounts demo.mini and demo.oa, and whoever is let in."""

    def __init__(self, ground: SmallWorld) -> None:
        self.small = ground
        self.clock = ground.clock
        self.phone, self.belt = Phone(), Belt()
        self.world: World = msgspec.structs.replace(ground.world, wechat=self.phone, queues=self.belt)
        self.people = People(ground)
        for name, kind in (("mini", Kind.mini_program), ("oa", Kind.official_account)):
            account = Account(id=f"{BRAND}.{name}", brand=BRAND, name=name, kind=kind, appid=f"wx{name}", created_at=self.clock())
            accounts.claim_account(account)
            accounts.finish_account(account)
            far = seconds(self.clock() + timedelta(days=365))
            TokenRow(BRAND, Slot(BRAND, account.appid).name, token="t", version=1, expires_at=far).save()

    def customer(self, name: str, *, follows: bool = False, accepts: int = 5, marketing: bool = False) -> Identifier:
        """Somebody at the mini program, and with `follows` at the official account too, known to be one person."""
        who = openid("mini", f"m-{name}")
        self.people.recognise(who, f"u-{name}" if follows else None)
        if follows:
            self.people.recognise(openid("oa", f"a-{name}"), f"u-{name}")
        self.accept(who, accepts)
        if marketing:
            self.say(MARKETING, who)
        return who

    def accept(self, who: Identifier, times: int) -> None:
        at = self.clock() - timedelta(seconds=1)
        for _ in range(times):
            self.change(who, lambda side: grants.accept(side, TEMPLATE, Source.callback, long_term=False, at=at))

    def change(self, who: Identifier, change: Callable[[Side], Side]) -> None:
        changing.change_side(BRAND, self.people.key(who), change, world=self.world)

    def say(self, told: Told, who: Identifier) -> None:
        evidence = Evidence(way=Way.client, end="mini")
        consent.say(BRAND, self.people.key(who), told, evidence, world=self.world, now=self.clock())

    def contact(self, who: Identifier) -> Contact:
        return consent.read_contact(identity.fold(BRAND, self.people.key(who)))

    def left(self, who: Identifier) -> int:
        """How many subscribe messages this openid has leave for."""
        return consent.find_grant(self.contact(who).sides[self.people.key(who)], TEMPLATE).count

    def rule(self, rules: MessageRules) -> None:
        settings.publish(BRAND, rules, actor="test", world=self.world, now=self.clock())

    def plan(self, to: Identifier, *steps: AnyStep, **changes: Any) -> Handover:
        what = {"id": self.world.new_id(), "purpose": Purpose.service, "steps": steps or (SUBSCRIBE,), **changes}
        message = flows.plan(BRAND, to, Plan(**what), world=self.world, now=self.clock())
        self.belt.take()
        return Handover(BRAND, message.id)

    def work(self, handover: Handover) -> None:
        flows.send_message(handover, world=self.world, now=self.clock())

    def work_together(self, handovers: Sequence[Handover], meanwhile: Callable[[], object] = lambda: None) -> None:
        """A batch, read ahead: `meanwhile` comes between the reading and the first send."""
        glance = flows.glance_at(handovers)
        meanwhile()
        for handover in handovers:
            flows.send_message(handover, glance=glance, world=self.world, now=self.clock())

    def work_until_done(self, handover: Handover) -> int:
        """As the queue brings it, six minutes later each time; how often that was."""
        for delivery in range(1, 20):
            try:
                self.work(handover)
            except (Busy, Crash):
                self.clock.advance(minutes=6)
            else:
                return delivery
        raise AssertionError("the worker is never content")

    def sweep(self) -> list[Handover]:
        flows.send_due(world=self.world, now=self.clock())
        return self.belt.take()

    def message(self, handover: Handover) -> Message:
        message = tables.read_message(handover.brand, handover.message)
        assert message is not None
        return message

    def told(self, handover: Handover) -> list[str]:
        return [note.what for note in self.message(handover).trace]

    def outcome(self, handover: Handover) -> tuple[str, str]:
        message = self.message(handover)
        return message.state.value, message.why


@contextmanager
def ground(seed: int = 0) -> Iterator[Ground]:
    """An outbox on empty ground."""
    with small_world(seed) as small:
        yield Ground(small)


def drawing(chances: random.Random, *, lost: float, crash: float = 0.0, busy: float = 0.0) -> Callable[[], str]:
    """Fates of calls to WeChat: requests and answers lost, workers that end around the call, a busy WeChat."""
    weighted = [("request lost", lost), ("answer lost", lost), ("crashes before", crash), ("crashes after", crash), ("busy", busy)]
    names, weights = zip(*weighted, strict=True)
    return lambda: chances.choices([*names, "goes well"], [*weights, 1 - sum(weights)])[0]


def named(way: AnyStep, name: str) -> AnyStep:
    """The way as it says this name, by which it is known again on the phone."""
    if isinstance(way, CustomerService):
        return msgspec.structs.replace(way, message=CustomerText(text=name))
    return msgspec.structs.replace(way, data={"thing1": name})
