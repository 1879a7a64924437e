"""The edge: who calls, what they sent, and one shape for every refusal."""

from __future__ import annotations

import base64
import functools
import gzip
import io
import logging
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from chalice.app import Chalice, ChaliceUnhandledError, Request, Response

from chalicelib.aws.tables import TableError, code_of
from chalicelib.errors import CODES, Busy, Invalid, LiandongError, TooLarge, TooMany, place_of, without_values

log = logging.getLogger("liandong.edge")

BODY_LIMIT = 1024 * 1024
PAGE_SIZES = range(1, 101)
KEY_LENGTHS = range(1, 256)

AHEAD_ALLOWED = timedelta(minutes=5)
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
LONGEST_CURSOR = 512
JSON = "application/json"
NO_STORE = {"Cache-Control": "no-store"}
"""For answers that carry a token: nobody on the way keeps them."""
Schema = TypeVar("Schema")


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """One way in, as the OpenAPI document shows it. `proof`: how callers prove who they are; `scope`: what an API key needs.

    `needs_body`: or may it be left out? `otherwise`: the status of the same answer when less was done. `shows`: the media type of what
    a person or WeChat reads; where it is a page, refusals are pages too.
    """

    method: str
    path: str
    does: str
    proof: str = "key"
    scope: str | None = None
    takes: type[Any] | None = None
    needs_body: bool = True
    gives: type[Any] | None = None
    shows: str = ""
    status: int = 200
    otherwise: int | None = None
    query: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


def read_body(request: Request, kind: type[Schema]) -> Schema:
    """The JSON body, checked once against its schema; gzip is told by its first bytes.

    `TooLarge` over 1 MB, unpacked; `Invalid` names the field and the reason and never quotes a value.
    """
    raw = unpack(raw_body(request))
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        refused = Invalid(f"{without_values(str(error))}. Mend the field and send it again.")
    except (msgspec.DecodeError, UnicodeDecodeError):
        refused = Invalid(code="body_malformed")
    raise refused  # out here, because what msgspec raises may hold the body


def read_body_if_any(request: Request, kind: type[Schema]) -> Schema:
    """The JSON body as in `read_body`; without one, what an empty one says."""
    return read_body(request, kind) if raw_body(request) else kind()


def raw_body(request: Request) -> bytes:
    """The bytes as they came."""
    raw = request.raw_body
    return raw.encode() if isinstance(raw, str) else raw


def unpack(raw: bytes) -> bytes:
    """The body as it was meant, at most 1 MB of it."""
    if raw[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
                raw = packed.read(BODY_LIMIT + 1)
        except (OSError, EOFError, zlib.error):
            raise Invalid("The body begins like gzip but cannot be unpacked.", code="body_malformed") from None
    if len(raw) > BODY_LIMIT:
        raise TooLarge(f"The body is over {BODY_LIMIT} bytes: send less at once.")
    return raw


def bearer(request: Request) -> str:
    """The credential of the Authorization header, or an empty string."""
    kind, _, credential = str(request.headers.get("authorization", "")).partition(" ")
    return credential.strip() if kind.lower() == "bearer" else ""


def source_of(request: Request) -> str:
    """The address the request came from, as API Gateway saw it; what a header claims is not believed."""
    return str((request.context or {}).get("identity", {}).get("sourceIp", ""))


def read_past(at: datetime | None, *, now: datetime) -> datetime:
    """A time a caller says something was so, in UTC: now when left out, at most five minutes ahead, for clocks differ.

    The zeros of other systems (the years 1 and 1900, the first of 1970) are no times.
    """
    if at is None:
        return now
    if at.tzinfo is None:
        raise Invalid("A time needs its offset, like 2026-11-21T08:00:00+08:00 - at `$.at`.")
    if at < EARLIEST:
        raise Invalid("Nothing is known from so long ago: leave the time out - at `$.at`.")
    if at > now + AHEAD_ALLOWED:
        raise Invalid("What is to come cannot be said yet - at `$.at`.")
    return min(at, now).astimezone(UTC)


def own_address(request: Request, public_url: str) -> str:
    """Our own address as browsers know it: the one that was set, else the gateway's."""
    if public_url != "gateway":
        return public_url.rstrip("/")
    context = request.context or {}
    return f"https://{context.get('domainName', '')}/{context.get('stage', '')}"


def query_of(request: Request) -> dict[str, str]:
    """The query's values, the last one of each name."""
    return dict(request.query_params or {})


def page_size(query: dict[str, str]) -> int:
    """How many things a page of a list shall have: `limit`, 50 when left out."""
    text = query.get("limit", "50")
    if not text.isascii() or not text.isdigit() or len(text) > 3 or int(text) not in PAGE_SIZES:
        raise Invalid(f"limit is a number from 1 to {PAGE_SIZES[-1]}.")
    return int(text)


def idempotency_key(request: Request) -> str | None:
    """The caller's Idempotency-Key, when one was sent."""
    key = request.headers.get("idempotency-key")
    if key is not None and len(key) not in KEY_LENGTHS:
        raise Invalid(f"An Idempotency-Key has 1 to {KEY_LENGTHS[-1]} characters.")
    return None if key is None else str(key)


def cursor_of(query: dict[str, str]) -> str | None:
    """Where a page of a list begins: behind what the cursor of the page before says; at the beginning without one."""
    return decode_cursor(query["cursor"]) if "cursor" in query else None


def skipped(query: dict[str, str], *, most: int = 999_999_999) -> int:
    """How many things the pages before have shown, where a cursor is their number, of a list of at most so many."""
    cursor = cursor_of(query) or "0"
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9 or int(cursor) > most:
        raise Invalid(code="cursor_invalid")
    return int(cursor)


def answer(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer of a struct, a list or a dict of them."""
    return Response(msgspec.json.encode(value).decode(), status_code=status, headers={"Content-Type": JSON, **(headers or {})})


def refusal(code: str, message: str, status: int, request_id: str, *, headers: dict[str, str] | None = None) -> Response:
    """The one shape of every refusal."""
    return answer({"Code": code, "Message": message, "RequestId": request_id}, status=status, headers=headers)


class Carried(ChaliceUnhandledError):
    """Carries what a view raised past Chalice, which would log it with its values, to our middleware."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def carry_errors(app: Chalice, paths: Iterable[str]) -> None:
    """Have whatever the views registered at these paths raise reach `refuse`."""
    for path in paths:
        for route in app.routes[path].values():
            route.view_function = _carrying(route.view_function)


def refuse(request: Request, proceed: Callable[[Request], Response]) -> Response:
    """Middleware: our errors become refusals; anything else is our mistake, logged without its values."""
    request_id = request_id_of(request)
    try:
        return _in_our_shape(proceed(request), request_id)
    except Carried as carried:
        return _refused(carried.error, request_id)
    except Exception as error:
        return _refused(error, request_id)


def request_id_of(request: Request) -> str:
    return str((request.context or {}).get("requestId", "local"))


def encode_cursor(position: str) -> str:
    """A page's position as an opaque, URL-safe string."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """The position a cursor of ours stands for; `Invalid` for what is none."""
    if not 0 < len(cursor) <= LONGEST_CURSOR:
        raise Invalid(code="cursor_invalid")
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise Invalid(code="cursor_invalid") from None


OUR_CODES = {403: "path_missing", 404: "path_missing", 405: "path_missing", 415: "content_type"}


def _carrying(view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    def carrying(*args: Any, **parts: Any) -> Any:
        try:
            return view(*args, **parts)
        except Exception as error:
            raise Carried(error) from None

    return carrying


def _refused(error: Exception, request_id: str) -> Response:
    if isinstance(error, LiandongError):
        headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooMany) else {}
        return refusal(error.code, error.message, error.status, request_id, headers=headers)
    if isinstance(error, TableError):
        log.error("request %s met a table's error: %s at %s", request_id, code_of(error) or "no answer", place_of(error))
        return refusal("busy", CODES["busy"], Busy.status, request_id)
    log.error("request %s failed: %s at %s", request_id, type(error).__name__, place_of(error))
    return refusal("internal", CODES["internal"], LiandongError.status, request_id)


def _in_our_shape(response: Response, request_id: str) -> Response:
    """Chalice's own refusals (wrong method, wrong content type, a crash it caught) in our shape."""
    body = response.body
    if not isinstance(body, dict) or "Code" not in body or "Message" not in body or "RequestId" in body:
        return response
    code = OUR_CODES.get(response.status_code, "internal" if response.status_code >= 500 else "field_invalid")
    return refusal(code, CODES[code], response.status_code, request_id)
