"""What is told over HTTP: pages of touches, figures with what entries are called and cost, and refusals."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.attribution.flows import telling
from chalicelib.attribution.words import Mode
from chalicelib.entries.tables import registry
from chalicelib.entries.words import Cost
from tests.attribution.ways import POSTER, TODAY, VIDEO, Ways, figures, line, register


def get(ways: Ways, path: str) -> tuple[int, Any]:
    return ways.house.call("GET", path, key=ways.key)


def test_touches_of_a_person_come_in_pages_over_all_their_ends_the_latest_first(ways: Ways) -> None:
    user = ways.user()
    ways.follow(user, f"e_{POSTER}")
    for entry in ("", VIDEO, ""):
        ways.house.clock.advance(minutes=40)
        login = ways.log_in(user, scene=1047, entry=entry)
    path = f"/v1/people/{login['person']}/touches?limit=2"

    first = get(ways, path)[1]
    second = get(ways, f"{path}&cursor={first['cursor']}")[1]

    assert [(each["kind"], each["entry"]) for each in first["touches"] + second["touches"]] == [
        ("login", None),
        ("login", VIDEO),
        ("login", None),
        ("qr_follow", POSTER),
    ]
    assert (first["first"]["entry"], first["last"]["entry"], second["cursor"]) == (POSTER, VIDEO, None)


def test_an_entry_is_called_and_costs_what_the_registry_says_for_the_days_asked_about(ways: Ways) -> None:
    register("c0st0000", "门店海报", "demo", Cost(first=TODAY, last=TODAY + timedelta(days=9), fen=10_000))
    user = ways.user()
    ways.follow(user, "e_c0st0000")
    ways.order(user, fen=5000)

    stats = ways.stats(last=TODAY + timedelta(days=1))

    found = line(stats, "c0st0000")
    assert (found.name, found.cost_fen, found.roi) == ("门店海报", 2000, 1.5)
    assert (stats.total.cost_fen, stats.unattributed.cost_fen) == (2000, None)


def test_what_was_paid_for_nothing_is_in_the_whole_wherever_it_stands_in_the_registry(ways: Ways) -> None:
    paid = Cost(first=TODAY, last=TODAY, fen=700)
    for number in range(1001):
        register(f"a{number:07d}", "", "rival")
    register("z0000001", "最后的海报", "rival", paid)
    register("z0000002", "去年的海报", "rival", Cost(first=date(2025, 1, 1), last=date(2025, 1, 31), fen=900))
    change_costs("rival", "a0000500", paid)

    stats = telling.sum_up("rival", TODAY, TODAY, Mode.last)

    assert [(each.entry, each.cost_fen) for each in stats.entries] == [("a0000500", 700), ("z0000001", 700)]
    assert stats.total.cost_fen == 1400


def change_costs(brand: str, code: str, *costs: Cost) -> None:
    before = registry.read_entry(brand, code)
    assert before is not None
    lead = msgspec.structs.replace(before.lead, costs=costs)
    assert registry.change(before, msgspec.structs.replace(before, lead=lead, revision=before.revision + 1))


def test_a_code_the_registry_has_not_is_of_no_known_way_and_counted(ways: Ways, capsys: pytest.CaptureFixture[str]) -> None:
    user = ways.user()
    ways.follow(user, "e_zzzzzzzz")

    ways.log_in(user, entry="y0000000")

    assert figures(ways.stats().total)["visits"] == 2
    assert [each.entry for each in ways.stats().entries if figures(each)] == []
    assert capsys.readouterr().out.count('"EntriesUnknown":1') == 2


def test_a_refund_and_a_cancellation_take_the_money_out_of_the_line_again(ways: Ways) -> None:
    user = ways.user()
    ways.follow(user, f"e_{POSTER}")
    order = ways.order(user, fen=9000)
    ways.house.clock.advance(days=3)

    ways.order(user, number=order, version=2, fen=9000, refunded_fen=2500)
    refunded = ways.thanks(order)
    ways.order(user, number=order, version=3, fen=9000, state="已取消")

    assert (refunded["orders"], refunded["money_fen"], refunded["final"], refunded["last"]["entry"]) == (1, 6500, True, POSTER)
    assert ways.thanks(order)["money_fen"] == 0
    assert figures(line(ways.stats(last=TODAY + timedelta(days=4)), POSTER)).get("money_fen", 0) == 0


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/entries/stats?touch=linear", 400, "field_invalid"),
        ("/v1/entries/stats?from=2026-01-01&to=2026-06-01", 400, "field_invalid"),
        ("/v1/entries/stats?from=now", 400, "field_invalid"),
        ("/v1/people/01J00000000000000000000000/touches", 404, "person_missing"),
        ("/v1/people/01J00000000000000000000000/touches?cursor=bm90aGluZw", 400, "cursor_invalid"),
        ("/v1/people/01J00000000000000000000000/touches?limit=0", 400, "field_invalid"),
        ("/v1/orders/NONE/touches", 404, "order_missing"),
    ],
)
def test_what_cannot_be_answered_is_refused(ways: Ways, path: str, status: int, code: str) -> None:
    answered, body = get(ways, path)

    assert (answered, body["Code"]) == (status, code)


def test_without_days_the_last_seven_are_summed_up(ways: Ways) -> None:
    _, stats = get(ways, "/v1/entries/stats")

    assert (stats["from"], stats["to"], stats["touch"]) == (str(TODAY - timedelta(days=6)), str(TODAY), "last")


def test_a_day_is_the_brands_and_not_utcs(ways: Ways) -> None:
    ways.house.clock.advance(hours=12)  # half past midnight of the next day in Shanghai
    ways.house.clock.advance(minutes=30)

    ways.follow(ways.user(), f"e_{POSTER}")

    assert [day.day for day in line(ways.stats(last=date(2026, 11, 22)), POSTER).days] == [date(2026, 11, 21)]
