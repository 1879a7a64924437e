"""What somebody says at one end is in force at every other at once; the page says nobody's name; each refusal has its code."""

from __future__ import annotations

import json
import re

import pytest

from chalicelib.consent import flows as consent
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from tests.builders import MINI_APPID, OA_APPID, TEMPLATE_ID
from tests.consent.shop import MARKETING, NO_MARKETING, Shop

GUIDELINE = {"title": "隐私保护指引", "url": "https://shop.example.com/privacy"}


def test_before_anybody_asked_nothing_is_known_and_nothing_is_due(shop: Shop) -> None:
    told = shop.mine()

    assert (told["marketing"], told["service"], told["said"]) == ("unknown", "unknown", [])
    assert told["here"] == {"location": "unknown", "notifications": "unknown", "storage": "unknown"}
    assert told["privacy"] == {"due": False, "version": 0, "accepted": 0, "title": "", "url": ""}


@pytest.mark.parametrize("way", ["session", "server", "page", "message"])
def test_a_no_at_one_door_is_in_force_at_all_others_at_once(shop: Shop, way: str) -> None:
    shop.mine("PUT", body=MARKETING)
    address = shop.link()
    shop.house.clock.advance(seconds=1)

    match way:
        case "session":
            shop.mine("PUT", body=NO_MARKETING)
        case "server":
            shop.theirs("PUT", body={**NO_MARKETING, "evidence": "call 4711"})
        case "page":
            assert shop.page(address, stop="1")[0] == 200
        case _:
            shop.say("退订")

    assert shop.mine()["marketing"] == "denied"
    assert shop.theirs()["marketing"] == "denied"
    assert 'name="marketing" value="1">' in shop.page(address)[1]
    told = shop.mine(path="permissions/history")["entries"]
    assert [(each["about"], each["choice"]) for each in told] == [("marketing", "withdrawn"), ("marketing", "granted")]
    assert told[0]["way"] == {"session": "client"}.get(way, way)


def test_a_no_told_twice_or_heard_again_is_one_entry_and_a_later_yes_stays(shop: Shop) -> None:
    shop.say("td")
    kept = [row for row in shop.house.rows("inbox") if row["pk"]["S"].startswith("demo#oa#")]
    shop.house.clock.advance(seconds=60)
    shop.mine("PUT", body=MARKETING)

    for row in kept:
        body = shop.house.world.keyring.decrypt("demo", row["sealed"]["S"])
        shop.house.deliver("apply_callbacks", [("again", body)])
    shop.mine("PUT", body=MARKETING)

    assert shop.mine()["marketing"] == "granted"
    assert len(shop.mine(path="permissions/history")["entries"]) == 2


def test_uses_of_a_device_are_asked_for_before_prompting(shop: Shop) -> None:
    say = [{"about": "location", "granted": False}, {"about": "storage", "granted": True, "end": "demo.mini"}]

    here = shop.mine("PUT", body={"say": say})["here"]

    assert here == {"location": "denied", "notifications": "unknown", "storage": "granted"}
    elsewhere = shop.theirs("PUT", body={"evidence": "x", "end": "demo.oa"})["here"]
    assert elsewhere == {"location": "denied", "notifications": "unknown", "storage": "unknown"}


def test_topics_and_quiet_hours_are_kept_and_shown(shop: Shop) -> None:
    quiet = {"zone": "Asia/Shanghai", "from": "22:00", "until": "08:30"}
    order = {"topics": [{"topic": "orders", "channel": "sms", "on": False}], "quiet": quiet}

    shop.mine("PUT", body=order)

    told = shop.theirs()
    assert told["topics"] == [{"topic": "orders", "channel": "sms", "on": False}]
    assert told["quiet"] == quiet


def test_the_guideline_is_due_until_it_is_agreed_to_and_again_when_it_matters(shop: Shop) -> None:
    def publish(**changes: object) -> None:
        assert shop.house.call("PUT", "/v1/privacy-guideline", {**GUIDELINE, **changes}, key=shop.key)[0] == 201
        shop.house.clock.advance(seconds=11)

    publish()
    at_first = shop.mine()["privacy"]["due"]
    agreed = shop.mine("PUT", body={"privacy": {"version": 1}})["privacy"]
    publish(asks_again=False)
    mended = shop.mine()["privacy"]
    publish()
    changed = shop.mine()["privacy"]

    assert (at_first, agreed["due"], mended["due"], changed["due"]) == (True, False, False, True)
    assert (mended["version"], changed["version"], changed["accepted"]) == (2, 3, 1)
    (entry,) = shop.mine(path="permissions/history")["entries"]
    assert (entry["about"], entry["text"], entry["said_at"]) == ("privacy", "1/zh", "demo.mini")


def test_history_is_read_in_pages(shop: Shop) -> None:
    for number in range(5):
        shop.house.clock.advance(seconds=60)
        shop.mine("PUT", body=MARKETING if number % 2 else NO_MARKETING)

    first = shop.mine(path="permissions/history?limit=3")
    second = shop.mine(path=f"permissions/history?limit=3&cursor={first['cursor']}")

    assert [len(first["entries"]), len(second["entries"]), second["cursor"]] == [3, 2, None]
    whole = [each["at"] for each in [*first["entries"], *second["entries"]]]
    assert whole == sorted(whole, reverse=True)


WRONG: list[tuple[dict[str, object], str]] = [
    ({"say": [{"about": "location", "granted": True, "channel": "sms"}]}, "field_invalid"),
    ({"say": [{"about": "marketing", "granted": True, "end": "rival.oa"}]}, "account_missing"),
    ({"topics": [{"on": True}]}, "field_invalid"),
    ({"quiet": {"zone": "Asia/Nowhere", "from": "22:00", "until": "08:00"}}, "field_invalid"),
    ({"quiet": {"zone": "Asia", "from": "22:00", "until": "08:00"}}, "field_invalid"),
    ({"privacy": {"version": 9}}, "field_invalid"),
    ({"marketing": True}, "field_invalid"),
]


def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(shop: Shop) -> None:
    told = [shop.house.call("PUT", "/v1/me/permissions", order, key=shop.session) for order, _ in WRONG]

    assert [body["Code"] for _, body in told] == [code for _, code in WRONG]
    assert {status for status, _ in told} == {400, 404}
    assert shop.mine()["said"] == []


def test_the_page_saves_topics_and_says_nobodys_name(shop: Shop) -> None:
    topics = [{"topic": "news", "zh": "新品<b>", "en": "News"}, {"topic": "orders", "zh": "订单", "en": "Orders"}]
    assert shop.house.call("PUT", "/v1/contact-policy", {"topics": topics}, key=shop.key)[0] == 201
    shop.house.clock.advance(seconds=61)
    address = shop.link()

    status, seen = shop.page(address)
    _, untouched = shop.page(address, topic=["orders"])
    _, saved = shop.page(address, save="1", marketing="1", topic=["orders"], was_topic=["news", "orders"])

    assert status == 200
    assert "新品&lt;b&gt;" in seen
    assert not re.search(rf"{shop.person}|o[A-Za-z0-9_-]{{27}}|138", seen)
    assert 'name="topic" value="news" checked' in untouched, "no button of the page was tapped"
    assert 'name="topic" value="orders" checked' in saved
    told = shop.mine()
    assert (told["marketing"], told["topics"]) == ("granted", [{"topic": "news", "channel": None, "on": False}])


def test_a_page_that_lay_open_takes_back_nothing_that_was_said_meanwhile(shop: Shop) -> None:
    topics = [{"topic": "news", "zh": "新品", "en": "News"}]
    assert shop.house.call("PUT", "/v1/contact-policy", {"topics": topics}, key=shop.key)[0] == 201
    shop.mine("PUT", body=MARKETING)
    address = shop.link()
    shop.house.clock.advance(seconds=61)
    shown = dict(re.findall(r'type="hidden" name="(was_[a-z]+)" value="([^"]+)"', shop.page(address)[1]))
    shop.say("退订")

    shop.page(address, save="1", marketing="1", **shown)

    told = shop.mine()
    assert shown == {"was_marketing": "1", "was_topic": "news"}
    assert (told["marketing"], told["topics"]) == ("denied", [{"topic": "news", "channel": None, "on": False}])


def test_who_stopped_by_mistake_takes_it_back_in_one_tap(shop: Shop) -> None:
    address = shop.link()
    _, never_wanted = shop.page(address, stop="1")
    shop.mine("PUT", body=MARKETING)

    _, stopped = shop.page(address, stop="1")
    denied = shop.mine()["marketing"]
    shop.page(address, save="1", marketing="1")

    undo = '<form class="done stopped" method="post"'
    assert (f"{undo} hidden>" in never_wanted, f"{undo}>" in stopped) == (True, True)
    assert (denied, shop.mine()["marketing"]) == ("denied", "granted")


def test_a_link_that_is_forged_another_brands_or_over_leads_nowhere(shop: Shop) -> None:
    address = shop.link()
    forged = address[:-4] + ("AAAA" if address[-4:] != "AAAA" else "BBBB")

    assert shop.page(forged)[0] == 404
    assert shop.page(address.replace("/p/demo.", "/p/rival."))[0] == 404
    assert shop.page(forged, stop="1")[0] == 404
    shop.house.clock.advance(days=31)
    assert shop.page(address)[0] == 404
    assert shop.page(address, stop="1")[0] == 404


def test_what_stops_marketing_is_answered_and_other_words_are_not(shop: Shop) -> None:
    assert "已为您停止营销消息" in shop.say(" ＴＤ。")
    assert "已为您停止营销消息" not in shop.say("退订怎么操作")
    assert shop.mine()["service"] == "unknown"


def test_consent_changed_is_told_to_webhooks(shop: Shop) -> None:
    hook = {"url": "https://hooks.example.com/liandong", "facts": ["consent.changed"]}
    assert shop.house.call("POST", "/v1/webhooks", hook, key=shop.key)[0] == 201
    shop.mine("PUT", body=NO_MARKETING)
    shop.house.work()

    (brought,) = [json.loads(each.body) for each in shop.house.receivers.brought]
    assert brought["type"] == "consent.changed"
    assert brought["data"]["consent"]["person"] == shop.person
    assert brought["data"]["consent"]["changes"] == [{"about": "marketing", "choice": "denied"}]


def test_evidence_lies_sealed(shop: Shop) -> None:
    shop.theirs("PUT", body={**NO_MARKETING, "evidence": "canary-form-77"})

    assert "canary-form-77" not in str(shop.house.rows("contacts"))


def test_a_popup_is_counted_once_whoever_tells_of_it(shop: Shop) -> None:
    client = {"popup": "popup-0001", "answers": {TEMPLATE_ID: "accept"}}

    for _ in range(2):
        status, told = shop.house.call("POST", "/v1/me/grants", client, key=shop.session)
        assert (status, told["grants"][0]["count"]) == (200, 1)
    shop.answer_popup()

    assert shop.reach() == 1
    assert shop.house.call("POST", "/v1/me/grants", client, key=shop.session)[1]["grants"][0]["count"] == 1
    shop.house.clock.advance(seconds=30)
    shop.answer_popup()
    assert shop.house.call("POST", "/v1/me/grants", client, key=shop.session)[1]["grants"][0]["count"] == 2


def test_a_no_to_a_popup_leaves_what_was_allowed_and_a_template_switched_off_is_not_sent(shop: Shop) -> None:
    shop.answer_popup()
    shop.house.clock.advance(seconds=60)

    shop.answer_popup("reject")
    after_the_popup = shop.reach()
    settings = {"appid": MINI_APPID, "template_id": TEMPLATE_ID, "answer": "reject"}
    shop.house.play(f"/users/{shop.user}/subscription-settings", settings)
    shop.house.work()

    assert (after_the_popup, shop.reach()) == (1, 0)


def test_who_answers_a_popup_is_there_whatever_was_said_of_their_openid_before(shop: Shop) -> None:
    world, now = shop.house.world, shop.house.clock()
    key = identity.key_of("demo", Identifier(IdentifierType.openid, shop.openid(MINI_APPID), "mini"), world=world, now=now)
    consent.note_dead("demo", key, "40003", at=now, world=world)
    shop.house.clock.advance(seconds=1)

    client = {"popup": "popup-0001", "answers": {TEMPLATE_ID: "accept"}}
    assert shop.house.call("POST", "/v1/me/grants", client, key=shop.session)[0] == 200

    assert shop.reach() == 1


def test_what_wechat_says_has_to_go_goes_by_the_callback_with_a_receipt(shop: Shop) -> None:
    openid = {"type": "openid", "value": shop.openid(), "account": "demo.oa"}
    told = {"identifier": openid, "attributes": {"nickname": "Ann", "skin": "dry"}}
    assert shop.house.call("POST", "/v1/attributes", told, key=shop.key)[0] < 300
    shop.house.clock.advance(seconds=5)

    for _ in range(2):
        shop.house.play(f"/users/{shop.user}/revoke-authorization", {"appid": OA_APPID, "kind": "205"})
        shop.house.work()

    status, page = shop.house.call("GET", "/v1/privacy/receipts", key=shop.key)
    assert status == 200
    assert [(each["event"], each["revoke_info"], each["attributes"]) for each in page["receipts"]] == [
        ("user_authorization_revoke", "205", ["nickname"])
    ]


def test_who_closes_their_account_at_wechat_is_logged_out_there(shop: Shop) -> None:
    shop.house.play(f"/users/{shop.user}/close-account", {})
    shop.house.work()

    status, told = shop.house.call("GET", "/v1/me/permissions", key=shop.session)

    assert (status, told["Code"]) == (401, "session_ended")
    events = {each["account"]: each["event"] for each in shop.house.call("GET", "/v1/privacy/receipts", key=shop.key)[1]["receipts"]}
    assert events["demo.mini"] == "user_authorization_cancellation"
