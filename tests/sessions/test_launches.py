"""What is read of a launch: the entry from wherever it is named, nothing personal, and nothing that would stop a login."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.sessions.rules.launches import clean_utm, entry_of_scene, read_entry, read_launch
from chalicelib.sessions.words import Launch, Told

CODE = "k3f9x2aq"


@pytest.mark.parametrize(
    "launch",
    [
        {"entry": CODE},
        {"entry": f"demo.{CODE}"},
        {"query": {"entry": CODE}},
        {"query": {"e": CODE}},
        {"path": f"pages/index?entry={CODE}"},
        {"query": {"scene": f"e_{CODE}"}},
        {"query": {"scene": f"e_{CODE}_7F2"}},
        {"query": {"scene": f"e%5F{CODE}"}},
        {"query": {"q": f"https%3A%2F%2Fgo.example.com%2Fl%2Fdemo.{CODE}%3Fx%3D1"}},
    ],
    ids=str,
)
def test_the_entry_is_found_wherever_it_is_named(launch: dict[str, Any]) -> None:
    assert read_launch("demo", msgspec.convert(launch, Launch)).entry == CODE


@pytest.mark.parametrize(
    "launch",
    [
        {},
        {"entry": f"rival.{CODE}"},
        {"entry": f"{CODE}9"},
        {"entry": CODE[:-1]},
        {"entry": CODE.upper()},
        {"query": {"scene": CODE}},
        {"query": {"scene": f"x_{CODE}"}},
        {"query": {"scene": f"e_{CODE}!"}},
        {"query": {"q": f"https://evil.example.com/l/rival.{CODE}"}},
        {"query": {"q": f"https://go.example.com/l/demo.{CODE}0"}},
    ],
    ids=str,
)
def test_what_is_no_entry_of_this_brand_is_left_out(launch: dict[str, Any]) -> None:
    assert read_launch("demo", msgspec.convert(launch, Launch)).entry == ""


def test_the_entry_that_is_named_by_itself_comes_before_that_of_the_query() -> None:
    launch = Launch(entry=CODE, path="pages/index?entry=aaaaaaaa", query={"scene": "e_bbbbbbbb"})

    assert read_launch("demo", launch).entry == CODE


def test_nothing_else_of_a_query_is_kept() -> None:
    query = {"phone": "13912345678", "openid": "oEMU0abcEXAMPLE0000000000001", "utm_source": "wechat", "visit": "visit-0001", "name": "王"}

    told = read_launch("demo", Launch(query=query, path="pages/secret?token=canary", scene=1047))

    assert told == Told(scene=1047, visit="visit-0001", utm={"utm_source": "wechat"})


@pytest.mark.parametrize("value", ["13912345678", "tel-13912345678", "a@example.com", "oEMU0abcEXAMPLE0000000000001", "x" * 65, "a\nb", ""])
def test_a_campaign_that_names_a_person_is_left_out(value: str) -> None:
    assert clean_utm({"utm_campaign": value, "utm_medium": "20261121 秋季"}) == {"utm_medium": "20261121 秋季"}


@pytest.mark.parametrize("visit", ["short", "x" * 65, "with space!", "../../etc"])
def test_a_visit_that_cannot_be_one_is_left_out(visit: str) -> None:
    assert read_launch("demo", Launch(query={"visit": visit})).visit == ""


def test_a_scene_names_its_entry_and_a_brand_reads_its_own_alone() -> None:
    assert [entry_of_scene(text) for text in (f"e_{CODE}", f"e_{CODE}_", "order_42", f"e_{CODE}\n")] == [CODE, CODE, "", ""]
    assert [read_entry(brand, f"demo.{CODE}") for brand in ("demo", "demo2")] == [CODE, ""]


@pytest.mark.parametrize(
    "launch",
    [
        {"scene": -1},
        {"scene": 100_000},
        {"scene": "1047"},
        {"path": "x" * 1025},
        {"query": {f"n{number}": "" for number in range(33)}},
        {"query": {"n": "x" * 1025}},
        {"entry": "x" * 65},
        {"referrer_appid": "x" * 65},
        {"openid": "o1"},
    ],
    ids=lambda launch: next(iter(launch)),
)
def test_a_launch_over_its_bounds_is_refused_by_its_schema(launch: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(launch, Launch)


def test_a_launch_within_its_bounds_is_taken() -> None:
    launch = {"scene": 99_999, "path": "x" * 1024, "query": {f"n{number}": "x" * 1024 for number in range(32)}, "entry": "x" * 64}

    assert read_launch("demo", msgspec.convert(launch, Launch)) == Told(scene=99_999)
