"""The code as Lambda gets it: our own, Chalice's run-time files and the libraries, trimmed and compiled."""

from __future__ import annotations

import compileall
import fcntl
import hashlib
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import chalice
from chalice.deploy.packager import DependencyBuilder, MissingDependencyError
from chalice.utils import OSUtils

from desk.settings import BUILD, ROOT
from desk.trouble import Trouble

SERVICES = ("cloudwatch", "dynamodb", "kms", "lambda", "s3", "sns", "sqs", "ssm")
"""The AWS services our code calls: botocore's descriptions of the others are left out."""
UNUSED = ("bin", "boto3/data", "boto3/examples", "*.data", "**/__pycache__", "**/tests", "**/*.pyi", "**/examples-1.json")
REQUIREMENTS = ROOT / "requirements.txt"
LAYER_REQUIREMENTS = ROOT / "requirements-layer.txt"
RUNTIME = ("__init__.py", "app.py")
"""What Chalice needs of itself in Lambda."""
PROOF = """
import os, sys; sys.path[:0] = sys.argv[1].split(os.pathsep)
import app, chalicelib.openapi, boto3, cryptography.hazmat.primitives.ciphers.aead, itsdangerous, re2, wechatpy.client
chalicelib.openapi.WRITTEN.write_bytes(chalicelib.openapi.document(app.rooms.open_all()))
for service in sys.argv[2:]: boto3.client(service, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
"""
"""Imports what our code imports, early and late, writes down what all doors are, and has boto3 read every description that is left."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def is_whole() -> bool:
    """Whether the true package can be made and run here: the wheels are for Linux on x86_64. Elsewhere the local stack runs
    our code on the virtual environment's libraries."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


@contextmanager
def alone_in_build() -> Iterator[None]:
    """One command at a time in `build/`, which two stacks beside each other share; the second waits."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_bundle(stage: str, *, libraries: Path | None, apart: bool = False) -> Path:
    """Make the one zip file of `build/<stage>`; its name carries the hash of what is in it. The tree it holds stays at `build/bundle`.

    Libraries that stay apart, where the functions find them, are not in it; either way the code is proven upon them.
    """
    tree = BUILD / "bundle"
    shutil.rmtree(tree, ignore_errors=True)
    if libraries and not apart:
        shutil.copytree(libraries, tree)
    (tree / "chalice").mkdir(parents=True)
    for name in RUNTIME:
        shutil.copy(Path(chalice.__file__).with_name(name), tree / "chalice" / name)
    shutil.copy(ROOT / "app.py", tree)
    shutil.copytree(ROOT / "chalicelib", tree / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    for own in ("app.py", "chalice", "chalicelib"):
        _compile(tree / own)
    if libraries:
        _prove([tree, libraries] if apart else [tree])
    return _zip(tree, BUILD / stage, "liandong")


def make_layer(stage: str, *, whole: bool) -> Path:
    """Make the zip file of the layer that `compact` alone has; where the functions run on this machine's own libraries, it is empty."""
    tree = BUILD / "layer"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    if whole:
        shutil.copytree(_fetch(LAYER_REQUIREMENTS, "layer-libraries"), tree / "python")
    return _zip(tree, BUILD / stage, "layer")


def make_libraries() -> Path:
    """Fetch what requirements.txt pins, trim and compile it; made once for each content of the file and each Python."""
    return _fetch(REQUIREMENTS, "libraries")


def _fetch(requirements: Path, name: str) -> Path:
    done = BUILD / f"{name}-{fingerprint([requirements, Path(__file__)])}"
    if done.exists():
        return done
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        tree = Path(folder) / name
        tree.mkdir()
        abi = f"cp{sys.version_info.major}{sys.version_info.minor}"
        try:
            DependencyBuilder(OSUtils()).build_site_packages(abi, str(requirements), str(tree))
        except MissingDependencyError as error:
            names = ", ".join(sorted(package.identifier for package in error.missing))
            raise Trouble(
                f"No package for Lambda was found of {names}: check {requirements.name} and the way to the package index."
            ) from None
        _trim(tree)
        _compile(tree)
        for old in BUILD.glob(f"{name}-*"):
            shutil.rmtree(old)
        tree.rename(done)
    return done


def fingerprint(paths: Iterable[Path], *more: str) -> str:
    """A hash of the files, of every file in the folders, and of the Python that runs."""
    digest = hashlib.sha256(repr((sys.version_info[:2], more)).encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _trim(tree: Path) -> None:
    for pattern in UNUSED:
        for path in list(tree.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for folder in (tree / "botocore" / "data").glob("*/"):
        if folder.name not in SERVICES:
            shutil.rmtree(folder)


def _compile(path: Path) -> None:
    """Compile so that Python neither looks at the source nor at its time: Lambda's files never change."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compiler = compileall.compile_dir if path.is_dir() else compileall.compile_file
    if not compiler(path, quiet=2, force=True, stripdir=str(path.parent), invalidation_mode=mode):
        raise Trouble(f"{path.name} does not compile: `make check` says where.")


def _prove(path: Sequence[Path]) -> None:
    """Import the code from the bundle and from nothing else: a library that is missing here would be missing in Lambda."""
    command = [sys.executable, "-I", "-S", "-c", PROOF, os.pathsep.join(map(str, path)), *SERVICES]
    done = subprocess.run(command, cwd=path[0], capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise Trouble(f"The bundle cannot be imported ({last}): is every library in requirements.txt?")


def _zip(tree: Path, folder: Path, name: str) -> Path:
    """The same tree gives the same bytes: no times, no order of the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}-*.zip"):
        old.unlink()
    beside = folder / "code.new"
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(tree.rglob("*")):
            if file.is_file():
                entry = zipfile.ZipInfo(str(file.relative_to(tree)), EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (0o755 if file.suffix == ".so" else 0o644) << 16
                archive.writestr(entry, file.read_bytes())
    done = folder / f"{name}-{hashlib.sha256(beside.read_bytes()).hexdigest()[:16]}.zip"
    return beside.replace(done)
