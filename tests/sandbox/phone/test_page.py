from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.phone.files import FOLDER
from tests.sandbox.stage import HOUSE, Stage

FILES = sorted(FOLDER.iterdir())
SCRIPTS = "\n".join(path.read_text() for path in FILES if path.suffix == ".js" and not path.name.endswith("words.js"))
WORDS = "\n".join(path.read_text() for path in FILES if path.name.endswith("words.js"))
ENTRIES = re.findall(r'^  (\w+): \["(.*?)", "(.*)"\],$', WORDS, re.MULTILINE)
MOST_LINES = 300
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def test_the_front_door_leads_to_the_phone(stage: Stage) -> None:
    answer = stage.client.get("/")

    assert (answer.status_code, answer.location) == (302, "/_sandbox/phone")


def test_the_page_lets_nothing_in_from_elsewhere(stage: Stage) -> None:
    answer = stage.client.get("/_sandbox/phone")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_files_outside_the_folder_are_not_served(stage: Stage) -> None:
    for name in ("doors.py", "..%2fdoors.py", "%2e%2e/doors.py", "nothing.js"):
        assert stage.client.get(f"/_sandbox/phone/static/{name}").status_code == 404


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_files_are_small_and_ask_nobody_else(path: Path) -> None:
    text = path.read_text()

    assert len(text.splitlines()) <= MOST_LINES
    assert set(re.findall(r"""["'`(]\s*((?:https?:)?//[\w.-]+\.\w{2,})""", text)) <= {"http://www.w3.org"}


def test_no_text_becomes_markup() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", SCRIPTS)
    assert not re.search(r"\son\w+=|style=|<style", (FOLDER / "index.html").read_text())


def test_every_word_is_there_in_both_languages() -> None:
    lines = re.findall(r"^  \w+: .+$", WORDS, re.MULTILINE)
    used = set(re.findall(r'\bt\("(\w+)"', SCRIPTS))

    assert len(ENTRIES) == len(lines)
    assert used - {key for key, _, _ in ENTRIES} == set()
    assert [key for key, chinese, english in ENTRIES if not chinese or not english] == []
    assert [key for key, chinese, english in ENTRIES if set(re.findall(r"{\w+}", chinese)) != set(re.findall(r"{\w+}", english))] == []


def test_no_words_lie_about_unused() -> None:
    built = ("allowed_", "ev_", "msg_", "kind_", "out_", "reminder_", "order_", "ways_", "poster")

    unused = [key for key, _, _ in ENTRIES if not key.startswith(built) and not key.endswith("Line") and f'"{key}"' not in SCRIPTS]

    assert unused == []


def test_a_picture_of_a_person_is_kept_and_shown(stage: Stage) -> None:
    kept = stage.client.post(f"/_sandbox/phone/pictures?appid={HOUSE}", data=PNG, content_type="image/png")

    shown = stage.client.get(f"/_sandbox/phone/media/{kept.get_json()['media_id']}")

    assert (shown.data, shown.mimetype) == (PNG, "image/png")
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]


def test_what_is_no_picture_is_not_kept(stage: Stage) -> None:
    for content, kind in ((b"<svg onload='x'/>", "image/svg+xml"), (b"<script>", "image/png"), (PNG, "text/html")):
        answer = stage.client.post(f"/_sandbox/phone/pictures?appid={HOUSE}", data=content, content_type=kind)
        assert answer.status_code == 400


def test_media_that_are_no_pictures_are_shown_as_a_drawn_one(stage: Stage) -> None:
    media_id = stage.upload(content=b"<script>alert(1)</script>")

    shown = stage.client.get(f"/_sandbox/phone/media/{media_id}")

    assert shown.mimetype == "image/svg+xml"
    assert b"script" not in shown.data
