"""Mass sends (群发): to whom, and what they say, within the limits WeChat has for each.

https://developers.weixin.qq.com/doc/service/api/notify/message/api_sendall
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from chalicelib.messaging.words.customer import MediaId

FEWEST, MOST = 2, 10_000
"""Openids of one send: fewer are refused with 40130, more with 40032."""
Openids = Annotated[tuple[str, ...], msgspec.Meta(min_length=FEWEST, max_length=MOST)]


class MassAudience(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="to"):
    """Whom a mass send goes to."""


class Everybody(MassAudience, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="all"):
    """Every follower."""


class Tagged(MassAudience, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="tag"):
    """Followers with one of WeChat's tags."""

    tag: Annotated[int, msgspec.Meta(ge=0)]


class These(MassAudience, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="openids"):
    """Followers by their openids; service accounts alone may."""

    openids: Openids


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    """One kind of mass message."""


class MassText(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="text"):
    """A text of 2,048 bytes at most."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]


class MassArticles(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="articles"):
    """The articles of a draft, which is gone once they were sent. `reprint`: send them although another account wrote them first."""

    media_id: MediaId
    reprint: bool = False


class MassVoice(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="voice"):
    """A voice message that WeChat has."""

    media_id: MediaId


class MassPictures(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="pictures"):
    """Up to twenty pictures that WeChat has, with a word about them."""

    media_ids: Annotated[tuple[MediaId, ...], msgspec.Meta(min_length=1, max_length=20)]
    recommend: Annotated[str, msgspec.Meta(max_length=512)] = ""


class MassVideo(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="video"):
    """A video that WeChat has."""

    media_id: MediaId
    title: Annotated[str, msgspec.Meta(max_length=128)] = ""
    description: Annotated[str, msgspec.Meta(max_length=512)] = ""


AnyAudience = Everybody | Tagged | These
AnyMass = MassText | MassArticles | MassVoice | MassPictures | MassVideo
