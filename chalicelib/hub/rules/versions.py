"""Which version of a record counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.hub.words.records import Body, Known, Ready, Version

MOST_VERSIONS = 500


def count(versions: Iterable[Known]) -> tuple[Known | None, tuple[str, ...]]:
    """Of a record's versions the one that counts, and those that are held because they go back to an earlier state.

    A function of the set: versions are taken by number, then content, whenever they came. A correction may go back. With one version more,
    what counts is that one, or what counted before, or one that was held: of all others it is enough to know that they were there.
    """
    stands: Known | None = None
    held = []
    for version in sorted(versions, key=lambda each: (each.number, each.content)):
        if stands is not None and goes_back(stands, version) and not version.correction:
            held.append(name_of(version))
            continue
        stands = version
    return stands, tuple(held)


def reopen(version: Version, body: Body, kind: str) -> Ready:
    """A version that was kept, as the record it was."""
    return Ready(
        place=int(version.by.rpartition("#")[2]),
        type=kind,
        id=body.id,
        at=version.at,
        version=version.number,
        who=(),
        data=body.data,
        raw=body.raw,
        owner=version.owner,
    )


def goes_back(before: Known, after: Known) -> bool:
    """Does a record that was done, or cancelled, go on as if it were not? States count upwards; a cancelled one stays cancelled."""
    return before.state is not None and after.state is not None and after.state < before.state


def known_of(version: Known) -> Known:
    """A version without what it says."""
    return Known(
        number=version.number,
        content=version.content,
        by=version.by,
        state=version.state,
        correction=version.correction,
        holds=version.holds,
    )


def name_of(version: Known) -> str:
    return f"{version.number:016d}#{version.content}"
