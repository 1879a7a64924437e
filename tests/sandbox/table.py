"""What docs/sandbox.md says of each endpoint, and which calls of the backend the sandbox does not answer in full."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
STATES = {path: state.strip() for path, state in re.findall(r"^\| `(?:GET|POST) (/[^`]+)` \|([^|]+)\|", PAGE, re.MULTILINE)}


def find_incomplete(paths: Iterable[str]) -> list[str]:
    """The paths that the table does not call full, or does not have at all."""
    return sorted({path for path in paths if not STATES.get(path, "").startswith("full")})
