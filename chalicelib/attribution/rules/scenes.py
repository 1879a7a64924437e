"""WeChat's scene values: by what a mini program was opened. Pure, but for reading its own table once.

https://developers.weixin.qq.com/miniprogram/dev/reference/scene-list.html
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path

from chalicelib.attribution.words import Scene

UNKNOWN = "unknown"


def scene_of(value: int) -> Scene:
    """What a scene value stands for. WeChat adds some every year: one that is not in the table is unknown, and no error."""
    return read_scenes().get(value) or Scene(value=value, carrier=UNKNOWN, placement=UNKNOWN)


@functools.cache
def read_scenes() -> dict[int, Scene]:
    """The table, by value."""
    with (Path(__file__).parent / "scenes.csv").open(encoding="utf-8", newline="") as file:
        return {int(row["scene"]): _scene(row) for row in csv.DictReader(file)}


def _scene(row: dict[str, str]) -> Scene:
    return Scene(
        value=int(row["scene"]),
        carrier=row["carrier"],
        placement=row["placement"],
        referrer=row["referrer"] == "yes",
        machine=row["machine"] == "yes",
        name=row["name"],
    )
