"""What the sandbox remembers about a third-party platform. Pure."""

from __future__ import annotations

from msgspec import Struct, field


class Grant(Struct):
    """What an account has authorised a platform to do; it holds until it is withdrawn."""

    refresh_token: str
    permissions: list[int]
    at: float


class Pass(Struct, frozen=True):
    """A pre_auth_code, or the auth_code an account's admin gave with it."""

    expires_at: float
    appid: str = ""


class Platform(Struct):
    """One platform: its newest tickets with the time they were made, codes on their way, and who authorised it."""

    tickets: dict[str, float] = field(default_factory=dict)
    ticket_due_at: float | None = None
    pre_auth_codes: dict[str, Pass] = field(default_factory=dict)
    auth_codes: dict[str, Pass] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)


class LinkRequest(Struct):
    """A mini program's link with an official account: 1 linked, 2 waits for the mini program, 3 refused by it, 12 waits for the account."""

    status: int
    show_profile: int
    made_at: float
    unlink_asked: bool = False
