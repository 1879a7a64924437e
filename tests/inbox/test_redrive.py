"""Callbacks that failed: found by their operators page by page, worked off again, nobody else's to see."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.edge import encode_cursor
from chalicelib.inbox import tables
from chalicelib.inbox.flows import redriving
from chalicelib.inbox.words import Callback, Kept, State
from chalicelib.staff.words import Scope
from tests.builders import make_brand, make_key, make_user
from tests.scene import Scene, away

FAILED, REDRIVE = "/v1/inbox/failed", "/v1/inbox/redrive"


@pytest.fixture(autouse=True)
def _nothing_failed(scene: Scene) -> None:
    """What earlier tests left failed is not this one's."""
    for row in scene.house.rows("inbox"):
        tables.CallbackRow(row["pk"]["S"], "@").delete()
    scene.take("inbox")


def fail(scene: Scene, count: int = 1, *, errcode: int = -1) -> list[Callback]:
    """So many follows whose unionid WeChat would not tell; the moment is the same for all."""
    callbacks = []
    for _ in range(count):
        scene.follow(make_user(scene.house))
        callbacks.append(scene.callback())
    scene.house.play("/faults", {"path": "/cgi-bin/user/info", "errcode": errcode, "times": count})
    records = [(callback.key, msgspec.json.encode(callback).decode()) for callback in callbacks]
    assert len(scene.house.deliver("apply_callbacks", records)["batchItemFailures"]) == count
    return callbacks


def keep_failed(scene: Scene, *keys: str) -> None:
    """Rows of failed callbacks, without their history."""
    world, now = scene.house.world, scene.house.clock()
    for key in keys:
        kept = Kept(
            brand="demo",
            account="demo.oa",
            key=key,
            state=State.kept,
            received_at=now,
            kind="text",
            sealed=world.keyring.encrypt("demo", "{}", now=now),
            attempts=0,
            why="",
        )
        tables.keep(kept)
        tables.mark_failed(kept, "wechat_busy")


def failed(scene: Scene, query: str = "", *, key: str = "") -> Any:
    status, page = scene.house.call("GET", FAILED + query, key=key or scene.key)
    assert status == 200, page
    return page


def redrive(scene: Scene, order: dict[str, Any], *, key: str = "") -> tuple[int, Any]:
    return scene.house.call("POST", REDRIVE, order, key=key or scene.key)


def name(callback: Callback) -> dict[str, str]:
    return {"account": callback.account, "key": callback.key}


def test_a_failed_callback_is_listed_with_its_code_and_nothing_of_what_it_says(scene: Scene) -> None:
    (callback,) = fail(scene)

    page = failed(scene)

    assert page["cursor"] is None
    (shown,) = page["callbacks"]
    assert shown == {
        "account": "demo.oa",
        "key": callback.key,
        "kind": "event.subscribe",
        "state": "failed",
        "received_at": scene.house.clock().isoformat().replace("+00:00", "Z"),
        "attempts": 1,
        "why": "wechat_busy",
    }


def test_a_redrive_works_off_what_failed_and_repeating_it_changes_nothing(scene: Scene) -> None:
    callbacks = fail(scene, 3)

    status, redriven = redrive(scene, {})
    again = redrive(scene, {})
    scene.house.work()
    after = redrive(scene, {})

    assert (status, redriven) == (202, {"queued": 3, "more": False, "cursor": None})
    assert again == (202, redriven)
    assert after == (202, {"queued": 0, "more": False, "cursor": None})
    assert failed(scene)["callbacks"] == []
    assert [row["state"]["S"] for row in map(scene.row_of, callbacks) if row] == ["applied"] * 3


def test_a_redrive_of_named_callbacks_leaves_the_others(scene: Scene) -> None:
    first, second = fail(scene, 2)

    status, redriven = redrive(scene, {"callbacks": [name(first)]})
    scene.house.work()

    assert (status, redriven["queued"]) == (202, 1)
    assert [each["key"] for each in failed(scene)["callbacks"]] == [second.key]


def test_what_fails_again_is_listed_again_with_each_try_counted(scene: Scene) -> None:
    (callback,) = fail(scene)
    scene.house.play("/faults", {"path": "/cgi-bin/user/info", "errcode": 40003})

    redrive(scene, {"callbacks": [name(callback)]})
    scene.house.work_off("inbox")
    (shown,) = failed(scene)["callbacks"]

    assert (shown["attempts"], shown["why"]) == (2, "wechat_declined")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_show_every_failed_callback_once_though_many_came_in_the_same_second(scene: Scene, size: int) -> None:
    keys = [f"{number:02x}" * 16 for number in range(7)]
    keep_failed(scene, *keys[:5])
    scene.house.clock.advance(seconds=1)
    keep_failed(scene, *keys[5:])

    shown: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = failed(scene, f"?limit={size}" + (f"&cursor={cursor}" if cursor else ""))
        assert len(page["callbacks"]) <= size
        shown += [each["key"] for each in page["callbacks"]]
        cursor = page["cursor"]

    assert sorted(shown) == sorted(keys)
    assert set(shown[5:]) == set(keys[5:])


def test_a_page_goes_on_though_its_last_callback_was_applied_or_erased_meanwhile(scene: Scene) -> None:
    keys = [f"{number:02x}" * 16 for number in range(4)]
    for key in keys:
        keep_failed(scene, key)
        scene.house.clock.advance(seconds=1)
    first, second = failed(scene, "?limit=1"), failed(scene, "?limit=2")
    kept = tables.read("demo", "oa", keys[0])
    assert kept is not None
    tables.mark_applied(kept)
    tables.CallbackRow(f"demo#oa#{keys[1]}", "@").delete()

    after_applied = failed(scene, f"?cursor={first['cursor']}")
    after_erased = failed(scene, f"?cursor={second['cursor']}")

    assert [each["key"] for each in after_applied["callbacks"]] == keys[2:]
    assert [each["key"] for each in after_erased["callbacks"]] == keys[2:]


def test_more_than_one_redrive_takes_are_redriven_page_by_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redriving, "PAGE", 3)
    keep_failed(scene, *(f"{number:04x}" * 8 for number in range(5)))

    _, first = redrive(scene, {})
    _, second = redrive(scene, {"cursor": first["cursor"]})

    assert (first["queued"], first["more"], second) == (3, True, {"queued": 2, "more": False, "cursor": None})


def test_a_callback_that_was_applied_or_never_was_cannot_be_redriven(scene: Scene) -> None:
    (callback,) = fail(scene)
    redrive(scene, {})
    scene.house.work()

    answers = [redrive(scene, {"callbacks": [each]}) for each in (name(callback), {"account": "demo.oa", "key": "0" * 32})]

    assert [(status, body["Code"]) for status, body in answers] == [(404, "message_missing")] * 2
    assert scene.house.queued("inbox") == 0


def test_a_row_the_index_still_shows_as_failed_is_not_told_once_it_is_applied(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_failed(scene, "aa" * 16)
    applied = tables.read("demo", "oa", "aa" * 16)
    assert applied is not None
    monkeypatch.setattr(tables, "_kept", lambda row: msgspec.structs.replace(applied, state=State.applied))

    assert failed(scene)["callbacks"] == []


def test_another_brands_callbacks_are_invisible_and_cannot_be_redriven(scene: Scene) -> None:
    rival = make_brand(scene.house, "rival")
    (callback,) = fail(scene)
    keep_failed(scene, "bb" * 16)
    cursor = failed(scene, "?limit=1")["cursor"]

    seen = [failed(scene, query, key=rival)["callbacks"] for query in ("", f"?cursor={cursor}")]
    status, body = redrive(scene, {"callbacks": [name(callback)]}, key=rival)
    all_status, redriven = redrive(scene, {}, key=rival)
    _, redriven_by_cursor = redrive(scene, {"cursor": cursor}, key=rival)

    assert seen == [[], []]
    assert (status, body["Code"]) == (404, "message_missing")
    assert (all_status, redriven["queued"], redriven_by_cursor["queued"]) == (202, 0, 0)
    assert scene.house.queued("inbox") == 0


@pytest.mark.parametrize("account", ["demo.oa#x", "rival.oa", "demo", "demo.", ".oa", "oa", ""])
def test_an_account_id_of_another_form_names_no_callback(scene: Scene, account: str) -> None:
    (callback,) = fail(scene)

    status, body = redrive(scene, {"callbacks": [{"account": account, "key": callback.key}]})

    assert (status, body["Code"]) == (404, "message_missing")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?cursor=", "cursor_invalid"),
        ("?cursor=%25%25", "cursor_invalid"),
        ("?cursor=é", "cursor_invalid"),
        (f"?cursor={encode_cursor('demo.oa/aa')}", "cursor_invalid"),
        (f"?cursor={encode_cursor('99999999999999/oa/' + 'a' * 32)}", "cursor_invalid"),
        ("?limit=0", "field_invalid"),
        ("?limit=101", "field_invalid"),
        ("?limit=-1", "field_invalid"),
        ("?limit=٣", "field_invalid"),
        ("?limit=many", "field_invalid"),
        ("?limit=", "field_invalid"),
    ],
)
def test_a_page_nobody_gave_out_is_refused(scene: Scene, query: str, code: str) -> None:
    status, body = scene.house.call("GET", FAILED + query, key=scene.key)

    assert (status, body["Code"]) == (400, code)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"callbacks": [{"account": "demo.oa", "key": "short"}]}, "field_invalid"),
        ({"callbacks": [{"account": "demo.oa", "key": "a" * 32 + "\n"}]}, "field_invalid"),
        ({"callbacks": [{"account": "demo.oa"}]}, "field_invalid"),
        ({"callbacks": [{"account": "demo.oa", "key": "a" * 32}] * 101}, "field_invalid"),
        ({"all": True}, "field_invalid"),
        ({"cursor": "x"}, "cursor_invalid"),
    ],
)
def test_a_redrive_that_cannot_be_meant_is_refused(scene: Scene, order: dict[str, Any], code: str) -> None:
    status, body = redrive(scene, order)

    assert (status, body["Code"]) == (400, code)


def test_a_key_without_the_scope_sees_and_redrives_nothing(scene: Scene) -> None:
    reader = make_key(scene.house, "demo", Scope.messages_read)

    listed, _ = scene.house.call("GET", FAILED, key=reader)
    redriven, _ = redrive(scene, {}, key=reader)

    assert (listed, redriven) == (403, 403)


def test_a_queue_that_takes_nothing_leaves_the_callbacks_failed(scene: Scene) -> None:
    fail(scene, 2)

    with away("sqs"):
        status, redriven = redrive(scene, {})

    assert (status, redriven["queued"]) == (202, 0)
    assert len(failed(scene)["callbacks"]) == 2


def test_the_sweep_makes_the_months_keys_ready_for_the_door(scene: Scene) -> None:
    redriving.sweep(world=scene.house.world, now=scene.house.clock())

    keys = {row["sk"]["S"] for row in scene.house.rows("accounts") if row["pk"]["S"] == "demo" and row["sk"]["S"].startswith("datakey#")}

    assert {"datakey#2026-11", "datakey#2026-12"} <= keys
