"""Settings: the environment, read on first use and never at import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

Seconds = Annotated[int, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(gt=0)]
Share = Annotated[int, msgspec.Meta(ge=0, le=100)]
Hour = Annotated[int, msgspec.Meta(ge=0, le=24)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between one deployment and another. Durations in seconds."""

    stage: str
    kms_key_arn: str
    inbox_queue_url: str
    outbox_queue_url: str
    records_queue_url: str
    archive_queue_url: str
    archive_bucket: str
    pulls_queue_url: str
    touches_queue_url: str
    waiting_queue_url: str
    broadcasts_queue_url: str
    webhook_queue_urls: str
    """The ordinary queues of webhooks, separated by spaces: their number is how many shards there are."""
    webhook_slow_queue_url: str
    facts_topic_arn: str
    mint_token_function: str
    wechat_api_url: str = "https://api.weixin.qq.com"
    wechat_open_url: str = "https://open.weixin.qq.com"
    wechat_mp_url: str = "https://mp.weixin.qq.com"
    public_url: str = "gateway"
    """Where browsers reach the API, without a path behind it; `gateway`: the address API Gateway gave it."""
    wechat_timeout_s: Annotated[float, msgspec.Meta(gt=0)] = 3.0
    callback_window_s: Seconds = 600
    """How far a callback's timestamp may be from ours. WeChat does not say how long a repeat may take."""
    reply_rules_fresh_s: Seconds = 10
    login_code_pattern: str = r"0[0-9A-Za-z]{31}"
    """The shape of a wx.login code as seen in the field, not promised by WeChat: it only chooses the words of a refusal."""
    phone_reissue_days: Annotated[int, msgspec.Meta(gt=0)] = 90
    """A phone unheard of for so long may have been given to somebody else: operators keep a cancelled number back for 90 days."""
    job_batches_per_minute: Count = 10
    """Batches of a hundred that a back-fill asks WeChat for in a minute; shards of openids that are counted in one."""
    coverage_sample: Annotated[int, msgspec.Meta(ge=160, le=160_000)] = 5000
    """How many openids of an account are looked at each day, to say how many people are known by more."""
    coverage_goal: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.9
    utc_offset_h: Annotated[int, msgspec.Meta(ge=-12, le=14)] = 8
    """When a day of figures begins: so many hours before UTC's."""
    figures_ready_hour: Hour = 8
    """From which hour in Beijing WeChat has yesterday's figures; of mini programs nobody promises any."""
    figures_empty_hour: Hour = 12
    """Until then an empty answer about yesterday may only mean that its figures are late."""
    pull_history_days: Count = 30
    """How far back the first pull of a kind begins."""
    pull_calls_per_run: Count = 200
    """Calls of WeChat that one kind of an account may take every ten minutes."""
    followers_every_days: Count = 7
    follows_tolerance: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 10.0
    """In per mille: how far follows that callbacks told of may be from WeChat's count."""
    card_delay_allowed_s: Seconds = 60
    """A follow, click or scan leaves this long for customer-service messages."""
    first_response_s: Seconds = 600
    """Whoever waits longer for a first answer of human service is counted as late."""
    sms_provider: Annotated[str, msgspec.Meta(pattern=r"^(nobody|sns|https?://[^/]+(/.*)?)$(?!\n)")] = "nobody"
    """Who sends texts: nobody, SNS, or whoever takes signed POSTs at this address."""
    push_provider: Annotated[str, msgspec.Meta(pattern=r"^(nobody|sns|https?://[^/]+(/.*)?)$(?!\n)")] = "nobody"
    """Who pushes to the devices of apps: nobody, SNS, or whoever takes signed POSTs at this address."""
    push_application_arn: str = "none"
    """With SNS: the platform application that hands on to the app's service."""
    sms_per_phone_day: Count = 10
    sms_per_source_hour: Count = 30
    sms_per_account_day: Count = 10_000
    tickets_per_person_hour: Count = 60
    links_per_day: Count = 500_000
    """URL Links and Schemes of one mini program in a day: WeChat's own limit, less what other systems need."""
    link_looks_per_run: Count = 200
    """Entries of one brand whose links are looked after every ten minutes."""
    event_calls_per_person_hour: Count = 600
    attribution_days: Count = 30
    """How long before an order, a follow or a registration a touch may be that it has to thank."""
    quota_resets_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 0
    """From which hour in Beijing WeChat counts a day's calls anew; it promises none."""
    quota_kept_from_marketing: Share = 10
    """Per cent of a day's quota that marketing leaves to service."""
    quota_kept_from_service: Share = 2
    """Per cent of a day's quota that all but the urgent leaves alone."""
    broadcast_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 3000
    """Messages of a broadcast a minute, where its order does not say."""
    mass_sends_per_month: Count = 4
    """Mass sends of a service account to the same follower in a month of Beijing's."""
    mass_sends_per_day: Count = 1
    """Mass sends of a subscription account (订阅号) in a day of Beijing's; WeChat's documentation does not say it any more."""
    guidance_follow_window_s: Seconds = 86400
    """A follow this long after somebody was asked to is what came of it."""
    code_tries_per_person_hour: Count = 20
    archive_days: Count = 1095
    """How long lines stay in the archive."""
    webhook_hosts_allowed: str = ""
    """Hosts, separated by spaces, that webhooks may lead to unchecked, over HTTP too; the stage local alone heeds it."""


ENVIRONMENT = {
    "stage": "STAGE",
    "kms_key_arn": "KMS_KEY_ARN",
    "inbox_queue_url": "INBOX_QUEUE_URL",
    "outbox_queue_url": "OUTBOX_QUEUE_URL",
    "records_queue_url": "RECORDS_QUEUE_URL",
    "archive_queue_url": "ARCHIVE_QUEUE_URL",
    "archive_bucket": "ARCHIVE_BUCKET",
    "pulls_queue_url": "PULLS_QUEUE_URL",
    "touches_queue_url": "TOUCHES_QUEUE_URL",
    "waiting_queue_url": "WAITING_QUEUE_URL",
    "broadcasts_queue_url": "BROADCASTS_QUEUE_URL",
    "webhook_queue_urls": "WEBHOOK_QUEUE_URLS",
    "webhook_slow_queue_url": "WEBHOOK_SLOW_QUEUE_URL",
    "facts_topic_arn": "FACTS_TOPIC_ARN",
    "mint_token_function": "MINT_TOKEN_FUNCTION",
    "wechat_api_url": "WECHAT_API_URL",
    "wechat_open_url": "WECHAT_OPEN_URL",
    "wechat_mp_url": "WECHAT_MP_URL",
    "public_url": "PUBLIC_URL",
    "wechat_timeout_s": "WECHAT_TIMEOUT_S",
    "callback_window_s": "CALLBACK_WINDOW_S",
    "reply_rules_fresh_s": "REPLY_RULES_FRESH_S",
    "login_code_pattern": "LOGIN_CODE_PATTERN",
    "phone_reissue_days": "PHONE_REISSUE_DAYS",
    "job_batches_per_minute": "JOB_BATCHES_PER_MINUTE",
    "coverage_sample": "COVERAGE_SAMPLE",
    "coverage_goal": "COVERAGE_GOAL",
    "utc_offset_h": "UTC_OFFSET_H",
    "figures_ready_hour": "FIGURES_READY_HOUR",
    "figures_empty_hour": "FIGURES_EMPTY_HOUR",
    "pull_history_days": "PULL_HISTORY_DAYS",
    "pull_calls_per_run": "PULL_CALLS_PER_RUN",
    "followers_every_days": "FOLLOWERS_EVERY_DAYS",
    "follows_tolerance": "FOLLOWS_TOLERANCE",
    "card_delay_allowed_s": "CARD_DELAY_ALLOWED_S",
    "first_response_s": "FIRST_RESPONSE_S",
    "sms_provider": "SMS_PROVIDER",
    "push_provider": "PUSH_PROVIDER",
    "push_application_arn": "PUSH_APPLICATION_ARN",
    "sms_per_phone_day": "SMS_PER_PHONE_DAY",
    "sms_per_source_hour": "SMS_PER_SOURCE_HOUR",
    "sms_per_account_day": "SMS_PER_ACCOUNT_DAY",
    "tickets_per_person_hour": "TICKETS_PER_PERSON_HOUR",
    "links_per_day": "LINKS_PER_DAY",
    "link_looks_per_run": "LINK_LOOKS_PER_RUN",
    "event_calls_per_person_hour": "EVENT_CALLS_PER_PERSON_HOUR",
    "attribution_days": "ATTRIBUTION_DAYS",
    "quota_resets_hour": "QUOTA_RESETS_HOUR",
    "quota_kept_from_marketing": "QUOTA_KEPT_FROM_MARKETING",
    "quota_kept_from_service": "QUOTA_KEPT_FROM_SERVICE",
    "broadcast_per_minute": "BROADCAST_PER_MINUTE",
    "mass_sends_per_month": "MASS_SENDS_PER_MONTH",
    "mass_sends_per_day": "MASS_SENDS_PER_DAY",
    "guidance_follow_window_s": "GUIDANCE_FOLLOW_WINDOW_S",
    "code_tries_per_person_hour": "CODE_TRIES_PER_PERSON_HOUR",
    "archive_days": "ARCHIVE_DAYS",
    "webhook_hosts_allowed": "WEBHOOK_HOSTS_ALLOWED",
}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings, or raise `LookupError` naming every variable that is missing or has the wrong form."""
    given = {field: environ[name] for field, name in ENVIRONMENT.items() if environ.get(name)}
    wrong = [ENVIRONMENT[field.name] for field in msgspec.structs.fields(Settings) if not _fits(field, given)]
    if wrong:
        raise LookupError(f"These environment variables are missing or have the wrong form: {', '.join(wrong)}.")
    return msgspec.convert(given, Settings, strict=False)


def _fits(field: msgspec.structs.FieldInfo, given: Mapping[str, str]) -> bool:
    if field.name not in given:
        return not field.required
    try:
        msgspec.convert(given[field.name], field.type, strict=False)
    except msgspec.ValidationError:
        return False
    return True
