"""The CloudFormation template: what Chalice makes of app.py, merged with `.chalice/resources.json`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from desk.settings import BUILD, REGION, ROOT, STAGE
from desk.trouble import Trouble

SOURCES = ("app.py", "chalicelib", ".chalice", "policies")
WORKERS = 2
"""So many at once take from one queue of a desk. Each is a process of its own, for which MiniStack unpacks our own code again."""


def make_template(stage: str, *, code: Path | None, layer: Path | None = None, libraries: Path | None = None) -> Path:
    """Write `build/<stage>/template.json`, pinned to its stage and, when there are some, to its code, its layer and where the
    functions find libraries that are not in their code."""
    template = read_template(stage, ROOT)
    parameters = template["Parameters"]
    parameters["Stage"] |= {"Default": stage, "AllowedValues": [stage]}
    if code is not None:
        parameters["CodeKey"]["Default"] = f"liandong/{code.name}"
    if layer is not None:
        parameters["LayerKey"]["Default"] = f"liandong/{layer.name}"
    if libraries is not None:
        template["Globals"]["Function"]["Environment"]["Variables"]["PYTHONPATH"] = str(libraries)
    if stage == STAGE:
        _keep_workers_few(template)
    path = BUILD / stage / "template.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(template, indent=1, sort_keys=True) + "\n")
    return path


def _keep_workers_few(template: dict[str, Any]) -> None:
    for resource in template["Resources"].values():
        for source in resource.get("Properties", {}).get("Events", {}).values():
            scaling = source.get("Properties", {}).get("ScalingConfig", {})
            if "MaximumConcurrency" in scaling:
                scaling["MaximumConcurrency"] = min(WORKERS, scaling["MaximumConcurrency"])


def read_template(stage: str, root: Path) -> dict[str, Any]:
    """What `chalice package` makes of the sources beneath `root`. It is run on a copy without requirements: the libraries are
    fetched by `desk/bundle.py`, once and not for every change of the code."""
    with tempfile.TemporaryDirectory() as folder:
        for name in SOURCES:
            source, target = root / name, Path(folder) / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "deployments"))
            else:
                shutil.copy(source, target)
        (Path(folder) / "requirements.txt").touch()
        done = subprocess.run(
            [Path(sys.executable).with_name("chalice"), "package", "--stage", stage, "--merge-template", ".chalice/resources.json", "out"],
            cwd=folder,
            env={**os.environ, "AWS_DEFAULT_REGION": REGION},  # Chalice asks for a region; the template is the same for all
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr or done.stdout).strip().rpartition("\n")[2]
            raise Trouble(f"Chalice could not make the template of stage {stage}: {last}")
        template: dict[str, Any] = json.loads((Path(folder) / "out" / "sam.json").read_text())
        return template
