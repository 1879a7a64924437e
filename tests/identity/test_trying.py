"""Other rules, tried out: who would come together, who apart, and nothing is changed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.errors import Invalid
from chalicelib.identity.flows.trying import try_rules
from chalicelib.identity.rules import trial
from chalicelib.identity.words import IdentifierType, Rank
from chalicelib.identity.words.trials import Trial, TrialOrder
from tests.identity.people import BRAND, People, app_uid, member_no, phone

PHONE = phone("13812345678")


def attempt(people: People, order: TrialOrder) -> Trial:
    return try_rules(BRAND, order, world=people.ground.world)


def contest(people: People) -> None:
    """One member has used two app accounts: a person has one."""
    people.link(member_no("M-1"), app_uid("first"), Rank.verified)
    people.ground.clock.advance(days=1)
    people.link(member_no("M-1"), app_uid("second"), Rank.verified)


def recycle(people: People) -> None:
    """Two members had one phone, a hundred days apart."""
    people.link(member_no("M-2"), PHONE, Rank.verified)
    people.ground.clock.advance(days=100)
    people.link(app_uid("third"), PHONE, Rank.verified)


def test_the_same_rules_would_change_nothing(people: People) -> None:
    contest(people)

    tried = attempt(people, TrialOrder())

    assert (tried.sampled, tried.would_join, tried.would_split) == (1, 0, 0)
    assert tried.persons_now == tried.persons_then == 2


def test_a_wider_limit_would_join(people: People) -> None:
    contest(people)

    tried = attempt(people, TrialOrder(limits={IdentifierType.app_uid: 2}))

    assert (tried.would_join, tried.would_split, tried.persons_now, tried.persons_then) == (1, 0, 2, 1)


def test_a_longer_freeze_of_phones_would_join_who_a_recycled_phone_keeps_apart(people: People) -> None:
    recycle(people)

    tried = attempt(people, TrialOrder(phone_reissue_days=365))

    assert (tried.sampled, tried.would_join, tried.would_split) == (1, 1, 0)


def test_a_tighter_limit_would_split(people: People) -> None:
    contest(people)
    for number in ("13911112222", "13911113333"):
        people.link(app_uid("second"), phone(number), Rank.verified, at=people.ground.clock() + timedelta(days=1))

    tried = attempt(people, TrialOrder(limits={IdentifierType.phone: 1}))

    assert (tried.would_join, tried.would_split) == (0, 1)


def test_trying_writes_nothing(people: People) -> None:
    contest(people)
    before = json.dumps(people.ground.dynamo.rows(), sort_keys=True)

    attempt(people, TrialOrder(limits={IdentifierType.app_uid: 2}, phone_reissue_days=1))

    assert json.dumps(people.ground.dynamo.rows(), sort_keys=True) == before


def test_no_more_is_looked_at_than_the_sample_allows(people: People) -> None:
    contest(people)
    recycle(people)

    assert attempt(people, TrialOrder(sample=1)).sampled == 1
    assert attempt(people, TrialOrder()).sampled == 2


def test_the_values_an_anchor_is_linked_to_are_counted(people: People) -> None:
    contest(people)
    recycle(people)

    tried = attempt(people, TrialOrder())

    assert tried.values_per_anchor == {IdentifierType.app_uid: 2.0, IdentifierType.member_no: 1.0, IdentifierType.phone: 1.0}
    assert trial.count_values([]) == {}


def test_a_pointer_has_no_limit(people: People) -> None:
    with pytest.raises(Invalid) as caught:
        attempt(people, TrialOrder(limits={IdentifierType.device: 1}))

    assert "`$.limits`" in caught.value.message
