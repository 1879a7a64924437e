"""Clients: made once, and with time-outs that fit a five-second callback."""

from __future__ import annotations

from chalicelib.aws import clients


def test_a_client_is_made_once() -> None:
    assert clients.client("sqs") is clients.client("sqs")
    assert clients.client("sqs") is not clients.client("ssm")


def test_a_client_goes_by_our_name() -> None:
    assert clients.client("sqs").meta.config.user_agent.startswith("liandong ")


def test_a_client_gives_up_within_a_callbacks_five_seconds_retry_included() -> None:
    config = clients.client("sqs").meta.config

    assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (1, 2, 2)


def test_the_patient_client_outwaits_what_it_calls_and_asks_once() -> None:
    config = clients.patient_client("lambda").meta.config

    assert (config.read_timeout, config.retries["total_max_attempts"]) == (20, 1)


def test_a_client_that_was_forgotten_is_made_again() -> None:
    before = clients.client("sqs")

    clients.forget_clients()

    assert clients.client("sqs") is not before
