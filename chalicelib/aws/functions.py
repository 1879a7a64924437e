"""Invoking one of our own functions and waiting for its answer."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.aws.clients import patient_client
from chalicelib.errors import Busy


def invoke(function: str, payload: dict[str, Any]) -> Any:
    """Invoke a function and wait for what it returns; `Busy` when it could not be reached or failed."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = patient_client("lambda").invoke(FunctionName=function, Payload=msgspec.json.encode(payload))
        told = answer["Payload"].read()  # also when nobody wants it: an unread answer holds its connection
    except (BotoCoreError, ClientError) as error:
        raise Busy(f"The function {function} could not be reached; try again.") from error
    if answer.get("FunctionError"):
        raise Busy(f"The function {function} failed; its log says why.")
    return msgspec.json.decode(told)
