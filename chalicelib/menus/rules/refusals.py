"""WeChat's refusals of menus in plain words. Pure."""

from __future__ import annotations

from chalicelib.errors import Declined

WORDS = {
    40007: "a media_id is not this account's, or has ended",
    40015: "it does not know one of the types",
    40016: "the number of buttons is not right",
    40017: "a button lacks its type",
    40018: "a name at the bottom is too long or empty",
    40019: "a key is too long or empty",
    40020: "an address is too long or empty",
    40023: "a group has too many buttons",
    40025: "a name in a group is too long or empty",
    40026: "a key in a group is too long or empty",
    40027: "an address in a group is too long or empty",
    40033: "the body was escaped",
    40054: "an address in a group leads to a domain it does not take",
    40055: "an address leads to a domain it does not take",
    40200: "accounts of this class have no menu by API",
    45010: "there are too many menus",
    45064: "a mini program is not linked with this official account: link it first, GET /v1/accounts/{account}/mini-programs",
    45159: "the account has no such tag",
    48001: "the account may not make menus by API: it has to be verified (认证)",
    53600: "an article_id is not this account's",
    65303: "menus for some people need one for everybody first",
    65316: "menus for some people lead to more than three domains",
    65320: "it does not match by this any more",
    65302: "there is no such person",
    46003: "there is no menu",
}


def explain(declined: Declined) -> Declined:
    """The same refusal, said in words where it is one of menus."""
    words = WORDS.get(declined.errcode)
    if words is None:
        return declined
    return Declined(f"WeChat declined the menu: {words} (errcode {declined.errcode}).", errcode=declined.errcode)
