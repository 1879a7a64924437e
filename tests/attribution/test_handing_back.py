"""A visit and an entry handed back: by any login, by a web page that does nothing for it, by a ticket that logs nobody in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.errors import Busy
from tests.attribution.ways import POSTER, QUEUES, VIDEO, register
from tests.builders import MINI_APPID
from tests.house import NOON, REGION, open_house
from tests.sessions.jumps import PAGE, JumpShop

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50"


class Shop(JumpShop):
    """A shop with two entries of known codes, and what is told of whoever came."""

    def work(self) -> None:
        while sum(self.house.work_off(queue) for queue in QUEUES) + self.house.announce():
            pass

    def make_entry(self, target: dict[str, Any]) -> str:
        order = {"name": "poster", "placement": "sms", "target": target}
        status, made = self.house.call("POST", "/v1/entries", order, key=self.key)
        assert status == 201, made
        self.house.tick("renew_links")
        code: str = made["id"]
        return code

    def open_link(self, code: str) -> str:
        """Where somebody is led who opens the link of an entry."""
        led = self.visit(f"/l/demo.{code}", user_agent=PHONE)
        assert led[0] == 302, led
        self.work()
        return led[1]["Location"]

    def launch(self, user: str, link: str) -> dict[str, Any]:
        """How the mini program is opened by a link of WeChat's, as it tells in a login."""
        told = self.house.play(f"/users/{user}/open-link", {"link": link})["launch"]
        return {"scene": told["scene"], "path": told["path"], "query": told["query"]}

    def touches(self, person: str) -> list[tuple[str, str | None]]:
        self.work()
        status, page = self.house.call("GET", f"/v1/people/{person}/touches", key=self.key)
        assert status == 200, page
        return [(each["kind"], each["entry"]) for each in page["touches"]]

    def figures(self, entry: str | None) -> dict[str, int]:
        today = NOON.date()
        _, stats = self.house.call("GET", f"/v1/entries/stats?from={today}&to={today}", key=self.key)
        (line,) = [each for each in [*stats["entries"], stats["unattributed"]] if each["entry"] == entry]
        return {name: line[name] for name in ("visits", "people", "registrations") if line[name]}


@pytest.fixture(scope="module")
def opened() -> Iterator[Shop]:
    with open_house() as house:
        shop = Shop(house)
        for code in (POSTER, VIDEO):
            register(code)
        yield shop


@pytest.fixture
def shop(opened: Shop) -> Shop:
    opened.work()
    for name in ("touches", "identities"):
        dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[f"liandong-local-{name}"].items.clear()
    opened.house.clock.moment = NOON
    return opened


def test_a_mini_program_that_tells_its_launch_as_it_is_hands_back_the_visit_of_the_link(shop: Shop) -> None:
    user = shop.customer()
    code = shop.make_entry({"end": "mini_program", "account": "demo.mini", "path": "pages/index/index"})
    launch = shop.launch(user, shop.open_link(code))
    shop.house.clock.advance(seconds=3)

    login = shop.house.play(f"/users/{user}/login", {"appid": MINI_APPID})["code"]
    _, session = shop.house.call("POST", "/v1/sessions/mini-program", {"account": "demo.mini", "code": login, "launch": launch})

    assert len(launch["query"]["visit"]) == 16
    assert shop.touches(session["person"]) == [("login", code), ("link", code)]


def test_a_web_page_that_does_nothing_for_it_hands_back_entry_and_visit_by_its_address(shop: Shop) -> None:
    user = shop.customer()
    code = shop.make_entry({"end": "web_page", "account": "demo.oa", "url": PAGE})
    page = shop.open_link(code)
    shop.house.clock.advance(seconds=3)

    query = urlencode({"return_to": f"{page}#top", "scope": "userinfo"})
    ticket = shop.web_login(user, f"/v1/sessions/official-account/demo.oa/authorize?{query}")["ticket"][0]
    status, session = shop.show(ticket, None)

    assert status == 201
    assert len(dict(parse_qsl(urlsplit(page).query))["visit"]) == 16
    assert shop.touches(session["person"]) == [("login", code), ("link", code)]


def test_a_web_login_s_own_launch_goes_before_its_page_s_address(shop: Shop) -> None:
    user = shop.customer()
    query = urlencode({"return_to": f"https://shop.example.com/?entry={POSTER}", "scope": "userinfo"})
    ticket = shop.web_login(user, f"/v1/sessions/official-account/demo.oa/authorize?{query}")["ticket"][0]

    _, session = shop.show(ticket, None, launch={"entry": VIDEO})

    assert shop.touches(session["person"]) == [("login", VIDEO)]


def test_a_ticket_s_launch_makes_the_touch_that_a_login_s_would(shop: Shop) -> None:
    user = shop.customer()
    shop.log_in(user)
    launch = {"scene": 1037, "referrer_appid": MINI_APPID, "query": {"e": VIDEO, "utm_source": "moments"}}
    made = shop.make(user, audience=["demo.mini"])
    login = shop.house.play(f"/users/{user}/login", {"appid": MINI_APPID})["code"]
    shop.house.clock.advance(seconds=3)

    status, arrival = shop.show(made["ticket"], "demo.mini", login, launch=launch)

    shop.work()
    _, page = shop.house.call("GET", f"/v1/people/{arrival['person']}/touches", key=shop.key)
    latest = page["touches"][0]
    assert (status, latest["kind"], latest["entry"], latest["scene"]) == (201, "ticket", VIDEO, 1037)
    assert (latest["referrer_appid"], latest["utm"]) == (MINI_APPID, {"utm_source": "moments"})


def test_the_entry_a_ticket_names_goes_before_the_launch_s_and_a_personal_link_s_ticket_is_of_its_entry(shop: Shop) -> None:
    user = shop.customer()
    shop.log_in(user)
    shop.house.clock.advance(seconds=3)
    named = shop.make(user, entry=POSTER)
    _, first = shop.arrive(named["ticket"], user, launch={"entry": VIDEO})
    shop.house.clock.advance(seconds=3)
    personal = shop.make(user, purpose=f"e_{VIDEO}")

    shop.arrive(personal["ticket"], user)

    assert shop.touches(first["person"])[:2] == [("ticket", VIDEO), ("ticket", POSTER)]


def test_a_ticket_that_only_hands_over_what_it_carries_is_a_touch_of_its_entry_and_no_first_login(shop: Shop) -> None:
    owner, other = shop.customer(), shop.customer()
    shop.log_in(owner)
    made = shop.make(owner, entry=POSTER, payload={"order_id": "A-1"})

    status, carried = shop.arrive(made["ticket"], other)
    again = shop.arrive(made["ticket"], other)
    shop.work()
    shop.house.clock.advance(seconds=3)

    assert (status, carried["login_refusal"], again[0]) == (200, "ticket_not_yours", 200)
    assert shop.figures(POSTER) == {"visits": 1, "people": 1}
    assert shop.touches(shop.log_in_to_app(other)["person"])[-1] == ("ticket_opened", POSTER)


def test_a_ticket_good_for_many_is_a_touch_each_time_and_one_that_names_no_way_is_none(shop: Shop) -> None:
    other = shop.customer()
    many, plain = shop.make(once=False, entry=VIDEO), shop.make()
    for _ in range(2):
        shop.arrive(many["ticket"], other)
        shop.house.clock.advance(seconds=1)

    shop.arrive(plain["ticket"], other)

    shop.work()
    assert shop.figures(VIDEO) == {"visits": 2, "people": 1}
    assert shop.figures(None) == {}


def test_a_ticket_hands_over_what_it_carries_although_the_queue_refuses_and_the_loss_is_counted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = shop.make(entry=POSTER, payload={"order_id": "A-1"})

    def refuse(queue: str, body: str) -> None:
        raise Busy("away")

    monkeypatch.setattr(shop.house.world.queues, "send", refuse)
    status, carried = shop.arrive(made["ticket"], shop.customer())

    assert (status, carried["payload"]) == (200, {"order_id": "A-1"})
    assert '"TouchesLost":1' in capsys.readouterr().out.replace(" ", "")
