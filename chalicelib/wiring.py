"""Builds the outside world, once per container and on first use."""

from __future__ import annotations

import functools
import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib.aws.archive import Archive
from chalicelib.aws.facts import Facts
from chalicelib.aws.functions import invoke
from chalicelib.aws.keyring import Keyring
from chalicelib.aws.queues import Queues
from chalicelib.aws.secrets import Secrets
from chalicelib.cache import Cache
from chalicelib.config import Settings, read_settings
from chalicelib.errors import Busy, Declined, Missing
from chalicelib.ids import ulid
from chalicelib.providers.courier_by_http import HttpCourier
from chalicelib.providers.push import NoPush, Push
from chalicelib.providers.push_by_http import HttpPush
from chalicelib.providers.push_by_sns import SnsPush
from chalicelib.providers.signed_posts import SharedKey
from chalicelib.providers.sms import NoSms, Sms
from chalicelib.providers.sms_by_http import HttpSms
from chalicelib.providers.sms_by_sns import SnsSms
from chalicelib.together import Threads
from chalicelib.wechat.gateway import Gateway
from chalicelib.world import World

AT_ONCE = 8
"""Writes that one function waits for beside each other."""


def _now() -> datetime:
    return datetime.now(UTC)


def world() -> World:
    """The one world of this container."""
    return _kept_world()


@functools.cache
def _kept_world() -> World:
    return build_world()


def build_world() -> World:
    """The world as the environment describes it."""
    settings = read_settings(os.environ)
    cache = Cache()
    keyring = Keyring(kms_key_arn=settings.kms_key_arn, random_bytes=secrets.token_bytes)
    kept_secrets = Secrets(stage=settings.stage, kms_key_arn=settings.kms_key_arn, cache=cache)

    def ask_keeper(event: dict[str, Any]) -> None:
        outcome = invoke(settings.mint_token_function, event)
        if not outcome:
            return
        if "errcode" not in outcome:
            raise Busy(outcome["Message"], code=outcome["Code"])
        raise Declined(outcome["Message"], code=outcome["Code"], errcode=outcome["errcode"])

    def mint(account: str, *, rejected_version: int | None, platform: str = "") -> None:
        ask_keeper({"account": account, "rejected_version": rejected_version, "platform": platform})

    def keep(errand: msgspec.Struct) -> None:
        ask_keeper(msgspec.to_builtins(errand))

    return World(
        now=_now,
        new_id=lambda: ulid(_now(), secrets.token_bytes(10)),
        random_bytes=secrets.token_bytes,
        pause=time.sleep,
        together=Threads(AT_ONCE),
        settings=settings,
        cache=cache,
        queues=Queues(queue_urls(settings)),
        secrets=kept_secrets,
        keyring=keyring,
        facts=Facts(settings.facts_topic_arn),
        archive=Archive(settings.archive_bucket, keyring),
        wechat=Gateway(settings.wechat_api_url, timeout_s=settings.wechat_timeout_s),
        mint=mint,
        keep=keep,
        sms=choose_sms(settings.sms_provider, kept_secrets, timeout_s=settings.wechat_timeout_s),
        push=choose_push(settings, kept_secrets),
        courier=make_courier(settings),
    )


def queue_urls(settings: Settings) -> dict[str, str]:
    """Every queue something is sent to, by its short name."""
    return {
        "inbox": settings.inbox_queue_url,
        "outbox": settings.outbox_queue_url,
        "records": settings.records_queue_url,
        "archive": settings.archive_queue_url,
        "pulls": settings.pulls_queue_url,
        "touches": settings.touches_queue_url,
        "waiting": settings.waiting_queue_url,
        "broadcasts": settings.broadcasts_queue_url,
        **{f"webhooks-{shard}": url for shard, url in enumerate(settings.webhook_queue_urls.split())},
        "webhooks-slow": settings.webhook_slow_queue_url,
    }


def make_courier(settings: Settings) -> HttpCourier:
    """Who carries webhooks: nowhere but to the public internet, a desk's own hosts excepted."""
    return HttpCourier(settings.webhook_hosts_allowed.split() if settings.stage == "local" else ())


def choose_sms(provider: str, kept_secrets: Secrets, *, timeout_s: float) -> Sms:
    """Who sends texts; the key shared with a provider of one's own is the secret `sms`."""
    if provider == "nobody":
        return NoSms()
    return SnsSms() if provider == "sns" else HttpSms(provider, fetch_key=_key_of("sms", kept_secrets), timeout_s=timeout_s)


def choose_push(settings: Settings, kept_secrets: Secrets) -> Push:
    """Who pushes to the devices of apps; the key shared with a provider of one's own is the secret `push`."""
    provider = settings.push_provider
    if provider == "nobody":
        return NoPush()
    if provider == "sns":
        return SnsPush(settings.push_application_arn)
    return HttpPush(provider, fetch_key=_key_of("push", kept_secrets), timeout_s=settings.wechat_timeout_s)


def _key_of(provider: str, kept_secrets: Secrets) -> Callable[[datetime], SharedKey]:
    def fetch_key(now: datetime) -> SharedKey:
        try:
            return kept_secrets.fetch(provider, SharedKey, now=now)
        except Missing:
            raise Missing(code=f"{provider}_missing") from None

    return fetch_key
