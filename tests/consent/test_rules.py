"""Rules of consent by themselves: in any order the same, a no wins, leave is counted once however often it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.consent.rules import allowances, consents, grants, preferences, sends
from chalicelib.consent.rules.grants import Source
from chalicelib.consent.rules.hearing import hear_popup, hear_refused
from chalicelib.consent.words import Channel, Choice, Purpose, Said, Scope, Sent, Side, Trigger
from chalicelib.errors import Invalid

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MARKETING = Purpose.marketing
EVERYTHING, PUSH, APP, PUSH_APP = (
    Scope(MARKETING),
    Scope(MARKETING, Channel.push),
    Scope(MARKETING, None, "app"),
    Scope(MARKETING, Channel.push, "app"),
)
SCOPES = (EVERYTHING, PUSH, APP, PUSH_APP, Scope(MARKETING, Channel.sms), Scope(MARKETING, None, "oa"))
words = st.lists(st.tuples(st.sampled_from(SCOPES), st.booleans()), max_size=5)
TEMPLATE = "TPL_A"


def said(*spoken: tuple[Scope, bool]) -> Side:
    side = Side()
    for scope, granted in spoken:
        side = consents.say(side, scope, granted=granted, text="1/zh", now=NOW)
    return side


def decide(side: Side) -> bool | None:
    return consents.decide(side.consents, MARKETING, Channel.push, "app")


@pytest.mark.parametrize(
    ("spoken", "outcome"),
    [
        ((), None),
        (((PUSH, True),), True),
        (((PUSH, True), (EVERYTHING, False)), False),
        (((EVERYTHING, False), (PUSH, True)), True),
        (((PUSH, False), (EVERYTHING, True)), False),
        (((APP, False), (PUSH, True)), False),
        (((EVERYTHING, True), (EVERYTHING, False), (EVERYTHING, True)), True),
        (((PUSH_APP, True), (APP, False)), False),
        (((Scope(MARKETING, Channel.sms), False), (EVERYTHING, True)), True),
        (((Scope(MARKETING, None, "oa"), False),), None),
    ],
)
def test_a_no_takes_back_what_was_before_and_a_wide_yes_takes_back_no_narrow_no(
    spoken: tuple[tuple[Scope, bool], ...], outcome: bool | None
) -> None:
    assert decide(said(*spoken)) is outcome


@settings(deadline=None)
@given(st.lists(words, max_size=4))
def test_a_person_is_the_same_whatever_order_their_identifiers_are_read_in(histories: list[list[tuple[Scope, bool]]]) -> None:
    decisions = [decide(said(*history)) for history in histories]

    folded = {consents.fold(order) for order in permutations(decisions)}

    assert len(folded) == 1
    assert (folded == {False}) == (False in decisions)


@given(st.lists(st.sampled_from([True, False, None]), max_size=6), st.integers(0, 6))
def test_joined_in_parts_it_is_the_same_as_joined_at_once(decisions: list[bool | None], cut: int) -> None:
    parts = [consents.fold(decisions[:cut]), consents.fold(decisions[cut:])]

    assert consents.fold(parts) is consents.fold(decisions)


@given(words)
def test_no_marketing_is_the_end_of_it_on_every_end(history: list[tuple[Scope, bool]]) -> None:
    side = said(*history, (EVERYTHING, False))

    assert {consents.decide(side.consents, MARKETING, channel, end) for channel in Channel for end in ("app", "oa", "mini")} == {False}


@given(words, st.sampled_from(SCOPES), st.booleans())
def test_the_same_said_twice_is_said_once(history: list[tuple[Scope, bool]], scope: Scope, granted: bool) -> None:
    once = said(*history, (scope, granted))

    assert consents.say(once, scope, granted=granted, text="1/zh", now=NOW + consents.LATELY) == once


@given(words, st.sampled_from(SCOPES), st.booleans())
def test_the_same_said_later_moves_a_yes_alone_and_decides_nothing_else(
    history: list[tuple[Scope, bool]], scope: Scope, granted: bool
) -> None:
    once = said(*history, (scope, granted))

    again = consents.say(once, scope, granted=granted, text="1/zh", now=NOW + timedelta(hours=1))

    assert (again == once) is not granted
    assert decide(again) is decide(once)


def test_a_no_after_a_yes_is_called_withdrawn() -> None:
    assert said((PUSH, False)).consents[str(PUSH)].choice is Choice.denied
    assert said((PUSH, True), (PUSH, False)).consents[str(PUSH)].choice is Choice.withdrawn


def test_words_keep_their_order_when_a_clock_goes_back() -> None:
    earlier = consents.say(said((PUSH, True)), EVERYTHING, granted=False, text="", now=NOW - timedelta(hours=1))

    assert decide(earlier) is False
    assert isinstance(earlier.consents[str(EVERYTHING)], Said)


def test_preferences_go_by_the_most_specific_word_and_off_wins_between_identifiers() -> None:
    topic_off = preferences.switch(Side(), "orders", None, on=False, now=NOW)
    but_by_push = preferences.switch(topic_off, "orders", Channel.push, on=True, now=NOW)
    no_texts = preferences.switch(Side(), "", Channel.sms, on=False, now=NOW)

    assert not preferences.is_wanted([topic_off], "orders", Channel.push)
    assert preferences.is_wanted([but_by_push], "orders", Channel.push)
    assert not preferences.is_wanted([but_by_push], "orders", Channel.sms)
    assert not preferences.is_wanted([but_by_push, topic_off], "orders", Channel.push)
    assert not preferences.is_wanted([no_texts], "news", Channel.sms)
    assert preferences.is_wanted([no_texts, Side()], "news", Channel.push)


@given(st.lists(st.tuples(st.sampled_from(Source), st.integers(0, 3)), max_size=12))
def test_an_accept_told_by_both_is_one_accept(told: list[tuple[Source, int]]) -> None:
    side = Side()
    for source, second in told:
        side = grants.accept(side, TEMPLATE, source, long_term=False, at=NOW + timedelta(seconds=second))

    by_source = [sum(source is each for source, _ in told) for each in Source]
    assert grants.find_grant(side, TEMPLATE).count <= sum(by_source)
    assert grants.find_grant(side, TEMPLATE).count >= max(by_source, default=0)


@given(st.integers(0, 5), st.integers(0, 5), st.randoms())
def test_in_any_order_of_the_two_reports_as_many_are_counted_as_there_were_popups(both: int, alone: int, random: object) -> None:
    reports = [Source.client, Source.callback] * both + [Source.callback] * alone
    getattr(random, "shuffle")(reports)  # noqa: B009 - hypothesis hands out a Random that says no type
    side = Side()
    for source in reports:
        side = grants.accept(side, TEMPLATE, source, long_term=False, at=NOW)

    assert grants.find_grant(side, TEMPLATE).count == both + alone


def test_two_reports_far_apart_are_two_accepts() -> None:
    side = grants.accept(Side(), TEMPLATE, Source.client, long_term=False, at=NOW)

    later = grants.accept(side, TEMPLATE, Source.callback, long_term=False, at=NOW + timedelta(minutes=11))

    assert grants.find_grant(later, TEMPLATE).count == 2


@given(st.lists(st.sampled_from(["accept", "refuse", "spend", "none", "back"]), max_size=20))
def test_leave_never_goes_below_zero(steps: list[str]) -> None:
    side, taken = Side(), 0
    for number, step in enumerate(steps):
        at, grant = NOW + timedelta(minutes=20 * number), grants.find_grant(side, TEMPLATE)
        if step == "accept":
            side = grants.accept(side, TEMPLATE, Source.callback, long_term=False, at=at)
        elif step == "refuse":
            side = grants.refuse(side, TEMPLATE, at=at)
        elif step == "none":
            side = grants.none_left(side, TEMPLATE, at=at)
        elif step == "back" and taken:
            side, taken = grants.give_back(side, grant, sent_at=at), taken - 1
        elif step == "spend" and grants.is_reachable(grant):
            side, taken = grants.spend(side, grant), taken + 1
        assert grants.find_grant(side, TEMPLATE).count >= 0
        assert (TEMPLATE in grants.reachable_templates(side)) == (grants.find_grant(side, TEMPLATE).count > 0)


def test_a_no_that_comes_late_takes_nothing_from_a_later_yes_and_back() -> None:
    accepted = grants.accept(Side(), TEMPLATE, Source.callback, long_term=False, at=NOW)
    refused = grants.refuse(accepted, TEMPLATE, at=NOW + timedelta(minutes=1))

    assert grants.find_grant(grants.refuse(accepted, TEMPLATE, at=NOW - timedelta(minutes=1)), TEMPLATE).count == 1
    assert grants.accept(refused, TEMPLATE, Source.callback, long_term=False, at=NOW) == refused, "heard late"
    assert not grants.is_reachable(refused.grants[TEMPLATE])
    assert grants.give_back(refused, Side().grants.get(TEMPLATE) or refused.grants[TEMPLATE], sent_at=NOW) == refused


def test_a_no_and_a_yes_of_one_moment_are_a_no_in_either_order_and_a_late_no_leaves_the_last_yes_alone() -> None:
    yes, no = [grants.accept, grants.refuse]
    at_once = timedelta(milliseconds=900)

    first_yes = no(yes(Side(), TEMPLATE, Source.client, long_term=False, at=NOW + at_once), TEMPLATE, at=NOW)
    first_no = yes(no(Side(), TEMPLATE, at=NOW), TEMPLATE, Source.client, long_term=False, at=NOW + at_once)
    often = Side()
    for minute in range(3):
        often = yes(often, TEMPLATE, Source.client, long_term=False, at=NOW + timedelta(minutes=minute))

    assert [grants.find_grant(side, TEMPLATE).count for side in (first_yes, first_no)] == [0, 0]
    assert grants.find_grant(no(often, TEMPLATE, at=NOW + timedelta(seconds=70)), TEMPLATE).count == 1


def test_a_no_in_a_popup_takes_no_leave_for_one_time_and_ends_leave_for_good() -> None:
    def answered(long_term: frozenset[str], *answers: str) -> Side:
        side = Side()
        for minute, answer in enumerate(answers):
            at = NOW + timedelta(minutes=20 * minute)
            side = hear_popup(side, {TEMPLATE: [answer]}, Source.client, long_term, at=at, heard_at=at)
        return side

    for_one_time = answered(frozenset(), "accept", "accept", "reject", "ban", "filter")
    for_good = answered(frozenset({TEMPLATE}), "accept", "reject")

    assert grants.find_grant(for_one_time, TEMPLATE).count == 2
    assert grants.reachable_templates(for_good) == frozenset()
    switched_off = hear_refused(for_one_time, {TEMPLATE: ["reject"]}, heard_at=NOW + timedelta(hours=3))
    assert grants.find_grant(switched_off, TEMPLATE).count == 0


def test_a_row_does_not_grow_without_end() -> None:
    side = Side()
    for number in range(grants.MOST_TEMPLATES + 5):
        side = grants.accept(side, f"TPL_{number}", Source.client, long_term=False, at=NOW)
        side = grants.refuse(side, f"MADE_UP_{number}", at=NOW)
    for number in range(preferences.MOST):
        side = preferences.switch(side, f"topic{number}", None, on=False, now=NOW)

    assert len(side.grants) == grants.MOST_TEMPLATES
    assert len(grants.reachable_templates(side)) == grants.MOST_TEMPLATES
    with pytest.raises(Invalid):
        preferences.switch(side, "one-more", None, on=False, now=NOW)


def test_a_new_template_counts_however_many_were_used_up_before() -> None:
    side = Side()
    for number in range(grants.MOST_TEMPLATES * 2):
        at = NOW + timedelta(days=number)
        side = grants.accept(side, f"TPL_{number:03}", Source.callback, long_term=False, at=at)
        side = grants.spend(side, side.grants[f"TPL_{number:03}"]) if number else side

    side = grants.accept(side, "TPL_new", Source.callback, long_term=False, at=NOW + timedelta(days=900))

    assert grants.reachable_templates(side) == {"TPL_000", "TPL_new"}
    assert len(side.grants) == grants.MOST_TEMPLATES
    assert "TPL_099" in side.grants, "those of long ago go first"


def test_leave_for_good_is_not_used_up() -> None:
    side = grants.accept(Side(), TEMPLATE, Source.callback, long_term=True, at=NOW)

    for _ in range(3):
        side = grants.spend(side, side.grants[TEMPLATE])

    assert grants.is_reachable(side.grants[TEMPLATE])


def test_sends_are_remembered_in_a_few_bytes_and_service_never_hides_marketing() -> None:
    side = sends.remember(Side(), Sent(message="first", at=NOW, channel=Channel.push, purpose=Purpose.marketing))
    for number in range(60):
        at = NOW + timedelta(minutes=number)
        side = sends.remember(side, Sent(message=f"m{number}", at=at, channel=Channel.sms, purpose=Purpose.service))

    found = sends.unite([side])
    assert len(found) == sends.MOST_SENDS + 1
    assert found[0] == Sent(message=sends.short_of("m59"), at=NOW + timedelta(minutes=59), channel=Channel.sms, purpose=Purpose.service)
    assert found[-1].message == sends.short_of("first")
    assert max(map(len, side.sends)) == 20


def test_old_sends_are_forgotten() -> None:
    side = sends.remember(Side(), Sent(message="old", at=NOW, channel=Channel.push, purpose=Purpose.marketing))

    later = sends.remember(side, Sent(message="new", at=NOW + timedelta(days=33), channel=Channel.push, purpose=Purpose.marketing))

    assert [each.message for each in sends.unite([later])] == [sends.short_of("new")]


def test_room_is_opened_by_the_latest_act_and_used_where_it_ends_first() -> None:
    wrote = allowances.opened(Side(), Trigger.message, most=5, since=NOW, until=NOW + timedelta(hours=48))
    both = allowances.opened(wrote, Trigger.click, most=3, since=NOW, until=NOW + timedelta(minutes=1))

    first = allowances.find_allowance(both, NOW)
    assert first is not None
    assert first.trigger is Trigger.click
    used = allowances.spend(both, first, NOW)
    assert used.allowances[Trigger.click].left == 2
    assert allowances.opened(used, Trigger.click, most=3, since=NOW, until=NOW + timedelta(minutes=1)) == used, "heard again"
    assert allowances.give_back(used, first) == both
    later = allowances.find_allowance(used, NOW + timedelta(hours=1))
    assert later is not None
    assert later.trigger is Trigger.message
    assert allowances.find_allowance(allowances.closed(used, at=NOW), NOW) is None
    assert allowances.closed(used, at=NOW - timedelta(minutes=1)) == used, "what was opened after the send stays"
