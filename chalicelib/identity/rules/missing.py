"""Why an openid has no unionid, in plain words. Pure."""

from __future__ import annotations

from chalicelib.accounts.words import Kind
from chalicelib.identity.words.orders import MissingReason

SAYS = {
    MissingReason.not_bound: "No openid of this account ever had one: it seems not to be bound to an Open Platform account.",
    MissingReason.unfollowed: "They do not follow the account any more: WeChat tells the unionid of followers alone.",
    MissingReason.base_scope: "They never followed the account: who only writes, scans or opens a page with the base scope has none.",
    MissingReason.not_asked: "They follow, but WeChat was asked before it had a unionid to tell: a back-fill asks again.",
    MissingReason.first_visit: "WeChat told none at their visits so far: the next login asks again.",
}


def why_without_unionid(kind: Kind | None, *, follows: bool | None, bound: bool) -> MissingReason:
    """The likeliest reason; `bound`: some openid of the account has a unionid."""
    if not bound:
        return MissingReason.not_bound
    if kind is not Kind.official_account:
        return MissingReason.first_visit
    if follows is None:
        return MissingReason.base_scope
    return MissingReason.not_asked if follows else MissingReason.unfollowed
