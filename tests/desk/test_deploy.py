"""A deployment is a stack made or changed; one that fails says which part and why."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from desk.deploy import BUCKET, MARK, STACK, deploy, find_stack
from desk.trouble import Trouble


class Aws:
    """Stands for S3 and CloudFormation: a stack, and the states it goes through."""

    def __init__(self, *states: str) -> None:
        self.meta = SimpleNamespace(endpoint_url="http://127.0.0.1:4566")
        self.states = list(states)
        self.tags: list[dict[str, str]] = []
        self.objects: dict[str, bytes] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, service: str) -> Any:
        return self

    def create_bucket(self, **given: Any) -> None:
        assert given["Bucket"] == BUCKET

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803 - boto3's names
        self.objects[Key] = Body

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        if not self.states or self.states[0] == "none":
            self.states = self.states[1:]
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        outputs = [{"OutputKey": "RestAPIId", "OutputValue": "abc"}]
        return {"Stacks": [{"StackName": STACK, "StackStatus": state, "Tags": self.tags, "Outputs": outputs}]}

    def describe_stack_events(self, **_: Any) -> dict[str, Any]:
        newest_first = (
            ("Accounts", "CREATE_FAILED", "Resource creation cancelled"),
            ("Door", "CREATE_FAILED", "no such role"),
            ("Key", "CREATE_COMPLETE", ""),
        )
        names = ("LogicalResourceId", "ResourceStatus", "ResourceStatusReason")
        return {"StackEvents": [dict(zip(names, event, strict=True)) for event in newest_first]}

    def create_stack(self, **change: Any) -> None:
        self.calls.append(("create", change))

    def update_stack(self, **change: Any) -> None:
        self.calls.append(("update", change))

    def delete_stack(self, **change: Any) -> None:
        self.calls.append(("delete", change))


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Any]:
    """What there is to deploy."""
    template, code, layer = tmp_path / "template.json", tmp_path / "liandong-1.zip", tmp_path / "layer-1.zip"
    template.write_text("{}")
    code.write_bytes(b"code")
    layer.write_bytes(b"layer")
    return {"template": template, "code": code, "layer": layer, "mark": "f00d", "parameters": {"WechatApiUrl": "http://127.0.0.1:8090"}}


def test_the_first_deployment_makes_the_stack(made: dict[str, Any]) -> None:
    aws = Aws("none", "CREATE_IN_PROGRESS", "CREATE_COMPLETE")

    outputs = deploy(aws, **made)

    ((kind, change),) = aws.calls
    given = {each["ParameterKey"]: each["ParameterValue"] for each in change["Parameters"]}
    assert kind == "create"
    assert outputs == {"RestAPIId": "abc"}
    assert aws.objects[given["CodeKey"]] == b"code"
    assert aws.objects[given["LayerKey"]] == b"layer"
    assert change["TemplateURL"].removeprefix(f"http://127.0.0.1:4566/{BUCKET}/") in aws.objects
    assert given["WechatApiUrl"] == "http://127.0.0.1:8090"


def test_other_code_lies_under_another_name(made: dict[str, Any]) -> None:
    aws = Aws("UPDATE_COMPLETE")
    deploy(aws, **made)
    made["code"].write_bytes(b"other code")

    deploy(aws, **made)

    assert {body for key, body in aws.objects.items() if key.startswith("code/")} == {b"code", b"other code"}


def test_a_later_deployment_changes_the_stack_and_marks_it(made: dict[str, Any]) -> None:
    aws = Aws("CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE")

    deploy(aws, **made)

    ((kind, change),) = aws.calls
    assert kind == "update"
    assert change["Tags"] == [{"Key": MARK, "Value": "f00d"}]


def test_a_failed_deployment_names_the_first_part_that_failed(made: dict[str, Any]) -> None:
    aws = Aws("none", "CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE")

    with pytest.raises(Trouble, match=r"ROLLBACK_COMPLETE.*Door: no such role"):
        deploy(aws, **made)


def test_a_stack_whose_first_creation_failed_is_taken_away_first(made: dict[str, Any]) -> None:
    aws = Aws("ROLLBACK_COMPLETE", "none", "CREATE_COMPLETE")

    deploy(aws, **made)

    assert [kind for kind, _ in aws.calls] == ["delete", "create"]


def test_a_stack_says_what_it_was_made_of() -> None:
    aws = Aws("UPDATE_COMPLETE")
    aws.tags = [{"Key": MARK, "Value": "f00d"}]

    assert find_stack(aws) == ("f00d", {"RestAPIId": "abc"})


@pytest.mark.parametrize("state", ["none", "ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE"])
def test_a_stack_that_does_not_work_counts_as_none(state: str) -> None:
    aws = Aws(state)
    aws.tags = [{"Key": MARK, "Value": "f00d"}]

    assert find_stack(aws) == ("", {})
