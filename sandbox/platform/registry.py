"""The endpoints only third-party platforms call."""

from __future__ import annotations

from sandbox.call import Endpoint
from sandbox.platform import components, linking, privacy

ENDPOINTS: list[Endpoint] = [*components.ENDPOINTS, *linking.ENDPOINTS, *privacy.ENDPOINTS]
