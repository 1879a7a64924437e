"""The endpoints of mini programs beyond login and messages."""

from __future__ import annotations

from sandbox.call import Endpoint
from sandbox.mini import (
    codes,
    content,
    datacube,
    links,
    opening,
    paid_orders,
    payments,
    performance,
    sessions,
    shipping,
    strangers,
    templates,
    userdata,
)

ENDPOINTS: list[Endpoint] = [
    *sessions.ENDPOINTS,
    *userdata.ENDPOINTS,
    *payments.ENDPOINTS,
    *strangers.ENDPOINTS,
    *codes.ENDPOINTS,
    *links.ENDPOINTS,
    *opening.ENDPOINTS,
    *templates.ENDPOINTS,
    *content.ENDPOINTS,
    *datacube.ENDPOINTS,
    *performance.ENDPOINTS,
    *shipping.ENDPOINTS,
    *paid_orders.ENDPOINTS,
]
