"""Codes, material, links and snippets of entries, and links for one person each."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import pytest

from chalicelib.aws import clients
from chalicelib.entries.rules import codes as rules
from chalicelib.staff.words import Scope
from tests.builders import MINI_APPID, OA_APPID, log_in, make_accounts, make_brand, make_key, make_user
from tests.entries.test_leading import PAGE, WEB, WECHAT, counted, make, visit, without_visit
from tests.house import ARCHIVE, House

Json = dict[str, Any]
FOLLOW = {"end": "official_account", "account": "demo.oa"}


@pytest.fixture
def key(house: House) -> str:
    made = make_brand(house)
    make_accounts(house, made)
    house.call("PUT", "/v1/accounts/demo.oa/web-origins", {"web_origins": ["https://shop.example.com"]}, key=made)
    return made


def post(house: House, key: str, code: str, what: str, body: Json, status: int = 201) -> Json:
    got, answer = house.call("POST", f"/v1/entries/{code}/{what}", body, key=key)
    assert got == status, answer
    made: Json = answer
    return made


def fetch(address: str) -> tuple[str, bytes]:
    """What lies at a presigned address."""
    name = unquote(urlsplit(address).path).lstrip("/").removeprefix(f"{ARCHIVE}/")
    found = clients.client("s3").get_object(Bucket=ARCHIVE, Key=name)
    return found["ContentType"], found["Body"].read()


# -- what an entry is put in place with --------------------------------------------------------------------------


def test_everything_an_entry_is_put_in_place_with_is_shown(house: House, key: str) -> None:
    code = make(house, key)

    status, ways = house.call("GET", f"/v1/entries/{code}/ways?label=Shop", key=key)

    link, path = f"https://api.example.com/l/demo.{code}", f"pages/index/index?sku=7&entry={code}&utm_source=%E5%BE%AE%E4%BF%A1"
    assert status == 200
    assert ways["mini_program"]["path"] == path
    assert ways["text_link"] == (
        f'<a href="{link}" data-miniprogram-appid="{MINI_APPID}" data-miniprogram-path="{path.replace("&", "&amp;")}">Shop</a>'
    )
    assert ways["sms"] == {"text": f"Shop {link} ", "parts": 1}
    assert ways["article_card"].startswith(f'<mp-miniprogram data-miniprogram-appid="{MINI_APPID}"')
    assert "wx-open-launch-weapp" in ways["web_snippet"]
    assert [each["kind"] for each in ways["links"]] == ["url_link"]


@pytest.mark.parametrize(("kind", "beginning"), [("scheme", "weixin://dl/business/?t="), ("short_link", "#小程序://")])
def test_a_link_wechat_made_is_kept_and_renewed(house: House, key: str, kind: str, beginning: str) -> None:
    code = make(house, key)
    made, again = (post(house, key, code, "ways", {"kind": kind}) for _ in range(2))
    house.clock.advance(days=29)
    house.tick("renew_links")

    _, ways = house.call("GET", f"/v1/entries/{code}/ways", key=key)

    (renewed,) = [each for each in ways["links"] if each["kind"] == kind]
    assert made == again
    assert made["value"].startswith(beginning)
    assert renewed["value"] != made["value"]


def test_links_and_schemes_are_counted_together_by_mini_program_and_day(house: House, key: str) -> None:
    settings = msgspec.structs.replace(house.world.settings, links_per_day=2)
    house.enter(msgspec.structs.replace(house.world, settings=settings))
    code = make(house, key)
    post(house, key, code, "ways", {"kind": "scheme"})

    other = make(house, key)
    refused = post(house, key, other, "ways", {"kind": "scheme"}, status=503)
    house.clock.advance(days=1)

    assert refused["Code"] == "links_spent"
    assert post(house, key, other, "ways", {"kind": "scheme"})["value"]


def test_wechat_makes_no_link_to_a_web_page(house: House, key: str) -> None:
    assert post(house, key, make(house, key, WEB), "ways", {"kind": "scheme"}, status=400)["Code"] == "field_invalid"


# -- material ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "media_type"), [("png", "image/png"), ("svg", "image/svg+xml")])
def test_material_lies_behind_an_address_for_ten_minutes(house: House, key: str, format: str, media_type: str) -> None:
    code = make(house, key)

    status, headers, _ = visit_with_key(house, f"/v1/entries/{code}/material?format={format}", key)

    assert status == 303
    assert parse_qs(urlsplit(headers["Location"]).query)["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert parse_qs(urlsplit(headers["Location"]).query)["X-Amz-Expires"] == ["600"]
    assert fetch(headers["Location"])[0] == media_type
    assert f"/demo/material/{code}/" in headers["Location"]


def visit_with_key(house: House, target: str, key: str) -> tuple[int, Json, str]:
    from chalice.test import Client

    with Client(house.app.app) as client:
        answer = client.http.get(target, headers={"Authorization": f"Bearer {key}"})
    return answer.status_code, dict(answer.headers), bytes(answer.body).decode()


@pytest.mark.parametrize("query", ["format=gif", "of=canary", "logo=1", "scale=0", "scale=41", "scale=x"])
def test_material_of_another_kind_is_refused(house: House, key: str, query: str) -> None:
    status, body = house.call("GET", f"/v1/entries/{make(house, key)}/material?{query}", key=key)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert "canary" not in body["Message"]


# -- codes -------------------------------------------------------------------------------------------------------


def test_a_code_to_follow_says_its_entry_and_ends_after_30_days_at_most(house: House, key: str) -> None:
    code = make(house, key, FOLLOW)

    made = post(house, key, code, "codes", {"kind": "follow", "lives_s": 2_592_000})

    (kept,) = [each for each in house.sandbox.official(OA_APPID).qrcodes.values() if each.url == made["url"]]
    assert kept.scene == made["scene"] == f"e_{code}"
    assert (kept.expires_at or 0) - house.clock().timestamp() == 2_592_000
    assert fetch(made["image"])[1][:4] == b"\x89PNG"
    assert post(house, key, code, "codes", {"kind": "follow", "lives_s": 2_592_001}, status=400)["Code"] == "field_invalid"
    assert post(house, key, code, "codes", {"kind": "follow", "lives_s": 59}, status=400)["Code"] == "field_invalid"


def test_codes_for_good_are_counted_and_the_same_scene_counts_once(house: House, key: str) -> None:
    first, second = make(house, key, FOLLOW), make(house, key, FOLLOW)

    made = [post(house, key, code, "codes", {"kind": "follow_for_good"}) for code in (first, first, second)]

    assert [(each["used"], each["most"]) for each in made] == [(1, 100_000), (1, 100_000), (2, 100_000)]
    assert made[0]["url"] == made[1]["url"]
    assert visit_with_key(house, f"/v1/entries/{first}/material?of=follow", key)[0] == 303


def test_the_last_code_for_good_is_made_and_none_behind_it(house: House, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "FOR_GOOD_MOST", 1)
    first, second = make(house, key, FOLLOW), make(house, key, FOLLOW)

    assert post(house, key, first, "codes", {"kind": "follow_for_good"})["used"] == 1
    assert post(house, key, second, "codes", {"kind": "follow_for_good"}, status=409)["Code"] == "codes_spent"


def test_wechat_s_word_that_all_are_used_is_told_and_not_counted(house: House, key: str) -> None:
    code = make(house, key)
    house.play("/faults", {"path": "/wxa/getwxacode", "errcode": 45029, "times": 1})

    refused = post(house, key, code, "codes", {"kind": "mini_program_limited"}, status=409)

    made = post(house, key, code, "codes", {"kind": "mini_program_limited"})
    assert refused["Code"] == "codes_spent"
    assert (made["used"], made["most"]) == (1, 100_000)


def test_parameters_stand_behind_a_scene_and_the_mini_program_gets_them_back(house: House, key: str) -> None:
    code = make(house, key)
    login = log_in(house, make_user(house))
    made = post(house, key, code, "codes", {"kind": "mini_program", "parameters": {"table": "桌 12", "clerk": "7"}})

    status, scene = house.call("GET", f"/v1/scenes/{made['scene']}", key=login["session_token"])

    assert status == 200
    assert scene == {"entry": code, "parameters": {"table": "桌 12", "clerk": "7"}, "utm": {"utm_source": "微信"}, "leads_to": PAGE}
    assert len(made["scene"]) <= 32
    assert fetch(made["image"])[1]


def test_an_unknown_scene_is_missing_for_everybody(house: House, key: str) -> None:
    login, code = log_in(house, make_user(house)), make(house, key)

    answers = [
        house.call("GET", f"/v1/scenes/{scene}", key=login["session_token"]) for scene in ("x", "e_00000000", f"e_{code}_0123456789")
    ]

    assert {(status, body["Code"]) for status, body in answers} == {(404, "scene_missing")}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "canary"},
        {"kind": "mini_program", "width": 279},
        {"kind": "mini_program", "width": 1281},
        {"kind": "mini_program", "page": "/pages/a"},
        {"kind": "follow"},
        {"kind": "follow", "account": "demo.mini"},
        {"kind": "mini_program", "account": "demo.oa"},
    ],
)
def test_what_wechat_would_refuse_is_refused_before(house: House, key: str, wrong: Json) -> None:
    assert post(house, key, make(house, key), "codes", wrong, status=400)["Code"] == "field_invalid"


@pytest.mark.parametrize("width", [280, 1280])
def test_codes_from_280_to_1280_pixels_are_drawn(house: House, key: str, width: int) -> None:
    assert post(house, key, make(house, key), "codes", {"kind": "mini_program", "width": width})["image"]


# -- links for one person ----------------------------------------------------------------------------------------


def personal(house: House, key: str, target: Json, **more: Any) -> tuple[str, str, str]:
    """A personal link of somebody known: the entry, the ticket, and whose it is."""
    user = make_user(house)
    log_in(house, user)
    openid = house.play(f"/users/{user}?appid={MINI_APPID}", method="GET")["openid"]
    code = make(house, key, target, ticket=True)
    made = post(house, key, code, "links", {"who": {"type": "openid", "value": openid, "account": "demo.mini"}, **more})
    link, _, ticket = made["link"].partition("?t=")
    assert link == f"https://api.example.com/l/demo.{code}"
    return code, ticket, user


def test_a_personal_link_logs_its_person_in_at_the_mini_program(house: House, key: str) -> None:
    code, ticket, user = personal(house, key, PAGE)

    _, headers, _ = visit(house, code, query=f"?t={ticket}")

    (along,) = parse_qs(urlsplit(headers["Location"]).query)["cq"]
    login_code = house.play(f"/users/{user}/login", {"appid": MINI_APPID})["code"]
    shown = {"ticket": parse_qs(along)["jump"][0], "account": "demo.mini", "code": login_code}
    status, arrival = house.call("POST", "/v1/sessions/ticket", shown)
    assert (status, arrival["purpose"]) == (201, f"e_{code}")
    assert arrival["session_token"]


def test_a_personal_link_that_was_used_leads_where_everybody_is_led(house: House, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, ticket, user = personal(house, key, PAGE)
    login_code = house.play(f"/users/{user}/login", {"appid": MINI_APPID})["code"]
    first = visit(house, code, query=f"?t={ticket}")[1]["Location"]
    house.call("POST", "/v1/sessions/ticket", {"ticket": ticket, "account": "demo.mini", "code": login_code})
    capsys.readouterr()

    replayed = visit(house, code, query=f"?t={ticket}")[1]["Location"]

    assert "cq=" in first
    assert without_visit(replayed) == without_visit(visit(house, code)[1]["Location"])
    assert counted(capsys.readouterr().out) == [("LinkTicketsRefused", "ticket_used")]


def test_a_personal_link_to_a_page_goes_in_wechat_by_the_web_login(house: House, key: str) -> None:
    code, ticket, _ = personal(house, key, WEB)

    _, headers, _ = visit(house, code, WECHAT, query=f"?t={ticket}")

    asked = parse_qs(urlsplit(headers["Location"]).query)["return_to"][0]
    assert headers["Location"].startswith("https://api.example.com/v1/sessions/official-account/demo.oa/authorize?")
    assert parse_qs(urlsplit(asked).query)["jump"] == [ticket]
    assert asked.startswith("https://shop.example.com/a?b=1")


def test_an_expired_tampered_or_foreign_ticket_leads_where_everybody_is_led_and_is_counted(
    house: House, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, ticket, _ = personal(house, key, WEB, lives_s=60)
    other, foreign, _ = personal(house, key, WEB)
    plain = visit(house, code)[1]["Location"]
    capsys.readouterr()
    wrong = [foreign, ticket[:-2] + ("AA" if ticket[-2:] != "AA" else "BB"), ticket.replace("demo.", "rival."), "x", "x" * 5000]
    places = [visit(house, code, query=f"?t={each}")[1]["Location"] for each in wrong]
    house.clock.advance(seconds=60)
    places.append(visit(house, code, query=f"?t={ticket}")[1]["Location"])

    told = counted(capsys.readouterr().out)

    assert other != code
    assert set(map(without_visit, places)) == {without_visit(plain)}
    assert told == [("LinkTicketsRefused", "ticket_refused")] * 6


def test_links_for_one_person_need_the_right_to_make_tickets_and_an_entry_that_says_so(house: House, key: str) -> None:
    code = make(house, key)
    who = {"who": {"type": "member_no", "value": "M1"}}
    writer = make_key(house, "demo", Scope.entries_write)

    assert post(house, writer, code, "links", who, status=403)["Code"] == "scope_missing"
    assert post(house, key, code, "links", who, status=400)["Code"] == "field_invalid"
