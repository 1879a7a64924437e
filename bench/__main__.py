"""`python -m bench [--only PREFIX]`: every figure as a line of JSON on standard output, notes for people on standard error."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from bench import coldstart, emulator, lateness, visible
from bench.deployed import Deployed, deploy
from bench.figures import FIGURES, is_kept, line
from bench.package import ROOT, find, measure_inside, unpack
from bench.stack import behind_echoes, open_stack

Measured = Iterator[tuple[str, float]]


class Ground:
    """What is measured on: the unpacked package, a folder, and from their first use on AWS and WeChat, or a stack that is deployed."""

    def __init__(self, folder: Path, held: ExitStack) -> None:
        self.folder = folder
        self.code = find()
        self.tree = unpack(self.code, folder)
        self._held = held
        self._environment: dict[str, str] = {}
        self._desk: Deployed | None = None

    @property
    def environment(self) -> dict[str, str]:
        if not self._environment:
            self._environment = self._held.enter_context(open_stack(self.folder))
        return self._environment

    @property
    def desk(self) -> Deployed:
        if self._desk is None:
            self._desk = self._held.enter_context(deploy(self.folder / "desk"))
        return self._desk

    def count(self, module: str) -> Measured:
        """What a module finds out before AWS and WeChat themselves."""
        return measure_inside(self.tree, module, environment=self.environment)

    def ask(self, module: str) -> Measured:
        """What a module finds out that needs the layer, before AWS itself."""
        layer = unpack(find("layer"), self.folder, "layer")
        return measure_inside(self.tree, module, environment=self.environment, layer=layer)

    def time(self, module: str) -> Measured:
        """What a module finds out before endpoints that answer at once."""
        with behind_echoes(self.folder, self.environment) as environment:
            yield from measure_inside(self.tree, module, environment=environment)


PARTS: tuple[tuple[tuple[str, ...], Callable[[Ground], Measured]], ...] = (
    (("bundle",), lambda ground: iter([("bundle.zip_mb", ground.code.stat().st_size / 1e6)])),
    (("coldstart",), lambda ground: coldstart.measure(ground.tree, ground.environment)),
    (("callback",), lambda ground: ground.time("callback")),
    (("login", "jump", "lookup", "first_link", "join", "contested", "arrange"), lambda ground: ground.count("people")),
    (("link",), lambda ground: ground.time("links")),
    (("touch",), lambda ground: ground.time("touches")),
    (("attribution",), lambda ground: ground.time("attributing")),
    (("message", "broadcast"), lambda ground: ground.time("messages")),
    (("webhook",), lambda ground: ground.time("webhooks")),
    (("ingest",), lambda ground: ground.time("records")),
    (("compact", "query"), lambda ground: ground.ask("questions")),
    (("rules",), lambda ground: measure_inside(ground.tree, "matching", environment={})),
    (("sandbox",), lambda ground: emulator.measure(ground.folder)),
    (("visible",), lambda ground: visible.measure(ground.desk)),
    (("due",), lambda ground: lateness.measure(ground.desk)),
)
"""The first words of the figures that are measured together, and how."""


def main(arguments: list[str]) -> int:
    """Measure what was asked for and print it. A figure over its budget is told, and is no failure: other programs may be at work."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="The figures of docs/benchmarks.md.")
    parser.add_argument("--only", default="", metavar="PREFIX", help="the figures whose names begin so: callback, lookup.rru …")
    prefix = parser.parse_args(arguments).only
    if not any(name.startswith(prefix) for name in FIGURES):
        parser.error(f"no figure begins with {prefix}: there are {', '.join(FIGURES)}")
    began = time.monotonic()
    for name, value in _measure(prefix):
        figure = FIGURES[name]
        print(line(figure, value), flush=True)
        if not is_kept(figure, value):
            _note(f"{name} misses its budget: {figure.bound} {figure.budget:g} {figure.unit}")
    _note(f"{time.monotonic() - began:.0f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


def _measure(prefix: str) -> Measured:
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-") as folder, ExitStack() as held:
        ground = Ground(Path(folder), held)
        for first_words, measure in PARTS:
            if any(name.startswith(prefix) and name.split(".")[0] in first_words for name in FIGURES):
                yield from ((name, value) for name, value in measure(ground) if name.startswith(prefix))


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
