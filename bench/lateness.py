"""How long after its time a message with a time reaches a phone, on a local stack of the bench's own: real schedules and real queues."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import quantiles

from bench.deployed import Brand, Deployed

PEOPLE, EACH = 300, 2
BEGINS_IN, LASTS = timedelta(seconds=60), timedelta(minutes=2)
"""Planned for times of two minutes, so that whatever the second of the schedule is, every distance from it is met."""
PATIENCE_S = 300.0
ACCOUNT = "benchdue.mini"


def measure(desk: Deployed) -> Iterator[tuple[str, float]]:
    """So many texts, one after another over two minutes, each to be sent at a time of its own."""
    brand = desk.begin_brand("benchdue", appid="wxbenchdue000001")
    users = {desk.post_sandbox("/users", {"phone": _phone(place)})["user"]: place for place in range(PEOPLE)}
    _settle(brand)
    due = _plan(brand)
    late = sorted(_wait(desk, users, due))
    yield "due.late_p50_s", quantiles(late, n=100)[49]
    yield "due.late_p99_s", quantiles(late, n=100)[98]
    print(
        f"  due: {len(late)} messages of {LASTS.seconds} s, the earliest {late[0]:.1f} s late, the latest {late[-1]:.1f} s", file=sys.stderr
    )


def _settle(brand: Brand) -> None:
    """Have everybody known, by a record of theirs."""
    at, data = datetime.now(UTC).isoformat(), {"订单状态": "已支付", "金额": "¥128.00"}
    orders = [{"type": "order", "id": f"D-{n}", "at": at, "who": {"phone": _phone(n)}, "data": data} for n in range(PEOPLE)]
    batch = brand.post("/v1/records", {"records": orders})["id"]
    while brand.get(f"/v1/batches/{batch}")["waiting"]:
        time.sleep(0.2)


def _plan(brand: Brand) -> dict[str, datetime]:
    """Each text, and when it is to be sent."""
    begins, due = datetime.now(UTC) + BEGINS_IN, dict[str, datetime]()
    for number in range(PEOPLE * EACH):
        text, at = f"No. {number}", begins + LASTS * number / (PEOPLE * EACH)
        order = {"to": {"type": "phone", "value": _phone(number % PEOPLE)}, "purpose": "service", "quiet": "ignore"}
        step = {"channel": "sms", "account": ACCOUNT, "text": text}
        brand.post("/v1/messages", {**order, "not_before": at.isoformat(), "channels": [step]})
        due[text] = at
    if datetime.now(UTC) > begins:
        raise SystemExit(f"Planning {len(due)} messages took longer than {BEGINS_IN.seconds} s: the stack is overloaded.")
    return due


def _wait(desk: Deployed, users: dict[str, int], due: dict[str, datetime]) -> list[float]:
    """Seconds from each text's time until it was on its phone, once all are."""
    time.sleep((max(due.values()) - datetime.now(UTC)).total_seconds())
    given_up, came = time.monotonic() + PATIENCE_S, dict[str, float]()
    while len(came) < len(due):
        if time.monotonic() > given_up:
            raise SystemExit(
                f"{len(due) - len(came)} of {len(due)} messages did not come within {PATIENCE_S:.0f} s of the last one's time."
            )
        time.sleep(5.0)
        for user, place in users.items():
            if any(f"No. {place + PEOPLE * turn}" not in came for turn in range(EACH)):
                came |= {each["text"]: each["at"] for each in desk.get_sandbox(f"/users/{user}/received?appid=")["received"]}
    return [came[text] - at.timestamp() for text, at in due.items()]


def _phone(number: int) -> str:
    return f"139{12345000 + number}"
