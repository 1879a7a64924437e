"""Nobody who asks can tell the short way to a quicker moto from the long way to moto as it is."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import DynamoDBBackend, Table
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node  # type: ignore[attr-defined]

from chalicelib.aws import clients, wire
from tests import ground, quicker_moto, short_way_to_moto

TABLE, OTHER = "liandong-local-records", "liandong-local-identities"
OWN_NAMES = {"MessageId": "a name", "ReceiptHandle": "a handle"}
OF_THE_HOUR = ("ResponseMetadata", "LastModifiedDate")
INDEX = next(
    (table["Properties"]["TableName"]["Fn::Sub"].replace("${Stage}", "local"), index)
    for table in ground.TEMPLATE["Resources"].values()
    for index in table.get("Properties", {}).get("GlobalSecondaryIndexes", [])
)


def test_tables_answer_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    short = _play_tables()
    _take_the_long_way(monkeypatch)

    assert short == _play_tables()


def test_indexes_answer_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    short = _play_an_index()
    _take_the_long_way(monkeypatch)

    assert short == _play_an_index()


def test_queues_answer_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    short = _play_queues()
    _take_the_long_way(monkeypatch)

    assert short == _play_queues()


def test_keys_and_secrets_answer_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    short = _play_keys_and_secrets()
    _take_the_long_way(monkeypatch)

    assert short == _play_keys_and_secrets()


def test_a_transaction_that_fails_leaves_rows_and_stream_as_they_were() -> None:
    with mock_aws():
        ground.make(())
        wire.dynamodb().call("PutItem", {"TableName": TABLE, "Item": _row("1", a={"S": "before"})})

        with pytest.raises(ClientError):
            wire.dynamodb().call("TransactWriteItems", {"TransactItems": [_set("1", "after"), _put("2"), _check("3")]})

        assert clients.client("dynamodb").scan(TableName=TABLE)["Items"] == [_row("1", a={"S": "before"})]
        assert len(ground.stream("records", told=0)) == 1


def test_the_way_is_closed_where_no_moto_is() -> None:
    assert not short_way_to_moto.is_short("dynamodb", "GetItem")


def _play_tables() -> list[Any]:
    key = {"pk": {"S": "demo#1"}, "sk": {"S": "@"}}
    named = {"ExpressionAttributeNames": {"#p": "pk", "#s": "sk"}}
    of_one = {"#p = :p": {":p": {"S": "demo#1"}}}
    story: list[tuple[str, dict[str, Any]]] = [
        (
            "PutItem",
            {"TableName": TABLE, "Item": _row("1", a={"S": "x"}, n={"N": "3"}, m={"M": {"l": {"L": [{"S": "y"}, {"NULL": True}]}}})},
        ),
        ("PutItem", {"TableName": TABLE, "Item": _row("1", "a#2")}),
        ("PutItem", {"TableName": TABLE, "Item": _row("1", "a#1", t={"SS": ["one", "two"]}, b={"BOOL": False})}),
        ("PutItem", {"TableName": TABLE, "Item": _row("1"), **_only_new()}),
        ("PutItem", {"TableName": TABLE, "Item": _row("1"), **_only_new(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
        ("PutItem", {"TableName": TABLE, "Item": _row("9", large={"S": "x" * 410_000})}),
        ("PutItem", {"TableName": TABLE, "Item": _row("", a={"S": "x"})}),
        ("GetItem", {"TableName": TABLE, "Key": key}),
        ("GetItem", {"TableName": TABLE, "Key": {**key, "sk": {"S": "nothing"}}}),
        ("GetItem", {"TableName": "nowhere", "Key": key}),
        ("UpdateItem", {"TableName": TABLE, **_update(key, "SET #a = :a, #n = #n + :n REMOVE #m"), "ReturnValues": "ALL_NEW"}),
        ("UpdateItem", {"TableName": TABLE, **_update(key, "SET #a = if_not_exists(#a, :a) ADD #n :n"), "ReturnValues": "UPDATED_OLD"}),
        ("UpdateItem", {"TableName": TABLE, **_update(key, "SET #a = #m"), "ReturnValues": "ALL_NEW"}),
        ("UpdateItem", {"TableName": TABLE, **_update({**key, "sk": {"S": "new"}}, "SET #a = :a, #n = :n REMOVE #m")}),
        *(
            ("Query", {"TableName": TABLE, **_where(text, values), **_named_in(text, named), **more})
            for text, values in of_one.items()
            for more in PAGES
        ),
        ("Query", {"TableName": TABLE, **_where("#p = :p AND begins_with(#s, :s)", {":p": {"S": "demo#1"}, ":s": {"S": "a#"}}), **named}),
        ("Query", {"TableName": TABLE, **_where("#p = :p", {":p": {"S": "demo#nobody"}}), "ExpressionAttributeNames": {"#p": "pk"}}),
        ("Scan", {"TableName": TABLE}),
        ("BatchWriteItem", {"RequestItems": {OTHER: [{"PutRequest": {"Item": _row("2")}}, {"DeleteRequest": {"Key": key}}]}}),
        ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [key, {**key, "sk": {"S": "nothing"}}]}, OTHER: {"Keys": [key]}}}),
        ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [key, key]}}}),
        ("TransactWriteItems", {"TransactItems": [_set("1", "z"), _put("3"), {"Delete": {"TableName": OTHER, "Key": _row("2")}}]}),
        ("TransactWriteItems", {"TransactItems": [_set("1", "q"), _put("4"), _check("5")]}),
        ("TransactWriteItems", {"TransactItems": [_put("6"), _put("6")]}),
        ("DeleteItem", {"TableName": TABLE, "Key": {**key, "sk": {"S": "a#2"}}, "ReturnValues": "ALL_OLD"}),
        (
            "DeleteItem",
            {"TableName": TABLE, "Key": key, "ConditionExpression": "attribute_not_exists (#p)", "ExpressionAttributeNames": {"#p": "pk"}},
        ),
        ("Scan", {"TableName": TABLE}),
        ("Scan", {"TableName": OTHER}),
    ]
    with mock_aws():
        ground.make(())
        answers = [_ask(wire.dynamodb(), operation, asked) for operation, asked in story]
        told = [
            (each["eventName"], each["dynamodb"]["Keys"], each["dynamodb"].get("NewImage")) for each in ground.stream("records", told=0)
        ]
    return [*answers, told]


PAGES: list[dict[str, Any]] = [
    {},
    {"ScanIndexForward": False},
    {"Limit": 1},
    {"Limit": 1, "ExclusiveStartKey": {"pk": {"S": "demo#1"}, "sk": {"S": "@"}}},
    {"Select": "COUNT"},
]


def _play_an_index() -> list[Any]:
    table, index = INDEX
    hash_key, *rest = [part["AttributeName"] for part in index["KeySchema"]]
    rows = [
        {**_row(str(number)), hash_key: {"S": f"h{number % 2}"}, **{name: {"S": f"r{9 - number}"} for name in rest}, "a": {"S": "x"}}
        for number in range(6)
    ]
    asked = {
        "TableName": table,
        "IndexName": index["IndexName"],
        **_where("#h = :h", {":h": {"S": "h1"}}),
        "ExpressionAttributeNames": {"#h": hash_key},
    }
    with mock_aws():
        ground.make(())
        for row in [*rows, _row("without")]:
            wire.dynamodb().call("PutItem", {"TableName": table, "Item": row})
        return [_ask(wire.dynamodb(), "Query", {**asked, **more}) for more in ({}, {"ScanIndexForward": False}, {"Limit": 2})]


def _play_queues() -> list[Any]:
    with mock_aws():
        urls, _, _ = ground.make(("inbox",))
        url = {"QueueUrl": urls["inbox"]}
        story: list[tuple[str, dict[str, Any]]] = [
            ("SendMessage", {**url, "MessageBody": "one"}),
            (
                "SendMessageBatch",
                {**url, "Entries": [{"Id": "a", "MessageBody": "two"}, {"Id": "b", "MessageBody": "三", "DelaySeconds": 900}]},
            ),
            ("GetQueueAttributes", {**url, "AttributeNames": ["ApproximateNumberOfMessages", "QueueArn"]}),
            ("ReceiveMessage", {**url, "MaxNumberOfMessages": 10, "AttributeNames": ["ApproximateReceiveCount"]}),
            ("ReceiveMessage", url),
            ("ReceiveMessage", {**url, "MaxNumberOfMessages": 11}),
            ("DeleteMessageBatch", {**url, "Entries": []}),
            ("SendMessage", {"QueueUrl": f"{urls['inbox']}-gone", "MessageBody": "one"}),
        ]
        return [urls, *(_ask(wire.sqs(), operation, asked) for operation, asked in story)]


def _play_keys_and_secrets() -> list[Any]:
    with mock_aws():
        _, _, key = ground.make(())
        kms, ssm = clients.client("kms"), clients.client("ssm")
        made = kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256", EncryptionContext={"brand": "demo"})
        opened = [
            kms.decrypt(KeyId=key, CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"brand": "demo"}),
            _refused(kms.decrypt, KeyId=key, CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"brand": "rival"}),
            _refused(kms.decrypt, KeyId="nowhere", CiphertextBlob=made["CiphertextBlob"]),
        ]
        assert len(opened[0].pop("Plaintext")) == 32
        secrets = [
            ssm.put_parameter(Name="/a/secret", Value="first", Type="SecureString", KeyId=key, Overwrite=True),
            ssm.put_parameter(Name="/a/secret", Value="第二", Type="SecureString", KeyId=key, Overwrite=True),
            _refused(ssm.put_parameter, Name="/a/secret", Value="third", Type="SecureString", KeyId=key),
            ssm.get_parameter(Name="/a/secret", WithDecryption=True),
            ssm.delete_parameter(Name="/a/secret"),
            _refused(ssm.get_parameter, Name="/a/secret", WithDecryption=True),
        ]
        return [made.keys(), *(_without_names(each) for each in [*opened, *secrets])]


def _refused(ask: Any, **asked: Any) -> Any:
    with pytest.raises(ClientError) as error:
        ask(**asked)
    return {"type": type(error.value).__name__, **error.value.response["Error"]}


def _ask(asked_of: wire.Wire, operation: str, asked: dict[str, Any]) -> Any:
    """What came back, without the names that are new at each time."""
    try:
        return _without_names(asked_of.call(operation, asked))
    except ClientError as error:
        return error.response


def _without_names(answer: Any) -> Any:
    if isinstance(answer, list):
        return [_without_names(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    return {name: OWN_NAMES.get(name) or _without_names(value) for name, value in answer.items() if name not in OF_THE_HOUR}


def _take_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_way_to_moto, "is_short", lambda *asked: False)
    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", quicker_moto._write)
    monkeypatch.delattr(Table, "__deepcopy__")
    monkeypatch.setattr(Table, "query", quicker_moto._query)
    monkeypatch.setattr(Table, "all_items", quicker_moto._all_items)
    monkeypatch.setattr(ConditionExpressionParser, "_lex_condition_expression", quicker_moto._lex)
    monkeypatch.setattr(DepthFirstTraverser, "traverse_node_recursively", quicker_moto._walk)
    monkeypatch.setattr(DepthFirstTraverser, "process", quicker_moto._process_node)
    monkeypatch.setattr(Node, "find_clauses", quicker_moto._clauses)
    monkeypatch.setattr(Item, "__init__", quicker_moto._make)


def _row(name: str, sk: str = "@", **more: Any) -> dict[str, Any]:
    return {"pk": {"S": f"demo#{name}" if name else ""}, "sk": {"S": sk}, **more}


def _where(text: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"KeyConditionExpression": text, "ExpressionAttributeValues": values}


def _named_in(text: str, named: dict[str, Any]) -> dict[str, Any]:
    return {"ExpressionAttributeNames": {name: value for name, value in named["ExpressionAttributeNames"].items() if name in text}}


def _only_new() -> dict[str, Any]:
    return {"ConditionExpression": "attribute_not_exists (#p)", "ExpressionAttributeNames": {"#p": "pk"}}


def _update(key: dict[str, Any], text: str) -> dict[str, Any]:
    names = {name: name[1:] for name in ("#a", "#n", "#m") if name in text}
    values = {name: value for name, value in {":a": {"S": "new"}, ":n": {"N": "2"}}.items() if name in text}
    return {
        "Key": key,
        "UpdateExpression": text,
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ExpressionAttributeValues": values} if values else {}),
    }


def _put(name: str) -> dict[str, Any]:
    return {"Put": {"TableName": TABLE, "Item": _row(name), **_only_new()}}


def _set(name: str, value: str) -> dict[str, Any]:
    changes = {
        "UpdateExpression": "SET #a = :a",
        "ExpressionAttributeNames": {"#a": "a"},
        "ExpressionAttributeValues": {":a": {"S": value}},
    }
    return {"Update": {"TableName": TABLE, "Key": {"pk": {"S": f"demo#{name}"}, "sk": {"S": "@"}}, **changes}}


def _check(name: str) -> dict[str, Any]:
    return {
        "ConditionCheck": {
            "TableName": TABLE,
            "Key": {"pk": {"S": f"demo#{name}"}, "sk": {"S": "@"}},
            "ConditionExpression": "attribute_exists (#p)",
            "ExpressionAttributeNames": {"#p": "pk"},
        }
    }
