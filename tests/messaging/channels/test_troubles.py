"""What the outbox does about each kind of trouble of a send, through the house."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import Busy
from chalicelib.messaging import flows
from chalicelib.messaging.flows import Handover
from chalicelib.messaging.tables import messages as tables
from tests.messaging.channels.studio import DATA, Studio, answer, notice, push, template, text
from tests.scene import CARD_CALL

TEMPLATE_CALL, NOTICE_CALL = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"


@pytest.fixture(autouse=True)
def without_faults(studio: Studio) -> Any:
    yield
    studio.house.play("/faults", method="DELETE")


def fault(studio: Studio, path: str, **changes: Any) -> None:
    studio.house.play("/faults", {"path": path, **changes})


@pytest.mark.parametrize("errcode", [43004, 40003])
def test_who_cannot_be_reached_any_more_is_written_to_by_the_next_way_and_not_by_this_one_again(studio: Studio, errcode: int) -> None:
    user = studio.somebody()
    fault(studio, TEMPLATE_CALL, errcode=errcode)

    first = studio.sent(user, template(), notice())
    second = studio.sent(user, template())

    assert (first["state"], second["state"], second["outcome"]) == (_by_notice(errcode), "skipped_no_endpoint", "dead")
    assert len(studio.scene.sends(studio.scene.openid(user), TEMPLATE_CALL)) == 1


def _by_notice(errcode: int) -> str:
    """Notices reach who does not follow; an openid that is none reaches nobody."""
    return "accepted" if errcode == 43004 else "skipped_no_endpoint"


def test_a_refused_notice_leaves_no_leave_and_goes_the_next_way(studio: Studio) -> None:
    user = studio.somebody()
    fault(studio, NOTICE_CALL, errcode=43101)

    first, second = studio.sent(user, notice(), template()), studio.sent(user, notice())

    assert (first["state"], first["channel"], second["state"]) == ("accepted", "template_message", "skipped_no_grant")


@pytest.mark.parametrize("errcode", [45015, 45047])
def test_a_closed_window_is_remembered_and_the_next_way_is_gone(studio: Studio, errcode: int) -> None:
    user = studio.somebody()
    before = len(studio.scene.sends(studio.scene.openid(user), CARD_CALL))
    fault(studio, CARD_CALL, errcode=errcode)
    words = answer({"kind": "text", "text": "您好"})

    first, second = studio.sent(user, words, template()), studio.sent(user, words)

    assert (first["channel"], second["state"], second["outcome"]) == ("template_message", "skipped_no_grant", "no_allowance")
    assert len(studio.scene.sends(studio.scene.openid(user), CARD_CALL)) == before + 1


def test_when_the_days_calls_are_used_up_nobody_asks_until_they_are_counted_anew_and_the_message_goes_then(studio: Studio) -> None:
    first, second = studio.somebody(), studio.somebody()
    fault(studio, TEMPLATE_CALL, errcode=45009, times=1)
    studio.house.tick("send_due")

    waiting = [studio.sent(user, template()) for user in (first, second)]
    asked = [len(studio.scene.sends(studio.scene.openid(user), TEMPLATE_CALL)) for user in (first, second)]
    tomorrow, anew = studio.house.clock() + timedelta(days=1), datetime.fromisoformat(waiting[0]["next_at"])
    studio.house.clock.advance(seconds=(anew - studio.house.clock()).total_seconds() + 60)
    tables.DUE.move_watermark(anew - timedelta(minutes=1))  # the schedule has run until then
    studio.house.tick("send_due")
    studio.house.work()
    studio.house.clock.advance(seconds=(tomorrow - studio.house.clock()).total_seconds())  # day again

    assert [(each["state"], each["outcome"]) for each in waiting] == [("planned", "channel_stopped")] * 2
    assert asked == [1, 0]
    assert [studio.scene.message(each["id"])["state"] for each in waiting] == ["accepted", "accepted"]


def test_a_lost_answer_to_a_template_message_is_asked_for_again_under_its_key_and_shown_once(studio: Studio) -> None:
    user = studio.somebody()
    fault(studio, TEMPLATE_CALL, drop_after_effect=True)
    handover = _planned(studio, user, template())

    with pytest.raises(Busy):
        _work(studio, handover)
    _work(studio, handover)

    assert studio.scene.message(handover.message)["state"] == "accepted"
    keys = {sent["client_msg_id"] for sent in studio.scene.sends(studio.scene.openid(user), TEMPLATE_CALL)}
    assert (len(keys), len(studio.scene.seen(user, "template_message"))) == (1, 1)


@pytest.mark.parametrize(("path", "step"), [(NOTICE_CALL, notice()), (CARD_CALL, answer({"kind": "text", "text": "您好"}))])
def test_a_lost_answer_of_what_knows_no_key_is_unknown(studio: Studio, path: str, step: dict[str, Any]) -> None:
    user = studio.somebody()
    fault(studio, path, drop_after_effect=True)

    sent = studio.sent(user, step)

    assert (sent["state"], sent["outcome"]) == ("unknown", "outcome_unknown")


def test_a_right_the_account_has_not_is_told_to_an_operator_and_raises_an_alarm(
    studio: Studio, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    user = studio.somebody()
    fault(studio, TEMPLATE_CALL, errcode=48001)

    sent = studio.sent(user, template())

    assert (sent["state"], sent["outcome"]) == ("failed", "errcode 48001")
    assert "template_message of demo.oa needs an operator: errcode 48001" in caplog.messages
    assert '"SendsNeedOperator":1' in capsys.readouterr().out


def test_marketing_that_wechat_was_too_busy_for_may_have_gone_out(studio: Studio) -> None:
    user = studio.somebody()
    fault(studio, NOTICE_CALL, errcode=-1)

    sent = studio.sent(user, notice(), purpose="marketing", quiet="hold")

    assert (sent["state"], len(studio.scene.sends(studio.scene.openid(user), NOTICE_CALL))) == ("unknown", 1)


@pytest.mark.parametrize("step", [text(), push()])
def test_a_deployment_without_a_provider_fails_and_says_which(
    studio: Studio, step: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    user = studio.somebody()
    studio.link(user, "phone", "+8613900" + user.removeprefix("u").rjust(6, "0"))
    studio.link(user, "push_token", f"push-{user}")

    with studio.without_providers():
        sent = studio.sent(user, step)

    assert (sent["state"], sent["outcome"]) == ("failed", f"{step['channel']}_missing")
    assert f"needs an operator: {step['channel']}_missing" in caplog.text


# -- keywords -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "wrong"),
    [(template, {"thing1": "x" * 21}), (notice, {"thing1": "x" * 21}), (template, {"time2": "soon"}), (notice, {"thing9": "x"})],
    ids=["too long", "too long for a notice", "wrong type", "unknown field"],
)
def test_a_value_that_does_not_fit_its_keyword_is_refused_when_it_is_ordered(studio: Studio, step: Any, wrong: dict[str, str]) -> None:
    status, body = studio.order(_anybody(studio), step(data={**step()["data"], **wrong}))

    assert (status, body["Code"]) == (400, "field_invalid")
    assert body["Message"].endswith(f"- at `$.channels[0].data.{next(iter(wrong))}`.")


def test_a_value_that_may_be_cut_is_cut(studio: Studio) -> None:
    user = studio.somebody()

    sent = studio.sent(user, template(data={**DATA, "thing1": "长" * 30}, too_long="cut"))

    assert (sent["state"], studio.scene.seen(user, "template_message")) == ("accepted", [f"预约\n服务：{'长' * 19}…\n时间：15:00"])


@pytest.mark.parametrize(
    ("step", "place"),
    [
        (template(template_id="TM9"), "$.channels[0]"),
        (template(account="demo.mini"), "$.channels[0].account"),
        (notice(account="demo.mini"), "$.channels[0].account"),
        (push(account="demo.oa"), "$.channels[0].account"),
        (answer({"kind": "text", "text": "x"}, "demo.app"), "$.channels[0].account"),
        (answer({"kind": "link", "title": "x", "url": "https://a.example.com/"}), "$.channels[0].message.kind"),
        (answer({"kind": "voice", "media_id": "m"}, "demo.mini"), "$.channels[0].message.kind"),
        (answer({"kind": "card", "title": "x", "path": "p", "thumb_media_id": "m"}), "$.channels[0].message.appid"),
        (answer({"kind": "text", "text": "长" * 683}), "$.channels[0].message.text"),
        (push(data={f"k{n}": "长" * 256 for n in range(4)}), "$.channels[0].data"),
    ],
)
def test_what_an_account_never_sends_is_refused_when_it_is_ordered(studio: Studio, step: dict[str, Any], place: str) -> None:
    status, body = studio.order(_anybody(studio), step)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert body["Message"].endswith(f"- at `{place}`.")


def test_marketing_by_template_message_is_refused(studio: Studio) -> None:
    status, body = studio.order(_anybody(studio), template(), purpose="marketing")

    assert (status, body["Message"].endswith("- at `$.channels[0].channel`.")) == (400, True)


def test_an_order_that_was_taken_is_told_again_though_its_template_is_another_by_now(studio: Studio) -> None:
    user = studio.somebody()
    to = {"type": "openid", "value": studio.scene.openid(user), "account": "demo.oa"}
    order = {"to": to, "purpose": "service", "channels": [template()]}
    first = studio.scene.post(order, idempotency_key="before-it-went")
    templates = studio.house.sandbox.official("wx00000000000000a1").templates
    gone = templates.pop("TM1")
    studio.sync("oa")

    again, anew = studio.scene.post(order, idempotency_key="before-it-went"), studio.scene.post(order)
    templates["TM1"] = gone
    studio.sync("oa")
    studio.scene.take("outbox")

    assert (first[0], again[0], anew[0]) == (202, 202, 400)
    assert again[1]["id"] == first[1]["id"]


def test_a_template_that_went_away_before_the_send_fails_at_once_and_leads_to_the_next_way(studio: Studio) -> None:
    user = studio.somebody()
    handover = _planned(studio, user, template(), notice())
    templates = studio.house.sandbox.official("wx00000000000000a1").templates
    gone = templates.pop("TM1")
    studio.sync("oa")

    _work(studio, handover)
    templates["TM1"] = gone
    studio.sync("oa")

    assert studio.scene.message(handover.message)["channel"] == "subscription_notice"
    assert studio.scene.sends(studio.scene.openid(user), TEMPLATE_CALL) == []


def _planned(studio: Studio, user: str, *steps: dict[str, Any]) -> Handover:
    status, message = studio.order(user, *steps)
    assert status == 202, message
    studio.scene.take("outbox")
    return Handover("demo", message["id"])


def _work(studio: Studio, handover: Handover) -> None:
    flows.send_message(handover, world=studio.house.world, now=studio.house.clock())


def _anybody(studio: Studio) -> str:
    users: list[str] = [user["user"] for user in studio.house.play("/users", method="GET")["users"]]
    return users[0] if users else studio.somebody()
