"""The package of production, unpacked in a folder of its own, and programs run in it with nothing else to import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "build" / "prod"
INSIDE = """
import json, sys; sys.path[:] = [sys.argv[1], *sys.path, sys.argv[2], *sys.argv[4:]]
import app, importlib
assert app.__file__.startswith(sys.argv[1]), "this is not the package's app"
for figure, value in importlib.import_module("bench.inside." + sys.argv[3]).measure(): print(json.dumps([figure, value]), flush=True)
"""


def find(name: str = "liandong") -> Path:
    """The one package of production, or its layer; `make package` makes them."""
    found = list(BUILT.glob(f"{name}-*.zip"))
    if len(found) != 1:
        raise SystemExit("There is no package in build/prod: run `make package`.")
    return found[0]


def unpack(code: Path, folder: Path, name: str = "package") -> Path:
    """The tree Lambda sees, in a new folder."""
    tree = folder / name
    with zipfile.ZipFile(code) as archive:
        archive.extractall(tree)
    return tree


def run(tree: Path, program: str, *arguments: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """A fresh Python that sees the package alone. What it says for people comes through; its standard output is ours."""
    command = [sys.executable, "-I", "-S", "-c", program, str(tree), *arguments]
    return subprocess.Popen(command, cwd=tree, env=clean(environment), stdout=subprocess.PIPE, text=True)


def measure_inside(tree: Path, module: str, *, environment: Mapping[str, str], layer: Path | None = None) -> Iterator[tuple[str, Any]]:
    """What a module of `bench.inside` measures, as it comes; with a layer's libraries where the function has them."""
    libraries = [] if layer is None else [str(layer / "python")]
    with run(tree, INSIDE, str(ROOT), module, *libraries, environment=environment) as running:
        assert running.stdout is not None
        for line in running.stdout:
            figure, value = json.loads(line)
            yield figure, value
    if running.returncode:
        raise SystemExit(f"Measuring {module} failed: the message above says why.")


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the person's own AWS settings, and no way out through a proxy."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TZ") if name in os.environ}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**kept, **nowhere, "STAGE": "local", "AWS_DEFAULT_REGION": "us-east-1", **environment}
