"""Objects of the archive brought to this machine, opened, for as long as they are worked with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from chalicelib.archive.words.catalogue import Shelf
from chalicelib.errors import Busy
from chalicelib.world import World

AT_ONCE = 12
"""Objects that are fetched beside each other: waiting for S3 is most of it."""
IN_ORDER = "The archive is being put in order; try again."


class Desk:
    """A folder of this machine with the objects of one brand that were fetched into it."""

    def __init__(self, brand: str, folder: Path, world: World) -> None:
        self.brand = brand
        self.folder = folder
        self._world = world

    def fetch(self, names: Sequence[str]) -> list[Path]:
        """The objects as files; those that are gone are left out."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = list(threads.map(self._fetch, names))
        return [path for path in found if path is not None]

    def fetch_all(self, names: Sequence[str]) -> list[Path] | None:
        """The objects as files; nothing when one of them is gone: somebody has put others in their place."""
        found = self.fetch(names)
        return found if len(found) == len(names) else None

    def demand(self, names: Sequence[str]) -> list[Path]:
        """The objects as files, or `Busy` when one of them is gone."""
        found = self.fetch_all(names)
        if found is None:
            raise Busy(IN_ORDER)
        return found

    def place(self, name: str) -> Path:
        """Where a file of this name lies, or will."""
        path = self.folder / name.replace("/", "_")
        path.parent.mkdir(exist_ok=True)
        return path

    def _fetch(self, name: str) -> Path | None:
        path = self.place(name)
        if path.exists():
            return path
        content = self._world.archive.fetch(self.brand, name)
        if content is None:
            return None
        path.write_bytes(content)
        return path


@contextmanager
def open_desk(brand: str, world: World) -> Iterator[Desk]:
    """A desk that is cleared in the end."""
    with tempfile.TemporaryDirectory(prefix="archive-") as folder:
        yield Desk(brand, Path(folder), world)


def names_of(shelves: Iterable[Shelf]) -> list[str]:
    """The names of the files on some shelves."""
    return [file.name for shelf in shelves for file in shelf.files]
