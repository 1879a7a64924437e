"""What goes to Lambda is complete, no larger than it has to be, and the same for the same sources."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from desk import bundle
from desk.settings import ROOT

PINS = dict(line.split("==") for line in (ROOT / "requirements.txt").read_text().splitlines() if line and not line.startswith("#"))
DESK_PINS = (ROOT / "requirements-dev.txt").read_text().splitlines()


def test_every_library_of_a_library_is_pinned() -> None:
    needed = {_plain(requirement.name) for name in PINS for requirement in _requirements(name)}

    assert needed <= {_plain(name) for name in PINS}


@pytest.mark.parametrize("name", sorted(PINS))
def test_what_is_tested_is_what_is_packaged(name: str) -> None:
    assert importlib.metadata.version(name) == PINS[name]


def test_everything_on_the_desk_is_pinned_to_one_version() -> None:
    loose = [line for line in DESK_PINS if line and not re.fullmatch(r"#.*|-r requirements(-layer)?\.txt|[\w.-]+==[\w.]+", line)]

    assert loose == []


def test_every_aws_service_that_is_called_is_packaged() -> None:
    sources = [path.read_text() for path in (ROOT / "chalicelib").rglob("*.py")]
    called = {name for source in sources for name in re.findall(r"""\bclient\(\s*["']([a-z0-9]+)["']""", source)}

    assert called
    assert called | {"dynamodb"} <= set(bundle.SERVICES)  # PynamoDB calls DynamoDB


def test_descriptions_of_other_services_are_left_out(tmp_path: Path) -> None:
    for file in (
        "botocore/data/sqs/1/service-2.json",
        "botocore/data/ec2/1/service-2.json",
        "botocore/data/endpoints.json",
        "boto3/data/ec2.json",
    ):
        _write(tmp_path / file)
    _write(tmp_path / "library" / "tests" / "test_it.py")
    _write(tmp_path / "library" / "it.py")

    bundle._trim(tmp_path)

    kept = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert kept == {"botocore/data/sqs/1/service-2.json", "botocore/data/endpoints.json", "library/it.py"}


def test_the_compiled_code_is_taken_without_a_look_at_the_source(tmp_path: Path) -> None:
    _write(tmp_path / "module.py", "value = 1\n")

    bundle._compile(tmp_path / "module.py")

    (compiled,) = (tmp_path / "__pycache__").glob("*.pyc")
    assert compiled.read_bytes()[4:8] == (1).to_bytes(4, "little")  # hash-based, not checked


def test_the_same_tree_gives_the_same_file_and_another_tree_another(tmp_path: Path) -> None:
    for tree, text in (("one", "a"), ("same", "a"), ("other", "b")):
        _write(tmp_path / tree / "b.py", text)
        _write(tmp_path / tree / "a.so", text)

    one, same, other = (bundle._zip(tmp_path / tree, tmp_path / "out" / tree, "liandong") for tree in ("one", "same", "other"))

    assert one.name == same.name
    assert one.read_bytes() == same.read_bytes()
    assert one.name != other.name


def test_files_in_the_package_can_be_read_by_the_function(tmp_path: Path) -> None:
    _write(tmp_path / "tree" / "a.py")
    (tmp_path / "tree" / "a.py").chmod(0o600)

    with zipfile.ZipFile(bundle._zip(tmp_path / "tree", tmp_path / "out", "liandong")) as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}

    assert modes == {"a.py": 0o644}


def test_a_changed_file_changes_the_fingerprint_and_a_compiled_one_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    _write(tmp_path / "room" / "flows.py", "one")
    before = bundle.fingerprint([tmp_path / "room"])
    _write(tmp_path / "room" / "__pycache__" / "flows.pyc", "compiled")
    compiled = bundle.fingerprint([tmp_path / "room"])
    _write(tmp_path / "room" / "flows.py", "two")

    after = bundle.fingerprint([tmp_path / "room"])

    assert compiled == before
    assert after != before
    assert bundle.fingerprint([tmp_path / "room"], "another port") != after


@pytest.mark.parametrize(
    ("system", "machine", "whole"), [("linux", "x86_64", True), ("linux", "aarch64", False), ("darwin", "arm64", False)]
)
def test_libraries_are_packaged_where_they_can_run(monkeypatch: pytest.MonkeyPatch, system: str, machine: str, whole: bool) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("platform.machine", lambda: machine)

    assert bundle.is_whole() is whole


def _requirements(name: str) -> list[Requirement]:
    found = [Requirement(line) for line in importlib.metadata.requires(name) or []]
    return [each for each in found if each.marker is None or each.marker.evaluate({"extra": ""})]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
