"""QR codes as PNG, written by hand because they are wanted by the thousand. Pure."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence

import segno

BORDER = 4
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FASTEST = 1


def draw_qr_code(text: str, *, width: int) -> bytes:
    """The code with its border, as near below this width as whole pixels per module come.

    The mask is fixed because looking for the best of eight takes most of the time.
    """
    modules = segno.make(text, micro=False, mask=3, error="l", boost_error=False).matrix
    scale = max(1, width // (len(modules) + 2 * BORDER))
    quiet = [[0] * len(modules)] * BORDER
    return write_png([line for row in [*quiet, *modules, *quiet] for line in [_widen(row, scale)] * scale])


def _widen(modules: Sequence[int], scale: int) -> str:
    """One line of pixels, 1 for white."""
    margin = "1" * (BORDER * scale)
    return margin + "".join(("0" if dark else "1") * scale for dark in modules) + margin


def write_png(lines: list[str]) -> bytes:
    """A picture in black (0) and white (1)."""
    width = len(lines[0])
    head = struct.pack(">IIBBBBB", width, len(lines), 1, 0, 0, 0, 0)
    packed = zlib.compress(b"".join(_pack(lines)), _FASTEST)
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b"")))


def _pack(lines: list[str]) -> Iterable[bytes]:
    """Eight pixels a byte, behind the byte that says that the line is not filtered."""
    size = -(-len(lines[0]) // 8)
    for line in lines:
        yield b"\x00" + int(line.ljust(size * 8, "0"), 2).to_bytes(size, "big")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
