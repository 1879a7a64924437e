"""Notifications of apps on the phones of the sandbox."""

from __future__ import annotations

from typing import Any

from tests.sandbox.stage import Stage

NOTICE = {"id": "m1-0", "app": "demo.app", "title": "到店", "text": "明天见", "data": {"order": "7"}}


def hand(stage: Stage, token: str, **changes: Any) -> int:
    return int(stage.client.post("/_sandbox/phone/push", json={**NOTICE, "token": token, **changes}).status_code)


def test_whoever_has_the_token_sees_it_once_for_each_id(stage: Stage) -> None:
    ann, ben = stage.make_user(), stage.make_user()

    statuses = [hand(stage, f"push-{ann}"), hand(stage, f"push-{ann}"), hand(stage, f"push-{ann}.2", id="m1-1")]

    assert statuses == [200, 200, 200]
    assert [(shown["via"], shown["text"], shown["content"]["title"]) for shown in stage.received(ann)] == [("push", "明天见", "到店")] * 2
    assert stage.received(ben) == []


def test_every_other_token_is_of_a_device_the_app_is_gone_from(stage: Stage) -> None:
    ann = stage.make_user()

    assert [hand(stage, token) for token in (ann, "push-nobody", "gone")] == [410, 410, 410]


def test_a_notification_is_refused_without_the_key_both_sides_share(stage: Stage) -> None:
    ann = stage.make_user()
    stage.change(sms_key="shared")

    assert hand(stage, f"push-{ann}") == 401
