"""Runs the sandbox: `python -m sandbox [--host HOST] [--port PORT] [--state FILE]`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox import later, store
from sandbox.app import create_app
from sandbox.emulator import Sandbox

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PORT = 8090


class Handler(WSGIRequestHandler):
    """Closes the connection of an answer that is lost on purpose, instead of waiting for the next request on it."""

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        self.close_connection = True


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then save."""
    parser = _make_parser()
    wanted = parser.parse_args(arguments)
    if not wanted.allow_remote and not is_loopback(wanted.host):
        parser.error(f"{wanted.host} is reachable from other machines and the sandbox has no login: add --allow-remote if that is meant")
    try:
        sandbox = open_sandbox(wanted.state)
    except store.DamagedError as error:
        parser.error(str(error))
    later.start(sandbox)
    keeper = None if wanted.state is None else store.Keeper(sandbox, partial(store.replace_file, wanted.state))
    server = make_server(wanted.host, wanted.port, create_app(sandbox), threaded=True, request_handler=Handler)
    _serve(server, keeper)


def open_sandbox(path: Path | None) -> Sandbox:
    """A sandbox as the file has it, or an empty one."""
    return Sandbox() if path is None else Sandbox(store.load(path))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _serve(server: BaseWSGIServer, keeper: store.Keeper | None) -> None:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    if keeper is not None:
        keeper.start()
    print(f"sandbox: http://{server.host}:{server.port}", flush=True)
    try:
        server.serve_forever()
    finally:
        if keeper is not None:
            keeper.write()


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="WeChat on a desk.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; loopback unless --allow-remote is given")
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="JSON file that keeps the state")
    parser.add_argument("--allow-remote", action="store_true", help="let other machines in")
    return parser


if __name__ == "__main__":
    main()
