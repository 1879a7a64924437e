"""Which people did what: every kind of condition, whose the events are, pages, and questions that cannot be meant."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.archive.flows import asking
from chalicelib.archive.rules import questions
from chalicelib.archive.words.catalogue import Ask
from chalicelib.errors import Busy
from chalicelib.staff.words import Scope
from tests.archive.brand import Shop
from tests.builders import make_key
from tests.scene import away


def test_events_are_counted_per_person_within_their_days(shop: Shop) -> None:
    often, seldom, late = shop.who(), shop.who(), shop.who()
    old = "2026-10-01T12:00:00+08:00"
    shop.bring(*(shop.event(often, "browse") for _ in range(3)), shop.event(seldom, "browse"), shop.event(seldom, "browse", at=old))
    shop.bring(shop.event(late, "browse", at=old), shop.event(late, "browse", at=old))

    twice = shop.who_did({"event": "browse", "at_least": 2, "in_days": 30})
    twice_in_all = shop.who_did({"event": "browse", "at_least": 2, "in_days": 90})

    assert twice == {shop.person(often)}
    assert twice_in_all == {shop.person(often), shop.person(seldom), shop.person(late)}


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({"is": "A1"}, {"text"}),
        ({"is": 5}, {"number"}),
        ({"is": 5.0}, {"number"}),
        ({"is": True}, {"flag"}),
        ({"is": "5"}, {"number"}),
        ({"one_of": ["A1", 5]}, {"text", "number"}),
        ({"at_least": 4.5}, {"number"}),
        ({"at_least": 4, "at_most": 4.9}, set()),
        ({"at_most": 5}, {"number"}),
        ({"is": "'; DROP TABLE lines; --"}, set()),
    ],
)
def test_a_property_is_compared_as_json_writes_it(shop: Shop, asked: dict[str, Any], fits: set[str]) -> None:
    persons = people_with_properties(shop)

    found = shop.who_did({"event": "try", "where": [{"property": "what", **asked}]})

    assert found == {persons[each] for each in fits}


def people_with_properties(shop: Shop) -> dict[str, str]:
    """Three people who did the same with another value each; brought once."""
    if not hasattr(shop, "tried"):
        who = {name: shop.who() for name in ("text", "number", "flag")}
        values = {"text": "A1", "number": 5, "flag": True}
        shop.bring(*(shop.event(who[name], "try", what=value) for name, value in values.items()))
        shop.tried = {name: shop.person(each) for name, each in who.items()}  # type: ignore[attr-defined]
    tried: dict[str, str] = shop.tried  # type: ignore[attr-defined]
    return tried


def test_conditions_are_put_together(shop: Shop) -> None:
    both, one, other, neither = (shop.who() for _ in range(4))
    shop.bring(shop.event(both, "x"), shop.event(both, "y"), shop.event(one, "x"), shop.event(other, "y"), shop.event(neither, "z"))
    persons = {name: shop.person(who) for name, who in {"both": both, "one": one, "other": other, "neither": neither}.items()}
    x, y, z = {"event": "x"}, {"event": "y"}, {"event": "z"}

    found = {
        "and": shop.who_did({"and": [x, y]}),
        "or": shop.who_did({"or": [x, y]}),
        "and not": shop.who_did({"and": [x, {"not": y}]}),
        "not": shop.who_did({"and": [{"not": {"or": [x, y]}}, {"or": [x, y, z]}]}),
    }

    assert found == {
        "and": {persons["both"]},
        "or": {persons["both"], persons["one"], persons["other"]},
        "and not": {persons["one"]},
        "not": {persons["neither"]},
    }


def test_of_a_record_its_highest_version_is_asked_however_often_it_changed(shop: Shop) -> None:
    paid, cancelled = shop.who(), shop.who()
    first, second = shop.order(who=paid), shop.order(who=cancelled)
    shop.bring(first, second)
    shop.bring({**second, "data": {**second["data"], "状态": "已取消", "updated_at": "2026-11-20T11:30:00+08:00"}})

    found = shop.who_did({"record": "order", "where": [{"property": "state", "is": 1}, {"property": "total_fen", "at_least": 1000}]})

    assert shop.person(paid) in found
    assert shop.person(cancelled) not in found


def test_what_two_ends_brought_is_one_persons_after_a_join_and_twos_after_a_split(shop: Shop) -> None:
    phone, member = shop.who(), {"member_no": shop.new_id()}
    shop.bring(shop.event(phone, "tap"), shop.event(member, "tap"))
    twice = {"event": "tap", "at_least": 2}
    a, b = ({"type": kind, "value": value} for who in (phone, member) for kind, value in who.items())
    apart = shop.who_did(twice)

    shop.house.call("POST", "/v1/links", {"links": [{"a": a, "b": b, "rank": "verified"}]}, key=shop.key)
    shop.house.work()
    joined = shop.who_did(twice)
    shop.compact()
    compacted, person = shop.who_did(twice), shop.person(phone)
    shop.house.clock.advance(seconds=1)
    shop.house.call("POST", "/v1/splits", {"a": a, "b": b, "reason": "two people"}, key=shop.key)
    shop.house.work()
    shop.compact()
    split = shop.who_did(twice)

    assert (apart, compacted, split) == (set(), {person}, set())
    assert joined in (set(), compacted)  # who is whose is as of the last time the archive was put in order


def test_unionids_are_told_to_keys_that_may_see_them_and_that_is_written_down(shop: Shop) -> None:
    union = {"unionid": "oUnion0000000000000000000001"}
    shop.bring(shop.event(union, "buy"))
    query = shop.ask({"event": "buy"})
    key = make_key(shop.house, "demo", Scope.records_read, Scope.personal_read)

    plain, revealed = shop.answer(query["id"]), shop.answer(query["id"], key=key)

    person = shop.person(union)
    assert plain["people"] == [{"person": person}]
    assert revealed["people"] == [{"person": person, "unionids": ["oUnion0000000000000000000001"]}]
    assert [row["did"]["S"] for row in shop.house.rows("audit")].count("query.revealed") == 1


def test_what_is_no_question_is_not_written_down(shop: Shop) -> None:
    key = make_key(shop.house, "demo", Scope.records_read, Scope.personal_read)

    status, _ = shop.house.call("GET", "/v1/queries/13912345678", key=key)

    assert status == 404
    assert "13912345678" not in str(shop.house.rows("audit"))


def test_an_answer_is_read_page_by_page(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PEOPLE_AT_ONCE", 4)
    shop.bring(*(shop.event(shop.who(), "walk") for _ in range(11)))
    query, seen, cursor = shop.ask({"event": "walk"}), [], ""

    while True:
        page = shop.answer(query["id"], limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [each["person"] for each in page["people"]]
        if page["cursor"] is None:
            break
        cursor = page["cursor"]

    assert query["found"] == len(seen) == len(set(seen)) == 11
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("people", "place"),
    [
        ({}, "$.people"),
        ({"event": "x", "record": "order"}, "$.people"),
        ({"and": []}, "$.people.and"),
        ({"and": [{"event": "x"}], "at_least": 2}, "$.people"),
        ({"event": "x", "at_least": 0}, "$.people.at_least"),
        ({"event": "x", "in_days": 91}, "$.people.in_days"),
        ({"event": "x", "where": [{"property": "a"}]}, "$.people.where[0]"),
        ({"event": "x", "where": [{"property": "a", "is": 1, "at_least": 1}]}, "$.people.where[0]"),
        ({"event": "x", "where": [{"property": 'a"b', "is": 1}]}, "$.people.where[0].property"),
        ({"events": "x"}, "$.people"),
        ({"not": {"not": {"not": {"not": {"not": {"event": "x"}}}}}}, "$.people"),
        ({"and": [{"or": [{"event": "x"}] * 10}] * 3}, "$.people"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused_by_its_field(shop: Shop, people: dict[str, Any], place: str) -> None:
    status, body = shop.house.call("POST", "/v1/people/query", {"people": people}, key=shop.key)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert f"`{place}" in body["Message"]


def test_a_question_nobody_asked_or_whose_week_is_over_is_missing(shop: Shop) -> None:
    query = shop.ask({"event": "nothing"})["id"]

    never = shop.house.call("GET", "/v1/queries/01J00000000000000000000000", key=shop.key)
    shop.house.clock.advance(days=7, seconds=1)
    late = shop.house.call("GET", f"/v1/queries/{query}", key=shop.key)
    shop.house.clock.advance(days=-7, seconds=-1)

    assert [(status, body["Code"]) for status, body in (never, late)] == [(404, "query_missing")] * 2


def test_however_much_waits_all_of_it_is_looked_at(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_FRESH", 1)
    people = [shop.who() for _ in range(5)]
    for who in people:
        shop.bring(shop.event(who, "queue"))

    assert shop.who_did({"event": "queue"}) == {shop.person(who) for who in people}


def test_what_somebody_calls_a_question_that_is_none_is_not_written_down(shop: Shop) -> None:
    key = make_key(shop.house, "demo", Scope.records_read, Scope.personal_read)

    status, _ = shop.house.call("GET", "/v1/queries/13912345678", key=key)

    assert status == 404
    assert "13912345678" not in str(shop.house.rows("audit"))


def test_a_question_that_cannot_be_answered_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "write_sql", lambda asked, as_of: ("(SELECT nothing)", []))

    answer = shop.ask({"event": "x"})

    assert (answer["state"], answer["why"], answer["people"]) == ("failed", "internal", [])


def test_a_question_survives_a_bucket_that_is_away(shop: Shop) -> None:
    who = shop.who()
    shop.bring(shop.event(who, "stay"))
    _, asked = shop.house.call("POST", "/v1/people/query", {"people": {"event": "stay"}}, key=shop.key)

    errand = Ask(brand="demo", query=asked["id"])

    with away("s3"), pytest.raises(Busy):
        asking.answer(errand, world=shop.house.world, now=shop.house.clock())
    waiting = shop.answer(asked["id"])
    shop.house.work()

    assert waiting["state"] == "waiting"
    assert shop.answer(asked["id"])["found"] == 1
