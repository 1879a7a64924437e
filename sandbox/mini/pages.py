"""Paths and pages of mini programs: what may be in them, and which are released. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from sandbox.codes import WechatError
from sandbox.state import Account

ENVIRONMENTS = ("release", "trial", "develop")
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
_QUERY = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%`]*")


def page_of(path: str) -> str:
    """The page of a path: without leading slash and query."""
    return path.partition("?")[0].lstrip("/")


def query_of(path: str) -> str:
    return path.partition("?")[2]


def is_released(account: Account, page: str) -> bool:
    """Whether the released version has the page; the empty one is the home page."""
    return account.released and (not page or account.pages is None or page in account.pages)


def is_scene(scene: str) -> bool:
    """Whether a scene has only the characters WeChat takes; `%` is none of them."""
    return _SCENE.fullmatch(scene) is not None


def is_query(query: str) -> bool:
    return _QUERY.fullmatch(query) is not None


def check_environment(env_version: str, errcode: int) -> None:
    if env_version not in ENVIRONMENTS:
        raise WechatError(errcode)


def read_query(query: str) -> dict[str, str]:
    """The query as a page gets it, its values still percent-encoded where they were encoded twice."""
    return dict(parse_qsl(query, keep_blank_values=True))
