"""The part of the demo's story about an order of the till: seen on every end, held for a word nobody knew, and let go once it is learnt."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from desk.teller import http, short, until

if TYPE_CHECKING:
    from desk.story import Story

SOURCE = "till"
STATE = {"type": "choice", "choices": {}, "required": True, "mode": "quarantine"}


def bring_order(story: Story) -> None:
    """The till knows a phone number; the mini program knows who that is."""
    batch = _bring(story, "已支付", "¥128.00")
    story.check(batch["records"][0]["verdict"] == "accepted", "the order is accepted at once, in the till's own words")
    mine = until(lambda: _orders(story), lambda orders: len(orders) == 1)
    story.check([each["data"] for each in mine] == [{"state": 1, "total_fen": 12800}], "the mini program shows it: paid, 128.00 yuan")
    spelling = f"部分发货{story.user}"  # a word of this visitor's own, so that the story can be told again
    held = _bring(story, spelling, "¥66.00")
    story.check(held["records"][0]["verdict"] == "quarantined", "an order whose state nobody knows is held, and the till is told")
    place = until(lambda: _find_held(story, f"{held['id']}-0000"), bool)
    story.check(bool(place), "it lies in the quarantine, under its cause")
    _learn(story, spelling)
    replayed = until(lambda: _replay(story, place), lambda verdict: verdict == "stored")
    story.check(replayed == "stored", "judged anew after the dictionary has learnt the word, it is stored")
    mine = until(lambda: _orders(story), lambda orders: len(orders) == 2)
    story.check(sorted(each["data"]["state"] for each in mine) == [1, 2], "and the mini program shows both")


def _bring(story: Story, state: str, money: str) -> Any:
    return bring_order_of(story, {"phone": story.phone["value"]}, state, money)


def bring_order_of(story: Story, who: dict[str, str], state: str, money: str) -> Any:
    """A batch of one order of somebody; what is told of it at once."""
    order = {
        "type": "order",
        "id": f"T-{uuid.uuid4().hex[:8]}",
        "at": datetime.now(UTC).isoformat(),
        "who": who,
        "data": {"订单状态": state, "金额": money},
    }
    story.tell("→", f"POST /v1/records  {short(order['data'])} by {next(iter(who))}")
    status, batch = http("POST", f"{story.addresses.front}/v1/records", {"source": SOURCE, "records": [order]}, key=story.key)
    story.tell("←", f"{status} {short(batch)}")
    return batch


def _orders(story: Story) -> list[dict[str, Any]]:
    """What the mini program lists under 我的订单."""
    status, page = http("GET", f"{story.addresses.front}/v1/me/orders", key=story.session)
    orders: list[dict[str, Any]] = page["records"] if status == 200 else []
    return orders


def _find_held(story: Story, held_id: str) -> str:
    """The path of a held record."""
    front, key = story.addresses.front, story.key
    for group in http("GET", f"{front}/v1/quarantine", key=key)[1]["groups"]:
        _, page = http("GET", f"{front}/v1/quarantine/{group['id']}", key=key)
        if any(each["id"] == held_id for each in page["records"]):
            story.tell("←", f"{group['reason']} since {group['first_at']}: {short(group['sample'])}")
            return f"/v1/quarantine/{group['id']}/{held_id}"
    return ""


def _learn(story: Story, spelling: str) -> None:
    """The dictionary as it is, with one spelling of a state more."""
    _, dictionary = http("GET", f"{story.addresses.front}/v1/dictionary", key=story.key)
    types = dictionary["written"]["types"]
    state = types.setdefault("order", {}).setdefault("fields", {}).setdefault("state", dict(STATE))
    state["choices"] = {**state["choices"], spelling: 2}
    story.tell("→", f"PUT /v1/dictionary  {spelling} is state 2")
    status, published = http("PUT", f"{story.addresses.front}/v1/dictionary", {"types": types}, key=story.key)
    story.tell("←", f"{status} {short(published)}")
    story.check(status == 201, "the dictionary learns the word")


def _replay(story: Story, place: str) -> str:
    """What becomes of the record now. A warm container may know the older dictionary for ten seconds: then it stays where it is."""
    _, replayed = http("POST", f"{story.addresses.front}{place}/replay", {}, key=story.key)
    story.tell("←", short(replayed))
    return str(replayed.get("verdict", ""))
