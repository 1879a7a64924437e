"""QR codes for print and screens: error correction H, a quiet zone, and room for a logo in the middle. Pure."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segno import QRCode

QUIET = 4
"""White modules around the code, as ISO/IEC 18004 wants."""
LOGO_SHARE = 0.22
"""Of the code's side: less than five in a hundred of its modules, where H mends thirty."""
INLINE_SCALE = 8
BLACK, WHITE = "#000000", "#ffffff"


def draw_svg(text: str, *, logo: bool) -> bytes:
    """The code as SVG, of whatever size it is shown in."""
    return _save(text, logo=logo, kind="svg", xmldecl=True, svgns=True, omitsize=True, nl=False)


def draw_png(text: str, *, logo: bool, scale: int) -> bytes:
    """The code as PNG, `scale` pixels for each module."""
    return _save(text, logo=logo, kind="png", scale=scale)


def draw_inline(text: str) -> str:
    """The code as the address of a picture within a page: WeChat reads what is pressed long from pictures alone."""
    return f"data:image/png;base64,{base64.b64encode(draw_png(text, logo=False, scale=INLINE_SCALE)).decode()}"


def clear_middle(modules: tuple[bytearray, ...]) -> None:
    """Make the middle white, a whole number of modules as far from the left as from the right."""
    side = len(modules)
    room = int(side * LOGO_SHARE)
    room -= (side - room) % 2
    start = (side - room) // 2
    for row in modules[start : start + room]:
        row[start : start + room] = bytes(room)


def make(text: str) -> QRCode:
    """The code with error correction H."""
    import segno

    return segno.make_qr(text, error="h", boost_error=False)


def _save(text: str, *, logo: bool, **how: Any) -> bytes:
    code, out = make(text), io.BytesIO()
    if logo:
        clear_middle(code.matrix)
    code.save(out, border=QUIET, dark=BLACK, light=WHITE, **how)
    return out.getvalue()
