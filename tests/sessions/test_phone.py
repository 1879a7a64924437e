"""Logging in with a texted code: who it is, how often it may be asked for and tried, what never leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from chalice.test import Client

from chalicelib.errors import Busy, Refused, Unknown
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.sessions import tables
from chalicelib.sessions.flows import phone
from chalicelib.sessions.rules import codes
from chalicelib.sessions.words import Limit
from tests.faults import Chaos, Fate, try_every_fault, try_every_order
from tests.house import open_house
from tests.sessions.phones import PhoneShop, new_number, other_than
from tests.small_world import SmallWorld, small_world

NUMBER = "+8613912345678"


@pytest.fixture(scope="module")
def shop() -> Iterator[PhoneShop]:
    with open_house() as house:
        yield PhoneShop(house)


def test_a_texted_code_logs_in_once_and_shows_the_phone_masked(shop: PhoneShop) -> None:
    number = new_number()
    login = shop.log_in_by_phone(shop.owner(number), number)

    status, me = shop.me(login["session_token"])

    assert status == 200
    assert me["account"] == "demo.app"
    assert [(each["type"], each["masked"]) for each in me["person"]["identifiers"]] == [("phone", f"{number[:3]}****{number[-4:]}")]
    assert shop.refresh(login["refresh_token"])[0] == 200


def test_the_same_phone_is_the_same_person_however_it_is_written(shop: PhoneShop) -> None:
    number = new_number()
    user = shop.owner(number)
    first = shop.log_in_by_phone(user, number)
    code = shop.texted(user, number)

    status, again = shop.use(
        f"００８６ {number[:3]}-{number[3:]}", f" {code[:3]} {code[3:]}".translate({ord(d): ord(d) + 0xFEE0 for d in code})
    )

    assert (status, again["person"]) == (201, first["person"])


def test_the_text_names_who_sends_it_and_the_code_alone(shop: PhoneShop) -> None:
    number = new_number()
    user = shop.owner(number)

    code = shop.texted(user, number)

    assert shop.texts(user) == [f"【Demo app】验证码 {code}，5 分钟内有效，请勿告诉他人。"]


def test_a_used_code_has_ended(shop: PhoneShop) -> None:
    number = new_number()
    code = shop.texted(shop.owner(number), number)
    shop.use(number, code)

    status, body = shop.use(number, code)

    assert (status, body["Code"]) == (400, "sms_code_expired")


def test_a_code_ends_after_five_minutes(shop: PhoneShop) -> None:
    number = new_number()
    code = shop.texted(shop.owner(number), number)
    shop.house.clock.advance(seconds=300)

    status, body = shop.use(number, code)

    assert (status, body["Code"]) == (400, "sms_code_expired")


def test_the_fifth_try_may_be_right(shop: PhoneShop) -> None:
    number = new_number()
    code = shop.texted(shop.owner(number), number)

    wrong = [shop.use(number, other_than(code))[1]["Code"] for _ in range(4)]

    assert wrong == ["sms_code_wrong"] * 4
    assert shop.use(number, code)[0] == 201


def test_after_five_wrong_tries_the_right_code_has_ended(shop: PhoneShop) -> None:
    number = new_number()
    code = shop.texted(shop.owner(number), number)

    wrong = [shop.use(number, other_than(code))[1]["Code"] for _ in range(5)]

    assert wrong == ["sms_code_wrong"] * 5
    assert shop.use(number, code)[1]["Code"] == "sms_code_expired"


def test_a_new_code_takes_the_place_of_the_old_one(shop: PhoneShop) -> None:
    number = new_number()
    user = shop.owner(number)
    old = shop.texted(user, number)
    shop.ask(number, later_s=60)
    new = codes.read_sms_code(shop.texts(user)[-1].split("验证码 ")[1][:6])

    assert shop.use(number, old)[1]["Code"] == "sms_code_wrong"
    assert shop.use(number, new)[0] == 201


def test_a_code_proves_no_other_phone(shop: PhoneShop) -> None:
    number, other = new_number(), new_number()
    code, _ = shop.texted(shop.owner(number), number), shop.texted(shop.owner(other), other)

    assert shop.use(other, code)[1]["Code"] == "sms_code_wrong"
    assert shop.use(new_number(), code)[1]["Code"] == "sms_code_expired"


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "null", "１２３", "......"])
def test_what_is_no_code_costs_no_try(shop: PhoneShop, code: str) -> None:
    number = new_number()
    right = shop.texted(shop.owner(number), number)

    refused = [shop.use(number, code)[1]["Code"] for _ in range(6)]

    assert refused == ["sms_code_wrong"] * 6
    assert shop.use(number, right)[0] == 201


@pytest.mark.parametrize(
    "number", ["", "null", "0", "1391234567", "139123456789", "12345678901", "+86", "电话", "13800138000", "+0123456789"]
)
def test_what_is_no_phone_gets_no_text_and_is_named(shop: PhoneShop, number: str) -> None:
    before = len(shop.house.rows("identities"))

    asked, used = shop.ask(number), shop.use(number, "123456")

    assert [(status, body["Code"]) for status, body in (asked, used)] == [(400, "field_invalid")] * 2
    assert "$.phone" in asked[1]["Message"]
    assert len(shop.house.rows("identities")) == before


@pytest.mark.parametrize("account", ["demo.nobody", "nobody.app", "demo", "", "demo.app#x"])
def test_an_account_nobody_has_sends_nothing(shop: PhoneShop, account: str) -> None:
    number = new_number()
    user = shop.owner(number)

    assert shop.ask(number, account)[1]["Code"] == shop.use(number, "123456", account)[1]["Code"] == "account_missing"
    assert shop.texts(user) == []


def test_a_phone_we_know_and_one_we_do_not_are_answered_alike(shop: PhoneShop) -> None:
    known = new_number()
    shop.log_in_by_phone(shop.owner(known), known)

    assert shop.ask(known) == shop.ask(new_number()) == (202, None)


def test_one_phone_gets_one_code_a_minute_and_ten_a_day(shop: PhoneShop) -> None:
    number = new_number()
    user = shop.owner(number)

    at_once = [shop.ask(number, later_s=wait)[0] for wait in (3600, 0, 59, 1)]
    rest = [shop.ask(number)[0] for _ in range(9)]
    next_day = shop.ask(number, later_s=86_400)[0]

    assert at_once == [202, 429, 429, 202]
    assert rest == [202] * 8 + [429]
    assert next_day == 202
    assert len(shop.texts(user)) == 11


def test_a_refused_request_says_when_to_come_back(shop: PhoneShop) -> None:
    number = new_number()
    shop.ask(number)
    shop.house.clock.advance(seconds=20)
    body = json.dumps({"account": "demo.app", "phone": number}).encode()

    with Client(shop.house.app.app) as client:
        answer = client.http.request("POST", "/v1/sms-codes", headers={"Content-Type": "application/json"}, body=body)

    assert (answer.status_code, answer.json_body["Code"]) == (429, "too_many_codes")
    assert answer.headers["Retry-After"] == "40"


def test_one_source_gets_thirty_codes_an_hour_and_spends_nobody_elses(shop: PhoneShop) -> None:
    shop.house.clock.advance(hours=2)
    late = new_number()

    statuses = [shop.ask(new_number(), later_s=0)[0] for _ in range(30)]
    over = shop.ask(late, later_s=0)[0]
    an_hour_later = shop.ask(late, later_s=3600)[0]

    assert statuses == [202] * 30
    assert (over, an_hour_later) == (429, 202)


def test_one_account_sends_so_many_codes_a_day(shop: PhoneShop) -> None:
    limit = Limit(pk="demo#ACCOUNT#oa", sk="L#day", most=shop.house.settings.sms_per_account_day, window_s=86_400)
    tables.spend(limit, now=shop.house.clock())
    tables.LimitRow(limit.pk, limit.sk).update([tables.LimitRow.spent.set(limit.most)])

    assert shop.ask(new_number(), "demo.oa", later_s=0)[0] == 429
    assert shop.ask(new_number(), "demo.app", later_s=0)[0] == 202


def test_an_ipv6_network_is_one_source() -> None:
    assert codes.source_group("2001:db8:1:2:3::1") == codes.source_group("2001:db8:1:2:ffff::2")
    assert codes.source_group("2001:db8:1:3::1") != codes.source_group("2001:db8:1:2::1")
    assert codes.source_group("203.0.113.7") == "203.0.113.7"
    assert codes.source_group("") == ""


def test_a_text_that_was_not_sent_may_be_asked_for_at_once_and_one_that_may_have_been_may_not(
    shop: PhoneShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(trouble: Exception) -> list[int]:
        number = new_number()
        with monkeypatch.context() as patch:
            patch.setattr(type(shop.house.world.sms), "send", lambda *asked, **named: (_ for _ in ()).throw(trouble))
            first = shop.ask(number)[0]
        return [first, shop.ask(number, later_s=1)[0]]

    assert answers(Busy()) == [503, 202]
    assert answers(Unknown()) == [504, 429]
    assert answers(Refused(code="sms_refused")) == [400, 429]


def test_neither_phone_nor_code_lies_anywhere_in_clear(shop: PhoneShop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    number = new_number()
    user = shop.owner(number)
    code = shop.texted(user, number)
    answers = [shop.use(number, other_than(code)), shop.ask(number, later_s=1), shop.use(f"{number}x", code), shop.use(number, code)]

    rows = [row for table in ("identities", "accounts", "audit", "messages") for row in shop.house.rows(table)]
    words = json.dumps(rows, default=str).replace('"', " ").split()
    assert number not in json.dumps([answers, rows], default=str) + caplog.text
    assert code not in words
    assert code not in json.dumps(answers) + caplog.text


def test_two_uses_of_a_code_at_once_are_one_login_in_every_order() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as small:
            tries = Tries(small)
            tries.keep("123456")

            outcomes = chaos.run(lambda: tries.use("123456"), lambda: tries.use("123456"))

            assert sorted(outcome == "right" for outcome in outcomes) == [False, True]

    assert try_every_order(play) > 1


def test_many_guesses_at_once_are_no_more_than_five() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as small:
            tries = Tries(small)
            tries.keep("123456")
            for guess in range(3):
                tries.use(f"00000{guess}")

            chaos.run(*(lambda guess=guess: tries.use(f"00001{guess}") for guess in range(3)))

            assert tries.use("123456") == "sms_code_expired"

    try_every_order(play)


def test_whatever_breaks_a_code_proves_the_phone_once() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as small:
            tries = Tries(small)
            tries.keep("123456")

            chaos.run(lambda: tries.use("123456"))

            assert tries.use("123456") == "sms_code_expired" or tries.proofs == 1
            assert tries.proofs <= 1

    try_every_fault(play)


def test_an_answer_that_botocore_fetches_again_does_not_cost_the_login() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as small:
            tries = Tries(small)
            tries.keep("123456")

            (outcome,) = chaos.run(lambda: tries.use("123456"))

            assert outcome == "right"

    try_every_fault(play, fates=(Fate.asked_twice,))


def test_a_limit_holds_for_those_who_come_at_once() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as small:
            limit = Limit(pk="demo#SOURCE#s", sk="L#hour", most=2, window_s=60)

            outcomes = chaos.run(*[lambda: tables.spend(limit, now=small.clock())] * 3)

            assert sorted(outcome is None for outcome in outcomes) == [False, True, True]

    try_every_order(play)


class Tries:
    """Tries at the code of one phone; `proofs` are those that were right."""

    def __init__(self, small: SmallWorld) -> None:
        self._small = small
        self.proofs = 0

    def keep(self, code: str) -> None:
        world, now = self._small.world, self._small.clock()
        key = str(identity.key_of("demo", Identifier(IdentifierType.phone, NUMBER), world=world, now=now))
        tables.keep_code("demo", key, phone._hash("demo", key, code, world=world, now=now), ends_at=now + codes.SMS_CODE_LIFE)

    def use(self, code: str) -> str:
        try:
            phone.use_code("demo", NUMBER, code, world=self._small.world, now=self._small.clock())
        except Refused as refused:
            return refused.code
        self.proofs += 1
        return "right"
