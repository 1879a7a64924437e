from __future__ import annotations

import re
import shlex

import msgspec

from sandbox.api import ENDPOINTS
from sandbox.app import create_app
from sandbox.settings import Settings
from tests.sandbox.stage import Stage
from tests.sandbox.table import PAGE, STATES, find_incomplete

EXAMPLES = re.findall(r"^curl .+$", PAGE, re.MULTILINE)


def test_every_endpoint_is_in_the_table() -> None:
    missing = [path for path, endpoint in ENDPOINTS.items() if f"| `{endpoint.method} {path}` |" not in PAGE]

    assert missing == []


def test_the_table_promises_nothing_that_is_not_there() -> None:
    assert [path for path in STATES if path not in ENDPOINTS] == []


def test_a_call_that_is_not_answered_in_full_is_found() -> None:
    asked = ["/cgi-bin/stable_token", "/cgi-bin/getcallbackip", "/cgi-bin/media/get", "/cgi-bin/shorturl"]

    assert find_incomplete(asked) == ["/cgi-bin/getcallbackip", "/cgi-bin/shorturl"]


def test_every_setting_is_in_the_table() -> None:
    table = PAGE.partition("## Settings")[2]

    missing = [field.name for field in msgspec.structs.fields(Settings) if f"`{field.name}`" not in table]

    assert missing == []


def test_every_control_door_has_an_example(stage: Stage) -> None:
    shown = {(method, path.partition("?")[0]) for method, path, _ in map(read_example, EXAMPLES)}
    rules = create_app(stage.sandbox).url_map.iter_rules()
    doors = [(method, rule.rule) for rule in rules if rule.endpoint.startswith("control.") for method in rule.methods or ()]

    missing = [door for door in doors if door[0] not in ("HEAD", "OPTIONS") and not any(fits(door, example) for example in shown)]

    assert missing == []


def fits(door: tuple[str, str], example: tuple[str, str]) -> bool:
    pattern = re.sub(r"<[^>]+>", "[^/]+", door[1])
    return door[0] == example[0] and re.fullmatch(pattern, example[1]) is not None


def test_the_examples_work_in_their_order(stage: Stage) -> None:
    stage.sandbox.reset()

    for method, path, body in map(read_example, EXAMPLES):
        response = stage.client.open(path, method=method, data=body)
        assert response.status_code == 200, f"{path}: {response.text}"


def read_example(line: str) -> tuple[str, str, str | None]:
    """Method, path and body of a curl command."""
    words = shlex.split(line)[1:]
    method = words[words.index("-X") + 1] if "-X" in words else None
    body = words[words.index("-d") + 1] if "-d" in words else None
    address = next(word for word in words if word.startswith("$SANDBOX"))
    return method or ("GET" if body is None else "POST"), address.removeprefix("$SANDBOX"), body
