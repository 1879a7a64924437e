"""Reply rules in force: on every container soon, old ones rather than none, one winner of a race."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account
from chalicelib.aws.tables import TableError
from chalicelib.documents import tables
from chalicelib.documents.words import Document, Kept
from chalicelib.errors import Busy
from chalicelib.lint.tables import read_passed
from chalicelib.lint.words import Subject
from chalicelib.replies import flows
from chalicelib.replies.words import RulesOrder
from chalicelib.world import World
from tests.builders import make_rules
from tests.old_reads import old_reads
from tests.scene import Scene, away, watched

RULES = Document(brand="demo", kind="reply_rules", account="oa", written_as=RulesOrder, event="rules")


def account_of(scene: Scene) -> Account:
    return register.find_account("demo.oa", world=scene.house.world, now=scene.house.clock())


def order(text: str) -> RulesOrder:
    return msgspec.convert({"rules": [{"name": text, "when": {"on": "default"}, "text": [text]}]}, RulesOrder)


def publish(scene: Scene, text: str) -> int:
    world = scene.house.world
    return flows.publish_rules(account_of(scene), order(text), actor="test", world=world, now=world.now()).version


def names(scene: Scene, world: World) -> list[str]:
    return [rule.name for rule in flows.live_rules(account_of(scene), world=world, now=world.now()).index.rules]


def test_new_rules_are_in_force_on_another_warm_container_within_ten_seconds(scene: Scene) -> None:
    publish(scene, "old")
    other, here = scene.house.new_container(), scene.house.new_container()
    before = names(scene, other)

    flows.publish_rules(account_of(scene), order("new"), actor="test", world=here, now=here.now())
    at_once = names(scene, other)
    scene.house.clock.advance(seconds=10)
    later = names(scene, other)

    assert (before, at_once, later) == (["old"], ["old"], ["new"])


def test_warm_rules_cost_no_call_and_an_unchanged_version_is_not_read_again(scene: Scene) -> None:
    publish(scene, "warm")
    world = scene.house.new_container()
    account = account_of(scene)
    flows.live_rules(account, world=world, now=world.now())

    with watched() as fresh:
        flows.live_rules(account, world=world, now=world.now())
    with watched() as stale:
        flows.live_rules(account, world=world, now=world.now() + timedelta(seconds=10))

    assert (fresh, stale) == ([], ["GetItem"])


def test_stale_rules_keep_answering_while_the_tables_are_away(scene: Scene) -> None:
    publish(scene, "steadfast")
    world = scene.house.new_container()
    names(scene, world)
    scene.house.clock.advance(minutes=10)

    with away("dynamodb"):
        during = [rule.name for rule in flows.live_rules(_cached(world), world=world, now=world.now()).index.rules]

    assert during == ["steadfast"]


def test_rules_published_this_moment_are_in_force_however_old_a_read_is(scene: Scene) -> None:
    publish(scene, "yesterday")
    cold = scene.house.new_container()

    with old_reads():
        version = publish(scene, "today")
        read = names(scene, cold)

    assert (version > 1, read) == (True, ["today"])


def _cached(world: World) -> Account:
    """The account as the container remembers it."""
    return register.find_account("demo.oa", world=world, now=world.now())


def test_a_cold_container_has_no_rules_to_invent_while_the_tables_are_away(scene: Scene) -> None:
    world = scene.house.new_container()
    account = account_of(scene)
    cold = scene.house.new_container()

    with away("dynamodb"), pytest.raises(TableError):
        flows.live_rules(account, world=cold, now=world.now())


def test_a_version_keeps_its_rules_whatever_is_published_later(scene: Scene) -> None:
    first = publish(scene, "first")
    publish(scene, "second")
    world = scene.house.new_container()

    kept = flows.rules_of_version(account_of(scene), first, world=world, now=world.now())

    assert [rule.name for rule in kept.index.rules] == ["first"]


def test_of_two_who_publish_at_the_same_moment_one_is_told_to_look_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    before = publish(scene, "ground")
    real = tables.list_versions

    def overtaken(document: Document[Any], *, most: int) -> list[Kept[Any]]:
        seen = real(document, most=most)
        monkeypatch.setattr(tables, "list_versions", real)
        publish(scene, "winner")
        return seen

    monkeypatch.setattr(tables, "list_versions", overtaken)

    with pytest.raises(Busy):
        publish(scene, "loser")

    kept = tables.read_version(RULES, before + 1)
    assert kept is not None
    assert (kept.written, tables.read_live_version(RULES)) == (order("winner"), before + 1)
    assert tables.read_version(RULES, before + 2) is None


def test_of_rules_that_came_too_late_newer_rules_of_the_lint_read_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(scene, "in force")
    monkeypatch.setattr(tables, "publish", lambda document, kept: False)

    with pytest.raises(Busy):
        publish(scene, "too late")

    kept = read_passed("demo", Subject(kind="reply_rules", account="demo.oa"))
    assert kept is not None
    assert [each.text for each in kept[0].texts] == ["in force"]


def test_a_version_is_never_there_without_being_in_force(scene: Scene) -> None:
    before = publish(scene, "ground")
    world = scene.house.new_container()

    with watched() as calls:
        flows.publish_rules(account_of(scene), order("whole"), actor="test", world=world, now=world.now())

    assert [call for call in calls if call in ("PutItem", "TransactWriteItems")] == [
        "PutItem",
        "PutItem",
        "TransactWriteItems",
    ]  # the texts that were let through, the audit, the rules
    assert tables.read_live_version(RULES) == before + 1


def test_a_refused_rule_leaves_no_trace_in_the_audit(scene: Scene) -> None:
    audited = len(scene.house.rows("audit"))

    status, _ = scene.house.call("PUT", "/v1/reply-rules/demo.oa", {"rules": [{"name": "x", "when": {"on": "follow"}}]}, key=scene.key)

    assert status == 400
    assert len(scene.house.rows("audit")) == audited


def test_an_empty_list_of_rules_is_a_version_too(scene: Scene) -> None:
    version = make_rules(scene.house, scene.key, {"rules": []})
    world = scene.house.new_container()

    live = flows.live_rules(account_of(scene), world=world, now=world.now())

    assert (live.version, live.index.rules) == (version, ())


def test_a_version_of_the_first_days_a_bare_list_of_rules_is_read_as_it_was_kept(scene: Scene) -> None:
    when = {"on": "keyword", "words": ["book"], "match": "exact"}
    rules: list[dict[str, Any]] = [{"name": "old", "when": when, "text": "好", "card": None, "pages": []}]
    version = tables.read_live_version(RULES) + 100
    kept = Kept(
        version=version, written=order("old"), ready=msgspec.json.encode(rules).decode(), published_at=scene.house.clock(), by="test"
    )
    tables.publish(RULES, kept)
    world = scene.house.new_container()

    live = flows.live_rules(account_of(scene), world=world, now=world.now())

    assert (live.version, [rule.name for rule in live.index.rules], live.service) == (version, ["old"], None)
