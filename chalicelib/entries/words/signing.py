"""Words of signatures for the JS-SDK."""

from __future__ import annotations

import msgspec


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What `wx.config` needs: `appid` as its appId, `nonce_str` as its nonceStr.

    `url`: what was signed; `ticket`: the number of the ticket it was signed by; `notes`: what to look at else.
    """

    appid: str
    timestamp: int
    nonce_str: str
    signature: str
    url: str
    ticket: int
    notes: tuple[str, ...]
