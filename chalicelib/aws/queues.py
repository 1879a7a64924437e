"""SQS in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.aws.wire import sqs
from chalicelib.errors import Busy

BATCH = 10
BATCH_BYTES = 256 * 1024
"""Of all bodies of a batch together. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
UNSENDABLE = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}
"""Characters JSON may hold and SQS refuses; escaped, they are the same JSON."""


class Queues:
    """Sends JSON to queues by their short name; `urls` maps names to queue URLs."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls

    def send(self, queue: str, body: str) -> None:
        """Put one message on a queue, or raise `Busy`."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            sqs().call("SendMessage", {"QueueUrl": self._urls[queue], "MessageBody": body.translate(UNSENDABLE)})
        except (BotoCoreError, ClientError) as error:
            raise Busy(f"The queue {queue} did not take a message; try again.") from error

    def send_all(self, queue: str, bodies: Sequence[str]) -> list[int]:
        """Put many messages on a queue; the positions of those it did not take come back."""
        from botocore.exceptions import BotoCoreError, ClientError

        refused: list[int] = []
        for entries in _batches(bodies):
            try:
                answer = sqs().call("SendMessageBatch", {"QueueUrl": self._urls[queue], "Entries": entries})
            except (BotoCoreError, ClientError):
                refused.extend(int(entry["Id"]) for entry in entries)
            else:
                refused.extend(int(failure["Id"]) for failure in answer.get("Failed", []))
        return refused


def _batches(bodies: Sequence[str]) -> Iterator[list[dict[str, str]]]:
    """As many bodies at once as SQS takes, by number and by size."""
    batch: list[dict[str, str]] = []
    size = 0
    for place, body in enumerate(bodies):
        sendable = body.translate(UNSENDABLE)
        size += len(sendable.encode())
        if batch and (len(batch) == BATCH or size > BATCH_BYTES):
            yield batch
            batch, size = [], len(sendable.encode())
        batch.append({"Id": str(place), "MessageBody": sendable})
    if batch:
        yield batch
