"""What is written agrees with what is there: doors, codes, settings, alarms, targets, links."""

from __future__ import annotations

import functools
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app import rooms
from chalicelib import openapi
from chalicelib.config import ENVIRONMENT, Settings
from chalicelib.edge import Door
from chalicelib.errors import CODES
from chalicelib.staff.words import Scope
from desk.settings import ENVIRONMENT as PORTS
from desk.settings import Ports

DOORS = rooms.open_all()
ROOT = Path(__file__).parent.parent
API = (ROOT / "docs/api.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
RESOURCES = json.loads((ROOT / ".chalice/resources.json").read_text(encoding="utf-8"))["Resources"]
TARGET = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
OUR_PATH = re.compile(r"`((?:\.chalice|\.ci|bench|chalicelib|desk|docs|liandong|policies|sandbox|tests)/[\w./-]*)`")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
OF_A_MACHINE = re.compile(rf"{re.escape(str(ROOT))}|(?<![\w.$:/<])/(?:home|root|Users|tmp|mnt|opt)/\w")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def knock(door: Door) -> str:
    return f"{door.method} {door.path}"


@functools.cache
def without_blocks(page: str) -> str:
    return FENCED.sub("", page)


def section(page: str, heading: str) -> str:
    """The text below a heading, up to the next one of its level or above; nothing when there is no such heading."""
    level = heading.index(" ")
    found = re.search(rf"^{re.escape(heading)}$(.*?)(?=^#{{1,{level}}} |\Z)", without_blocks(page), re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def blocks(door: Door, language: str) -> list[str]:
    """The fenced blocks of one language in a door's section."""
    text = API.partition(f"\n### {knock(door)}\n")[2].partition("\n### ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def read_curl(example: str) -> tuple[str, str, str]:
    """Method, path and body of an example."""
    words = shlex.split(example.replace("\\\n", " "))
    body = words[words.index("-d") + 1] if "-d" in words else ""
    method = words[words.index("-X") + 1] if "-X" in words else "POST" if body else "GET"
    (url,) = [word for word in words if word.startswith("$URL")]
    return method, url.removeprefix("$URL").partition("?")[0], body


def alarms() -> list[str]:
    """Every alarm's name, without the stage's prefix."""
    found = [resource["Properties"] for resource in RESOURCES.values() if resource.get("Type") == "AWS::CloudWatch::Alarm"]
    return [properties["AlarmName"]["Fn::Sub"].removeprefix("liandong-${Stage}-") for properties in found]


def headings(page: str) -> list[tuple[str, str]]:
    return HEADING.findall(without_blocks(page))


@functools.cache
def anchors(page: str) -> set[str]:
    """The names GitHub gives a page's headings: https://github.com/gjtorikian/html-pipeline"""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for _, heading in headings(page)}


def faults_of_section(door: Door) -> list[str]:
    """What a door's section does not say of it."""
    text = section(API, f"### {knock(door)}")
    if not text:
        return [f"docs/api.md has no section ### {knock(door)}"]
    told = {f"`{word}`": f"`{word}`" in text for word in (*door.refusals, *([door.scope] if door.scope else []))}
    told |= {f"status {door.status}": str(door.status) in text or door.status == 200}
    return [f"{knock(door)} does not tell of {word}" for word, is_told in told.items() if not is_told]


def test_every_door_has_its_section_with_its_scope_and_its_refusals() -> None:
    assert [fault for door in DOORS for fault in faults_of_section(door)] == []


def test_every_door_has_its_row_in_the_list() -> None:
    rows = [(line.partition("](#")[0], line.split("|")[3].strip()) for line in API.splitlines() if line.startswith("| [`")]

    assert len({name for name, _ in rows}) == len(rows)
    assert [door for door in ((f"| [`{knock(door)}`", f"`{door.scope}`" if door.scope else "") for door in DOORS) if door not in rows] == []


def fault_of_example(door: Door) -> str:
    """Why a door's example does not fit it; nothing when it does."""
    examples = blocks(door, "sh")
    if len(examples) != 1:
        return f"{knock(door)} has {len(examples)} examples"
    method, path, body = read_curl(examples[0])
    try:
        decoded = msgspec.json.decode(body, type=door.takes) if door.takes else body
    except msgspec.MsgspecError as error:
        return f"{knock(door)} does not take {body}: {error}"
    if method != door.method or not re.fullmatch(re.sub(r"{\w+}", r"[\\w.-]+", door.path), path) or (door.takes and not decoded):
        return f"{knock(door)} is not what {method} {path} knocks at"
    return ""


def test_every_door_has_an_example_that_fits_it() -> None:
    faults = [fault_of_example(door) for door in DOORS if door.proof != "wechat"]

    assert list(filter(None, faults)) == []


def retold(door: Door, answer: str) -> Any:
    """An answer as its door would give it, or why it cannot be one of it."""
    try:
        return msgspec.json.decode(msgspec.json.encode(msgspec.json.decode(answer, type=door.gives)))
    except msgspec.MsgspecError as error:
        return str(error)


def test_every_answer_that_is_shown_is_one_of_its_door() -> None:
    shown = [(door, answer) for door in DOORS if door.gives for answer in blocks(door, "json")]

    strange = [(knock(door), retold(door, answer)) for door, answer in shown if retold(door, answer) != msgspec.json.decode(answer)]

    assert len(shown) > 100
    assert strange == []


def test_the_door_that_describes_the_others_is_described() -> None:
    assert section(API, "### GET /openapi.json")


def test_no_door_is_described_that_is_not_there() -> None:
    described = {heading for _, heading in headings(API) if re.match(r"(GET|POST|PUT|DELETE|PATCH) /", heading)}

    assert described - {knock(door) for door in DOORS} == {"GET /openapi.json"}


def test_every_code_is_listed_with_its_status_in_alphabetical_order() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", section(API, "## Codes"), re.MULTILINE)

    assert listed == [(code, str(openapi.status_of(code))) for code in sorted(CODES)]


def test_every_scope_is_explained() -> None:
    explained = section(API, "### Who calls")

    assert [scope.value for scope in Scope if f"`{scope.value}`" not in explained] == []


def test_every_setting_is_listed_with_its_default() -> None:
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    rows = [
        f"| `{variable}` | {'needed' if fields[name].required else f'`{fields[name].default}`'} |" for name, variable in ENVIRONMENT.items()
    ]

    assert set(fields) == set(ENVIRONMENT)
    assert [row for row in rows if row not in SETTINGS] == []


def test_every_port_of_the_desk_is_listed_with_its_default() -> None:
    rows = [f"| `{variable}` | `{getattr(Ports(), field)}` |" for field, variable in PORTS.items()]

    assert [row for row in rows if row not in SETTINGS] == []


def test_every_variable_of_our_own_commands_is_listed() -> None:
    code = [path.read_text(encoding="utf-8") for folder in ("desk", "liandong", "sandbox") for path in (ROOT / folder).rglob("*.py")]
    used = {name for text in code for name in re.findall(r"LIANDONG_[A-Z_]*[A-Z]", text)} - {"LIANDONG_PORT"}

    assert {name for name in used if f"| `{name}` |" not in SETTINGS} == set()


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_the_readme_lists_every_make_target_and_no_other(page: Path) -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))) - {"help"}
    text = page.read_text(encoding="utf-8")

    listed = set(re.findall(r"^\| `make ([a-z-]+)` \|", text, re.MULTILINE))

    assert listed == targets
    assert set(re.findall(r"\bmake ([a-z-]+)\b(?=`|$)", text, re.MULTILINE)) <= targets


def test_both_readmes_have_the_same_shape_and_the_same_commands() -> None:
    english, chinese = (page.read_text(encoding="utf-8") for page in READMES)

    def shape(page: str) -> list[int]:
        return [len(level) for level, _ in headings(page)]

    def commands(page: str) -> list[str]:
        lines = "\n".join(re.findall(r"```bash\n(.*?)```", page, re.DOTALL)).splitlines()
        return [re.sub(r"\s*#.*", "", line) for line in lines if not re.search("title|Ann|小安|Hours|营业时间", line)]

    assert shape(english) == shape(chinese)
    assert len(commands(english)) > 20
    assert commands(english) == commands(chinese)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lost = []
    for link in LINK.findall(without_blocks(text)):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            lost.append(link)

    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_of_ours_that_is_named_is_there(page: Path) -> None:
    named = OUR_PATH.findall(page.read_text(encoding="utf-8"))

    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_alarm_is_explained_and_no_other() -> None:
    rows = [line.split("|")[1] for line in section(OPERATIONS, "## Alarms").splitlines() if line.startswith("| `")]

    explained = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}

    assert explained == set(alarms())


def test_the_changelog_names_every_door() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert [door.path for door in DOORS if door.path not in changelog] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_folder_of_one_machine(page: Path) -> None:
    assert OF_A_MACHINE.findall(page.read_text(encoding="utf-8")) == []


def test_every_decision_is_numbered_and_says_context_choice_and_price() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))

    numbers = [int(path.name[:3]) for path in decisions]
    parts = [re.findall(r"^\*\*(\w+)\.\*\*", path.read_text(encoding="utf-8"), re.MULTILINE) for path in decisions]

    assert numbers == list(range(1, len(decisions) + 1))
    assert all(each == ["Context", "Choice", "Price"] for each in parts)


def test_the_version_is_the_one_the_readme_tells() -> None:
    assert all(openapi.VERSION in page.read_text(encoding="utf-8") for page in [*READMES, ROOT / "CHANGELOG.md"])


@pytest.mark.parametrize("subject", ["brand", "key", "dead-letters", "account", "rules", "inbox", "message"])
def test_every_command_in_the_docs_is_one_of_the_command_line(subject: str) -> None:
    told = {
        verb
        for page in PAGES
        for verb in re.findall(rf"(?:liandong|--stack <stack>) {subject} ([a-z-]+)", page.read_text(encoding="utf-8"))
    }
    helped = subprocess.run(
        [sys.executable, "-m", "liandong", subject, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert told
    assert {verb for verb in told if not re.search(rf"^ +{verb}\b", helped, re.MULTILINE)} == set()
