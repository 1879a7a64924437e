"""Nobody gets a mass send who said no before WeChat was called, however late that was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pytest

from chalicelib.accounts.tables.tokens import TokenRow
from chalicelib.accounts.words import Slot
from chalicelib.aws.tables import TableError
from chalicelib.consent.words import Purpose, Scope
from chalicelib.consent.words.ledger import Statement, Told
from chalicelib.identity.words import Identifier
from tests.broadcasts.mass_desk import ASKED_AFTER_S, Desk, opened, people
from tests.faults import Chaos, Fate, try_every_fault, try_every_order
from tests.identity.people import BRAND, openid, unionid

NO = Told(statements=(Statement(Scope(Purpose.service), False),))
SKIPPED = "skipped_consent: consent"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as desk:
        yield desk


def right_before_the_last_look(desk: Desk, happens: Callable[[], object]) -> None:
    together, waiting = desk.world.together, [happens]

    def look(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
        if waiting:
            waiting[0]()
            waiting.clear()
        return together(tasks)

    desk.world = msgspec.structs.replace(desk.world, together=look)


def sent_to(desk: Desk) -> list[str]:
    ((_, _, openids),) = desk.phone.jobs.values()
    return sorted(openids)


def noted(desk: Desk, named: Sequence[Identifier]) -> list[int]:
    return [desk.noted(each) for each in named]


def test_a_no_at_any_step_of_the_work_counts_if_it_was_said_before_the_call() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            named = people(desk, "ann", "bob", "cid")
            desk.plan(named)
            asked: list[int] = []

            def forbid() -> None:
                desk.house.say(NO, named[1])
                asked.append(desk.phone.asked)

            chaos.run(desk.work, forbid)

            too_late = asked == [1]
            assert sent_to(desk) == ["a-ann", *(["a-bob"] if too_late else []), "a-cid"]
            assert noted(desk, named) == [1, int(too_late), 1]
            assert desk.kept().outcomes == ({"chosen": 3} if too_late else {"chosen": 2, SKIPPED: 1})

    assert try_every_order(play, switches=1) > 25


def test_whatever_happens_to_a_call_of_ours_after_a_no_it_goes_to_the_others_once() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            named = people(desk, "ann", "bob", "cid")
            desk.plan(named)
            right_before_the_last_look(desk, lambda: desk.house.say(NO, named[1]))
            chaos.run(desk.work)
            desk.settle()

            assert (sent_to(desk), desk.outcome()[0], desk.used) == (["a-ann", "a-cid"], "accepted", {"people": 1})
            assert (desk.noted(named[0]), desk.noted(named[2])) == (1, 1)

    assert try_every_fault(play, fates=(Fate.crashes_before, Fate.crashes_after, Fate.conflicts)) > 40


def test_fewer_than_wechat_takes_are_no_mass_send_at_the_last_look_either(desk: Desk) -> None:
    named = people(desk, "ann", "bob")
    desk.plan(named)
    right_before_the_last_look(desk, lambda: desk.house.say(NO, named[1]))

    desk.work_off()

    assert (desk.outcome(), desk.phone.asked, desk.used) == (("failed", "too_few"), 0, {"people": 0})
    assert (desk.kept().outcomes, noted(desk, named)) == ({"chosen": 1, SKIPPED: 1}, [0, 0])


def test_a_no_before_the_second_call_counts_where_wechat_took_no_more_of_the_first_ones_token(desk: Desk) -> None:
    named = people(desk, "ann", "bob", "cid")
    desk.plan(named)

    def forbid() -> None:
        TokenRow(BRAND, Slot(BRAND, desk.account.appid).name, token="newer", version=2, expires_at=2**31).save()
        desk.house.say(NO, named[1])

    desk.phone.fates, desk.phone.meanwhile = ["token rejected"], forbid
    desk.work_off()

    assert (sent_to(desk), noted(desk, named)) == (["a-ann", "a-cid"], [1, 0, 1])


def test_a_no_that_comes_with_a_join_is_theirs_too(desk: Desk) -> None:
    named, other = people(desk, "ann", "bob", "cid"), openid("mini", "m-bob")
    desk.house.people.recognise(other)
    desk.house.say(NO, other)
    desk.plan(named)

    def join() -> None:
        for each in (named[1], other):
            desk.house.people.link(each, unionid("u-bob"))

    right_before_the_last_look(desk, join)
    desk.work_off()

    assert (sent_to(desk), desk.noted(named[1])) == (["a-ann", "a-cid"], 0)


@pytest.mark.parametrize("when", ["before its turn", "after it"])
def test_of_who_says_no_between_a_lost_answer_and_the_repeat_nobody_knows(desk: Desk, when: str) -> None:
    named = people(desk, "ann", "bob", "cid")
    desk.plan(named)
    desk.phone.fates = ["answer lost"]
    desk.work_off()

    if when == "before its turn":
        desk.house.say(NO, named[1])
    else:
        right_before_the_last_look(desk, lambda: desk.house.say(NO, named[1]))
    desk.tick(seconds=ASKED_AFTER_S)

    assert (sent_to(desk), noted(desk, named)) == (["a-ann", "a-bob", "a-cid"], [1, 1, 1])
    assert desk.kept().outcomes == {"chosen": 2, "unknown: consent": 1}


def test_who_is_dropped_while_wechat_is_away_is_noted_with_nothing(desk: Desk) -> None:
    named = people(desk, "ann", "bob", "cid")
    desk.plan(named)
    right_before_the_last_look(desk, lambda: desk.house.say(NO, named[1]))
    desk.phone.fates = ["request lost", "crashes before"]

    desk.work_off()

    assert noted(desk, named) == [1, 0, 1]


def test_a_tables_fault_at_the_last_look_sends_nothing_and_leaves_no_doubt(desk: Desk) -> None:
    desk.plan(people(desk, "ann", "bob"))

    troubles = [TableError("away")]

    def fail() -> None:
        if troubles:
            raise troubles.pop()

    right_before_the_last_look(desk, fail)
    desk.work_off()
    before = (desk.outcome(), desk.phone.asked)
    desk.settle()

    assert before == (("planned", "busy"), 0)
    assert sent_to(desk) == ["a-ann", "a-bob"]


def test_the_last_look_is_a_few_batches_of_reads_for_each_hundred(desk: Desk) -> None:
    desk.plan(people(desk, *(f"{number:03d}" for number in range(101))))
    chaos = Chaos(turns=())
    right_before_the_last_look(desk, lambda: chaos.tape.append("the last look"))

    chaos.run(desk.work)

    after = chaos.tape[chaos.tape.index("the last look") + 1 :]
    assert after[:4] == ["0 BatchGetItem"] * 4  # who they are and what they said, of a hundred and of one
    assert after[4] == "0 PutItem"
