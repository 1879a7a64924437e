"""Addresses that browsers are led to. Pure."""

from __future__ import annotations

from urllib.parse import quote, unquote_plus, urlencode, urlsplit, urlunsplit

from chalicelib.accounts.rules import leads_home
from chalicelib.accounts.words import Account

PHONE_PAGE = "/pages/{account}/phone"
JUMP_PAGE = "/j/{ticket}"
OUR_PHONE_PAGE = "phone"
"""What our own page is called where a page is named."""
WEB_LOGIN = "/v1/sessions/official-account/{account}"

OWN_PAGE_BYTES = 96
WAY_IN_BYTES = 700
"""Our own address and all that a ticket holds beside its page."""


def is_page_of(account: Account, address: str, own_page: str) -> bool:
    """Is this a page of the account's, or `own_page`, ours for it?"""
    return leads_home(address, account.web_origins) or is_own_page(address, own_page)


def is_own_page(address: str, own_page: str) -> bool:
    """Is this our own page, with whatever query?"""
    return leads_home(address, (own_page,)) and address.partition("?")[0] == own_page


def own_page(account_id: str, home: str) -> str:
    """Our own page for an account, to which every login of it may lead."""
    return home + PHONE_PAGE.format(account=account_id)


def web_login(account_id: str, page: str, home: str) -> str:
    """Where the web login of an official account begins that ends at a page."""
    return f"{home}{WEB_LOGIN.format(account=account_id)}/authorize?{urlencode({'return_to': page})}"


def longest_way_in(page: str) -> int:
    """How long the address gets, at most, by which somebody is led to a page, logged in: a web login's, or a ticket's in base64."""
    if page == OUR_PHONE_PAGE:
        page = "/" * OWN_PAGE_BYTES
    return WAY_IN_BYTES + max(len(page) * 4 // 3, len(quote(page, safe="")))


def add_to_query(address: str, name: str, value: str) -> str:
    """An address that leads home, with a value in its query, in the place of one of the same name from before."""
    parts = urlsplit(address)
    kept = [part for part in parts.query.split("&") if part and unquote_plus(part.partition("=")[0]) != name]
    return urlunsplit(parts._replace(query="&".join([*kept, urlencode({name: value})])))


def is_in_wechat(user_agent: str) -> bool:
    """Was this asked by WeChat's own browser? WeCom's (企业微信) says so too and has no web login of an official account."""
    return "MicroMessenger" in user_agent and "wxwork" not in user_agent
