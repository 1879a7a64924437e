from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import SHOP, Stage

SCHEME = "/wxa/generatescheme"
URL_LINK = "/wxa/generate_urllink"
SHORT = "/wxa/genwxashortlink"
JUMP = {"path": "/pages/index/index", "query": "ch=sms&c=7"}
DAY = 86_400


def post(stage: Stage, endpoint: str, **body: Any) -> Any:
    return stage.post(endpoint, body, access_token=stage.token(SHOP))


def scheme(stage: Stage, **fields: Any) -> Any:
    return post(stage, SCHEME, **{"jump_wxa": JUMP, "expire_type": 1, "expire_interval": 30, **fields})


def url_link(stage: Stage, **fields: Any) -> Any:
    return post(stage, URL_LINK, **{**JUMP, "expire_type": 1, "expire_interval": 1, **fields})


def tap(stage: Stage, user: str, link: str, *, status: int = 200, in_wechat: bool = True) -> Any:
    return stage.control("POST", f"/users/{user}/open-link", {"link": link, "in_wechat": in_wechat}, status=status).get("launch")


def test_a_scheme_says_where_it_leads_and_when_it_ends(stage: Stage) -> None:
    made = scheme(stage)

    told = post(stage, "/wxa/queryscheme", scheme=made["openlink"])["scheme_info"]

    assert made["openlink"].startswith("weixin://dl/business/?t=")
    now = int(stage.clock)
    assert told == {
        "appid": SHOP,
        "path": "pages/index/index",
        "query": "ch=sms&c=7",
        "create_time": now,
        "expire_time": now + 30 * DAY,
        "env_version": "release",
    }


def test_a_url_link_tells_its_cloud_base_with_wechats_spelling(stage: Stage) -> None:
    made = url_link(stage, cloud_base={"env": "prod-1", "domain": "d.example.com"})

    told = post(stage, "/wxa/query_urllink", url_link=made["url_link"])["url_link_info"]

    assert made["url_link"].startswith("https://wxaurl.cn/")
    assert told["cloud_base"] == {"env": "prod-1", "doamin": "d.example.com", "path": "", "query": "", "resource_appid": ""}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"jump_wxa": {"path": "pages/nowhere"}}, 40165),
        ({"jump_wxa": {"path": "pages/index/index?x=1"}}, 40165),
        ({"jump_wxa": {"path": "", "query": "名"}}, 40212),
        ({"jump_wxa": {"path": "", "query": "q" * 1025}}, 40212),
        ({"jump_wxa": {"path": "", "env_version": "beta"}}, 85402),
        ({"expire_interval": 31}, 85401),
        ({"expire_interval": 0}, 85401),
        ({"expire_type": 0, "expire_time": 1}, 85401),
        ({"expire_type": 2}, 40097),
    ],
)
def test_a_wrong_scheme_has_its_code(stage: Stage, changed: dict[str, Any], code: int) -> None:
    assert scheme(stage, **changed)["errcode"] == code


def test_a_link_without_an_end_gets_thirty_days_or_is_refused(stage: Stage) -> None:
    made = post(stage, SCHEME, jump_wxa=JUMP, is_expire=False)
    stage.change(endless_links_get_30_days=False)

    told = post(stage, "/wxa/queryscheme", scheme=made["openlink"])["scheme_info"]

    assert told["expire_time"] - told["create_time"] == 30 * DAY
    assert post(stage, SCHEME, jump_wxa=JUMP)["errcode"] == 85401


def test_the_end_is_between_a_minute_and_thirty_days_ahead(stage: Stage) -> None:
    now = int(stage.clock)

    codes = [scheme(stage, expire_type=0, expire_time=now + ahead)["errcode"] for ahead in (59, 60, 30 * DAY, 30 * DAY + 1)]

    assert codes == [85401, 0, 0, 85401]


def test_individuals_and_unreleased_mini_programs_make_no_links(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": SHOP, "individual": True})
    individual = scheme(stage)["errcode"], post(stage, SHORT, page_url="pages/index/index")["errcode"]
    stage.control("POST", "/accounts", {"appid": SHOP, "individual": False, "released": False})

    assert individual == (40002, 43104)
    assert url_link(stage)["errcode"] == 85079


def test_schemes_and_url_links_share_the_day_and_the_second(stage: Stage) -> None:
    first = [scheme(stage)["errcode"] for _ in range(50)] + [url_link(stage)["errcode"] for _ in range(51)]
    stage.clock += 1
    made = stage.sandbox.mini_book(SHOP).generations
    made[next(name for name in made if name.startswith("day"))] = 500_000

    assert first == [0] * 100 + [44990]
    assert url_link(stage)["errcode"] == 44993


def test_a_link_opens_for_anybody_with_its_scene_until_it_ends(stage: Stage, user: str) -> None:
    other = stage.make_user()
    link, made = url_link(stage)["url_link"], scheme(stage)["openlink"]

    outside = tap(stage, user, link, in_wechat=False)
    inside = tap(stage, other, f"{link}?cq=a%3D1")
    schemed = tap(stage, user, f"{made}&cq=a%3D1%26b%3D2")
    stage.clock += DAY

    assert (outside["scene"], outside["query"]) == (1194, {"ch": "sms", "c": "7"})
    assert (inside["scene"], inside["query"]) == (1167, {"ch": "sms", "c": "7", "a": "1"})
    assert (schemed["scene"], schemed["query"]) == (1065, {"ch": "sms", "c": "7", "a": "1", "b": "2"})
    tap(stage, user, link, status=409)
    tap(stage, user, "https://wxaurl.cn/nobody", status=409)


def test_openings_are_counted_and_end_with_the_day(stage: Stage, user: str) -> None:
    stage.change(link_openings_per_day=2)
    link = url_link(stage)["url_link"]
    tap(stage, user, link)

    left = post(stage, "/wxa/query_urllink", query_type=1)["quota_info"]
    tap(stage, user, link)

    assert left == {"remain_visit_quota": 1}
    tap(stage, user, link, status=409)


def test_links_of_others_are_unknown(stage: Stage) -> None:
    stage.make_account("wxother", "mini_program", "gh_other")
    link = url_link(stage)["url_link"]

    foreign = stage.post("/wxa/query_urllink", {"url_link": link}, access_token=stage.token("wxother"))

    assert foreign["errcode"] == 85403
    assert post(stage, "/wxa/queryscheme", scheme="weixin://dl/business/?t=nobody")["errcode"] == 85403
    assert post(stage, "/wxa/queryscheme", scheme="https://example.com")["errcode"] == 40097


def test_a_plain_scheme_needs_its_page_declared(stage: Stage, user: str) -> None:
    plain = f"weixin://dl/business/?appid={SHOP}&path=pages/index/index&query=ch%3Dsms&env_version=release"
    undeclared = post(stage, "/wxa/queryscheme", scheme=plain)
    tap(stage, user, plain, status=409)
    stage.control("POST", "/accounts", {"appid": SHOP, "plain_scheme_pages": ["pages/index/index"]})

    told = post(stage, "/wxa/queryscheme", scheme=plain)["scheme_info"]

    assert undeclared["errcode"] == 85405
    assert told == {"appid": SHOP, "path": "pages/index/index", "query": "ch=sms", "env_version": "release"}
    assert tap(stage, user, plain)["scene"] == 1286


def test_a_short_link_opens_in_wechat_only(stage: Stage, user: str) -> None:
    stage.control("POST", "/accounts", {"appid": SHOP, "name": "小店"})

    link = post(stage, SHORT, page_url="pages/goods/detail?id=7", page_title="一二三四五六七八九十一二三四五六七八九十多")["link"]

    assert link.startswith("#小程序://小店/一二三四五六七八九十一二三四五六七八九十…/")
    tap(stage, user, link, status=409, in_wechat=False)
    assert tap(stage, user, link)["scene"] == 1179


def test_permanent_short_links_are_counted(stage: Stage) -> None:
    stage.sandbox.mini_book(SHOP).permanent_short_links = 100_000

    assert post(stage, SHORT, page_url="pages/index/index", is_permanent=True)["errcode"] == 85400
    assert post(stage, SHORT, page_url="pages/index/index")["errcode"] == 0
    assert post(stage, SHORT, page_url="pages/nowhere")["errcode"] == 40066
    assert post(stage, SHORT, page_url="pages/index/index", page_title="a\nb")["errcode"] == 40225


def test_an_nfc_scheme_never_ends(stage: Stage) -> None:
    made = post(stage, "/wxa/generatenfcscheme", jump_wxa=JUMP, model_id="m1")

    told = post(stage, "/wxa/queryscheme", scheme=made["openlink"])["scheme_info"]

    assert told["expire_time"] == 0
    assert post(stage, "/wxa/generatenfcscheme", jump_wxa=JUMP)["errcode"] == 9800003
