"""A shop with a mini program to log in to, and its customers; the tests of a module share one and bring customers of their own."""

from __future__ import annotations

from typing import Any

import msgspec
from itsdangerous.encoding import base64_decode

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import BrandSecret
from chalicelib.sessions import tables
from chalicelib.sessions.flows import current
from chalicelib.sessions.rules import tokens
from chalicelib.sessions.words import Claims, Session, Tokens
from tests.builders import MINI_APPID, OA_APPID, make_accounts, make_brand
from tests.house import House

Answer = tuple[int, Any]


class Shop:
    """The brand demo with demo.oa and demo.mini, spoken to over HTTP."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key)

    def customer(self, **traits: Any) -> str:
        user: str = self.house.play("/users", traits)["user"]
        return user

    def code(self, user: str, kind: str = "login") -> str:
        code: str = self.house.play(f"/users/{user}/{kind}", {"appid": MINI_APPID})["code"]
        return code

    def post_code(self, code: str, account: str = "demo.mini") -> Answer:
        return self.house.call("POST", "/v1/sessions/mini-program", {"account": account, "code": code})

    def log_in(self, user: str) -> dict[str, Any]:
        status, body = self.post_code(self.code(user))
        assert status == 201, body
        result: dict[str, Any] = body
        return result

    def me(self, session_token: str) -> Answer:
        return self.house.call("GET", "/v1/me", key=session_token)

    def refresh(self, refresh_token: str) -> Answer:
        return self.house.call("POST", "/v1/sessions/refresh", {"refresh_token": refresh_token})

    def log_out(self, session_token: str) -> Answer:
        return self.house.call("DELETE", "/v1/sessions/current", key=session_token)

    def follow(self, user: str) -> None:
        self.house.play(f"/users/{user}/follow", {"appid": OA_APPID})
        self.house.work()

    def contact(self, user: str) -> Any:
        """The person as the sandbox's mini program knows them, session_key and all."""
        openid = self.house.play(f"/users/{user}?appid={MINI_APPID}", method="GET")["openid"]
        return self.house.sandbox.contact(MINI_APPID, openid)

    def brand_secret(self, brand: str = "demo") -> BrandSecret:
        return self.house.world.secrets.fetch_newest(f"{brand}/brand", BrandSecret)

    def claims(self, token: str) -> Claims:
        """What a token of ours says, as our own code reads it."""
        return msgspec.json.decode(base64_decode(token.rsplit(".", 1)[0]), type=Claims)

    def sign(self, claims: Claims, brand: str = "demo") -> str:
        """A token with a right signature of a brand, whatever it claims."""
        return tokens.sign(claims, self.brand_secret(brand), self.house.clock())

    def begin_session(self) -> Tokens:
        """A session of somebody who need not exist, without a login."""
        now = self.house.clock()
        key, session_id = f"openid#mini#{self.house.world.new_id()}", self.house.world.new_id()
        session = Session(
            brand="demo", key=key, id=session_id, account="mini", generation=1, refreshed_at=now, ends_at=now + tokens.REFRESH_LIFE
        )
        tables.keep_session(session, None)
        return current._tokens(session, world=self.house.world, now=now)

    def rotate(self, brand: str = "demo") -> None:
        register.rotate_signing_key(brand, actor="test", world=self.house.world, now=self.house.clock())

    def session(self, token: str) -> Session:
        """The session a token is of, as its row has it."""
        claims = self.claims(token)
        found = tables.read_session(claims.brand, claims.key, claims.session)
        assert found is not None
        return found
