"""Remembers the API calls that arrived, with secrets masked."""

from __future__ import annotations

from collections import deque
from typing import Any

from msgspec import Struct

from sandbox.phone.diary import Diary

KEPT = 10_000
_SECRET = frozenset(
    {
        "access_token",
        "secret",
        "appsecret",
        "session_key",
        "ticket",
        "refresh_token",
        "component_access_token",
        "component_secret",
        "component_appsecret",
        "component_verify_ticket",
        "authorizer_access_token",
        "authorizer_refresh_token",
        "pre_auth_code",
        "authorization_code",
        "encrypt_key",
    }
)


class LoggedCall(Struct, frozen=True):
    """One API call: what came, what was answered, and the fault that was played, if any. `at` is the sandbox's time in seconds."""

    id: int
    at: float
    method: str
    path: str
    appid: str
    query: dict[str, str]
    body: Any
    status: int
    answer: Any
    errcode: int
    fault: str
    ip: str = ""
    ms: int = 0


def mask(value: Any) -> Any:
    """The value with every secret in it replaced, at any depth."""
    if isinstance(value, dict):
        return {key: "***" if key in _SECRET else mask(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [mask(inner) for inner in value]
    return value


class CallLog:
    """The newest calls, oldest first; at most KEPT. Each is noted in the diary too."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._calls: deque[LoggedCall] = deque(maxlen=KEPT)
        self._last_id = 0

    def add(
        self,
        *,
        at: float,
        method: str,
        path: str,
        appid: str,
        query: dict[str, str],
        body: Any,
        status: int,
        answer: Any,
        fault: str,
        ip: str = "",
        ms: int = 0,
    ) -> None:
        self._last_id += 1
        errcode = answer.get("errcode", 0) if isinstance(answer, dict) else 0
        call = LoggedCall(
            id=self._last_id,
            at=at,
            method=method,
            path=path,
            appid=appid,
            query=mask(query),
            body=mask(body),
            status=status,
            answer=mask(answer),
            errcode=errcode,
            fault=fault,
            ip=ip,
            ms=ms,
        )
        self._calls.append(call)
        self._diary.note("call", call, at=at, appid=appid)

    def find(self, *, path: str | None = None, appid: str | None = None, since: float | None = None) -> list[LoggedCall]:
        """Calls of this path and account that came at `since` or later; what is None does not matter."""
        return [
            call
            for call in list(self._calls)
            if (path is None or call.path == path) and (appid is None or call.appid == appid) and (since is None or call.at >= since)
        ]

    def clear(self) -> None:
        self._calls.clear()
