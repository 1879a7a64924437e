"""Links and splits over HTTP: verdicts, ranks a key may claim, explanations, what waits for an operator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.tables import TableError
from chalicelib.identity import flows
from chalicelib.staff.words import Scope
from tests.builders import make_accounts, make_brand, make_key
from tests.house import House, open_house

MEMBER, OTHER_MEMBER = {"type": "member_no", "value": "M-000001"}, {"type": "member_no", "value": "M-000002"}
PHONE, APP = {"type": "phone", "value": "13812345678"}, {"type": "app_uid", "value": "app-user-1"}
OPENID = {"type": "openid", "value": "oFollower0001", "account": "demo.oa"}


class Desk:
    """A brand and the key of an operator."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key)

    def link(self, a: Any, b: Any, rank: str = "declared", *, key: str = "", **more: Any) -> Any:
        status, answer = self.house.call("POST", "/v1/links", {"links": [{"a": a, "b": b, "rank": rank, **more}]}, key=key or self.key)
        assert status == 200, answer
        return answer["links"][0]

    def person(self, identifier: Any) -> str:
        status, answer = self.house.call("POST", "/v1/people/lookup", identifier, key=self.key)
        assert status == 200, answer
        return str(answer["id"])

    def split(self, a: Any, b: Any) -> Any:
        status, answer = self.house.call("POST", "/v1/splits", {"a": a, "b": b, "reason": "two people"}, key=self.key)
        assert status == 201, answer
        return answer

    def get(self, path: str) -> Any:
        status, answer = self.house.call("GET", path, key=self.key)
        assert status == 200, answer
        return answer

    def contradict(self) -> str:
        """Two members with one unverified phone; who has it."""
        self.link(MEMBER, PHONE, "verified")
        self.link(OTHER_MEMBER, PHONE, "declared")
        return self.person(PHONE)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture
def desk(house: House) -> Desk:
    house.empty()
    return Desk(house)


def test_a_link_that_is_followed_names_the_person(desk: Desk) -> None:
    verdict = desk.link(MEMBER, PHONE, "verified", source="crm")

    assert verdict == {"verdict": "followed", "person": desk.person(MEMBER), "code": None, "message": None}
    assert desk.person(MEMBER) == desk.person(PHONE)


def test_a_link_that_contradicts_a_stronger_one_is_kept_and_says_why(desk: Desk) -> None:
    desk.link(MEMBER, PHONE, "verified")

    verdict = desk.link(OTHER_MEMBER, PHONE)

    assert (verdict["verdict"], verdict["code"]) == ("rejected", "unverified")
    assert verdict["person"] == desk.person(OTHER_MEMBER) != desk.person(PHONE)
    assert "nobody verified" in verdict["message"]


@pytest.mark.parametrize(
    ("link", "code", "field"),
    [
        ({"a": {"type": "phone", "value": "12345"}, "b": MEMBER}, "field_invalid", "$.links[1].a.value"),
        ({"a": MEMBER, "b": {"type": "member_no", "value": "null"}}, "field_invalid", "$.links[1].b.value"),
        ({"a": MEMBER, "b": {"type": "app_uid", "value": "0"}}, "field_invalid", "$.links[1].b.value"),
        ({"a": MEMBER, "b": {"type": "openid", "value": "oX1234567"}}, "field_invalid", "$.links[1].b.account"),
        ({"a": MEMBER, "b": {"type": "openid", "value": "oX1234567", "account": "other.oa"}}, "account_missing", "$.links[1].b.account"),
        ({"a": PHONE, "b": {"type": "phone", "value": "+86 １３８ 1234-5678"}}, "field_invalid", "$.links[1].b"),
        ({"a": MEMBER, "b": PHONE, "at": "2099-01-01T00:00:00+08:00"}, "field_invalid", "$.links[1].at"),
        ({"a": MEMBER, "b": PHONE, "at": "2026-01-01T00:00:00"}, "field_invalid", "$.links[1].at"),
    ],
)
def test_a_bad_link_is_refused_by_field_and_keeps_no_other_back(desk: Desk, link: Any, code: str, field: str) -> None:
    good = {"a": OTHER_MEMBER, "b": APP}

    status, answer = desk.house.call("POST", "/v1/links", {"links": [good, link, good]}, key=desk.key)

    verdicts = answer["links"]
    assert status == 200
    assert [each["verdict"] for each in verdicts] == ["followed", "refused", "followed"]
    assert verdicts[1]["code"] == code
    assert field in verdicts[1]["message"]
    assert len([row for row in desk.house.rows("identities") if row["sk"]["S"].startswith("L#")]) == 1


def test_a_link_of_an_unknown_type_refuses_the_batch_and_writes_nothing(desk: Desk) -> None:
    links = [{"a": MEMBER, "b": APP}, {"a": MEMBER, "b": {"type": "cookie", "value": "x"}}]

    status, answer = desk.house.call("POST", "/v1/links", {"links": links}, key=desk.key)

    assert (status, answer["Code"]) == (400, "field_invalid")
    assert "links[...]" in answer["Message"] or "links[1]" in answer["Message"]
    assert desk.house.rows("identities") == []


@pytest.mark.parametrize(
    ("scopes", "rank", "allowed"),
    [
        ((Scope.links_write,), "observed", True),
        ((Scope.links_write,), "declared", True),
        ((Scope.links_write,), "verified", False),
        ((Scope.links_write,), "operator", False),
        ((Scope.links_write, Scope.links_verify), "verified", True),
        ((Scope.links_write, Scope.links_verify), "operator", False),
        ((Scope.links_write, Scope.people_operate), "operator", True),
    ],
)
def test_a_keys_scopes_cap_the_rank_it_may_claim(desk: Desk, scopes: tuple[Scope, ...], rank: str, allowed: bool) -> None:
    key = make_key(desk.house, "demo", *scopes)

    verdict = desk.link(MEMBER, PHONE, rank, key=key)

    assert (verdict["verdict"] == "followed") is allowed
    assert allowed or (verdict["code"] == "scope_missing" and desk.house.rows("identities") == [])


def test_nobody_but_our_own_code_attests(desk: Desk) -> None:
    order = {"links": [{"a": MEMBER, "b": PHONE, "rank": "attested"}]}

    status, answer = desk.house.call("POST", "/v1/links", order, key=desk.key)

    assert (status, answer["Code"]) == (400, "field_invalid")


def test_a_split_holds_and_is_taken_back_by_its_id(desk: Desk) -> None:
    desk.link(MEMBER, PHONE, "verified")
    whole = desk.person(MEMBER)

    split = desk.split(MEMBER, PHONE)
    desk.link(MEMBER, PHONE, "verified")

    assert desk.person(MEMBER) == split["person_a"] != split["person_b"] == desk.person(PHONE)
    for _ in range(2):
        status, undone = desk.house.call("DELETE", f"/v1/splits/{split['id']}", key=desk.key)
        assert (status, undone["person_a"], undone["person_b"]) == (200, whole, whole)
    assert desk.person(MEMBER) == desk.person(PHONE) == whole


def test_what_was_split_again_in_the_same_second_is_split(desk: Desk) -> None:
    desk.link(MEMBER, PHONE, "verified")
    split = desk.split(MEMBER, PHONE)
    desk.house.call("DELETE", f"/v1/splits/{split['id']}", key=desk.key)
    desk.house.clock.advance(seconds=1)

    desk.split(MEMBER, PHONE)

    assert desk.person(MEMBER) != desk.person(PHONE)


@pytest.mark.parametrize("split", ["nobody", "01M7VHRXG0G83EFRTNJJN6PQ8A-0123456789abcdef"])
def test_a_split_nobody_made_is_missing(desk: Desk, split: str) -> None:
    status, answer = desk.house.call("DELETE", f"/v1/splits/{split}", key=desk.key)

    assert status == 404
    assert answer["Code"] in ("split_missing", "person_missing")


def test_an_identifier_is_not_split_from_itself_or_from_nobody(desk: Desk) -> None:
    desk.link(MEMBER, PHONE, "verified")

    itself = desk.house.call("POST", "/v1/splits", {"a": MEMBER, "b": MEMBER, "reason": "x"}, key=desk.key)
    nobody = desk.house.call("POST", "/v1/splits", {"a": MEMBER, "b": APP, "reason": "x"}, key=desk.key)

    assert (itself[0], itself[1]["Code"]) == (400, "field_invalid")
    assert (nobody[0], nobody[1]["Code"]) == (404, "person_missing")


def test_a_person_is_explained_link_by_link(desk: Desk) -> None:
    desk.contradict()
    desk.link(OPENID, PHONE, "verified", source="pos")
    person = desk.person(PHONE)

    explained = desk.get(f"/v1/people/{person}/links")

    assert explained["person"] == person
    by_says = {link["says"]: link for link in explained["links"]}
    assert len(explained["links"]) == 3
    rejected = next(link for link in explained["links"] if link["rejection"])
    assert (rejected["rejection"], rejected["rank"]) == ("unverified", "declared")
    assert {rejected["a"]["masked"], rejected["b"]["masked"]} == {"138****5678", "M****"}
    assert {rejected["a"]["person"], rejected["b"]["person"]} == {person, desk.person(OTHER_MEMBER)}
    assert "Followed." in by_says
    assert "13812345678" not in str(explained)


def test_a_split_is_part_of_the_explanation_of_both(desk: Desk) -> None:
    desk.link(MEMBER, PHONE, "verified")
    split = desk.split(MEMBER, PHONE)

    for person in (split["person_a"], split["person_b"]):
        (shown,) = desk.get(f"/v1/people/{person}/links")["splits"]
        assert (shown["active"], shown["reason"]) == (True, "two people")


def test_two_told_apart_before_any_link_are_explained_too(desk: Desk) -> None:
    desk.link(MEMBER, PHONE, "verified")
    desk.link(OTHER_MEMBER, APP)
    desk.split(MEMBER, OTHER_MEMBER)

    (shown,) = desk.get(f"/v1/people/{desk.person(MEMBER)}/links")["splits"]

    assert {shown["a"]["person"], shown["b"]["person"]} == {desk.person(MEMBER), desk.person(OTHER_MEMBER)}


def test_what_contradicts_waits_for_an_operator_who_may_accept_it(desk: Desk) -> None:
    desk.contradict()
    (review,) = desk.get("/v1/reviews")["reviews"]
    (disputed,) = review["links"]

    decided = desk.house.call("POST", f"/v1/reviews/{review['id']}/accept", {"link": disputed["id"], "reason": "seen"}, key=desk.key)

    assert decided[0] == 200
    assert desk.person(OTHER_MEMBER) == desk.person(PHONE) != desk.person(MEMBER)
    assert [link["id"] for link in decided[1]["links"]] != [disputed["id"]]


def test_what_contradicts_waits_no_longer_once_an_operator_rejects_it(desk: Desk) -> None:
    holder = desk.contradict()
    (review,) = desk.get("/v1/reviews")["reviews"]
    (disputed,) = review["links"]

    status, decided = desk.house.call(
        "POST", f"/v1/reviews/{review['id']}/reject", {"link": disputed["id"], "reason": "seen"}, key=desk.key
    )

    assert (status, decided["links"]) == (200, [])
    assert desk.get("/v1/reviews") == {"reviews": [], "cursor": None}
    assert desk.person(PHONE) == holder != desk.person(OTHER_MEMBER)
    assert [row["did"]["S"] for row in desk.house.rows("audit") if row["did"]["S"].startswith("link.")] == ["link.rejected"]


def test_a_review_of_a_link_that_is_not_there_is_missing(desk: Desk) -> None:
    desk.contradict()
    (review,) = desk.get("/v1/reviews")["reviews"]

    status, answer = desk.house.call("POST", f"/v1/reviews/{review['id']}/accept", {"link": "nope", "reason": "x"}, key=desk.key)

    assert (status, answer["Code"]) == (404, "link_missing")


def test_reviews_come_by_pages(desk: Desk) -> None:
    for number in range(23):
        owner, other = ({"type": "member_no", "value": f"{side}-{number:06}"} for side in ("own", "other"))
        shared = {"type": "phone", "value": f"1381234{number:04}"}
        desk.link(owner, shared, "verified")
        desk.link(other, shared)

    first = desk.get("/v1/reviews")
    second = desk.get(f"/v1/reviews?cursor={first['cursor']}")

    ids = [review["id"] for review in first["reviews"] + second["reviews"]]
    assert (len(first["reviews"]), second["cursor"]) == (20, None)
    assert len(set(ids)) == 23


def test_an_old_phone_of_somebody_else_goes_to_who_verified_it_now(desk: Desk) -> None:
    long_ago = (desk.house.clock() - timedelta(days=200)).isoformat()
    desk.link(MEMBER, PHONE, "verified", at=long_ago)

    verdict = desk.link(APP, PHONE, "verified")

    assert (verdict["verdict"], desk.person(PHONE)) == ("followed", desk.person(APP))
    assert desk.person(MEMBER) != desk.person(APP)
    assert desk.get("/v1/reviews")["reviews"][0]["links"][0]["rejection"] == "phone_recycled"


def test_another_brands_people_are_nobodys(desk: Desk) -> None:
    person = desk.contradict()
    other = make_brand(desk.house, "other")

    answers = [
        desk.house.call("GET", f"/v1/people/{person}/links", key=other),
        desk.house.call("POST", "/v1/splits", {"a": MEMBER, "b": PHONE, "reason": "x"}, key=other),
        desk.house.call("GET", "/v1/reviews", key=other),
    ]

    assert [status for status, _ in answers] == [404, 404, 200]
    assert answers[2][1] == {"reviews": [], "cursor": None}


# -- devices, push tokens, anonymous ids -----------------------------------------------------------------------

DEVICE = {"type": "device", "value": "tablet-at-the-till"}


def test_a_device_leads_to_who_was_seen_with_it_and_joins_nobody(desk: Desk) -> None:
    verdict = desk.link(MEMBER, DEVICE, "observed")

    assert verdict["verdict"] == "followed"
    assert desk.person(DEVICE) == desk.person(MEMBER) == verdict["person"]
    assert [each["type"] for each in desk.get(f"/v1/people/{verdict['person']}")["identifiers"]] == ["member_no"]


def test_a_device_of_several_people_names_none_of_them_and_leaves_them_apart(desk: Desk) -> None:
    desk.link(MEMBER, DEVICE, "observed")
    desk.link(DEVICE, OTHER_MEMBER, "verified")

    status, answer = desk.house.call("POST", "/v1/people/lookup", DEVICE, key=desk.key)

    assert (status, answer["Code"]) == (409, "identifier_shared")
    assert desk.person(MEMBER) != desk.person(OTHER_MEMBER)


def test_a_device_of_two_identifiers_of_one_person_names_the_person(desk: Desk) -> None:
    desk.link(MEMBER, DEVICE, "observed")
    desk.link(APP, DEVICE, "observed")

    desk.link(MEMBER, APP, "verified")

    assert desk.person(DEVICE) == desk.person(MEMBER) == desk.person(APP)


def test_two_devices_are_nobody(desk: Desk) -> None:
    verdict = desk.link(DEVICE, {"type": "anonymous_id", "value": "visit-0001"}, "observed")

    assert (verdict["verdict"], verdict["code"]) == ("refused", "field_invalid")
    assert desk.house.rows("identities") == []


def test_a_link_that_was_rejected_may_be_accepted_after_all(desk: Desk) -> None:
    person = desk.contradict()
    (link,) = review_of(desk, person)["links"]
    path = f"/v1/reviews/{person}"
    desk.house.call("POST", f"{path}/reject", {"link": link["id"], "reason": "two"}, key=desk.key)
    desk.house.clock.advance(seconds=100)

    status, _ = desk.house.call("POST", f"{path}/accept", {"link": link["id"], "reason": "one after all"}, key=desk.key)

    assert status == 200
    assert desk.person(MEMBER) == desk.person(OTHER_MEMBER) or link_between(desk, link) == "followed"


def review_of(desk: Desk, person: str) -> Any:
    (found,) = [each for each in desk.get("/v1/reviews")["reviews"] if person in each["persons"]]
    return found


def link_between(desk: Desk, link: Any) -> str:
    """Whether a link of an explanation is followed."""
    shown = desk.get(f"/v1/people/{desk.person(PHONE)}/links")["links"]
    (found,) = [each for each in shown if each["id"] == link["id"]]
    return "rejected" if found["rejection"] else "followed"


def test_split_undone_and_split_again_within_a_second_is_split(desk: Desk) -> None:
    desk.link(MEMBER, PHONE, "verified")
    made = desk.split(MEMBER, PHONE)
    desk.house.call("DELETE", f"/v1/splits/{made['id']}", key=desk.key)

    again = desk.split(MEMBER, PHONE)

    assert again["person_a"] != again["person_b"]


@pytest.mark.parametrize("split", ["xyz", "xyz-0123456789abcdef", "01M7XQF50338T31N0BH1BM3HY4"])
def test_a_split_nobody_made_is_missing_as_a_split(desk: Desk, split: str) -> None:
    status, refused = desk.house.call("DELETE", f"/v1/splits/{split}", key=desk.key)

    assert (status, refused["Code"]) in ((404, "split_missing"), (404, "person_missing"))
    assert refused["Code"] == "split_missing" or split.startswith("01M7")


def test_what_is_wrong_with_a_split_names_its_end(desk: Desk) -> None:
    def refused(a: Any, b: Any) -> str:
        status, body = desk.house.call("POST", "/v1/splits", {"a": a, "b": b, "reason": "x"}, key=desk.key)
        assert status == 400
        return str(body["Message"])

    assert "`$.b.value`" in refused(MEMBER, {"type": "phone", "value": "123"})
    assert "`$.a.value`" in refused({"type": "unionid", "value": "null"}, PHONE)
    assert "nothing to split" in refused(MEMBER, {"type": "device", "value": "tablet-1"})


def test_a_review_begins_behind_no_cursor_nobody_gave(desk: Desk) -> None:
    statuses = [desk.house.call("GET", f"/v1/reviews?cursor={cursor}", key=desk.key) for cursor in ("enp6", "", "x" * 2000)]

    assert {(status, body["Code"]) for status, body in statuses} == {(400, "cursor_invalid")}


def test_an_explanation_tells_of_ones_own_splits_alone(desk: Desk) -> None:
    wife, man = {"type": "email", "value": "Li@163.com"}, {"type": "member_no", "value": "M-000009"}
    desk.link(MEMBER, PHONE, "verified")
    desk.link(OTHER_MEMBER, PHONE, "declared")
    desk.link(OTHER_MEMBER, wife)
    desk.link(man, wife)
    desk.split(man, wife)

    shown = desk.get(f"/v1/people/{desk.person(MEMBER)}/links")

    assert "163.com" not in str(shown["splits"])


def test_a_table_that_is_away_for_one_link_keeps_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = flows.assert_link, list[str]()

    def fail_once(*given: Any, **named: Any) -> Any:
        asked.append("")
        if len(asked) == 2:
            raise TableError("away")
        return real(*given, **named)

    monkeypatch.setattr(flows, "assert_link", fail_once)
    order = {"links": [{"a": MEMBER, "b": PHONE, "rank": "declared"}, {"a": APP, "b": PHONE, "rank": "declared"}]}

    status, answer = desk.house.call("POST", "/v1/links", order, key=desk.key)

    assert status == 200
    assert [(each["verdict"], each.get("code")) for each in answer["links"]] == [("followed", None), ("refused", "busy")]
    assert "`$.links[1]`" in answer["links"][1]["message"]


@pytest.mark.parametrize(("value", "masked"), [("li@163.com", "l****@163.com"), ("Ann@QQ.com", "a****@qq.com"), ("no-at-sign", "no****gn")])
def test_an_address_is_masked_by_its_name(desk: Desk, value: str, masked: str) -> None:
    desk.link({"type": "email", "value": value}, MEMBER)

    found = desk.house.call("POST", "/v1/people/lookup", {"type": "email", "value": value.lower()}, key=desk.key)[1]

    assert masked in [each["masked"] for each in found["identifiers"]]
