"""A message is sent once: whatever WeChat answers, however often the queue brings it, wherever the worker ends."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.consent import flows as consent
from chalicelib.consent.words import Purpose
from chalicelib.errors import Busy
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.messaging import flows
from chalicelib.messaging.flows import Handover, Plan
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words import Message
from chalicelib.messaging.words.contents import CustomerService
from chalicelib.messaging.words.customer import CustomerCard
from chalicelib.wechat.gateway import Gateway
from chalicelib.world import World
from tests.builders import MINI_APPID, OA_APPID
from tests.scene import CARD_CALL, SUBSCRIBE_CALL, Scene, away

A_QUEUE_LATER = timedelta(minutes=6)
"""When the queue brings a message again."""


def send(scene: Scene, handover: Handover) -> None:
    flows.send_message(handover, world=scene.house.world, now=scene.house.clock())


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
    return [note.what for note in kept(handover).trace]


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


def test_an_account_that_is_mended_in_time_loses_no_message(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong AppSecret or IP whitelist refuses the token, not the message."""
    user = scene.customer()
    handover = scene.planned(scene.order(user))
    scene.house.play("/tokens/expire", {"appid": MINI_APPID})
    scene.house.clock.advance(hours=3)
    fault(scene, "/cgi-bin/stable_token", errcode=40164, times=2)

    deliveries = send_until_done(scene, handover)

    refused = "planned: no access token: errcode 40164"
    assert (deliveries, trace(handover)) == (3, ["planned", refused, refused, "sending", "accepted"])
    assert capsys.readouterr().out.count('"SendsNeedOperator":1') == 2


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
    scene.grant(scene.openid(user, MINI_APPID), 1)  # WeChat knows better
    refused, after = scene.planned(scene.order(user)), scene.planned(scene.order(user))

    send(scene, refused)
    send(scene, after)

    assert [scene.message(each.message)["outcome"] for each in (refused, after)] == ["errcode 43101", "no_grant"]
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


def test_a_message_that_was_never_kept_is_nothing_to_do(scene: Scene) -> None:
    handover = scene.planned(scene.order(scene.customer()))
    bodies = [Handover("demo", "never"), handover, Handover("other", handover.message)]

    answer = scene.house.deliver("send_messages", [(str(n), msgspec.json.encode(body).decode()) for n, body in enumerate(bodies)])

    assert answer["batchItemFailures"] == []
    assert scene.message(handover.message)["state"] == "accepted"


# -- where the worker ends --------------------------------------------------------------------------------------------


def test_tables_that_go_away_while_a_token_is_renewed_are_only_another_try(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    user = scene.customer()
    handover = scene.planned(scene.order(user))
    scene.house.play("/tokens/revoke", {"appid": MINI_APPID})
    world = scene.house.world

    class GoingGateway(Gateway):
        def __init__(self, real: Gateway) -> None:
            self._real = real

        def send_subscribe_message(self, *args: Any, **kwargs: Any) -> str | None:
            gone.enter_context(away("dynamodb"))
            return self._real.send_subscribe_message(*args, **kwargs)

    real = consent.release

    def release_later(*args: Any, **kwargs: Any) -> None:
        gone.close()
        real(*args, **kwargs)

    monkeypatch.setattr(consent, "release", release_later)
    going: World = msgspec.structs.replace(world, wechat=GoingGateway(world.wechat))
    with contextlib.ExitStack() as gone, pytest.raises(Busy):
        flows.send_message(handover, world=going, now=world.now())
    monkeypatch.undo()
    send(scene, handover)

    assert trace(handover) == ["planned", "sending", "planned: busy", "sending", "accepted"]
    assert len(scene.seen(user, "subscribe_message")) == 1


# -- cards ------------------------------------------------------------------------------------------------------------


def card_for(scene: Scene, user: str, *, not_after: datetime | None) -> Handover:
    """The book rule's card, planned for a follower and taken off its queue."""
    ready = scene.rules["rules"][1]["card"]
    card = CustomerCard(title="在线预约", appid=MINI_APPID, path="pages/book/index", thumb_media_id=ready["thumb_media_id"])
    to = Identifier(IdentifierType.openid, scene.openid(user, OA_APPID), "oa")
    world = scene.house.world
    step = CustomerService(account="demo.oa", message=card)
    what = Plan(id=world.new_id(), purpose=Purpose.service, steps=(step,), expires_at=not_after)
    message = flows.plan("demo", to, what, world=world, now=world.now())
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

    assert (message["state"], message["outcome"], message["channel"]) == ("skipped_expired", "", "customer_service")
    assert scene.sends(scene.openid(user), CARD_CALL) == []


def test_a_card_outside_wechats_window_is_not_sent(scene: Scene) -> None:
    user = scene.follower()
    handover = card_for(scene, user, not_after=None)
    scene.house.clock.advance(hours=1)

    send(scene, handover)

    assert (scene.message(handover.message)["state"], scene.message(handover.message)["outcome"]) == ("skipped_no_grant", "no_allowance")
    assert scene.sends(scene.openid(user), CARD_CALL) == []
