"""Lines as columns: Parquet files written, merged and asked by DuckDB, which stays within one folder and opens no connection.

https://duckdb.org/docs/stable/data/parquet/overview
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

LINE = {
    "key": "VARCHAR",
    "type": "VARCHAR",
    "name": "VARCHAR",
    "id": "VARCHAR",
    "source": "VARCHAR",
    "at_ms": "BIGINT",
    "version": "BIGINT",
    "owner": "VARCHAR",
    "person": "VARCHAR",
    "seen_ms": "BIGINT",
    "data": "JSON",
    "raw": "JSON",
}
BELONGING = {"owner": "VARCHAR", "person": "VARCHAR", "seen_ms": "BIGINT"}
ON = "CAST(epoch_ms(at_ms) AS DATE)"
WRITTEN = "(FORMAT parquet, COMPRESSION zstd)"
ROWS_AT_ONCE = 10_000
LOOKED = 10**15
"""What somebody saw who looked after a join or split goes before what any line says: what changes is always looked at."""


class Columns:
    """A database that lives as long as it is open. Paths are files of this machine; nothing is fetched, installed or loaded."""

    def __init__(self, folder: Path) -> None:
        import duckdb

        settings: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
        self._database = duckdb.connect(":memory:", config=settings)
        self._do("SET enable_progress_bar = false")  # it would be drawn into the log

    def __enter__(self) -> Columns:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def take(self, parts: Sequence[Path]) -> None:
        """Read what was brought into the table `fresh`, each key once."""
        read = self._read_json(parts, LINE)
        self._do(f"CREATE OR REPLACE TABLE fresh AS SELECT DISTINCT ON (key) * FROM {read} ORDER BY key, seen_ms")

    def days(self) -> list[date]:
        """The days of what was brought."""
        return [on for (on,) in self._rows(f"SELECT DISTINCT {ON} FROM fresh ORDER BY 1")]

    def write_day(self, on: date, known: Sequence[Path], to: Path) -> int:
        """What was brought of a day and is in no file of it: how many lines were written, sorted by owner and time."""
        unknown = f"ANTI JOIN (SELECT key FROM {_read_parquet(known)}) AS known USING (key)" if known else ""
        self._write(f"SELECT fresh.* FROM fresh {unknown} WHERE {ON} = DATE '{on.isoformat()}'", to)
        return self._count(to)

    def merge(self, files: Sequence[Path], to: Path) -> int:
        """The lines of some files as one, each key once."""
        self._write(f"SELECT DISTINCT ON (key) * FROM {_read_parquet(files)}", to)
        return self._count(to)

    def write_people(self, known: Path | None, brought: Sequence[Path], to: Path) -> int:
        """Whose each identifier is: as somebody looked last after people were joined or parted, or else as its lines say."""
        seen = ["SELECT owner, person, seen_ms FROM fresh"] if self._has_fresh() else []
        seen += [f"SELECT owner, person, seen_ms FROM {_read_parquet([known])}"] if known else []
        seen += [f"SELECT owner, person, seen_ms + {LOOKED} AS seen_ms FROM {self._read_json(brought, BELONGING)}"] if brought else []
        latest = (
            f"SELECT owner, arg_max(person, seen_ms) AS person, max(seen_ms) AS seen_ms FROM ({' UNION ALL '.join(seen)}) GROUP BY owner"
        )
        self._do(f"COPY ({latest} ORDER BY owner) TO {_quote(to)} {WRITTEN}")
        return self._count(to)

    def count_events(self, files: Sequence[Path]) -> Iterator[tuple[str, dict[str, int]]]:
        """How often each identifier did what, in the order of their keys."""
        counted = f"SELECT owner, name, count(DISTINCT key) AS n FROM {_read_parquet(files)} WHERE type = 'event' GROUP BY owner, name"
        for owner, counts in self._rows(f"SELECT owner, map_from_entries(list((name, n))) FROM ({counted}) GROUP BY owner ORDER BY owner"):
            yield owner, dict(counts)

    def read_lines(self, files: Sequence[Path], types: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The records of some files, in the order of their versions; events are none."""
        wanted = f"AND type IN ({', '.join('?' * len(types))})" if types else ""
        sql = f"SELECT * FROM {_read_parquet(files)} WHERE type <> 'event' {wanted} ORDER BY source, version, key"
        for row in self._rows(sql, list(types)):
            yield dict(zip(LINE, row, strict=True))

    def open_views(self, files: Sequence[Path], people: Path | None) -> None:
        """Make the views `lines` and `people` of some files and of what was brought: each key once, and whose it is now."""
        has_fresh = self._has_fresh()
        names = ", ".join(name for name in LINE if name != "person")
        stored = [f"SELECT {names}, person AS person_then FROM {_read_parquet(files)}"] if files else []
        known = f"ANTI JOIN (SELECT key FROM {_read_parquet(files)}) AS known USING (key)" if files else ""
        stored += [f"SELECT {names}, person AS person_then FROM fresh {known}"] if has_fresh else []
        nothing = ", ".join(f"NULL::{kind} AS {name}" for name, kind in LINE.items() if name != "person")
        stored = stored or [f"SELECT {nothing}, NULL::VARCHAR AS person_then WHERE false"]
        seen = [f"SELECT owner, person, seen_ms FROM {_read_parquet([people])}"] if people else []
        seen += ["SELECT owner, person, seen_ms FROM fresh"] if has_fresh else []
        seen = seen or ["SELECT NULL::VARCHAR AS owner, NULL::VARCHAR AS person, NULL::BIGINT AS seen_ms WHERE false"]
        self._do(
            f"CREATE OR REPLACE TABLE people AS "
            f"SELECT owner, arg_max(person, seen_ms) AS person FROM ({' UNION ALL '.join(seen)}) GROUP BY owner"
        )
        self._do(
            "CREATE OR REPLACE VIEW lines AS SELECT stored.* EXCLUDE (person_then), coalesce(people.person, person_then) AS person "
            f"FROM ({' UNION ALL '.join(stored)}) AS stored LEFT JOIN people USING (owner)"
        )

    def find_people(self, sql: str, values: Sequence[Any]) -> Iterator[str]:
        """The persons a question over the views means, in order."""
        for (person,) in self._rows(f"SELECT person FROM {sql} AS found ORDER BY person", values):
            yield person

    def _read_json(self, files: Sequence[Path], columns: dict[str, str]) -> str:
        listed = ", ".join(map(_quote, files))
        typed = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
        return f"read_json([{listed}], format = 'newline_delimited', compression = 'gzip', columns = {{{typed}}})"

    def _write(self, select: str, to: Path) -> None:
        self._do(f"COPY (SELECT * FROM ({select}) ORDER BY owner, at_ms, key) TO {_quote(to)} {WRITTEN}")

    def _count(self, file: Path) -> int:
        ((count,),) = self._rows(f"SELECT count(*) FROM {_read_parquet([file])}")
        return int(count)

    def _has_fresh(self) -> bool:
        return bool(list(self._rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'fresh'")))

    def _do(self, sql: str) -> None:
        self._database.execute(sql)

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        found = self._database.cursor().execute(sql, list(values))
        while rows := found.fetchmany(ROWS_AT_ONCE):
            yield from rows


def _read_parquet(files: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(map(_quote, files))}])"


def _quote(path: Path) -> str:
    """A path of our own making as a text of SQL."""
    return "'" + str(path).replace("'", "''") + "'"
