"""What is signed for the JS-SDK, and what is wrong with an address that is not. Pure.

https://developers.weixin.qq.com/doc/service/guide/h5/jssdk.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from chalicelib.accounts.rules import LONGEST_ADDRESS, leads_home
from chalicelib.errors import Invalid

NUMBER = re.compile(r"[0-9]{1,9}")
HOW = "Send url=encodeURIComponent(location.href.split('#')[0])"
CUT = "What stood behind # was cut off: WeChat signs the address without it."
OF_ONE_PAGE = (
    "In an app of one page, iOS takes the address at which the app was opened, Android the present one: "
    "keep the first on iOS and sign that, sign anew after every change of the address elsewhere."
)
SAME_TICKET = "WeChat stands by the ticket that was refused: the address that was signed is not the one the page is at."
DOMAIN = "If WeChat says 'invalid url domain': enter this host as a JS domain (JS接口安全域名) of the account in WeChat's console."


def sign(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """WeChat's signature over an address as the browser has it, without its fragment: nothing is encoded, names are in lower case."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def read_url(asked: dict[str, str], origins: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The address to sign and what to look at, or `Invalid` that says which of the usual mistakes it is."""
    whole = asked.get("url", "")
    url, fragment, _ = whole.partition("#")
    _refuse_if(not url, "The address of the page is missing.")
    _refuse_if(not set(asked) <= {"url", "refused"}, "The address has an & that was not encoded, and was cut there.")
    _refuse_if(re.match(r"https?%(25)*3a", url, re.IGNORECASE) is not None, "The address was encoded twice.")
    _refuse_if(len(url) > LONGEST_ADDRESS, f"The address is over {LONGEST_ADDRESS} characters.")
    _refuse_if(not all("!" <= letter <= "~" for letter in url), "The address is not as the browser has it: it was decoded on the way.")
    if not leads_home(url, origins):
        raise Invalid(_why_not_home(url, origins), code="jssdk_url_refused")
    return url, ((CUT, OF_ONE_PAGE, DOMAIN) if fragment else (OF_ONE_PAGE, DOMAIN))


def read_refused(asked: dict[str, str]) -> int | None:
    """The number of the ticket by which WeChat took no signature, where the page tells one."""
    text = asked.get("refused", "")
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise Invalid("It is the `ticket` of the answer whose signature WeChat refused - at `refused`.")
    return int(text)


def _why_not_home(url: str, origins: Iterable[str]) -> str:
    if any(leads_home(url.replace("http://", "https://", 1), (origin,)) for origin in origins):
        return f"The page is at https and the address says http: a proxy may have changed it. {HOW}, from the browser."
    if not url.startswith(("https://", "http://")):
        return f"This is no whole address, with https:// in front. {HOW}."
    return "The page is at none of the account's web origins: PUT /v1/accounts/{account}/web-origins first. " + DOMAIN


def _refuse_if(wrong: bool, why: str) -> None:
    if wrong:
        raise Invalid(f"{why} {HOW}.", code="jssdk_url_refused")
