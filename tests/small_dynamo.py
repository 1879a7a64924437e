"""A DynamoDB small and quick enough for thousands of histories.

It honours the conditions the rooms send, keeps the stream, and reads as old as DynamoDB may; indexes it has none.
`test_small_dynamo.py` holds it against moto.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

Item = dict[str, dict[str, Any]]
Asked = dict[str, Any]
Place = tuple[str, str, str]
TOKEN = re.compile(r"<=|>=|<>|[=<>(),+-]|[#:]?\w+")
LONGEST = {"pk": 2048, "sk": 1024}
MOST_IN_A_TRANSACTION = 100


class SmallDynamo:
    """Tables by name, made by their first item.

    `old_reads`: how often an eventually consistent read shows an item as it was before its last write.
    """

    def __init__(self, *, old_reads: float = 0.0, seed: int = 0) -> None:
        self.items: dict[Place, Item] = {}
        self.stream: list[dict[str, Any]] = []
        self.calls: list[tuple[str, Asked]] = []
        self.old_reads = old_reads
        self._random = random.Random(seed)
        self._before: dict[Place, Item | None] = {}

    def __call__(self, operation: str, asked: Asked) -> dict[str, Any]:
        """What boto3 would get back, or the error it would raise."""
        self.calls.append((operation, asked))
        answer: dict[str, Any] = getattr(self, f"_{operation}")(asked)
        return answer

    def rows(self, *, pk: str = "", sk: str = "") -> list[Item]:
        """Every item whose keys begin like this."""
        return [item for place, item in sorted(self.items.items()) if place[1].startswith(pk) and place[2].startswith(sk)]

    def _GetItem(self, asked: Asked) -> dict[str, Any]:  # noqa: N802 - named by DynamoDB
        item = self._read(_place(asked["TableName"], asked["Key"]), consistent=asked.get("ConsistentRead", False))
        return {} if item is None else {"Item": dict(item)}

    def _PutItem(self, asked: Asked) -> dict[str, Any]:  # noqa: N802
        place = _place(asked["TableName"], asked["Item"])
        self._check(place, asked, "PutItem")
        self._write(place, dict(asked["Item"]))
        return {}

    def _UpdateItem(self, asked: Asked) -> dict[str, Any]:  # noqa: N802
        place = _place(asked["TableName"], asked["Key"])
        self._check(place, asked, "UpdateItem")
        changed = _Expression(asked["UpdateExpression"], asked, self.items.get(place, dict(asked["Key"]))).change()
        self._write(place, changed)
        return {"Attributes": dict(changed)}

    def _DeleteItem(self, asked: Asked) -> dict[str, Any]:  # noqa: N802
        place = _place(asked["TableName"], asked["Key"])
        self._check(place, asked, "DeleteItem")
        self._write(place, None)
        return {}

    def _Query(self, asked: Asked) -> dict[str, Any]:  # noqa: N802
        assert "IndexName" not in asked, "indexes are moto's"
        consistent = asked.get("ConsistentRead", False)
        asked_for = {value.get("S") for value in asked["ExpressionAttributeValues"].values()}  # the pk is one of them
        places = sorted(place for place in self.items if place[0] == asked["TableName"] and place[1] in asked_for)
        found = [self._read(place, consistent=consistent) for place in places]
        items = [dict(item) for item in found if item and _Expression(asked["KeyConditionExpression"], asked, item).holds()]
        if not asked.get("ScanIndexForward", True):
            items.reverse()
        items = items[: asked.get("Limit")]
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def _BatchGetItem(self, asked: Asked) -> dict[str, Any]:  # noqa: N802
        answer: dict[str, list[Item]] = {}
        for table, wanted in asked["RequestItems"].items():
            places = [_place(table, key) for key in wanted["Keys"]]
            _refuse_repeats(places, "BatchGetItem")
            found = (self._read(place, consistent=wanted.get("ConsistentRead", False)) for place in places)
            answer[table] = [dict(item) for item in found if item is not None]
        return {"Responses": answer, "UnprocessedKeys": {}}

    def _BatchWriteItem(self, asked: Asked) -> dict[str, Any]:  # noqa: N802
        for table, requests in asked["RequestItems"].items():
            for request in requests:
                item = request.get("PutRequest", {}).get("Item")
                self._write(_place(table, item or request["DeleteRequest"]["Key"]), item)
        return {"UnprocessedItems": {}}

    def _TransactWriteItems(self, asked: Asked) -> dict[str, Any]:  # noqa: N802
        parts = [(verb, part) for each in asked["TransactItems"] for verb, part in each.items()]
        places = [_place(part["TableName"], part.get("Item") or part["Key"]) for _, part in parts]
        _refuse_repeats(places, "TransactWriteItems")
        if len(places) > MOST_IN_A_TRANSACTION:
            raise refusal("ValidationException", "TransactWriteItems")
        held = [self._holds(place, part) for place, (_, part) in zip(places, parts, strict=True)]
        if not all(held):
            reasons = [{"Code": "None" if one else "ConditionalCheckFailed"} for one in held]
            raise refusal("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)
        for verb, part in parts:
            if verb != "ConditionCheck":
                {"Put": self._PutItem, "Update": self._UpdateItem, "Delete": self._DeleteItem}[verb](part)
        return {}

    def _read(self, place: Place, *, consistent: bool) -> Item | None:
        if not consistent and place in self._before and self._random.random() < self.old_reads:
            return self._before[place]
        return self.items.get(place)

    def _holds(self, place: Place, asked: Asked) -> bool:
        condition = asked.get("ConditionExpression")
        return condition is None or _Expression(condition, asked, self.items.get(place, {})).holds()

    def _check(self, place: Place, asked: Asked, operation: str) -> None:
        if not self._holds(place, asked):
            raise refusal("ConditionalCheckFailedException", operation)

    def _write(self, place: Place, item: Item | None) -> None:
        old = self.items.get(place)
        if old == item:
            return
        self._before[place] = old
        if item is None:
            del self.items[place]
            return
        self.items[place] = item
        self.stream.append({"eventName": "MODIFY" if old else "INSERT", "dynamodb": {"NewImage": dict(item)}})


def refusal(code: str, operation: str, **more: Any) -> ClientError:
    """What botocore raises when DynamoDB answers with an error."""
    response: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPHeaders": {}}, **more}
    return ClientError(response, operation)


@contextmanager
def in_place_of_dynamodb(dynamo: SmallDynamo) -> Iterator[SmallDynamo]:
    """Every client of DynamoDB asks this one; other services are asked as before."""
    real = BaseClient._make_api_call

    def ask(client: Any, operation: str, asked: Asked) -> Any:
        return dynamo(operation, asked) if client.meta.service_model.service_name == "dynamodb" else real(client, operation, asked)

    BaseClient._make_api_call = ask
    try:
        yield dynamo
    finally:
        BaseClient._make_api_call = real


def _place(table: str, keys: Item) -> Place:
    pk, sk = str(keys["pk"]["S"]), str(keys["sk"]["S"])
    if not (0 < len(pk.encode()) <= LONGEST["pk"] and 0 < len(sk.encode()) <= LONGEST["sk"]):
        raise refusal("ValidationException", "any")
    return table, pk, sk


def _refuse_repeats(places: list[Place], operation: str) -> None:
    if len(set(places)) < len(places) or len(places) > 100:
        raise refusal("ValidationException", operation)


class _Expression:
    """A condition or an update as PynamoDB writes it: every AND, OR and NOT in brackets."""

    def __init__(self, text: str, asked: Asked, item: Item) -> None:
        self._tokens = TOKEN.findall(text)
        self._names = asked.get("ExpressionAttributeNames", {})
        self._values = asked.get("ExpressionAttributeValues", {})
        self._item = item

    def holds(self) -> bool:
        token = self._take()
        if token == "(":
            return self._bracket()
        if token in ("attribute_exists", "attribute_not_exists"):
            return (self._list()[0] is not None) == (token == "attribute_exists")
        if token == "begins_with":
            text, beginning = self._list()
            return text is not None and str(text["S"]).startswith(beginning["S"])
        left, operator = self._operand(token), self._take()
        if operator == "IN":
            return left in self._list()
        if operator == "BETWEEN":
            low, _, high = self._operand(self._take()), self._take(), self._operand(self._take())
            return _compare(left, ">=", low) and _compare(left, "<=", high)
        return _compare(left, operator, self._operand(self._take()))

    def change(self) -> Item:
        """The item after SET, REMOVE and ADD."""
        changed, verb = dict(self._item), ""
        while self._tokens:
            token = self._take()
            if token in ("SET", "REMOVE", "ADD"):
                verb, token = token, self._take()
            if token == ",":
                token = self._take()
            name = self._names[token]
            if verb == "REMOVE":
                changed.pop(name, None)
            elif verb == "ADD":
                changed[name] = _sum(self._item.get(name, {"N": "0"}), "+", self._operand(self._take()))
            else:
                assert self._take() == "="
                changed[name] = self._value()
        return changed

    def _bracket(self) -> bool:
        if self._tokens[0] == "NOT":
            self._take()
            result = not self.holds()
        else:
            left, operator, right = self.holds(), self._take(), self.holds()
            result = (left and right) if operator == "AND" else (left or right)
        assert self._take() == ")"
        return result

    def _value(self) -> Any:
        token = self._take()
        if token == "if_not_exists":
            there, otherwise = self._list()
            value = otherwise if there is None else there
        else:
            value = self._operand(token)
        if self._tokens[:1] in (["+"], ["-"]):
            return _sum(value, self._take(), self._operand(self._take()))
        return value

    def _list(self) -> list[Any]:
        assert self._take() == "("
        found = []
        while self._tokens[0] != ")":
            found.append(self._operand(self._take()))
            if self._tokens[0] == ",":
                self._take()
        self._take()
        return found

    def _operand(self, token: str) -> Any:
        return self._values[token] if token.startswith(":") else self._item.get(self._names[token])

    def _take(self) -> str:
        token: str = self._tokens.pop(0)
        return token


def _compare(left: Any, operator: str, right: Any) -> bool:
    if left is None or right is None or left.keys() != right.keys():
        return operator == "<>"
    (kind,) = left
    a, b = (Decimal(each[kind]) if kind == "N" else each[kind] for each in (left, right))
    results = {"=": a == b, "<>": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}
    return bool(results[operator])


def _sum(left: Any, operator: str, right: Any) -> dict[str, str]:
    a, b = Decimal(left["N"]), Decimal(right["N"])
    return {"N": str(a + b if operator == "+" else a - b)}
