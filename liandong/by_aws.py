"""Commands that need AWS credentials: what nobody can do by API yet, and what goes past the API."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from liandong.outcome import Refusal

OUTPUTS = {
    "KMS_KEY_ARN": "KeyArn",
    "INBOX_QUEUE_URL": "InboxQueueUrl",
    "OUTBOX_QUEUE_URL": "OutboxQueueUrl",
    "RECORDS_QUEUE_URL": "RecordsQueueUrl",
    "ARCHIVE_QUEUE_URL": "ArchiveQueueUrl",
    "ARCHIVE_BUCKET": "ArchiveBucket",
    "PULLS_QUEUE_URL": "PullsQueueUrl",
    "TOUCHES_QUEUE_URL": "TouchesQueueUrl",
    "WAITING_QUEUE_URL": "WaitingQueueUrl",
    "BROADCASTS_QUEUE_URL": "BroadcastsQueueUrl",
    "WEBHOOK_QUEUE_URLS": "WebhookQueueUrls",
    "WEBHOOK_SLOW_QUEUE_URL": "WebhookSlowQueueUrl",
    "FACTS_TOPIC_ARN": "FactsTopicArn",
    "MINT_TOKEN_FUNCTION": "MintTokenFunction",
}
QUEUES = (
    "inbox",
    "outbox",
    "records",
    "identity-facts",
    "archive",
    "archive-facts",
    "pulls",
    "touches",
    "broadcasts",
    "attribution-facts",
    "trigger-facts",
    "webhook-facts",
    "webhooks-0",
    "webhooks-1",
    "webhooks-slow",
)


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Enter the commands into the parser."""
    make = add("brand create", _create_brand, "make a brand with its signing key")
    make.add_argument("brand", help="2 to 31 lower-case letters and digits, a letter first")
    make.add_argument("--title", default="", help="the name people know it by")
    add("brand list", _list_brands, "list the brands of this deployment")
    add("brand rotate-signing-key", _rotate, "add a signing key; it signs ten minutes later, old sessions stay good").add_argument("brand")
    key = add("key create", _create_key, "make an API key; it is shown this once")
    key.add_argument("brand")
    key.add_argument("--scope", action="append", required=True, metavar="SCOPE", help="admin, people:read, tokens:read …; may be repeated")
    key.add_argument("--note", default="", help="what the key is for")
    add("key list", _list_keys, "list a brand's API keys, without secrets").add_argument("brand")
    revoke = add("key revoke", _revoke_key, "take an API key back; refused everywhere within 30 seconds")
    revoke.add_argument("brand")
    revoke.add_argument("key_id", metavar="id")
    add("dead-letters list", _count_dead, "how many messages lie in each dead-letter queue")
    redrive = add("dead-letters redrive", _redrive_dead, "put a dead-letter queue's messages back on their queue")
    redrive.add_argument("queue", choices=QUEUES)


def _create_brand(given: argparse.Namespace) -> Any:
    from chalicelib.accounts.flows import register

    world, now = _world(given)
    register.create_brand(given.brand, given.title, actor=_actor(), world=world, now=now)
    return {"brand": given.brand, "title": given.title}


def _list_brands(given: argparse.Namespace) -> Any:
    _world(given)
    from chalicelib.accounts import tables

    return [{"brand": brand} for brand in tables.list_brands()]


def _rotate(given: argparse.Namespace) -> Any:
    from chalicelib.accounts.flows import register

    world, now = _world(given)
    register.rotate_signing_key(given.brand, actor=_actor(), world=world, now=now)
    return {"brand": given.brand, "rotated_at": now.isoformat()}


def _create_key(given: argparse.Namespace) -> Any:
    world, now = _world(given)
    from chalicelib.accounts import tables
    from chalicelib.staff import flows
    from chalicelib.staff.words import KeyOrder, Scope

    unknown = sorted(set(given.scope) - {scope.value for scope in Scope})
    if unknown:
        raise Refusal("field_invalid", f"There is no scope {unknown[0]}: choose of {', '.join(Scope)}.")
    if not tables.has_brand(given.brand):
        raise Refusal("brand_missing", f"There is no brand {given.brand}: make it with `brand create`.")
    order = KeyOrder(scopes=tuple(map(Scope, given.scope)), note=given.note)
    made = flows.create_key(given.brand, order, actor=_actor(), world=world, now=now)
    return {"id": made.id, "scopes": list(made.scopes), "key": made.key}


def _list_keys(given: argparse.Namespace) -> Any:
    _world(given)
    import msgspec

    from chalicelib.staff import flows

    return msgspec.to_builtins(flows.list_keys(given.brand))


def _revoke_key(given: argparse.Namespace) -> Any:
    from chalicelib.staff import flows

    world, now = _world(given)
    flows.revoke_key(given.brand, given.key_id, actor=_actor(), world=world, now=now)
    return {"id": given.key_id, "revoked_at": now.isoformat()}


def _count_dead(given: argparse.Namespace) -> Any:
    _, sqs = _world(given), _client("sqs")
    return [{"queue": queue, "dead": _waiting(sqs, _url(sqs, f"{queue}-dead"))} for queue in QUEUES]


def _redrive_dead(given: argparse.Namespace) -> Any:
    """Send first, then delete: a crash between the two leaves a message twice, never not at all, and every worker takes repeats."""
    _, sqs = _world(given), _client("sqs")
    dead, alive, moved = _url(sqs, f"{given.queue}-dead"), _url(sqs, given.queue), 0
    for _ in range(_waiting(sqs, dead)):
        got = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=1, VisibilityTimeout=60).get("Messages", [])
        if not got:
            break
        sqs.send_message(QueueUrl=alive, MessageBody=got[0]["Body"])
        sqs.delete_message(QueueUrl=dead, ReceiptHandle=got[0]["ReceiptHandle"])
        moved += 1
    return {"queue": given.queue, "moved": moved, "left": _waiting(sqs, dead)}


def _world(given: argparse.Namespace) -> Any:
    """The deployment's world: from the environment, or from the outputs of its CloudFormation stack."""
    if given.stack:
        _read_outputs(given.stack)
    os.environ.setdefault("STAGE", "local")
    from chalicelib import wiring

    try:
        return wiring.world(), datetime.now(UTC)
    except LookupError as error:
        raise Refusal("settings_missing", f"{error} Name the deployment with --stack, or set its environment.") from None


def _read_outputs(stack: str) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        described = _client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except (BotoCoreError, ClientError) as error:
        raise Refusal("stack_missing", f"The stack {stack} cannot be read: {error}") from None
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    os.environ.update({variable: outputs[name] for variable, name in OUTPUTS.items() if name in outputs})
    os.environ["STAGE"] = next((each["ParameterValue"] for each in described["Parameters"] if each["ParameterKey"] == "Stage"), "local")


def _client(service: str) -> Any:
    import boto3

    return boto3.client(service)


def _url(sqs: Any, queue: str) -> str:
    url: str = sqs.get_queue_url(QueueName=f"liandong-{os.environ['STAGE']}-{queue}")["QueueUrl"]
    return url


def _waiting(sqs: Any, url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def _actor() -> str:
    return f"command line: {getpass.getuser()}"
