"""A message is sent once: whatever WeChat answers, however often the queue brings it, wherever the worker ends."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.accounts.flows import register
from chalicelib.errors import Busy
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.messaging import flows, tables
from chalicelib.messaging.flows import Handover
from chalicelib.messaging.words import CustomerCard, Message, State, SubscribeMessage
from chalicelib.wechat.gateway import Gateway
from chalicelib.world import World
from tests.builders import MINI_APPID, OA_APPID, TEMPLATE_ID
from tests.faults import Chaos, Crash, Fate, try_every_fault, try_every_order
from tests.scene import CARD_CALL, SUBSCRIBE_CALL, Scene, away

A_QUEUE_LATER = timedelta(minutes=6)
"""When the queue brings a message again."""


def send(scene: Scene, handover: Handover) -> None:
    flows.send_message(handover, world=scene.house.world, now=scene.house.clock())


def plan_quickly(scene: Scene, openid: str) -> Handover:
    """A message that is planned without door and queue, for tests that need many."""
    account = register.find_account("demo.mini", world=scene.house.world, now=scene.house.clock())
    to = Identifier(IdentifierType.openid, openid, "mini")
    content = SubscribeMessage(template_id=TEMPLATE_ID, data={"thing1": "美容护理", "time2": "15:00"}, page="", state="formal")
    world, later = scene.house.world, scene.house.clock() + timedelta(seconds=1)
    message = flows.plan_message(account, to, content, message_id=world.new_id(), not_before=later, world=world, now=world.now())
    return Handover("demo", message.id)


def send_until_done(scene: Scene, handover: Handover) -> int:
    """Deliver as the queue would, each time later, until the worker is content; how often that was."""
    for delivery in range(1, 20):
        try:
            send(scene, handover)
        except Busy:
            scene.house.clock.advance(seconds=A_QUEUE_LATER.total_seconds())
        else:
            return delivery
    raise AssertionError("the worker is never content")


def kept(handover: Handover) -> Message:
    message = tables.read_message(handover.brand, handover.message)
    assert message is not None
    return message


def trace(handover: Handover) -> list[str]:
    return [what for _, what in kept(handover).trace]


def fault(scene: Scene, path: str, **changes: Any) -> None:
    scene.house.play("/faults", {"path": path, **changes})


# -- what WeChat answers --------------------------------------------------------------------------------------------


def test_an_accepted_message_keeps_wechats_id_and_each_step_of_its_way(scene: Scene) -> None:
    user = scene.customer()
    handover = scene.planned(scene.order(user, page="pages/book/index"))

    send(scene, handover)
    message = scene.message(handover.message)

    assert (message["state"], message["outcome"], trace(handover)) == ("accepted", "", ["planned", "sending", "accepted"])
    assert message["provider_id"].isdigit()
    (sent,) = scene.sends(scene.openid(user, MINI_APPID))
    assert sent["data"] == {"thing1": {"value": "美容护理"}, "time2": {"value": "15:00"}}
    assert (sent["page"], sent["miniprogram_state"]) == ("pages/book/index", "formal")


def test_wechat_is_busy_and_the_message_goes_at_the_next_try(scene: Scene) -> None:
    user = scene.customer()
    handover = scene.planned(scene.order(user))
    fault(scene, SUBSCRIBE_CALL, errcode=-1)

    deliveries = send_until_done(scene, handover)

    assert (deliveries, scene.message(handover.message)["state"]) == (2, "accepted")
    assert trace(handover) == ["planned", "sending", "planned: wechat_busy", "sending", "accepted"]
    assert len(scene.sends(scene.openid(user, MINI_APPID))) == 2


def test_after_five_tries_a_message_has_failed(scene: Scene) -> None:
    user = scene.customer()
    handover = scene.planned(scene.order(user))
    fault(scene, SUBSCRIBE_CALL, errcode=-1, times=5)

    deliveries = send_until_done(scene, handover)
    send(scene, handover)

    assert deliveries == 5
    assert (scene.message(handover.message)["state"], scene.message(handover.message)["outcome"]) == ("failed", "wechat_busy")
    assert len(scene.sends(scene.openid(user, MINI_APPID))) == 5


def test_an_account_that_is_mended_in_time_loses_no_message(scene: Scene) -> None:
    """A wrong AppSecret or IP whitelist refuses the token, not the message."""
    user = scene.customer()
    handover = scene.planned(scene.order(user))
    scene.house.play("/tokens/expire", {"appid": MINI_APPID})
    scene.house.clock.advance(hours=3)
    fault(scene, "/cgi-bin/stable_token", errcode=40164, times=2)

    deliveries = send_until_done(scene, handover)

    refused = "planned: no access token: errcode 40164"
    assert (deliveries, trace(handover)) == (3, ["planned", refused, refused, "sending", "accepted"])


def test_tries_that_end_before_the_send_count_too(scene: Scene) -> None:
    user = scene.customer()
    handover = scene.planned(scene.order(user))
    scene.house.play("/tokens/expire", {"appid": MINI_APPID})
    scene.house.clock.advance(hours=3)
    fault(scene, "/cgi-bin/stable_token", errcode=-1, times=5)

    deliveries = send_until_done(scene, handover)

    assert (deliveries, trace(handover)) == (5, ["planned", *["planned: wechat_busy"] * 4, "failed: wechat_busy"])
    assert scene.sends(scene.openid(user, MINI_APPID)) == []


@pytest.mark.parametrize("errcode", [43101, 47003, 40003, 40037])
def test_what_wechat_refuses_has_failed_with_its_errcode_and_is_not_sent_again(scene: Scene, errcode: int) -> None:
    user = scene.customer()
    handover = scene.planned(scene.order(user))
    fault(scene, SUBSCRIBE_CALL, errcode=errcode)

    send(scene, handover)
    send(scene, handover)

    message = scene.message(handover.message)
    assert (message["state"], message["outcome"]) == ("failed", f"errcode {errcode}")
    assert len(scene.sends(scene.openid(user, MINI_APPID))) == 1


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"template_id": "TPL_NOBODY_HAS"}, 40037),
        ({"data": {"thing1": "美容护理"}}, 47003),
        ({"data": {"thing1": "x" * 21, "time2": "15:00"}}, 47003),
    ],
)
def test_what_wechats_template_does_not_take_has_failed(scene: Scene, changes: dict[str, Any], errcode: int) -> None:
    handover = scene.planned(scene.order(scene.customer(), **changes))

    send(scene, handover)

    assert scene.message(handover.message)["outcome"] == f"errcode {errcode}"


def test_a_person_who_never_accepted_is_not_written_to(scene: Scene) -> None:
    user = scene.customer(accepts=0)
    handover = scene.planned(scene.order(user))

    send(scene, handover)

    assert scene.message(handover.message)["outcome"] == "errcode 43101"
    assert scene.seen(user, "subscribe_message") == []


@pytest.mark.parametrize("lost", [{"drop_after_effect": True}, {"status": 502}])
def test_an_answer_that_never_comes_leaves_the_message_unknown_and_it_is_not_sent_again(scene: Scene, lost: dict[str, Any]) -> None:
    user = scene.customer()
    scene.accept(user, 1)
    handover = scene.planned(scene.order(user))
    fault(scene, SUBSCRIBE_CALL, **lost)

    send(scene, handover)
    scene.house.clock.advance(hours=1)
    send(scene, handover)

    message = scene.message(handover.message)
    assert (message["state"], message["outcome"]) == ("unknown", "outcome_unknown")
    assert len(scene.seen(user, "subscribe_message")) <= 1


def test_a_token_wechat_revoked_is_renewed_once_and_the_message_goes(scene: Scene) -> None:
    user = scene.customer()
    send(scene, scene.planned(scene.order(user)))
    scene.accept(user, 1)
    handover = scene.planned(scene.order(user))
    scene.house.play("/tokens/revoke", {"appid": MINI_APPID})
    minted = len(scene.house.wechat_calls("/cgi-bin/stable_token"))

    send(scene, handover)

    assert scene.message(handover.message)["state"] == "accepted"
    assert len(scene.house.wechat_calls("/cgi-bin/stable_token")) == minted + 1
    assert len(scene.seen(user, "subscribe_message")) == 2


# -- how often the queue brings it ------------------------------------------------------------------------------------


def test_a_message_the_queue_brings_twice_is_sent_once(scene: Scene) -> None:
    user = scene.customer()
    scene.accept(user, 1)
    handover = scene.planned(scene.order(user))
    body = msgspec.json.encode(handover).decode()

    answer = scene.house.deliver("send_messages", [("1", body), ("2", body)])
    again = scene.house.deliver("send_messages", [("3", body)])

    assert (answer, again) == ({"batchItemFailures": []}, {"batchItemFailures": []})
    assert len(scene.sends(scene.openid(user, MINI_APPID))) == 1


def test_a_message_that_was_never_planned_fails_its_record_alone(scene: Scene) -> None:
    handover = scene.planned(scene.order(scene.customer()))
    bodies = [Handover("demo", "never"), handover, Handover("other", handover.message)]

    answer = scene.house.deliver("send_messages", [(str(n), msgspec.json.encode(body).decode()) for n, body in enumerate(bodies)])

    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ["0", "2"]
    assert scene.message(handover.message)["state"] == "accepted"


def test_two_workers_with_one_message_send_it_once_in_every_interleaving(scene: Scene) -> None:
    openid = scene.openid(scene.customer(accepts=1000), MINI_APPID)

    def play(chaos: Chaos) -> None:
        scene.forget_people()
        handover = plan_quickly(scene, openid)
        before = len(scene.sends(openid))

        def work() -> bool:
            try:
                send(scene, handover)
            except Busy:
                return False
            return True

        content = chaos.run(work, work)

        assert any(content)
        assert len(scene.sends(openid)) == before + 1
        assert trace(handover) == ["planned", "sending", "accepted"]

    assert try_every_order(play) > 10


def test_two_orders_with_one_idempotency_key_are_one_message_in_every_interleaving(scene: Scene) -> None:
    account = register.find_account("demo.mini", world=scene.house.world, now=scene.house.clock())
    to = Identifier(IdentifierType.openid, scene.openid(scene.customer(), MINI_APPID), "mini")
    card = CustomerCard(title="t", appid="wx1", path="p", thumb_media_id="m")

    def play(chaos: Chaos) -> None:
        message_id = scene.house.world.new_id()

        def plan() -> str:
            world = scene.house.world
            return flows.plan_message(account, to, card, message_id=message_id, world=world, now=world.now()).id

        assert chaos.run(plan, plan) == [message_id, message_id]
        assert len(scene.take("outbox")) == 1

    assert try_every_order(play) > 1


# -- where the worker ends --------------------------------------------------------------------------------------------


def test_each_fault_at_each_call_to_aws_sends_once_or_leaves_the_message_unknown(scene: Scene) -> None:
    """Only what ends between claiming the message and keeping its outcome may leave it unknown; nothing is ever sent twice."""
    openid = scene.openid(scene.customer(accepts=1000), MINI_APPID)

    def play(chaos: Chaos) -> None:
        scene.forget_people()
        handover = plan_quickly(scene, openid)
        before = len(scene.sends(openid))

        def work() -> None:
            scene.house.clock.advance(seconds=A_QUEUE_LATER.total_seconds())
            send(scene, handover)

        chaos.run(work)
        sent = len(scene.sends(openid)) - before
        state = kept(handover).state

        assert sent <= 1
        assert state == "accepted" or _ended_in_the_window(chaos.tape)
        assert state in ("accepted", "unknown")
        assert sent == 1 or state == "unknown"

    assert try_every_fault(play) > 20


def _ended_in_the_window(tape: list[str]) -> bool:
    """Was it the claim whose answer was lost, or the keeping of the outcome that failed?"""
    writes = [line for line in tape if "UpdateItem" in line]
    claim_lost = any(fate.value in writes[0] for fate in (Fate.crashes_after, Fate.answer_lost))
    return claim_lost or any(line != "0 UpdateItem" for line in writes[1:2])


class EndingGateway(Gateway):
    """A worker's last call to WeChat: the process ends before it, or after it."""

    def __init__(self, real: Gateway, *, after: bool) -> None:
        self._real = real
        self._after = after

    def send_subscribe_message(self, *args: Any, **kwargs: Any) -> str | None:
        if self._after:
            self._real.send_subscribe_message(*args, **kwargs)
        raise Crash


@pytest.mark.parametrize(("after", "sent"), [(False, 0), (True, 1)])
def test_a_worker_that_ends_at_the_call_leaves_the_message_unknown_once_its_lease_is_over(scene: Scene, after: bool, sent: int) -> None:
    user = scene.customer()
    handover = scene.planned(scene.order(user))
    world = scene.house.world
    ending: World = msgspec.structs.replace(world, wechat=EndingGateway(world.wechat, after=after))

    with pytest.raises(Crash):
        flows.send_message(handover, world=ending, now=world.now())
    with pytest.raises(Busy):
        send(scene, handover)
    scene.house.clock.advance(seconds=60)
    send(scene, handover)
    scene.house.clock.advance(hours=1)
    send(scene, handover)

    assert scene.message(handover.message)["state"] == "unknown"
    assert trace(handover) == ["planned", "sending", "unknown: the sender did not come back"]
    assert len(scene.sends(scene.openid(user, MINI_APPID))) == sent


def test_a_worker_that_ends_before_it_claims_leaves_the_message_to_the_next(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    user = scene.customer()
    handover = scene.planned(scene.order(user))

    def ends(*args: Any, **kwargs: Any) -> None:
        raise Crash

    monkeypatch.setattr(tables, "claim", ends)
    with pytest.raises(Crash):
        send(scene, handover)
    monkeypatch.undo()
    send(scene, handover)

    assert trace(handover) == ["planned", "sending", "accepted"]
    assert len(scene.sends(scene.openid(user, MINI_APPID))) == 1


def test_tables_that_go_away_while_a_token_is_renewed_are_only_another_try(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    user = scene.customer()
    handover = scene.planned(scene.order(user))
    scene.house.play("/tokens/revoke", {"appid": MINI_APPID})
    world = scene.house.world

    class GoingGateway(EndingGateway):
        def send_subscribe_message(self, *args: Any, **kwargs: Any) -> str | None:
            gone.enter_context(away("dynamodb"))
            return self._real.send_subscribe_message(*args, **kwargs)

    real = tables.settle

    def settle_later(*args: Any, **kwargs: Any) -> bool:
        gone.close()
        return real(*args, **kwargs)

    monkeypatch.setattr(tables, "settle", settle_later)
    going: World = msgspec.structs.replace(world, wechat=GoingGateway(world.wechat, after=False))
    with contextlib.ExitStack() as gone, pytest.raises(Busy):
        flows.send_message(handover, world=going, now=world.now())
    monkeypatch.undo()
    send(scene, handover)

    assert trace(handover) == ["planned", "sending", "planned: busy", "sending", "accepted"]
    assert len(scene.seen(user, "subscribe_message")) == 1


# -- cards ------------------------------------------------------------------------------------------------------------


def card_for(scene: Scene, user: str, *, not_after: datetime | None) -> Handover:
    """The book rule's card, planned for a follower and taken off its queue."""
    account = register.find_account("demo.oa", world=scene.house.world, now=scene.house.clock())
    ready = scene.rules["rules"][1]["card"]
    card = CustomerCard(title="在线预约", appid=MINI_APPID, path="pages/book/index", thumb_media_id=ready["thumb_media_id"])
    to = Identifier(IdentifierType.openid, scene.openid(user, OA_APPID), "oa")
    world = scene.house.world
    message = flows.plan_message(account, to, card, message_id=world.new_id(), not_after=not_after, world=world, now=world.now())
    scene.take("outbox")
    return Handover("demo", message.id)


def test_a_card_goes_while_it_may(scene: Scene) -> None:
    user = scene.follower()
    handover = card_for(scene, user, not_after=scene.house.clock() + timedelta(seconds=60))
    scene.house.clock.advance(seconds=59)

    send(scene, handover)

    assert scene.message(handover.message)["state"] == "accepted"
    assert scene.seen(user, "customer_service") == ["在线预约"]


def test_a_card_that_is_too_late_is_skipped(scene: Scene) -> None:
    user = scene.follower()
    handover = card_for(scene, user, not_after=scene.house.clock() + timedelta(seconds=60))
    scene.house.clock.advance(seconds=61)

    send(scene, handover)
    message = scene.message(handover.message)

    assert (message["state"], message["outcome"], message["channel"]) == ("skipped", "too late", "customer_service")
    assert scene.sends(scene.openid(user), CARD_CALL) == []


def test_a_card_outside_wechats_window_has_failed(scene: Scene) -> None:
    user = scene.follower()
    handover = card_for(scene, user, not_after=None)
    scene.house.clock.advance(hours=1)

    send(scene, handover)

    assert scene.message(handover.message)["outcome"] == "errcode 45015"


# -- the tables' conditions -------------------------------------------------------------------------------------------


def test_a_claim_on_an_older_look_at_the_message_is_refused(scene: Scene) -> None:
    handover = scene.planned(scene.order(scene.customer()))
    stale = kept(handover)
    fault(scene, SUBSCRIBE_CALL, errcode=-1)
    with pytest.raises(Busy):
        send(scene, handover)
    now = scene.house.clock()

    claimed = tables.claim(stale, "another lease", lease_until=now + timedelta(seconds=60), now=now)

    assert claimed is None
    assert trace(handover) == ["planned", "sending", "planned: wechat_busy"]


def test_what_became_of_a_message_is_settled_once(scene: Scene) -> None:
    handover = scene.planned(scene.order(scene.customer()))
    now, message = scene.house.clock(), kept(handover)
    claimed = tables.claim(message, "lease", lease_until=now, now=now)
    assert claimed is not None

    given_up = tables.settle(claimed, State.unknown, "the sender did not come back", provider_id=None, now=now)
    too_late = tables.settle(claimed, State.accepted, "", provider_id="1", now=now)

    assert (given_up, too_late) == (True, False)
    assert scene.message(handover.message)["state"] == "unknown"


def test_a_claim_whose_first_answer_was_lost_is_known_again(scene: Scene) -> None:
    handover = scene.planned(scene.order(scene.customer()))
    now, message = scene.house.clock(), kept(handover)

    first, repeated = (tables.claim(message, "one lease", lease_until=now, now=now) for _ in range(2))

    assert first is not None
    assert repeated == first
    assert tables.claim(message, "another lease", lease_until=now, now=now) is None
