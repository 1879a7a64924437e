"""What an API endpoint is, and the call it gets."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from msgspec import Struct, field

from sandbox import reading
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.official.words import Official
from sandbox.reading import NonsenseError
from sandbox.state import Account, Contact, Kind

T = TypeVar("T")

OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
BOTH = frozenset({Kind.OFFICIAL_ACCOUNT, Kind.MINI_PROGRAM})
OFFICIAL_ACCOUNTS = frozenset({Kind.OFFICIAL_ACCOUNT})
MINI_PROGRAMS = frozenset({Kind.MINI_PROGRAM})
PLATFORMS = frozenset({Kind.PLATFORM})
SHOPS = frozenset({Kind.SHOP})
ASSISTANTS = frozenset({Kind.ASSISTANT})


class Binary(Struct, frozen=True):
    """An answer that is a file; without a filename it is shown, not saved."""

    content: bytes
    content_type: str
    filename: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Upload(Struct, frozen=True):
    """The file of a multipart request, from its field `media`; `description` is a video's."""

    filename: str
    content_type: str
    content: bytes
    description: str = ""


class Proof(StrEnum):
    """How a caller proves who it is: an access token in the query, a platform's own, or one a platform has for an account that authorised
    it; or appid and secret that the endpoint checks itself."""

    TOKEN = "token"
    SECRET = "secret"
    COMPONENT = "component"
    AUTHORIZER = "authorizer"


class Endpoint(Struct, frozen=True):
    """One path of api.weixin.qq.com: `kinds` may call it, those in `verified` only when verified; quotas are per account, 0 for none.

    `service` keeps official accounts out that are no service accounts; `either_method` takes GET and POST.
    """

    path: str
    method: str
    run: Callable[[Call], dict[str, Any] | Binary]
    proof: Proof = Proof.TOKEN
    kinds: frozenset[Kind] = BOTH
    verified: frozenset[Kind] = frozenset()
    takes_json: bool = True
    permission: int = 0
    daily: int = 0
    minute: int = 0
    service: bool = False
    either_method: bool = False


class Call(Struct):
    """One request to an endpoint; `account` is known once the caller has proven who it is, `component` the platform acting for it."""

    sandbox: Sandbox
    endpoint: Endpoint
    method: str
    query: dict[str, str]
    body: bytes
    upload: Upload | None
    ip: str
    now: float
    account: Account | None = None
    component: str = ""

    @property
    def caller(self) -> Account:
        assert self.account is not None
        return self.account

    @property
    def official(self) -> Official:
        return self.sandbox.official(self.caller.appid)

    def read(self, words: type[T]) -> T:
        """The JSON body as the struct; 44002 when there is none, 47001 when it does not fit."""
        if not self.body:
            raise WechatError(44002)
        try:
            return reading.read_json(self.body, words)
        except NonsenseError as error:
            raise WechatError(47001) from error

    def contact(self, openid: str) -> Contact:
        """The person with this openid of the calling account, else 40003."""
        contact = self.sandbox.contact(self.caller.appid, openid)
        if contact is None or self.sandbox.person(contact).closed:
            raise WechatError(40003)
        return contact
