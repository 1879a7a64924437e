"""Text messages by AWS SNS."""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws.texts import send_text


class SnsSms:
    """Sends with the deployment's own AWS account. SNS knows no message ids of ours: a text handed over twice is sent twice."""

    def send(self, phone: str, text: str, *, message_id: str, now: datetime) -> None:
        """Hand a text over to SNS."""
        send_text(phone, text)
