"""What the endpoints of official accounts have in common: their kind of account, verified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.call import OFFICIAL_ACCOUNTS, Binary, Call, Endpoint

Run = Callable[[Call], dict[str, Any] | Binary]


def get(path: str, run: Run, *, daily: int = 0, service: bool = False, either_method: bool = False) -> Endpoint:
    """A GET of verified official accounts."""
    return Endpoint(
        path,
        "GET",
        run,
        kinds=OFFICIAL_ACCOUNTS,
        verified=OFFICIAL_ACCOUNTS,
        daily=daily,
        service=service,
        either_method=either_method,
        takes_json=False,
    )


def post(
    path: str, run: Run, *, daily: int = 0, minute: int = 0, service: bool = False, takes_json: bool = True, either_method: bool = False
) -> Endpoint:
    """A POST of verified official accounts."""
    return Endpoint(
        path,
        "POST",
        run,
        kinds=OFFICIAL_ACCOUNTS,
        verified=OFFICIAL_ACCOUNTS,
        daily=daily,
        minute=minute,
        service=service,
        takes_json=takes_json,
        either_method=either_method,
    )
