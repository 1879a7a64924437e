"""A house as a WSGI app, for a browser."""

from __future__ import annotations

from collections.abc import Callable

from chalice.test import Client

from tests.house import House


def app_of(house: House) -> Callable[..., list[bytes]]:
    """Every door of the house, as a browser asks them."""

    def app(environ: dict[str, object], start: Callable[..., object]) -> list[bytes]:
        headers = {name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")}
        headers["content-type"] = str(environ.get("CONTENT_TYPE") or "application/json")
        body = environ["wsgi.input"].read(int(str(environ.get("CONTENT_LENGTH") or 0)))  # type: ignore[attr-defined]
        target = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        with Client(house.app.app) as client:
            answer = client.http.request(str(environ["REQUEST_METHOD"]), target, headers=headers, body=body)
        start(f"{answer.status_code} -", [(name, str(value)) for name, value in answer.headers.items()])
        return [bytes(answer.body)]

    return app
