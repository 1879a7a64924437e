from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.sandbox.stage import SHOP, Stage

UPLOAD = "/cgi-bin/media/upload"


def upload(stage: Stage, kind: str, content: bytes, *, field: str = "media") -> Any:
    file = FileStorage(BytesIO(content), filename="file.bin", content_type="image/png")
    boundary, body = encode_multipart({field: file})
    return stage.client.post(
        UPLOAD,
        query_string={"access_token": stage.token(), "type": kind},
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    ).get_json(force=True)


def test_an_uploaded_file_comes_back_byte_for_byte(stage: Stage) -> None:
    media_id = upload(stage, "image", b"\x89PNG\r\n\x00\xff")["media_id"]

    response = stage.call("GET", "/cgi-bin/media/get", access_token=stage.token(), media_id=media_id)

    assert response.data == b"\x89PNG\r\n\x00\xff"
    assert response.content_type == "image/png"
    assert "file.bin" in response.headers["Content-Disposition"]


def test_a_file_lives_three_days(stage: Stage) -> None:
    media_id = upload(stage, "image", b"x")["media_id"]

    stage.clock += 3 * 86_400

    assert stage.get("/cgi-bin/media/get", access_token=stage.token(), media_id=media_id)["errcode"] == 40007


def test_a_file_is_of_its_account(stage: Stage) -> None:
    media_id = upload(stage, "image", b"x")["media_id"]

    assert stage.get("/cgi-bin/media/get", access_token=stage.token(SHOP), media_id=media_id)["errcode"] == 40007


def test_a_video_comes_as_an_address(stage: Stage) -> None:
    media_id = upload(stage, "video", b"x")["media_id"]

    assert media_id in stage.get("/cgi-bin/media/get", access_token=stage.token(), media_id=media_id)["video_url"]


def test_the_key_of_a_thumb_is_a_setting(stage: Stage) -> None:
    usual = upload(stage, "thumb", b"x")
    stage.change(thumb_upload_key="media_id")

    assert "thumb_media_id" in usual
    assert "media_id" in upload(stage, "thumb", b"x")


@pytest.mark.parametrize(
    ("kind", "size", "errcode"),
    [("image", 10_485_761, 40009), ("voice", 2_097_153, 40010), ("video", 10_485_761, 40011), ("thumb", 65_537, 40012)],
)
def test_a_file_too_large_has_the_code_of_its_kind(stage: Stage, kind: str, size: int, errcode: int) -> None:
    assert upload(stage, kind, b"x" * size)["errcode"] == errcode


def test_a_wrong_upload_has_its_code(stage: Stage) -> None:
    assert upload(stage, "poem", b"x")["errcode"] == 40004
    assert upload(stage, "image", b"")["errcode"] == 44001
    assert upload(stage, "image", b"x", field="file")["errcode"] == 41005
    assert stage.call("POST", UPLOAD, access_token=stage.token(), type="image").get_json(force=True)["errcode"] == 41005


def test_a_fetch_without_media_id_is_41006(stage: Stage) -> None:
    assert stage.get("/cgi-bin/media/get", access_token=stage.token())["errcode"] == 41006
