"""A courier over HTTPS that knocks at nobody's inner doors: addresses are resolved once, checked, and asked as they were checked.

Nothing is followed; of the answer only its status and Retry-After are looked at; from the name to the last byte there is one limit.
"""

from __future__ import annotations

import functools
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.providers.addresses import Address, is_open_to_all, is_public, read_address
from chalicelib.providers.courier import TIMED_OUT, Answer

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

log = logging.getLogger("liandong.courier")
READ_AT_MOST = 16 * 1024
MOST_NUMBERS = 3
"""How many of a name's addresses are tried."""
Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a name, IPv4 first: Lambda has no way out over IPv6. `OSError` when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in sorted(found, key=lambda each: each[0] != socket.AF_INET)))


@functools.cache
def _trust() -> ssl.SSLContext:
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


class HttpCourier:
    """Carries to whatever is public. `known_hosts`: hosts asked unchecked, over HTTP too; only a desk has any."""

    def __init__(
        self,
        known_hosts: Iterable[str] = (),
        *,
        resolve: Resolve = resolve,
        may_ask: Callable[[str], bool] = is_public,
        trust: Callable[[], ssl.SSLContext] = _trust,
    ) -> None:
        self._known_hosts = frozenset(known_hosts)
        self._resolve = resolve
        self._may_ask = may_ask
        self._trust = trust

    def check(self, url: str, *, limit_s: float) -> str:
        """Why nothing would be carried to this address."""
        address = read_address(url)
        if address is None:
            return "unreadable"
        trouble = _within(limit_s, _Errand(lambda errand: errand.note(trouble=self._find(address, errand)))).trouble
        return "name_unknown" if trouble == TIMED_OUT else trouble

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, limit_s: float) -> Answer:
        """Carry it, once, within the limit over all."""
        address = read_address(url)
        if address is None:
            return Answer(trouble="address_refused")
        return _within(limit_s, _Errand(lambda errand: self._carry(address, headers, body, errand, limit_s)))

    def _carry(self, address: Address, headers: Mapping[str, str], body: bytes, errand: _Errand, limit_s: float) -> None:
        trouble = self._find(address, errand)
        for number in errand.numbers:
            trouble = self._knock(address, number, headers, body, errand, limit_s)
            if trouble != "not_reached" or errand.over:
                break
        errand.note(trouble=trouble)

    def _find(self, address: Address, errand: _Errand) -> str:
        """The addresses behind a name, when every one of them may be asked; why not, otherwise."""
        known = address.host in self._known_hosts
        if not known and not is_open_to_all(address):
            return "address_refused"
        try:
            numbers = self._resolve(address.host, address.port)
        except (OSError, UnicodeError):
            return "name_unknown"
        if not numbers:
            return "name_unknown"
        if not known and not all(map(self._may_ask, numbers)):
            return "address_refused"
        errand.numbers = numbers[:MOST_NUMBERS]
        return ""

    def _knock(self, address: Address, number: str, headers: Mapping[str, str], body: bytes, errand: _Errand, limit_s: float) -> str:
        from http.client import HTTPException

        from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

        asking = self._connection(address, number, limit_s)
        errand.asking = asking
        try:
            asking.connect()
            if errand.over:
                return TIMED_OUT
            asking.request("POST", address.target, body=body, headers={**headers, "Host": _host_of(address)}, preload_content=False)
            answer = asking.getresponse()
            errand.note(status=answer.status, retry_after=answer.headers.get("Retry-After", ""))
            with suppress(HTTPError, HTTPException, OSError):
                answer.read(READ_AT_MOST, decode_content=False)
        except (NewConnectionError, ConnectTimeoutError):
            return "not_reached"
        except ssl.SSLError:
            return "not_trusted"
        except (HTTPError, HTTPException, OSError, ValueError):
            return "broken_off"
        finally:
            asking.close()
        return ""

    def _connection(self, address: Address, number: str, limit_s: float) -> HTTPConnection:
        """To the number that was checked; the name is what the certificate has to bear."""
        from urllib3.connection import HTTPConnection, HTTPSConnection

        if address.scheme == "http":
            return HTTPConnection(number, address.port, timeout=limit_s)
        return HTTPSConnection(
            number,
            address.port,
            timeout=limit_s,
            cert_reqs="CERT_REQUIRED",
            ssl_context=self._trust(),
            server_hostname=address.host,
        )


class _Errand:
    """One way there and back, in a thread of its own: whoever waits for it may stop waiting."""

    def __init__(self, go: Callable[[_Errand], None]) -> None:
        self.numbers: list[str] = []
        self.asking: HTTPConnection | None = None
        self.answer = Answer(trouble="broken_off")
        self.over = False
        self._go = go

    def note(self, *, trouble: str = "", status: int | None = None, retry_after: str = "") -> None:
        if status is not None or self.answer.status is None:
            self.answer = Answer(trouble=trouble, status=status, retry_after=retry_after)

    def run(self) -> None:
        try:
            self._go(self)
        except Exception as error:
            log.error("an errand failed: %s", type(error).__name__)

    def stop(self) -> None:
        """Nothing is sent any more, and the thread ends by itself once nothing comes."""
        self.over = True
        sock = getattr(self.asking, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _within(limit_s: float, errand: _Errand) -> Answer:
    """What came of an errand that began now. A limit of the socket would be one for each byte."""
    began = time.monotonic()
    thread = threading.Thread(target=errand.run, daemon=True)
    thread.start()
    thread.join(limit_s)
    late, answer = thread.is_alive(), errand.answer
    took_s = time.monotonic() - began
    if late:
        errand.stop()
        answer = answer if answer.status is not None else Answer(trouble=TIMED_OUT)
    return Answer(status=answer.status, trouble=answer.trouble, retry_after=answer.retry_after, took_s=took_s)


def _host_of(address: Address) -> str:
    """The name as the other side knows it: a port is said when it is not the usual one."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    usual = {"https": 443, "http": 80}[address.scheme]
    return host if address.port == usual else f"{host}:{address.port}"
