from __future__ import annotations

import struct
import zlib

import pytest
import segno

from sandbox import pictures

TEXT = "http://weixin.qq.com/q/02abcdefghijklmnop"


def read_png(content: bytes) -> list[str]:
    """The pixels of a picture as lines of 0 and 1; every checksum has to fit."""
    width, height = struct.unpack(">II", content[16:24])
    packed, place = b"", 8
    while place < len(content):
        size, name = struct.unpack(">I4s", content[place : place + 8])
        data = content[place + 8 : place + 8 + size]
        assert struct.unpack(">I", content[place + 8 + size : place + 12 + size])[0] == zlib.crc32(name + data)
        packed += data if name == b"IDAT" else b""
        place += 12 + size
    lines, size = zlib.decompress(packed), 1 + (width + 7) // 8
    assert len(lines) == size * height
    return ["".join(f"{byte:08b}" for byte in lines[at + 1 : at + size])[:width] for at in range(0, len(lines), size)]


@pytest.mark.parametrize("width", [1, 280, 430, 1280])
def test_the_picture_shows_the_modules_of_the_code_within_a_quiet_border(width: int) -> None:
    content = pictures.draw_qr_code(TEXT, width=width)

    lines = read_png(content)
    modules = segno.make(TEXT, micro=False, mask=3, error="l", boost_error=False).matrix
    scale = len(lines) // (len(modules) + 2 * pictures.BORDER)
    seen = [line[scale // 2 :: scale] for line in lines[scale // 2 :: scale]]
    inner = [row[pictures.BORDER : -pictures.BORDER] for row in seen[pictures.BORDER : -pictures.BORDER]]
    assert inner == ["".join("0" if dark else "1" for dark in row) for row in modules]
    assert set("".join(seen[: pictures.BORDER] + seen[-pictures.BORDER :])) == {"1"}
    assert len(lines) == len(lines[0])
    assert len(lines) <= max(width, len(seen))


def test_every_pixel_of_a_module_is_alike() -> None:
    lines = read_png(pictures.draw_qr_code(TEXT, width=430))

    scale = len(lines) // (len(segno.make(TEXT, micro=False, mask=3, error="l", boost_error=False).matrix) + 2 * pictures.BORDER)
    blocks = {line[at : at + scale] for line in lines for at in range(0, len(line), scale)}
    assert blocks == {"0" * scale, "1" * scale}
    assert all(len(set(lines[at : at + scale])) == 1 for at in range(0, len(lines), scale))
