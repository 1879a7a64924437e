"""What the control doors share: reading bodies, finding accounts and people, answering, refusing."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from flask import Response, request
from msgspec import Struct

from sandbox import reading
from sandbox.emulator import Sandbox
from sandbox.reading import NonsenseError
from sandbox.state import Account, User

T = TypeVar("T")


class ControlError(Exception):
    """A control call that cannot be done; the message says what to change."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message
        super().__init__(message)


class Nothing(Struct, forbid_unknown_fields=True):
    """A body without fields."""


def tell(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status=status, content_type="application/json")


def tell_error(error: ControlError) -> Response:
    return tell({"error": error.message}, error.status)


def read(words: type[T]) -> T:
    """The JSON body as the struct; no body is an empty object."""
    try:
        return reading.read_json(request.get_data() or b"{}", words)
    except NonsenseError as error:
        raise ControlError(400, f"the body does not fit: {error}") from error


def convert(value: Any, words: type[T]) -> T:
    try:
        return msgspec.convert(value, words)
    except msgspec.ValidationError as error:
        raise ControlError(400, f"the body does not fit: {error}") from error


def find_account(sandbox: Sandbox, appid: str) -> Account:
    account = sandbox.state.accounts.get(appid)
    if account is None:
        raise ControlError(404, f"there is no account {appid!r}: make it with POST /_sandbox/accounts")
    return account


def find_user(sandbox: Sandbox, user_id: str) -> User:
    user = sandbox.state.users.get(user_id)
    if user is None:
        raise ControlError(404, f"there is no user {user_id!r}: make one with POST /_sandbox/users")
    return user
