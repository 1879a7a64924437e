"""What cannot be sent as it was ordered: taken at the door, ended in a state of its own, and told in one plain sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.consent import flows as consent
from chalicelib.consent.words import Channel, Purpose, Scope, Use
from chalicelib.consent.words.ledger import Evidence, Statement, Told, Way
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from tests.builders import MINI_APPID
from tests.scene import Scene


def told(scene: Scene, order: dict[str, Any]) -> tuple[str, str, str]:
    """What became of an order, by state, outcome and sentence."""
    status, planned = scene.post(order)
    assert status == 202, planned
    scene.house.work()
    message = scene.message(planned["id"])
    return message["state"], message["outcome"], message["says"]["en"]


def ago(scene: Scene, **by: float) -> str:
    return (scene.house.clock() - timedelta(**by)).isoformat()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"template_id": "NEVER_HEARD_OF"},
            ("skipped_no_grant", "no_grant", "The person has given no leave for this template, or it is used up."),
        ),
        (
            {"data": {"thing1": "x" * 21, "time2": "15:00"}},
            ("failed", "errcode 47003", "The values do not fit the template's fields (47003)."),
        ),
        ({"data": {"thing1": "x", "time2": "soon"}}, ("failed", "errcode 47003", "The values do not fit the template's fields (47003).")),
    ],
    ids=["unknown template", "too long", "wrong type"],
)
def test_what_no_template_takes_is_told(scene: Scene, changes: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert told(scene, scene.order(scene.customer(), **changes)) == expected


def test_times_that_are_past_are_now_and_what_has_expired_is_skipped(scene: Scene) -> None:
    user = scene.customer()

    late = told(scene, scene.order(user, expires_at=ago(scene, hours=1)))
    sent = told(scene, scene.order(user, not_before=ago(scene, days=400)))

    assert late == ("skipped_expired", "", "It had expired before it could be sent.")
    assert sent == ("accepted", "", "It was sent; no receipt of its delivery has come.")


def test_of_a_channel_without_receipts_nobody_waits_for_one(scene: Scene) -> None:
    user = scene.customer()
    scene.follow(user)
    scene.house.work()
    text = {"channel": "customer_service", "account": "demo.oa", "message": {"kind": "text", "text": "您好"}}

    sent = told(scene, {**scene.order(user), "channels": [text]})

    assert sent == ("accepted", "", "It was sent; this channel does not tell of deliveries.")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(Use.notifications, None, "mini"), ("skipped_consent", "permission", "The person has switched our notifications off.")),
        (
            Scope(Purpose.service, Channel.subscribe_message, "mini"),
            ("skipped_consent", "consent", "The person does not allow such messages from this end."),
        ),
    ],
    ids=["of the end", "of the channel"],
)
def test_a_channel_that_is_switched_off_is_told(scene: Scene, scope: Scope, expected: tuple[str, str, str]) -> None:
    user, world, now = scene.customer(), scene.house.world, scene.house.clock()
    who = Identifier(IdentifierType.openid, scene.openid(user, MINI_APPID), "mini")
    switched_off = Told(statements=(Statement(scope, False),))
    consent.say(
        "demo", identity.key_of("demo", who, world=world, now=now), switched_off, Evidence(way=Way.client, end="mini"), world=world, now=now
    )

    assert told(scene, scene.order(user)) == expected


def test_what_would_expire_before_it_is_allowed_is_told_at_once(scene: Scene) -> None:
    user = scene.customer()
    scene.house.clock.advance(hours=10)  # 22:00 in Shanghai

    night = told(scene, scene.order(user, quiet="hold", expires_at=(scene.house.clock() + timedelta(hours=1)).isoformat()))

    assert night == ("skipped_quiet_expired", "quiet_hours", "It would have expired within the person's quiet hours.")
