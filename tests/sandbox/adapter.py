"""Lets wechatpy, which knows one host only, talk to a sandbox in the same process."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse


class SandboxAdapter(BaseAdapter):
    """Hands every request to the sandbox's test client, whatever its host."""

    def __init__(self, client: FlaskClient) -> None:
        super().__init__()
        self.client = client

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        given = self.client.open(
            parts.path, query_string=parts.query, method=request.method, data=request.body, headers=dict(request.headers)
        )
        response = requests.Response()
        response.status_code = given.status_code
        response.headers.update(dict(given.headers))
        response.raw = HTTPResponse(body=BytesIO(given.data), status=given.status_code, preload_content=False)
        response.url, response.request = str(request.url), request
        return response

    def close(self) -> None:
        return


def connect(wechat: Any, client: FlaskClient) -> None:
    """Let this wechatpy client talk to the sandbox."""
    wechat._http.mount("https://", SandboxAdapter(client))
