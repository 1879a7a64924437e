"""Addresses that browsers are led to. Pure."""

from __future__ import annotations

from urllib.parse import unquote_plus, urlencode, urlsplit, urlunsplit

from chalicelib.accounts.rules import leads_home
from chalicelib.accounts.words import Account

PHONE_PAGE = "/pages/{account}/phone"
JUMP_PAGE = "/j/{ticket}"
WEB_LOGIN = "/v1/sessions/official-account/{account}"


def is_page_of(account: Account, address: str, own_page: str) -> bool:
    """Is this a page of the account's, or `own_page`, ours for it?"""
    return leads_home(address, account.web_origins) or is_own_page(address, own_page)


def is_own_page(address: str, own_page: str) -> bool:
    """Is this our own page, with whatever query?"""
    return leads_home(address, (own_page,)) and address.partition("?")[0] == own_page


def own_page(account_id: str, home: str) -> str:
    """Our own page for an account, to which every login of it may lead."""
    return home + PHONE_PAGE.format(account=account_id)


def add_to_query(address: str, name: str, value: str) -> str:
    """An address that leads home, with a value in its query, in the place of one of the same name from before."""
    parts = urlsplit(address)
    kept = [part for part in parts.query.split("&") if part and unquote_plus(part.partition("=")[0]) != name]
    return urlunsplit(parts._replace(query="&".join([*kept, urlencode({name: value})])))


def is_in_wechat(user_agent: str) -> bool:
    """Was this asked by WeChat's own browser? WeCom's (企业微信) says so too and has no web login of an official account."""
    return "MicroMessenger" in user_agent and "wxwork" not in user_agent
