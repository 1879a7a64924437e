"""Every function may do what docs/architecture.md says, and no more. The local stack would let some of it pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

import pytest

from desk.settings import ROOT

POLICIES = {path.stem: json.loads(path.read_text())["Statement"] for path in (ROOT / "policies").glob("*.json")}
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
FUNCTIONS = {
    "api",
    "door",
    "apply_callbacks",
    "send_messages",
    "send_broadcasts",
    "send_due",
    "sweep_inbox",
    "work_jobs",
    "tend_published",
    "watch_records",
    "serve_waiting",
    "serve_account",
    "refresh_tokens",
    "mint_token",
    "announce",
    "announce_records",
    "announce_contacts",
    "announce_offers",
    "hear_identity",
    "keep_records",
    "compact",
    "hear_archive",
    "hear_attribution",
    "hear_triggers",
    "keep_touches",
    "plan_compaction",
    "plan_pulls",
    "renew_links",
    "compare_quotas",
    "sync_templates",
    "pull_from_wechat",
    "hear_webhooks",
    "send_webhooks_0",
    "send_webhooks_1",
    "send_webhooks_slow",
    "retry_webhooks",
    "end_groups",
}
SENDERS = {"send_webhooks_0", "send_webhooks_1", "send_webhooks_slow"}
EVERYTHING = {
    "compare_quotas": {"cloudwatch:PutMetricData"},
    "sync_templates": {"cloudwatch:PutMetricData"},
    "api": {"sns:Publish"},  # a phone has no ARN; only where SNS is chosen to send texts
    "send_messages": {"sns:Publish"},
    "send_broadcasts": {"sns:Publish"},
    "refresh_tokens": {"cloudwatch:PutMetricData"},  # figures have no ARN; the namespace is a condition
    "serve_account": {"cloudwatch:PutMetricData"},
    "work_jobs": {"cloudwatch:PutMetricData"},
    "watch_records": {"cloudwatch:PutMetricData"},
    "pull_from_wechat": {"cloudwatch:PutMetricData"},
    **{sender: {"cloudwatch:PutMetricData"} for sender in SENDERS},
    "mint_token": {
        # the network interfaces of a function are not there when it is described
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    },
}
TABLES = {
    "Accounts",
    "ArchiveTable",
    "Audit",
    "Counters",
    "Credentials",
    "Documents",
    "Identities",
    "InboxTable",
    "Messages",
    "Contacts",
    "Offers",
    "Quarantine",
    "Records",
    "Showings",
    "Touches",
    "WebhooksTable",
}
QUEUES = {
    "apply_callbacks": "Inbox",
    "send_messages": "Outbox",
    "keep_records": "RecordsQueue",
    "hear_identity": "IdentityFacts",
    "compact": "ArchiveQueue",
    "hear_archive": "ArchiveFacts",
    "hear_attribution": "AttributionFacts",
    "hear_triggers": "TriggerFacts",
    "keep_touches": "TouchesQueue",
    "serve_account": "WaitingQueue",
    "send_broadcasts": "BroadcastsQueue",
    "pull_from_wechat": "PullsQueue",
    "hear_webhooks": "WebhookFacts",
    "send_webhooks_0": "Webhooks0",
    "send_webhooks_1": "Webhooks1",
    "send_webhooks_slow": "WebhooksSlow",
}
WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem")


def test_every_function_has_a_policy_of_its_own_and_none_is_made_up() -> None:
    given = {name: settings["iam_policy_file"] for name, settings in CONFIG["lambda_functions"].items()}

    assert CONFIG["autogen_policy"] is False
    assert given == {"api_handler" if name == "api" else name: f"../policies/{name}.json" for name in FUNCTIONS}
    assert set(POLICIES) == FUNCTIONS


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_writes_its_own_log_and_no_other(function: str) -> None:
    logs = [resource for action, resource in _allowed(function) if action.startswith("logs:")]

    assert logs
    assert all(resource.endswith(f":log-group:/aws/lambda/liandong-${{Stage}}-{function}:*") for resource in logs)


def test_only_mint_token_writes_access_tokens() -> None:
    """Who needs a token may write down that it is having one asked for, and nothing else of the row."""
    writing = {name: [statement for statement in _statements(name) if _writes(statement, "Credentials")] for name in FUNCTIONS}
    limits = {name: [statement.get("Condition") for statement in statements] for name, statements in writing.items() if statements}
    asker = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "asker", "asker_until"]}}

    assert limits.pop("mint_token") == [None]
    workers = (
        "apply_callbacks",
        "send_messages",
        "send_broadcasts",
        "serve_account",
        "work_jobs",
        "pull_from_wechat",
        "renew_links",
        "tend_published",
        "compare_quotas",
        "sync_templates",
    )
    askers = ("api", *workers)
    assert limits == {name: [asker] for name in askers}


def test_only_the_api_writes_secrets() -> None:
    writers = {name for name in FUNCTIONS if any(fnmatch("ssm:PutParameter", action) for action, _ in _allowed(name))}

    assert writers == {"api"}


def test_who_reads_secrets_or_opens_what_is_sealed_may_open_keys_and_nobody_else_may() -> None:
    openers = {name for name in FUNCTIONS if _may(name, "kms:Decrypt", "Key")}

    closed = {
        "send_due",
        "plan_pulls",
        "serve_waiting",
        "renew_links",
        "compare_quotas",
        "sync_templates",
        "plan_compaction",
        "watch_records",
        "refresh_tokens",
        "announce",
        "announce_records",
        "announce_contacts",
        "announce_offers",
        "end_groups",
        "hear_identity",
        "keep_touches",
        "hear_webhooks",
        "retry_webhooks",
        "tend_published",
    }
    assert openers == FUNCTIONS - closed


def test_secrets_are_read_by_those_who_use_them_and_signing_keys_by_the_api_alone() -> None:
    read = {
        name: {resource.split("/liandong/${Stage}/")[1] for action, resource in _allowed(name) if fnmatch("ssm:GetParameter", action)}
        for name in FUNCTIONS
    }

    assert {name: paths for name, paths in read.items() if paths} == {
        "api": {"*"},
        "door": {"*/accounts/*"},
        "mint_token": {"*/accounts/*"},
        "send_messages": {"sms", "push"},
        "send_broadcasts": {"sms", "push"},
    }


def test_the_sweep_writes_to_no_callback() -> None:
    assert not any(_may("sweep_inbox", write, "InboxTable") for write in WRITES)


def test_who_makes_data_keys_may_keep_them() -> None:
    makers = {name for name in FUNCTIONS if _may(name, "kms:GenerateDataKeyWithoutPlaintext", "Key")}

    assert makers == {
        "api",
        "apply_callbacks",
        "send_broadcasts",
        "keep_records",
        "compact",
        "hear_archive",
        "hear_triggers",
        "pull_from_wechat",
        "sweep_inbox",
        "work_jobs",
    }
    assert all(_may(name, "dynamodb:PutItem", "Accounts") for name in makers)


def test_secrets_are_read_below_the_own_stage() -> None:
    resources = {resource for name in FUNCTIONS for action, resource in _allowed(name) if action.startswith("ssm:")}

    assert all(":parameter/liandong/${Stage}/" in resource for resource in resources)


def test_only_announcers_publish_facts() -> None:
    publishers = {name for name in FUNCTIONS if any(action.startswith("sns:") and named == "Facts" for action, named in _allowed(name))}

    assert publishers == {"announce", "announce_records", "announce_offers", "announce_contacts"}
    assert all(_may(announcer, "sns:Publish", "Facts") for announcer in publishers)


def test_the_door_writes_nothing_but_what_the_queue_refuses() -> None:
    written = {table for table in TABLES if any(_may("door", write, table) for write in WRITES)}

    assert written == {"InboxTable"}
    assert not any(_may("door", write, "InboxTable") for write in WRITES if write != "dynamodb:PutItem")
    assert _may("door", "sqs:SendMessage", "Inbox")


@pytest.mark.parametrize(("function", "queue"), QUEUES.items())
def test_a_worker_takes_from_its_own_queue_alone(function: str, queue: str) -> None:
    taken = {each for each in QUEUES.values() if _may(function, "sqs:DeleteMessage", each)}

    assert taken == {queue}
    assert not any(_may(other, "sqs:ReceiveMessage", queue) for other in FUNCTIONS - {function})


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_nothing_is_allowed_on_everything_but_what_has_no_name(function: str) -> None:
    on_everything = {action for action, resource in _allowed(function) if resource == "*"}

    assert on_everything == EVERYTHING.get(function, set())


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_no_policy_allows_a_scan_or_a_whole_service(function: str) -> None:
    actions = {action for action, _ in _allowed(function)}

    assert not [action for action in actions if fnmatch("dynamodb:Scan", action) or action.endswith(":*") or action == "*"]


@pytest.mark.parametrize(
    "function", ["refresh_tokens", "serve_account", "work_jobs", "watch_records", "pull_from_wechat", *sorted(SENDERS)]
)
def test_figures_go_to_our_own_namespace(function: str) -> None:
    """AWS always names the namespace of a figure; the local stack does not, and would refuse every figure under a plain StringEquals."""
    statements = [statement for statement in _statements(function) if "cloudwatch:PutMetricData" in _list(statement["Action"])]

    assert [statement["Condition"] for statement in statements] == [{"StringEqualsIfExists": {"cloudwatch:namespace": "Liandong"}}]


def test_batches_are_sent_and_published_where_the_local_stack_names_them_apart() -> None:
    senders = {action for name in FUNCTIONS for action, _ in _allowed(name) if action.startswith(("sqs:Send", "sns:"))}

    assert senders == {"sqs:SendMessage*", "sns:Publish*", "sns:Publish", "sns:CreatePlatformEndpoint"}


@pytest.mark.parametrize(
    ("function", "allowed"),
    [
        ("api", [("HasSmsBySns", "sns:Publish")]),
        ("send_messages", [("HasSmsBySns", "sns:Publish"), ("HasPushBySns", ["sns:CreatePlatformEndpoint", "sns:Publish"])]),
        ("send_broadcasts", [("HasSmsBySns", "sns:Publish"), ("HasPushBySns", ["sns:CreatePlatformEndpoint", "sns:Publish"])]),
    ],
)
def test_texts_and_notifications_go_by_sns_where_it_is_chosen_and_nowhere_else(function: str, allowed: list[Any]) -> None:
    chosen = [statement["Fn::If"] for statement in POLICIES[function] if "Fn::If" in statement]

    assert [(condition, statement["Action"], otherwise) for condition, statement, otherwise in chosen] == [
        (*each, {"Ref": "AWS::NoValue"}) for each in allowed
    ]


def _statements(function: str) -> Iterator[dict[str, Any]]:
    for statement in POLICIES[function]:
        inner = statement["Fn::If"][1] if "Fn::If" in statement else statement
        assert inner["Effect"] == "Allow"
        assert "NotAction" not in inner
        assert "NotResource" not in inner
        yield inner


def _allowed(function: str) -> Iterator[tuple[str, str]]:
    """Pairs of action and resource: an ARN with its placeholders, or the logical name of what is in the template."""
    for statement in _statements(function):
        for action in _list(statement["Action"]):
            for resource in _list(statement["Resource"]):
                yield action, _name(resource)


def _name(resource: Any) -> str:
    if isinstance(resource, str):
        return resource
    if "Fn::Sub" in resource:
        return str(resource["Fn::Sub"])
    return str(resource["Fn::GetAtt"][0] if "Fn::GetAtt" in resource else resource["Ref"])


def _may(function: str, action: str, name: str) -> bool:
    return any(
        fnmatch(action, pattern) and resource.removeprefix("${").split(".Arn}")[0] == name for pattern, resource in _allowed(function)
    )


def _writes(statement: dict[str, Any], table: str) -> bool:
    writes = any(fnmatch(write, action) for write in WRITES for action in _list(statement["Action"]))
    return writes and any(_name(resource).removeprefix("${").split(".Arn}")[0] == table for resource in _list(statement["Resource"]))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
