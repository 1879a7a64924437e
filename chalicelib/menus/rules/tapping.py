"""Which callbacks tell of a tap on a menu button. Pure."""

from __future__ import annotations

from chalicelib.wechat.messages import Inbound
from chalicelib.wechat.messages.acts import (
    CodePushed,
    CodeScanned,
    LocationSelected,
    MenuClicked,
    MenuLinkViewed,
    MiniProgramViewed,
    PicturesSent,
)

LONGEST = 1024
"""Of an address; a key has less."""


def tap_told_by(message: Inbound) -> tuple[str, str] | None:
    """The event and its key, as the button of the menu is known by; nothing for other messages."""
    match message:
        case MenuClicked() | CodePushed() | CodeScanned() | PicturesSent() | LocationSelected():
            return message.kind.removeprefix("event."), message.event_key[:LONGEST]
        case MenuLinkViewed():
            return "view", message.url[:LONGEST]
        case MiniProgramViewed():
            return "view_miniprogram", message.page_path[:LONGEST]
    return None
