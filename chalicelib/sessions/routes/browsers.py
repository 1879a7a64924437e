"""Browsers led from one address to another, and known again by a secret of their own."""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie

from chalice.app import Request, Response

from chalicelib import edge

COOKIE = "ld_browser"
COOKIES = (f"__Host-{COOKIE}", COOKIE)
"""Over TLS the name keeps every other host from setting it."""
SECRET = re.compile(r"[0-9a-f]{64}")


def lead(address: str, headers: dict[str, str] | None = None) -> Response:
    """Send a browser on; the next page does not hear where from, and nobody keeps the way."""
    return Response(
        "", status_code=302, headers={"Location": address, "Referrer-Policy": "no-referrer", **edge.NO_STORE, **(headers or {})}
    )


def read_secret(request: Request) -> str:
    """The secret this browser was given, or nothing; what has not the form of one of ours is none."""
    try:
        cookies = SimpleCookie(str(request.headers.get("cookie", "")))
    except CookieError:
        return ""
    given = next((cookies[name].value for name in COOKIES if name in cookies), "")
    return given if SECRET.fullmatch(given) else ""


def keep_secret(secret: str, *, secure: bool, for_s: int) -> str:
    """A Set-Cookie: sent with WeChat's redirect and by our own pages, and with nothing that another page begins."""
    name, end = (COOKIES[0], "; Secure") if secure else (COOKIE, "")
    return f"{name}={secret}; Path=/; Max-Age={for_s}; HttpOnly; SameSite=Lax{end}"
