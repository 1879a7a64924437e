"""A mass send goes once: whatever crashes, whichever answer is lost, whoever cancels, and whenever its receipt comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest

from chalicelib.broadcasts.flows.masses import showing
from chalicelib.broadcasts.rules import masses as rules
from chalicelib.broadcasts.rules.mass_sentences import say
from chalicelib.broadcasts.tables import masses
from chalicelib.broadcasts.words.masses import ArticleTold, MassState
from chalicelib.consent.words import Purpose, Scope
from chalicelib.consent.words.ledger import Statement, Told
from chalicelib.errors import Conflict, Invalid
from chalicelib.wechat.messages import MassJobFinished, read_message
from chalicelib.wechat.sending import MassStatus
from tests.broadcasts.mass_desk import ASKED_AFTER_S, Desk, opened, people
from tests.faults import Chaos, Crash, Fate, try_every_fault, try_every_order, try_seeds
from tests.identity.people import BRAND, openid
from tests.messaging.ground import Belt


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as desk:
        yield desk


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


def test_whatever_happens_while_it_is_planned_it_stands_in_the_list_once() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:

            def plan() -> None:
                desk.clock.advance(seconds=1)
                desk.plan()

            chaos.run(plan)

            listed, _ = showing.list_masses(BRAND, before=None, most=10, world=desk.world)
            assert [each.id for each in listed] == ["m1"]

    assert try_every_fault(play) > 20


class CrashesOnce(Belt):
    """A queue at whose first message the process ends that has kept the mass send."""

    crashed = False

    def send_all(self, queue: str, bodies: Sequence[str]) -> list[int]:
        if not self.crashed and masses.read_mass(BRAND, "m1") is not None:
            self.crashed = True
            raise Crash
        return super().send_all(queue, bodies)


def test_what_was_swept_before_it_was_kept_is_due_again_once_it_is_planned_again() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            desk.belt = CrashesOnce()
            desk.world = msgspec.structs.replace(desk.world, queues=desk.belt)
            chaos.run(desk.plan, desk.sweep)
            desk.settle()

            assert (len(desk.phone.jobs), desk.outcome()[0]) == (1, "accepted")

    assert try_every_order(play, switches=1) > 10


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


@pytest.mark.parametrize("becomes", ["unknown", "sending"])
def test_an_answer_that_comes_after_its_lease_tells_what_nobody_knew(desk: Desk, becomes: str) -> None:
    """Somebody else has asked again meanwhile, and was refused or got no answer."""
    desk.plan()

    def ask_again() -> None:
        desk.phone.fates = ["40007" if becomes == "unknown" else "request lost"]
        desk.tick(minutes=3)
        meanwhile.append(desk.outcome()[0])

    meanwhile: list[str] = []
    desk.phone.fates, desk.phone.meanwhile = ["answers late"], ask_again
    desk.work()
    known = (desk.outcome(), desk.kept().msg_id, desk.kept().ended_at)
    desk.hear()

    assert (meanwhile, known) == ([becomes], (("accepted", ""), "1000", None))
    assert (desk.outcome()[0], desk.used, len(desk.phone.jobs)) == ("sent", {"all": 1}, 1)


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
