"""What a command comes to: JSON on standard output, or a refusal in the same shape as the API's on standard error."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple


class Refusal(Exception):
    """The command cannot be done; `code` is one of the API's codes, or says what is wrong with the call."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Passing(Refusal):
    """It may be done later: too much was asked at once, something is away, or no answer came. `retry_after_s`: as the API says it."""

    def __init__(self, code: str, message: str, *, retry_after_s: float = 0) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s


class Partly(NamedTuple):
    """A result of which not all went through: it is printed, and the exit code is 1."""

    result: Any


def tell(value: Any) -> None:
    """Print a result as JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def tell_refusal(refusal: Refusal) -> None:
    print(json.dumps({"Code": refusal.code, "Message": refusal.message}, ensure_ascii=False), file=sys.stderr)


def read_json(source: str) -> Any:
    """A JSON document from a file, or from standard input for `-`: secrets do not belong on a command line."""
    try:
        return json.loads(sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal("file_unreadable", f"{source} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise Refusal("body_malformed", f"{source} is not JSON.") from None
