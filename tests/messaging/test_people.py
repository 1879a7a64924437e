"""The messages to a person: of every identifier they have now, in one order, a page at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.messaging.rules.places import read_cursor, write_cursor
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words import Place
from chalicelib.staff.words import Scope
from tests.builders import MINI_APPID, make_brand, make_key
from tests.house import NOON
from tests.scene import Scene


def person_of(scene: Scene, user: str) -> str:
    person: str = scene.house.call("POST", "/v1/people/lookup", {"type": "unionid", "value": scene.unionid(user)}, key=scene.key)[1]["id"]
    return person


def plan(scene: Scene, user: str, to: dict[str, str] | None = None, *, minutes: float = 60) -> str:
    changes: dict[str, Any] = {"not_before": (scene.house.clock() + timedelta(minutes=minutes)).isoformat()}
    status, planned = scene.post(scene.order(user, **changes, **({"to": to} if to else {})))
    assert status == 202, planned
    planned_id: str = planned["id"]
    return planned_id


def ask(scene: Scene, person: str, query: str = "", key: str = "") -> tuple[int, Any]:
    return scene.house.call("GET", f"/v1/people/{person}/messages{query}", key=key or scene.key)


def listed(scene: Scene, person: str, query: str = "") -> list[str]:
    status, page = ask(scene, person, query)
    assert status == 200, page
    return [message["id"] for message in page["messages"]]


def test_messages_to_every_identifier_of_a_person_are_listed_the_latest_due_first(scene: Scene) -> None:
    user = scene.customer()
    first = plan(scene, user, minutes=10)
    last = plan(scene, user, {"type": "unionid", "value": scene.unionid(user)}, minutes=30)
    between = plan(scene, user, minutes=20)
    plan(scene, scene.customer())

    status, page = ask(scene, person_of(scene, user))

    assert status == 200
    assert [message["id"] for message in page["messages"]] == [last, between, first]
    assert page["cursor"] is None
    assert page["messages"][0] == scene.message(last)


def test_a_split_leaves_each_with_the_messages_said_to_their_own_and_its_undo_brings_them_together(scene: Scene) -> None:
    user = scene.customer()
    phone = {"type": "phone", "value": "13800001111"}
    mini = {"type": "openid", "value": scene.openid(user, MINI_APPID), "account": "demo.mini"}
    link = {"a": mini, "b": phone, "rank": "verified", "source": "crm"}
    assert scene.house.call("POST", "/v1/links", {"links": [link]}, key=scene.key)[0] == 200
    to_mini, to_phone = plan(scene, user, minutes=10), plan(scene, user, phone, minutes=20)
    person = person_of(scene, user)
    together = listed(scene, person)

    _, split = scene.house.call("POST", "/v1/splits", {"a": phone, "b": mini, "reason": "the mother's phone"}, key=scene.key)
    apart = listed(scene, split["person_a"]), listed(scene, split["person_b"])
    scene.house.call("DELETE", f"/v1/splits/{split['id']}", key=scene.key)

    assert together == listed(scene, person) == [to_phone, to_mini]
    assert apart == ([to_phone], [to_mini])


def test_pages_show_every_message_once_also_those_due_in_the_same_second(scene: Scene) -> None:
    user = scene.customer()
    unionid = {"type": "unionid", "value": scene.unionid(user)}
    planned = {plan(scene, user, to, minutes=minutes) for to in (None, unionid) for minutes in (5, 5, 5, 7)}
    person, seen, query = person_of(scene, user), list[str](), "?limit=3"

    while query:
        _, page = ask(scene, person, query)
        seen += [message["id"] for message in page["messages"]]
        query = f"?limit=3&cursor={page['cursor']}" if page["cursor"] else ""

    assert len(seen) == len(planned) == 8
    assert set(seen) == planned


def test_what_is_kept_no_more_is_left_out(scene: Scene) -> None:
    user = scene.customer()
    gone, there = plan(scene, user, minutes=10), plan(scene, user, minutes=20)
    message = tables.read_message("demo", gone)
    assert message is not None
    index = tables.list_places

    def still_listed(*given: Any, **named: Any) -> list[Place]:
        return [*index(*given, **named), Place(NOON, "01KB00000000000000000000AB")] if given[1] == message.to else index(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "list_places", still_listed)
        shown = listed(scene, person_of(scene, user))

    assert shown == [there, gone]


@pytest.mark.parametrize("cursor", ["x", "MTIz", "LTEjYWJj", "OTk5OTk5OTk5OTk5OTkjYWJj", "MTIzI2EtYg", "%F0%9F"])
def test_a_cursor_that_was_never_given_is_refused(scene: Scene, cursor: str) -> None:
    status, refused = ask(scene, person_of(scene, scene.customer()), f"?cursor={cursor}")

    assert (status, refused["Code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "٣"])
def test_a_page_has_one_to_a_hundred_messages(scene: Scene, limit: str) -> None:
    status, refused = ask(scene, person_of(scene, scene.customer()), f"?limit={limit}")

    assert (status, refused["Code"]) == (400, "field_invalid")


def test_a_cursor_says_where_it_stands(scene: Scene) -> None:
    place = Place(NOON, "01KB00000000000000000000AB")

    assert read_cursor(write_cursor(place)) == place


def test_nobody_and_another_brands_person_have_no_messages_to_show(scene: Scene) -> None:
    person = person_of(scene, scene.customer())
    other = make_brand(scene.house, "other")

    assert ask(scene, "01KB00000000000000000000AB")[1]["Code"] == "person_missing"
    assert ask(scene, person, key=other)[1]["Code"] == "person_missing"
    assert ask(scene, person, key=make_key(scene.house, "demo", Scope.people_read))[1]["Code"] == "scope_missing"
