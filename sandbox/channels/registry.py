"""The endpoints of shops and of Channels accounts."""

from __future__ import annotations

from sandbox.call import Endpoint
from sandbox.channels import aftersales, lives, orders

ENDPOINTS: list[Endpoint] = [*orders.ENDPOINTS, *aftersales.ENDPOINTS, *lives.ENDPOINTS]
