"""An AWS and a WeChat of the bench's own, on free ports of loopback; what they keep goes with the folder."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.package import ROOT

if TYPE_CHECKING:
    from desk.state import Process

QUEUES = {
    "INBOX_QUEUE_URL": "inbox",
    "OUTBOX_QUEUE_URL": "outbox",
    "RECORDS_QUEUE_URL": "records",
    "ARCHIVE_QUEUE_URL": "archive",
    "PULLS_QUEUE_URL": "pulls",
    "TOUCHES_QUEUE_URL": "touches",
    "WAITING_QUEUE_URL": "waiting",
    "BROADCASTS_QUEUE_URL": "broadcasts",
    "WEBHOOK_QUEUE_URLS": "webhooks-0",
    "WEBHOOK_SLOW_QUEUE_URL": "webhooks-slow",
}
BUCKET = "liandong-local-archive"


@contextmanager
def open_stack(folder: Path) -> Iterator[dict[str, str]]:
    """MiniStack with our tables, queues, topic and key, and a sandbox: the environment in which the app reaches them."""
    os.environ["LIANDONG_LOCAL"] = str(folder)  # desk.settings reads it when it is imported
    from desk import aws
    from desk.settings import Ports

    administrator = aws.administrator()
    started = aws.start(Ports(aws=free_port()), administrator)
    with _running(started, "/_ministack/health", aws.LOG) as ministack, open_sandbox(folder) as sandbox:
        yield {
            "AWS_ENDPOINT_URL": ministack.address,
            "AWS_ACCESS_KEY_ID": administrator.access_key_id,
            "AWS_SECRET_ACCESS_KEY": administrator.secret_access_key,
            "WECHAT_API_URL": sandbox.address,
            **_furnish(lambda service: aws.client(service, ministack.address, administrator)),
        }


@contextmanager
def behind_echoes(folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The same AWS and WeChat, each behind an endpoint that can answer by itself."""
    with ExitStack() as held:
        echoes = {
            name: held.enter_context(_serve(["-m", "bench.echo", "--target", environment[name]], folder / "echo.log", "/_echo/remember"))
            for name in ("AWS_ENDPOINT_URL", "WECHAT_API_URL")
        }
        yield {**environment, **{name: echo.address for name, echo in echoes.items()}}


@contextmanager
def open_sandbox(folder: Path, *options: str) -> Iterator[Process]:
    """A sandbox in a process of its own, once it answers."""
    with _serve(["-m", "sandbox", *options], folder / "sandbox.log", "/_sandbox/health") as sandbox:
        yield sandbox


@contextmanager
def _serve(arguments: list[str], log: Path, health: str) -> Iterator[Process]:
    """A server of ours on a free port."""
    from desk import processes

    port = free_port()
    command = [sys.executable, *arguments, "--port", str(port)]
    started = processes.start(command, log=log, environ=os.environ, cwd=ROOT, address=f"http://127.0.0.1:{port}")
    with _running(started, health, log) as server:
        yield server


@contextmanager
def _running(process: Process, health: str, log: Path) -> Iterator[Process]:
    """A server from its first answer to its end."""
    from desk import aws, processes

    def is_settled() -> bool:
        return aws.answers(process.address + health) or not processes.is_alive(process)

    try:
        if not processes.wait_until(is_settled, within_s=60, every_s=0.01) or not processes.is_alive(process):
            raise SystemExit(f"The server at {process.address} did not start: {log.read_text()[-1000:]}")
        yield process
    finally:
        if not processes.stop(process, within_s=30):
            processes.kill(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _furnish(client: Callable[[str], Any]) -> dict[str, str]:
    template = json.loads((ROOT / ".chalice" / "resources.json").read_text())
    for resource in template["Resources"].values():
        if resource.get("Type") == "AWS::DynamoDB::Table":
            _make_table(client("dynamodb"), resource["Properties"])
    queues = {name: client("sqs").create_queue(QueueName=f"liandong-local-{queue}")["QueueUrl"] for name, queue in QUEUES.items()}
    client("s3").create_bucket(Bucket=BUCKET)
    return {
        "ARCHIVE_BUCKET": BUCKET,
        "KMS_KEY_ARN": client("kms").create_key()["KeyMetadata"]["Arn"],
        "FACTS_TOPIC_ARN": client("sns").create_topic(Name="liandong-local-facts")["TopicArn"],
        "MINT_TOKEN_FUNCTION": "liandong-local-mint_token",
        "WEBHOOK_HOSTS_ALLOWED": "127.0.0.1",
        **queues,
    }


def _make_table(dynamodb: Any, properties: dict[str, Any]) -> None:
    wanted = {part: properties[part] for part in ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes") if part in properties}
    name = re.sub(r"\$\{Stage\}", "local", properties["TableName"]["Fn::Sub"])
    dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **wanted)
