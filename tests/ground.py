"""The ground a house stands on: tables, queues, topic, key and bucket as the template names them, in moto."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.utilities import dynamo_to_dict
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.ssm.models import ssm_backends

from chalicelib.aws import clients

REGION = "us-east-1"
ARCHIVE = "liandong-local-archive-123456789012"
TEMPLATE = json.loads((Path(__file__).parent.parent / ".chalice" / "resources.json").read_text())


def make(queues: tuple[str, ...]) -> tuple[dict[str, str], str, str]:
    """The queues' addresses, the facts' topic and the key, all made and empty."""
    for resource in TEMPLATE["Resources"].values():
        if resource.get("Type") == "AWS::DynamoDB::Table":
            _make_table(resource["Properties"])
    sqs, sns = clients.client("sqs"), clients.client("sns")
    urls = {queue: sqs.create_queue(QueueName=_name(queue))["QueueUrl"] for queue in queues}
    topic = sns.create_topic(Name=_name("facts"))["TopicArn"]
    for resource in TEMPLATE["Resources"].values():
        if resource.get("Type") == "AWS::SNS::Subscription" and resource["Properties"]["Protocol"] == "sqs":
            _subscribe(topic, resource["Properties"])
    clients.client("s3").create_bucket(Bucket=ARCHIVE)
    key = _key()
    kms_backends[DEFAULT_ACCOUNT_ID][REGION].keys[key.id] = key
    return urls, topic, key.arn


def clear() -> None:
    """Everything that lies in tables, queues, bucket and secrets is gone; they themselves stay."""
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values():
        table.items.clear()
        if table.stream_shard is not None:
            table.stream_shard.items.clear()
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[ARCHIVE].keys.clear()
    secrets = ssm_backends[DEFAULT_ACCOUNT_ID][REGION]
    secrets.delete_parameters([parameter.name for parameter in secrets.describe_parameters([], [])])
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values():
        queue._messages.clear()  # those in flight too: SQS takes a purge once a minute
        queue._pending_messages.clear()


def lies_empty(queue: str) -> bool:
    """Is there nothing on a queue, not even in flight? Whoever asks this first need not ask SQS in vain."""
    return not sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues[_name(queue)]._messages


def rows(table: str) -> list[dict[str, Any]]:
    """Every row of a table, in the order of its keys. Asked of moto itself: to scan them would be a sixth of the tests that look at all."""
    return [dynamo_to_dict(item.attrs) for item in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[_name(table)].all_items()]


def stream(table: str, *, told: int) -> list[dict[str, Any]]:
    """The records of a table's stream beyond so many, as Lambda brings them."""
    kept = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[_name(table)]
    records = kept.stream_shard.items[told:] if kept.stream_shard else []
    source = f"{kept.table_arn}/stream/{kept.latest_stream_label}"
    return [{**dynamo_to_dict(each.record), "eventSourceARN": source} for each in records]


@functools.cache
def _key() -> Any:
    """One for every house: moto makes an RSA key with each, which takes longer than all the rest."""
    name = clients.client("kms").create_key()["KeyMetadata"]["KeyId"]
    return kms_backends[DEFAULT_ACCOUNT_ID][REGION].keys[name]


def _name(suffix: str) -> str:
    return f"liandong-local-{suffix}"


def _subscribe(topic: str, subscription: dict[str, Any]) -> None:
    """A room's queue hears the facts its filter lets through. Said to moto itself: by HTTP it would be a third of a house."""
    queue = TEMPLATE["Resources"][subscription["Endpoint"]["Fn::GetAtt"][0]]["Properties"]["QueueName"]["Fn::Sub"]
    arn = f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:{queue.replace('${Stage}', 'local')}"
    backend = sns_backends[DEFAULT_ACCOUNT_ID][REGION]
    subscribed = backend.subscribe(topic, arn, "sqs")
    for name, value in (("RawMessageDelivery", "true"), ("FilterPolicy", json.dumps(subscription["FilterPolicy"]))):
        backend.set_subscription_attributes(subscribed.arn, name, value)


def _make_table(properties: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {
        part: properties[part] for part in ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes") if part in properties
    }
    if "StreamSpecification" in properties:
        wanted["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
    name = properties["TableName"]["Fn::Sub"].replace("${Stage}", "local")
    clients.client("dynamodb").create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **wanted)
