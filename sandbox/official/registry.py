"""Every endpoint of official accounts, for the page of paths."""

from __future__ import annotations

from sandbox.official import menus, tags

ENDPOINTS = [
    *menus.ENDPOINTS,
    *tags.ENDPOINTS,
]
