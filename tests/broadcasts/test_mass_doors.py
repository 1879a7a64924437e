"""Mass sends over HTTP, to WeChat and back: planned, sent, told, cancelled, deleted, counted, refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.broadcasts.tables import parts
from tests.broadcasts.office import EVERYBODY, ORDER, SEND_ALL, TEXT, Office
from tests.builders import OA_APPID
from tests.house import House, open_house
from tests.scene import Scene


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as house:
        yield house


@pytest.fixture(scope="module")
def made(house: House) -> Office:
    return Office(Scene(house))


@pytest.fixture
def office(made: Office) -> Office:
    clock = made.house.clock
    clock.moment = (clock.moment.replace(day=1) + timedelta(days=32)).replace(day=10, hour=4)
    parts.DUE.move_watermark(clock() - timedelta(minutes=5))  # the schedule has run meanwhile
    return made


def test_it_reaches_every_follower_and_tells_what_the_receipt_told(office: Office) -> None:
    users = [office.scene.follower() for _ in range(2)]

    told = office.sent()

    assert [office.scene.seen(user, "mass_message") for user in users] == [[TEXT["text"]]] * 2
    assert (told["state"], told["says"]["en"], told["msg_id"].isdigit()) == ("sent", "WeChat has sent it.", True)
    assert (told["receipt"]["status"], told["receipt"]["sent"]) == ("send success", told["receipt"]["total"])


def test_the_same_key_is_one_mass_send_another_order_under_it_is_refused_and_without_one_nothing_is_planned(office: Office) -> None:
    user = office.scene.follower()

    first, again = (office.post(key="the same") for _ in range(2))
    other = office.post(key="the same", name="winter")
    keyless = office.call("POST", "", {**ORDER, "audience": EVERYBODY})
    office.house.work()

    assert (first[0], first[1]["id"], other[1]["Code"]) == (202, again[1]["id"], "idempotency_conflict")
    assert (keyless[0], "Idempotency-Key" in keyless[1]["Message"]) == (400, True)
    assert office.scene.seen(user, "mass_message") == [TEXT["text"]]


def test_those_with_a_tag_get_it_and_a_tag_that_is_not_there_fails_and_costs_nothing(office: Office) -> None:
    tagged, other = office.scene.follower(), office.scene.follower()
    tag = office.tag(tagged)

    told, failed = office.sent({"to": "tag", "tag": tag}), office.sent({"to": "tag", "tag": 999})

    assert (told["state"], failed["state"], failed["why"]) == ("sent", "failed", "errcode 40152")
    assert failed["says"]["en"] == "The account has no such tag (40152)."
    assert [office.scene.seen(user, "mass_message") for user in (tagged, other)] == [[TEXT["text"]], []]
    assert {each["audience"]: each["sends"] for each in office.quota()["audiences"]} == {"all": 0, f"tag {tag}": 1, "tag 999": 0}


def test_those_who_are_named_get_it_if_they_want_it(office: Office) -> None:
    """One said no, one is named twice, one follows no more, one is nobody."""
    users = [office.scene.follower() for _ in range(4)]
    office.say_no(users[2])
    office.house.clock.advance(seconds=1)
    office.house.play(f"/users/{users[3]}/unfollow", {"appid": OA_APPID})
    office.house.work()
    stranger = {"type": "openid", "value": "nobody", "account": "demo.oa"}
    named = [office.openid(users[place]) for place in (0, 1, 2, 3)]
    unionid = {"type": "unionid", "value": office.scene.unionid(users[0])}

    told = office.sent({"to": "people", "identifiers": [*named, unionid, stranger]}, purpose="service", confirmed=False)

    assert {(each["state"], each["why"]): each["people"] for each in told["people"]} == {
        ("chosen", ""): 2,
        ("skipped_consent", "consent"): 1,
        ("skipped_no_endpoint", "dead"): 1,
        ("skipped_duplicate", ""): 1,
        ("skipped_no_endpoint", "no_person"): 1,
    }
    assert [len(office.scene.seen(user, "mass_message")) for user in users] == [1, 1, 0, 0]
    assert (told["state"], told["receipt"]["sent"]) == ("sent", 2)


def test_marketing_goes_to_nobody_who_did_not_ask_for_it_and_fewer_than_two_are_no_mass_send(office: Office) -> None:
    users = [office.scene.follower() for _ in range(2)]

    told = office.sent({"to": "people", "identifiers": [office.openid(user) for user in users]})

    assert (told["state"], told["why"], told["msg_id"]) == ("failed", "too_few", None)
    assert told["people"] == [{"state": "skipped_consent", "why": "consent", "people": 2}]
    assert office.quota()["audiences"][-1] == {"audience": "people", "sends": 0, "left": 4}


def test_a_scheduled_one_waits_can_be_cancelled_and_is_counted_from_the_beginning(office: Office) -> None:
    user = office.scene.follower()
    at = (office.house.clock() + timedelta(hours=3)).isoformat()
    goes, cancelled = office.planned(not_before=at), office.planned(not_before=at)
    left = office.quota()["left"]

    states = [office.call("POST", f"/{cancelled}/cancel")[1]["state"] for _ in range(2)]
    office.pass_time(hours=2)
    early = office.shown(goes)["state"]
    office.pass_time(hours=1, seconds=5)
    late = office.call("POST", f"/{goes}/cancel")

    assert (left, states, office.quota()["left"]) == (2, ["cancelled"] * 2, 3)
    assert (early, office.shown(goes)["state"], late[1]["Code"]) == ("planned", "accepted", "mass_send_gone")
    assert office.scene.seen(user, "mass_message") == [TEXT["text"]]


def test_a_month_has_four_and_the_fifth_is_refused_before_it_is_planned(office: Office) -> None:
    for _ in range(4):
        office.planned()

    status, body = office.post()
    next_month = office.post(not_before=office.quota()["resets_at"])

    assert (status, body["Code"], office.quota()["left"]) == (409, "mass_quota_spent", 0)
    assert office.quota()["resets_at"][:10] in body["Message"]
    assert (next_month[0], next_month[1]["left"]) == (202, 3)
    assert office.call("POST", f"/{next_month[1]['id']}/cancel")[0] == 200


def test_wechat_knows_of_more_than_we_do_and_is_believed(office: Office) -> None:
    """Somebody sends from the console, too."""
    office.house.play("/faults", {"path": SEND_ALL, "errcode": 45028})

    failed = office.sent()
    refused = office.post()

    assert (failed["state"], failed["why"], failed["left"]) == ("failed", "errcode 45028", 0)
    assert refused[1]["Code"] == "mass_quota_spent"


def test_a_subscription_account_sends_once_a_day_and_to_nobody_by_name(office: Office) -> None:
    def count(per: str) -> Any:
        return office.house.call("PUT", "/v1/accounts/demo.oa/mass-quota", {"per": per}, key=office.scene.key)[1]

    shown = count("day")
    first, second = office.post()[0], office.post()[1]["Code"]
    named = office.post({"to": "people", "people": ["01J00000000000000000000000", "01J00000000000000000000001"]})
    back = count("month")
    office.house.work()

    assert (shown["per"], shown["most"], shown["left"], back["per"]) == ("day", 1, 1, "month")
    assert (first, second) == (202, "mass_quota_spent")
    assert (named[0], "$.audience" in named[1]["Message"]) == (400, True)


def test_a_lost_answer_is_asked_for_again_under_the_same_key_and_is_one_send(office: Office) -> None:
    user = office.scene.follower()
    office.house.play("/faults", {"path": SEND_ALL, "drop_after_effect": True})

    mass = office.planned()
    office.house.work()
    lost = office.shown(mass)
    cancelled = office.call("POST", f"/{mass}/cancel")
    office.pass_time(seconds=62)
    office.pass_time(seconds=10)
    told = office.shown(mass)

    assert (lost["state"], lost["tries"], cancelled[1]["Code"]) == ("sending", 1, "mass_send_gone")
    assert (told["state"], told["tries"], told["receipt"]["status"]) == ("sent", 2, "send success")
    assert office.scene.seen(user, "mass_message") == [TEXT["text"]]
    assert {call["clientmsgid"] for call in office.calls()[-2:]} == {mass}


def test_a_receipt_that_comes_before_our_own_answer_is_joined(office: Office) -> None:
    office.scene.follower()
    office.house.play("/settings", {"mass_send_s": 0})
    office.house.play("/faults", {"path": SEND_ALL, "drop_after_effect": True})
    mass = office.planned()
    office.house.work()

    office.pass_time(seconds=1)
    before = office.shown(mass)
    office.pass_time(seconds=62)
    office.house.play("/settings", {"mass_send_s": 60})

    assert (before["state"], before["receipt"]) == ("sending", None)
    assert (office.shown(mass)["state"], office.shown(mass)["receipt"]["sent"] >= 1) == ("sent", True)


def test_articles_are_sent_told_by_their_addresses_and_taken_away_again(office: Office) -> None:
    office.scene.follower()
    told = office.sent(message={"kind": "articles", "media_id": office.draft()})
    path = f"/{told['id']}/delete"

    one = office.call("POST", path, {"article": 1})[1]
    rest = [office.call("POST", path, {})[1] for _ in range(2)]

    assert [each["index"] for each in told["receipt"]["articles"]] == [1, 2]
    assert (told["receipt"]["copyright"], all(each["url"].startswith("http") for each in told["receipt"]["articles"])) == (1, True)
    assert (one["state"], one["deleted_articles"], [each["state"] for each in rest]) == ("sent", [1], ["deleted"] * 2)
    assert len(office.calls("delete")) == 2


def test_a_reprint_goes_only_if_that_is_wanted_and_the_receipt_says_whose_it_is(office: Office) -> None:
    office.house.play("/settings", {"mass_check_state": 2})
    message = {"kind": "articles", "media_id": office.draft()}

    refused, sent = office.sent(message=message), office.sent(message={**message, "reprint": True})
    office.house.play("/settings", {"mass_check_state": 1})

    assert [(each["state"], each["why"]) for each in (refused, sent)] == [("failed", "receipt err(30003)"), ("sent", "")]
    assert refused["says"]["en"] == "WeChat takes articles for a reprint, and `reprint` was not asked for."
    assert [each["receipt"]["copyright"] for each in (refused, sent)] == [2, 2]
    assert {each["original_url"] != "" for each in refused["receipt"]["articles"]} == {True}


def test_a_text_stays_with_who_has_it(office: Office) -> None:
    told = office.sent()

    status, body = office.call("POST", f"/{told['id']}/delete", {})

    assert (status, body["Code"], office.calls("delete")[2:]) == (409, "mass_send_stays", [])


def test_a_receipt_that_says_no_says_it_plainly(office: Office) -> None:
    office.house.play("/settings", {"mass_outcome": "err(40002)"})
    told = office.sent()
    office.house.play("/settings", {"mass_outcome": "send success"})

    assert (told["state"], told["why"]) == ("failed", "receipt err(40002)")
    assert told["says"]["en"] == "No admin of the account has confirmed it in WeChat within thirty minutes."


def test_a_preview_reaches_one_person_and_counts_nothing(office: Office) -> None:
    user, other = office.scene.follower(), office.scene.follower()
    order = {"account": "demo.oa", "message": TEXT}

    answers = [
        office.call("POST", "/preview", {**order, "to": office.openid(user)}),
        office.call("POST", "/preview", {**order, "to": {"type": "unionid", "value": office.scene.unionid(user)}}),
        office.call("POST", "/preview", {**order, "wechat_id": user}),
    ]
    nobody = office.call("POST", "/preview", {**order, "to": {"type": "unionid", "value": "nobody"}})
    both = office.call("POST", "/preview", {**order, "to": office.openid(user), "wechat_id": user})

    assert answers == [(200, {"findings": []})] * 3
    assert (nobody[1]["Code"], both[1]["Code"]) == ("person_missing", "field_invalid")
    assert [len(office.scene.seen(one, "mass_message")) for one in (user, other)] == [3, 0]
    assert office.quota()["left"] == 4


def test_a_text_that_breaks_a_rule_is_refused_unless_a_reason_is_given(office: Office) -> None:
    absolute: dict[str, Any] = {"message": {"kind": "text", "text": "全网最低价"}}

    refused = office.post(**absolute)
    status, passed = office.post(**absolute, override="the agency has confirmed it")
    office.house.work()

    assert (refused[0], refused[1]["Code"]) == (400, "content_refused")
    assert (status, passed["findings"][0]["place"]) == (202, "$.message.text")
    assert office.shown(passed["id"])["state"] == "accepted"


def test_what_a_draft_says_is_read_when_it_is_planned_and_again_when_it_is_due(office: Office) -> None:
    user, media_id = office.scene.follower(), office.draft("上新")
    said = {"message": {"kind": "articles", "media_id": media_id}}
    at = (office.house.clock() + timedelta(hours=1)).isoformat()

    missing = office.post(message={"kind": "articles", "media_id": "nobody's"})
    refused = office.post(message={"kind": "articles", "media_id": office.draft("搭配", "全网最低价")})
    mass = office.planned(not_before=at, **said)
    office.house.sandbox.official(OA_APPID).drafts[media_id].articles[0]["content"] = "<p>上新</p>全网最低&#20215;"
    office.pass_time(hours=1, seconds=5)

    assert (missing[1]["Code"], refused[1]["Code"], "articles[1].title" in refused[1]["Message"]) == (
        "wechat_declined",
        "content_refused",
        True,
    )
    assert (office.shown(mass)["state"], office.shown(mass)["why"], office.shown(mass)["left"]) == ("failed", "content_refused", 4)
    assert office.scene.seen(user, "mass_message") == []


def test_they_are_listed_the_latest_first_page_by_page(office: Office) -> None:
    ids = []
    for _ in range(2):
        office.house.clock.advance(seconds=1)
        ids.append(office.planned())

    page = office.call("GET", "?limit=1")[1]
    following = office.call("GET", f"?limit=1&cursor={page['cursor']}")[1]

    assert [each["id"] for each in (*page["mass_sends"], *following["mass_sends"])] == ids[::-1]
    assert (page["mass_sends"][0]["kind"], page["mass_sends"][0]["audience"]) == ("text", "all")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"audience": {"to": "people", "people": []}}, "$.audience"),
        ({"audience": {"to": "people", "identifiers": [{"type": "device", "value": f"d{n}"} for n in "12"]}}, "$.audience.identifiers[0]"),
        ({"audience": {"to": "tag"}}, "$.audience"),
        ({"confirmed": False}, "$.confirmed"),
        ({"message": {"kind": "text", "text": "字" * 683}}, "$.message.text"),
        ({"message": {"kind": "wxcard", "card_id": "c"}}, "$.message.kind"),
        ({"account": "demo.mini"}, "$.account"),
        ({"purpose": "fun"}, "$.purpose"),
        ({"not_before": "2030-12-01T00:00:00Z"}, "$.not_before"),
        ({"expires_at": "2026-11-01T00:00:00Z"}, "$.expires_at"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused_and_leaves_nothing(office: Office, changes: dict[str, Any], told: str) -> None:
    rows = len(office.house.rows("counters"))

    status, body = office.post(**changes)

    assert (status, body["Code"], told in body["Message"]) == (400, "field_invalid", True), body
    assert len(office.house.rows("counters")) == rows


def test_nobody_reads_from_a_row_what_a_mass_send_says_or_whom_to(office: Office) -> None:
    user = office.scene.follower()
    office.planned({"to": "people", "identifiers": [office.openid(user), office.openid(office.scene.follower())]}, name="a secret plan")

    kept = str(office.house.rows("counters"))

    assert not any(secret in kept for secret in ("a secret plan", TEXT["text"], office.scene.openid(user)))
