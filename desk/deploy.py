"""Puts the template and its code into the local AWS by CloudFormation, as production does."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from desk.processes import wait_until
from desk.settings import LOCAL, STAGE
from desk.trouble import Trouble

STACK = f"liandong-{STAGE}"
BUCKET = "liandong-desk"
MARK = "made-of"
"""The stack's tag with the fingerprint of what it was deployed from: the stack itself says whether it is old."""
WITHIN_S = 180

Client = Callable[[str], Any]


def find_stack(client: Client) -> tuple[str, dict[str, str]]:
    """What the deployed stack was made of, and its outputs; an empty mark when there is none that works."""
    stack = _describe(client("cloudformation"))
    if stack is None or stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return "", {}
    marks = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
    return marks.get(MARK, ""), {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def deploy(client: Client, *, template: Path, code: Path, layer: Path, mark: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Upload, create or update the stack, wait for it; its outputs."""
    s3, cloudformation = client("s3"), client("cloudformation")
    try:
        s3.create_bucket(Bucket=BUCKET)
        code_key, layer_key = _upload(s3, "code", code), _upload(s3, "layer", layer)
        template_key = _upload(s3, "template", template)
        change = {
            "StackName": STACK,
            "TemplateURL": f"{cloudformation.meta.endpoint_url}/{BUCKET}/{template_key}",
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in {"CodeBucket": BUCKET, "CodeKey": code_key, "LayerKey": layer_key, **parameters}.items()
            ],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Tags": [{"Key": MARK, "Value": mark}],
        }
        found = _describe(cloudformation)
        if found and found["StackStatus"] == "ROLLBACK_COMPLETE":  # its first creation failed: such a stack can only go
            cloudformation.delete_stack(StackName=STACK)
            found = None if wait_until(lambda: _describe(cloudformation) is None, within_s=WITHIN_S) else found
        if found is None:
            cloudformation.create_stack(**change)
        else:
            cloudformation.update_stack(**change)
    except ClientError as error:
        raise Trouble(f"The local AWS refused the deployment: {error.response['Error'].get('Message', error)}") from None
    return _wait(cloudformation)


def _wait(cloudformation: Any) -> dict[str, str]:
    deadline = time.monotonic() + WITHIN_S
    while True:
        stack = _describe(cloudformation)
        status = stack["StackStatus"] if stack else "gone"
        if stack and status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        if not status.endswith("_IN_PROGRESS"):
            raise Trouble(f"The deployment failed ({status}): {_reason(cloudformation)} Mend it, or start anew with `make reset`.")
        if time.monotonic() > deadline:
            raise Trouble(f"The deployment is not done after {WITHIN_S} s: look at {LOCAL / 'aws.log'}.")
        time.sleep(0.2)


def _describe(cloudformation: Any) -> dict[str, Any] | None:
    try:
        stacks = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    except ClientError:
        return None
    live = [stack for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"]
    return live[0] if live else None


def _reason(cloudformation: Any) -> str:
    """The first resource that failed: the others failed because of it."""
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return "no resource says why."
    first = failed[-1]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}."


def _upload(s3: Any, folder: str, file: Path) -> str:
    """Upload under the hash of the content: what is there already is the same."""
    content = file.read_bytes()
    key = f"{folder}/{hashlib.sha256(content).hexdigest()[:16]}{file.suffix}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)
    return key
