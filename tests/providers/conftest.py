"""A provider that answers as it is told to, and the errors of SNS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from chalicelib.providers import signed_posts


class Provider(BaseAdapter):
    """Answers everything with one status or one error, and remembers what it was handed."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 200
        self.error: Exception | None = None
        self.taken: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.taken.append(request)
        if self.error is not None:
            raise self.error
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = self.status, str(request.url), request
        answer.headers["Location"] = "https://elsewhere.test/"
        answer._content = b""
        return answer

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    signed_posts.session.cache_clear()
    answering = Provider()
    signed_posts.session().mount("https://", answering)
    yield answering
    signed_posts.session.cache_clear()
