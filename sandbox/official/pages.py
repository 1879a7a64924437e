"""What browsers fetch from WeChat's other hosts: the image of a QR code."""

from __future__ import annotations

from flask import Blueprint, Response, request

from sandbox.emulator import Sandbox
from sandbox.official import qrcodes


def make_pages(sandbox: Sandbox) -> Blueprint:
    """The paths of mp.weixin.qq.com and open.weixin.qq.com, also behind the name of their host."""
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/cgi-bin/showqrcode")
    @blueprint.get("/mp.weixin.qq.com/cgi-bin/showqrcode")
    def show_qr_code() -> Response:
        with sandbox.lock:
            image = qrcodes.draw(sandbox, request.args.get("ticket", ""))
        if image is None:
            return Response("404 Not Found", status=404, content_type="text/plain")
        return Response(image, content_type="image/png")

    return blueprint
