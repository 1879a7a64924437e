"""What moto's DynamoDB and SQS do again and again without need, done once: its answers stay as they are.

moto is made for tests with a few rows. At each transaction it copies every row and every stream record of the tables it names, at each
query it sorts every row there is, at each attribute it weighs the whole item anew, and it reads each expression letter by letter, though a
room has a dozen of them. At each message it takes from a queue it counts all that lie there, three times.
"""

from __future__ import annotations

import copy
import functools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from moto.core import models
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models import DynamoDBBackend, Table
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.parsing.ast_nodes import (  # type: ignore[attr-defined]  # moto has not typed it
    DepthFirstTraverser,
    Expression,
    Node,
    UpdateExpressionFunction,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.sqs import models as sqs
from moto.sqs.models import Message, SQSBackend

LARGEST_ITEM = 405_000
"""As moto has it."""

_in_question = threading.local()
_write = DynamoDBBackend.transact_write_items
_query = Table.query
_all_items = Table.all_items
_make = Item.__init__
_walk = DepthFirstTraverser.traverse_node_recursively
_process_node = DepthFirstTraverser.process
_clauses = Node.find_clauses
_lex = ConditionExpressionParser._lex_condition_expression
_cast = DynamoType.cast_value.fget  # type: ignore[attr-defined]


def join() -> None:
    """From now on, in this process."""
    for whose, name, ours in (
        (DynamoDBBackend, "transact_write_items", _write_or_restore),
        (Table, "__deepcopy__", lambda table, memo: table),  # what moto would restore by itself
        (Table, "query", _query_in_question),
        (Table, "all_items", _items_in_question),
        (ConditionExpressionParser, "_lex_condition_expression", lambda parser: deque(_read(parser.condition_expression))),
        (UpdateExpressionParser, "make", functools.cache(UpdateExpressionParser.make)),  # moto works on copies of what it has read
        (DepthFirstTraverser, "traverse_node_recursively", _traverse),
        (DepthFirstTraverser, "process", _process),
        (Node, "find_clauses", _find_clauses),
        (Node, "__deepcopy__", _copy_node),
        (DynamoType, "cast_value", property(lambda value: value.value if value.type == "S" else _cast(value))),
        (Item, "__init__", _make_item),
        (SQSBackend, "is_message_valid_based_on_retention_period", _is_kept),
        (Message, "visible", property(lambda message: time.time() * 1000 > message.visible_at)),
        (Message, "delayed", property(lambda message: time.time() * 1000 < message.delayed_until)),
        (sqs, "camelcase_to_underscores", functools.cache(sqs.camelcase_to_underscores)),
    ):
        setattr(whose, name, ours)
    models.RESPONSES_METHODS.clear()  # nobody asks AWS by `requests`, for which moto would put up 1300 signs at each start


def _write_or_restore(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """A transaction that fails brings back the rows it named, and cuts the streams to what they were."""
    restores = [_restore(backend, part) for each in transact_items for part in each.values()]
    try:
        _write(backend, transact_items)
    except Exception:
        for restore in restores:
            restore()
        raise


def _restore(backend: DynamoDBBackend, part: dict[str, Any]) -> Callable[[], None]:
    """What makes a row and its table's stream as they are now."""
    table = backend.get_table(part["TableName"])
    hash_key, range_key = backend.get_keys_value(table, part.get("Key") or part["Item"])
    before = copy.deepcopy(table.get_item(hash_key, range_key))
    shard = table.stream_shard
    told = 0 if shard is None else len(shard.items)

    def restore() -> None:
        if before is None:
            table.items[hash_key].pop(range_key, None)
        else:
            table.items[hash_key][range_key] = before
        if shard is not None:
            del shard.items[told:]

    return restore


def _query_in_question(table: Any, hash_key: DynamoType | None, *asked: Any, **more: Any) -> Any:
    """A query sees only the rows whose hash key is the one it asks for."""
    index_name = asked[6] if len(asked) > 6 else more.get("index_name")
    wanted = dict(more["hash_key_conditions"]) if index_name else {table.hash_key_attr: hash_key}
    _in_question.keys = wanted
    try:
        return _query(table, hash_key, *asked, **more)
    finally:
        _in_question.keys = None


def _items_in_question(table: Any) -> list[Item]:
    wanted = getattr(_in_question, "keys", None)
    if wanted is None or not table.has_range_key:
        return _all_items(table)
    if set(wanted) == {table.hash_key_attr}:
        return list(table.items[wanted[table.hash_key_attr]].values()) if wanted[table.hash_key_attr] in table.items else []
    rows = (item for hash_set in table.items.values() for item in hash_set.values())
    found = [item for item in rows if all(item.attrs.get(name) == value for name, value in wanted.items() if name in item.attrs)]
    return sorted(found, key=lambda item: (item.hash_key, item.range_key))


@functools.cache
def _read(expression: str) -> tuple[Any, ...]:
    return tuple(_lex(ConditionExpressionParser(expression, None, None)))


def _traverse(walker: Any, node: Any, child_id: int = -1) -> Any:
    """moto's walk through an update, which asks of each node what it is: `isinstance` takes long where classes are abstract."""
    if not _is_a(node.__class__, (Node,)):
        return node
    parent = node.parent
    for place, child in enumerate(node.children or ()):
        walker.pre_processing_of_child(node, place)
        _traverse(walker, child, place)
    if _wanted(walker, node.__class__):
        node = walker.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


def _process(walker: Any, node: Any) -> Any:
    kind = _wanted(walker, node.__class__)
    return walker._processing_map()[kind](node) if kind else None


_wanted_of: dict[tuple[Any, Any], Any] = {}


def _wanted(walker: Any, kind: Any) -> Any:
    """As which kind a walker works on a node of this one, if at all: what it names is the same for every walker of its class."""
    place = (walker.__class__, kind)
    if place not in _wanted_of:
        _wanted_of[place] = next((each for each in walker._processing_map() if issubclass(kind, each)), None)
    return _wanted_of[place]


def _find_clauses(node: Any, kinds: Any) -> list[Any]:
    found = []
    for child in node.children or ():
        if child.__class__ in kinds:
            found.append(child)
        elif _is_a(child.__class__, (Expression, UpdateExpressionFunction)):
            found.extend(_find_clauses(child, kinds))
    return found


def _copy_node(node: Any, memo: dict[int, Any]) -> Any:
    """A part of an update with its children, for moto to fill in: `deepcopy` would take it to pieces by pickle."""
    copied = node.__class__.__new__(node.__class__)
    copied.__dict__.update(node.__dict__)
    if node.children is not None:
        copied.children = [copy.deepcopy(child, memo) for child in node.children]
        for child in copied.children:
            if _is_a(child.__class__, (Node,)):
                child.parent = copied
    return copied


@functools.cache
def _is_a(kind: Any, kinds: tuple[Any, ...]) -> bool:
    return issubclass(kind, kinds)


def _make_item(item: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
    """An item weighed once, not at each of its attributes."""
    item.hash_key, item.range_key = hash_key, range_key
    item.attrs = LimitedSizeDict()
    for name, value in attrs.items():
        dict.__setitem__(item.attrs, name, DynamoType(value))
    if item.size() > LARGEST_ITEM:
        raise ItemSizeTooLarge


def _is_kept(backend: SQSBackend, queue_name: str, message: Any) -> bool:
    kept_s: int = backend.get_queue(queue_name).message_retention_period  # type: ignore[attr-defined]
    return bool(time.time() < kept_s + message.sent_timestamp / 1000)
