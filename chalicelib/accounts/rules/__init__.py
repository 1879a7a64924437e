"""Decisions about accounts and access tokens. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.accounts.words import (
    Account,
    AccountOrder,
    AccountSecret,
    BrandSecret,
    CallbackMode,
    Kind,
    SecretOrder,
    SigningKey,
    Token,
    TokenState,
)
from chalicelib.errors import Invalid, Missing

AUTHORISE = frozenset({Kind.official_account, Kind.mini_program})
"""Kinds that may authorise a third-party platform."""
RENEWS_LAST = timedelta(minutes=5)
"""`stable_token` gives a new token in the last five minutes of the old one, and both work then: asking earlier is no refresh."""
CONFIRMED_FOR = timedelta(seconds=60)
STILL_GOOD = timedelta(seconds=10)
VERIFIES_BEFORE_SIGNING = timedelta(minutes=10)
LONGEST_ADDRESS = 2048
"""Room for a page, its query and a ticket. What WeChat limits to less (a menu's address: 1,024 bytes) it refuses itself."""
LONGEST_ORIGIN = 256
USUAL_PORTS = (("https://", ":443"), ("http://", ":80"))
LONGEST_ID = 63
"""A brand, a dot and a name. Much longer ones would not fit a table's key, which is another answer than that nobody has them."""


def split_id(account_id: str) -> tuple[str, str]:
    """Brand and name of `<brand>.<name>`; an id of any other form is as unknown as one that does not exist."""
    brand, dot, name = account_id.partition(".")
    if not (brand and dot and name) or not account_id.isascii() or "#" in account_id or len(account_id) > LONGEST_ID:
        raise Missing(code="account_missing")
    return brand, name


def plan_account(brand: str, order: AccountOrder, *, now: datetime) -> tuple[Account, AccountSecret]:
    """The account and its secret, or `Invalid` when they cannot work together."""
    aes_keys = (order.aes_key,) if order.aes_key else ()
    if order.callback_mode is not CallbackMode.plain and order.callback_token and not aes_keys:
        raise Invalid("Callbacks in safe or compatible mode need the EncodingAESKey - at `$.aes_key`.")
    _check_proof(order)
    account = Account(
        id=f"{brand}.{order.name}",
        brand=brand,
        name=order.name,
        kind=order.kind,
        appid=order.appid,
        title=order.title,
        original_id=order.original_id,
        callback_mode=order.callback_mode,
        web_login=order.platform is None,
        platform=order.platform or "",
        created_at=now,
    )
    return account, AccountSecret(app_secret=order.app_secret or "", callback_token=order.callback_token or "", aes_keys=aes_keys)


def _check_proof(order: AccountOrder) -> None:
    """How the account proves itself to WeChat: by its own AppSecret, or through a platform, which needs everything itself."""
    if order.platform is not None and (order.kind not in AUTHORISE or order.app_secret):
        raise Invalid("An official account or mini program without AppSecret is called through a platform, others never - at `$.platform`.")
    if order.kind in AUTHORISE and not order.app_secret and order.platform is None:
        raise Invalid("An official account or mini program needs its AppSecret, or a `platform` - at `$.app_secret`.")
    if order.kind is not Kind.platform:
        return
    if not order.app_secret or not order.callback_token:
        raise Invalid("A platform needs its AppSecret and callback token - at `$.app_secret` and `$.callback_token`.")
    if order.callback_mode is not CallbackMode.safe:
        raise Invalid("WeChat always encrypts what it tells a platform - at `$.callback_mode`.")


def check_secret_change(account: Account, order: SecretOrder) -> None:
    """`Invalid` for an AppSecret of an account that has none and is called through a platform: nobody would ever use it."""
    if account.platform and order.app_secret is not None:
        raise Invalid("This account is called through its platform and keeps no AppSecret - at `$.app_secret`.")


def change_secret(secret: AccountSecret, order: SecretOrder) -> AccountSecret:
    """The secret after a change: a new AES key goes first and the one before it stays second."""
    aes_keys = secret.aes_keys
    if order.aes_key and order.aes_key not in aes_keys[:1]:
        aes_keys = (order.aes_key, *aes_keys[:1])
    return AccountSecret(
        app_secret=secret.app_secret if order.app_secret is None else order.app_secret,
        callback_token=secret.callback_token if order.callback_token is None else order.callback_token,
        aes_keys=aes_keys,
    )


def plan_web_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """The origins in order, each once, or `Invalid` for one that browsers write without its port."""
    if any(origin.startswith(scheme) and origin.endswith(port) for origin in origins for scheme, port in USUAL_PORTS):
        raise Invalid("Browsers leave the usual port out of an origin: leave it out too - at `$.web_origins`.")
    return tuple(sorted(set(origins)))


def leads_home(address: str, origins: tuple[str, ...]) -> bool:
    """Is this address a page of one of the origins, for every browser? What the origin is followed by decides, nothing is parsed."""
    if len(address) > LONGEST_ADDRESS or not all("!" <= letter <= "~" and letter != "\\" for letter in address):
        return False
    return any(address.startswith(origin) and address[len(origin) : len(origin) + 1] in {"", "/", "?", "#"} for origin in origins)


def is_usable(token: Token | None, now: datetime, *, to_its_end: bool = False) -> bool:
    """May this token still be sent to WeChat? The old one works to its end, also after it was renewed.

    `to_its_end`: WeChat gives the same one until then, so that none is better.
    """
    return token is not None and token.expires_at - now > (timedelta(0) if to_its_end else STILL_GOOD)


def is_due(token: Token | None, now: datetime) -> bool:
    """Would asking for a new token now give one?"""
    return token is None or token.expires_at - now <= RENEWS_LAST


def is_confirmed(state: TokenState, now: datetime) -> bool:
    """Did WeChat insist on this version a moment ago? Asking again so soon would give the same."""
    return state.confirmed_at is not None and state.confirmed_version == state.version and now - state.confirmed_at < CONFIRMED_FOR


def signing_key(secret: BrandSecret, now: datetime) -> SigningKey:
    """The newest key that every container has had time to learn, or the oldest when none has."""
    for key in secret.signing_keys:
        if now - key.made_at >= VERIFIES_BEFORE_SIGNING:
            return key
    return secret.signing_keys[-1]
