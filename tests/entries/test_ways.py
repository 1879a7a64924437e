"""Codes, material, links and snippets of entries, and links for one person each."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec
import pytest

from chalicelib.aws import clients
from chalicelib.entries.rules import quotas as rules
from chalicelib.entries.words.quotas import Quota
from chalicelib.errors import Busy
from chalicelib.staff.words import Scope
from tests.builders import MINI_APPID, OA_APPID, log_in, make_accounts, make_brand, make_key, make_user, official_account, tell_wechat
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


def test_another_label_is_read_by_the_lint_and_one_that_was_let_through_is_taken(house: House, key: str) -> None:
    claim = "全国最好的咖啡"
    code = make(house, key, label=claim, override="Quoted from a guide, with its source beside it.")

    own, other, warned = (
        house.call("GET", f"/v1/entries/{code}/ways?label={quote(label)}", key=key) for label in (claim, "全网最低价", "首选好店")
    )

    assert (own[0], own[1]["findings"]) == (200, [])
    assert (other[0], other[1]["Code"], "`override`" in other[1]["Message"]) == (400, "content_refused", True)
    assert [each["rule"] for each in warned[1]["findings"]] == ["absolute-doubtful"]


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
    monkeypatch.setitem(rules.MOST, Quota.codes_for_good, 1)
    first, second = make(house, key, FOLLOW), make(house, key, FOLLOW)

    assert post(house, key, first, "codes", {"kind": "follow_for_good"})["used"] == 1
    assert post(house, key, second, "codes", {"kind": "follow_for_good"}, status=409)["Code"] == "codes_spent"


def quotas(house: House, key: str, account: str) -> dict[str, int]:
    """What is used of an account's codes and links."""
    status, shown = house.call("GET", f"/v1/accounts/{account}/link-quotas", key=key)
    assert status == 200, shown
    return {each["quota"]: each["used"] for each in shown["quotas"]}


def test_what_is_used_of_an_account_s_quotas_is_shown_and_a_new_day_begins_with_nothing(house: House, key: str) -> None:
    code, follow = make(house, key), make(house, key, FOLLOW)
    for kind in ("scheme", "short_link"):
        post(house, key, code, "ways", {"kind": kind})
    post(house, key, code, "codes", {"kind": "mini_program_limited"})
    for kind in ("follow", "follow_for_good"):
        post(house, key, follow, "codes", {"kind": kind})

    status, shown = house.call("GET", "/v1/accounts/demo.mini/link-quotas", key=key)

    assert (status, shown["account"]) == (200, "demo.mini")
    assert shown["quotas"][0] == {"quota": "links", "used": 2, "most": 500_000, "ends_at": "2026-11-20T16:00:00Z"}
    assert quotas(house, key, "demo.mini") == {"links": 2, "short_links": 1, "limited_codes": 1, "unchecked_pages": 0}
    assert quotas(house, key, "demo.oa") == {"follow_codes": 3, "codes_for_good": 1}
    house.clock.advance(days=1)
    assert quotas(house, key, "demo.mini") == {"links": 0, "short_links": 0, "limited_codes": 1, "unchecked_pages": 0}
    assert quotas(house, key, "demo.oa") == {"follow_codes": 0, "codes_for_good": 1}


def test_the_quotas_of_an_account_of_nobody_are_missing(house: House, key: str) -> None:
    assert house.call("GET", "/v1/accounts/rival.oa/link-quotas", key=key)[1]["Code"] == "account_missing"


SPENDING: list[tuple[Quota, Json, str, Json, int, str]] = [
    (Quota.short_links, PAGE, "ways", {"kind": "short_link"}, 503, "links_spent"),
    (Quota.follow_codes, FOLLOW, "codes", {"kind": "follow"}, 503, "links_spent"),
    (Quota.codes_for_good, FOLLOW, "codes", {"kind": "follow_for_good"}, 409, "codes_spent"),
    (Quota.limited_codes, PAGE, "codes", {"kind": "mini_program_limited"}, 409, "codes_spent"),
    (Quota.unchecked_pages, PAGE, "codes", {"kind": "mini_program", "check_path": False, "page": "pages/soon/a"}, 409, "codes_spent"),
]


@pytest.mark.parametrize(("quota", "target", "what", "body", "status", "told"), SPENDING, ids=lambda each: getattr(each, "name", None))
def test_the_last_of_a_quota_is_had_and_none_behind_it(
    house: House, key: str, monkeypatch: pytest.MonkeyPatch, quota: Quota, target: Json, what: str, body: Json, status: int, told: str
) -> None:
    first, second = make(house, key, target), make(house, key, target)
    account = "demo.oa" if target is FOLLOW else "demo.mini"
    monkeypatch.setitem(rules.MOST, quota, quotas(house, key, account)[quota.name] + 1)
    other = {**body, "page": "pages/soon/b"} if "page" in body else body

    post(house, key, first, what, body)
    before = quotas(house, key, account)
    refused = post(house, key, second, what, other, status=status)

    assert refused["Code"] == told
    assert quotas(house, key, account) == before


@pytest.mark.parametrize(("quota", "target", "what", "body"), [each[:4] for each in SPENDING], ids=lambda each: getattr(each, "name", None))
@pytest.mark.parametrize("errcode", [40097, 45029])
def test_what_wechat_did_not_do_is_not_counted(
    house: House, key: str, quota: Quota, target: Json, what: str, body: Json, errcode: int
) -> None:
    code, account = make(house, key, target), "demo.oa" if target is FOLLOW else "demo.mini"
    before = quotas(house, key, account)
    for path in ("/wxa/genwxashortlink", "/cgi-bin/qrcode/create", "/wxa/getwxacode", "/wxa/getwxacodeunlimit"):
        house.play("/faults", {"path": path, "errcode": errcode, "times": 1})

    status, _ = house.call("POST", f"/v1/entries/{code}/{what}", body, key=key)
    after = quotas(house, key, account)
    house.play("/faults", method="DELETE")
    post(house, key, code, what, body)

    assert status in (409, 422)
    assert after == before
    assert quotas(house, key, account)[quota.name] == before[quota.name] + 1


def test_a_page_that_wechat_does_not_look_for_is_counted_once(house: House, key: str) -> None:
    first, second = make(house, key), make(house, key)
    body = {"kind": "mini_program", "check_path": False, "page": "pages/soon/a"}

    for code in (first, second):
        post(house, key, code, "codes", body)

    assert quotas(house, key, "demo.mini")["unchecked_pages"] == 1


def test_a_call_that_was_never_made_costs_nothing_and_one_that_may_have_been_does(
    house: House, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = make(house, key)
    before = quotas(house, key, "demo.mini")["links"]
    with monkeypatch.context() as away:
        away.setattr("chalicelib.accounts.flows.tokens.with_token", nobody_is_there)
        post(house, key, code, "ways", {"kind": "scheme"}, status=503)
    after = quotas(house, key, "demo.mini")["links"]
    house.play("/faults", {"path": "/wxa/generatescheme", "drop_after_effect": True, "times": 1})

    house.call("POST", f"/v1/entries/{code}/ways", {"kind": "scheme"}, key=key)

    assert (after - before, quotas(house, key, "demo.mini")["links"] - before) == (0, 1)


def nobody_is_there(*_: Any, **__: Any) -> Any:
    raise Busy(code="wechat_busy")


def test_an_entry_that_leads_to_another_account_is_not_followed_by_the_former_one_s_code(house: House, key: str) -> None:
    other = official_account(name="oa2", appid="wx00000000000000f2", original_id="gh_second_account")
    assert house.call("POST", "/v1/accounts", other, key=key)[0] == 201
    tell_wechat(house, other, mode="safe", format="xml", open_platform="op1")
    code = make(house, key, FOLLOW)
    post(house, key, code, "codes", {"kind": "follow_for_good"})
    before = visit_with_key(house, f"/v1/entries/{code}/material?of=follow&format=svg", key)[1]["Location"]
    body = {"revision": 1, "name": "poster", "target": {"end": "official_account", "account": "demo.oa2"}}
    assert house.call("PUT", f"/v1/entries/{code}", body, key=key)[0] == 200

    after = visit_with_key(house, f"/v1/entries/{code}/material?of=follow&format=svg", key)[1]["Location"]

    assert urlsplit(before).path != urlsplit(after).path
    assert post(house, key, code, "codes", {"kind": "follow_for_good"})["used"] == 1
    assert quotas(house, key, "demo.oa") == {"follow_codes": 2, "codes_for_good": 1}


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
        {"kind": "mini_program_limited", "page": "pages/a"},
        {"kind": "mini_program_limited", "parameters": {"table": "1"}},
        {"kind": "follow", "account": "demo.oa", "page": "pages/a"},
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
