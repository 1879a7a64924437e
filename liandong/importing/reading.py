"""A CSV file as rows, whatever spreadsheet wrote it: its encoding and its separator are found out, and nothing of it is kept."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from liandong.outcome import Refusal

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
LIKELY = ("utf-8", "gb18030")
"""Excel in Chinese writes GB18030 without saying so; what is valid UTF-8 is hardly ever anything else."""
SEPARATORS = ",\t;"
CHUNK = 1 << 20
LONGEST_CELL = 1 << 20


class File(NamedTuple):
    """A CSV file that can be read. `lines`: about how many, for the progress bar."""

    path: Path
    encoding: str
    separator: str
    columns: tuple[str, ...]
    lines: int


class Row(NamedTuple):
    """One row: the line it begins on, and its cells that are not empty, by column."""

    line: int
    cells: dict[str, str]


def open_file(path: Path, encoding: str | None) -> File:
    """Look at a file from beginning to end, once, without keeping it."""
    try:
        lines, found = _count_lines(path), encoding or _find_encoding(path)
        with path.open(encoding=found, newline="") as text:
            first = text.readline(LONGEST_CELL)
        separator = max(SEPARATORS, key=first.count)
        csv.field_size_limit(LONGEST_CELL)
        with path.open(encoding=found, newline="") as text:
            columns = _read_heading(next(csv.reader(text, delimiter=separator), []))
    except csv.Error as error:
        raise Refusal("file_unreadable", f"{path} is no CSV at line 1: {error}.") from None
    except OSError as error:
        raise Refusal("file_unreadable", f"{path} cannot be read: {error.strerror}.") from None
    except (LookupError, UnicodeError):
        raise Refusal("encoding_unknown", f"{path} is not written in {encoding}: name its --encoding.") from None
    return File(path, found, separator, columns, lines)


def read_rows(file: File) -> Iterator[Row]:
    """Rows that are not empty. A cell may hold line breaks; what stands right of the last column comes as column 7, column 8 …"""
    with file.path.open(encoding=file.encoding, newline="") as text:
        reader = csv.reader(text, delimiter=file.separator)
        next(reader)
        line = reader.line_num + 1
        try:
            for given in reader:
                cells = {_name(file.columns, place): cell.strip() for place, cell in enumerate(given) if cell.strip()}
                if cells:
                    yield Row(line, cells)
                line = reader.line_num + 1
        except UnicodeError:
            raise Refusal("encoding_unknown", f"{file.path} is not written in {file.encoding} from line {line} on.") from None
        except csv.Error as error:
            raise Refusal("file_unreadable", f"{file.path} is no CSV at line {line}: {error}.") from None


def _name(columns: tuple[str, ...], place: int) -> str:
    return columns[place] if place < len(columns) else f"column {place + 1}"


def _read_heading(given: list[str]) -> tuple[str, ...]:
    columns = tuple(cell.strip() or f"column {place + 1}" for place, cell in enumerate(given))
    if not columns:
        raise Refusal("file_unreadable", "The file is empty: its first line names the columns.")
    twice = [column for column, count in Counter(columns).items() if count > 1]
    if twice:
        raise Refusal("file_unreadable", f"Two columns are called {twice[0]}: give each a name of its own.")
    return columns


def _find_encoding(path: Path) -> str:
    with path.open("rb") as raw:
        head = raw.read(4)
    marked = next((encoding for mark, encoding in MARKS if head.startswith(mark)), None)
    found = marked or next((encoding for encoding in LIKELY if _is_written_in(path, encoding)), None)
    if found is None:
        raise Refusal("encoding_unknown", f"{path} is neither UTF-8 nor GB18030: name its --encoding.")
    return found


def _is_written_in(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as raw:
        try:
            while chunk := raw.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _count_lines(path: Path) -> int:
    with path.open("rb") as raw:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: raw.read(CHUNK), b""))
