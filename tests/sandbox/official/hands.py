"""Hands for the tests of official accounts: calls with HOUSE's token, followers, files, the pushes that went out."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from tests.sandbox.stage import HOUSE, Stage

OK = {"errcode": 0, "errmsg": "ok"}


def post(stage: Stage, path: str, body: Any = None) -> Any:
    """A POST of HOUSE; the path as WeChat writes it."""
    return stage.post(path, {} if body is None else body, access_token=stage.token())


def get(stage: Stage, path: str, **query: str) -> Any:
    return stage.get(path, access_token=stage.token(), **query)


def codes(answers: list[Any]) -> list[int]:
    return [answer.get("errcode", 0) for answer in answers]


def follower(stage: Stage, **fields: Any) -> str:
    """A new person who follows HOUSE; followers come a second apart."""
    user = stage.make_user(**fields)
    stage.act(user, "follow")
    stage.clock += 1
    return user


def keep(
    stage: Stage, kind: str = "image", *, content: bytes = b"a picture", content_type: str = "image/png", description: str = ""
) -> Any:
    """Upload a permanent file."""
    path = "/cgi-bin/material/add_material"
    return upload(stage, path, content=content, content_type=content_type, description=description, type=kind)


def upload(stage: Stage, path: str, *, content: bytes, content_type: str, description: str = "", **query: str) -> Any:
    """One file as multipart, written by hand: the test client keeps large ones in files it never closes."""
    head = f'--b\r\nContent-Disposition: form-data; name="media"; filename="picture.png"\r\nContent-Type: {content_type}\r\n\r\n'
    end = "\r\n--b--\r\n"
    if description:
        end = f'\r\n--b\r\nContent-Disposition: form-data; name="description"\r\n\r\n{description}{end}'
    response = stage.client.post(
        path,
        query_string={"access_token": stage.token(), **query},
        data=head.encode() + content + end.encode(),
        content_type="multipart/form-data; boundary=b",
    )
    return response.get_json(force=True)


def draft(stage: Stage, *titles: str) -> str:
    """A draft of articles with these titles."""
    cover = keep(stage, "thumb")["media_id"]
    articles = [{"title": title, "content": f"<p>{title}</p>", "thumb_media_id": cover} for title in titles or ("News",)]
    return str(post(stage, "/cgi-bin/draft/add", {"articles": articles})["media_id"])


def pushed(stage: Stage) -> list[dict[str, Any]]:
    """The pushes that went to HOUSE's callback, oldest first, also those that waited."""
    stage.control("POST", "/pushes/deliver", {"all": True})
    return [_read(ElementTree.fromstring(request.body)) for request in stage.transport.requests]


def _read(element: ElementTree.Element) -> dict[str, Any]:
    return {child.tag: _read(child) if len(child) else child.text or "" for child in element}


def events(stage: Stage, name: str) -> list[dict[str, Any]]:
    """The pushes of one event without the head all events have."""
    head = ("ToUserName", "CreateTime", "MsgType", "Event")
    return [{key: value for key, value in one.items() if key not in head} for one in pushed(stage) if one.get("Event") == name]


def allow(stage: Stage, template_id: str = "TM1", content: str = "{{thing1.DATA}} at {{time2.DATA}}") -> None:
    """Give HOUSE a template of template messages."""
    body = {"template_id": template_id, "title": "Order", "content": content}
    stage.control("POST", f"/accounts/{HOUSE}/message-templates", body)
