"""Records on their way in batches: each under a key of what it holds and where it stood, so that sending it again is the same batch."""

from __future__ import annotations

import gzip
import hashlib
import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from liandong import by_http
from liandong.outcome import Passing, Refusal

MOST_RECORDS = 500
MOST_BYTES = 1_000_000
"""The API takes 1,048,576 bytes, unpacked."""
TRIES = 10
LONGEST_PAUSE_S = 30.0
Answer = TypeVar("Answer")
Pause = Callable[[float], None]


class Batch(NamedTuple):
    """Records that are sent together. `lines`: where each of them begins in the file."""

    key: str
    body: bytes
    lines: array[int]


def pack(records: Iterable[tuple[int, dict[str, Any]]], *, source: str) -> Iterator[Batch]:
    """Records with their lines, in batches as large as the API takes; the same rows make the same batches."""
    head, tail = f'{{"source":{json.dumps(source)},"records":['.encode(), b"]}"
    written: list[bytes] = []
    lines: array[int] = array("L")
    size = len(head) + len(tail)
    for line, record in records:
        piece = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
        if len(piece) > MOST_BYTES - 100:
            raise Refusal("body_too_large", f"The row of line {line} takes {len(piece)} bytes: a record has at most 32 kB.")
        if written and (len(written) == MOST_RECORDS or size + len(piece) + 1 > MOST_BYTES):
            yield _close(head, written, tail, lines)
            written, lines, size = [], array("L"), len(head) + len(tail)
        written.append(piece)
        lines.append(line)
        size += len(piece) + 1
    if written:
        yield _close(head, written, tail, lines)


def send(batch: Batch, *, pause: Pause) -> str:
    """Send a batch; its id at the API."""
    packed = gzip.compress(batch.body, mtime=0)
    taken = patiently(lambda: by_http.call_with_bytes("POST", "/v1/records", packed, Idempotency_Key=batch.key), pause=pause)
    return str(taken["id"])


def patiently(ask: Callable[[], Answer], *, pause: Pause) -> Answer:
    """Ask again, ever more slowly, while the answer is that it may be done later."""
    for attempt in range(TRIES - 1):
        try:
            return ask()
        except Passing as passing:
            pause(max(passing.retry_after_s, min(LONGEST_PAUSE_S, 0.5 * 2**attempt)))
    return ask()


def _close(head: bytes, written: list[bytes], tail: bytes, lines: array[int]) -> Batch:
    body = head + b",".join(written) + tail
    return Batch(f"csv-{hashlib.sha256(b'%d:' % lines[0] + body).hexdigest()[:40]}", body, lines)
