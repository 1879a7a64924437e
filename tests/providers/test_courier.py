"""The courier asks what it has checked, once, and waits for nobody longer than it said. Real sockets, on loopback alone."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.providers.addresses import is_public
from chalicelib.providers.courier_by_http import HttpCourier

NAME = "hooks.example.com"
WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answering = Callable[[socket.socket, bytes], None]


class Server:
    """A server on loopback that answers each connection as it is told to. `heard`: the requests; `named`: the names asked for by SNI."""

    def __init__(self, answer: Answering, trust: ssl.SSLContext | None = None) -> None:
        self.heard: list[bytes] = []
        self.named: list[str | None] = []
        self.over = threading.Event()
        self._answer = answer
        self._trust = trust
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        if trust is not None:
            trust.sni_callback = lambda sock, name, context: self.named.append(name)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._hear, args=(connection,), daemon=True).start()

    def _hear(self, connection: socket.socket) -> None:
        with suppress(OSError), self._secure(connection) as connection:
            heard = b""
            while not heard.endswith(b"{}"):
                part = connection.recv(4096)
                if not part:
                    return
                heard += part
            self.heard.append(heard)
            self._answer(connection, heard)
            connection.shutdown(socket.SHUT_RDWR)

    def _secure(self, connection: socket.socket) -> socket.socket:
        return connection if self._trust is None else self._trust.wrap_socket(connection, server_side=True)

    def close(self) -> None:
        self.over.set()
        self._listening.close()


@contextmanager
def serving(answer: Answering | bytes, trust: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(answer if callable(answer) else lambda connection, heard: connection.sendall(answer), trust)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def trusts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Callable[[], ssl.SSLContext]]:
    """What a server of NAME shows, and who trusts it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, hidden = folder / "certificate.pem", folder / "key.pem"
    shown.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    hidden.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(shown, hidden)
    return serving, lambda: ssl.create_default_context(cafile=str(shown))


def of_desk() -> HttpCourier:
    """Loopback is known, and asked over HTTP."""
    return HttpCourier(["127.0.0.1"])


def knock(server: Server, courier: HttpCourier | None = None, *, limit_s: float = 5.0) -> object:
    return (courier or of_desk()).post(f"http://127.0.0.1:{server.port}/hook?x=1", {"webhook-id": "msg_1"}, b"{}", limit_s=limit_s)


# -- what is carried ---------------------------------------------------------------------------------------------------


def test_a_word_is_carried_whole_and_only_the_status_comes_back() -> None:
    with serving(WELL) as server:
        answer = of_desk().post(f"http://127.0.0.1:{server.port}/hook?x=1", {"webhook-id": "msg_1"}, b"{}", limit_s=5)

        head = server.heard[0].decode().lower()
        assert (answer.status, answer.trouble, answer.retry_after) == (200, "", "")
        assert head.startswith("post /hook?x=1 http/1.1\r\n")
        assert f"host: 127.0.0.1:{server.port}\r\n" in head
        assert "webhook-id: msg_1\r\n" in head
        assert head.count("host:") == 1


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with serving(WELL) as other, serving(f"HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:{other.port}/\r\n\r\n".encode()) as server:
        answer = of_desk().post(f"http://127.0.0.1:{server.port}/", {}, b"{}", limit_s=5)

        assert answer.status == 307
        assert other.heard == []


def test_how_long_to_wait_is_told() -> None:
    with serving(b"HTTP/1.1 503 x\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n") as server:
        answer = of_desk().post(f"http://127.0.0.1:{server.port}/", {}, b"{}", limit_s=5)

    assert (answer.status, answer.retry_after) == (503, "120")


def test_how_long_to_wait_is_told_also_when_the_rest_of_the_answer_never_comes() -> None:
    def drip(connection: socket.socket, heard: bytes) -> None:
        connection.sendall(b"HTTP/1.1 429 x\r\nRetry-After: 120\r\n\r\n")
        server.over.wait(30)

    with serving(drip) as server:
        answer = of_desk().post(f"http://127.0.0.1:{server.port}/", {}, b"{}", limit_s=0.3)

    assert (answer.status, answer.retry_after) == (429, "120")


def test_a_body_without_end_is_not_read_to_its_end() -> None:
    sent = []

    def pour(connection: socket.socket, heard: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(OSError):
            for _ in range(20_000):
                connection.sendall(b"x" * 65536)
                sent.append(65536)

    with serving(pour) as server:
        answer = of_desk().post(f"http://127.0.0.1:{server.port}/", {}, b"{}", limit_s=5)

    assert answer.status == 200
    assert sum(sent) < 1_000_000_000


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1", b"nonsense\r\n\r\n", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"]
)
def test_an_answer_that_is_none_broke_off_and_is_no_mistake_of_ours(said: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with serving(said) as server:
        answer = of_desk().post(f"http://127.0.0.1:{server.port}/", {}, b"{}", limit_s=5)

    assert caplog.records == []
    assert (answer.status, answer.trouble) in {(None, "broken_off"), (200, "")}


def test_nobody_there_is_not_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert of_desk().post(f"http://127.0.0.1:{port}/", {}, b"{}", limit_s=5).trouble == "not_reached"


def test_drops_that_keep_coming_do_not_stretch_the_limit() -> None:
    """Each byte comes in time; the answer does not."""

    def drip(connection: socket.socket, heard: bytes) -> None:
        with suppress(OSError):
            while not server.over.wait(0.02):
                connection.sendall(b"H")

    with serving(drip) as server:
        answer = of_desk().post(f"http://127.0.0.1:{server.port}/", {}, b"{}", limit_s=0.3)

    assert (answer.status, answer.trouble) == (None, "timed_out")


def test_a_name_nobody_resolves_in_time_is_given_up() -> None:
    release = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        release.wait(30)
        return ["127.0.0.1"]

    with serving(WELL) as server:
        answer = HttpCourier([NAME], resolve=resolve).post(f"http://{NAME}:{server.port}/", {}, b"{}", limit_s=0.1)
        checked = HttpCourier([NAME], resolve=resolve).check(f"http://{NAME}/", limit_s=0.1)
        release.set()

        assert (answer.trouble, checked) == ("timed_out", "name_unknown")
        assert server.heard == []


# -- where it goes -----------------------------------------------------------------------------------------------------


class Recorder(HttpCourier):
    """Asks nobody, and remembers which IP addresses it would have asked."""

    def __init__(self, resolve: Callable[[str, int], list[str]], **more: object) -> None:
        super().__init__(resolve=resolve, **more)  # type: ignore[arg-type]
        self.asked: list[str] = []

    def _connection(self, address: object, number: str, limit_s: float) -> object:  # type: ignore[override]
        self.asked.append(number)
        raise OSError("nobody is asked here")


@pytest.mark.parametrize(
    "numbers",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.1"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        ["93.184.216.34", "10.0.0.1"],
        ["2606:4700::1111", "fe80::1"],
        ["64:ff9b::a00:1"],
    ],
)
def test_a_name_with_any_address_that_is_not_public_is_refused(numbers: list[str]) -> None:
    courier = Recorder(lambda host, port: numbers)

    answer = courier.post(f"https://{NAME}/", {}, b"{}", limit_s=5)

    assert (answer.status, answer.trouble) == (None, "address_refused")
    assert courier.check(f"https://{NAME}/", limit_s=5) == "address_refused"
    assert courier.asked == []


def test_a_name_that_leads_elsewhere_the_second_time_is_asked_where_it_was_checked() -> None:
    told = iter([["93.184.216.34"], ["127.0.0.1"]])
    courier = Recorder(lambda host, port: next(told))

    courier.post(f"https://{NAME}/", {}, b"{}", limit_s=5)

    assert courier.asked == ["93.184.216.34"]
    assert next(told) == ["127.0.0.1"], "the name was resolved once"


def test_what_was_checked_when_the_webhook_was_made_is_checked_at_each_try() -> None:
    told = iter([["93.184.216.34"], ["10.0.0.1"]])
    courier = Recorder(lambda host, port: next(told))

    checked = courier.check(f"https://{NAME}/", limit_s=5)
    answer = courier.post(f"https://{NAME}/", {}, b"{}", limit_s=5)

    assert (checked, answer.trouble, courier.asked) == ("", "address_refused", [])


def test_a_number_in_disguise_is_seen_through() -> None:
    """The resolver reads these as 127.0.0.1."""
    for host in ("2130706433", "0x7f.1", "127.1", "017700000001"):
        assert HttpCourier().check(f"https://{host}/", limit_s=5) in ("address_refused", "name_unknown")


@pytest.mark.parametrize("url", ["http://93.184.216.34/", "https://93.184.216.34:22/", "https://user@93.184.216.34/", "nonsense"])
def test_an_address_not_open_to_all_is_not_even_resolved(url: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError

    assert HttpCourier(resolve=resolve).check(url, limit_s=5) in ("address_refused", "unreadable")
    assert HttpCourier(resolve=resolve).post(url, {}, b"{}", limit_s=5).trouble == "address_refused"


def test_an_unknown_name_is_said_to_be_one() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "canary")

    assert HttpCourier(resolve=resolve).check(f"https://{NAME}/", limit_s=5) == "name_unknown"
    assert HttpCourier(resolve=lambda host, port: []).check(f"https://{NAME}/", limit_s=5) == "name_unknown"


def test_only_the_hosts_of_a_desk_are_asked_unchecked() -> None:
    with serving(WELL) as server:
        of_others = HttpCourier().post(f"http://127.0.0.1:{server.port}/", {}, b"{}", limit_s=5)

        assert of_others.trouble == "address_refused"
        assert server.heard == []
        assert of_desk().check(f"http://127.0.0.1:{server.port}/", limit_s=5) == ""
        assert of_desk().check(f"http://localhost:{server.port}/", limit_s=5) == "address_refused"


# -- TLS ---------------------------------------------------------------------------------------------------------------

Trusts = tuple[ssl.SSLContext, Callable[[], ssl.SSLContext]]


def trusting(trust: Callable[[], ssl.SSLContext] | None = None) -> HttpCourier:
    """Loopback stands for the public internet."""
    return HttpCourier(
        resolve=lambda host, port: ["127.0.0.1"],
        may_ask=lambda number: ipaddress.ip_address(number).is_loopback,
        trust=trust or ssl.create_default_context,
    )


def test_the_number_is_asked_by_the_name_that_was_given(trusts: Trusts) -> None:
    with serving(WELL, trusts[0]) as server:
        answer = trusting(trusts[1]).post(f"https://{NAME}:{server.port}/hook", {}, b"{}", limit_s=5)

        assert (answer.status, answer.trouble) == (200, "")
        assert server.named == [NAME]
        assert f"Host: {NAME}:{server.port}\r\n".encode() in server.heard[0]


def test_a_certificate_of_another_name_is_not_trusted(trusts: Trusts) -> None:
    with serving(WELL, trusts[0]) as server:
        answer = trusting(trusts[1]).post(f"https://other.example.com:{server.port}/", {}, b"{}", limit_s=5)

        assert answer.trouble == "not_trusted"
        assert server.heard == []


def test_a_certificate_nobody_vouches_for_is_not_trusted(trusts: Trusts) -> None:
    with serving(WELL, trusts[0]) as server:
        answer = trusting().post(f"https://{NAME}:{server.port}/", {}, b"{}", limit_s=5)

        assert answer.trouble == "not_trusted"
        assert server.heard == []


def test_the_rule_that_stands_by_itself_is_the_one_of_public_addresses() -> None:
    assert HttpCourier()._may_ask is is_public
