"""Whatever is no jump ticket of ours: random, cut, changed, of another brand, use or month. It opens nothing and is not repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import CODES, Unauthenticated
from chalicelib.identity.words import IdentifierType, Key
from chalicelib.sessions.flows import arrivals, tickets
from chalicelib.sessions.rules import tickets as rules
from chalicelib.sessions.words import Jump, LoginRefusal, MyTicketOrder, TicketLogin
from tests.builders import make_brand
from tests.house import NOON, open_house
from tests.sessions.jumps import JumpShop

URLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(scope="module")
def shop() -> Iterator[JumpShop]:
    with open_house() as house:
        yield JumpShop(house)


@pytest.fixture(scope="module")
def good(shop: JumpShop) -> str:
    ticket: str = shop.make(once=False, lives_s=86_400)["ticket"]
    return ticket


def refused(shop: JumpShop, text: str) -> bool:
    """Is this refused, without a word of it, and by every way in alike?"""
    shown = TicketLogin(ticket=text, account="demo.app", code="071b")
    world, now = shop.house.world, shop.house.clock()
    for enter in (
        lambda: arrivals.arrive(shown, world=world, now=now),
        lambda: tickets.find_way(text, home="https://api.example.com", in_wechat=False, world=world, now=now),
    ):
        with pytest.raises(Unauthenticated) as caught:
            enter()
        assert caught.value.code == "ticket_refused"
        assert str(caught.value) == CODES["ticket_refused"]
        assert caught.value.__cause__ is None
    return True


@settings(max_examples=150)
@given(text=st.one_of(st.text(), st.text(URLS + "."), st.text(URLS, min_size=1).map(lambda text: f"demo.2026-11.{text}")))
def test_random_text_is_no_ticket(shop: JumpShop, text: str) -> None:
    assert refused(shop, text)


@settings(max_examples=150)
@given(data=st.data())
def test_a_ticket_with_one_letter_changed_added_or_cut_is_none(shop: JumpShop, good: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.sampled_from(f"{URLS}.=+/ \n"))
    changed = [good[:place], f"{good[:place]}{letter}{good[place:]}", f"{good[:place]}{letter}{good[place + 1 :]}"]

    assert all(refused(shop, text) for text in changed if text != good)


@pytest.mark.parametrize("use", ["", "session", "login", "tickets"])
def test_what_was_sealed_for_another_use_is_no_ticket(shop: JumpShop, good: str, use: str) -> None:
    keyring, now = shop.house.world.keyring, shop.house.clock()
    inside = keyring.unseal("demo", good.removeprefix("demo."), use="ticket")
    assert inside is not None

    assert refused(shop, f"demo.{keyring.seal('demo', inside, use=use, now=now)}")
    assert refused(shop, f"demo.{keyring.encrypt('demo', inside, now=now)}")


def test_a_ticket_of_another_brand_is_none_of_ours(shop: JumpShop, good: str) -> None:
    make_brand(shop.house, "rival")
    keyring, now = shop.house.world.keyring, shop.house.clock()
    inside = keyring.unseal("demo", good.removeprefix("demo."), use="ticket")
    assert inside is not None
    theirs = keyring.seal("rival", inside, use="ticket", now=now)

    assert refused(shop, f"demo.{theirs}")
    assert refused(shop, f"rival.{good.removeprefix('demo.')}")
    assert shop.show(f"rival.{theirs}", "demo.app", "071b")[1]["Code"] == "ticket_refused"


def test_garbage_of_another_month_costs_no_look_for_its_key(shop: JumpShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.aws.keyring.read_wrapped_key", _never)

    assert refused(shop, "demo.2026-10.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    assert refused(shop, "demo.hash.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")


def _never(*_: object) -> str:
    raise AssertionError("a key was looked for")


# -- pure ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "shown", "is_taken"),
    [
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, 23, 58, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 12, 0, tzinfo=UTC), datetime(2027, 1, 1, 11, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC), False),
        (datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 11, 30, 23, 59, tzinfo=UTC), False),
    ],
)
def test_a_ticket_is_of_the_month_it_was_made_in_for_a_day(made: datetime, shown: datetime, is_taken: bool) -> None:
    text = f"demo.{made:%Y-%m}.AAAA"

    if is_taken:
        assert rules.split_text(text, shown) == ("demo", text.removeprefix("demo."))
    else:
        with pytest.raises(Unauthenticated):
            rules.split_text(text, shown)


def test_a_text_longer_than_any_ticket_is_not_looked_at() -> None:
    with pytest.raises(Unauthenticated):
        rules.split_text(f"demo.2026-11.{'A' * 2048}", NOON)


@pytest.mark.parametrize(
    ("subject", "person", "age_s", "why"),
    [
        ("", "P", 0, LoginRefusal.ticket_for_nobody),
        ("", None, 400, LoginRefusal.ticket_for_nobody),
        ("openid#mini#1", None, 0, LoginRefusal.ticket_not_yours),
        ("openid#mini#1", "P", 301, LoginRefusal.ticket_too_old),
        ("openid#mini#1", None, 301, LoginRefusal.ticket_too_old),
        ("openid#mini#1", "P", 300, None),
    ],
)
def test_a_login_needs_somebody_the_same_person_and_five_minutes(
    subject: str, person: str | None, age_s: int, why: LoginRefusal | None
) -> None:
    jump = plan(Key(IdentifierType.openid, "mini", "1") if subject else None)

    assert jump.subject == subject
    assert rules.why_no_login(jump, person, used_at=NOON + timedelta(seconds=age_s)) == why


@given(lives_s=st.integers(1, 864_000), later_s=st.integers(0, 900_000))
def test_no_ticket_opens_after_its_end_or_a_day(lives_s: int, later_s: int) -> None:
    sealed = msgspec.json.encode(msgspec.structs.replace(plan(None), ends_at=int(NOON.timestamp()) + lives_s)).decode()

    try:
        rules.read_jump(sealed, NOON + timedelta(seconds=later_s))
    except Unauthenticated:
        assert later_s >= min(lives_s, 86_400)
    else:
        assert later_s < min(lives_s, 86_400)


def plan(subject: Key | None) -> Jump:
    account = Account(id="demo.app", brand="demo", name="app", kind=Kind.app, appid="wx00000000000000e5", created_at=NOON)
    order = MyTicketOrder(purpose="order", audience=("demo.app",), lives_s=3600)
    return rules.plan_jump(order, ticket_id="01J", subject=subject, audience=[account], home="https://api.example.com", now=NOON)
