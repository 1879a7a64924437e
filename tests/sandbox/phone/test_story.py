"""The story as a newcomer plays it: a real browser, the house as the backend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.staff.words import Scope
from tests.attribution.ways import QUEUES
from tests.builders import MINI_APPID, OA_APPID, make_accounts, make_brand, make_key, make_rules, make_user, reply_rules
from tests.house import House
from tests.sandbox.phone.browser import NARROW, serve
from tests.sandbox.phone.conftest import Watch

CHAT, MINI = f"[data-app=chat-{OA_APPID}]", f"[data-app=mini-{MINI_APPID}]"


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """A house with two visitors, its sandbox on loopback."""
    key = make_brand(house)
    make_accounts(house, key)
    for appid in (OA_APPID, MINI_APPID):
        house.play("/accounts", {"appid": appid, "name": "联动小店"})
    rules = reply_rules()
    user = make_user(house)
    house.play("/users", {"user": user, "name": "小林"})
    house.play("/users", {"name": "阿美"})
    picture = house.wechat_app.test_client().post(
        f"/_sandbox/phone/pictures?appid={OA_APPID}", data=b"\x89PNG of a card", content_type="image/png"
    )
    rules["rules"][1]["card"]["thumb_media_id"] = picture.get_json()["media_id"]
    make_rules(house, key, rules)
    house.play("/phone/settings", {"backend_key": key})
    with serve(house.wechat_app) as address:
        yield address


def test_a_visitor_scans_opens_the_shop_books_and_is_reminded(house: House, address: str, watch: Watch) -> None:
    screen = watch(address)

    screen.tap("[data-app=scanner]")
    screen.tap("[data-scene=poster-7]")
    screen.sees("逛逛小店", within=".paper")
    screen.sees("小林扫「橱窗海报」关注了「联动小店」", within=".log")
    screen.page.fill("[name=message]", "预约")
    screen.page.keyboard.press("Enter")
    screen.sees("点开卡片即可预约。", within=".paper")
    house.work()
    screen.sees("在线预约", within=".paper")
    screen.tap(".bubble .text-link")
    screen.page.wait_for_selector(".mini[data-path='pages/index/index']")
    screen.sees("已登录", within=".mini")
    screen.tap(".mini-tab[data-path='pages/me/index']")
    screen.sees("微信 · 小程序", within=".me-page")
    screen.sees("微信 · 公众号", within=".me-page")
    screen.sees("微信（同一品牌）", within=".me-page")
    screen.tap(".mini-tab[data-path='pages/book/index']")
    screen.tap("#book-now")
    screen.tap("#allow")
    screen.page.wait_for_selector("[data-reminder=planned]")
    house.clock.advance(minutes=1, seconds=1)
    house.tick("send_due")
    house.work()
    screen.sees("服务通知 · 预约提醒", within=".banner-place")
    screen.tap(".banner")
    screen.sees("头皮护理", within=".notice")

    done = screen.page.locator(".steps .done").count()
    assert done == 5


def test_the_menu_leads_to_a_page_an_order_is_bought_and_the_poster_has_it(house: House, address: str, watch: Watch) -> None:
    entry = _put_up_poster_and_menu(house)
    screen = watch(address)

    screen.tap("[data-app=scanner]")
    screen.sees("门店海报", within=".posters")
    screen.tap(f"[data-scene=e_{entry}]")
    screen.sees("小林扫「门店海报」关注了「联动小店」", within=".log")
    house.work()
    screen.page.get_by_role("button", name="逛小店", exact=True).click()
    screen.sees("from=menu", within=".launch-line")
    screen.sees("已登录", within=".mini")
    screen.tap("[data-buy=head]")
    screen.tap("#pay")
    screen.sees("收银台已把订单告诉后台", within=".banner-place")
    house.work()
    screen.sees("已支付 · ¥128.00", within=".me-page")
    _work_off_ways(house)
    screen.tap("#mini-close")
    screen.tap("[data-app=computer]")
    screen.page.wait_for_selector(f".way[data-entry={entry}]")

    way = screen.page.inner_text(f".way[data-entry={entry}]").split()
    assert way == ["门店海报", "¥128", "2", "次到访", "1", "次关注", "1", "人登录", "1", "笔订单"]
    assert screen.page.inner_text(".way[data-entry='']").split()[:3] == ["不知从哪里来", "¥0", "0"]


def _put_up_poster_and_menu(house: House) -> str:
    key = house.sandbox.state.phone.backend_key
    poster = {"name": "门店海报", "placement": "qr_material", "target": {"end": "official_account", "account": "demo.oa"}}
    entry: str = house.call("POST", "/v1/entries", poster, key=key)[1]["id"]
    house.play("/phone/posters", {"appid": OA_APPID, "scene": f"e_{entry}", "title": "门店海报"})
    page = {"mini_program": "demo.mini", "path": "pages/index/index?from=menu", "url": "https://shop.example.com/"}
    draft = house.call("PUT", "/v1/menus/demo.oa/draft", {"buttons": [{"name": "逛小店", "type": "miniprogram", **page}]}, key=key)[1]
    house.call("POST", "/v1/menus/demo.oa/publish", {"revision": draft["revision"]}, key=key)
    return entry


def _work_off_ways(house: House) -> None:
    while sum(house.work_off(queue) for queue in QUEUES) + house.announce():
        pass


def test_a_card_opens_the_mini_program_at_its_page(house: House, address: str, watch: Watch) -> None:
    screen = watch(address)
    screen.tap(CHAT)
    screen.tap("#follow")
    screen.page.fill("[name=message]", "预约")
    screen.tap(".send")
    screen.sees("点开卡片", within=".paper")
    house.work()

    screen.tap(".mini-card")

    screen.page.wait_for_selector(".mini[data-path='pages/book/index']")


def test_an_order_of_the_till_is_on_the_visitors_page(house: House, address: str, watch: Watch) -> None:
    unionid = house.play(f"/users/u1?appid={MINI_APPID}", method="GET")["unionid"]
    data = {"订单状态": "已支付", "金额": "¥128.00"}
    order = {"type": "order", "id": "T-1001", "at": house.clock().isoformat(), "who": {"unionid": unionid}, "data": data}
    till = make_key(house, "demo", Scope.records_write)
    house.call("POST", "/v1/records", {"records": [order]}, key=till)
    house.work()
    screen = watch(address)
    screen.tap(MINI)
    screen.sees("已登录", within=".mini")

    screen.tap(".mini-tab[data-path='pages/me/index']")

    screen.sees("T-1001", within=".me-page")
    screen.sees("已支付 · ¥128.00", within=".me-page")


def test_who_has_no_orders_is_told_so(address: str, watch: Watch) -> None:
    screen = watch(address)
    screen.tap(MINI)
    screen.sees("已登录", within=".mini")

    screen.tap(".mini-tab[data-path='pages/me/index']")

    screen.sees("还没有订单", within=".me-page")


def test_marketing_is_let_in_and_stopped_by_one_tap(address: str, watch: Watch) -> None:
    screen = watch(address)

    screen.tap(MINI)
    screen.sees("已登录", within=".mini")
    screen.tap(".mini-tab[data-path='pages/me/index']")

    screen.sees("还没问过", within=".me-page")
    screen.tap("#turn-marketing")
    screen.sees("一键停止营销消息", within=".me-page")
    screen.tap("#turn-marketing")
    screen.sees("不允许", within=".me-page")
    assert "{" not in screen.page.inner_text(".device")


def test_a_booking_without_leave_to_remind_is_kept_all_the_same(address: str, watch: Watch) -> None:
    screen = watch(address)
    screen.tap(MINI)
    screen.sees("已登录", within=".mini")
    screen.tap(".mini-tab[data-path='pages/book/index']")
    screen.tap("#book-now")

    screen.tap("#refuse")
    screen.page.wait_for_selector("[data-reminder=refusedByPerson]")
    screen.tap(".mini-tab[data-path='pages/me/index']")

    screen.sees("头皮护理", within=".me-page")


def test_people_take_turns_with_the_phone(address: str, watch: Watch) -> None:
    screen = watch(address)
    screen.tap(CHAT)
    screen.tap("#follow")
    screen.sees("逛逛小店", within=".paper")

    screen.tap(".chip[data-user=u2]")
    screen.tap(CHAT)

    screen.page.wait_for_selector("#follow")
    assert "逛逛小店" not in screen.page.inner_text(".device")
    screen.tap(".chip[data-user=u1]")
    screen.tap(CHAT)
    screen.sees("逛逛小店", within=".paper")


def test_a_new_person_gets_the_phone_at_once(address: str, watch: Watch) -> None:
    screen = watch(address)

    screen.tap("#add-person")
    screen.page.fill("[name=name]", "老周")
    screen.page.keyboard.press("Enter")

    screen.page.wait_for_selector(".chip[data-user=u3][aria-pressed=true]")
    screen.sees("老周", within=".home-clock")


def test_the_whole_page_changes_its_language_and_stays_so(address: str, watch: Watch) -> None:
    screen = watch(address)
    screen.tap(MINI)
    screen.sees("已登录", within=".mini")

    screen.tap("#language")

    screen.sees("Scalp care", within=".mini")
    screen.sees("The mini program logs in with a code", within=".log")
    assert screen.page.get_attribute("html", "lang") == "en"
    screen.page.reload()
    screen.sees("Scalp care", within=".mini")


def test_a_narrow_window_shows_the_phone_or_the_log(address: str, watch: Watch) -> None:
    screen = watch(address, size=NARROW)

    width = screen.page.evaluate("document.documentElement.scrollWidth")
    phone = screen.page.locator(".device").bounding_box()
    assert phone is not None
    assert (width, phone["width"]) == (NARROW[0], NARROW[0])
    assert not screen.page.is_visible(".log")
    screen.tap(".tab[data-tab=log]")
    screen.tap("#language")
    assert screen.page.is_visible("#clear-log")
    box = screen.page.locator("#clear-log").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= NARROW[0]
    assert not screen.page.is_visible(".device")
