"""The template as Chalice and our merge make it: promises that no emulator keeps for us."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app import app, rooms
from chalicelib.aws.facts import facts_of
from chalicelib.config import Settings
from chalicelib.errors import CODES
from desk.settings import ROOT
from desk.template import make_template, read_template

FUNCTIONS = {
    "APIHandler",
    "Door",
    "ApplyCallbacks",
    "SendMessages",
    "SendBroadcasts",
    "SendDue",
    "SweepInbox",
    "WorkJobs",
    "TendPublished",
    "WatchRecords",
    "ServeWaiting",
    "ServeAccount",
    "RefreshTokens",
    "MintToken",
    "Announce",
    "AnnounceRecords",
    "AnnounceContacts",
    "AnnounceOffers",
    "EndGroups",
    "HearIdentity",
    "KeepRecords",
    "Compact",
    "HearArchive",
    "HearAttribution",
    "HearTriggers",
    "KeepTouches",
    "PlanCompaction",
    "PlanPulls",
    "RenewLinks",
    "CompareQuotas",
    "SyncTemplates",
    "PullFromWechat",
    "HearWebhooks",
    "SendWebhooks0",
    "SendWebhooks1",
    "SendWebhooksSlow",
    "RetryWebhooks",
}
WORKERS = {
    "ApplyCallbacks": "inbox",
    "SendMessages": "outbox",
    "SendBroadcasts": "broadcasts",
    "KeepRecords": "records",
    "HearIdentity": "identity-facts",
    "Compact": "archive",
    "HearArchive": "archive-facts",
    "HearAttribution": "attribution-facts",
    "HearTriggers": "trigger-facts",
    "KeepTouches": "touches",
    "ServeAccount": "waiting",
    "PullFromWechat": "pulls",
    "HearWebhooks": "webhook-facts",
    "SendWebhooks0": "webhooks-0",
    "SendWebhooks1": "webhooks-1",
    "SendWebhooksSlow": "webhooks-slow",
}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return read_template("prod", ROOT)


@pytest.fixture(scope="module")
def resources(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]
    return found


def test_every_function_of_the_app_is_known(resources: dict[str, Any]) -> None:
    assert set(_of_type(resources, "AWS::Serverless::Function")) == FUNCTIONS


def test_every_door_is_deployed(resources: dict[str, Any]) -> None:
    deployed = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]

    doors = {(door.path, door.method.lower()) for door in rooms.open_all()} | {("/openapi.json", "get")}

    assert {(path, method) for path, methods in deployed.items() for method in methods} - doors == {
        (path, "options") for path, methods in app.routes.items() if "OPTIONS" in methods
    }
    assert {(path, method) for path, method in doors if method not in deployed.get(path, {})} == set()


def test_every_queue_and_stream_reports_partial_failures(resources: dict[str, Any]) -> None:
    sources = [source for source in _sources(resources) if source["Type"] in ("SQS", "DynamoDB", "Kinesis")]

    assert len(sources) == 20
    assert all(source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for source in sources)


def test_every_queue_waits_six_times_as_long_as_its_worker_may_take(resources: dict[str, Any]) -> None:
    queues = {_sub(queue["Properties"]["QueueName"]).split("-", 2)[2]: queue for queue in _of_type(resources, "AWS::SQS::Queue").values()}

    for worker, queue in WORKERS.items():
        assert queues[queue]["Properties"]["VisibilityTimeout"] >= 6 * resources[worker]["Properties"]["Timeout"]


def test_a_batch_of_messages_fits_its_time_though_wechat_answers_none(resources: dict[str, Any]) -> None:
    sender = resources["SendMessages"]["Properties"]
    (source,) = sender["Events"].values()

    (waits_s,) = (each.default for each in msgspec.structs.fields(Settings) if each.name == "wechat_timeout_s")

    assert source["Properties"]["BatchSize"] * waits_s + 10 <= sender["Timeout"]


def test_a_worker_is_never_handed_more_than_it_may_run(resources: dict[str, Any]) -> None:
    for worker in WORKERS:
        (source,) = resources[worker]["Properties"]["Events"].values()

        reserved = resources[worker]["Properties"]["ReservedConcurrentExecutions"]

        assert source["Properties"]["ScalingConfig"]["MaximumConcurrency"] == reserved


def test_the_quota_to_ask_for_is_told(resources: dict[str, Any]) -> None:
    functions = _of_type(resources, "AWS::Serverless::Function").values()

    reserved = sum(each["Properties"].get("ReservedConcurrentExecutions", 0) for each in functions)

    assert f"leaves the {reserved} reserved ones and 100 more" in (ROOT / "docs" / "deploy.md").read_text()


def test_a_run_of_a_schedule_ends_before_the_next_begins(resources: dict[str, Any]) -> None:
    schedules = (
        "SendDue",
        "SweepInbox",
        "WorkJobs",
        "ServeWaiting",
        "RefreshTokens",
        "WatchRecords",
        "PlanPulls",
        "RetryWebhooks",
        "RenewLinks",
        "CompareQuotas",
        "SyncTemplates",
        "TendPublished",
        "EndGroups",
    )
    for name in schedules:
        assert resources[name]["Properties"]["Timeout"] < 60
        assert resources[name]["Properties"]["ReservedConcurrentExecutions"] == 1


def test_every_queue_has_a_dead_letter_queue_and_both_have_alarms(resources: dict[str, Any]) -> None:
    queues = _of_type(resources, "AWS::SQS::Queue")
    working = {name: queue for name, queue in queues.items() if not name.endswith("Dead")}

    assert {name: queue["Properties"]["RedrivePolicy"] for name, queue in working.items()} == {
        name: {"deadLetterTargetArn": {"Fn::GetAtt": [f"{name}Dead", "Arn"]}, "maxReceiveCount": 5} for name in working
    }
    assert set(queues) == {name + suffix for name in working for suffix in ("", "Dead")}
    assert {f"{name}{what}Alarm" for name in working for what in ("Dead", "Age")} <= set(resources)


def test_callbacks_go_to_the_door_and_all_else_to_the_api(resources: dict[str, Any]) -> None:
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    targets = {
        (path, method): re.findall(r"\$\{(\w+)\.Arn\}", operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"])
        for path, methods in paths.items()
        for method, operation in methods.items()
        if operation["x-amazon-apigateway-integration"]["type"] == "aws_proxy"
    }

    assert {door for door, target in targets.items() if target == ["Door"]} == {("/wechat/{account}", "get"), ("/wechat/{account}", "post")}
    assert {target[0] for door, target in targets.items() if door[0] != "/wechat/{account}"} == {"APIHandler"}


def test_every_kind_of_body_passes_the_gateway_unharmed(resources: dict[str, Any]) -> None:
    assert resources["RestAPI"]["Properties"]["BinaryMediaTypes"] == ["*/*"]


def test_what_the_gateway_refuses_by_itself_has_our_shape_and_our_codes(resources: dict[str, Any]) -> None:
    answers = resources["RestAPI"]["Properties"]["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]

    assert {"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN"} <= set(answers)
    for answer in answers.values():
        told = json.loads(answer["responseTemplates"]["application/json"])
        assert set(told) == {"Code", "Message", "RequestId"}
        assert told["Code"] in CODES
        assert told["RequestId"] == "$context.requestId"


FACTS = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"facts": {"S": [{"exists": True}]}}}}
NEWS = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"news": {"S": [{"exists": True}]}}}}


STREAMS = [
    ("Announce", "Identities", [FACTS]),
    ("AnnounceRecords", "Records", [FACTS, NEWS]),
    ("AnnounceOffers", "Offers", [FACTS]),
    ("AnnounceContacts", "Contacts", [FACTS]),
]


@pytest.mark.parametrize(("announcer", "table", "asked"), STREAMS)
def test_an_announcer_reads_facts_from_the_stream_of_its_table(
    resources: dict[str, Any], announcer: str, table: str, asked: list[dict[str, Any]]
) -> None:
    (source,) = resources[announcer]["Properties"]["Events"].values()

    patterns = [json.loads(each["Pattern"]) for each in source["Properties"]["FilterCriteria"]["Filters"]]

    assert source["Properties"]["Stream"] == {"Fn::GetAtt": [table, "StreamArn"]}
    assert source["Properties"]["StartingPosition"] == "TRIM_HORIZON"
    assert patterns == asked


@pytest.mark.parametrize("pattern", [FACTS, NEWS], ids=["facts", "news"])
def test_an_announcer_is_brought_exactly_what_it_announces(pattern: dict[str, Any]) -> None:
    told = msgspec.json.encode([{"kind": "person.joined", "body": {}}]).decode()
    row = {"pk": {"S": "demo#H#1"}, "sk": {"S": "L#1"}, "revision": {"N": "1"}}

    def announced(event: str, *attributes: str) -> bool:
        image = {**row, **{name: {"S": told} for name in attributes}}
        return bool(facts_of({"eventName": event, "dynamodb": {"NewImage": image}}))

    assert all(announced(event, *pattern["dynamodb"]["NewImage"]) for event in pattern["eventName"])
    assert not announced("INSERT")
    assert not any(announced(event, *pattern["dynamodb"]["NewImage"]) for event in {"MODIFY", "REMOVE"} - set(pattern["eventName"]))


def test_what_holds_data_is_kept_encrypted_and_can_be_restored(resources: dict[str, Any]) -> None:
    tables = _of_type(resources, "AWS::DynamoDB::Table")

    assert len(tables) == 16
    for table in tables.values():
        properties = table["Properties"]
        assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert (resources["Key"]["DeletionPolicy"], resources["Key"]["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert resources["Key"]["Properties"]["EnableKeyRotation"] is True


def test_queues_and_topics_lie_under_the_key(resources: dict[str, Any]) -> None:
    holders = {**_of_type(resources, "AWS::SQS::Queue"), **_of_type(resources, "AWS::SNS::Topic")}

    assert all(each["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]} for each in holders.values())


def test_the_key_opens_through_no_service_that_holds_secrets(resources: dict[str, Any]) -> None:
    statements = resources["Key"]["Properties"]["KeyPolicy"]["Statement"]
    through = [each for each in statements if each["Principal"] == {"AWS": "*"}]

    services = [_sub(service).split(".")[0] for each in through for service in each["Condition"]["StringEquals"]["kms:ViaService"]]

    assert services == ["dynamodb", "s3", "sqs", "sns"]


def test_every_function_has_its_log_its_name_and_its_alarm(resources: dict[str, Any]) -> None:
    for name in FUNCTIONS:
        function, log, alarm = (
            resources[name]["Properties"],
            resources[f"{name}Log"]["Properties"],
            resources[f"{name}ErrorsAlarm"]["Properties"],
        )
        assert _sub(log["LogGroupName"]) == f"/aws/lambda/{_sub(function['FunctionName'])}"
        assert log["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert function["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}Log"}}
        assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": name}}]


def test_every_alarm_reaches_somebody(resources: dict[str, Any]) -> None:
    alarms = _of_type(resources, "AWS::CloudWatch::Alarm")

    assert all(alarm["Properties"]["AlarmActions"] == [{"Ref": "Alarms"}] for alarm in alarms.values())


def test_the_template_names_no_partition_account_or_region(template: dict[str, Any]) -> None:
    text = json.dumps(template)

    assert "arn:aws" not in text
    assert not re.search(r"\b\d{12}\b", text)
    assert not re.search(r"\b(us|eu|ap|cn)-[a-z]+-\d\b", text)


def test_nothing_is_used_that_the_chinese_regions_lack(resources: dict[str, Any]) -> None:
    for function in _of_type(resources, "AWS::Serverless::Function").values():
        assert not {"FunctionUrlConfig", "SnapStart", "AutoPublishAlias"} & set(function["Properties"])
        assert function["Properties"]["Tracing"] == "PassThrough"
    assert resources["RestAPI"]["Properties"]["EndpointConfiguration"] == "REGIONAL"


def test_only_mint_token_stands_in_the_network_and_only_if_wanted(resources: dict[str, Any]) -> None:
    inside = {name for name, function in _of_type(resources, "AWS::Serverless::Function").items() if "VpcConfig" in function["Properties"]}
    network = [each for each in resources.values() if each["Type"].startswith("AWS::EC2::")]

    assert inside == {"MintToken"}
    assert resources["MintToken"]["Properties"]["VpcConfig"]["Fn::If"][::2] == ["HasFixedEgress", {"Ref": "AWS::NoValue"}]
    assert network
    assert all(each["Condition"] == "HasFixedEgress" for each in network)


def test_a_template_can_be_deployed_to_its_own_stage_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.template.BUILD", tmp_path)

    path = make_template("prod", code=Path("liandong-0123456789abcdef.zip"))
    parameters = json.loads(path.read_text())["Parameters"]

    assert parameters["Stage"]["AllowedValues"] == ["prod"]
    assert parameters["Stage"]["Default"] == "prod"
    assert parameters["CodeKey"]["Default"] == "liandong/liandong-0123456789abcdef.zip"


@pytest.mark.parametrize(("stage", "most"), [("local", 2), ("prod", 10)])
def test_a_desk_has_few_workers_and_production_as_many_as_the_template_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: dict[str, Any], stage: str, most: int
) -> None:
    monkeypatch.setattr("desk.template.BUILD", tmp_path)
    monkeypatch.setattr("desk.template.read_template", lambda stage, root: copy.deepcopy(template))

    resources = json.loads(make_template(stage, code=None).read_text())["Resources"]

    scaled = [source["Properties"]["ScalingConfig"] for source in _sources(resources) if "ScalingConfig" in source.get("Properties", {})]
    assert max(each["MaximumConcurrency"] for each in scaled) == most
    assert min(each["MaximumConcurrency"] for each in scaled) == 2


def test_libraries_that_are_not_in_the_code_are_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: dict[str, Any]
) -> None:
    monkeypatch.setattr("desk.template.BUILD", tmp_path)
    monkeypatch.setattr("desk.template.read_template", lambda stage, root: copy.deepcopy(template))

    apart, inside = (
        json.loads(make_template("local", code=None, libraries=libraries).read_text())["Globals"]["Function"]["Environment"]["Variables"]
        for libraries in (Path("somewhere/libraries"), None)
    )

    assert apart["PYTHONPATH"] == "somewhere/libraries"
    assert "PYTHONPATH" not in inside


def _of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: each for name, each in resources.items() if each["Type"] == kind}


def _sources(resources: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        source
        for function in _of_type(resources, "AWS::Serverless::Function").values()
        for source in function["Properties"].get("Events", {}).values()
    ]


def _sub(value: Any) -> str:
    return str(value["Fn::Sub"])
