"""A desk where mass sends are planned and worked off: an official account, its queue in memory, and a phone that knows repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account
from chalicelib.broadcasts.flows import handing, working
from chalicelib.broadcasts.flows.masses import hearing, planning
from chalicelib.broadcasts.tables import mass_quotas, parts
from chalicelib.broadcasts.words import AnyErrand, Entry, MassErrand
from chalicelib.broadcasts.words.masses import MassSend, Says
from chalicelib.consent.words import Channel, Purpose
from chalicelib.errors import Busy, Conflict, Declined, Unknown
from chalicelib.identity.words import Identifier
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.messaging.words.masses import MassText
from chalicelib.wechat.gateway import TokenRejected
from chalicelib.wechat.messages import MassJobFinished
from chalicelib.wechat.sending import MassStatus
from tests.faults import Crash
from tests.identity.people import BRAND, openid
from tests.messaging.ground import Ground, Phone, ground

A_MINUTE, ASKED_AFTER_S = timedelta(minutes=1), 62


class MassPhone(Phone):
    """WeChat, which knows a mass send by its clientmsgid for a day. `refuses`: what it says of every further one, whatever its key.

    `meanwhile`: what happens before an answer that comes late, or that refuses the token.
    """

    def __init__(self, now: Any) -> None:
        super().__init__()
        self.now = now
        self.jobs: dict[str, tuple[str, datetime, Sequence[str]]] = {}
        self.status = MassStatus.sending
        self.refuses = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def send_mass_to_all(self, token: str, tag: int | None, content: Mapping[str, Any], *, key: str) -> str:
        return self._send_to((), key)

    def send_mass_to_openids(self, token: str, openids: Sequence[str], content: Mapping[str, Any], *, key: str) -> str:
        return self._send_to(openids, key)

    def fetch_mass_status(self, token: str, msg_id: str) -> MassStatus:
        return self.status

    def _send_to(self, openids: Sequence[str], key: str) -> str:
        self.asked += 1
        fate = self.fates.pop(0) if self.fates else "goes well"
        if fate == "request lost":
            raise Unknown
        if fate == "crashes before":
            raise Crash
        if fate == "token rejected":
            self.meanwhile()
            raise TokenRejected(errcode=40001)
        if fate == "busy":
            raise Busy(code="wechat_busy")
        if fate.isdigit() or self.refuses:
            raise Declined(errcode=self.refuses or int(fate))
        msg_id = self._take(openids, key)
        if fate == "answers late":
            self.meanwhile()
        if fate == "answer lost":
            raise Unknown
        if fate == "crashes after":
            raise Crash
        return msg_id

    def _take(self, openids: Sequence[str], key: str) -> str:
        if key in self.jobs:
            msg_id, at, _ = self.jobs[key]
            if self.now() - at < A_MINUTE:
                raise Unknown  # 45066
            return msg_id
        self.jobs[key] = (str(1000 + len(self.jobs)), self.now(), openids)
        return self.jobs[key][0]


class Desk:
    """An official account whose mass sends go through a queue in memory."""

    def __init__(self, house: Ground) -> None:
        self.house, self.clock, self.belt = house, house.clock, house.belt
        self.phone = MassPhone(house.clock)
        house.world = self.world = msgspec.structs.replace(house.world, wechat=self.phone)
        house.rule(MessageRules())
        parts.DUE.move_watermark(house.clock())
        self.account: Account = register.find_account("demo.oa", world=self.world, now=self.clock())

    def plan(self, people: Sequence[Identifier] = (), *, id: str = "m1", **changes: Any) -> str:
        entries = tuple(Entry(each.type.value, each.value, each.account) for each in people)
        what = {"audience": "people" if people else "all", "purpose": Purpose.service, "not_before": None, "expires_at": None}
        says = Says(name="autumn", message=MassText(text="x"), topic="", entries=entries)
        wanted = planning.MassPlan(**{**what, "id": id, "account": self.account, "says": says, "override": "", **changes})
        return planning.plan(wanted, actor="test", world=self.world, now=self.clock())[0].id

    def cancel(self, mass: str = "m1") -> None:
        with suppress(Conflict):
            planning.cancel(BRAND, mass, actor="test", world=self.world, now=self.clock())

    def hear(self, msg_id: str = "1000", status: str = "send success") -> None:
        told: dict[str, Any] = {"msg_id": msg_id, "status": status, "total_count": 3, "sent_count": 2}
        message = MassJobFinished(to_account="gh", from_user="mphelper", created_at=self.clock(), **told)
        hearing.hear(self.account, message, now=self.clock())

    def work(self, mass: str = "m1") -> None:
        working.work(MassErrand(BRAND, mass), world=self.world, now=self.clock())

    def work_off(self) -> None:
        """Everything on the queue; what crashes is brought again."""
        while self.belt.bodies:
            bodies, self.belt.bodies = self.belt.bodies, []
            for body in bodies:
                try:
                    working.work(msgspec.json.decode(body, type=AnyErrand), world=self.world, now=self.clock())
                except (Crash, Busy):
                    self.belt.bodies.append(body)

    def tick(self, **later: float) -> None:
        self.clock.advance(**later)
        self.sweep()

    def sweep(self) -> None:
        handing.send_due(world=self.world, now=self.clock())
        self.work_off()

    def settle(self) -> None:
        """Time goes by, longer than anybody's lease, until nothing is left to be done at once."""
        for _ in range(4):
            self.tick(seconds=ASKED_AFTER_S)

    def kept(self, mass: str = "m1") -> MassSend:
        return planning.find_mass(BRAND, mass)

    @property
    def used(self) -> dict[str, int]:
        return mass_quotas.read_used(BRAND, "oa", "2026-11").counts

    def outcome(self, mass: str = "m1") -> tuple[str, str]:
        kept = self.kept(mass)
        return kept.state.value, kept.why

    def noted(self, who: Identifier) -> int:
        return sum(sent.channel is Channel.mass for sent in self.house.contact(who).sends)


@contextmanager
def opened() -> Iterator[Desk]:
    with ground() as house:
        yield Desk(house)


def people(desk: Desk, *names: str) -> list[Identifier]:
    found = [openid("oa", f"a-{name}") for name in names]
    for each in found:
        desk.house.people.recognise(each, None)
    return found
