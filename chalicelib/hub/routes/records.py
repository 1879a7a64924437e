"""Records taken over HTTP."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.errors import Invalid, without_values
from chalicelib.hub.flows import taking
from chalicelib.hub.words.records import BatchOrder, BatchShown
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

LONGEST_INT = 400

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/records",
        does="Send up to 500 records; each is judged alone. With an Idempotency-Key the same batch is one batch.",
        scope=Scope.records_write,
        takes=BatchOrder,
        gives=BatchShown,
        status=202,
        refusals=("idempotency_conflict", "batch_busy"),
    ),
    edge.Door(
        method="GET",
        path="/v1/batches/{batch}",
        does="Show what became of each record of a batch.",
        scope=Scope.records_write,
        gives=BatchShown,
        refusals=("batch_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the hub for those who bring records."""
    routes = Blueprint(__name__)

    @routes.route("/v1/records", methods=["POST"])
    def take_records() -> Response:
        call = prove(routes, world, Scope.records_write)
        body = edge.unpack(edge.raw_body(call.request))
        order = read_batch(body)
        shown, again = taking.take_batch(
            call.brand,
            order,
            source=order.source or call.actor,
            body=body,
            idempotency_key=edge.idempotency_key(call.request),
            world=call.world,
            now=call.now,
        )
        return edge.answer(shown, status=202, headers={"Idempotent-Replayed": "true"} if again else None)

    @routes.route("/v1/batches/{batch}", methods=["GET"])
    def show_batch(batch: str) -> Response:
        call = prove(routes, world, Scope.records_write)
        return edge.answer(taking.show_batch(call.brand, batch, world=call.world))

    return routes


def read_batch(body: bytes) -> BatchOrder:
    """The batch, with its records as they came: what is wrong with one of them is its own verdict, NaN and broken texts too."""
    try:
        given = _read_json(body)
        return msgspec.convert(given, BatchOrder)
    except msgspec.ValidationError as error:
        refused = Invalid(f"{without_values(str(error))}. Mend the field and send it again.")
    except RecursionError:
        refused = Invalid("The body is nested deeper than anything is.")
    except ValueError:
        refused = Invalid(code="body_malformed")
    raise refused  # out here, because what was raised may hold the body


def _read_json(body: bytes) -> Any:
    """Strictly and fast; or else as leniently as it goes, so that what is broken in one record is refused with that record alone:

    NaN, half surrogates, bare control characters, endless numbers, bytes that are no UTF-8.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(body.decode("utf-8-sig", "surrogateescape"), strict=False, parse_int=_read_int)


def _read_int(digits: str) -> int | float:
    """Python reads no integer of thousands of digits; no field takes so large a number, and its verdict says so."""
    return int(digits) if len(digits) <= LONGEST_INT else math.inf
