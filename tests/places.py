"""Everything that is written anywhere, by place, opened as somebody would who holds it: base64, gzip, zlib, columns."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import logging
import re
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from chalicelib.aws import clients
from tests.house import ARCHIVE, House

TABLES = (
    "accounts",
    "archive",
    "audit",
    "contacts",
    "counters",
    "credentials",
    "documents",
    "identities",
    "inbox",
    "messages",
    "quarantine",
    "records",
    "webhooks",
)
PACKED = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")
STAGE = "liandong-local-"


class Places:
    """Everything that was written anywhere, by place."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = defaultdict(list)

    def note(self, place: str, given: object) -> None:
        """What was written there, and what it says once it is unpacked: nobody who holds it has to guess how."""
        text = _as_text(given) if isinstance(given, bytes) else str(given)
        self.texts[place] += [text, *map(_as_text, filter(None, map(_unpacked, set(PACKED.findall(text)))))]

    def holding(self, canaries: dict[str, set[str]]) -> dict[str, set[str]]:
        """Which canaries are in which place."""
        found: dict[str, set[str]] = {}
        for place, texts in self.texts.items():
            whole = "\n".join(texts)
            kinds = {kind for kind, values in canaries.items() if any(value in whole for value in values)}
            if kinds:
                found[place] = kinds
        return found


@contextmanager
def everything_noted(house: House, places: Places) -> Iterator[None]:
    """Note what goes to AWS, as it goes, and what callers are refused with."""
    real_call, real_raw, real_visit = BaseClient._make_api_call, house.raw, house.visit

    def call(client: Any, operation: str, asked: dict[str, Any]) -> Any:
        _note_call(places, operation, asked)
        return real_call(client, operation, asked)

    def raw(method: str, target: str, **request: Any) -> tuple[int, bytes]:
        status, body = real_raw(method, target, **request)
        if status >= 400:
            places.note("refused pages" if body.startswith(b"<") else "refusals", body.decode())
        return status, body

    def visit(target: str, **request: Any) -> tuple[int, dict[str, str], str]:
        status, headers, page = real_visit(target, **request)
        if status >= 400:
            places.note("refused pages", page)
        return status, headers, page

    BaseClient._make_api_call = call
    house.raw, house.visit = raw, visit  # type: ignore[method-assign]
    try:
        yield
    finally:
        BaseClient._make_api_call = real_call
        del house.raw, house.visit


def _note_call(places: Places, operation: str, asked: dict[str, Any]) -> None:
    if operation in ("SendMessage", "SendMessageBatch"):
        places.note(f"queue {asked['QueueUrl'].rpartition(STAGE)[2]}", asked)
    elif operation == "PublishBatch":
        places.note("topic", asked)
    elif operation in ("PutItem", "UpdateItem"):
        places.note(_table(asked), asked)
    elif operation == "TransactWriteItems":
        for item in asked["TransactItems"]:
            for written in item.values():
                places.note(_table(written), written)
    elif operation == "BatchWriteItem":
        places.note("batches of rows", asked)
    elif operation == "PutObject":
        places.note("names of objects", asked["Key"])
        places.note("objects", asked["Body"])
    elif operation == "PutMetricData":
        places.note("figures", asked)
    elif operation == "PutParameter":
        places.note("names of parameters", asked["Name"])
        places.note("values of parameters", asked["Value"])


def _table(asked: dict[str, Any]) -> str:
    return f"table {asked['TableName'].removeprefix(STAGE)}"


def note_what_lies_about(house: House, places: Places) -> None:
    """The rows, the objects, what receivers were brought and the parameters' names as they are now."""
    for table in TABLES:
        places.note(f"table {table}", house.rows(table))
    s3 = clients.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=ARCHIVE):
        for each in page.get("Contents", []):
            places.note("names of objects", each["Key"])
            places.note("objects", s3.get_object(Bucket=ARCHIVE, Key=each["Key"])["Body"].read())
    for brought in house.receivers.brought:
        places.note("tellings", (brought.headers, brought.body))
    for parameter in clients.client("ssm").describe_parameters()["Parameters"]:
        places.note("names of parameters", parameter["Name"])


class Listener(logging.Handler):
    """Keeps each record as any handler could write it: message, arguments and trace."""

    def __init__(self, places: Places) -> None:
        super().__init__(logging.DEBUG)
        self._places = places
        self._plain = logging.Formatter("%(name)s %(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        self._places.note("logs", self._plain.format(record))
        self._places.note("logs", vars(record))


@contextmanager
def every_log_heard(places: Places) -> Iterator[None]:
    """Debugging is turned on as an operator would: at the root, for every logger that does not say otherwise by itself.

    What is printed goes where logs go.
    """
    root, listener, printed = logging.getLogger(), Listener(places), io.StringIO()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            yield
    finally:
        places.note("logs", printed.getvalue())
        root.setLevel(level)
        root.removeHandler(listener)


def _as_text(content: bytes) -> str:
    """Bytes as whoever finds them reads them: columns as rows, what is packed unpacked."""
    if content[:4] == b"PAR1":
        return _read_columns(content)
    for unpack in (gzip.decompress, zlib.decompress):
        try:
            return _as_text(unpack(content))
        except (OSError, EOFError, zlib.error):
            continue
    return content.decode(errors="replace")


def _unpacked(text: str) -> bytes:
    """What a run of base64 holds; nothing for what is none."""
    try:
        return base64.b64decode(text.rstrip("=").translate(str.maketrans("-_", "+/")) + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return b""


def _read_columns(content: bytes) -> str:
    import duckdb

    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        Path(file.name).write_bytes(content)
        return str(duckdb.sql(f"SELECT * FROM '{file.name}'").fetchall())
