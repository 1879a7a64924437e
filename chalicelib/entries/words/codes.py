"""Words of codes: what is scanned, and what its scene stands for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.entries.words import AccountId, PagePath, Parameters, Target


class CodeKind(StrEnum):
    """What kind of code WeChat draws."""

    follow = "follow"
    """A parametric QR code of an official account, for up to 30 days."""
    follow_for_good = "follow_for_good"
    """One of the 100,000 of an account that never end."""
    mini_program = "mini_program"
    """A mini-program code with a scene: there may be any number of them."""
    mini_program_limited = "mini_program_limited"
    """One of the 100,000 of a mini program that have their path in them."""


class Version(StrEnum):
    """Which version of a mini program a code opens."""

    release = "release"
    trial = "trial"
    develop = "develop"


class CodeOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code to be drawn. `account`: whose, where the entry leads to another end; `parameters`: what stands behind its scene.

    `lives_s`: of a code that ends; `check_path`: whether WeChat looks for the page, of which unchecked there may be 60,000.
    """

    kind: CodeKind
    account: AccountId | None = None
    parameters: Parameters = {}
    lives_s: Annotated[int, msgspec.Meta(ge=60, le=2_592_000)] = 2_592_000
    width: Annotated[int, msgspec.Meta(ge=280, le=1280)] = 430
    version: Version = Version.release
    check_path: bool = True
    page: PagePath | None = None


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was drawn. `row`: tells those of one kind apart, empty for the one; `text`: what stands in one that we draw ourselves."""

    entry: str
    kind: CodeKind
    row: str
    account: str
    scene: str
    parameters: dict[str, str]
    text: str
    media_type: str
    made_at: datetime
    ends_at: datetime | None


class CodeShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A code. `image`: where its picture lies, for ten minutes; `used`, `most`: how many of those there are only so many of."""

    kind: CodeKind
    scene: str
    image: str
    url: str | None = None
    ends_at: datetime | None = None
    used: int | None = None
    most: int | None = None


class SceneShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a scene stands for: its entry, its parameters, the entry's UTM, and where the entry leads at this moment."""

    entry: str
    parameters: dict[str, str]
    utm: dict[str, str]
    leads_to: Target
