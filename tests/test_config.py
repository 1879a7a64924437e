"""Settings: every one has its variable, and whatever is wrong with the environment is named at once."""

from __future__ import annotations

import msgspec
import pytest

from chalicelib.config import ENVIRONMENT, Settings, read_settings

NEEDED = {
    "STAGE": "prod",
    "KMS_KEY_ARN": "arn:aws:kms:us-east-1:000000000000:key/k",
    "INBOX_QUEUE_URL": "https://sqs/inbox",
    "OUTBOX_QUEUE_URL": "https://sqs/outbox",
    "RECORDS_QUEUE_URL": "https://sqs/records",
    "ARCHIVE_QUEUE_URL": "https://sqs/archive",
    "ARCHIVE_BUCKET": "archive",
    "PULLS_QUEUE_URL": "https://sqs/pulls",
    "TOUCHES_QUEUE_URL": "https://sqs/touches",
    "WAITING_QUEUE_URL": "https://sqs/waiting",
    "BROADCASTS_QUEUE_URL": "https://sqs/broadcasts",
    "WEBHOOK_QUEUE_URLS": "https://sqs/webhooks-0 https://sqs/webhooks-1",
    "WEBHOOK_SLOW_QUEUE_URL": "https://sqs/webhooks-slow",
    "FACTS_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:liandong-prod-facts",
    "MINT_TOKEN_FUNCTION": "liandong-prod-mint_token",
}


def test_every_setting_has_its_variable() -> None:
    assert list(ENVIRONMENT) == [field.name for field in msgspec.structs.fields(Settings)]
    assert list(ENVIRONMENT.values()) == [name.upper() for name in ENVIRONMENT]


def test_what_is_needed_is_enough() -> None:
    settings = read_settings(NEEDED)

    assert settings.inbox_queue_url == "https://sqs/inbox"
    assert settings.wechat_api_url == "https://api.weixin.qq.com"
    assert settings.wechat_timeout_s == 3.0


def test_every_variable_reaches_its_setting_in_its_own_type() -> None:
    given = {"WECHAT_TIMEOUT_S": "1.5", "CALLBACK_WINDOW_S": "30", "WECHAT_API_URL": "http://127.0.0.1:9", "LOGIN_CODE_PATTERN": "x"}

    settings = read_settings({**NEEDED, **given, "REPLY_RULES_FRESH_S": "5", "CARD_DELAY_ALLOWED_S": "7", "HOME": "/root"})

    assert (settings.wechat_timeout_s, settings.callback_window_s) == (1.5, 30)
    assert (settings.wechat_api_url, settings.login_code_pattern) == ("http://127.0.0.1:9", "x")
    assert (settings.reply_rules_fresh_s, settings.card_delay_allowed_s) == (5, 7)


def test_an_empty_variable_is_no_variable() -> None:
    assert read_settings({**NEEDED, "WECHAT_TIMEOUT_S": ""}).wechat_timeout_s == 3.0


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(LookupError) as caught:
        read_settings({})

    assert all(name in str(caught.value) for name in NEEDED)


@pytest.mark.parametrize("name", ["WECHAT_TIMEOUT_S", "CALLBACK_WINDOW_S", "REPLY_RULES_FRESH_S", "CARD_DELAY_ALLOWED_S"])
@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan"])
def test_a_duration_that_is_none_is_named_and_not_quoted(name: str, value: str) -> None:
    with pytest.raises(LookupError) as caught:
        read_settings({**NEEDED, name: value})

    assert str(caught.value) == f"These environment variables are missing or have the wrong form: {name}."
