"""What docs/webhooks.md tells receivers to do takes what we sign, and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.webhooks import rules
from chalicelib.webhooks.words import SecretKept

PAGE = (Path(__file__).parent.parent.parent / "docs" / "webhooks.md").read_text(encoding="utf-8")
SECRET, OTHER = rules.new_secret(b"s" * 32), rules.new_secret(b"o" * 32)
BODY = '{"type":"webhook.test","title":"预约"}'


def by_hand(language: str) -> str:
    """The example that needs no library."""
    found = re.search(rf"^By hand[^\n]*\n\n```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def signed(at: datetime, *secrets: str) -> dict[str, str]:
    return rules.headers_of("d" * 32, BODY, tuple(SecretKept(secret) for secret in secrets), at)


def in_python(secret: str, headers: dict[str, str], body: str) -> bool:
    scope: dict[str, Any] = {}
    exec(by_hand("python"), scope)
    is_ours: Callable[..., bool] = scope["is_ours"]
    return is_ours(secret, headers, body.encode())


def in_node(secret: str, headers: dict[str, str], body: str) -> bool:
    from json import dumps

    program = f"{by_hand('js')}\nconsole.log(isOurs({dumps(secret)}, {dumps(headers)}, {dumps(body)}));"
    done = subprocess.run(["node", "--input-type=module", "-e", program], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "true"


NODE = pytest.param(in_node, marks=pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here"))


@pytest.mark.parametrize("verify", [in_python, NODE])
def test_the_examples_by_hand_take_what_we_sign_and_nothing_else(verify: Callable[[str, dict[str, str], str], bool]) -> None:
    now = datetime.now(UTC)
    whole, rotating, old = signed(now, SECRET), signed(now, OTHER, SECRET), signed(datetime(2026, 1, 1, tzinfo=UTC), SECRET)

    assert verify(SECRET, whole, BODY)
    assert verify(SECRET, rotating, BODY)
    assert not verify(OTHER, whole, BODY)
    assert not verify(SECRET, whole, BODY + " ")
    assert not verify(SECRET, {**whole, "webhook-id": "msg_other"}, BODY)
    assert not verify(SECRET, old, BODY)


def test_the_tries_that_are_told_are_the_tries_that_are_made() -> None:
    told = [line.split("|")[2] for line in PAGE.splitlines() if re.match(r"\| [2-8]", line)]
    seconds = [
        int(number) * {"s": 1, "m": 60, "h": 3600}[unit[0]] for line in told for number, unit in re.findall(r"(\d+) (\w+)", line)[:1]
    ]

    assert [*seconds, seconds[-1]] == [round(delay.total_seconds()) for delay in rules.DELAYS]
