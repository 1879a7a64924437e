"""Every endpoint of official accounts, for the page of paths."""

from __future__ import annotations

from sandbox.official import blacklist, menus, migration, network, qrcodes, resets, tags, tickets

ENDPOINTS = [
    *menus.ENDPOINTS,
    *tags.ENDPOINTS,
    *blacklist.ENDPOINTS,
    *migration.ENDPOINTS,
    *qrcodes.ENDPOINTS,
    *tickets.ENDPOINTS,
    *resets.ENDPOINTS,
    *network.ENDPOINTS,
]
