"""The phone before a backend that has some doors, every door or is not there: the app, the phone number, the first screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from sandbox.app import create_app
from sandbox.emulator import Sandbox
from sandbox.transport import Answer, Request, UnreachableError
from tests.sandbox.phone.browser import NARROW, serve
from tests.sandbox.phone.conftest import Watch
from tests.sandbox.stage import HOUSE, SHOP, Stage

NUMBER, CODE = "13800001111", "246810"
MOBILE = "wx00000000000000c1"
ME_AND_LOGIN = ("GET /v1/me", "POST /v1/sessions/mini-program")
EVERY = (*ME_AND_LOGIN, "POST /v1/sms-codes", "POST /v1/sessions/phone", "POST /v1/sessions/app", "POST /v1/me/phone")


class Backend:
    """Knows one person; texts its codes through the sandbox, and remembers what it was asked."""

    def __init__(self, stage: Stage, doors: tuple[str, ...]) -> None:
        self.stage = stage
        self.doors = doors
        self.phones: list[str] = []
        self.heard: list[tuple[str, Any]] = []

    def __call__(self, request: Request) -> Answer:
        path = request.url.removeprefix("http://backend.test")
        body = msgspec.json.decode(request.body) if request.body else None
        door = f"{request.method} {path}"
        if path == "/openapi.json":
            return self._tell(200, {"paths": {one.split(" ")[1]: {one.split(" ")[0].lower(): {}} for one in self.doors}})
        self.heard.append((door, body))
        if door not in self.doors:
            return self._tell(404, {"Code": "path_missing"})
        return self._tell(*self._answer(door, body))

    def _answer(self, door: str, body: Any) -> tuple[int, Any]:
        if door == "GET /v1/me":
            names = [{"type": "unionid", "account": None, "masked": "u1****"}]
            return 200, {"person": {"identifiers": names + [{"type": "phone", "account": None, "masked": one} for one in self.phones]}}
        if door == "POST /v1/sms-codes":
            self.stage.control("POST", "/phone/sms", {"phone": body["phone"], "text": f"【Shop】{CODE} is your code."})
            return 202, {}
        if body.get("phone") and body["code"] != CODE:
            return 400, {"Code": "sms_code_refused"}
        if door == "POST /v1/me/phone" or body.get("phone"):
            self.phones.append("138****1111")
        return 201, {"session_token": "session-1", "refresh_token": "refresh-1"}

    def _tell(self, status: int, body: Any) -> Answer:
        return Answer(status, msgspec.json.encode(body), 0.01)

    def asked(self, door: str) -> list[Any]:
        return [body for heard, body in self.heard if heard == door]


@pytest.fixture
def wired(stage: Stage) -> Stage:
    """A shop with an account, a mini program and an app; Ann holds the phone."""
    stage.set_callback(HOUSE, url="http://backend.test/wechat/demo.oa")
    stage.set_callback(SHOP, url="http://backend.test/wechat/demo.mini")
    stage.make_account(MOBILE, "mobile_app", "gh_app", name="Shop")
    stage.make_user(name="Ann", phone=NUMBER)
    return stage


@pytest.fixture
def address(wired: Stage) -> Iterator[str]:
    with serve(create_app(wired.sandbox)) as address:
        yield address


def answer(stage: Stage, *doors: str) -> Backend:
    backend = Backend(stage, doors)
    stage.transport.hear = backend
    return backend


def test_a_texted_code_fills_itself_in_and_logs_in(wired: Stage, address: str, watch: Watch) -> None:
    backend = answer(wired, *EVERY)
    screen = watch(address)

    screen.tap("[data-app=app]")
    screen.tap("#get-code")
    screen.sees("已从短信填好验证码", within=".app-body")
    screen.tap("#by-code")

    screen.sees("138****1111", within=".app-in")
    assert backend.asked("POST /v1/sms-codes") == [{"account": "demo.app", "phone": NUMBER}]
    assert backend.asked("POST /v1/sessions/phone") == [{"account": "demo.app", "phone": NUMBER, "code": CODE}]


def test_a_wrong_code_is_said_in_plain_words(wired: Stage, address: str, watch: Watch) -> None:
    answer(wired, *EVERY)
    screen = watch(address)

    screen.tap("[data-app=app]")
    screen.page.fill("[name=code]", "000000")
    screen.tap("#by-code")

    screen.sees("验证码不对，或者过期了", within=".app-body")


def test_who_came_by_wechat_adds_a_number_by_code(wired: Stage, address: str, watch: Watch) -> None:
    backend = answer(wired, *EVERY)
    screen = watch(address)

    screen.tap("[data-app=app]")
    screen.tap("#wechat-login")
    screen.tap("#allow")
    screen.sees("微信（同一品牌）", within=".app-in")
    screen.tap("#get-code")
    screen.sees("已从短信填好验证码", within=".app-body")
    screen.tap("#by-code")

    screen.sees("138****1111", within=".app-in")
    (login,) = backend.asked("POST /v1/sessions/app")
    assert (login["account"], bool(login["code"])) == ("demo.app", True)
    assert backend.asked("POST /v1/me/phone") == [{"account": "demo.app", "phone": NUMBER, "code": CODE}]


def test_who_declines_is_not_logged_in(wired: Stage, address: str, watch: Watch) -> None:
    backend = answer(wired, *EVERY)
    screen = watch(address)

    screen.tap("[data-app=app]")
    screen.tap("#wechat-login")
    screen.tap(".sheet .soft")

    screen.sees("你没有同意", within=".app-body")
    assert backend.asked("POST /v1/sessions/app") == []


def test_doors_that_the_backend_lacks_are_neither_shown_nor_knocked_at(wired: Stage, address: str, watch: Watch) -> None:
    backend = answer(wired, *ME_AND_LOGIN)
    screen = watch(address)

    screen.tap("[data-app=app]")
    screen.sees("后台还不会发验证码", within=".app-body")
    screen.sees("后台还不支持 App 里的微信登录", within=".app-body")
    screen.tap(".home-bar")
    screen.tap(f"[data-app=mini-{SHOP}]")
    screen.sees("已登录", within=".mini")
    screen.tap(".mini-tab[data-path='pages/me/index']")
    screen.page.wait_for_selector(".bind .cell")

    assert screen.page.locator("#wechat-login, #get-code, #give-phone").count() == 0
    assert {door for door, _ in backend.heard} == set(ME_AND_LOGIN)


def test_the_mini_program_adds_a_number_by_the_code_of_wechat(wired: Stage, address: str, watch: Watch) -> None:
    backend = answer(wired, *EVERY)
    screen = watch(address)

    screen.tap(f"[data-app=mini-{SHOP}]")
    screen.sees("已登录", within=".mini")
    screen.tap(".mini-tab[data-path='pages/me/index']")
    screen.sees("微信（同一品牌）", within=".me-page")
    screen.tap("#give-phone")
    screen.tap("#allow")

    screen.sees("138****1111", within=".me-page")
    (given,) = backend.asked("POST /v1/me/phone")
    assert set(given) == {"code"}


def test_an_app_whose_backend_is_away_says_so_and_tries_again(wired: Stage, address: str, watch: Watch) -> None:
    def hear(request: Request) -> Answer:
        raise UnreachableError("gone")

    wired.transport.hear = hear
    screen = watch(address)

    screen.tap("[data-app=app]")
    screen.sees("联系不上后台", within=".app-body")
    answer(wired, *EVERY)
    screen.tap("#try-again")

    screen.page.wait_for_selector("#wechat-login")


def test_a_text_is_announced_and_kept_under_its_app(wired: Stage, address: str, watch: Watch) -> None:
    screen = watch(address)

    wired.control("POST", "/phone/sms", {"phone": NUMBER, "text": "See you at three."})
    screen.tap(".banner")

    screen.sees("See you at three.", within=".notices")


def test_a_sandbox_alone_says_how_a_backend_is_connected(watch: Watch) -> None:
    with serve(create_app(Sandbox())) as address:
        screen = watch(address)

        screen.sees(f"换成 {address}", within=".connect")
        screen.tap(".alone .go")
        screen.page.keyboard.press("Enter")
        screen.page.wait_for_selector(".dock")
        screen.sees("还没有接上后台", within=".connect")


def test_many_people_fit_into_a_narrow_window(wired: Stage, address: str, watch: Watch) -> None:
    for number in range(12):
        wired.make_user(name=f"Person {number}")

    screen = watch(address, size=NARROW)

    adder = screen.page.locator("#add-person").bounding_box()
    assert adder is not None
    assert screen.page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    assert adder["x"] + adder["width"] <= NARROW[0]
