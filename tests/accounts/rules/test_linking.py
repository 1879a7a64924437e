"""What WeChat's list of mini programs means, case by case."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.accounts.rules import linking as rules
from chalicelib.accounts.words import Account, Kind
from chalicelib.accounts.words.linking import Asked, LinkState, Program
from chalicelib.errors import Conflict, Declined, Invalid
from chalicelib.wechat.platforms import LinkedProgram
from tests.house import NOON

MINI = Program(appid="wx1", account="demo.mini", original_id="gh_1", title="Shop")


def item(status: int, username: str = "gh_1", appid: str = "") -> LinkedProgram:
    return LinkedProgram(status=status, username=username, appid=appid, nickname="店")


@pytest.mark.parametrize(
    ("status", "state"),
    [(1, "linked"), (2, "waits_for_mini_program"), (3, "refused_by_mini_program"), (12, "waits_for_official_account"), (4, "undocumented")],
)
def test_wechats_numbers_are_said_in_words_of_two_languages(status: int, state: str) -> None:
    shown = rules.show(item(status), [MINI])

    assert (shown.status, shown.state) == (status, state)
    for said in (shown.means, shown.next):
        assert re.search("[\u4e00-\u9fff]", said.zh)
        assert re.search("[a-z]", said.en)


def test_every_state_has_its_words() -> None:
    assert set(rules.MEANS) == set(rules.NEXT) == set(LinkState)


@pytest.mark.parametrize("state", [LinkState.waits_for_mini_program, LinkState.waits_for_official_account])
def test_who_waits_is_told_how_long_it_takes(state: LinkState) -> None:
    assert "1–3 个工作日" in rules.NEXT[state].zh
    assert "1–3 working days" in rules.NEXT[state].en


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        (item(1, "gh_other", "wx1"), True),
        (item(2, "gh_1"), True),
        (item(2, "gh_other"), False),
        (item(1, "gh_other", "wx2"), False),
        (item(2, ""), False),
    ],
)
def test_a_mini_program_is_found_by_its_appid_or_its_original_id(listed: LinkedProgram, found: bool) -> None:
    assert (rules.find_item([listed], MINI) is not None) is found


def test_two_without_an_original_id_are_not_taken_for_one_another() -> None:
    assert rules.find_item([item(2, "")], Program(appid="wx1")) is None


def test_what_is_listed_is_shown_with_its_account_where_that_is_known() -> None:
    known, strange = rules.show(item(2), [MINI]), rules.show(item(1, "gh_9", "wx9"), [MINI])

    assert (known.account, known.appid, known.title) == ("demo.mini", "wx1", "店")
    assert (strange.account, strange.appid) == (None, "wx9")


@pytest.mark.parametrize(
    ("asked_s", "program", "listed", "waits"),
    [
        (None, MINI, [], False),
        (59, MINI, [], True),
        (60, MINI, [], False),
        (60, Program(appid="wx1"), [item(12, "gh_strange")], True),
        (60, Program(appid="wx1"), [item(12, "gh_known")], False),
        (60, Program(appid="wx1"), [item(3, "gh_strange")], False),
        (60, Program(appid="wx1"), [], False),
        (60, MINI, [item(12, "gh_strange")], False),
        (30 * 86400, Program(appid="wx1"), [item(12, "gh_strange")], False),
    ],
)
def test_what_the_list_does_not_name_may_wait_when_it_was_asked_for(
    asked_s: int | None, program: Program, listed: list[LinkedProgram], waits: bool
) -> None:
    asked = None if asked_s is None else Asked(appid="wx1", link_at=NOON - timedelta(seconds=asked_s))

    assert rules.may_wait(asked, listed, program, {"gh_known"}, NOON) is waits


def test_only_the_end_of_a_link_was_asked_for_so_nothing_waits() -> None:
    assert not rules.may_wait(Asked(appid="wx1", unlink_at=NOON), [], MINI, set(), NOON)


def test_limits_count_what_is_linked_and_what_was_asked_for_in_beijings_month() -> None:
    midnight = datetime(2026, 11, 30, 16, tzinfo=UTC)  # December in Beijing
    asked = [Asked(appid=str(each), link_at=midnight + timedelta(seconds=each)) for each in (-1, 0, 1)]

    limits = rules.count_limits([item(1), item(1), item(2), item(12)], [*asked, Asked(appid="x", unlink_at=midnight)], midnight)

    assert (limits.linked, limits.asked_this_month) == (2, 2)
    assert (limits.same_subject_most, limits.other_subjects_most, limits.asked_a_month_most) == (10, 3, 13)


@pytest.mark.parametrize(("linked", "asked", "full"), [(12, 12, False), (13, 0, True), (0, 13, True)])
def test_a_limit_that_is_known_to_be_reached_is_not_asked_against(linked: int, asked: int, full: bool) -> None:
    limits = rules.count_limits([item(1)] * linked, [Asked(appid=str(each), link_at=NOON) for each in range(asked)], NOON)

    if full:
        with pytest.raises(Declined) as caught:
            rules.check_limits(limits)
        assert caught.value.code == "mini_programs_full"
    else:
        rules.check_limits(limits)


@pytest.mark.parametrize(
    ("errcode", "kind", "code", "says"),
    [
        (1003, Declined, "mini_programs_full", "another person"),
        (1005, Declined, "mini_programs_full", "phone"),
        (89407, Declined, "mini_programs_full", "10 of the same subject and 3"),
        (45009, Declined, "mini_programs_full", "13 new"),
        (89013, Declined, "mini_program_blocked", "console"),
        (40013, Invalid, "field_invalid", "$.mini_program"),
        (61003, Conflict, "platform_needed", "33"),
        (61007, Conflict, "platform_needed", "33"),
        (48001, Declined, "wechat_declined", "errcode"),
    ],
)
def test_what_wechat_refuses_says_what_to_do(errcode: int, kind: type[Exception], code: str, says: str) -> None:
    refused = rules.explain(Declined(errcode=errcode))

    assert isinstance(refused, kind)
    assert refused.code == code
    assert says in refused.message


def test_the_steps_name_both_ends_in_the_order_they_are_done() -> None:
    official = Account(id="demo.oa", brand="demo", name="oa", kind=Kind.official_account, appid="wx-oa", title="示例", created_at=NOON)

    steps = rules.list_steps(official, [MINI])
    alone = rules.list_steps(official, [])

    assert "wx-oa" in steps[0].zh
    assert "wx-oa" in steps[0].en
    assert "关联小程序" in steps[1].zh
    assert "wx1" in steps[3].zh
    assert "wx1" in steps[3].en
    assert "管理员" in steps[4].zh
    assert "10" in steps[6].en
    assert len(steps) == len(alone) == 7
    assert "wx1" not in str(alone)
