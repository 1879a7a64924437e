"""Every endpoint of official accounts, for the page of paths."""

from __future__ import annotations

from sandbox.official import (
    blacklist,
    menus,
    migration,
    network,
    notices,
    qrcodes,
    resets,
    tags,
    template_messages,
    templates,
    tickets,
    weblogin,
)

ENDPOINTS = [
    *menus.ENDPOINTS,
    *tags.ENDPOINTS,
    *blacklist.ENDPOINTS,
    *migration.ENDPOINTS,
    *qrcodes.ENDPOINTS,
    *tickets.ENDPOINTS,
    *weblogin.ENDPOINTS,
    *templates.ENDPOINTS,
    *template_messages.ENDPOINTS,
    *notices.ENDPOINTS,
    *resets.ENDPOINTS,
    *network.ENDPOINTS,
]
