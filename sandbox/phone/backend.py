"""Carries what a mini program or an app says to its backend: to the origin of the account's callback, and to the doors of clients only."""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from sandbox import reading
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.log import mask
from sandbox.reading import NonsenseError
from sandbox.state import Account
from sandbox.transport import Request, TimedOutError, UnreachableError

TIMEOUT_S = 15.0
CLIENT_PATH = re.compile(r"/v1/(?:sessions|me|sms-codes)(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*(?:\?[A-Za-z0-9._~=&%+:,-]*)?", re.ASCII)
_PERSONAL = frozenset({"code", "phone_code", "session_token", "ticket", "phone"})
_CALLBACK = "/wechat/"


class Backend(Struct, frozen=True):
    """Where an account's backend listens, and what the account is called there: both are read from the callback's address."""

    origin: str
    account: str


class Said(Struct, frozen=True):
    """One request to a backend and its answer as the log shows them; status 0 when it was not reached."""

    method: str
    path: str
    origin: str
    body: Any
    status: int
    answer: Any
    ms: int


class Answered(Struct, frozen=True):
    """A backend's answer; `status` 0 when none came, `body` None when it was no JSON."""

    status: int
    body: Any


def find_backend(account: Account) -> Backend | None:
    """The backend of an account; None for one without a callback."""
    if account.callback is None:
        return None
    parts = urlsplit(account.callback.url)
    prefix, found, name = parts.path.rpartition(_CALLBACK)
    return Backend(f"{parts.scheme}://{parts.netloc}{prefix if found else ''}", name if found else "")


def need_backend(account: Account) -> Backend:
    backend = find_backend(account)
    if backend is None:
        raise ControlError(409, f"{account.appid} has no callback, so nobody knows its backend: set one with POST /_sandbox/accounts")
    return backend


def is_client_path(path: str) -> bool:
    """Whether phones may ask for this path: sessions, SMS codes and a person's own things."""
    return CLIENT_PATH.fullmatch(path) is not None


def ask(
    sandbox: Sandbox,
    account: Account,
    *,
    who: Literal["client", "shop"],
    user: str,
    method: str,
    path: str,
    body: Any,
    token: str,
    headers: dict[str, str] | None = None,
) -> Answered:
    """Ask the account's backend; the diary keeps it with codes and tokens masked. Redirects are not followed."""
    origin = need_backend(account).origin
    proof = {"Authorization": f"Bearer {token}"} if token else {}
    content = b"" if body is None else msgspec.json.encode(body)
    request = Request(method, origin + path, content, "application/json" if content else "", {**proof, **(headers or {})})
    answered, ms = _carry(sandbox, request)
    told = Said(method, path.partition("?")[0], origin, hide(body), answered.status, hide(answered.body), ms)
    sandbox.diary.note(who, told, at=sandbox.now(), user=user, appid=account.appid)
    return answered


def _carry(sandbox: Sandbox, request: Request) -> tuple[Answered, int]:
    try:
        answer = sandbox.transport.send(request, timeout_s=TIMEOUT_S)
    except (TimedOutError, UnreachableError):
        return Answered(0, None), 0
    try:
        body = reading.read_json(answer.body, Any) if answer.body else None
    except NonsenseError:
        body = None
    return Answered(answer.status, body), int(answer.elapsed_s * 1000)


def hide(value: Any) -> Any:
    """The value without what proves who somebody is, at any depth."""
    if isinstance(value, dict):
        return {key: "***" if key in _PERSONAL else hide(inner) for key, inner in mask(value).items()}
    if isinstance(value, list):
        return [hide(inner) for inner in value]
    return value
