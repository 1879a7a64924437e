"""Every endpoint of official accounts, for the page of paths."""

from __future__ import annotations

from sandbox.official import (
    agents,
    blacklist,
    datacube_articles,
    datacube_people,
    drafts,
    kf_sessions,
    mass,
    mass_jobs,
    materials,
    menus,
    migration,
    network,
    notices,
    publishing,
    qrcodes,
    resets,
    tags,
    template_messages,
    templates,
    tickets,
    weblogin,
)

_MODULES = (
    menus,
    tags,
    blacklist,
    migration,
    qrcodes,
    tickets,
    weblogin,
    templates,
    template_messages,
    notices,
    mass,
    mass_jobs,
    materials,
    drafts,
    publishing,
    agents,
    kf_sessions,
    datacube_people,
    datacube_articles,
    resets,
    network,
)
ENDPOINTS = [endpoint for module in _MODULES for endpoint in module.ENDPOINTS]
