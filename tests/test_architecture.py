"""The house keeps its shape: arrows point down, every library has a home, every function a policy."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import rooms
from desk.bundle import is_whole, make_bundle, make_libraries
from desk.template import make_template

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "chalicelib"
FLOORS = {
    "staff": 1,
    "accounts": 2,
    "documents": 2,
    "experiments": 3,
    "identity": 3,
    "lint": 3,
    "sessions": 4,
    "templates": 4,
    "consent": 5,
    "hub": 6,
    "archive": 7,
    "pulls": 7,
    "entries": 8,
    "attribution": 9,
    "guidance": 9,
    "offers": 9,
    "menus": 9,
    "replies": 9,
    "messaging": 10,
    "broadcasts": 11,
    "inbox": 11,
    "triggers": 11,
    "webhooks": 12,
}
TOP = {"wiring", "openapi", "rooms"}
"""They know every room; only app.py knows them."""
FILES = {"__init__.py", "routes.py", "flows.py", "rules.py", "tables.py", "words.py", "callers.py"}
HOMES = {
    "chalice": r"app\.py|chalicelib/(errors|edge|rooms)\.py|chalicelib/\w+/(routes(/\w+)?|callers)\.py",
    "pynamodb": r"chalicelib/aws/(tables|due)\.py|chalicelib/\w+/tables(/\w+)?\.py",
    "boto3": r"chalicelib/aws/\w+\.py",
    "botocore": r"chalicelib/aws/\w+\.py",
    "wechatpy": r"chalicelib/wechat/gateway\.py",
    "requests": r"chalicelib/wechat/gateway\.py|chalicelib/providers/\w+\.py",
    "urllib3": r"chalicelib/wechat/gateway\.py|chalicelib/providers/\w+\.py",
    "cryptography": r"chalicelib/aws/keyring\.py|chalicelib/wechat/crypto\.py",
    "duckdb": r"chalicelib/archive/tables/columns\.py",
    "itsdangerous": r"chalicelib/sessions/rules/tokens\.py",
    "segno": r"chalicelib/entries/rules/qr\.py",
    "standardwebhooks": r"chalicelib/webhooks/rules\.py",
    "re2": r"chalicelib/replies/rules/patterns\.py",
    "certifi": r"chalicelib/providers/\w+\.py",
}
EMPTY_WORDS = {"utils", "helpers", "common", "base", "manager", "service", "processor"}
MOST_LINES = 330
OURS = [path for path in [ROOT / "app.py", *HOUSE.rglob("*.py")] if "__pycache__" not in path.parts]
EVERYWHERE = [path for folder in ("chalicelib", "sandbox", "desk", "liandong", "bench") for path in (ROOT / folder).rglob("*.py")]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports_of(path: Path) -> Iterator[str]:
    """The absolute names of the modules a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)} imports relatively: absolute names can be searched for"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_at_load(path: Path) -> set[str]:
    """The top names of what a file imports when it is loaded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in lines if isinstance(node, ast.Import) for alias in node.names}
    return {name.split(".")[0] for name in names | {str(node.module) for node in lines if isinstance(node, ast.ImportFrom)}}


def floor_of(module: str) -> int:
    """The floor of a module of ours: rooms by the plan, everything shared on the ground."""
    parts = module.split(".")
    room = parts[1] if len(parts) > 1 else ""
    if room in TOP:
        return 99
    return FLOORS.get(room, 0)


@pytest.mark.parametrize("path", OURS, ids=relative)
def test_arrows_point_down(path: Path) -> None:
    module = relative(path).removesuffix(".py").replace("/", ".")
    room, floor = module.split(".")[1] if "." in module else "", floor_of(module) if path.name != "app.py" else 100

    wrong = [
        target
        for target in imports_of(path)
        if target.startswith("chalicelib.") and target.split(".")[1] != room and floor_of(target) >= max(floor, 1)
    ]

    assert wrong == []


@pytest.mark.parametrize("path", OURS, ids=relative)
def test_every_library_stays_in_its_home(path: Path) -> None:
    astray = [
        name
        for name in imports_of(path)
        for library in [name.split(".")[0]]
        if library in HOMES and not re.fullmatch(HOMES[library], relative(path))
    ]

    assert astray == []


def test_what_makes_a_cold_start_slow_is_imported_where_it_is_used() -> None:
    slow = {"boto3", "wechatpy", "requests", "re2"}

    loaded = {relative(path): imports_at_load(path) & slow for path in OURS}

    assert {path: names for path, names in loaded.items() if names} == {}


def test_rooms_hold_the_files_every_room_holds() -> None:
    strange = [
        relative(path)
        for room in FLOORS
        for path in (HOUSE / room).iterdir()
        if path.name != "__pycache__" and path.name not in FILES and not (path.is_dir() and f"{path.name}.py" in FILES)
    ]

    assert strange == []
    folders = {path.name for path in HOUSE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {*FLOORS, "aws", "providers", "wechat"}


@pytest.mark.parametrize("path", EVERYWHERE, ids=relative)
def test_files_say_their_job_have_a_name_and_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert path.stem not in EMPTY_WORDS
    assert path.name == "__init__.py" or ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= MOST_LINES, "one room or two?"


def test_the_sandbox_knows_nothing_of_us() -> None:
    known = {name.split(".")[0] for path in (ROOT / "sandbox").rglob("*.py") for name in imports_of(path)}

    assert known & {"app", "chalicelib", "desk", "liandong", "bench", "tests"} == set()


def test_our_code_knows_nothing_of_what_surrounds_it() -> None:
    known = {name.split(".")[0] for path in OURS for name in imports_of(path)}

    assert known & {"sandbox", "desk", "liandong", "bench", "tests"} == set()


def test_only_the_stage_and_whether_chalice_packages_are_read_from_the_environment_at_import() -> None:
    readers = sorted(relative(path) for path in OURS if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8")))
    at_import = [
        line
        for path in OURS
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\S.*os\.(environ|getenv)", line)
        and 'os.environ.get("STAGE", "local")' not in line
        and not line.startswith('if "AWS_CHALICE_CLI_MODE" in os.environ:')
    ]

    assert at_import == []
    assert readers == ["app.py", "chalicelib/aws/metrics.py", "chalicelib/aws/tables.py", "chalicelib/aws/wire.py", "chalicelib/wiring.py"]


def test_event_functions_live_in_app_py_alone() -> None:
    """Lambda loads the module an event function was written in: anywhere else app.py and its middleware would never run."""
    makers = re.compile(r"\.(on_sqs_message|schedule|on_dynamodb_record|on_sns_message|on_cw_event|lambda_function|authorizer)\(")

    found = [relative(path) for path in OURS if path.name != "app.py" and makers.search(path.read_text(encoding="utf-8"))]

    assert found == []


def test_doors_have_no_logic() -> None:
    tree = ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))

    long = {node.name: len(node.body) for node in tree.body if isinstance(node, ast.FunctionDef) and len(node.body) > 6}

    assert long == {}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """The template as it is deployed, with Chalice's part and ours merged."""
    merged: dict[str, Any] = json.loads(make_template("local", code=None).read_text())
    return merged


def functions_of(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == "AWS::Serverless::Function"}


def test_every_function_has_a_role_and_a_policy_of_its_own(template: dict[str, Any]) -> None:
    functions = functions_of(template)
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())

    roles = [json.dumps(properties["Role"]) for properties in functions.values()]
    policies = sorted(each["iam_policy_file"] for each in config["lambda_functions"].values())

    assert len(set(roles)) == len(roles) == len(policies)
    assert policies == sorted(f"../policies/{path.name}" for path in (ROOT / "policies").glob("*.json"))


def test_every_queue_and_stream_reports_partial_failures(template: dict[str, Any]) -> None:
    sources = {
        f"{name}.{event}": source["Properties"].get("FunctionResponseTypes")
        for name, properties in functions_of(template).items()
        for event, source in properties.get("Events", {}).items()
        if source["Type"] in {"SQS", "DynamoDB"}
    }

    assert len(sources) == 20
    assert set(map(str, sources.values())) == {"['ReportBatchItemFailures']"}


def test_every_queue_has_a_dead_letter_queue_and_waits_long_enough(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    timeouts = {
        source["Properties"]["Queue"]["Fn::Sub"].rsplit(":", 1)[-1].removeprefix("${"): properties["Timeout"]
        for properties in functions_of(template).values()
        for source in properties.get("Events", {}).values()
        if source["Type"] == "SQS"
    }
    queues = {
        name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::SQS::Queue" and not name.endswith("Dead")
    }

    assert len(queues) == len(timeouts) == 16
    assert all("RedrivePolicy" in properties for properties in queues.values())
    assert all(properties["VisibilityTimeout"] >= 6 * min(timeouts.values()) for properties in queues.values())


def test_tables_and_keys_survive_the_stack(template: dict[str, Any]) -> None:
    kept = [each for each in template["Resources"].values() if each["Type"] in {"AWS::DynamoDB::Table", "AWS::KMS::Key"}]

    assert len(kept) == 17
    assert {(each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in kept} == {("Retain", "Retain")}


@pytest.mark.skipif(not is_whole(), reason="the true package is made on Linux x86_64 alone")
def test_the_bundle_is_importable_alone() -> None:
    make_bundle("local", libraries=make_libraries())
    tree = ROOT / "build" / "bundle"
    others = "[place for place in sys.path if 'site-packages' not in place and 'dist-packages' not in place]"
    program = f"import sys; sys.path[:] = [*{others}, sys.argv[1]]; import app; print(app.describe_doors().body)"
    environ = {"PATH": os.environ["PATH"], "STAGE": "local", "AWS_DEFAULT_REGION": "us-east-1"}

    done = subprocess.run(
        [sys.executable, "-S", "-W", "error", "-c", program, str(tree)], capture_output=True, text=True, check=False, env=environ, cwd=tree
    )

    assert done.returncode == 0, done.stderr
    written = json.loads(done.stdout)["paths"]
    assert sum(len(operations) for operations in written.values()) == len(rooms.open_all())
    assert json.loads((tree / "chalicelib" / "openapi.json").read_text())["paths"] == written
