"""What is left beside the CSV file: how far an import has come, and what became of each line."""

from __future__ import annotations

import csv
import json
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

HEADING = ("line", "id", "verdict", "code", "message", "problems")


class Progress:
    """The batches that were sent, by their keys, in `<file>.import.jsonl`: an import that broke off goes on behind them."""

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(f"{file.name}.import.jsonl")
        self.sent = _read_sent(self.path)

    def note(self, key: str, batch: str) -> None:
        self.sent[key] = batch
        with self.path.open("a", encoding="utf-8") as notes:
            notes.write(json.dumps({"key": key, "batch": batch}) + "\n")


class Report:
    """`<file>.report.csv`: what became of each line. It is written anew each time, and opens in Excel."""

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(f"{file.name}.report.csv")
        self.counts: Counter[str] = Counter()

    def __enter__(self) -> Report:
        self._file = self.path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADING)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def note(self, lines: array[int], verdicts: Iterable[Mapping[str, Any]]) -> None:
        """The verdicts of a batch, each in its place."""
        for verdict in verdicts:
            said, line = verdict["verdict"], lines[verdict["place"]]
            problems = "; ".join(f"{problem['pointer']} {problem['code']}" for problem in verdict.get("problems", ()))
            self.counts[said] += 1
            self._writer.writerow([line, verdict.get("id", ""), said, verdict.get("code", ""), verdict.get("message", ""), problems])


def _read_sent(path: Path) -> dict[str, str]:
    """What was noted; a line that was only half written is none."""
    if not path.exists():
        return {}
    sent = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            noted = json.loads(line)
            sent[noted["key"]] = noted["batch"]
        except (ValueError, KeyError, TypeError):
            continue
    return sent
