"""WeChat's scene values as a table."""

from __future__ import annotations

import pytest

from chalicelib.attribution.rules.scenes import read_scenes, scene_of
from chalicelib.attribution.rules.touches import read_login
from chalicelib.sessions.words import LoggedIn, Told
from tests.clock import NOON

CARRIERS = {"oa", "channels", "app", "mp", "chat", "search", "ad", "offline", "other"}


def login(**told: object) -> LoggedIn:
    return LoggedIn(key="openid#mini#h", account="mini", session="S1", cause="S1", at=NOON, told=Told(**told))  # type: ignore[arg-type]


def test_the_table_has_every_value_once_each_with_a_carrier_and_a_placement() -> None:
    scenes = read_scenes()

    assert len(scenes) == 255
    assert {scene.carrier for scene in scenes.values()} == CARRIERS
    assert all(value == scene.value and scene.placement and scene.name for value, scene in scenes.items())


def test_a_referrer_is_to_be_expected_of_seven_scenes_and_no_other() -> None:
    expected = {value for value, scene in read_scenes().items() if scene.referrer}

    assert expected == {1020, 1035, 1036, 1037, 1038, 1043, 1069}


@pytest.mark.parametrize(
    ("value", "carrier", "placement"),
    [
        (1035, "oa", "menu"),
        (1054, "search", "searchbox_shortcut"),
        (1047, "offline", "wxacode_scan"),
        (1058, "oa", "article"),
        (1177, "channels", "live_product"),
        (1065, "other", "link_url_scheme"),
    ],
)
def test_a_scene_says_where_somebody_came_from(value: int, carrier: str, placement: str) -> None:
    assert (scene_of(value).carrier, scene_of(value).placement) == (carrier, placement)


def test_a_scene_nobody_knows_yet_is_unknown_and_no_error() -> None:
    touch = read_login(login(scene=99_999, entry="k3f9x2aq"))

    assert touch is not None
    assert (touch.scene, touch.carrier, touch.placement, touch.entry) == (99_999, "unknown", "unknown", "k3f9x2aq")


@pytest.mark.parametrize(("scene", "kept"), [(1037, "wx1a2b3c4d5e6f7a8b"), (1058, ""), (99_999, "")])
def test_a_referrer_is_believed_where_wechat_tells_one(scene: int, kept: str) -> None:
    touch = read_login(login(scene=scene, referrer_appid="wx1a2b3c4d5e6f7a8b"))

    assert touch is not None
    assert touch.referrer_appid == kept


@pytest.mark.parametrize("scene", [1030, 1101, 1129, 1203])
def test_crawlers_tests_and_developer_tools_are_nobody(scene: int) -> None:
    assert read_login(login(scene=scene)) is None
