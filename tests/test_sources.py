"""The page on connecting a source is true: its snippets are run as they stand, against a house on loopback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.house import House, open_house
from tests.hub.source import Bringer
from tests.loopback import served

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
SDK = "exports.DYNAMIC_CURRENT_ENV = ''; exports.init = () => {}; exports.getWXContext = () => ({OPENID: 'o_openid_of_somebody_001'})\n"
ORDER = '{number: "C-1", revision: 1, created_at: new Date().toISOString(), status: "paid", amount: "¥9.90"}'
CALL = f"\nexports.main({{order: {ORDER}}}).then((verdict) => console.log(verdict))\n"


class Desk:
    """Where a reader of the page sits: a folder, the address, the key."""

    def __init__(self, hub: Bringer, address: str, folder: Path) -> None:
        self.hub, self.folder = hub, folder
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "URL": address, "KEY": hub.key, "PYTHONPATH": str(ROOT), "NODE_PATH": str(folder)}

    def run(self, *command: str, given: str = "") -> str:
        done = subprocess.run(
            command, input=given, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_house() as house:
        hub = Bringer(house)
        house.clock.moment = datetime.now(UTC)  # the snippets say when things happened by the clock of whoever runs them
        with served(house) as address:
            yield Desk(hub, address, tmp_path_factory.mktemp("desk"))


def snippet(heading: str, language: str, number: int = 0) -> str:
    """A fenced block below a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return found[number]


def orders_of(house: House, key: str, kind: str, value: str) -> dict[str, Any]:
    _, person = house.call("POST", "/v1/people/lookup", {"type": kind, "value": value}, key=key)
    _, page = house.call("GET", f"/v1/people/{person['id']}/records?type=order", key=key)
    return {record["id"]: record["data"] for record in page["records"]}


def test_every_snippet_is_run_by_one_of_these_tests() -> None:
    languages = re.findall(r"^```(\w+)$", PAGE, re.MULTILINE)

    assert {language: languages.count(language) for language in languages} == {"text": 1, "sh": 6, "python": 1, "js": 1}


def test_the_first_record_comes_by_curl(desk: Desk) -> None:
    told = desk.run("bash", "-euo", "pipefail", given=snippet("The first record", "sh"))

    assert '"stored":1' in told
    assert orders_of(desk.hub.house, desk.hub.key, "phone", "13912345678")["T-1001"]["total_fen"] == 120050


def test_python_needs_nothing_but_its_library_and_tells_what_was_not_stored(desk: Desk) -> None:
    script = snippet("From Python", "python")

    told = desk.run(sys.executable, "-I", "-", given=script)

    assert told.strip() == "E-5001 quarantined [('/状态', 'unknown_value')]"
    _, person = desk.hub.house.call("POST", "/v1/people/lookup", {"type": "member_no", "value": "M77"}, key=desk.hub.key)
    assert {each["type"] for each in person["identifiers"]} == {"member_no", "phone"}


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not there")
def test_a_cloud_function_brings_the_order_of_whoever_calls_it(desk: Desk) -> None:
    (desk.folder / "wx-server-sdk.js").write_text(SDK, encoding="utf-8")
    (desk.folder / "index.js").write_text(snippet("From a cloud function", "js") + CALL, encoding="utf-8")

    told = desk.run("node", "index.js")
    _, person = desk.hub.house.call(
        "POST", "/v1/people/lookup", {"type": "openid", "account": "demo.mini", "value": "o_openid_of_somebody_001"}, key=desk.hub.key
    )
    _, page = desk.hub.house.call("GET", f"/v1/people/{person['id']}/records", key=desk.hub.key)

    assert told.strip() == "accepted"
    assert [(each["id"], each["data"]["total_fen"], each["source"]) for each in page["records"]] == [("C-1", 990, "mini-shop")]


def test_a_word_is_tried_out_and_taught(desk: Desk) -> None:
    order = desk.hub.order(data={"状态": "部分发货"})
    desk.hub.bring(order)

    told = desk.run("bash", "-euo", "pipefail", given=snippet("Teaching the dictionary", "sh"))

    rehearsal, published = told.splitlines()
    assert re.search(r'"through":[1-9]', rehearsal)
    assert '"live":true' in published


def test_csv_files_are_imported_orders_and_leads(desk: Desk) -> None:
    orders = desk.run("bash", "-euo", "pipefail", given=snippet("CSV files", "sh", 0))
    desk.environment |= {"LIANDONG_URL": desk.environment["URL"], "LIANDONG_KEY": desk.hub.key}
    desk.run("bash", "-euo", "pipefail", given=snippet("CSV files", "sh", 1))
    leads = desk.run("bash", "-euo", "pipefail", given=snippet("CSV files", "sh", 2))

    assert '"accepted": 2' in orders
    assert '"stored": 2' in orders
    assert '"stored": 1' in leads
    kept = orders_of(desk.hub.house, desk.hub.key, "phone", "13912345679")["S-9002"]
    assert kept == {"state": 1, "total_fen": 5800, "created_at": "2025-11-18T12:17:30Z"}


def test_what_came_is_told_by_source(desk: Desk) -> None:
    told = desk.run("bash", "-euo", "pipefail", given=snippet("Is all of it there?", "sh"))

    assert '"sources"' in told
