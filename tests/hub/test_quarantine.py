"""Held records: grouped by cause, shown masked, mended, judged anew, given up; nothing lost and nothing twice."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.hub.flows import releasing
from chalicelib.hub.flows.keeping import record_key
from chalicelib.hub.tables import quarantine as tables
from chalicelib.staff.words import Scope
from tests.builders import make_brand, make_key
from tests.hub.source import Bringer


@pytest.fixture(autouse=True)
def empty(hub: Bringer) -> None:
    """Nothing is held, and the dictionary is the built-in one."""
    for group in groups(hub):
        for held in hub.house.call("GET", f"/v1/quarantine/{group['id']}", key=hub.key)[1]["records"]:
            hub.house.call("DELETE", f"/v1/quarantine/{group['id']}/{held['id']}", key=hub.key)
    hub.house.call("POST", "/v1/dictionary/rollback", {"version": 0}, key=hub.key)


def groups(hub: Bringer) -> list[dict[str, Any]]:
    status, page = hub.house.call("GET", "/v1/quarantine", key=hub.key)
    assert status == 200, page
    found: list[dict[str, Any]] = page["groups"]
    return found


def held_in(hub: Bringer, group: dict[str, Any]) -> list[dict[str, Any]]:
    status, page = hub.house.call("GET", f"/v1/quarantine/{group['id']}", key=hub.key)
    assert status == 200, page
    found: list[dict[str, Any]] = page["records"]
    return found


def replay(hub: Bringer, group: dict[str, Any], held: dict[str, Any], **data: Any) -> dict[str, Any]:
    status, replayed = hub.house.call("POST", f"/v1/quarantine/{group['id']}/{held['id']}/replay", {"data": data}, key=hub.key)
    assert status == 200, replayed
    result: dict[str, Any] = replayed
    return result


def publish(hub: Bringer, types: dict[str, Any]) -> None:
    status, body = hub.house.call("PUT", "/v1/dictionary", {"types": types}, key=hub.key)
    assert status == 201, body
    hub.house.new_container()


SPLIT = {"order": {"fields": {"state": {"type": "choice", "choices": {"部分发货": 2}, "required": True, "mode": "quarantine"}}}}


def odd(hub: Bringer, **changes: Any) -> dict[str, Any]:
    return hub.order(data={"状态": "部分发货", "金额": "9元", **changes})


def test_records_held_for_one_cause_are_one_group_with_a_masked_sample(hub: Bringer) -> None:
    done = hub.bring(odd(hub, note="call 13912345678"), odd(hub), hub.order(), source="till")
    hub.bring(odd(hub), source="erp")

    found = {group["source"]: group for group in groups(hub)}

    assert hub.verdicts(done) == ["quarantined", "quarantined", "stored"]
    assert {source: group["count"] for source, group in found.items()} == {"till": 2, "erp": 1}
    assert (found["till"]["type"], found["till"]["reason"], found["till"]["dictionary"]) == ("order", "held", 0)
    assert found["till"]["sample"]["raw"] == {"状态": "部分发货"}
    assert "13912345678" not in str(found)


def test_what_is_shown_of_a_held_record_names_nobody(hub: Bringer) -> None:
    hub.bring(
        odd(hub, 收货电话="13912345678", 收货人="王小明", 收货地址="南京路1号", 备注="rear door", whatever="139 1234 5678", 联系人="王小明")
    )
    (group,) = groups(hub)

    (held,) = held_in(hub, group)

    assert held["data"] == {"total_fen": 900, "receiver_phone": "139****5678", "receiver_name": "王**"}
    assert held["raw"] == {"状态": "部分发货", "whatever": "1**", "联系人": "王**"}
    assert group["sample"]["raw"] == held["raw"]


def test_a_record_mended_by_hand_is_kept_and_let_go(hub: Bringer) -> None:
    order = odd(hub)
    hub.bring(order)
    (group,) = groups(hub)
    (held,) = held_in(hub, group)

    still = replay(hub, group, held)
    mended = replay(hub, group, held, 状态="已发货")

    assert (still["verdict"], still["code"]) == ("quarantined", "held")
    assert mended["verdict"] == "stored"
    assert groups(hub) == []
    assert hub.verdicts(hub.bring({**order, "data": {"状态": "已发货", "金额": "9元"}})) == ["duplicate"]


def test_a_field_that_makes_trouble_may_be_taken_away(hub: Bringer) -> None:
    hub.bring(hub.order(data={"state": 1, "total": "a lot"}))
    (group,) = groups(hub)
    (held,) = held_in(hub, group)

    assert replay(hub, group, held, total=None)["verdict"] == "stored"


def test_after_a_change_of_the_dictionary_a_whole_group_is_judged_anew(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releasing, "PAGE", 2)
    hub.bring(*[odd(hub) for _ in range(5)], hub.order(data={"state": "?"}))
    (group,) = groups(hub)
    publish(hub, SPLIT)

    status, begun = hub.house.call("POST", f"/v1/quarantine/{group['id']}/replay", key=hub.key)
    hub.house.work()

    assert (status, begun["count"]) == (202, 6)
    (left,) = groups(hub)
    assert left["count"] == 1
    assert held_in(hub, left)[0]["raw"] == {"state": "?"}


def test_a_replay_that_breaks_off_anywhere_leaves_each_record_once(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> None:
    order = odd(hub)
    hub.bring(order)
    (group,) = groups(hub)
    (held,) = held_in(hub, group)
    publish(hub, SPLIT)

    def break_off(*given: Any) -> bool:
        raise RuntimeError("the container is gone")

    with monkeypatch.context() as patch:
        patch.setattr(tables, "release", break_off)
        assert hub.house.call("POST", f"/v1/quarantine/{group['id']}/{held['id']}/replay", {}, key=hub.key)[0] == 500
    between = groups(hub)[0]["count"]
    again = replay(hub, group, held)

    assert (between, again["verdict"]) == (1, "stored")
    assert groups(hub) == []


def test_a_redelivered_batch_holds_a_record_once(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.hub.tables import batches

    with monkeypatch.context() as patch:
        patch.setattr(batches, "keep_part", lambda *given, **named: (_ for _ in ()).throw(RuntimeError("gone")))
        _, taken = hub.send(odd(hub))
        hub.house.work()
    (group,) = groups(hub)

    assert group["count"] == 1
    assert hub.batch(taken["id"])["waiting"] == 1


def test_a_record_that_goes_back_is_held_until_it_is_called_a_correction(hub: Bringer) -> None:
    order = hub.order()
    hub.bring({**order, "version": 1, "data": {"state": 3}})
    hub.bring({**order, "version": 2, "data": {"state": 0}})
    (group,) = groups(hub)
    (held,) = held_in(hub, group)

    assert group["reason"] == "backwards"
    assert replay(hub, group, held)["code"] == "backwards"
    assert replay(hub, group, held, correction=True)["verdict"] == "stored"
    assert groups(hub) == []


def test_a_record_given_up_is_gone_and_giving_it_up_again_changes_nothing(hub: Bringer) -> None:
    hub.bring(odd(hub), odd(hub))
    (group,) = groups(hub)
    held, _ = held_in(hub, group)

    twice = [hub.house.call("DELETE", f"/v1/quarantine/{group['id']}/{held['id']}", key=hub.key)[0] for _ in range(2)]

    assert twice == [204, 204]
    assert groups(hub)[0]["count"] == 1
    assert "quarantine.dropped" in str(hub.house.rows("audit"))


def test_what_is_not_held_is_missing_and_so_is_what_another_brand_holds(hub: Bringer) -> None:
    hub.bring(odd(hub))
    (group,) = groups(hub)
    (held,) = held_in(hub, group)
    other = make_brand(hub.house, "other")
    path = f"/v1/quarantine/{group['id']}"

    def refused(method: str, target: str, key: str) -> tuple[int, str]:
        status, body = hub.house.call(method, target, {} if method == "POST" else None, key=key)
        return status, body["Code"]

    asked = [("GET", path), ("POST", f"{path}/replay"), ("POST", f"{path}/{held['id']}/replay"), ("DELETE", f"{path}/{held['id']}")]
    assert {refused(*each, other) for each in asked} == {(404, "held_missing")}
    assert refused("POST", f"{path}/nothing/replay", hub.key) == (404, "held_missing")
    assert refused("GET", path, make_key(hub.house, "demo", Scope.records_write)) == (403, "scope_missing")
    assert hub.house.call("GET", "/v1/quarantine", key=other)[1]["groups"] == []


def test_a_version_that_counted_until_an_earlier_one_came_is_told_and_may_be_mended(hub: Bringer) -> None:
    """Money that was paid and refunded: the late news of its completion makes the refund a step back."""
    order = hub.order()
    later = hub.bring({**order, "version": 2, "data": {"state": 0, "收货人": "王小明"}}, source="till")
    hub.bring({**order, "version": 1, "data": {"state": 3}}, source="erp")

    (group,) = groups(hub)
    (held,) = held_in(hub, group)
    mended = replay(hub, group, held, correction=True)

    assert hub.verdicts(later) == ["stored"]
    assert (group["source"], group["reason"], held["record"], held["version"]) == ("till", "backwards", order["id"], 2)
    assert held["data"] == {"state": 0, "receiver_name": "王**"}
    assert mended["verdict"] == "stored"
    assert groups(hub) == []


def test_a_replay_under_a_later_dictionary_moves_a_record_that_is_still_held_and_counts_it_once(hub: Bringer) -> None:
    order = hub.order()
    hub.bring({**order, "version": 1, "data": {"state": 3}})
    hub.bring({**order, "version": 2, "data": {"state": 0}})
    (before,) = groups(hub)
    publish(hub, SPLIT)

    replayed = replay(hub, before, held_in(hub, before)[0])
    (after,) = groups(hub)

    assert replayed["code"] == "backwards"
    assert after["dictionary"] > before["dictionary"]
    assert (after["count"], len(held_in(hub, after))) == (1, 1)


def test_a_version_that_is_held_is_not_announced(hub: Bringer) -> None:
    order, told = hub.order(), []

    for number, state in enumerate([3, 0, 4], 1):
        hub.bring({**order, "version": number, "data": {"state": state}})
        told.append(announced_last(hub, order))

    assert told == [1, None, 3]


def announced_last(hub: Bringer, order: dict[str, Any]) -> int | None:
    """The version that the last write to an order announced."""
    key = record_key("demo", "order", order["id"], world=hub.house.world, now=hub.house.clock())
    (row,) = (row for row in hub.house.rows("records") if row["pk"]["S"] == f"demo#R#order#{key}" and row["sk"]["S"] == "@")
    return int(msgspec.json.decode(row["news"]["S"])[0]["body"]["version"]) if "news" in row else None


@pytest.mark.parametrize(("given", "shown"), [("O-13912345678-1", "O-139****5678-1"), ("13912345678", "139****5678"), ("A1", "A1")])
def test_an_id_that_holds_a_phone_is_shown_masked(hub: Bringer, given: str, shown: str) -> None:
    hub.bring({**odd(hub), "id": given})

    assert held_in(hub, groups(hub)[0])[0]["record"] == shown
