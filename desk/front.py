"""One fixed address before the API, whose own address changes with its definition: passes every request on as it came."""

from __future__ import annotations

import argparse
import http.client
import json
import string
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, urlsplit

from desk.settings import HOST

PATIENCE_S = 60
LARGEST_BODY = 32 * 1024 * 1024
HOP_BY_HOP = frozenset(
    ["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"]
)
"""Headers that speak of one connection, not of the message."""


class Unreadable(Exception):
    """The request's body cannot be read as announced; `status` is the answer."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class Front(ThreadingHTTPServer):
    """Listens on loopback; `target` is the address every path is put behind."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, target: str) -> None:
        self.target = urlsplit(target)
        super().__init__((HOST, port), Passage)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"


class Passage(BaseHTTPRequestHandler):
    """One connection from a caller."""

    protocol_version = "HTTP/1.1"
    server: Front

    def pass_on(self) -> None:
        try:
            body = self._read_body()
        except Unreadable as error:
            self._refuse(error.status, "body_malformed", str(error))
            return
        try:
            answer, content = self._ask(body)
        except (OSError, http.client.HTTPException):
            self._refuse(502, "busy", "The local stack does not answer: look at `python -m desk status`.")
            return
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", (answer.getheader("Content-Length") or "0") if self.command == "HEAD" else str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = pass_on  # noqa: N815 - http.server finds them by these names

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: paths may name people."""

    def _ask(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        target = self.server.target
        link = http.client.HTTPConnection(target.hostname or HOST, target.port, timeout=PATIENCE_S)
        try:
            # A path may hold bytes beyond ASCII; on its way it may not.
            path = target.path + quote(self.path.encode("iso-8859-1"), safe=string.punctuation)
            link.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                    link.putheader(name, value)
            if body or self.command in ("PATCH", "POST", "PUT"):
                link.putheader("Content-Length", str(len(body)))
            link.endheaders(body)
            answer = link.getresponse()
            return answer, answer.read()
        finally:
            link.close()

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal():
            raise Unreadable(400, "Content-Length has to be a number.")
        if int(length) > LARGEST_BODY:
            raise Unreadable(413, f"The body is over {LARGEST_BODY} bytes.")
        return self.rfile.read(int(length))

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            size = self.rfile.readline(1024).split(b";")[0].strip()
            if not size or size.strip(string.hexdigits.encode()):
                raise Unreadable(400, "The body is not chunked as announced.")
            if int(size, 16) == 0:
                break
            if len(body) + int(size, 16) > LARGEST_BODY:
                raise Unreadable(413, f"The body is over {LARGEST_BODY} bytes.")
            body += self.rfile.read(int(size, 16))
            self.rfile.readline(8)
        while self.rfile.readline(8192).strip():
            pass
        return bytes(body)

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer ourselves, and end the connection: what follows on it is not known."""
        self.close_connection = True
        content = json.dumps({"Code": code, "Message": message}).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(prog="python -m desk.front", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--target", required=True, help="the API's own address, with its stage")
    given = parser.parse_args()
    with Front(given.port, given.target) as front:
        front.serve_forever()


if __name__ == "__main__":
    main()
