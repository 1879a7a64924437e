"""App push by SNS in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chalicelib.aws.clients import once_client
from chalicelib.errors import Busy, LiandongError, Missing, Refused, Unknown

GONE = frozenset({"EndpointDisabled", "EndpointDisabledException"})
REFUSES_THE_REQUEST = frozenset({"InvalidParameter", "InvalidParameterValue"})
SET_UP_WRONG = frozenset({"PlatformApplicationDisabled", "NotFound", "AuthorizationError"})


def push(application_arn: str, token: str, *, title: str, text: str, data: Mapping[str, str]) -> None:
    """Push to one device of one platform application: its endpoint is made or found by the token, then published to.

    https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html and
    https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html
    """
    sns = once_client("sns")
    made = _ask(lambda: sns.create_platform_endpoint(PlatformApplicationArn=application_arn, Token=token), sends=False)
    payload = write(title, text, data)
    _ask(lambda: sns.publish(TargetArn=made["EndpointArn"], Message=payload, MessageStructure="json"), sends=True)


def write(title: str, text: str, data: Mapping[str, str]) -> str:
    """The notice in the words of Apple's and of Google's service; SNS takes the one that fits."""
    apns = _json({**data, "aps": {"alert": {"title": title, "body": text}, "sound": "default"}})
    fcm = _json({"fcmV1Message": {"message": {"notification": {"title": title, "body": text}, "data": dict(data)}}})
    return _json({"default": text, "APNS": apns, "APNS_SANDBOX": apns, "GCM": fcm})


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _ask(call: Callable[[], Any], *, sends: bool) -> Any:
    """`sends`: does this call reach the device? Then an answer that was lost leaves that open."""
    from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

    trouble: LiandongError
    try:
        return call()
    except ClientError as error:
        trouble = _refusal(error.response.get("Error", {}).get("Code", ""))
    except ReadTimeoutError:
        trouble = Unknown("SNS did not answer in time: the notice may have been sent.") if sends else Busy("SNS did not answer; try again.")
    except BotoCoreError:
        trouble = Busy("SNS could not be reached; try again.")
    raise trouble  # out here, where nothing of the request follows as its context


def _refusal(code: str) -> LiandongError:
    if code in GONE:
        return Refused(code="push_token_dead")
    if code in REFUSES_THE_REQUEST:
        return Refused(code="push_refused")
    if code in SET_UP_WRONG:
        return Missing("SNS has no such platform application, or not for us: look at PushApplicationArn.", code="push_missing")
    return Busy("SNS did not take the notice; try again.")
