"""What the page is made of, and the pictures in its chats; nothing is served that is not in the folder or among the media."""

from __future__ import annotations

from pathlib import Path

from flask import Response

from sandbox import media
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
LARGEST_PICTURE = 2 * 1024 * 1024


def serve(name: str) -> Response:
    """A file of the page."""
    path = next((one for one in FOLDER.iterdir() if one.name == name and one.suffix in TYPES), None)
    if path is None:
        raise ControlError(404, "the page has no such file")
    return guard(Response(path.read_bytes(), content_type=TYPES[path.suffix]))


def serve_picture(sandbox: Sandbox, media_id: str) -> Response:
    """A picture that lies in WeChat's temporary media; for anything else a drawn one."""
    found = sandbox.state.media.get(media_id)
    if found is None or found.content_type not in PICTURES or not _looks_like_picture(found.content):
        return serve("picture.svg")
    return guard(Response(found.content, content_type=found.content_type))


def keep_picture(sandbox: Sandbox, appid: str, content: bytes, content_type: str) -> str:
    """The media id of a picture that a person is about to send."""
    if content_type not in PICTURES or not _looks_like_picture(content):
        raise ControlError(400, "a picture is a PNG, JPEG, GIF or WebP")
    if len(content) > LARGEST_PICTURE:
        raise ControlError(413, f"a picture has at most {LARGEST_PICTURE} bytes")
    ending = content_type.partition("/")[2]
    return media.keep(sandbox, appid=appid, kind="image", filename=f"photo.{ending}", content_type=content_type, content=content)


def _looks_like_picture(content: bytes) -> bool:
    return content.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF"))


def guard(response: Response) -> Response:
    """Nothing from elsewhere, nothing in frames, nothing guessed, nothing old."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-cache"
    return response
