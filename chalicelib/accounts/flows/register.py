"""Brands and accounts: made, found, and their secrets changed."""

from __future__ import annotations

import base64
from datetime import datetime

import msgspec

from chalicelib.accounts import rules, tables
from chalicelib.accounts.words import Account, AccountOrder, AccountSecret, BrandSecret, Kind, SecretOrder, SigningKey, WebOriginsOrder
from chalicelib.errors import Busy, Conflict, Invalid, Missing
from chalicelib.staff import flows as staff
from chalicelib.staff.rules import check_brand
from chalicelib.world import World

ACCOUNT_FRESH_S = 60
KEPT_SIGNING_KEYS = 3
TRIES = 5


def create_brand(brand: str, title: str, *, actor: str, world: World, now: datetime) -> None:
    """Make a brand with its signing key. Only somebody with AWS credentials can: no API key exists before the first brand."""
    check_brand(brand)
    if tables.has_brand(brand):
        raise Conflict("This brand exists already: make keys and accounts in it.", code="brand_taken")
    staff.record(brand, "brand.created", {}, actor=actor, world=world, now=now)
    world.secrets.save(f"{brand}/brand", BrandSecret((_new_signing_key(world, now),)))
    if not tables.create_brand(brand, title, now=now):
        raise Conflict("This brand was made by somebody else just now.", code="brand_taken")
    world.cache.forget("brand", brand)


def rotate_signing_key(brand: str, *, actor: str, world: World, now: datetime) -> None:
    """Add a signing key. It verifies at once and signs ten minutes later, when every container knows it."""
    if not tables.has_brand(brand):
        raise Missing("No such brand: make it first.", code="account_missing")
    old = world.secrets.fetch_newest(f"{brand}/brand", BrandSecret).signing_keys
    staff.record(brand, "brand.signing_key_added", {}, actor=actor, world=world, now=now)
    world.secrets.save(f"{brand}/brand", BrandSecret((_new_signing_key(world, now), *old[: KEPT_SIGNING_KEYS - 1])))


def create_account(brand: str, order: AccountOrder, *, actor: str, world: World, now: datetime) -> Account:
    """Make an account. A crash on the way leaves one that is not ready; the same order made again finishes it."""
    account, secret = rules.plan_account(brand, order, now=now)
    if account.platform:
        find_platform(brand, account.platform, world=world, now=now)
    staff.record(brand, "account.created", {"account": account.id, "appid": account.appid}, actor=actor, world=world, now=now)
    if not tables.claim_account(account):
        raise Conflict(f"The name {account.name} or the appid {account.appid} is taken in this brand.", code="account_taken")
    world.secrets.save(secret_name(account), secret)
    tables.finish_account(account)
    world.cache.forget("account", account.id)
    return account


def list_accounts(brand: str) -> list[Account]:
    return tables.list_accounts(brand)


def find_account(account_id: str, *, world: World, now: datetime) -> Account:
    """The account with this id, at most a minute old; `Missing` for an id nobody has."""
    brand, name = rules.split_id(account_id)
    account = world.cache.remember(("account", account_id), ACCOUNT_FRESH_S, lambda: tables.read_account(brand, name), now=now)
    if account is None:
        raise Missing(code="account_missing")
    return account


def find_own_account(brand: str, account_id: str, *, world: World, now: datetime) -> Account:
    """The account when it is the brand's own; another brand's is as missing as one that does not exist."""
    if not account_id.startswith(f"{brand}."):
        raise Missing(code="account_missing")
    return find_account(account_id, world=world, now=now)


def find_named_account(brand: str, account_id: str, kind: Kind, *, at: str, world: World, now: datetime) -> Account:
    """The brand's own account of a kind that an order names; `Invalid` says at which place of the order there is none."""
    try:
        found = find_own_account(brand, account_id, world=world, now=now)
    except Missing:
        found = None
    if found is None or found.kind is not kind:
        raise Invalid(f"{account_id[:64]} is no {kind.value.replace('_', ' ')} of this brand - at `{at}`.")
    return found


def find_platform(brand: str, account_id: str, *, world: World, now: datetime) -> Account:
    """The brand's own third-party platform with this id; an account of another kind is none."""
    platform = find_own_account(brand, account_id, world=world, now=now)
    if platform.kind is not Kind.platform:
        raise Missing(code="account_missing")
    return platform


def change_secret(account: Account, order: SecretOrder, *, actor: str, world: World, now: datetime) -> None:
    """Change parts of an account's secret; in force on every container within five minutes."""
    rules.check_secret_change(account, order)
    changed = sorted(field for field in ("app_secret", "callback_token", "aes_key") if getattr(order, field) is not None)
    staff.record(account.brand, "account.secret_changed", {"account": account.id, "fields": changed}, actor=actor, world=world, now=now)
    newest = world.secrets.fetch_newest(secret_name(account), AccountSecret)
    world.secrets.save(secret_name(account), rules.change_secret(newest, order))


def change_web_origins(account: Account, order: WebOriginsOrder, *, actor: str, world: World, now: datetime) -> Account:
    """Say which origins are the account's own pages, and whether people are asked there who they are; in force within a minute."""
    origins = rules.plan_web_origins(order.web_origins)
    if account.platform and order.web_login:
        raise Invalid("Web login needs an AppSecret, and this account is called through its platform: say false - at `$.web_login`.")
    about = {"account": account.id, "web_origins": list(origins), "web_login": order.web_login}
    staff.record(account.brand, "account.web_origins_changed", about, actor=actor, world=world, now=now)
    for _ in range(TRIES):
        newest = tables.read_account(account.brand, account.name)
        if newest is None:
            raise Missing(code="account_missing")
        if tables.change_web_origins(newest, origins, web_login=order.web_login):
            world.cache.forget("account", account.id)
            return msgspec.structs.replace(newest, web_origins=origins, web_login=order.web_login)
    raise Busy("Somebody else changes the account's origins just now: try again.")


def is_web_origin(origin: str, *, world: World, now: datetime) -> bool:
    """Is this where some account has its pages? At most a minute old."""
    if len(origin) > rules.LONGEST_ORIGIN:
        return False
    return world.cache.remember(("origin", origin), ACCOUNT_FRESH_S, lambda: tables.is_web_origin(origin), now=now)


def fetch_secret(account: Account, *, world: World, now: datetime) -> AccountSecret:
    return world.secrets.fetch(secret_name(account), AccountSecret, now=now)


def fetch_brand_secret(brand: str, *, world: World, now: datetime) -> BrandSecret:
    """The brand's signing keys; `Missing` for a brand that does not exist, which costs the secret store no call."""
    if not world.cache.remember(("brand", brand), ACCOUNT_FRESH_S, lambda: tables.has_brand(brand), now=now):
        raise Missing(code="account_missing")
    return world.secrets.fetch(f"{brand}/brand", BrandSecret, now=now)


def secret_name(account: Account) -> str:
    return f"{account.brand}/accounts/{account.name}"


def _new_signing_key(world: World, now: datetime) -> SigningKey:
    return SigningKey(world.new_id(), base64.b64encode(world.random_bytes(32)).decode(), now)
