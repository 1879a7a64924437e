"""SQS in our words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.aws.clients import client
from chalicelib.errors import Busy

BATCH = 10


class Queues:
    """Sends to queues by their short name; `urls` maps names to queue URLs."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls

    def send(self, queue: str, body: str) -> None:
        """Put one message on a queue, or raise `Busy`."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client("sqs").send_message(QueueUrl=self._urls[queue], MessageBody=body)
        except (BotoCoreError, ClientError) as error:
            raise Busy(f"The queue {queue} did not take a message; try again.") from error

    def send_all(self, queue: str, bodies: Sequence[str]) -> list[int]:
        """Put many messages on a queue; the positions of those it did not take come back."""
        from botocore.exceptions import BotoCoreError, ClientError

        refused: list[int] = []
        for start in range(0, len(bodies), BATCH):
            entries = [{"Id": str(start + n), "MessageBody": body} for n, body in enumerate(bodies[start : start + BATCH])]
            try:
                answer = client("sqs").send_message_batch(QueueUrl=self._urls[queue], Entries=entries)
            except (BotoCoreError, ClientError):
                refused.extend(int(entry["Id"]) for entry in entries)
            else:
                refused.extend(int(failure["Id"]) for failure in answer.get("Failed", []))
        return refused
