"""What one assertion means for the clusters it touches. Pure."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from chalicelib.identity.rules.persons import add_shapes, is_plain, shape_of
from chalicelib.identity.words import Cluster, Key, Known, Link, Shape


class Begin(msgspec.Struct, frozen=True):
    """Neither identifier was known: a new person with both."""

    shape: Shape


class Alone(msgspec.Struct, frozen=True):
    """Something may be rejected: an unknown identifier first becomes a person of its own, and then the link is looked at again."""

    newcomer: Key


class Attach(msgspec.Struct, frozen=True):
    """One was known: the other one comes to its person."""

    newcomer: Key
    cluster: Cluster
    shape: Shape


class Join(msgspec.Struct, frozen=True):
    """Both were known apart: the older cluster takes the younger one in, and nothing of it is rejected."""

    survivor: Cluster
    loser: Cluster
    shape: Shape


class Confirm(msgspec.Struct, frozen=True):
    """Both are one person already: the link is only kept."""

    cluster: Cluster
    shape: Shape


class Rearrange(msgspec.Struct, frozen=True):
    """Some link may have to be rejected: who is who in these clusters is found out from all their links."""

    survivor: Cluster
    loser: Cluster | None


Plan = Begin | Alone | Attach | Join | Confirm | Rearrange


def plan_link(link: Link, a: Known | None, b: Known | None, *, reissue: timedelta) -> Plan:
    """What a link means, given where its identifiers stand; `a` was read before `b`."""
    if a is not None and b is not None:
        return _plan_known(link, a.cluster, b.cluster, reissue=reissue)
    known = a or b
    newcomer = link.b if a is not None else link.a
    newcomers = [newcomer] if known else [link.a, link.b]
    shape = shape_of(newcomers, [link])
    if known is not None:
        shape = add_shapes(known.cluster.shape, shape)
    if not is_plain(shape, reissue=reissue) or (known is not None and known.cluster.parts):
        return Alone(newcomer)
    return Begin(shape) if known is None else Attach(newcomer, known.cluster, shape)


def _plan_known(link: Link, a: Cluster, b: Cluster, *, reissue: timedelta) -> Confirm | Join | Rearrange:
    """Between the two reads one cluster may have taken the other in: to add their shapes then would count identifiers twice."""
    if a.id == b.id or a.id in b.absorbed:
        shape = add_shapes(b.shape, shape_of([], [link]))
        return Confirm(b, shape) if is_plain(shape, reissue=reissue) and not b.parts else Rearrange(b, None)
    survivor, loser = sorted((a, b), key=lambda cluster: cluster.id)
    shape = add_shapes(survivor.shape, loser.shape, shape_of([], [link]))
    plain = is_plain(shape, reissue=reissue) and not (survivor.parts or loser.parts)
    return Join(survivor, loser, shape) if plain else Rearrange(survivor, loser)
