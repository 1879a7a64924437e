"""From a poster to an order, over every end: the way somebody came by is kept."""

from __future__ import annotations

from datetime import timedelta

from tests.attribution.ways import NEWS, POSTER, TODAY, VIDEO, Ways, figures, line


def test_from_a_poster_by_a_follow_the_mini_program_and_the_app_to_an_order_the_entry_is_kept(ways: Ways) -> None:
    user = ways.user()
    ways.follow(user, f"e_{POSTER}")
    ways.house.clock.advance(minutes=3)
    ways.log_in(user, scene=1035, path="pages/index/index", referrer_appid="wx00000000000000a1")
    ways.house.clock.advance(minutes=5)
    ways.log_in_to_app(user)
    ways.house.clock.advance(days=2)

    order = ways.order(user)

    stats = ways.stats(last=TODAY + timedelta(days=2))
    assert figures(line(stats, POSTER)) == {
        "visits": 3,
        "people": 1,
        "new_people": 1,
        "follows": 1,
        "registrations": 1,
        "orders": 1,
        "money_fen": 12800,
    }
    assert figures(stats.unattributed) == {}
    assert stats.unattributed == line(stats, None)
    assert (line(stats, POSTER).conversion, line(stats, POSTER).share) == (1.0, 1.0)
    assert ways.thanks(order)["first"]["kind"] == ways.thanks(order)["last"]["kind"] == "qr_follow"


def test_by_the_first_touch_the_poster_earned_it_and_by_the_last_the_video(ways: Ways) -> None:
    user = ways.user()
    ways.follow(user, f"e_{POSTER}")
    ways.house.clock.advance(hours=2)
    ways.log_in(user, scene=1184, query={"entry": VIDEO})
    ways.house.clock.advance(hours=2)

    order = ways.order(user)

    thanks = ways.thanks(order)
    assert (thanks["first"]["entry"], thanks["last"]["entry"]) == (POSTER, VIDEO)
    assert (thanks["last"]["carrier"], thanks["last"]["placement"], thanks["last"]["scene"]) == ("channels", "link", 1184)
    assert figures(line(ways.stats("first"), POSTER))["money_fen"] == 12800
    assert figures(line(ways.stats("last"), VIDEO))["money_fen"] == 12800


def test_what_nobody_knows_the_way_of_is_a_line_of_its_own_and_all_lines_add_up_to_the_whole(ways: Ways) -> None:
    known, unknown = ways.user(), ways.user()
    ways.follow(known, f"e_{POSTER}")
    ways.order(known, fen=5000)
    ways.follow(unknown)
    ways.log_in(unknown, scene=1089)
    ways.order(unknown, fen=3000)

    for touch in ("first", "last"):
        stats = ways.stats(touch)
        lines = [*stats.entries, stats.unattributed]
        whole = {name: sum(figures(each).get(name, 0) for each in lines) for name in figures(stats.total)}
        assert figures(stats.unattributed) == {
            "visits": 2,
            "people": 1,
            "new_people": 1,
            "follows": 1,
            "registrations": 1,
            "orders": 1,
            "money_fen": 3000,
        }
        assert figures(stats.total) == whole
        assert figures(stats.total) == {
            "visits": 3,
            "people": 2,
            "new_people": 2,
            "follows": 2,
            "registrations": 1,
            "orders": 2,
            "money_fen": 8000,
        }
        assert round(sum(each.share or 0 for each in lines), 4) == 1.0
        assert [(day.day, day.money_fen) for day in stats.total.days] == [(TODAY, 8000)]


def test_a_login_without_an_entry_is_of_the_poster_right_after_it_and_of_nothing_an_hour_later(ways: Ways) -> None:
    user = ways.user()
    ways.follow(user, f"e_{POSTER}")
    ways.house.clock.advance(minutes=29)
    ways.log_in(user, scene=1089)
    ways.house.clock.advance(minutes=60)

    ways.log_in(user, scene=1089)

    assert line(ways.stats(), POSTER).visits == 2
    assert ways.stats().unattributed.visits == 1


def test_who_opened_a_link_is_unknown_until_a_login_tells_of_the_same_visit(ways: Ways) -> None:
    user = ways.user()
    ways.open_link(NEWS, visit="visit-0001")
    before = ways.stats()
    ways.house.clock.advance(hours=1)

    ways.log_in(user, scene=1167, query={"visit": "visit-0001"})
    ways.house.clock.advance(hours=1)
    order = ways.order(user)

    assert figures(line(before, NEWS)) == {"visits": 1, "opened": 1}
    assert figures(before.total) == {"visits": 1, "opened": 1}
    assert ways.thanks(order)["last"]["kind"] == "link"
    assert line(ways.stats(), NEWS).money_fen == 12800


def test_a_ticket_brings_its_entry_into_the_app(ways: Ways) -> None:
    user = ways.user()
    ways.log_in(user)
    ways.house.clock.advance(minutes=1)
    who = {"type": "unionid", "value": ways.unionid(user)}
    order = {"purpose": "order", "audience": ["demo.app"], "who": who, "entry": f"demo.{VIDEO}"}
    status, made = ways.house.call("POST", "/v1/tickets", order, key=ways.key)
    assert status == 201, made

    shown = {"ticket": made["ticket"], "account": "demo.app", "code": ways.app_code(user)}
    status, arrival = ways.house.call("POST", "/v1/sessions/ticket", shown)
    ways.work()

    touches = ways.touches(arrival["person"])
    assert status == 201, arrival
    assert [(touch["kind"], touch["entry"]) for touch in touches["touches"]] == [("ticket", VIDEO), ("login", None)]
    assert line(ways.stats(), VIDEO).visits == 1


def test_an_order_that_names_its_entry_has_it_to_thank_and_is_no_visit(ways: Ways) -> None:
    user = ways.user()
    ways.follow(user, f"e_{POSTER}")
    ways.house.clock.advance(hours=1)

    order = ways.order(user, entry=VIDEO)

    assert (ways.thanks(order)["first"]["entry"], ways.thanks(order)["last"]["entry"]) == (POSTER, VIDEO)
    assert figures(line(ways.stats(), VIDEO)) == {"orders": 1, "money_fen": 12800}


def test_a_follower_who_scans_a_second_poster_or_taps_a_menu_of_an_entry_came_by_it(ways: Ways) -> None:
    user = ways.user()
    ways.follow(user, f"e_{POSTER}")
    ways.house.clock.advance(minutes=1)

    ways.house.play(f"/users/{user}/scan", {"appid": "wx00000000000000a1", "scene_str": f"e_{VIDEO}"})
    ways.work()

    assert figures(line(ways.stats(), VIDEO)) == {"visits": 1, "people": 1, "new_people": 1}
    assert line(ways.stats("first"), POSTER).people == 1


def test_whoever_opens_the_link_of_an_entry_is_one_visit_of_it_and_a_preview_is_none(ways: Ways) -> None:
    browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50"

    for agent in (browser, "curl/8.5.0 (compatible; bot)"):
        status, _ = ways.house.raw("GET", f"/l/demo.{VIDEO}", headers={"User-Agent": agent})
        assert status < 400
        ways.work()

    assert figures(line(ways.stats(), VIDEO)) == {"visits": 1, "opened": 1}
