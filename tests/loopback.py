"""A house served on loopback, for what only speaks HTTP: the command line, curl, scripts. Whatever is sent is worked off at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from tests.house import House

LATER = b'{"Code": "busy", "Message": "later", "RequestId": "1"}'
Refuse = Callable[[str, str], tuple[int, dict[str, str]] | None]


@contextmanager
def served(
    house: House, *, refuse: Refuse = lambda method, path: None, lose: Refuse = lambda method, path: None, works: bool = True
) -> Iterator[str]:
    """The house's address. `refuse`: what answers in its place, with a status and headers; `lose`: what answers when it has done its part.

    One request is served at a time.
    """

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            refused = refuse(self.command, self.path)
            if refused is not None:
                status, headers = refused
                self.give(status, LATER, headers)
                return
            status, answer = house.raw(self.command, self.path, body=body, headers=dict(self.headers.items()))
            if works and self.command == "POST":
                house.work()
            lost = lose(self.command, self.path)
            self.give(*((lost[0], LATER, lost[1]) if lost else (status, answer, {})))

        def give(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = pass_on  # noqa: N815 - http.server's names

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Front)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
