"""boto3 clients, made on first use, with time-outs that fit a five-second callback."""

from __future__ import annotations

import functools
import threading
from typing import Any

USER_AGENT = "liandong"
"""Given by name, because botocore would put its own together anew for each request, which is a sixth of a call's CPU."""
_making = threading.Lock()


@functools.cache
def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    # AWS checks what it is asked; botocore would check it before, for a twentieth of a call's CPU.
    config = Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"total_max_attempts": 2, "mode": "standard"},
        user_agent=USER_AGENT,
        parameter_validation=False,
        signature_version="s3v4"
        if service == "s3"
        else None,  # addresses that are handed out: what lies under a key of KMS opens by no older one
    )
    return boto3.client(service, config=config)


def client(service: str) -> Any:
    """The one client for a service: connect 1 s, read 2 s, 2 tries. boto3's own session is not safe to use from two threads at once."""
    with _making:
        return _client(service)


@functools.cache
def once_client(service: str) -> Any:
    """A client that waits 3 s and asks once: for what would be done twice if it were asked again."""
    import boto3
    from botocore.config import Config

    with _making:
        return boto3.client(service, config=Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 1}))


@functools.cache
def patient_client(service: str) -> Any:
    """A client that waits 20 s and asks once: for invoking a function that itself calls out."""
    import boto3
    from botocore.config import Config

    with _making:
        return boto3.client(service, config=Config(connect_timeout=1, read_timeout=20, retries={"total_max_attempts": 1}))


def forget_clients() -> None:
    """Drop every client: tests change the world beneath them."""
    _client.cache_clear()
    once_client.cache_clear()
    patient_client.cache_clear()
