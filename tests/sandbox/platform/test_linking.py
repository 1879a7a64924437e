from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.platform.scene import Scene
from tests.sandbox.stage import HOUSE, SHOP

OTHER = "wx00000000000000a2"


@pytest.fixture
def token(scene: Scene) -> str:
    scene.start()
    scene.stage.control("POST", "/accounts", {"appid": HOUSE, "linked_mini_programs": []})
    return scene.token_for(HOUSE)


def call(scene: Scene, token: str, name: str, **body: Any) -> Any:
    return scene.stage.post(f"/cgi-bin/wxopen/{name}", body, access_token=token)


def link(scene: Scene, token: str, appid: str = SHOP) -> Any:
    return call(scene, token, "wxamplink", appid=appid, notify_users="0", show_profile="1")


def decide(scene: Scene, admin: str, answer: str = "accept", *, status: int = 200) -> Any:
    return scene.stage.control("POST", f"/accounts/{HOUSE}/links/{SHOP}", {"admin": admin, "answer": answer}, status=status)


def items(scene: Scene, token: str) -> Any:
    return call(scene, token, "wxamplinkget")["wxopens"]["items"]


def linked(scene: Scene) -> list[str]:
    return scene.stage.sandbox.state.accounts[HOUSE].linked_mini_programs


def test_an_ordinary_token_links_nothing(scene: Scene, token: str) -> None:
    own = scene.stage.token(HOUSE)

    assert link(scene, own)["errcode"] == 61007
    assert call(scene, own, "wxamplinkget")["errcode"] == 61007


def test_a_link_needs_the_permission_set(scene: Scene, token: str) -> None:
    limited = scene.token_for(HOUSE, permissions=[1, 2])

    assert link(scene, limited)["errcode"] == 61007


def test_both_admins_confirm_before_the_link_holds(scene: Scene, token: str) -> None:
    link(scene, token)
    statuses = [items(scene, token)[0]["status"]]

    for admin in ("official_account", "mini_program"):
        decide(scene, admin)
        statuses.append(items(scene, token)[0]["status"])

    assert statuses == [12, 2, 1]
    assert linked(scene) == [SHOP]
    told = items(scene, token)[0]
    assert (told["appid"], told["username"], told["source"]) == (SHOP, "gh_00000000a1", "SOURCE_NORMAL")


def test_a_refused_link_has_no_appid(scene: Scene, token: str) -> None:
    link(scene, token)
    decide(scene, "official_account")

    decide(scene, "mini_program", "refuse")

    told = items(scene, token)[0]
    assert told["status"] == 3
    assert "appid" not in told
    decide(scene, "mini_program", status=409)


def test_an_unlink_waits_for_the_admin(scene: Scene, token: str) -> None:
    scene.stage.control("POST", "/accounts", {"appid": HOUSE, "linked_mini_programs": [SHOP]})
    assert call(scene, token, "wxampunlink", appid=SHOP)["errcode"] == 0
    kept = list(linked(scene))

    decide(scene, "official_account")

    assert kept == [SHOP]
    assert linked(scene) == []
    assert call(scene, token, "wxampunlink", appid=SHOP)["errcode"] == 40013


def test_links_to_other_subjects_are_few(scene: Scene, token: str) -> None:
    for number in range(3):
        scene.stage.make_account(f"wxa{number}", "mini_program", f"gh_a{number}", subject="another")
    scene.stage.control("POST", "/accounts", {"appid": HOUSE, "linked_mini_programs": ["wxa0", "wxa1", "wxa2"]})
    scene.stage.make_account(OTHER, "mini_program", "gh_other", subject="another")

    assert link(scene, token, OTHER)["errcode"] == 89407
    assert link(scene, token)["errcode"] == 0


def test_a_wrong_request_has_its_code(scene: Scene, token: str) -> None:
    assert link(scene, token, HOUSE)["errcode"] == 40013
    assert call(scene, token, "wxamplink", appid=SHOP, notify_users="2", show_profile="1")["errcode"] == 40097
