"""A local stack of the bench's own, deployed: the functions as they run in production, with their rights, real queues and schedules."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.emulator import cpu_s
from bench.package import ROOT
from bench.stack import free_port

if TYPE_CHECKING:
    from desk.state import Addresses

TICK = {
    "version": "0",
    "id": "none",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "",
    "time": "",
    "region": "",
    "detail": {},
}
PORTS = ("LIANDONG_PORT_FRONT", "LIANDONG_PORT_SANDBOX", "LIANDONG_PORT_AWS")


class Deployed:
    """A stack that is up, and those who call it: its front door, its sandbox, its queues."""

    def __init__(self, at: Addresses, environ: dict[str, str]) -> None:
        from desk import aws
        from desk.state import Credentials

        self.at = at
        self._environ = environ
        known = {"access_key_id": at.environment["AWS_ACCESS_KEY_ID"], "secret_access_key": at.environment["AWS_SECRET_ACCESS_KEY"]}
        self._client = partial(aws.client, base=at.aws, credentials=Credentials(**known))
        self._sqs = self._client("sqs")

    def begin_brand(self, name: str, *, appid: str) -> Brand:
        """A new brand with a mini program, which the sandbox knows as well."""
        self._command("brand", "create", name)
        brand = Brand(self, self._command("key", "create", name, "--scope", "admin")["key"])
        account = {"kind": "mini_program", "appid": appid, "original_id": f"gh_{name}"}
        told = {**account, "name": "mini", "app_secret": "bench-secret", "callback_mode": "plain", "callback_token": "BenchToken2026"}
        brand.post("/v1/accounts", told)
        self.post_sandbox("/accounts", {**account, "secret": told["app_secret"], "open_platform": name})
        return brand

    def warm_schedules(self) -> None:
        """Have everything that runs by the minute run once: for a worker's first time MiniStack unpacks the code."""
        events, functions = self._client("events"), self._client("lambda")
        for rule in events.list_rules()["Rules"]:
            if re.fullmatch(r"rate\(\d+ minutes?\)", rule.get("ScheduleExpression", "")):
                for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                    functions.invoke(FunctionName=target["Arn"], Payload=json.dumps({**TICK, "resources": [rule["Arn"]]}))

    def ministack_s(self) -> float:
        """The CPU time of the stack's own process so far."""
        from desk.state import read_state

        return cpu_s(read_state(Path(self._environ["LIANDONG_LOCAL"]) / "desk.json").servers["aws"].pid)

    def send(self, queue: str, bodies: list[str]) -> None:
        url = self._url(queue)
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies[start : start + 10])]
            self._sqs.send_message_batch(QueueUrl=url, Entries=entries)

    def wait_until_empty(self, queue: str, *, every_s: float) -> None:
        counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        while any(int(n) for n in self._sqs.get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=counts)["Attributes"].values()):
            time.sleep(every_s)

    def post_sandbox(self, path: str, body: dict[str, Any]) -> Any:
        return _call("POST", f"{self.at.sandbox}/_sandbox{path}", body)

    def get_sandbox(self, path: str) -> Any:
        return _call("GET", f"{self.at.sandbox}/_sandbox{path}")

    def _url(self, queue: str) -> str:
        url: str = self._sqs.get_queue_url(QueueName=f"liandong-local-{queue}")["QueueUrl"]
        return url

    def _command(self, *arguments: str) -> Any:
        command = [sys.executable, "-m", "liandong", *arguments]
        done = subprocess.run(command, cwd=ROOT, env={**self._environ, **self.at.environment}, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)


class Brand:
    """A brand's own systems: they call the front door by its key."""

    def __init__(self, desk: Deployed, key: str) -> None:
        self._desk, self._key = desk, key

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return _call("POST", self._desk.at.front + path, body, key=self._key)

    def get(self, path: str) -> Any:
        return _call("GET", self._desk.at.front + path, key=self._key)


@contextmanager
def deploy(folder: Path) -> Iterator[Deployed]:
    """A stack of its own, every minute-schedule warm; gone afterwards."""
    from desk.state import Addresses

    ports = {name: str(free_port()) for name in PORTS}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LIANDONG_"))}
    environ = {**kept, **ports, "LIANDONG_LOCAL": str(folder)}

    def desk(command: str) -> str:
        done = subprocess.run([sys.executable, "-m", "desk", command], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"desk {command}: {done.stderr}")
        return done.stdout

    try:
        desk("up")
        environment = dict(shlex.split(line)[1].split("=", 1) for line in desk("env").splitlines())
        front, sandbox, aws = (f"http://127.0.0.1:{ports[name]}" for name in PORTS)
        deployed = Deployed(Addresses(front=front, sandbox=sandbox, aws=aws, environment=environment), environ)
        deployed.warm_schedules()
        yield deployed
    finally:
        desk("reset")


def _call(method: str, url: str, body: dict[str, Any] | None = None, *, key: str = "") -> Any:
    from desk.teller import http

    status, answer = http(method, url, body, key=key)
    if status >= 300:
        raise AssertionError(f"{url} was answered {status}: {answer}")
    return answer
