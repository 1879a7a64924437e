"""First logins of one person on the ends of the demo's brand, made ready one by one and let go at once."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from desk.phone import APP_APPID
from desk.shop import ACCOUNT, ACCOUNT_APPID, APP, MINI, MINI_APPID
from desk.state import Addresses
from desk.teller import http

PATIENCE_S = 30
TRIES = 12
Knock = Callable[[], tuple[int, Any]]
End = Callable[[Addresses, str], Knock]


def in_mini_program(at: Addresses, user: str) -> Knock:
    code = sandbox(at, f"/users/{user}/login", {"appid": MINI_APPID})["code"]
    return lambda: http("POST", f"{at.front}/v1/sessions/mini-program", {"account": MINI, "code": code})


def in_app(at: Addresses, user: str) -> Knock:
    code = sandbox(at, f"/users/{user}/app-login", {"appid": APP_APPID})["response"]["code"]
    return lambda: http("POST", f"{at.front}/v1/sessions/app", {"account": APP, "code": code})


def on_web_page(at: Addresses, user: str) -> Knock:
    """As far as WeChat's question; the answer leads back to us, and the ticket to a session."""
    cookies = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    page = f"{at.front}/pages/{ACCOUNT}/phone"
    query = urlencode({"return_to": page, "scope": "userinfo"})
    question = browser.open(f"{at.front}/v1/sessions/official-account/{ACCOUNT}/authorize?{query}", timeout=PATIENCE_S).geturl()

    def agree() -> tuple[int, Any]:
        try:
            back = browser.open(question, data=urlencode({"user": user, "answer": "agree"}).encode(), timeout=PATIENCE_S).geturl()
        except urllib.error.HTTPError as refused:
            return refused.code, None
        ticket, cookie = dict(parse_qsl(urlsplit(back).query))["ticket"], "; ".join(f"{each.name}={each.value}" for each in cookies)
        return http("POST", f"{at.front}/v1/sessions/ticket", {"ticket": ticket}, cookie=cookie)

    return agree


def following(at: Addresses, user: str) -> Knock:
    return lambda: (201, sandbox(at, f"/users/{user}/follow", {"appid": ACCOUNT_APPID}))


def sandbox(at: Addresses, path: str, body: Any = None) -> Any:
    """What somebody does with their phone."""
    status, answer = http("POST", f"{at.sandbox}/_sandbox{path}", body or {})
    assert status < 400, answer
    return answer


def all_at_once(at: Addresses, user: str, ends: Sequence[End]) -> list[Any]:
    """What each end gave; who is told that we are busy begins anew, as a client does."""
    ready, start = [end(at, user) for end in ends], threading.Barrier(len(ends))
    given: list[Any] = [None] * len(ends)

    def knock(place: int) -> None:
        start.wait()
        status, answer = ready[place]()
        for _ in range(TRIES):
            if status < 500:
                break
            status, answer = ends[place](at, user)()
        given[place] = answer if status == 201 else (status, answer)

    threads = [threading.Thread(target=knock, args=(place,)) for place in range(len(ends))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given
