from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.official.hands import OK, codes, follower, get, keep, post, upload
from tests.sandbox.stage import Stage


def upload_picture(stage: Stage, content: bytes = b"x", content_type: str = "image/png") -> Any:
    return upload(stage, "/cgi-bin/media/uploadimg", content=content, content_type=content_type)


def fetch(stage: Stage, media_id: str) -> Any:
    return stage.call("POST", "/cgi-bin/material/get_material", {"media_id": media_id}, access_token=stage.token())


def test_a_picture_has_an_address_and_stays(stage: Stage) -> None:
    kept = keep(stage)
    stage.clock += 400 * 86_400

    file = fetch(stage, kept["media_id"])

    assert list(kept) == ["media_id", "url"]
    assert (file.data, file.content_type) == (b"a picture", "image/png")


def test_a_video_comes_with_words(stage: Stage) -> None:
    words = json.dumps({"title": "Film", "introduction": "Long"})
    kept = keep(stage, "video", content_type="video/mp4", description=words)

    told = fetch(stage, kept["media_id"]).get_json(force=True)

    assert list(kept) == ["media_id"]
    assert (told["title"], told["description"], list(told)) == ("Film", "Long", ["title", "description", "down_url"])


@pytest.mark.parametrize(
    ("kind", "content", "description", "errcode"),
    [
        ("dance", b"x", "", 40004),
        ("image", b"", "", 44001),
        ("thumb", b"x" * 65_537, "", 40012),
        ("voice", b"x" * 2_097_153, "", 40010),
        ("video", b"x", "", 47001),
        ("video", b"x", "{}", 40035),
    ],
)
def test_what_cannot_be_kept_has_its_code(stage: Stage, kind: str, content: bytes, description: str, errcode: int) -> None:
    assert keep(stage, kind, content=content, description=description)["errcode"] == errcode


def test_without_a_file_it_is_41005(stage: Stage) -> None:
    assert (
        stage.client.post(f"/cgi-bin/material/add_material?type=image&access_token={stage.token()}").get_json(force=True)["errcode"]
        == 41005
    )


def test_files_are_counted_and_listed_newest_first(stage: Stage) -> None:
    first, second = keep(stage), keep(stage)
    keep(stage, "voice")

    counted = get(stage, "/cgi-bin/material/get_materialcount")
    told = post(stage, "/cgi-bin/material/batchget_material", {"type": "image", "offset": 0, "count": 1})

    item = {"media_id": second["media_id"], "name": "picture.png", "update_time": int(stage.clock), "url": second["url"]}
    assert counted == {"voice_count": 1, "video_count": 0, "image_count": 2, "news_count": 0}
    assert told == {"total_count": 2, "item_count": 1, "item": [item]}
    assert first["media_id"] != second["media_id"]


@pytest.mark.parametrize(("body", "errcode"), [({"type": "dance"}, 40004), ({"type": "image", "count": 21}, 40035), ({"type": "news"}, 0)])
def test_pages_that_cannot_be(stage: Stage, body: Any, errcode: int) -> None:
    assert codes([post(stage, "/cgi-bin/material/batchget_material", body)]) == [errcode]


def test_a_file_goes_unless_a_menu_uses_it(stage: Stage) -> None:
    used, free = keep(stage)["media_id"], keep(stage)["media_id"]
    post(stage, "/cgi-bin/menu/create", {"button": [{"type": "media_id", "name": "Pic", "media_id": used}]})

    answers = [post(stage, "/cgi-bin/material/del_material", {"media_id": one}) for one in (used, free, free)]

    assert answers[1] == OK
    assert codes(answers) == [48005, 0, 40007]


def test_permanent_files_can_be_sent_and_a_menu_item_shows_them(stage: Stage) -> None:
    user, media_id = follower(stage), keep(stage)["media_id"]
    post(stage, "/cgi-bin/menu/create", {"button": [{"type": "media_id", "name": "Pic", "media_id": media_id}]})

    sent = stage.write_to(user, msgtype="image", image={"media_id": media_id})
    tapped = stage.act(user, "tap", name="Pic")

    assert sent == OK
    assert (tapped["opens"], tapped["pushes"]) == ({"media_id": media_id}, [])
    assert stage.received(user)[-1]["via"] == "menu"


def test_pictures_for_texts_are_png_or_jpeg_below_a_megabyte(stage: Stage) -> None:
    good = upload_picture(stage)

    bad = [upload_picture(stage, content_type="image/gif"), upload_picture(stage, b"x" * 1_048_577), upload_picture(stage, b"")]

    assert list(good) == ["url"]
    assert good["url"].startswith("http://mmbiz.qpic.cn/")
    assert codes(bad) == [40005, 40009, 44001]
