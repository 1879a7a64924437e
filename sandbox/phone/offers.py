"""Asks a backend what it offers to phones, by its OpenAPI document, so that a page need not promise what is not there."""

from __future__ import annotations

from msgspec import Struct

from sandbox import reading
from sandbox.emulator import Sandbox
from sandbox.phone.backend import find_backend
from sandbox.reading import NonsenseError
from sandbox.state import Account
from sandbox.transport import Request, TimedOutError, UnreachableError

DOCUMENT = "/openapi.json"
TIMEOUT_S = 5.0
_CLIENTS = ("/v1/sessions/", "/v1/me/", "/v1/sms-codes/")


class _Document(Struct):
    paths: dict[str, dict[str, object]]


class Offer(Struct, frozen=True):
    """`doors` are such as `GET /v1/me`; None when the backend has no document that tells, and only knocking helps."""

    reached: bool
    doors: list[str] | None = None


def ask_offer(sandbox: Sandbox, account: Account) -> Offer:
    """What the backend behind an account offers; not reached when it has none, or none answers."""
    backend = find_backend(account)
    if backend is None:
        return Offer(reached=False)
    try:
        answer = sandbox.transport.send(Request("GET", backend.origin + DOCUMENT), timeout_s=TIMEOUT_S)
    except (TimedOutError, UnreachableError):
        return Offer(reached=False)
    try:
        document = reading.read_json(answer.body, _Document) if answer.status == 200 else None
    except NonsenseError:
        document = None
    return Offer(reached=True, doors=None if document is None else _list_doors(document))


def _list_doors(document: _Document) -> list[str]:
    return sorted(
        f"{method.upper()} {path}" for path, kinds in document.paths.items() if f"{path}/".startswith(_CLIENTS) for method in kinds
    )
