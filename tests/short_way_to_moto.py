"""The short way to moto: what DynamoDB, SQS, KMS and SSM are asked goes to moto's handlers, without HTTP written and read in between.

What they answer is moto's word, as before; `test_short_way_to_moto.py` holds both ways against each other.
"""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from botocore.awsrequest import AWSPreparedRequest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import HTTPException, ServiceException
from moto.core.models import botocore_stubber
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.dynamodb.responses import DynamoHandler
from moto.kms.responses import KmsResponse
from moto.sqs.responses import SQSResponse
from moto.ssm.responses import SimpleSystemManagerResponse

REGION = "us-east-1"
HANDLERS: dict[str, type[BaseResponse]] = {
    "dynamodb": DynamoHandler,
    "kms": KmsResponse,
    "sqs": SQSResponse,
    "ssm": SimpleSystemManagerResponse,
}
SHORT = {
    "dynamodb": frozenset(
        {
            "BatchGetItem",
            "BatchWriteItem",
            "CreateTable",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactGetItems",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "kms": frozenset({"Decrypt", "GenerateDataKeyWithoutPlaintext"}),
    "sqs": frozenset(
        {
            "ChangeMessageVisibility",
            "CreateQueue",
            "DeleteMessage",
            "DeleteMessageBatch",
            "GetQueueAttributes",
            "ReceiveMessage",
            "SendMessage",
            "SendMessageBatch",
        }
    ),
    "ssm": frozenset({"DeleteParameter", "GetParameter", "PutParameter"}),
}
"""What is asked a thousand times a minute, or for each house. Whatever describes tables and queues goes the long way."""
Answer = tuple[int, bytes]


def is_short(service: str, operation: str, body: bytes = b"") -> bool:
    """Does the short way lead there? Only while moto stands in for AWS; bytes are packed and unpacked by the long way."""
    return bool(botocore_stubber.enabled) and operation in SHORT.get(service, ()) and b'"B":' not in body


def post(service: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """The status and the body that came back, by the shortest way there is."""
    operation = headers["x-amz-target"].rpartition(".")[2]
    if is_short(service, operation, body):
        return by_handler(service, url, body, headers)
    return by_http(service, url, body, headers)


def ask(client: Any, operation: str, asked: dict[str, Any]) -> Any:
    """As a client of boto3 is answered: it packs and unpacks by itself, and neither signs nor sends."""
    model = client.meta.service_model
    shape = model.operation_model(operation)
    packed = client._serializer.serialize_to_request(asked, shape)
    headers = {"content-type": packed["headers"]["Content-Type"], "x-amz-target": packed["headers"]["X-Amz-Target"]}
    status, answer = by_handler(model.service_name, client.meta.endpoint_url, packed["body"], headers)
    unpacked = client._response_parser.parse({"status_code": status, "headers": {}, "body": answer}, shape.output_shape)
    if status >= 300:
        raise client.exceptions.from_code(unpacked["Error"]["Code"])(unpacked, operation)
    return unpacked


def by_http(service: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """As botocore would be answered."""
    named = {name.title(): value for name, value in headers.items()}
    request = AWSPreparedRequest("POST", f"{url}/", named, body, stream_output=False)
    answer: Any = botocore_stubber(f"before-send.{service}.{headers['x-amz-target'].rpartition('.')[2]}", request)
    return answer.status_code, answer.content


def by_handler(service: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """As moto's handler of the service answers when it has read the request."""
    operation = headers["x-amz-target"].rpartition(".")[2]
    handler: Any = HANDLERS[service]()
    handler.current_account, handler.region, handler.partition = DEFAULT_ACCOUNT_ID, REGION, "aws"
    handler.headers, handler.querystring, handler.uri_match = {"Content-Type": headers["content-type"], **headers}, {}, {}
    handler.uri, handler.path, handler.response_headers = url, "/", {}
    handler.params = msgspec.json.decode(body)
    handler.body = handler.params if handler.automated_parameter_parsing else body.decode()
    try:
        answer = getattr(handler, _method(operation))()
    except ServiceException as error:
        status, _, text = handler.serialized(ActionResult(error))
        return int(status), str(text).encode()
    except HTTPException as error:
        return int(error.code or 400), str(error.description).encode()
    if isinstance(answer, str):
        return 200, answer.encode()
    told = {name: value for name, value in (answer.result or {}).items() if value is not None and name in _members(service, operation)}
    return 200, msgspec.json.encode(told)


_method = functools.cache(camelcase_to_underscores)


@functools.cache
def _members(service: str, operation: str) -> frozenset[str]:
    """What AWS answers; moto's handlers know more, and their HTTP leaves it out."""
    shape = get_service_model(service).operation_model(operation).output_shape
    return frozenset(shape.members if shape else ())
