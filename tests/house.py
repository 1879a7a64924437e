"""The whole house in one process: moto's AWS made from the template, the sandbox as WeChat, the app behind a client, a stopped clock."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import requests
from chalice.test import Client
from moto import mock_aws
from requests.adapters import BaseAdapter

from chalicelib import wiring
from chalicelib.accounts.flows import keeper
from chalicelib.accounts.words.platforms import Errand
from chalicelib.aws import clients
from chalicelib.aws.archive import Archive
from chalicelib.aws.facts import Facts
from chalicelib.aws.keyring import Keyring
from chalicelib.aws.queues import Queues
from chalicelib.aws.secrets import Secrets
from chalicelib.cache import Cache
from chalicelib.config import read_settings
from chalicelib.ids import ulid
from chalicelib.providers import signed_posts
from chalicelib.providers.push_by_http import HttpPush
from chalicelib.providers.signed_posts import SharedKey
from chalicelib.providers.sms_by_http import HttpSms
from chalicelib.wechat import gateway
from chalicelib.wechat.gateway import Gateway
from chalicelib.world import World
from sandbox.emulator import Sandbox
from sandbox.faults import AnswerLostError
from sandbox.transport import Answer, Request
from tests import ground
from tests.clock import NOON, Clock
from tests.ground import ARCHIVE, REGION
from tests.receivers import Receivers
from tests.sandbox.apps import app_of, give_back
from tests.sandbox.table import find_incomplete

__all__ = ["ARCHIVE", "NOON", "REGION", "WECHAT", "Clock", "House", "open_house"]

WECHAT = "http://api.weixin.test"
SMS = "http://sms.test"
SMS_KEY = "canary-sms-key-41d0"
WORKERS = {
    "inbox": "apply_callbacks",
    "outbox": "send_messages",
    "records": "keep_records",
    "identity-facts": "hear_identity",
    "pulls": "pull_from_wechat",
    "archive": "compact",
    "archive-facts": "hear_archive",
    "touches": "keep_touches",
    "waiting": "serve_account",
    "broadcasts": "send_broadcasts",
    "attribution-facts": "hear_attribution",
    "trigger-facts": "hear_triggers",
    "webhook-facts": "hear_webhooks",
    "webhooks-0": "send_webhooks_0",
    "webhooks-1": "send_webhooks_1",
    "webhooks-slow": "send_webhooks_slow",
}
QUEUES = tuple(WORKERS)
ANNOUNCERS = {"identities": "announce", "records": "announce_records", "offers": "announce_offers", "contacts": "announce_contacts"}


class WsgiAdapter(BaseAdapter):
    """Lets `requests` talk to a WSGI app in this process; `asked` are the paths."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self._app = app
        self.asked: set[str] = set()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        self.asked.add(parts.path)
        body = request.body.encode() if isinstance(request.body, str) else request.body
        try:
            with self._app.test_client() as client:
                answer = client.open(
                    parts.path,
                    method=request.method,
                    query_string=parts.query,
                    data=body,
                    headers={name: value for name, value in request.headers.items() if name.lower() != "content-length"},
                )
        except AnswerLostError as lost:
            raise requests.exceptions.ConnectionError(lost) from lost
        response = requests.Response()
        response.status_code, response.raw, response.url, response.request = (
            answer.status_code,
            io.BytesIO(answer.data),
            str(request.url),
            request,
        )
        response.headers.update(dict(answer.headers))
        return response

    def close(self) -> None:
        """Nothing is open."""


class DoorTransport:
    """Carries the sandbox's pushes to the app's client instead of a network."""

    def __init__(self, house: House) -> None:
        self._house = house

    def send(self, request: Request, *, timeout_s: float) -> Answer:
        parts = urlsplit(request.url)
        headers = {**({"Content-Type": request.content_type} if request.content_type else {}), **request.headers}
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        status, body = self._house.raw(request.method, target, body=request.body, headers=headers)
        return Answer(status, body, 0.01)


class House:
    """Everything a test needs to play a scene."""

    def __init__(self) -> None:
        import app

        self.app = app
        app.rooms.open_all()
        self._client = Client(app.app)
        self.clock = Clock()
        self.pauses: list[float] = []
        self.sandbox = Sandbox(
            clock=lambda: self.clock().timestamp(), random=random.Random(7), transport=DoorTransport(self), sleep=self.pauses.append
        )
        self.wechat_app = app_of(self.sandbox)
        self.urls, topic, key = ground.make(QUEUES)
        environment = {
            "STAGE": "local",
            "KMS_KEY_ARN": key,
            "INBOX_QUEUE_URL": self.urls["inbox"],
            "OUTBOX_QUEUE_URL": self.urls["outbox"],
            "RECORDS_QUEUE_URL": self.urls["records"],
            "ARCHIVE_QUEUE_URL": self.urls["archive"],
            "ARCHIVE_BUCKET": ARCHIVE,
            "PULLS_QUEUE_URL": self.urls["pulls"],
            "TOUCHES_QUEUE_URL": self.urls["touches"],
            "WAITING_QUEUE_URL": self.urls["waiting"],
            "BROADCASTS_QUEUE_URL": self.urls["broadcasts"],
            "WEBHOOK_QUEUE_URLS": " ".join(self.urls[f"webhooks-{shard}"] for shard in range(2)),
            "WEBHOOK_SLOW_QUEUE_URL": self.urls["webhooks-slow"],
            "FACTS_TOPIC_ARN": topic,
            "MINT_TOKEN_FUNCTION": "liandong-local-mint_token",
            "WECHAT_API_URL": WECHAT,
            "PUBLIC_URL": "https://api.example.com",
            "SMS_PROVIDER": f"{SMS}/_sandbox/phone/provider",
            "PUSH_PROVIDER": f"{SMS}/_sandbox/phone/push",
            "REPLY_RULES_FRESH_S": "10",
        }
        self._told: Counter[str] = Counter()
        self.receivers = Receivers(self.clock)
        self.settings = read_settings(environment)
        self.random = random.Random(11)
        self.world = self.new_container()
        self.to_wechat = WsgiAdapter(self.wechat_app)
        gateway._client(self.settings.wechat_api_url.rstrip("/"), self.settings.wechat_timeout_s)._http.mount(WECHAT, self.to_wechat)
        signed_posts.session().mount(SMS, WsgiAdapter(self.wechat_app))
        self.sandbox.state.settings.sms_key = SMS_KEY

    def new_container(self) -> World:
        """A world with empty caches, as a fresh Lambda container has; it becomes the one the app uses."""
        cache = Cache()
        keyring = Keyring(kms_key_arn=self.settings.kms_key_arn, random_bytes=self.random.randbytes)
        world = World(
            now=self.clock,
            new_id=self._new_id,
            random_bytes=self.random.randbytes,
            pause=self.pauses.append,
            together=lambda tasks: [task() for task in tasks],
            settings=self.settings,
            cache=cache,
            queues=Queues(self.urls),
            secrets=Secrets(stage=self.settings.stage, kms_key_arn=self.settings.kms_key_arn, cache=cache),
            keyring=keyring,
            archive=Archive(ARCHIVE, keyring),
            facts=Facts(self.settings.facts_topic_arn),
            wechat=Gateway(WECHAT, timeout_s=self.settings.wechat_timeout_s),
            mint=self._mint,
            keep=self._keep,
            sms=HttpSms(self.settings.sms_provider, fetch_key=lambda now: SharedKey(SMS_KEY), timeout_s=1),
            push=HttpPush(self.settings.push_provider, fetch_key=lambda now: SharedKey(SMS_KEY), timeout_s=1),
            courier=self.receivers,
        )
        return self.enter(world)

    def enter(self, world: World) -> World:
        """Make a world the one the app uses."""
        self.world = world
        wiring._kept_world.cache_clear()
        return world

    def _new_id(self) -> str:
        return ulid(self.clock(), self.random.randbytes(10))

    def _mint(self, account: str, *, rejected_version: int | None, platform: str = "") -> None:
        keeper.mint_token(account, rejected_version=rejected_version, platform=platform, world=self.world, now=self.clock())

    def _keep(self, errand: msgspec.Struct) -> None:
        keeper.do_errand(msgspec.convert(msgspec.to_builtins(errand), Errand), world=self.world, now=self.clock())

    # -- HTTP -------------------------------------------------------------------------------------------------

    def raw(self, method: str, target: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """One request to the app: status and body as bytes."""
        answer = self._client.http.request(method, target, headers=headers or {}, body=body)
        return answer.status_code, bytes(answer.body)

    def visit(self, target: str, *, cookie: str = "") -> tuple[int, dict[str, str], str]:
        """What a browser gets: status, headers and text; a redirect is not followed."""
        answer = self._client.http.get(target, headers={"cookie": cookie} if cookie else {})
        return answer.status_code, dict(answer.headers), bytes(answer.body).decode()

    def call(self, method: str, target: str, body: Any = None, *, key: str = "", headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """One JSON request to the app: status and decoded body."""
        sent = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
        status, answer = self.raw(method, target, body=b"" if body is None else msgspec.json.encode(body), headers=sent)
        return status, msgspec.json.decode(answer) if answer else None

    def play(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """One call of the sandbox's control API."""
        parts = urlsplit(path)
        with self.wechat_app.test_client() as client:
            answer = client.open(f"/_sandbox{parts.path}", method=method, json=body, query_string=dict(parse_qsl(parts.query)))
        assert answer.status_code < 400, answer.get_json()
        return answer.get_json()

    def wechat_calls(self, path: str) -> list[dict[str, Any]]:
        """The calls WeChat got on one path."""
        return [call for call in self.play(f"/log?path={path}", method="GET")["calls"] if call["path"] == path]

    # -- queues, streams, schedules ---------------------------------------------------------------------------

    def work(self) -> int:
        """Work everything off, as the workers would, until every queue is empty; how many records that took."""
        done = 0
        while worked := sum(self.work_off(queue) for queue in WORKERS) + self.announce():
            done += worked
        return done

    def work_off(self, queue: str) -> int:
        """One batch of one queue; failed records stay in flight."""
        if ground.lies_empty(queue):
            return 0
        sqs = clients.client("sqs")
        got = sqs.receive_message(QueueUrl=self.urls[queue], MaxNumberOfMessages=10).get("Messages", [])
        if not got:
            return 0
        answer = self.deliver(WORKERS[queue], [(each["MessageId"], each["Body"]) for each in got])
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for each in got:
            if each["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=self.urls[queue], ReceiptHandle=each["ReceiptHandle"])
        return len(got)

    def deliver(self, worker: str, records: list[tuple[str, str]]) -> Any:
        """Hand a worker a batch as Lambda would."""
        event = {"Records": [{"messageId": name, "receiptHandle": name, "body": body} for name, body in records]}
        return self._client.lambda_.invoke(worker, event).payload

    def tick(self, schedule: str) -> None:
        """One run of a schedule."""
        event = self._client.events.generate_cw_event("aws.events", "Scheduled Event", {}, [])
        self._client.lambda_.invoke(schedule, event)

    def queued(self, queue: str) -> int:
        attributes = clients.client("sqs").get_queue_attributes(QueueUrl=self.urls[queue], AttributeNames=["ApproximateNumberOfMessages"])
        return int(attributes["Attributes"]["ApproximateNumberOfMessages"])

    def announce(self) -> int:
        """Bring what is new in the streams to their announcers."""
        done = 0
        for table, announcer in ANNOUNCERS.items():
            records = self._new_stream_records(table)
            if records:
                self._client.lambda_.invoke(announcer, {"Records": records})
            done += len(records)
        return done

    def forget_stream(self) -> None:
        """The streams begin anew: somebody has emptied them."""
        self._told.clear()

    def _new_stream_records(self, table: str) -> list[dict[str, Any]]:
        records = ground.stream(table, told=self._told[table])
        self._told[table] += len(records)
        for record in records:
            record["dynamodb"]["ApproximateCreationDateTime"] = self.clock().timestamp()
        return records

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table, for looking at."""
        return ground.rows(table)

    def empty(self) -> None:
        """Empty ground again for the next test, quicker than a new house."""
        ground.clear()
        self.forget_stream()
        self.sandbox.reset()
        self.sandbox.state.settings.sms_key = SMS_KEY
        self.clock.moment = NOON
        self.pauses.clear()
        self.receivers.brought.clear()
        self.receivers.answers.clear()
        self.new_container()


@contextmanager
def open_house() -> Iterator[House]:
    """A house on empty ground."""
    with mock_aws():
        _forget()
        house = House()
        original, wiring.build_world = wiring.build_world, lambda: house.world
        try:
            yield house
            assert find_incomplete(house.to_wechat.asked) == [], "the backend calls what the sandbox has not in full"
        finally:
            wiring.build_world = original
            give_back(house.sandbox)
            _forget()


def _forget() -> None:
    """AWS clients outlive a house: moto empties the ground beneath them, and making them is what a house costs most."""
    wiring._kept_world.cache_clear()
    gateway._client.cache_clear()
    signed_posts.session.cache_clear()
