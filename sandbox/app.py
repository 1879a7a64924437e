"""All doors of the sandbox on one page: the control API, the phone, and everything else as api.weixin.qq.com."""

from __future__ import annotations

from contextlib import closing

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from sandbox import api
from sandbox.api import Incoming
from sandbox.call import Upload
from sandbox.control import doors, make_control
from sandbox.emulator import Sandbox
from sandbox.official.pages import make_pages
from sandbox.phone.doors import make_phone
from sandbox.platform.pages import make_pages as make_platform_pages

LARGEST_BODY = 20 * 1024 * 1024
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(sandbox: Sandbox) -> Flask:
    """The WSGI application of one sandbox."""
    app = Flask(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, PROPAGATE_EXCEPTIONS=True)
    app.register_blueprint(make_control(sandbox))
    app.register_blueprint(make_pages(sandbox))
    app.register_blueprint(make_platform_pages(sandbox))
    app.register_blueprint(make_phone(sandbox))

    app.register_error_handler(RequestEntityTooLarge, _refuse)
    app.register_error_handler(MethodNotAllowed, _refuse)

    @app.route("/_sandbox/<path:path>", methods=_METHODS)
    def miss_control(path: str) -> Response:
        return doors.tell({"error": f"there is no control door {request.method} /_sandbox/{path}"}, 404)

    @app.route("/", methods=_METHODS[1:], defaults={"path": ""})
    @app.route("/<path:path>", methods=_METHODS)
    def answer(path: str) -> Response:
        outgoing = api.answer(sandbox, _read(f"/{path}"))
        response = Response(outgoing.body, status=outgoing.status, content_type=outgoing.content_type)
        response.headers.update(outgoing.headers)
        if outgoing.filename:
            response.headers.set("Content-Disposition", "attachment", filename=outgoing.filename)
        return response

    return app


def _refuse(error: HTTPException) -> Response:
    return doors.tell({"error": error.description}, error.code or 400)


def _read(path: str) -> Incoming:
    upload = _read_upload() if request.mimetype == "multipart/form-data" else None
    return Incoming(
        method=request.method,
        path=path,
        query=request.args.to_dict(),
        body=b"" if upload else request.get_data(cache=False),
        upload=upload,
        ip=request.remote_addr or "",
    )


def _read_upload() -> Upload | None:
    file = request.files.get("media")
    if file is None:
        return None
    with closing(file):
        description = request.form.get("description", "")
        return Upload(filename=file.filename or "media", content_type=file.mimetype, content=file.read(), description=description)
