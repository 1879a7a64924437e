"""What each errcode asks for."""

from __future__ import annotations

import pytest

from chalicelib.consent.words import Purpose
from chalicelib.errors import Busy, Declined, LiandongError, Missing, Refused, Unknown
from chalicelib.messaging.rules.actions import ERRCODES, action_of
from chalicelib.messaging.words import Action
from chalicelib.wechat.answers import Overloaded


@pytest.mark.parametrize(
    ("errcode", "action"),
    [
        (40001, Action.again),
        (44991, Action.again),
        (40007, Action.next_way),
        (47003, Action.next_way),
        (48002, Action.next_way),
        (99999, Action.next_way),
        (40003, Action.dead),
        (43004, Action.dead),
        (43019, Action.dead),
        (43101, Action.no_grant),
        (45015, Action.window_closed),
        (45047, Action.window_closed),
        (44993, Action.stop_channel),
        (45009, Action.stop_channel),
        (45028, Action.stop_channel),
        (40164, Action.operator),
        (43107, Action.operator),
        (48001, Action.operator),
        (61007, Action.operator),
    ],
)
def test_an_errcode_asks_for_its_action(errcode: int, action: Action) -> None:
    assert action_of(Declined(errcode=errcode), Purpose.service) is action


def test_no_errcode_asks_for_two_actions() -> None:
    assert len({errcode for errcodes in ERRCODES.values() for errcode in errcodes}) == sum(map(len, ERRCODES.values()))


@pytest.mark.parametrize(
    ("error", "service", "marketing"),
    [
        (Unknown(), Action.unknown, Action.unknown),
        (Busy(), Action.again, Action.again),
        (Overloaded(), Action.again, Action.unknown),
        (Refused(code="push_token_dead"), Action.dead, Action.dead),
        (Refused(code="push_refused"), Action.next_way, Action.next_way),
        (Refused(code="sms_refused"), Action.next_way, Action.next_way),
        (Missing(code="sms_missing"), Action.operator, Action.operator),
        (Declined(code="token_rejected"), Action.operator, Action.operator),
        (Declined(code="platform_unauthorised", errcode=61003), Action.operator, Action.operator),
    ],
)
def test_an_error_of_ours_asks_for_its_action_by_what_may_have_happened(error: LiandongError, service: Action, marketing: Action) -> None:
    assert [action_of(error, purpose) for purpose in (Purpose.service, Purpose.marketing)] == [service, marketing]
