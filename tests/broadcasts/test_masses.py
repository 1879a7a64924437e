"""A mass send goes once: whatever crashes, whichever answer is lost, whoever cancels, and whenever its receipt comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account
from chalicelib.broadcasts.flows import handing, working
from chalicelib.broadcasts.flows.masses import hearing, planning
from chalicelib.broadcasts.rules import masses as rules
from chalicelib.broadcasts.rules.mass_sentences import say
from chalicelib.broadcasts.tables import mass_quotas, masses, parts
from chalicelib.broadcasts.words import AnyErrand, Entry, MassErrand
from chalicelib.broadcasts.words.masses import ArticleTold, MassSend, MassState, Says
from chalicelib.consent.words import Channel, Purpose, Scope
from chalicelib.consent.words.ledger import Statement, Told
from chalicelib.errors import Busy, Conflict, Declined, Invalid, Unknown
from chalicelib.identity.words import Identifier
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.messaging.words.masses import MassText
from chalicelib.wechat.messages import MassJobFinished, read_message
from chalicelib.wechat.sending import MassStatus
from tests.faults import Chaos, Crash, Fate, try_every_fault, try_every_order, try_seeds
from tests.identity.people import BRAND, openid
from tests.messaging.ground import Ground, Phone, ground

A_MINUTE, ASKED_AFTER_S = timedelta(minutes=1), 62


class MassPhone(Phone):
    """WeChat, which knows a mass send by its clientmsgid for a day. `refuses`: what it says of every further one, whatever its key."""

    def __init__(self, now: Any) -> None:
        super().__init__()
        self.now = now
        self.jobs: dict[str, tuple[str, datetime, Sequence[str]]] = {}
        self.status = MassStatus.sending
        self.refuses = 0

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
        if fate == "busy":
            raise Busy(code="wechat_busy")
        if fate.isdigit() or self.refuses:
            raise Declined(errcode=self.refuses or int(fate))
        msg_id = self._take(openids, key)
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


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as desk:
        yield desk


def people(desk: Desk, *names: str) -> list[Identifier]:
    found = [openid("oa", f"a-{name}") for name in names]
    for each in found:
        desk.house.people.recognise(each, None)
    return found


def test_whatever_happens_to_a_call_of_ours_while_it_is_planned_and_sent_it_goes_once() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            chaos.run(desk.plan)
            chaos.run(desk.work)
            desk.settle()
            desk.hear()

            assert (len(desk.phone.jobs), desk.outcome()[0], desk.used) == (1, "sent", {"all": 1})

    assert try_every_fault(play, fates=(Fate.crashes_before, Fate.crashes_after, Fate.asked_twice)) > 40


def test_whatever_happens_to_a_call_of_ours_it_goes_to_each_who_was_named_once() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            named = people(desk, "ann", "bob")
            desk.plan(named)
            chaos.run(desk.work)
            desk.settle()

            ((_, _, openids),) = desk.phone.jobs.values()
            assert (sorted(openids), desk.outcome()[0], desk.used) == (["a-ann", "a-bob"], "accepted", {"people": 1})
            assert [desk.noted(each) for each in named] == [1, 1]

    assert try_every_fault(play, fates=(Fate.crashes_before, Fate.crashes_after, Fate.conflicts)) > 40


def test_two_workers_a_receipt_and_somebody_who_cancels_in_any_order_with_any_fault() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            named = people(desk, "ann", "bob")
            desk.plan(named)
            works: list[Any] = [desk.work, desk.work, desk.hear] + [desk.cancel] * (chaos.seed % 2)
            chaos.run(*chaos.deliveries(works))
            desk.settle()

            state, jobs = desk.outcome()[0], len(desk.phone.jobs)
            assert (state, jobs) in (("sent", 1), ("cancelled", 0)), state
            assert desk.used == {"people": jobs}
            assert [desk.noted(each) for each in named] == [jobs, jobs]

    try_seeds(play, 60)


def test_cancelled_and_sent_exclude_each_other_in_any_order() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            desk.plan()
            chaos.run(desk.work, desk.cancel)

            assert (desk.outcome()[0], len(desk.phone.jobs)) in (("accepted", 1), ("cancelled", 0))
            assert desk.used == {"all": len(desk.phone.jobs)}

    assert try_every_order(play, switches=2) > 20


def test_one_order_sent_twice_at_once_is_one_mass_send_and_counted_once() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            chaos.run(desk.plan, desk.plan)

            assert desk.used == {"all": 1}

    assert try_every_order(play, switches=2) > 20


def test_two_orders_for_the_last_one_of_a_month_are_one_mass_send() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            for number in range(3):
                desk.plan(id=f"early{number}")
            refused: list[str] = []

            def plan(name: str) -> None:
                try:
                    desk.plan(id=name)
                except Conflict as error:
                    refused.append(error.code)

            chaos.run(lambda: plan("m1"), lambda: plan("m2"))

            assert (desk.used, refused) == ({"all": 4}, ["mass_quota_spent"])

    assert try_every_order(play, switches=2) > 20


def test_an_answer_that_comes_after_the_receipt_of_a_repeat_changes_nothing(desk: Desk) -> None:
    """The first worker is slower than its lease."""
    desk.plan()
    desk.phone.fates = ["crashes after"]
    with pytest.raises(Crash):
        desk.work()
    slow = desk.kept()
    desk.tick(minutes=3)
    desk.hear()

    late = masses.save_taken(rules.accepted(slow, "1000", now=desk.clock()))

    assert (late, desk.outcome()[0]) == (False, "sent")


@pytest.mark.parametrize("fate", ["answer lost", "request lost", "crashes before", "crashes after", "busy", "42010", "89504"])
def test_whatever_becomes_of_the_call_itself_it_goes_once(desk: Desk, fate: str) -> None:
    desk.plan()
    desk.phone.fates = [fate]

    desk.work_off()
    desk.settle()

    assert (len(desk.phone.jobs), desk.outcome(), desk.used) == (1, ("accepted", ""), {"all": 1})
    assert desk.phone.asked == 2


def test_an_answer_that_never_comes_is_asked_for_a_day_and_then_unknown(desk: Desk) -> None:
    desk.plan()
    desk.phone.fates = ["request lost"] * 99

    for _ in range(25):
        desk.tick(minutes=59)

    assert (desk.outcome()[0], desk.used, 10 < desk.phone.asked < 40) == ("unknown", {"all": 1}, True)


def test_what_is_refused_after_a_lost_answer_may_have_gone_and_is_not_called_failed(desk: Desk) -> None:
    """A draft is gone once it was sent: asked again, WeChat says that it has none."""
    desk.plan()
    desk.phone.fates = ["answer lost"]
    desk.work_off()
    desk.phone.refuses = 40007

    desk.tick(seconds=ASKED_AFTER_S)

    assert (desk.outcome(), desk.used) == (("unknown", "errcode 40007"), {"all": 1})


@pytest.mark.parametrize("first", ["receipt", "refusal"])
def test_the_receipt_of_a_lost_answer_tells_what_became_of_it(desk: Desk, first: str) -> None:
    desk.plan()
    desk.phone.fates = ["answer lost"]
    desk.work_off()
    desk.phone.refuses = 40007

    if first == "receipt":
        desk.hear()
    desk.tick(seconds=ASKED_AFTER_S)
    if first == "refusal":
        desk.hear()

    assert (desk.outcome(), desk.kept().msg_id) == (("sent", ""), "1000")


def test_of_two_lost_answers_a_receipt_tells_nothing(desk: Desk) -> None:
    desk.phone.fates = ["request lost", "answer lost"]
    for name in ("m1", "m2"):
        desk.plan(id=name)
    desk.work_off()
    desk.phone.refuses = 40007
    desk.tick(seconds=ASKED_AFTER_S)

    desk.hear()

    assert [desk.outcome(name) for name in ("m1", "m2")] == [("unknown", "errcode 40007")] * 2


def test_what_is_refused_at_once_costs_nothing_and_is_not_asked_again(desk: Desk) -> None:
    named = people(desk, "ann", "bob")
    desk.plan(named)
    desk.phone.fates = ["40007"]

    desk.work_off()
    desk.settle()

    assert (desk.outcome(), desk.used, desk.phone.asked) == (("failed", "errcode 40007"), {"people": 0}, 1)
    assert [desk.noted(each) for each in named] == [0, 0]


@pytest.mark.parametrize("errcode", ["40007", "61007"])
def test_what_is_refused_says_why_in_words(desk: Desk, errcode: str) -> None:
    desk.plan(people(desk, "ann", "bob"))
    desk.phone.fates = [errcode]

    desk.work_off()

    told = say(desk.kept())
    assert ("errcode" in told.en + told.zh, told.en.endswith(f"({errcode}).")) == (False, True)


def test_wechat_that_is_away_for_an_hour_lets_it_expire(desk: Desk) -> None:
    desk.plan()
    desk.phone.fates = ["busy"] * 99

    for _ in range(5):
        desk.tick(minutes=20)

    assert (desk.outcome(), desk.used) == (("expired", "wechat_busy"), {"all": 0})


def test_while_wechat_is_away_it_can_be_cancelled(desk: Desk) -> None:
    desk.plan()
    desk.phone.fates = ["busy"]
    desk.work_off()

    desk.cancel()
    desk.settle()

    assert (desk.outcome()[0], desk.phone.asked, desk.used) == ("cancelled", 1, {"all": 0})


def test_who_says_no_between_two_tries_is_left_out_of_the_next(desk: Desk) -> None:
    named = people(desk, "ann", "bob", "cid")
    desk.plan(named, purpose=Purpose.service)
    desk.phone.fates = ["busy"]
    desk.work_off()

    no_service = Told(statements=(Statement(Scope(Purpose.service), False),))
    desk.house.say(no_service, named[1])
    desk.settle()

    ((_, _, openids),) = desk.phone.jobs.values()
    assert (sorted(openids), desk.kept().outcomes) == (["a-ann", "a-cid"], {"chosen": 2, "skipped_consent: consent": 1})
    assert [desk.noted(each) for each in named] == [1, 0, 1]


def test_two_identifiers_of_one_person_are_one_of_them(desk: Desk) -> None:
    named = [*people(desk, "ann", "bob"), openid("mini", "m-ann")]
    for place in (0, 2):
        desk.house.people.recognise(named[place], "the same")

    desk.plan(named)
    desk.work_off()

    assert desk.kept().outcomes == {"chosen": 2, "skipped_duplicate": 1}


def test_who_had_four_this_month_gets_no_fifth(desk: Desk) -> None:
    """Two by name, two as one of everybody."""
    named = people(desk, "ann", "bob")
    for number in range(2):
        desk.plan(named, id=f"named{number}")
        desk.plan(id=f"all{number}")
    desk.work_off()

    desk.plan([*named, *people(desk, "cid", "dan")], id="m1")
    desk.work_off()

    assert desk.kept().outcomes == {"skipped_cap: mass_quota": 2, "chosen": 2}


def test_a_receipt_that_does_not_come_is_asked_for(desk: Desk) -> None:
    desk.plan()
    desk.work_off()
    desk.tick(minutes=61)
    before = desk.outcome()
    desk.phone.status = MassStatus.sent

    desk.tick(minutes=61)
    asked = desk.outcome()
    desk.hear()

    assert (before, asked) == (("accepted", ""), ("sent", "no_receipt"))
    assert (desk.outcome(), desk.kept().told is not None) == (("sent", ""), True)


def test_more_than_a_row_holds_is_refused_and_leaves_nothing(desk: Desk) -> None:
    long = [openid("oa", f"{number}{'x' * 300}") for number in range(1000)]

    with pytest.raises(Invalid, match="audience"):
        desk.plan(long)

    assert desk.used == {}


def test_a_receipt_says_of_each_article_where_it_is_and_how_it_was_checked() -> None:
    checks = {"ResultList": [{"ArticleIdx": 1, "UserDeclareState": 2, "AuditState": 12, "OriginalArticleUrl": "https://first"}]}
    urls = {"ResultList": [{"ArticleIdx": 1, "ArticleUrl": "https://one"}, {"ArticleIdx": 2, "ArticleUrl": "https://two"}]}
    fields = {"ToUserName": "gh", "FromUserName": "mphelper", "CreateTime": "1767225600", "MsgType": "event", "Event": "MASSSENDJOBFINISH"}
    fields |= {"MsgID": "1", "Status": "send success", "TotalCount": "120", "FilterCount": "90", "SentCount": "88", "ErrorCount": "2"}
    message = read_message({**fields, "CopyrightCheckResult": {**checks, "CheckState": "2"}, "ArticleUrlResult": urls})
    assert isinstance(message, MassJobFinished)

    told = rules.told_by(message)

    assert (told.total, told.filtered, told.sent, told.errors, told.copyright) == (120, 90, 88, 2, 2)
    assert told.articles == (
        ArticleTold(index=1, url="https://one", audit=12, declared=2, original_url="https://first"),
        ArticleTold(index=2, url="https://two"),
    )


def test_a_receipt_counts_once_and_one_of_somebody_elses_job_changes_nothing(desk: Desk) -> None:
    desk.plan()
    desk.work_off()

    desk.hear("9999", "send fail")
    for status in ("send success", "send fail"):
        desk.hear(status=status)

    assert (desk.outcome(), desk.kept().version) == (("sent", ""), 4)


def test_a_queue_that_is_away_makes_it_late_and_not_lost(desk: Desk) -> None:
    desk.belt.away = True
    desk.plan()
    desk.belt.away = False

    desk.tick(seconds=30)

    assert desk.kept().state is MassState.accepted
