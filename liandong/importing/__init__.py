"""`python -m liandong import <type> <file.csv>`: records from a CSV file, a verdict for each line, again and again without harm."""

from __future__ import annotations

import argparse
import re
import sys
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from liandong import by_http
from liandong.importing.mapping import Plan, make_plan, make_record
from liandong.importing.reading import File, open_file, read_rows
from liandong.importing.reporting import Progress, Report
from liandong.importing.sending import Batch, Pause, pack, patiently, send
from liandong.outcome import Partly, Refusal

WELL = frozenset({"stored", "duplicate", "accepted"})
"""What a line comes to when all is well; accepted is the most a dry run can say."""
SLOWEST_LOOK_S = 5.0


class Sent(NamedTuple):
    """A batch by its id at the API, and the lines of its records."""

    batch: str
    lines: array[int]


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Enter the command into the parser."""
    command = add("import", run, "bring the rows of a CSV file as records, and report what became of each")
    command.add_argument("type", help="order, member, reservation … as the dictionary names it")
    command.add_argument("file", type=Path, help="UTF-8, UTF-16 or GB18030; the first line names the columns")
    command.add_argument("--source", default="csv", help="whom the records come from, like erp; csv when left out")
    command.add_argument("--id", default="id", metavar="COLUMN", help="the record's own number; id when left out")
    command.add_argument("--at", default="at", metavar="COLUMN", help="when it happened; at when left out")
    command.add_argument(
        "--who", action="append", default=[], metavar="KIND=COLUMN", help="whom it is about: phone=手机号, openid@demo.oa=OpenID"
    )
    command.add_argument(
        "--map", action="append", default=[], metavar="COLUMN=FIELD", help="read a column as if it were called so; COLUMN= leaves it out"
    )
    command.add_argument("--encoding", help="utf-8, gb18030 …; found out when left out")
    command.add_argument("--dry-run", action="store_true", help="judge every line by the dictionary and send nothing")
    command.add_argument("--patience", type=float, default=600, metavar="SECONDS", help="how long to wait while nothing moves")


def run(given: argparse.Namespace, *, pause: Pause = time.sleep) -> Any:
    """Import a file; `Partly` where a line did not go through."""
    by_http.address_and_key()
    file = open_file(given.file, given.encoding)
    dictionary = _fetch_dictionary(needed=given.dry_run, pause=pause)
    plan = make_plan(
        given.type, file.columns, id_column=given.id, at_column=given.at, who=given.who, renamed=given.map, dictionary=dictionary
    )
    _tell_plan(file, plan, dictionary)
    batches = pack(((row.line, make_record(plan, row)) for row in read_rows(file)), source=given.source)
    with Report(given.file) as report:
        if given.dry_run:
            _judge_all(file, batches, dictionary, report)
        else:
            sent = _send_all(file, batches, pause=pause)
            _follow_all(sent, report, patience_s=given.patience, pause=pause)
    summary = {
        "file": str(given.file),
        "type": given.type,
        "source": given.source,
        "dry_run": given.dry_run,
        "lines": report.counts.total(),
        **report.counts,
        "report": str(report.path),
    }
    return summary if set(report.counts) <= WELL else Partly(summary)


def _fetch_dictionary(*, needed: bool, pause: Pause) -> Any:
    """The dictionary in force; nothing where the key may not see it and it is only for telling."""
    import msgspec

    from chalicelib.hub.words.dictionary import Dictionary

    try:
        return msgspec.convert(patiently(lambda: by_http.call("GET", "/v1/dictionary"), pause=pause), Dictionary)
    except Refusal as refusal:
        if needed or refusal.code != "scope_missing":
            raise
        return None


def _tell_plan(file: File, plan: Plan, dictionary: Any) -> None:
    print(f"{file.path}: {file.encoding}, {len(file.columns)} columns", file=sys.stderr)
    for each in plan.told:
        print(f"  {each['column']} → {each['is']}", file=sys.stderr)
    if dictionary is None:
        print("  The key lacks dictionary:write, so which fields these are cannot be told.", file=sys.stderr)


def _send_all(file: File, batches: Iterator[Batch], *, pause: Pause) -> list[Sent]:
    """Send what was not sent yet; each batch is noted once it is taken. Of what is noted the API is asked whether it has it."""
    progress, sent = Progress(file.path), list[Sent]()
    with _bar("sent", file.lines) as bar:
        for batch in batches:
            if batch.key not in progress.sent or not _is_known(progress.sent[batch.key], pause=pause):
                progress.note(batch.key, send(batch, pause=pause))
            sent.append(Sent(progress.sent[batch.key], batch.lines))
            bar.update(len(batch.lines))
    return sent


def _is_known(batch: str, *, pause: Pause) -> bool:
    """Another brand or deployment never had it, and after thirty days it is forgotten."""
    try:
        patiently(lambda: by_http.call("GET", f"/v1/batches/{batch}"), pause=pause)
    except Refusal as refusal:
        if refusal.code != "batch_missing":
            raise
        return False
    return True


def _follow_all(sent: Sequence[Sent], report: Report, *, patience_s: float, pause: Pause) -> None:
    with _bar("done", sum(len(lines) for _, lines in sent)) as bar:
        for batch, lines in sent:
            report.note(lines, _follow(batch, patience_s=patience_s, pause=pause))
            bar.update(len(lines))


def _follow(batch: str, *, patience_s: float, pause: Pause) -> list[dict[str, Any]]:
    """The verdicts of a batch once nothing waits, or when nothing has moved for so long."""
    waited, look_s, left = 0.0, 0.2, None
    while True:
        shown = patiently(lambda: by_http.call("GET", f"/v1/batches/{batch}"), pause=pause)
        waited = waited if shown["waiting"] == left else 0.0
        if not shown["waiting"] or waited >= patience_s:
            return [_final(verdict, done=not shown["waiting"]) for verdict in shown["records"]]
        left = shown["waiting"]
        pause(look_s)
        waited, look_s = waited + look_s, min(SLOWEST_LOOK_S, look_s * 1.5)


def _final(verdict: dict[str, Any], *, done: bool) -> dict[str, Any]:
    return verdict if done or verdict["verdict"] != "accepted" else {**verdict, "verdict": "waiting"}


def _judge_all(file: File, batches: Iterator[Batch], dictionary: Any, report: Report) -> None:
    """What the API would tell at once, by the same rules."""
    import msgspec

    from chalicelib.hub.rules.records import judge

    brand, now = _brand(), datetime.now(UTC)
    with _bar("judged", file.lines) as bar:
        for batch in batches:
            records = msgspec.json.decode(batch.body)["records"]
            judged = [judge(record, place, dictionary, brand=brand, now=now) for place, record in enumerate(records)]
            report.note(batch.lines, [msgspec.to_builtins(each.verdict) for each in judged])
            bar.update(len(records))


def _brand() -> str:
    """The brand of the key: `ld_<brand>-…`."""
    found = re.match(r"ld_([a-z0-9]+)-", by_http.address_and_key()[1])
    if found is None:
        raise Refusal("settings_missing", "LIANDONG_KEY is no API key: they begin with ld_ and the brand's name.")
    return found[1]


def _bar(said: str, lines: int) -> Any:
    """A progress bar where somebody looks."""
    from tqdm import tqdm

    return tqdm(total=lines, desc=said, unit=" lines", file=sys.stderr, disable=None)
