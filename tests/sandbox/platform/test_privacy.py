from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.platform.scene import Scene
from tests.sandbox.stage import SHOP

GUIDELINE = {
    "privacy_ver": 2,
    "owner_setting": {"contact_email": "privacy@example.com", "notice_method": "弹窗"},
    "setting_list": [{"privacy_key": "PhoneNumber", "privacy_text": "登录"}],
}


def call(scene: Scene, token: str, name: str, **body: Any) -> Any:
    return scene.stage.post(f"/cgi-bin/component/{name}", body, access_token=token)


def test_the_guideline_is_kept_by_version(scene: Scene) -> None:
    scene.start()
    token = scene.token_for(SHOP)

    saved = call(scene, token, "setprivacysetting", **GUIDELINE)
    draft, live = (call(scene, token, "getprivacysetting", privacy_ver=version) for version in (2, 1))

    assert saved == {"errcode": 0, "errmsg": "ok"}
    assert draft["privacy_list"] == ["PhoneNumber"]
    assert draft["setting_list"][0]["privacy_label"] == "手机号"
    assert draft["owner_setting"]["contact_email"] == "privacy@example.com"
    assert live["privacy_list"] == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"owner_setting": None}, 86069),
        ({"owner_setting": {"notice_method": "弹窗"}}, 86069),
        ({"owner_setting": {"contact_qq": "1"}}, 86071),
        ({"setting_list": [{"privacy_key": "Soul", "privacy_text": "?"}]}, 86074),
    ],
)
def test_a_wrong_guideline_has_its_code(scene: Scene, changed: dict[str, Any], code: int) -> None:
    scene.start()

    assert call(scene, scene.token_for(SHOP), "setprivacysetting", **{**GUIDELINE, **changed})["errcode"] == code


def test_a_mini_program_with_its_own_token_uses_the_console(scene: Scene) -> None:
    assert call(scene, scene.stage.token(SHOP), "getprivacysetting")["errcode"] == 61007
