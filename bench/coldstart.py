"""What a fresh container takes: the import of app.py beside that of its three large libraries, and the first answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from bench.package import measure_inside, run

RUNS = 21
ANSWERS = 9
IMPORT = """
import sys, time; sys.path.insert(0, sys.argv[1]); began = time.process_time()
import {modules}
print(time.process_time() - began)
"""
OURS = IMPORT.format(modules="app")
FLOOR = IMPORT.format(modules="chalice, pynamodb.models, wechatpy")
ANSWER = """
import json, sys, time; sys.path.insert(0, sys.argv[1])
import app
answer = app.app(json.loads(sys.argv[2]), None)
ended = time.monotonic()
assert answer["statusCode"] == 200, answer["body"]
print(ended)
"""


def measure(tree: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """Imports in CPU time, answers from the start of the process by the clock on the wall."""
    ours, floor = [], []
    for _ in range(RUNS):
        ours.append(_said(tree, OURS) * 1000)
        floor.append(_said(tree, FLOOR) * 1000)
    yield "coldstart.import_ratio", median(ours) / median(floor)
    yield "coldstart.import_ms", median(ours)
    yield "coldstart.floor_ms", median(floor)
    requests = {name: json.dumps(request) for name, request in measure_inside(tree, "first", environment=environment)}
    for name, request in requests.items():
        yield f"coldstart.{name}_ms", median(_first_answer_ms(tree, request, environment) for _ in range(ANSWERS))


def _first_answer_ms(tree: Path, request: str, environment: Mapping[str, str]) -> float:
    began = time.monotonic()
    return (_said(tree, ANSWER, request, environment=environment) - began) * 1000


def _said(tree: Path, program: str, *arguments: str, environment: Mapping[str, str] | None = None) -> float:
    """The number a program prints."""
    running = run(tree, program, *arguments, environment=environment or {})
    said, _ = running.communicate()
    if running.returncode:
        raise SystemExit("A fresh process failed: the message above says why.")
    return float(said)
