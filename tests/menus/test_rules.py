"""What WeChat takes as a menu, each limit from both sides; what people would like better; which menu is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Conflict, Invalid
from chalicelib.menus.rules import turning
from chalicelib.menus.rules.advice import advise
from chalicelib.menus.rules.comparing import compare, lines_of, plain, seal
from chalicelib.menus.rules.writing import needs_of, write_menu
from chalicelib.menus.words.holidays import Holiday
from chalicelib.menus.words.menu import ButtonType, MenuOrder

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
MINI = {"demo.mini": "wx00000000000000b2"}
FILLED = {
    "key": "K_1",
    "url": "https://shop.example.com/a",
    "mini_program": "demo.mini",
    "path": "pages/index/index",
    "media_id": "MEDIA",
    "article_id": "ARTICLE",
}


def button(kind: str = "click", **changes: Any) -> dict[str, Any]:
    """A button of a type with just what it needs."""
    needed = {field: FILLED[field] for field in needs_of(ButtonType(kind))}
    return {"name": "按钮", "type": kind, **needed, **changes}


def group(*subs: dict[str, Any], name: str = "更多") -> dict[str, Any]:
    return {"name": name, "buttons": list(subs)}


def order(*buttons: dict[str, Any]) -> MenuOrder:
    return msgspec.convert({"buttons": list(buttons)}, MenuOrder)


def write(*buttons: dict[str, Any]) -> dict[str, Any]:
    return write_menu(order(*buttons), MINI)


@pytest.mark.parametrize("kind", [each.value for each in ButtonType])
def test_every_type_is_written_with_what_it_needs(kind: str) -> None:
    (written,) = write(button(kind))["button"]

    assert (written["type"], written["name"]) == (kind, "按钮")
    expected = {"miniprogram": {"url", "appid", "pagepath"}}.get(kind, set(needs_of(ButtonType(kind))))
    assert set(written) - {"type", "name"} == expected


@pytest.mark.parametrize(("kind", "field"), [(each.value, field) for each in ButtonType for field in needs_of(each)])
def test_what_a_type_needs_may_not_be_left_out(kind: str, field: str) -> None:
    with pytest.raises(Invalid, match=rf"at `\$\.buttons\[0\]\.{field}`"):
        write(button(kind, **{field: ""}))


@pytest.mark.parametrize(("kind", "field"), [(each.value, field) for each in ButtonType for field in FILLED if field not in needs_of(each)])
def test_what_a_type_has_not_may_not_be_said(kind: str, field: str) -> None:
    with pytest.raises(Invalid, match="leave it out"):
        write(button(kind, **{field: FILLED[field]}))


LIMITS: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]] = [
    ("three at the bottom", [button()] * 3, [button()] * 4),
    ("at least one at the bottom", [button()], []),
    ("five in a group", [group(*[button()] * 5)], [group(*[button()] * 6)]),
    ("sixteen bytes of name at the bottom", [button(name="四个汉字abcd")], [button(name="四个汉字abcde")]),
    ("sixteen bytes of a group's name", [group(button(), name="四个汉字abcd")], [group(button(), name="四个汉字abcde")]),
    ("sixty bytes of name in a group", [group(button(name="好" * 20))], [group(button(name="好" * 20 + "a"))]),
    ("128 bytes of key", [button(key="好" * 42 + "ab")], [button(key="好" * 42 + "abc")]),
    ("1,024 bytes of address", [button("view", url="https://a.b/" + "c" * 1012)], [button("view", url="https://a.b/" + "c" * 1013)]),
    ("1,024 characters of path", [button("miniprogram", path="p" * 1024)], [button("miniprogram", path="p" * 1025)]),
]


@pytest.mark.parametrize(("inside", "outside"), [(inside, outside) for _, inside, outside in LIMITS], ids=[name for name, *_ in LIMITS])
def test_each_limit_is_kept_from_both_sides(inside: list[dict[str, Any]], outside: list[dict[str, Any]]) -> None:
    write(*inside)

    with pytest.raises(Invalid, match=r"at `\$\.buttons"):
        write(*outside)


@pytest.mark.parametrize(
    "wrong",
    [
        button(name=""),
        button(name="  "),
        button(name="a\x01b"),
        button(name="a\nb"),
        button(key="K\x7f"),
        {"name": "nothing"},
        {**group(button()), "type": "click"},
        {**group(button()), "key": "K"},
        group({"name": "", "type": "click", "key": "K"}),
        button("view", url="shop.example.com"),
        button("view", url="javascript:alert(1)"),
        button("view", url="https://"),
        button("view", url="https://[bad"),
        button("view", url="https://a.b/c d"),
        button("miniprogram", path="/pages/index"),
        button("miniprogram", path="pages/a b"),
        button("miniprogram", path="pages/a#b"),
        button("miniprogram", path="?a=b"),
    ],
)
def test_what_wechat_would_not_take_is_refused_with_its_place(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"at `\$\.buttons\[0\]"):
        write(wrong)


def test_the_json_has_no_escapes() -> None:
    assert r"\u" not in seal(write(button(name="预约❤")))


def test_advice_is_given_beside_what_wechat_takes() -> None:
    menu = order(group(button(key="A"), name="服务"), button("view", name="五个字太长"))

    advice = {each.advice: each.place for each in advise(menu, {})}

    assert advice == {"group_size": "$.buttons[0].buttons", "no_mini_program": "$.buttons", "name_cut": "$.buttons[1].name"}
    assert advise(order(group(button(key="A"), button("miniprogram"))), {}) == ()


def test_the_most_tapped_button_is_advised_to_stand_first_by_counted_taps() -> None:
    menu = order(button("miniprogram"), group(button(key="A"), button(key="B")))
    taps = {("view_miniprogram", "pages/index/index"): 3, ("click", "A"): 1, ("click", "B"): 9}

    advice = {(each.advice, each.place) for each in advise(menu, taps)}

    assert advice == {("most_clicked_first", "$.buttons[1]"), ("most_clicked_first", "$.buttons[1].buttons[1]")}


def test_a_menu_reads_as_lines() -> None:
    assert lines_of(write(button("view"), group(button(key="A")))) == (
        "🔗 按钮 → view https://shop.example.com/a",
        "更多 ▾",
        "    ⌨ 按钮 → click A",
    )


def test_wechat_s_two_ways_of_nesting_are_one_menu() -> None:
    ours = write(button("view"), group(button(key="A"), button(key="B")))
    nested = {
        "button": [{**ours["button"][0], "sub_button": []}, {"name": "更多", "sub_button": {"list": ours["button"][1]["sub_button"]}}]
    }

    assert plain(nested) == plain(ours)
    assert compare(ours, nested) == ()


def test_what_is_another_is_named_by_its_place() -> None:
    ours = write(button(key="A"), group(button(key="B"), button(key="C")))
    theirs = write(button(key="A"), group(button(key="B"), button(key="X")), button(key="D"))

    assert [each.place for each in compare(ours, theirs)] == ["$.button[1].sub_button[1]", "$.button[2]"]


# -- holidays ------------------------------------------------------------------------------------------------------


def holiday(name: str, from_h: float, until_h: float) -> Holiday:
    at = NOW + timedelta(hours=from_h), NOW + timedelta(hours=until_h)
    return Holiday(name=name, from_at=at[0], until_at=at[1], written=order(button()), ready=name)


@pytest.mark.parametrize(("hours", "shown"), [(0.99, ""), (1, "a"), (1.99, "a"), (2, "b"), (2.99, "b"), (3, "")])
def test_a_holiday_is_shown_from_its_first_moment_until_before_its_last(hours: float, shown: str) -> None:
    holidays = [holiday("a", 1, 2), holiday("b", 2, 3)]

    found = turning.current(holidays, NOW + timedelta(hours=hours))

    assert ("" if found is None else found.name) == shown


@pytest.mark.parametrize(
    ("span", "free"), [((2, 3), True), ((1.99, 3), False), ((0, 1), True), ((0, 1.01), False), ((1.2, 1.8), False), ((0, 9), False)]
)
def test_two_holidays_share_no_moment(span: tuple[float, float], free: bool) -> None:
    wanted = holiday("b", *span)

    def check() -> None:
        turning.check_free([holiday("a", 1, 2)], "b", wanted.from_at, wanted.until_at, NOW)

    if free:
        check()
    else:
        with pytest.raises(Conflict, match="The holiday a"):
            check()


def test_a_holiday_takes_the_place_of_the_one_of_its_name_and_of_those_that_are_over() -> None:
    kept = turning.with_holiday([holiday("over", -3, -2), holiday("a", 1, 2)], holiday("a", 1.5, 4), NOW)

    assert [(each.name, each.until_at) for each in kept] == [("a", NOW + timedelta(hours=4))]


@pytest.mark.parametrize(("others", "fits"), [(19, True), (20, False)])
def test_so_many_holidays_lie_ahead_and_no_more(others: int, fits: bool) -> None:
    planned = [holiday(f"h{number}", number + 1, number + 2) for number in range(others)]
    wanted = holiday("one-more", 100, 101)

    if fits:
        turning.check_free(planned, wanted.name, wanted.from_at, wanted.until_at, NOW)
    else:
        with pytest.raises(Invalid, match="at most 20"):
            turning.check_free(planned, wanted.name, wanted.from_at, wanted.until_at, NOW)


@pytest.mark.parametrize(
    ("from_m", "until_m", "fits"),
    [
        (0, 1, True),
        (0, 0.9, False),
        (10, 5, False),
        (-10, 0, False),
        (-10, 1, True),
        (0, 92 * 1440, True),
        (0, 92 * 1440 + 1, False),
        (399 * 1440, 400 * 1440, True),
        (400 * 1440 - 1, 400 * 1440 + 10, False),
    ],
)
def test_a_holiday_s_times_have_limits(from_m: float, until_m: float, fits: bool) -> None:
    times = NOW + timedelta(minutes=from_m), NOW + timedelta(minutes=until_m)

    if fits:
        assert turning.check_times(*times, NOW) == times
    else:
        with pytest.raises(Invalid):
            turning.check_times(*times, NOW)


def test_a_time_without_its_offset_is_no_moment() -> None:
    with pytest.raises(Invalid, match="offset"):
        turning.check_times(NOW.replace(tzinfo=None), NOW, NOW)


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 20)), max_size=6), st.integers(-60, 80))
def test_the_next_turn_is_the_first_moment_at_which_another_menu_is_due(spans: list[tuple[int, int]], hour: int) -> None:
    holidays: list[Holiday] = []
    for number, (start, length) in enumerate(spans):
        wanted = holiday(f"h{number}", start, start + length)
        try:
            turning.check_free(holidays, wanted.name, wanted.from_at, wanted.until_at, NOW - timedelta(days=30))
        except Conflict:
            continue
        holidays = list(turning.with_holiday(holidays, wanted, NOW - timedelta(days=30)))
    now = NOW + timedelta(hours=hour)

    turn, shown = turning.next_turn(holidays, now), turning.current(holidays, now)

    hours = int(((turn or NOW + timedelta(hours=200)) - now).total_seconds() // 3600)
    assert all(turning.current(holidays, now + timedelta(hours=h)) is shown for h in range(hours))
    assert turn is None or turning.current(holidays, turn) is not shown
