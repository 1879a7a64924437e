"""The OpenAPI document, made of the rooms' doors and words: https://spec.openapis.org/oas/v3.1.0"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.edge import Door
from chalicelib.errors import CODES, Busy, Conflict, Forbidden, Invalid, LiandongError, Missing, TooMany, Unauthenticated

VERSION = "0.1.0"
WRITTEN = Path(__file__).with_name("openapi.json")
"""The document as packaging has written it, so that a container need not open every room for it."""
PAGE, REDIRECT = "text/html", 302
TEXT = {"schema": {"type": "string"}}
PROOFS: dict[str, list[dict[str, list[str]]]] = {"key": [{"key": []}], "session": [{"session": []}]}
ALWAYS = {
    "key": ("key_refused", "scope_missing", "busy"),
    "session": ("busy",),
    "code": ("busy", "outcome_unknown"),  # WeChat may have used the code up without telling
    "refresh_token": ("busy",),
    "ticket": ("busy",),
    "nothing": ("busy", "outcome_unknown"),  # a text may have been sent
    "wechat": (),
}
STATUSES = {
    "account_taken": 409,
    "authorization_ended": 422,
    "batch_busy": TooMany.status,
    "body_too_large": 413,
    "brand_taken": 409,
    "busy": Busy.status,
    "callback_refused": Forbidden.status,
    "codes_spent": Conflict.status,
    "content_type": 415,
    "draft_changed": Conflict.status,
    "entry_changed": Conflict.status,
    "entry_retired": Missing.status,
    "code_of_another": Forbidden.status,
    "broadcast_over": Conflict.status,
    "code_over": Conflict.status,
    "code_redeemed": Conflict.status,
    "file_taken": Conflict.status,
    "follow_needed": Forbidden.status,
    "openid_needed": Forbidden.status,
    "preference_link_over": Missing.status,
    "group_full": Conflict.status,
    "group_joined": Conflict.status,
    "group_over": Conflict.status,
    "holidays_overlap": Conflict.status,
    "idempotency_conflict": Conflict.status,
    "identifier_shared": Conflict.status,
    "internal": LiandongError.status,
    "invitation_late": Conflict.status,
    "invitation_loop": Conflict.status,
    "invitation_own": Conflict.status,
    "key_refused": Unauthenticated.status,
    "link_told_apart": Conflict.status,
    "links_spent": Busy.status,
    "menu_needed": Conflict.status,
    "menu_needed_elsewhere": Conflict.status,
    "mass_quota_spent": Conflict.status,
    "mass_send_gone": Conflict.status,
    "mass_send_stays": Conflict.status,
    "message_gone": Conflict.status,
    "query_unfinished": Conflict.status,
    "mini_program_blocked": 422,
    "mini_program_unlinked": Missing.status,
    "mini_programs_full": 422,
    "offer_over": Conflict.status,
    "order_coded": Conflict.status,
    "order_seated": Conflict.status,
    "outcome_unknown": 504,
    "phone_contested": Conflict.status,
    "platform_needed": Conflict.status,
    "platform_ticket_missing": Busy.status,
    "platform_unauthorised": 422,
    "scope_missing": Forbidden.status,
    "session_ended": Unauthenticated.status,
    "session_refused": Unauthenticated.status,
    "ticket_refused": Unauthenticated.status,
    "ticket_used": Unauthenticated.status,
    "token_rejected": 422,
    "too_many_codes": TooMany.status,
    "too_many_events": TooMany.status,
    "too_many_menu_calls": TooMany.status,
    "too_many_tickets": TooMany.status,
    "too_many_tries": TooMany.status,
    "webhook_disabled": Conflict.status,
    "webhooks_full": Conflict.status,
    "wechat_busy": 503,
    "wechat_declined": 422,
}


class Refusal(msgspec.Struct, frozen=True):
    """The one shape of every refusal."""

    Code: str
    Message: str
    RequestId: str


def status_of(code: str) -> int:
    """The HTTP status a code comes with."""
    return Missing.status if code.endswith("_missing") and code not in STATUSES else STATUSES.get(code, Invalid.status)


def describe(doors: Iterable[Door]) -> dict[str, Any]:
    """The document for these doors."""
    doors = tuple(doors)
    kinds = [kind for door in doors for kind in (door.takes, door.gives) if kind is not None]
    schemas, components = msgspec.json.schema_components([*kinds, Refusal], ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(map(repr, kinds), schemas, strict=False))
    paths: dict[str, dict[str, Any]] = {}
    for door in doors:
        paths.setdefault(door.path, {})[door.method.lower()] = _operation(door, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Liandong", "version": VERSION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, `ld_<id>_<secret>`."},
                "session": {"type": "http", "scheme": "bearer", "description": "The session token of a login."},
            },
        },
        "x-error-codes": CODES,
    }


@functools.cache
def document(doors: tuple[Door, ...]) -> bytes:
    """The document of these doors, as it is served."""
    return msgspec.json.encode(describe(doors))


def find_document(open_all: Callable[[], tuple[Door, ...]]) -> str:
    """The document that was written, or else the one that is made of all doors."""
    return WRITTEN.read_text(encoding="utf-8") if WRITTEN.exists() else document(open_all()).decode()


def _operation(door: Door, schema_of: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{door.method.lower()}{door.path}").strip("_"),
        "summary": door.does,
        "security": PROOFS.get(door.proof, []),
        "parameters": [_parameter(name, "path") for name in re.findall(r"{(\w+)}", door.path)]
        + [_parameter(name, "query") for name in door.query],
        "responses": {
            **{str(status): _success(door, schema_of) for status in (door.status, door.otherwise) if status is not None},
            **_refusals(door),
        },
    }
    if door.scope:
        operation["x-scope"] = door.scope
    if door.takes is not None:
        operation["requestBody"] = {
            "required": door.needs_body,
            "content": {"application/json": {"schema": schema_of[repr(door.takes)]}},
        }
    return operation


def _parameter(name: str, place: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}


def _success(door: Door, schema_of: dict[str, Any]) -> dict[str, Any]:
    if door.gives is not None:
        return {"description": door.does, "content": {"application/json": {"schema": schema_of[repr(door.gives)]}}}
    if door.shows and door.status != REDIRECT:
        return {"description": door.does, "content": {door.shows: TEXT}}
    return {"description": door.does}


def _refusals(door: Door) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    codes = [
        *door.refusals,
        *ALWAYS[door.proof],
        *(("field_invalid", "body_malformed", "body_too_large", "content_type") if door.takes else ()),
    ]
    for code in dict.fromkeys(codes):
        by_status.setdefault(status_of(code), []).append(code)
    pages = {PAGE: TEXT} if door.shows == PAGE else {}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}, **pages}
    return {
        str(status): {"description": " · ".join(f"`{code}`: {CODES[code]}" for code in codes), "content": content}
        for status, codes in sorted(by_status.items())
    }
