"""The wire: it signs as botocore signs, asks twice when that may help, and tells what went wrong in botocore's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import msgspec
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws import wire
from chalicelib.aws.signing import Credentials, sign
from chalicelib.aws.wire import Wire
from tests.one_way_to_aws import wire_call, wire_post

NAME = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=40)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))


@given(body=st.binary(max_size=300), target=NAME, secret=NAME, token=st.one_of(st.just(""), NAME), moment=MOMENTS)
def test_a_request_is_signed_as_botocore_signs_it(body: bytes, target: str, secret: str, token: str, moment: datetime) -> None:
    credentials = Credentials("AKIDEXAMPLE", secret, token)
    ours = sign(
        body,
        host="sqs.cn-north-1.amazonaws.com.cn",
        target=target,
        content_type="application/x-amz-json-1.0",
        service="sqs",
        region="cn-north-1",
        credentials=credentials,
        now=moment,
    )

    theirs = AWSRequest("POST", "https://sqs.cn-north-1.amazonaws.com.cn/", data=body)
    theirs.headers["Content-Type"] = "application/x-amz-json-1.0"
    theirs.headers["X-Amz-Target"] = target
    theirs.context["timestamp"] = ours["x-amz-date"]
    signer = SigV4Auth(ReadOnlyCredentials("AKIDEXAMPLE", secret, token or None), "sqs", "cn-north-1")
    theirs.headers["X-Amz-Date"] = ours["x-amz-date"]
    if token:
        theirs.headers["X-Amz-Security-Token"] = token
    signature = signer.signature(signer.string_to_sign(theirs, signer.canonical_request(theirs)), theirs)

    assert ours["authorization"].endswith(f"Signature={signature}")


class Service:
    """Answers in turn what it was told to, the last one over and over. A status of 0 hangs up, one of -1 says nothing for a while."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = [(200, {})]
        self.asked: list[tuple[dict[str, str], Any]] = []
        self.url = ""
        self.connections: Counter[Any] = Counter()
        self.over = Event()

    def take(self) -> tuple[int, Any]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @cached_property
    def wire(self) -> Wire:
        return Wire("dynamodb", "DynamoDB_20120810", self.url, "us-east-1")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    played = Service()

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            played.connections[self.client_address] += 1
            played.asked.append((dict(self.headers.items()), msgspec.json.decode(body)))
            status, told = played.take()
            if status <= 0:
                self.close_connection = True
                played.over.wait(10 if status else 0)
                return
            answer = told if isinstance(told, bytes) else msgspec.json.encode(told)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    played.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(Wire, "call", wire_call)
    monkeypatch.setattr(Wire, "post", wire_post)
    monkeypatch.setattr(wire, "WAITED_S", 0)
    wire.forget_wires()
    yield played
    played.wire.close()
    wire.forget_wires()
    played.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_asked_goes_out_named_and_signed_and_the_answer_comes_back(service: Service) -> None:
    service.answers = [(200, {"Item": {"pk": {"S": "欢迎"}}})]

    answer = service.wire.call("GetItem", {"TableName": "t", "Key": {"pk": {"S": "欢迎"}}})

    ((headers, body),) = service.asked
    assert answer == {"Item": {"pk": {"S": "欢迎"}}}
    assert body == {"TableName": "t", "Key": {"pk": {"S": "欢迎"}}}
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert "/us-east-1/dynamodb/aws4_request" in headers["authorization"]


def test_a_refusal_is_told_in_botocores_words(service: Service) -> None:
    told = {"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "Message": "no"}
    service.answers = [(400, {**told, "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]})]

    with pytest.raises(ClientError) as caught:
        service.wire.call("TransactWriteItems", {"TransactItems": []})

    assert caught.value.response["Error"] == {"Code": "TransactionCanceledException", "Message": "no"}
    assert [each["Code"] for each in caught.value.response["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        (500, {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"}),
        (400, {"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"}),
        (502, b"<html>away</html>"),
        (0, None),
    ],
    ids=["broken", "throttled", "a proxy's", "cut off"],
)
def test_what_may_pass_is_asked_once_more(service: Service, trouble: tuple[int, Any]) -> None:
    service.answers = [trouble, (200, {"done": True})]

    assert service.wire.call("PutItem", {}) == {"done": True}
    assert len(service.asked) == 2


def test_what_does_not_pass_is_asked_twice_and_told(service: Service) -> None:
    service.answers = [(502, b"<html>away</html>")]

    with pytest.raises(ClientError) as caught:
        service.wire.call("PutItem", {})

    assert (caught.value.response["Error"]["Code"], len(service.asked)) == ("502", 2)


def test_a_second_try_of_a_transaction_is_the_same_transaction(service: Service) -> None:
    service.answers = [(500, {}), (200, {})]

    service.wire.call("TransactWriteItems", {"TransactItems": []})
    service.wire.call("TransactWriteItems", {"TransactItems": []})

    first, again, another = [body["ClientRequestToken"] for _, body in service.asked]
    assert first == again != another


def test_a_connection_stays_open_and_one_the_service_has_closed_is_opened_anew(service: Service) -> None:
    asking = service.wire
    service.answers = [(200, {"n": 1}), (200, {"n": 2}), (0, None), (200, {"n": 3})]

    told = [asking.call("GetItem", {}) for _ in range(3)]

    assert [each["n"] for each in told] == [1, 2, 3]
    assert list(service.connections.values()) == [3, 1]


def test_nobody_there_is_told_apart_from_nobody_answering(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Wire("sqs", "AmazonSQS", "http://127.0.0.1:9", "us-east-1")
    with pytest.raises(EndpointConnectionError):
        nowhere.call("SendMessage", {})

    service.answers = [(-1, None)]
    monkeypatch.setattr(wire, "READ_S", 0.05)
    wire.forget_wires()
    with pytest.raises(ReadTimeoutError):
        service.wire.call("PutItem", {})


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"AWS_REGION": "ap-east-1"}, "https://sqs.ap-east-1.amazonaws.com"),
        ({"AWS_REGION": "cn-northwest-1"}, "https://sqs.cn-northwest-1.amazonaws.com.cn"),
        ({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "http://127.0.0.1:4566"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:4567"}, "http://127.0.0.1:4567"),
    ],
)
def test_a_service_is_asked_where_it_is(environment: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    wire.forget_wires()

    assert wire.sqs().url == url

    wire.forget_wires()


def test_within_lambda_the_trace_that_finds_endless_loops_goes_along(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793")

    service.wire.call("SendMessage", {})

    assert service.asked[0][0]["x-amzn-trace-id"] == "Root=1-5759e988-bd862e3fe1be46a994272793"
