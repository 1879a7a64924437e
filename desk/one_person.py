"""The part of the demo's story about one person: a phone given on the account's page, the app, a split and its undo."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from desk.shop import ACCOUNT, APP, MINI, MINI_APPID, TEMPLATE
from desk.teller import http, short, until, visit

if TYPE_CHECKING:
    from desk.story import Story

A_MINUTE_S = 61.0


def give_phone(story: Story) -> None:
    """WeChat recognises who opens the page; a texted code proves the phone."""
    page = f"{story.addresses.front}/pages/{ACCOUNT}/phone"
    story.wechat("/current", {"user": story.user})
    story.tell("☞", f"the visitor opens {page}, which asks WeChat who is there")
    at, cookie = visit(f"{story.addresses.front}/v1/sessions/official-account/{ACCOUNT}/authorize?{urlencode({'return_to': page})}")
    ticket = dict(parse_qsl(urlsplit(at).query)).get("ticket", "")
    story.check(at.startswith(page) and bool(ticket), "there and back without a question, with a ticket for one login")
    _, session = http("POST", f"{story.addresses.front}/v1/sessions/ticket", {"ticket": ticket}, cookie=cookie)
    phone_number = f"+86{story.wechat(f'/users/{story.user}', method='GET')['phone']}"
    code = _text_code(story, ACCOUNT, phone_number)
    order = {"account": ACCOUNT, "phone": phone_number, "code": code}
    status, me = http("POST", f"{story.addresses.front}/v1/me/phone", order, key=session["session_token"])
    kinds = sorted(each["type"] for each in me["person"]["identifiers"])
    story.check(status == 200 and kinds == ["openid", "openid", "phone", "unionid"], "the phone is a fourth identifier of the same person")
    story.phone, story.person = {"type": "phone", "value": phone_number}, me["person"]["id"]


def be_one(story: Story) -> None:
    """The app, the account's page and the mini program: one person with four identifiers."""
    time.sleep(max(0.0, story.texted_at + A_MINUTE_S - time.monotonic()))  # a phone gets one code a minute
    code = _text_code(story, APP, story.phone["value"])
    login = {"account": APP, "phone": story.phone["value"], "code": code}
    status, session = http("POST", f"{story.addresses.front}/v1/sessions/phone", login)
    story.check(status == 201, "the code is a session of the app")
    _, me = story.api("GET", "/v1/me", key=session["session_token"])
    kinds = sorted(each["type"] for each in me["person"]["identifiers"])
    story.check(kinds == ["openid", "openid", "phone", "unionid"], "account, mini program and app see one person with four identifiers")
    story.check(me["person"]["id"] == story.person, "who is the one that opened the account's page")


def be_told_apart(story: Story) -> None:
    """An operator splits the phone off, and takes it back: everything stays with the identifier that brought it."""
    mini = story.wechat(f"/users/{story.user}?appid={MINI_APPID}", method="GET")["openid"]
    visitor = {"type": "openid", "value": mini, "account": MINI}
    for identifier, attributes in ((visitor, {"favourite": "肩颈护理"}), (story.phone, {"level": "gold"})):
        http("POST", f"{story.addresses.front}/v1/attributes", {"identifier": identifier, "attributes": attributes}, key=story.key)
    story.check(_known(story, visitor) == {"favourite": "肩颈护理", "level": "gold"}, "one person has what every end brought")
    said = _plan_greeting(story)
    story.check({said, story.message} <= _messages_to(story, visitor), "and was sent what every end was")
    order = {"a": story.phone, "b": visitor, "reason": "the phone is of the visitor's mother"}
    status, split = http("POST", f"{story.addresses.front}/v1/splits", order, key=story.key)
    story.tell("←", f"{status} {short(split)}")
    apart = _known(story, visitor), _known(story, story.phone)
    story.check(apart == ({"favourite": "肩颈护理"}, {"level": "gold"}), "apart, each has what their own identifiers brought")
    messages = _messages_to(story, visitor), _messages_to(story, story.phone)
    story.check(said not in messages[0] and messages[1] == {said}, "and the messages that were sent to these")
    status, undone = story.api("DELETE", f"/v1/splits/{split['id']}")
    story.check(status == 200 and undone["person_a"] == undone["person_b"], "taken back, they are the person they were")
    story.check(_known(story, story.phone) == {"favourite": "肩颈护理", "level": "gold"}, "with everything, as before")


def _text_code(story: Story, account: str, phone_number: str) -> str:
    """The code of a text that an end asks for, read off the visitor's screen."""
    before = len(_texts(story))
    status, _ = http("POST", f"{story.addresses.front}/v1/sms-codes", {"account": account, "phone": phone_number})
    story.texted_at = time.monotonic()
    texts = until(lambda: _texts(story), lambda now: len(now) > before)
    story.check(status == 202 and len(texts) == before + 1, "a code arrives by text")
    return "".join(re.findall(r"\b\d{6}\b", texts[-1]["text"])[:1])


def _texts(story: Story) -> list[dict[str, Any]]:
    """The texts on the visitor's screen."""
    received = story.wechat(f"/users/{story.user}/received", method="GET")["received"]
    return [each for each in received if each["via"] == "sms"]


def _known(story: Story, identifier: dict[str, str]) -> dict[str, Any]:
    """What is known of who has an identifier."""
    _, person = http("POST", f"{story.addresses.front}/v1/people/lookup", identifier, key=story.key)
    return {name: each["value"] for name, each in person["attributes"].items()}


def _plan_greeting(story: Story) -> str:
    """A message to whoever has the phone, for tomorrow."""
    order = {
        "to": story.phone,
        "purpose": "service",
        "channels": [
            {
                "channel": "subscribe_message",
                "account": MINI,
                "template_id": TEMPLATE,
                "data": {"thing1": "回访", "time2": "2026-11-22 15:00"},
            }
        ],
        "not_before": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }
    status, message = http("POST", f"{story.addresses.front}/v1/messages", order, key=story.key)
    story.check(status == 202, "a message to the phone is planned for tomorrow")
    return str(message["id"])


def _messages_to(story: Story, identifier: dict[str, str]) -> set[str]:
    """The messages to who has an identifier."""
    _, person = http("POST", f"{story.addresses.front}/v1/people/lookup", identifier, key=story.key)
    _, page = http("GET", f"{story.addresses.front}/v1/people/{person['id']}/messages", key=story.key)
    return {message["id"] for message in page["messages"]}
