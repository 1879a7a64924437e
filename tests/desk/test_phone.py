"""What the desk says of the phone, by a real sandbox on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk import phone
from desk.state import Addresses
from desk.teller import Failed, Teller, http
from sandbox.app import create_app
from tests.sandbox.phone.browser import serve
from tests.sandbox.stage import Stage

FRONT = "http://127.0.0.1:8080"


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def addresses(stage: Stage) -> Iterator[Addresses]:
    with serve(create_app(stage.sandbox)) as sandbox:
        yield Addresses(front=FRONT, sandbox=sandbox, aws="", environment={})


def test_a_phone_without_a_brand_is_told_where_one_comes_from(addresses: Addresses) -> None:
    assert "`make demo` makes a brand" in phone.find_lacking(addresses)


def test_accounts_of_another_backend_are_none_of_this_stack(stage: Stage, addresses: Addresses) -> None:
    stage.set_callback(url="http://127.0.0.1:9999/wechat/demo.oa")

    assert "`make demo` makes a brand" in phone.find_lacking(addresses)


def test_a_phone_whose_shop_has_no_key_is_told_so(stage: Stage, addresses: Addresses) -> None:
    stage.set_callback(url=f"{FRONT}/wechat/demo.oa")

    assert "no API key" in phone.find_lacking(addresses)


def test_a_phone_that_has_everything_is_told_nothing(stage: Stage, addresses: Addresses) -> None:
    stage.set_callback(url=f"{FRONT}/wechat/demo.oa")
    http("POST", f"{phone.page_of(addresses)}/settings", {"backend_key": "ld_demo-abcdefgh_secret"})

    assert phone.find_lacking(addresses) == ""


def test_a_phone_gets_a_key_and_a_live_room_once(stage: Stage, addresses: Addresses) -> None:
    stage.set_callback(url=f"{FRONT}/wechat/demo.oa")
    with serve(_accept_accounts) as front:
        teller = Teller(Addresses(front=front, sandbox=addresses.sandbox, aws="", environment={}))
        for _ in range(2):
            phone.equip(teller, shop_key="ld_demo-abcdefgh_secret")

    told = stage.client.get("/_sandbox/phone/feed").get_json()["stage"]

    assert [len(channel["lives"]) for channel in told["channels"]] == [1]
    assert told["backend_key"] == "ld_demo-abcdefgh_***"


def test_an_app_that_the_backend_refuses_ends_the_story(addresses: Addresses) -> None:
    with serve(_refuse_accounts) as front:
        teller = Teller(Addresses(front=front, sandbox=addresses.sandbox, aws="", environment={}))

        with pytest.raises(Failed, match="key_refused"):
            phone.equip(teller, shop_key="")


def _refuse_accounts(environ: dict[str, object], start: object) -> list[bytes]:
    """A backend that knows no key."""
    assert callable(start)
    start("401 Unauthorized", [("Content-Type", "application/json")])
    return [b'{"Code": "key_refused"}']


def _accept_accounts(environ: dict[str, object], start: object) -> list[bytes]:
    """A backend that takes every account."""
    assert callable(start)
    start("201 Created", [("Content-Type", "application/json")])
    return [b"{}"]
