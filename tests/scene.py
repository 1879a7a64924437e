"""A brand with its accounts and rules, ready to be played in. The tests of a module share one; each brings people of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.aws import clients
from chalicelib.consent.flows import changing
from chalicelib.consent.rules import grants
from chalicelib.consent.words import Side
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.inbox.words import Callback
from chalicelib.messaging.flows import Handover
from sandbox import media
from tests.builders import MINI_APPID, OA_APPID, TEMPLATE_ID, log_in, make_accounts, make_brand, make_rules, make_user, reply_rules
from tests.house import House

REGION = "us-east-1"
OF_A_STEP = ("account", "template_id", "data", "page", "miniprogram_state", "wait_s")
"""What an order says of its one way; all else it says of the message."""
CARD_CALL = "/cgi-bin/message/custom/send"
SUBSCRIBE_CALL = "/cgi-bin/message/subscribe/send"


class Scene:
    """A house whose brand demo has the accounts demo.oa and demo.mini and the builders' rules, with a card that WeChat takes."""

    def __init__(self, house: House, *, mode: str = "safe", format: str = "xml") -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key, mode=mode, format=format)
        self.rules = reply_rules()
        self.rules["rules"][1]["card"]["thumb_media_id"] = media.keep_sample(house.sandbox, appid=OA_APPID, kind="thumb")
        make_rules(house, self.key, self.rules)

    # -- people -----------------------------------------------------------------------------------------------

    def follower(self) -> str:
        """Somebody new who follows the official account; what that leaves on the queues is worked off."""
        user = make_user(self.house)
        self.follow(user)
        self.house.work()
        return user

    def customer(self, *, accepts: int = 1) -> str:
        """Somebody new who is logged in to the mini program and has accepted so many subscribe messages."""
        user = make_user(self.house)
        log_in(self.house, user)
        self.accept(user, accepts)
        return user

    def follow(self, user: str) -> Any:
        return self.house.play(f"/users/{user}/follow", {"appid": OA_APPID})["push"]

    def say(self, user: str, content: str) -> Any:
        return self.house.play(f"/users/{user}/send", {"appid": OA_APPID, "msgtype": "text", "content": content})["push"]

    def accept(self, user: str, times: int) -> None:
        """Let somebody accept further subscribe messages, known on both sides, without the callbacks that tell of it."""
        openid = self.openid(user, MINI_APPID)
        contact = self.house.sandbox.contact(MINI_APPID, openid)
        assert contact is not None
        contact.credits[TEMPLATE_ID] = contact.credits.get(TEMPLATE_ID, 0) + times
        if times:
            self.grant(openid, times)

    def grant(self, openid: str, times: int) -> None:
        """Let the house know of accepts; more than it believes are one for good."""
        world, now = self.house.world, self.house.clock()
        key = identity.key_of("demo", Identifier(IdentifierType.openid, openid, "mini"), world=world, now=now)

        def accept(side: Side) -> Side:
            for _ in range(1 if times > grants.MOST else times):
                side = grants.accept(side, TEMPLATE_ID, grants.Source.callback, long_term=times > grants.MOST, at=now)
            return side

        changing.change_side("demo", key, accept, world=world)

    def openid(self, user: str, appid: str = OA_APPID) -> str:
        openid: str = self.house.play(f"/users/{user}?appid={appid}", method="GET")["openid"]
        return openid

    def unionid(self, user: str) -> str:
        unionid: str = self.house.play(f"/users/{user}?appid={OA_APPID}", method="GET")["unionid"]
        return unionid

    def seen(self, user: str, via: str) -> list[str]:
        """What somebody read on the phone that came this way."""
        received = self.house.play(f"/users/{user}/received", method="GET")["received"]
        return [shown["text"] for shown in received if shown["via"] == via]

    # -- what lies about --------------------------------------------------------------------------------------

    def take(self, queue: str) -> list[str]:
        """Everything on a queue, taken off it."""
        sqs, url, bodies = clients.client("sqs"), self.house.urls[queue], list[str]()
        while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for each in got:
                bodies.append(each["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return bodies

    def callback(self) -> Callback:
        """The one callback on the inbox queue, taken off it."""
        (body,) = self.take("inbox")
        return msgspec.json.decode(body, type=Callback)

    def callbacks_about(self, openid: str, table: str = "inbox") -> list[dict[str, Any]]:
        """The kept callbacks somebody sent."""
        return [row for row in self.house.rows(table) if self.opened(row).fields.get("FromUserName") == openid]

    def opened(self, row: dict[str, Any]) -> Callback:
        return msgspec.json.decode(self.house.world.keyring.decrypt("demo", row["sealed"]["S"]), type=Callback)

    def row_of(self, callback: Callback) -> dict[str, Any] | None:
        """The row of a callback, if there is one."""
        pk = "#".join([*callback.account.split("."), callback.key])
        item = clients.client("dynamodb").get_item(TableName="liandong-local-inbox", Key={"pk": {"S": pk}, "sk": {"S": "@"}}).get("Item")
        return None if item is None else dict(item)

    def forget_people(self) -> None:
        """Empty the tables that grow with people: whoever looks through them afterwards finds the last ones only."""
        for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values():
            if table.name.rsplit("-", 1)[1] in ("identities", "inbox", "messages"):
                table.items.clear()
                if table.stream_shard is not None:
                    table.stream_shard.items.clear()
        self.house.forget_stream()

    # -- messages ---------------------------------------------------------------------------------------------

    def order(self, user: str, **changes: Any) -> dict[str, Any]:
        """A reminder for a customer, named by the mini program's openid."""
        to = {"type": "openid", "value": self.openid(user, MINI_APPID), "account": "demo.mini"}
        data = {"thing1": "美容护理", "time2": "15:00"}
        step = {"channel": "subscribe_message", "account": "demo.mini", "template_id": TEMPLATE_ID, "data": data}
        step |= {name: changes.pop(name) for name in OF_A_STEP if name in changes}
        return {"to": to, "purpose": "service", "channels": [step], **changes}

    def post(self, order: dict[str, Any], *, idempotency_key: str | None = None) -> tuple[int, Any]:
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return self.house.call("POST", "/v1/messages", order, key=self.key, headers=headers)

    def planned(self, order: dict[str, Any]) -> Handover:
        """A message that is planned and taken off its queue: what a worker is handed."""
        status, message = self.post(order)
        assert status == 202, message
        self.take("outbox")
        return Handover("demo", message["id"])

    def message(self, message_id: str) -> Any:
        status, message = self.house.call("GET", f"/v1/messages/{message_id}", key=self.key)
        assert status == 200, message
        return message

    def sends(self, openid: str, path: str = SUBSCRIBE_CALL) -> list[dict[str, Any]]:
        """The sends to somebody that reached WeChat, by their bodies."""
        return [call.body for call in self.house.sandbox.log.find(path=path) if call.body["touser"] == openid]


@contextmanager
def watched() -> Iterator[list[str]]:
    """Every call to AWS meanwhile, by its operation; PynamoDB's too."""
    calls: list[str] = []

    def note(do: Callable[[], Any], operation: str, service: str) -> Any:
        calls.append(operation)
        return do()

    with _every_call_through(note):
        yield calls


@contextmanager
def away(*services: str) -> Iterator[None]:
    """AWS services that answer nothing but 503 meanwhile; with `dynamodb/messages` that table alone."""

    def refuse(do: Callable[[], Any], operation: str, service: str) -> Any:
        if {service, service.partition("/")[0]} & set(services):
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "away"}, "ResponseMetadata": {}}, operation)
        return do()

    with _every_call_through(refuse):
        yield


@contextmanager
def _every_call_through(pass_on: Callable[[Callable[[], Any], str, str], Any]) -> Iterator[None]:
    real = BaseClient._make_api_call

    def call(client: Any, operation: str, asked: Any) -> Any:
        service = client.meta.service_model.service_name
        table = str(asked.get("TableName", "")).rpartition("-")[2]
        return pass_on(lambda: real(client, operation, asked), operation, f"{service}/{table}" if table else service)

    BaseClient._make_api_call = call
    try:
        yield
    finally:
        BaseClient._make_api_call = real
