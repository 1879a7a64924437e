"""Batches of queue and stream records: each worked off alone, the failed ones named, so that only they come again."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from types import UnionType
from typing import Any, TypeVar

import msgspec

from chalicelib.errors import LiandongError, place_of
from chalicelib.world import Together

log = logging.getLogger("liandong.records")
Body = TypeVar("Body")


def bodies_of(records: Iterable[Any], kind: type[Body]) -> list[Body]:
    """What the SQS records of a batch carry, those that are of the kind: for a look at all of them before each is worked off."""
    bodies = []
    for record in records:
        try:
            bodies.append(msgspec.json.decode(record.body, type=kind))
        except msgspec.MsgspecError:
            continue  # it fails when it is worked off, and alone
    return bodies


def work_off_together(
    records: Iterable[Any], kind: type[Body], work: Callable[[Sequence[Body]], None], *, alone: Callable[[Body], None]
) -> dict[str, list[dict[str, str]]]:
    """Do `work` for all bodies at once, which costs less; where that fails, or one cannot be read, `alone` for each of them.

    So `alone` may meet what is done already. The answer is that of `work_off`.
    """
    try:
        work([msgspec.json.decode(record.to_dict()["body"], type=kind) for record in records])
    except Exception as error:
        log.warning("a batch is worked off one by one: %s at %s", type(error).__name__, place_of(error))
        return work_off(records, kind, alone)
    return {"batchItemFailures": []}


def work_off_at_once(
    records: Iterable[Any], kind: type[Body], work: Callable[[Body], None], *, alike: Callable[[Body], str], together: Together
) -> dict[str, list[dict[str, str]]]:
    """`work_off` for all bodies beside each other. Those that are `alike` go one after the other, as they came."""
    apart: defaultdict[str, list[Any]] = defaultdict(list)
    for record in records:
        bodies = bodies_of([record], kind)
        apart[alike(bodies[0]) if bodies else ""].append(record)
    answers = together([partial(work_off, each, kind, work) for each in apart.values()])
    return {"batchItemFailures": list(chain.from_iterable(answer["batchItemFailures"] for answer in answers))}


def work_off(records: Iterable[Any], kind: type[Body] | UnionType, work: Callable[[Body], None]) -> dict[str, list[dict[str, str]]]:
    """Do `work` for the body of each SQS record; the answer names those that failed, for Lambda's ReportBatchItemFailures.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    failures = []
    for record in records:
        raw = record.to_dict()
        try:
            work(msgspec.json.decode(raw["body"], type=kind))
        except LiandongError as error:
            log.warning("record %s waits for another try: %s", raw["messageId"], error.code)
            failures.append({"itemIdentifier": raw["messageId"]})
        except Exception as error:
            log.error("record %s failed: %s at %s", raw["messageId"], type(error).__name__, place_of(error))
            failures.append({"itemIdentifier": raw["messageId"]})
    return {"batchItemFailures": failures}
