"""What is published or rolled back is in force on all running containers within ten seconds, and a callback costs one call to AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.world import World
from tests.builders import OA_APPID, make_rules
from tests.scene import Scene, watched

DOOR = "/v1/reply-rules/demo.oa"
ASKED = {"MsgType": "text", "FromUserName": "oWriter0000001", "Content": "几点"}


def rules(text: str) -> dict[str, Any]:
    return {"rules": [{"name": "hours", "when": {"on": "keyword", "words": ["几点"]}, "text": [text]}]}


def publish(scene: Scene, earlier: int) -> None:
    make_rules(scene.house, scene.key, rules("old"))


def publish_a_draft(scene: Scene, earlier: int) -> None:
    assert scene.house.call("PUT", f"{DOOR}/draft", {"written": rules("old")}, key=scene.key)[0] == 200
    assert scene.house.call("POST", f"{DOOR}/publish", {"revision": 1}, key=scene.key)[0] == 201


def roll_back(scene: Scene, earlier: int) -> None:
    assert scene.house.call("POST", f"{DOOR}/rollback", {"version": earlier}, key=scene.key)[0] == 200


@pytest.mark.parametrize("change", [publish, publish_a_draft, roll_back])
def test_a_change_is_in_force_on_all_running_containers_within_ten_seconds_and_costs_their_callbacks_nothing(
    scene: Scene, change: Callable[[Scene, int], None]
) -> None:
    earlier = make_rules(scene.house, scene.key, rules("old"))
    make_rules(scene.house, scene.key, rules("new"))
    running = [scene.house.new_container() for _ in range(3)]

    def ask(world: World) -> tuple[str, list[str]]:
        scene.house.enter(world)
        with watched() as calls:
            (delivery,) = scene.house.play("/push", {"appid": OA_APPID, "fields": ASKED})["deliveries"]
        return delivery["reply"]["Content"], calls

    warm = [ask(world)[0] for world in running]
    change(scene, earlier)
    scene.house.clock.advance(seconds=10)
    first = [ask(world) for world in running]
    later = [ask(world) for world in running]

    assert warm == ["new"] * 3
    assert [said for said, _ in first] == ["old"] * 3
    assert all(calls[-1] == "SendMessage" and len(calls) <= 3 for _, calls in first)
    assert later == [("old", ["SendMessage"])] * 3
