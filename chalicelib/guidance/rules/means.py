"""By which means an end may lead somebody on, as WeChat allowed it at `AS_OF`. Pure.

WeChat shows its component for official accounts, and lets a mini program open an app, only where the mini program was entered in certain
ways; whoever comes back to it while it lives keeps that. What is not listed is not allowed: it would show nothing, or be refused.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chalicelib.accounts.words import Kind
from chalicelib.guidance.words import Asked, Means, Target, ToApp, ToChannels, ToOfficialAccount, Way

AS_OF = "2026-07-30"
MINI, PAGE, APP = Kind.mini_program, Kind.official_account, Kind.app
"""Where somebody is: in a mini program, on a web page in WeChat, in the app."""


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """Where one means may be used. `scenes`: how the mini program was entered, any way when empty; `returns`: how one comes back to it."""

    means: Means
    ends: frozenset[Kind]
    scenes: frozenset[int] = frozenset()
    returns: frozenset[int] = frozenset()
    base_library: str = ""


ALLOWED = {
    each.means: each
    for each in (
        Allowance(
            means=Means.official_account_component,
            ends=frozenset({MINI}),
            scenes=frozenset({1011, 1017, 1025, 1047, 1124}),
            returns=frozenset({1001, 1038, 1041, 1089, 1090, 1104, 1131, 1187}),
        ),
        Allowance(means=Means.article, ends=frozenset({MINI, PAGE}), base_library="3.4.8"),
        Allowance(means=Means.qr_page, ends=frozenset({MINI})),
        Allowance(means=Means.qr_image, ends=frozenset({PAGE, APP})),
        Allowance(means=Means.channels_profile, ends=frozenset({MINI}), base_library="2.21.2"),
        Allowance(
            means=Means.launch_app,
            ends=frozenset({MINI}),
            scenes=frozenset({1036, 1069}),
            returns=frozenset({1001, 1038, 1089, 1090, 1131, 1187}),
        ),
        Allowance(means=Means.app_page, ends=frozenset({MINI})),
    )
}


def choose_way(target: Target, end: Kind, asked: Asked) -> Way | None:
    """The best means a target has that is allowed here; nothing when it has none."""
    for means, value in means_of(target):
        allowance = ALLOWED[means]
        if end in allowance.ends and fits_scene(allowance, asked):
            return Way(means=means, value=value, base_library=allowance.base_library)
    return None


def means_of(target: Target) -> Iterator[tuple[Means, str]]:
    """What a target can be reached by, the shortest way first, with what each takes."""
    offered: tuple[tuple[Means, str], ...]
    match target:
        case ToOfficialAccount():
            yield Means.official_account_component, ""
            offered = ((Means.qr_page, target.qr_page), (Means.article, target.article), (Means.qr_image, target.qr_image))
        case ToChannels():
            offered = ((Means.channels_profile, target.finder_user_name),)
        case ToApp():
            yield Means.launch_app, target.parameter
            offered = ((Means.app_page, target.page),)
    yield from ((means, value) for means, value in offered if value)


def fits_scene(allowance: Allowance, asked: Asked) -> bool:
    """A way back counts only after an entry that counts; one that is not told does not."""
    if not allowance.scenes:
        return True
    return asked.scene in allowance.scenes or (asked.scene in allowance.returns and asked.launch_scene in allowance.scenes)
