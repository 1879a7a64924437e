"""App push by AWS SNS, which hands on to Apple and Google. China's regions have none."""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws.pushes import push
from chalicelib.providers.push import Notice


class SnsPush:
    """Pushes with one platform application of the deployment's own AWS account. SNS knows no message ids of ours."""

    def __init__(self, application_arn: str) -> None:
        self._application_arn = application_arn

    def send(self, token: str, notice: Notice, *, app: str, message_id: str, now: datetime) -> None:
        """Hand a notice over to SNS."""
        push(self._application_arn, token, title=notice.title, text=notice.text, data=notice.data)
