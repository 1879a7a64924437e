"""A refusal names what may be said where there is a choice, and never what was sent."""

from __future__ import annotations

import msgspec
import pytest

from chalicelib import edge
from chalicelib.accounts.words import AccountOrder
from chalicelib.consent.words.grants import PopupOrder
from chalicelib.errors import Invalid
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.messaging.words.orders import MessageOrder

TO = b'"to": {"type": "unionid", "value": "oABC"}, "purpose": "service"'


class Sent(msgspec.Struct):
    """A request with a body."""

    raw_body: bytes


def refusal_of(body: bytes, kind: type[msgspec.Struct]) -> str:
    with pytest.raises(Invalid) as refused:
        edge.read_body(Sent(body), kind)  # type: ignore[arg-type]
    return str(refused.value)


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        (b'{"name": "app", "kind": "canary"}', AccountOrder, "platform is needed - at `$.kind`"),
        (b"{" + TO + b', "channels": [{"channel": "canary"}]}', MessageOrder, "push, sms is needed - at `$.channels[0].channel`"),
        (
            b"{" + TO + b', "channels": [{"channel": "customer_service", "account": "shop.oa", "message": {"kind": "canary"}}]}',
            MessageOrder,
            "One of text, image, voice, video, music, news, article, menu, card, link is needed - at `$.channels[0].message.kind`",
        ),
        (b'{"caps": [{"most": 1, "window": "canary"}]}', MessageRules, "One of rolling, calendar is needed - at `$.caps[0].window`"),
        (b'{"popup": "popup-0001", "answers": {"TPL": "canary"}}', PopupOrder, "ban, filter is needed - at `$.answers[...]`"),
    ],
)
def test_a_word_that_is_none_of_the_choices_is_refused_with_the_choices(body: bytes, kind: type[msgspec.Struct], told: str) -> None:
    words = refusal_of(body, kind)

    assert told in words
    assert "canary" not in words


def test_a_wrong_form_is_told_by_its_pattern_alone() -> None:
    words = refusal_of(b'{"quiet": {"since": "25:00", "until": "08:00"}}', MessageRules)

    assert "'^([01][0-9]|2[0-3]):[0-5][0-9]$' - at `$.quiet.since`" in words
