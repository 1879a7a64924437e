"""How soon an order that one end brings is seen on another, on a local stack of the bench's own: the deployed functions and real queues."""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from statistics import median
from typing import Any

from bench.deployed import Deployed

SECONDS, WARMING, EACH_SECOND, WATCHED = 10, 6, 100, 3
EMPTY, ONES = 10, 5
PATIENCE_S = 90.0
LOOKED_AGAIN_S = 0.1
FACT = {"kind": "record.stored", "brand": "bench", "id": "none", "body": {"type": "none"}}
"""What attribution hears and passes over without a look at anything."""
APPID = "wxbenchvisible01"


def measure(desk: Deployed) -> Iterator[tuple[str, float]]:
    """What the stack itself takes to bring messages with nothing to do to a worker; one order alone; then so many each second."""
    stage = Stage(desk)
    stage.bring_and_watch(WARMING, each=EACH_SECOND)  # every worker is warm
    stage.work_off()
    yield "visible.stack_ms", median(stage.time_empty_work() for _ in range(EMPTY)) * 1000
    slowest = max(stage.time_empty_works(SECONDS, each=EACH_SECOND)) * 1000
    _note(f"{EACH_SECOND} messages/s with nothing to do: those of a second are off the queue after {slowest:.0f} ms at most")
    yield "visible.one_ms", median(stage.bring_and_watch(1, each=1)[0] for _ in range(ONES)) * 1000
    stage.work_off()
    spent = desk.ministack_s()
    taken = sorted(stage.bring_and_watch(SECONDS, each=EACH_SECOND))
    stage.work_off()
    yield "visible.p50_ms", median(taken) * 1000
    yield "visible.p99_ms", taken[min(len(taken) - 1, round(len(taken) * 0.99))] * 1000
    of_one = (desk.ministack_s() - spent) / (SECONDS * EACH_SECOND) * 1000
    _note(f"MiniStack had {of_one:.1f} ms of CPU for each order, with all that follows and those who look")


class Stage:
    """A brand with a mini program, people logged in there, and a till."""

    def __init__(self, desk: Deployed) -> None:
        self.desk = desk
        self.brand = desk.begin_brand("bench", appid=APPID)
        self.sessions = dict(self._log_in() for _ in range(WATCHED))

    def bring_and_watch(self, seconds: int, *, each: int) -> list[float]:
        """One batch each second, and the seconds until each of those who watch saw their orders."""
        pending: dict[tuple[str, str], float] = {}
        done, taken = threading.Event(), list[float]()
        patience = time.monotonic() + PATIENCE_S
        with ThreadPoolExecutor(WATCHED) as threads:
            watching = [threads.submit(self._watch, session, pending, done, taken, patience) for session in self.sessions]
            try:
                self._bring(seconds, each, pending)
            finally:
                done.set()
        for each_watch in watching:
            each_watch.result()
        if pending:
            raise SystemExit(
                f"Of the orders of {seconds} s, {len(pending)} were not seen within {PATIENCE_S:.0f} s: the stack is overloaded."
            )
        return taken

    def _watch(
        self, session: str, pending: dict[tuple[str, str], float], done: threading.Event, taken: list[float], patience: float
    ) -> None:
        """One person looks as long as an order of theirs is to come, and again after a tenth of a second."""
        while time.monotonic() < patience and not (done.is_set() and all(who != session for who, _ in list(pending))):
            if any(who == session for who, _ in list(pending)):
                for order in self._orders(session):
                    sent = pending.pop((session, order), None)
                    taken += [] if sent is None else [time.monotonic() - sent]
            time.sleep(LOOKED_AGAIN_S)  # those who watch are little load, and who has seen everything does not look

    def time_empty_work(self) -> float:
        """From the queue to a worker and off the queue again, with a replay of what is not there."""
        began = time.monotonic()
        self.desk.send("records", [json.dumps({"type": "replay", "brand": "bench", "group": "none"})])
        self.desk.wait_until_empty("records", every_s=0.01)
        return time.monotonic() - began

    def time_empty_works(self, seconds: int, *, each: int) -> Iterator[float]:
        """The same with so many messages a second, ten to a batch: those of each second, until all of them are off the queue."""
        began = time.monotonic()
        for number in range(seconds):
            time.sleep(max(0.0, began + number - time.monotonic()))
            sent = time.monotonic()
            self.desk.send("attribution-facts", [json.dumps([FACT])] * each)
            self.desk.wait_until_empty("attribution-facts", every_s=0.02)
            yield time.monotonic() - sent

    def work_off(self) -> None:
        """Wait until what follows from orders is done as well."""
        for queue in ("records", "attribution-facts", "webhook-facts"):
            self.desk.wait_until_empty(queue, every_s=0.2)

    def _bring(self, seconds: int, each: int, pending: dict[tuple[str, str], float]) -> None:
        began = time.monotonic()
        for number in range(seconds):
            time.sleep(max(0.0, began + number - time.monotonic()))
            sent, (records, watched) = time.monotonic(), self._make(each)
            pending.update(dict.fromkeys(watched, sent))
            self.brand.post("/v1/records", {"records": records})
        _note(f"{each * seconds / max(seconds, time.monotonic() - began):.0f} records/s")

    def _make(self, number: int) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
        """So many orders, the first, the middle and the last one of those who watch; these by session and id."""
        at, mark, watched = datetime.now(UTC).isoformat(), uuid.uuid4().hex[:12], list(self.sessions.items())[:number]
        places = [round(place * (number - 1) / max(len(watched) - 1, 1)) for place in range(len(watched))]
        who = [{"phone": f"137{place:08}"} for place in range(number)]
        for place, (_, unionid) in zip(places, watched, strict=True):
            who[place] = {"unionid": unionid}
        data = {"订单状态": "已支付", "金额": "¥128.00"}
        records = [{"type": "order", "id": f"{mark}-{place}", "at": at, "who": each, "data": data} for place, each in enumerate(who)]
        return records, [(session, f"{mark}-{place}") for place, (session, _) in zip(places, watched, strict=True)]

    def _orders(self, session: str) -> set[str]:
        from desk.teller import http

        status, page = http("GET", f"{self.desk.at.front}/v1/me/orders?limit=20", key=session)
        return {each["id"] for each in page["records"]} if status == 200 else set()  # a stack that is too busy shows nothing yet

    def _log_in(self) -> tuple[str, str]:
        """Somebody new in the mini program: their session and unionid."""
        user = self.desk.post_sandbox("/users", {})["user"]
        code = self.desk.post_sandbox(f"/users/{user}/login", {"appid": APPID})["code"]
        session = self.brand.post("/v1/sessions/mini-program", {"account": "bench.mini", "code": code})["session_token"]
        return session, self.desk.get_sandbox(f"/users/{user}?appid={APPID}")["unionid"]


def _note(text: str) -> None:
    print(f"  visible: {text}", file=sys.stderr, flush=True)
