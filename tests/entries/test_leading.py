"""`/l/{entry}`: always a good target for where it was opened, never anywhere else, and each visit told once."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from chalice.test import Client

from chalicelib.aws import clients
from chalicelib.entries.words.arrivals import Arrived
from chalicelib.errors import Busy
from tests.builders import MINI_APPID, OA_APPID, make_accounts, make_brand
from tests.house import House

Json = dict[str, Any]
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50"
MOBILE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
ROBOT = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"
PAGE = {"end": "mini_program", "account": "demo.mini", "path": "pages/index/index", "query": {"sku": "7"}}
OTHER = {"end": "mini_program", "account": "demo.mini", "path": "pages/feast/index"}
WEB = {"end": "web_page", "account": "demo.oa", "url": "https://shop.example.com/a?b=1"}


@pytest.fixture
def key(house: House) -> str:
    made = make_brand(house)
    make_accounts(house, made)
    status, _ = house.call("PUT", "/v1/accounts/demo.oa/web-origins", {"web_origins": ["https://shop.example.com"]}, key=made)
    assert status == 200
    return made


def make(house: House, key: str, target: Json = PAGE, **changes: Any) -> str:
    """An entry whose links are there; its code."""
    order = {"name": "国庆海报 <b>", "placement": "sms", "target": target, "utm": {"source": "微信"}, **changes}
    status, body = house.call("POST", "/v1/entries", order, key=key)
    assert status == 201, body
    house.tick("renew_links")
    code: str = body["id"]
    return code


def visit(
    house: House, code: str, agent: str = WECHAT, *, method: str = "GET", brand: str = "demo", query: str = ""
) -> tuple[int, Json, str]:
    with Client(house.app.app) as client:
        answer = client.http.request(method, f"/l/{brand}.{code}{query}", headers={"user-agent": agent})
    return answer.status_code, dict(answer.headers), bytes(answer.body).decode()


def without_visit(address: str) -> str:
    """An address without the visit that it hands on, of which there is another each time."""
    return re.sub(r"([?&](cq=)?)visit(=|%3D)[\w-]{16}", "", address)


def told(house: House) -> list[Arrived]:
    got = clients.client("sqs").receive_message(QueueUrl=house.urls["touches"], MaxNumberOfMessages=10).get("Messages", [])
    return [msgspec.json.decode(each["Body"], type=Arrived) for each in got]


def counted(printed: str) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith('{"_aws"')]
    return [(line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], line.get("Code", "")) for line in lines]


@pytest.mark.parametrize(("agent", "opened_in"), [(WECHAT, "wechat"), (MOBILE, "mobile")])
def test_a_phone_is_led_into_the_mini_program_by_a_link_that_lives(house: House, key: str, agent: str, opened_in: str) -> None:
    code = make(house, key)

    status, headers, _ = visit(house, code, agent)

    link = house.sandbox.state.links[without_visit(headers["Location"])]
    query = parse_qs(link.query)
    (arrived,) = told(house)
    (along,) = parse_qs(urlsplit(headers["Location"]).query)["cq"]
    assert status == 302
    assert (link.appid, link.path) == (MINI_APPID, "pages/index/index")
    assert query == {"sku": ["7"], "entry": [code], "utm_source": ["微信"]}
    assert (arrived.brand, arrived.entry, arrived.opened_in, arrived.at) == ("demo", code, opened_in, house.clock())
    assert arrived.utm == {"utm_source": "微信"}
    assert along == f"visit={arrived.visit}"


def test_each_visit_is_another_and_nobody_guesses_it(house: House, key: str) -> None:
    code = make(house, key)

    places = [visit(house, code, MOBILE)[1]["Location"] for _ in range(5)]

    visits = {each.visit for each in told(house)}
    assert len(visits) == 5
    assert all(re.fullmatch(r"[\w-]{16}", each) for each in visits)
    assert {parse_qs(urlsplit(place).query)["cq"][0].removeprefix("visit=") for place in places} == visits


def test_a_desktop_is_shown_a_code_and_nothing_of_the_name_is_taken_for_html(house: House, key: str) -> None:
    code = make(house, key)

    status, headers, body = visit(house, code, DESKTOP)

    assert status == 200
    assert 'src="data:image/png;base64,' in body
    assert "微信扫一扫" in body
    assert "国庆海报 &lt;b&gt;" in body
    assert "http" not in re.sub(r'src="data:[^"]*"', "", body)
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert [each.opened_in for each in told(house)] == ["desktop"]


def test_a_link_is_renewed_a_day_ahead_and_leads_on_for_months(house: House, key: str) -> None:
    code, seen = make(house, key), []

    for _ in range(3):
        house.clock.advance(days=28, hours=23)
        house.tick("renew_links")
        seen.append(without_visit(visit(house, code)[1]["Location"]))
        house.clock.advance(hours=1)
        house.tick("renew_links")
        seen.append(without_visit(visit(house, code)[1]["Location"]))

    ends = [house.sandbox.state.links[address].expires_at or 0 for address in seen]
    assert len(set(seen)) == 4
    assert len(house.wechat_calls("/wxa/generate_urllink")) == 4
    assert min(ends[-2:]) > house.clock().timestamp()


def test_a_target_changes_by_schedule_and_its_link_is_there_at_that_second(house: House, key: str) -> None:
    start = house.clock() + timedelta(days=3)
    period = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(days=1)).isoformat(), "target": OTHER}
    code = make(house, key, schedule=[period])
    paths = []

    for _ in range(5):
        house.tick("renew_links")
        paths.append(house.sandbox.state.links[without_visit(visit(house, code)[1]["Location"])].path)
        house.clock.advance(days=1)

    assert paths == ["pages/index/index"] * 3 + ["pages/feast/index", "pages/index/index"]


def test_the_day_s_quota_spent_shows_the_mini_program_s_own_code_and_tomorrow_leads_on(house: House, key: str) -> None:
    settings = msgspec.structs.replace(house.world.settings, links_per_day=1)
    house.enter(msgspec.structs.replace(house.world, settings=settings))
    first, second = make(house, key), make(house, key)

    spent = visit(house, second)
    house.clock.advance(days=1)
    house.tick("renew_links")

    assert visit(house, first)[0] == 302
    assert spent[0] == 200
    assert 'src="data:image/' in spent[2]
    assert "今天" in spent[2]
    assert visit(house, second)[0] == 302


@pytest.mark.parametrize("errcode", [44993, 45009])
def test_what_wechat_says_of_its_own_quota_is_believed(house: House, key: str, errcode: int) -> None:
    house.play("/faults", {"path": "/wxa/generate_urllink", "errcode": errcode, "times": 1})

    code = make(house, key)

    assert "data:image/" in visit(house, code)[2]


def test_more_than_a_hundred_links_a_second_are_made_some_minutes_later_and_not_tomorrow(house: House, key: str) -> None:
    house.play("/faults", {"path": "/wxa/generate_urllink", "errcode": 44990, "times": 1})
    code = make(house, key)
    before = visit(house, code)
    house.clock.advance(minutes=10)
    house.tick("renew_links")

    after = visit(house, code)

    assert (before[0], "data:image/" in before[2], after[0]) == (200, False, 302)


def test_an_account_is_followed_by_its_code_which_is_renewed_too(house: House, key: str) -> None:
    code = make(house, key, {"end": "official_account", "account": "demo.oa"})
    _, _, before = visit(house, code)
    house.clock.advance(days=29, hours=1)
    house.tick("renew_links")

    _, _, after = visit(house, code)

    made = house.sandbox.official(OA_APPID).qrcodes.values()
    assert [each.scene for each in made] == [f"e_{code}"] * 2
    assert "长按" in after
    assert before != after


def test_a_web_page_is_led_to_with_its_marks(house: House, key: str) -> None:
    code = make(house, key, WEB)

    status, headers, _ = visit(house, code, DESKTOP)

    parts = urlsplit(headers["Location"])
    assert (status, parts.netloc) == (302, "shop.example.com")
    (arrived,) = told(house)
    assert parse_qs(parts.query) == {"b": ["1"], "entry": [code], "utm_source": ["微信"], "visit": [arrived.visit]}


def test_a_page_whose_origin_was_taken_back_is_not_led_to(house: House, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = make(house, key, WEB)
    house.call("PUT", "/v1/accounts/demo.oa/web-origins", {"web_origins": []}, key=key)
    house.clock.advance(seconds=61)

    status, _, body = visit(house, code)

    assert (status, "entry_page_missing" in body) == (404, True)
    assert counted(capsys.readouterr().out) == [("LinksRefused", "entry_page_missing")]


@pytest.mark.parametrize("query", ["?to=https://evil.test", "?url=//evil.test", "?return_to=https://evil.test", "?t=https://evil.test"])
def test_no_query_leads_anywhere_else(house: House, key: str, query: str) -> None:
    code = make(house, key, WEB)

    _, headers, _ = visit(house, code, query=query)

    assert headers["Location"].startswith("https://shop.example.com/a?b=1&entry=")
    assert "evil" not in headers["Location"]


def test_channels_have_no_address_and_are_named(house: House, key: str) -> None:
    code = make(house, key, {"end": "channels", "finder": "sphABC123", "title": "小店视频号"})

    status, _, body = visit(house, code)

    assert status == 200
    assert "小店视频号" in body


@pytest.mark.parametrize(("brand", "code"), [("demo", "00000000"), ("nobody", "k3f9x2aq"), ("demo", "K3F9X2AQ"), ("demo", "x" * 200)])
def test_unknown_entries_and_brands_look_alike_and_are_counted(
    house: House, key: str, brand: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, headers, body = visit(house, code, brand=brand)

    other = visit(house, "11111111")
    assert (status, headers["Content-Type"], body) == (404, other[1]["Content-Type"], other[2])
    assert "entry_missing" in body
    assert counted(capsys.readouterr().out) == [("LinksRefused", "entry_missing")] * 2
    assert told(house) == []


def test_a_retired_entry_leads_nowhere_within_ten_seconds(house: House, key: str) -> None:
    code = make(house, key)
    visit(house, code)
    house.call("DELETE", f"/v1/entries/{code}", key=key)
    house.clock.advance(seconds=11)

    status, _, body = visit(house, code)

    assert (status, "entry_retired" in body) == (404, True)


@pytest.mark.parametrize(("method", "agent"), [("HEAD", WECHAT), ("GET", ROBOT), ("GET", "")])
def test_robots_and_questions_are_led_without_a_visit_and_not_counted(house: House, key: str, method: str, agent: str) -> None:
    code = make(house, key, WEB)

    status, headers, _ = visit(house, code, agent, method=method)

    assert (status, headers["Location"]) == (302, visit(house, code, ROBOT)[1]["Location"])
    assert "visit" not in headers["Location"]
    assert told(house) == []


def test_a_visitor_is_led_on_although_the_queue_refuses_and_the_loss_is_counted(
    house: House, key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = make(house, key)

    def refuse(queue: str, body: str) -> None:
        raise Busy("away")

    monkeypatch.setattr(house.world.queues, "send", refuse)

    assert visit(house, code)[0] == 302
    assert counted(capsys.readouterr().out) == [("TouchesLost", "")]


def test_a_page_wechat_does_not_know_is_told_and_tried_again(house: House, key: str) -> None:
    house.play("/faults", {"path": "/wxa/generate_urllink", "errcode": 40165, "times": 1})
    code = make(house, key)
    first = visit(house, code)
    ways = house.call("GET", f"/v1/entries/{code}/ways", key=key)[1]
    house.clock.advance(hours=6)
    house.tick("renew_links")

    assert first[0] == 200
    assert "<img" not in first[2]
    assert ways["links"] == [{"kind": "url_link", "trouble": "errcode 40165"}]
    assert visit(house, code)[0] == 302


def test_a_crash_between_any_two_steps_of_a_look_leaves_the_look(house: House, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.entries.tables import links as tables

    original = tables.keep_link

    def crash(*given: Any) -> None:
        raise Busy("crashed")

    monkeypatch.setattr(tables, "keep_link", crash)
    code = make(house, key)
    monkeypatch.setattr(tables, "keep_link", original)
    house.clock.advance(minutes=10)
    house.tick("renew_links")

    assert visit(house, code)[0] == 302
