"""Words of guidance: when which end may say "follow us", what it says and by which means, and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.experiments.words import VariantName
from chalicelib.lint.words import Finding, Override

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$(?!\n)")]
AccountId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Button = Annotated[str, msgspec.Meta(min_length=1, max_length=12)]
PagePath = Annotated[str, msgspec.Meta(min_length=1, max_length=1024, pattern=r"^[^/\s?#][^\s?#]*$(?!\n)")]
OptionalPath = Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^([^/\s]\S*)?$(?!\n)")]
Article = Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^(https://mp\.weixin\.qq\.com/\S+)?$(?!\n)")]
Picture = Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^(https://\S+)?$(?!\n)")]


class Trigger(StrEnum):
    """What has just happened on the end."""

    service_done = "service_done"
    order_placed = "order_placed"
    dwell = "dwell"
    leaving = "leaving"


class Audience(StrEnum):
    """Whom a rule is for. Whoever is there already is never asked."""

    everyone = "everyone"
    known_phone = "known_phone"
    new = "new"


class ToOfficialAccount(msgspec.Struct, frozen=True, kw_only=True, tag="official_account", tag_field="kind", forbid_unknown_fields=True):
    """Follow an official account of the brand. Where its component may not show: a page with its QR code, an article, a picture."""

    account: AccountId
    qr_page: OptionalPath = ""
    article: Article = ""
    qr_image: Picture = ""


class ToChannels(msgspec.Struct, frozen=True, kw_only=True, tag="channels", tag_field="kind", forbid_unknown_fields=True):
    """Look at the brand's Channels (视频号)."""

    finder_user_name: Annotated[str, msgspec.Meta(pattern=r"^sph[A-Za-z0-9]{1,60}$(?!\n)")]


class ToApp(msgspec.Struct, frozen=True, kw_only=True, tag="app", tag_field="kind", forbid_unknown_fields=True):
    """Open the brand's app, where WeChat lets a mini program do that; elsewhere a page of the mini program that says how to get it."""

    account: AccountId
    parameter: Annotated[str, msgspec.Meta(max_length=512)] = ""
    page: OptionalPath = ""


Target = ToOfficialAccount | ToChannels | ToApp


class Copy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one variant of a rule says. There is always a way to close it."""

    name: VariantName
    title: Line
    text: Annotated[str, msgspec.Meta(max_length=200)] = ""
    button: Button
    close: Button = "关闭"
    weight: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 1


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule; the first that fits counts. `placements`: spots of the ends, by the brand's own names; none: everywhere.

    `after_s`: how long somebody has to be on the page before `dwell` is true.
    """

    name: Name
    trigger: Trigger
    after_s: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 5
    placements: Annotated[tuple[Name, ...], msgspec.Meta(max_length=50)] = ()
    audience: Audience = Audience.everyone
    target: Target
    variants: Annotated[tuple[Copy, ...], msgspec.Meta(min_length=1, max_length=10)]


class Cap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often one person is asked, over all ends."""

    most: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 24


class GuidanceOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All guidance of a brand. `payment_pages`: beside those whose path says so."""

    rules: Annotated[tuple[Rule, ...], msgspec.Meta(max_length=100)]
    cap: Cap = Cap()
    payment_pages: Annotated[tuple[PagePath, ...], msgspec.Meta(max_length=100)] = ()
    new_for_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 7


class GuidancePublished(GuidanceOrder, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Guidance that is put in force at once. `override`: why texts may stand that break a rule."""

    override: Override = ""

    @property
    def written(self) -> GuidanceOrder:
        return GuidanceOrder(rules=self.rules, cap=self.cap, payment_pages=self.payment_pages, new_for_days=self.new_for_days)


class DraftOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not in force yet, in the place of the draft with this `revision`; 0: there is none."""

    revision: Annotated[int, msgspec.Meta(ge=0)]
    guidance: GuidanceOrder


class DraftShown(msgspec.Struct, frozen=True, kw_only=True):
    """The draft, and what to name when it is saved or published."""

    revision: int
    guidance: GuidanceOrder
    saved_at: datetime
    by: str


class Published(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was published when, by whom, and whether it is in force. `findings`: what stands out in its texts, told when publishing."""

    version: int
    rules: int
    published_at: datetime
    by: str
    live: bool
    findings: tuple[Finding, ...] = ()


class GuidanceShown(msgspec.Struct, frozen=True, kw_only=True):
    """The guidance in force, and the versions there are."""

    version: int
    guidance: GuidanceOrder
    versions: tuple[Published, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an end asks about. `scene`, `launch_scene`: WeChat's, of this entry and of the cold start; `pages`: how many it has shown."""

    placement: Name
    page: PagePath
    trigger: Trigger = Trigger.dwell
    dwell_s: Annotated[int, msgspec.Meta(ge=0, le=86400)] = 0
    scene: Annotated[int, msgspec.Meta(ge=1000, le=9999)] | None = None
    launch_scene: Annotated[int, msgspec.Meta(ge=1000, le=9999)] | None = None
    pages: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None


class Reason(StrEnum):
    """Why nothing is shown."""

    on_entry = "on_entry"
    payment_page = "payment_page"
    no_rule = "no_rule"
    audience = "audience"
    already_there = "already_there"
    no_means = "no_means"
    capped = "capped"


class Means(StrEnum):
    """How somebody gets there."""

    official_account_component = "official_account_component"
    qr_page = "qr_page"
    article = "article"
    qr_image = "qr_image"
    channels_profile = "channels_profile"
    launch_app = "launch_app"
    app_page = "app_page"


class Way(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The means WeChat allows there, with what it takes. `base_library`: the oldest that has it."""

    means: Means
    value: str = ""
    base_library: str = ""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What is said."""

    title: str
    text: str
    button: str
    close: str


class Guidance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Show it, or do not and why. `showing`: what closing it names. It can always be closed, and nothing waits for it."""

    show: bool
    reason: Reason | None = None
    showing: str = ""
    rule: str = ""
    variant: str = ""
    target: str = ""
    way: Way | None = None
    words: Words | None = None
    closable: bool | None = None


class Showing(msgspec.Struct, frozen=True, kw_only=True):
    """One popup that was shown to one person. `key`: the identifier it was shown to; `target`: the account it was to lead to."""

    brand: str
    id: str
    key: str
    rule: str
    placement: str
    variant: str
    target: str
    shown_at: datetime
    closed_at: datetime | None = None
    followed_at: datetime | None = None


class Seen(msgspec.Struct, frozen=True):
    """A showing as the identifier it was shown to remembers it."""

    id: str
    at: int


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one identifier was shown lately. `revision` moves with each showing; 0: there is no row."""

    key: str
    seen: tuple[Seen, ...] = ()
    revision: int = 0


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one rule at one placement, in one variant."""

    rule: str
    placement: str
    variant: str
    shown: int = 0
    closed: int = 0
    followed: int = 0


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """How many subjects met a rule's variant; each counts once a day."""

    rule: str
    variant: str
    subjects: int


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What came of guidance on some days, both included."""

    since: str
    until: str
    tallies: tuple[Tally, ...]
    exposures: tuple[Exposure, ...]
