"""Scenes of codes: what they may be, and what they say. Pure."""

from __future__ import annotations

import re

from chalicelib.entries.rules.registry import CODE, CODE_LETTERS
from chalicelib.entries.words import Entry
from chalicelib.entries.words.codes import CodeKind, CodeOrder
from chalicelib.errors import Invalid

SCENE = re.compile(rf"e_(?P<entry>{CODE.pattern})(_(?P<row>[{CODE_LETTERS}]{{10}}))?")
ROW_BYTES = 7
MINI_PROGRAM_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
"""What WeChat takes: https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html"""
FOLLOW_SCENE_LIMIT = 64
OF_ACCOUNTS = frozenset({CodeKind.follow, CodeKind.follow_for_good})


def write_row(raw: bytes) -> str:
    """Ten characters that tell one set of parameters from another, and that nobody guesses."""
    number = int.from_bytes(raw[:ROW_BYTES], "big")
    return "".join(CODE_LETTERS[(number >> shift) & 31] for shift in range(45, -1, -5))


def write_scene(entry: Entry, row: str) -> str:
    """What a code says when it is scanned: its entry, and the row of its parameters."""
    return f"e_{entry.id}_{row}" if row else f"e_{entry.id}"


def read_scene(scene: str) -> tuple[str, str] | None:
    """The entry and the row that a scene of ours names."""
    match = SCENE.fullmatch(scene)
    return None if match is None else (match["entry"], match["row"] or "")


def check_order(order: CodeOrder) -> None:
    """`Invalid` for what a code of this kind would lose without a word: one with its path in it has no scene, others have no page."""
    if order.kind is CodeKind.mini_program_limited and order.parameters:
        raise Invalid("A code with its path in it has no scene for parameters: take the kind `mini_program` - at `$.parameters`.")
    if order.kind is not CodeKind.mini_program and order.page is not None:
        raise Invalid("Only codes of the kind `mini_program` open another page than their entry's - at `$.page`.")


def check_scene(kind: CodeKind, scene: str) -> None:
    """`Invalid` for a scene WeChat would refuse, or worse, cut without a word."""
    if kind in OF_ACCOUNTS:
        if not 1 <= len(scene) <= FOLLOW_SCENE_LIMIT:
            raise Invalid(f"A scene of an official account has 1 to {FOLLOW_SCENE_LIMIT} characters.")
    elif not MINI_PROGRAM_SCENE.fullmatch(scene) or "scancode_time" in scene:
        raise Invalid("A scene of a mini program has 1 to 32 characters of WeChat's alphabet.")
