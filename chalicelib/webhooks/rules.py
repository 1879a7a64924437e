"""What a receiver is told and how it is signed, when it is tried again, and what its answers say about it. Pure."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
from standardwebhooks import Webhook as Signer

from chalicelib.errors import Invalid
from chalicelib.ids import digest, ulid
from chalicelib.providers.courier import TIMED_OUT, Answer
from chalicelib.webhooks.words import Attempt, Delivery, DeliveryState, Handover, Kind, Pace, SecretKept, Told, Webhook, Why

MOST_WEBHOOKS = 20
LISTENED_S = 10
"""How long a container tells the webhooks it knows before it looks again."""
SECRET_BYTES = 32
SIGNS_ALONG = timedelta(hours=24)
MOST_SECRETS = 5
"""That sign at once: each makes the header longer, and receivers refuse long ones."""
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600))
"""Between the tries of one telling: 27 hours and 35 minutes in all."""
JITTER = 0.1
LONGEST_WAIT = timedelta(hours=10)
"""However long a receiver asks us to wait."""
BUSY_STATUSES = frozenset({429, 503})
GONE = 410
SLOW_S = 3.0
PARKED_AT = 3
"""So many slow answers more than quick ones park a receiver; so many quick ones release it."""
FAST_LIMIT_S = 5.0
SLOW_LIMIT_S = 10.0
CHECK_LIMIT_S = 4.0
GIVEN_UP_AFTER = timedelta(days=5)
MOST_ATTEMPTS = 24
"""As many as three rounds of tries are remembered."""
SLOW_QUEUE = "webhooks-slow"
ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
WORK = re.compile(r"(?P<webhook>[0-9A-Z]{26})-(?P<delivery>[0-9a-f]{32})-(?P<tries>[0-9]{1,6})")


class Outcome(msgspec.Struct, frozen=True):
    """How a telling stands after a try."""

    state: DeliveryState
    next_at: datetime | None = None
    why: str = ""


# -- what is told, and how it is signed --------------------------------------------------------------------------------


def tell(kind: str, at: datetime, data: dict[str, Any]) -> str:
    """The body, the same for every try."""
    return msgspec.json.encode(Told(type=kind, timestamp=at, data=data)).decode()


def data_of_person(body: dict[str, Any]) -> dict[str, Any]:
    """Who became whom: `absorbed` goes on as `person`, or what was `person` is `parted` as well."""
    return {name: body[name] for name in ("person", "absorbed", "parted") if name in body}


def data_of_group(body: dict[str, Any]) -> dict[str, Any]:
    return {"group": {"id": body["group"], "offer": body["offer"]}}


def data_of_consent(brand: str, body: dict[str, Any]) -> dict[str, Any]:
    account = f"{brand}.{body['account']}" if body["account"] else None
    return {"consent": {"person": body["person"], "account": account, "way": body["way"], "at": body["at"], "changes": body["changes"]}}


def data_of_record(body: dict[str, Any], person: str | None) -> dict[str, Any]:
    return {"record": {"type": body["type"], "version": body.get("version"), "person": person}}


def data_of_held(body: dict[str, Any]) -> dict[str, Any]:
    """Of which batch how many records are held; the batch tells which, and why."""
    return {name: body[name] for name in ("batch", "source", "records")}


def ordered_id(brand: str, actor: str, idempotency_key: str) -> str:
    """A webhook's id from the Idempotency-Key of whoever orders it; it looks like any other, made when time began."""
    return ulid(datetime.fromtimestamp(0, UTC), bytes.fromhex(digest(brand, "webhook", actor, idempotency_key))[:10])


def delivery_id(webhook: str, fact_id: str) -> str:
    """The same fact is told to the same webhook under one id, however often it is heard."""
    return digest("delivery", webhook, fact_id)


def message_id(delivery: str) -> str:
    """The value of `webhook-id`."""
    return f"msg_{delivery}"


def new_secret(random32: bytes) -> str:
    return f"whsec_{base64.b64encode(random32).decode()}"


def secrets_in_force(secrets: Iterable[SecretKept], now: datetime) -> tuple[SecretKept, ...]:
    """The newest first; those replaced a day ago sign no more."""
    return tuple(each for each in secrets if each.until is None or now < each.until)


def rotate(secrets: Iterable[SecretKept], secret: str, now: datetime) -> tuple[SecretKept, ...]:
    """A new secret, and the newest ones before for another day at most."""
    until = now + SIGNS_ALONG
    before = (SecretKept(each.secret, min(each.until or until, until)) for each in secrets_in_force(secrets, now)[: MOST_SECRETS - 1])
    return (SecretKept(secret), *before)


def headers_of(delivery: str, body: str, secrets: Iterable[SecretKept], now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks, a signature for each secret in force. https://www.standardwebhooks.com"""
    signed = [Signer(each.secret).sign(message_id(delivery), now.astimezone(UTC), body) for each in secrets_in_force(secrets, now)]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Liandong-Webhooks/1",
        "webhook-id": message_id(delivery),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }


# -- what an answer means ----------------------------------------------------------------------------------------------


def attempt_of(answer: Answer, now: datetime) -> Attempt:
    return Attempt(at=now, took_ms=round(answer.took_s * 1000), status=answer.status, code=answer.trouble)


def succeeded(answer: Answer) -> bool:
    return answer.status is not None and 200 <= answer.status < 300


def outcome_of(answer: Answer, delivery: Delivery, *, random2: bytes, now: datetime) -> Outcome:
    """2xx is the end, 410 too; whatever else came, also another address, is a failure with another try while there are tries left."""
    if succeeded(answer):
        return Outcome(DeliveryState.delivered)
    if answer.status == GONE:
        return Outcome(DeliveryState.failed, why="gone")
    tried = delivery.tries - delivery.first
    if tried >= len(DELAYS):
        return Outcome(DeliveryState.failed, why="given_up")
    asked = read_retry_after(answer.retry_after, now) if answer.status in BUSY_STATUSES else timedelta(0)
    return Outcome(DeliveryState.waiting, next_at=now + max(jittered(DELAYS[tried], random2), min(asked, LONGEST_WAIT)))


def jittered(delay: timedelta, random2: bytes) -> timedelta:
    """A tenth more or less, so that what failed at once does not come back at once."""
    return delay * (1 + JITTER * (int.from_bytes(random2, "big") / 32767.5 - 1))


def read_retry_after(text: str, now: datetime) -> timedelta:
    """How long a receiver asks to wait, in seconds or until a date; not at all when it says neither."""
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), LONGEST_WAIT.total_seconds()))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return timedelta(0)
    return max(until.replace(tzinfo=until.tzinfo or UTC) - now, timedelta(0))


def next_pace(pace: Pace, answer: Answer) -> Pace:
    """A receiver is parked when it was slow a few times, and released when it was quick as often. One that is not there is not slow."""
    if answer.took_s >= SLOW_S or answer.trouble == TIMED_OUT:
        slowness = min(pace.slowness + 1, PARKED_AT)
    elif answer.status is not None:
        slowness = max(pace.slowness - 1, 0)
    else:
        return pace
    return Pace(slowness, slowness == PARKED_AT or (pace.parked and slowness > 0))


def why_disable(webhook: Webhook, answer: Answer, now: datetime) -> Why | None:
    """A receiver that says so is gone; one that has failed for days running is given up."""
    if answer.status == GONE:
        return Why.gone
    if not succeeded(answer) and webhook.failing_since is not None and now - webhook.failing_since >= GIVEN_UP_AFTER:
        return Why.failing
    return None


# -- which queue -------------------------------------------------------------------------------------------------------


def queue_of(webhook: str, shards: int, *, parked: bool = False) -> str:
    """The queue of a webhook: one of the ordinary ones by its hash, or the slow lane."""
    return SLOW_QUEUE if parked else f"webhooks-{zlib.crc32(webhook.encode()) % shards}"


def is_awaited(delivery: Delivery, handover: Handover) -> bool:
    """Is this the try that is next? What is handed over twice, or late, is none."""
    return delivery.state is DeliveryState.waiting and delivery.tries == handover.tries


def write_work(handover: Handover) -> str:
    """What a due row says; the brand is said beside."""
    return f"{handover.webhook}-{handover.delivery}-{handover.tries}"


def read_work(brand: str, work: str) -> Handover:
    written = WORK.fullmatch(work)
    if written is None:
        raise LookupError("A due row names no telling")
    return Handover(brand, written["webhook"], written["delivery"], int(written["tries"]))


# -- what is asked of us -----------------------------------------------------------------------------------------------


def is_webhook_id(text: str) -> bool:
    """Anything else names no webhook and is not looked for."""
    return ULID.fullmatch(text) is not None


def unlike(facts: Iterable[Kind]) -> tuple[Kind, ...]:
    """The facts, each once."""
    return tuple(sorted(set(facts)))


def order_key(made_at: datetime, delivery: str) -> str:
    """Where a telling stands among those of its webhook."""
    return f"{max(int(made_at.timestamp() * 1000), 0):013d}#{delivery}"


def read_order_key(cursor: str) -> str:
    """Where a page begins, as `order_key` has it; `Invalid` for anything else."""
    if not re.fullmatch(r"[0-9]{13}#[0-9a-f]{32}", cursor):
        raise Invalid(code="cursor_invalid")
    return cursor
