"""The demo's story of one voice: a notice by whichever way is open, one marketing message a day, and a no that is one everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk.shop import ACCOUNT, ACCOUNT_APPID, MINI, TEMPLATE
from desk.teller import http, short, strings_in, until
from desk.till import bring_order_of

if TYPE_CHECKING:
    from desk.story import Story

CHAT = "/cgi-bin/message/custom/send"
SHIPPED = "您的包裹已经发出"
NEWS = "本周三新品到店，欢迎来坐坐"
RULES = {"caps": [{"most": 1, "days": 1, "purpose": "marketing"}]}
"""One marketing message a day, and at any hour: the story is told at night too."""
TRIGGER = {
    "name": "shipped",
    "type": "order",
    "where": [{"property": "state", "is": 2}],
    "purpose": "service",
    "topic": "orders",
    "channels": [
        {
            "channel": "subscribe_message",
            "account": MINI,
            "template_id": TEMPLATE,
            "data": {"thing1": SHIPPED, "time2": "{{record.at}}"},
            "too_long": "cut",
        },
        {"channel": "customer_service", "account": ACCOUNT, "message": {"kind": "text", "text": f"{SHIPPED}：{{{{order}}}}"}},
    ],
}


def lay_down_rules(story: Story) -> None:
    """What the shop wants said, and how often; in force everywhere within ten seconds."""
    status, _ = story.api("PUT", "/v1/message-rules", RULES)
    story.check(status == 201, "rules of sending: one marketing message a day over all ends")
    status, _ = story.api("PUT", "/v1/triggers", {"rules": [TRIGGER]})
    story.check(status == 201, "a rule: an order that is shipped tells its buyer")


def tell_of_shipping(story: Story) -> None:
    """A rule makes a message of an order; its first way is closed, so it goes by the second."""
    order = bring_order_of(story, {"phone": story.phone["value"]}, "已发货", "¥45.00")
    story.check(order["records"][0]["verdict"] == "accepted", "the till says that an order has gone")
    told = until(lambda: _texts(story, order["records"][0]["id"]), bool)
    story.check(len(told) == 1, "the buyer is told once, in the account's chat: no subscription was left")
    messages = until(lambda: _messages(story, "orders"), lambda found: bool(found) and found[0]["channel"] == "customer_service")
    ways = [step["channel"] for step in messages[0]["trace"]] if messages else []
    story.tell("←", short(messages[:1]))
    story.check({"subscribe_message", "customer_service"} <= set(ways), "its trace shows both ways, and why the first was closed")


def ask_and_stop(story: Story) -> None:
    """Marketing goes to who said yes, once a day, and to nobody who said no, at whichever end they said it."""
    story.check(_broadcast(story) == "skipped_consent", "a broadcast leaves out who never said yes")
    yes = {"say": [{"about": "marketing", "granted": True, "text": "3/zh"}]}
    status, _ = story.api("PUT", "/v1/me/permissions", yes, key=story.session)
    story.check(status == 200, "the visitor says yes in the mini program")
    story.check(_broadcast(story) == "accepted", "the next one reaches the visitor")
    story.check(_broadcast(story) == "skipped_cap", "and one more on the same day does not: one a day over all ends")
    story.act("send", appid=ACCOUNT_APPID, msgtype="text", content="退订")

    def permissions() -> Any:
        return http("GET", f"{story.addresses.front}/v1/me/permissions", key=story.session)[1]

    said = until(permissions, lambda found: found["marketing"] == "denied")
    story.tell("←", short(said["said"]))
    story.check(said["marketing"] == "denied", "退订, written in the account's chat, is a no in the mini program too")
    story.check(_broadcast(story) == "skipped_consent", "and no end sends marketing any more")
    story.check(len(_texts(story, NEWS)) == 1, "in WeChat there was one marketing message in all")


def _broadcast(story: Story) -> str:
    """What became of a broadcast to the visitor alone."""
    text = {"channel": "customer_service", "account": ACCOUNT, "message": {"kind": "text", "text": NEWS}}
    order = {"name": "新品", "purpose": "marketing", "topic": "news", "audience": {"people": [story.person]}, "channels": [text]}
    status, begun = story.api("POST", "/v1/broadcasts", order)
    if status != 202:
        return ""
    path = f"{story.addresses.front}/v1/broadcasts/{begun['id']}"
    ended = until(lambda: http("GET", path, key=story.key)[1], lambda found: found["state"] == "done")
    outcomes = {each["state"]: each["people"] for each in ended["outcomes"]}
    story.tell("←", f"{ended['state']}: {short(outcomes)}")
    return next(iter(outcomes), "")


def _texts(story: Story, words: str) -> list[dict[str, Any]]:
    """The messages in the visitor's chat that say so."""
    return [call for call in story.sent_to_visitor(CHAT) if any(words in text for text in strings_in(call["body"]))]


def _messages(story: Story, topic: str) -> list[dict[str, Any]]:
    """The visitor's messages about a topic, as business systems see them."""
    status, page = http("GET", f"{story.addresses.front}/v1/people/{story.person}/messages", key=story.key)
    return [each for each in page["messages"] if each["topic"] == topic] if status == 200 else []
