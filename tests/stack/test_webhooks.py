"""A fact on its way to a real receiver: real streams, topic, queues and roles."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from desk.teller import http, until
from tests.stack.conftest import ROOT, Stack

pytestmark = pytest.mark.stack
BRAND = "hooks"


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is brought, and answers 204, or at first as it is told to."""

    brought: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    statuses: ClassVar[list[int]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.brought.append((dict(self.headers), body))
        self.send_response(self.statuses.pop(0) if self.statuses else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[str]:
    """Where it listens."""
    Receiver.brought.clear()
    Receiver.statuses.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/liandong"
    server.shutdown()
    server.server_close()


def admin_of(stack: Stack, brand: str) -> str:
    """A new brand's key."""
    environ = {**stack.environ, **stack.addresses().environment}
    for arguments in (("brand", "create", brand), ("key", "create", brand, "--scope", "admin")):
        command = [sys.executable, "-m", "liandong", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    key: str = json.loads(done.stdout)["key"]
    return key


def test_a_stored_record_reaches_its_receiver_signed_and_a_refused_one_is_tried_again(stack: Stack, receiver: str) -> None:
    front, key = stack.addresses().front, admin_of(stack, BRAND)
    status, webhook = http("POST", f"{front}/v1/webhooks", {"url": receiver, "facts": ["record.stored"]}, key=key)
    assert status == 201, webhook
    Receiver.statuses.append(503)
    who, at = {"phone": "13912345678"}, "2026-11-20T11:00:00+08:00"
    record = {"type": "order", "id": "W-1", "at": at, "who": who, "version": 3, "data": {"state": 1, "total": "¥12.50"}}

    assert http("POST", f"{front}/v1/records", {"records": [record]}, key=key)[0] == 202
    until(lambda: len(Receiver.brought), lambda count: count == 2, within_s=180)

    (refused, again), (_, person) = (
        Receiver.brought,
        http("POST", f"{front}/v1/people/lookup", {"type": "phone", "value": who["phone"]}, key=key),
    )
    told = Webhook(webhook["secret"]).verify(again[1], again[0])
    assert told["type"] == "record.stored"
    assert told["data"] == {"record": {"type": "order", "version": 3, "person": person["id"]}}
    assert (again[0]["webhook-id"], again[1]) == (refused[0]["webhook-id"], refused[1])
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook["secret"]).verify(again[1] + b" ", again[0])

    page = f"{front}/v1/webhooks/{webhook['id']}/deliveries"
    _, listed = until(lambda: http("GET", page, key=key), lambda answer: answer[1]["deliveries"][0]["state"] == "delivered")
    assert [attempt["status"] for attempt in listed["deliveries"][0]["attempts"]] == [503, 204]


def test_no_address_inside_is_taken_but_the_desks_own(stack: Stack) -> None:
    front, key = stack.addresses().front, admin_of(stack, f"{BRAND}2")

    refused = [
        http("POST", f"{front}/v1/webhooks", {"url": url, "facts": ["record.stored"]}, key=key)
        for url in ("http://127.0.0.2/", "https://127.0.0.2/", "https://169.254.169.254/", "https://[::1]/")
    ]

    assert [(status, answer["Code"]) for status, answer in refused] == [(400, "webhook_url_refused")] * 4
