"""How the calls of one subject reach WeChat: what a part of the gateway needs of the whole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any


class Calls(ABC):
    """A part of the gateway. Raises what the gateway raises."""

    @abstractmethod
    def _post(self, path: str, body: dict[str, Any], *, token: str | None = None, component_token: str | None = None) -> dict[str, Any]: ...

    @abstractmethod
    def _post_for_image(self, path: str, body: dict[str, Any], *, token: str) -> tuple[bytes, Mapping[str, str]]: ...

    @abstractmethod
    def _call(self, method: str, path: str, *, params: Any, **request: Any) -> dict[str, Any]: ...
