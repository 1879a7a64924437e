"""Text messages by SNS in our words."""

from __future__ import annotations

from chalicelib.aws.clients import once_client
from chalicelib.errors import Busy, LiandongError, Refused, Unknown

REFUSES_THE_REQUEST = frozenset({"InvalidParameter", "InvalidParameterValue", "OptedOut"})


def send_text(phone: str, text: str) -> None:
    """Publish to one phone as a transactional text.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html; quotas and monthly spending are the AWS account's own.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

    kind = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
    trouble: LiandongError
    try:
        once_client("sns").publish(PhoneNumber=phone, Message=text, MessageAttributes=kind)
        return
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        trouble = Refused(code="sms_refused") if code in REFUSES_THE_REQUEST else Busy("SNS did not take the text; try again.")
    except ReadTimeoutError:
        trouble = Unknown("SNS did not answer in time: the text may have been sent.")
    except BotoCoreError:
        trouble = Busy("SNS could not be reached; try again.")
    raise trouble  # out here, where nothing of the request follows as its context
