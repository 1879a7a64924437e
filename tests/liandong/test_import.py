"""CSV files imported: read whatever wrote them, sent in batches that are the same again, every line told its verdict."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from liandong import importing
from liandong.__main__ import main
from liandong.importing.reading import open_file, read_rows
from liandong.importing.sending import MOST_BYTES, pack
from liandong.outcome import Refusal
from tests.builders import make_brand
from tests.house import open_house
from tests.hub.source import Bringer
from tests.loopback import served

COLUMNS = "订单号,下单时间,手机号,状态,金额,备注"
GIVEN = ("--id", "订单号", "--at", "下单时间", "--who", "phone=手机号", "--source", "erp")
Told = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def hub() -> Iterator[Bringer]:
    with open_house() as house:
        yield Bringer(house)


@pytest.fixture(autouse=True)
def environment(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The key, and the pauses that would have been made."""
    pauses: list[float] = []
    monkeypatch.setenv("LIANDONG_KEY", hub.key)
    monkeypatch.setattr(importing.run, "__kwdefaults__", {"pause": pauses.append})
    return pauses


def orders(hub: Bringer, count: int) -> list[str]:
    return [f"{hub.new_id()},2026-11-19 10:00,1391234{place:04},已支付,12.5," for place in range(count)]


def write(path: Path, *rows: str, encoding: str = "utf-8-sig", heading: str = COLUMNS) -> Path:
    path.write_text("\r\n".join((heading, *rows)) + "\r\n", encoding=encoding, newline="")
    return path


def run(hub: Bringer, file: Path, *more: str, monkeypatch: pytest.MonkeyPatch, told: Told, **served_as: Any) -> tuple[int, Any, str]:
    """The command's exit code, its summary, and what it said."""
    with served(hub.house, **served_as) as address:
        monkeypatch.setenv("LIANDONG_URL", address)
        code = main(["import", "order", str(file), *GIVEN, *more])
    captured = told.readouterr()
    return code, json.loads(captured.out or "null"), captured.err


def report(file: Path) -> list[dict[str, str]]:
    with file.with_name(f"{file.name}.report.csv").open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def test_every_line_has_its_verdict_and_the_exit_code_says_whether_all_went_through(
    hub: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    rows = orders(hub, 2)
    odd = '"X1","2026-11-19","13912349991","乱写","1","zwei\r\nZeilen"', "X2,gestern,13912349992,1,,"
    file = write(tmp_path / "a.csv", rows[0], "", *odd, rows[1])

    code, summary, said = run(hub, file, monkeypatch=monkeypatch, told=capsys)

    assert (code, summary["lines"], summary["stored"], summary["quarantined"], summary["rejected"]) == (1, 4, 2, 1, 1)
    assert [int(each["line"]) for each in report(file)] == [2, 4, 6, 7]
    assert [each["verdict"] for each in report(file)] == ["stored", "quarantined", "rejected", "stored"]
    assert "/状态 unknown_value" in report(file)[1]["problems"]
    assert "$.records[2].at" in report(file)[2]["message"]
    assert "订单号 → id" in said
    assert "金额 → data.total_fen, bare numbers in yuan" in said


def test_the_same_file_again_is_the_same_batches_and_says_the_same(
    hub: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    file = write(tmp_path / "b.csv", *orders(hub, 3))
    first = run(hub, file, monkeypatch=monkeypatch, told=capsys)
    before = len(hub.house.rows("records"))
    file.with_name("b.csv.import.jsonl").unlink()

    again = run(hub, file, monkeypatch=monkeypatch, told=capsys)

    assert first[:2] == again[:2]
    assert first[0] == 0
    assert len(hub.house.rows("records")) == before


def test_an_import_that_broke_off_goes_on_where_it_stopped(
    hub: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    monkeypatch.setattr("liandong.importing.sending.MOST_RECORDS", 2)
    file = write(tmp_path / "c.csv", *orders(hub, 6))
    sent: list[str] = []

    def breaks(method: str, path: str) -> tuple[int, dict[str, str]] | None:
        sent.append(method)
        return (503, {}) if sent.count("POST") > 2 and method == "POST" else None

    broken = run(hub, file, monkeypatch=monkeypatch, told=capsys, refuse=breaks)
    sent.clear()
    whole = run(hub, file, monkeypatch=monkeypatch, told=capsys, refuse=lambda method, path: sent.append(method))

    assert (broken[0], json.loads(broken[2].splitlines()[-1])["Code"]) == (1, "busy")
    assert (whole[0], whole[1]["stored"], sent.count("POST")) == (0, 6, 1)
    assert [each["line"] for each in report(file)] == ["2", "3", "4", "5", "6", "7"]


def test_a_file_that_went_to_one_brand_goes_to_another_too(
    hub: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    file = write(tmp_path / "e.csv", *orders(hub, 3))
    run(hub, file, monkeypatch=monkeypatch, told=capsys)
    monkeypatch.setenv("LIANDONG_KEY", make_brand(hub.house, "rival"))

    code, summary, _ = run(hub, file, monkeypatch=monkeypatch, told=capsys)

    assert (code, summary["stored"]) == (0, 3)


@pytest.mark.parametrize("last", range(1, 5))
def test_an_import_whose_way_breaks_at_any_request_brings_every_line_once(
    hub: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told, last: int
) -> None:
    """What it sent last has had its effect, it never heard of it, and what it remembered is gone too."""
    monkeypatch.setattr("liandong.importing.sending.MOST_RECORDS", 2)
    file = write(tmp_path / f"every-{last}.csv", *orders(hub, 4))
    source = ("--source", f"erp-{last}")
    asked: list[str] = []

    def breaks(method: str, path: str) -> tuple[int, dict[str, str]] | None:
        asked.append(method)
        return (502, {}) if len(asked) >= last else None

    broken = run(hub, file, *source, monkeypatch=monkeypatch, told=capsys, lose=breaks)
    file.with_name(f"{file.name}.import.jsonl").unlink(missing_ok=True)
    whole = run(hub, file, *source, monkeypatch=monkeypatch, told=capsys)

    sources = hub.house.call("GET", "/v1/sources", key=hub.key)[1]["sources"]
    counted = next(each for each in sources if each["source"] == f"erp-{last}")
    assert (broken[0], whole[0], whole[1]["stored"]) == (1, 0, 4)
    assert (counted["received"], counted["stored"], counted["duplicate"], counted["waiting"]) == (4, 4, 0, 0)


def test_what_may_be_done_later_is_asked_again_ever_more_slowly(
    hub: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told, environment: list[float]
) -> None:
    file = write(tmp_path / "d.csv", *orders(hub, 1))
    answers: list[tuple[int, dict[str, str]] | None] = [(429, {"Retry-After": "7"}), (503, {}), (502, {})]

    def busy(method: str, path: str) -> tuple[int, dict[str, str]] | None:
        return answers.pop(0) if method == "POST" and answers else None

    code, summary, _ = run(hub, file, monkeypatch=monkeypatch, told=capsys, refuse=busy)

    assert (code, summary["stored"]) == (0, 1)
    assert environment[:3] == [7, 1, 2]


def test_what_still_waits_when_nothing_moves_is_told_as_waiting(
    hub: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    file = write(tmp_path / "e.csv", *orders(hub, 1))

    waiting = run(hub, file, "--patience", "3", monkeypatch=monkeypatch, told=capsys, works=False)
    hub.house.work()
    done = run(hub, file, monkeypatch=monkeypatch, told=capsys)

    assert (waiting[0], waiting[1]["waiting"]) == (1, 1)
    assert (done[0], done[1]["stored"]) == (0, 1)


def test_a_dry_run_tells_what_would_be_and_sends_nothing(
    hub: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    file = write(tmp_path / "f.csv", *orders(hub, 1), "X9,2026-11-19,13912349991,乱写,,")
    asked: list[str] = []

    code, summary, _ = run(hub, file, "--dry-run", monkeypatch=monkeypatch, told=capsys, refuse=lambda method, path: asked.append(method))

    assert (code, summary["accepted"], summary["quarantined"], set(asked)) == (1, 1, 1, {"GET"})
    assert not file.with_name("f.csv.import.jsonl").exists()


def test_a_column_is_read_as_if_it_were_called_what_it_is_mapped_to(
    hub: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    row = f"{hub.new_id()},2026-11-19 10:00,13912349993,1,99,内部"
    file = write(tmp_path / "g.csv", row, heading="订单号,下单时间,手机号,状态,Preis,备注")

    code, _, said = run(hub, file, "--map", "Preis=total_fen", "--map", "备注=", monkeypatch=monkeypatch, told=capsys)
    _, person = hub.house.call("POST", "/v1/people/lookup", {"type": "phone", "value": "13912349993"}, key=hub.key)
    _, page = hub.house.call("GET", f"/v1/people/{person['id']}/records", key=hub.key)

    assert code == 0
    assert page["records"][0]["data"]["total_fen"] == 99
    assert page["records"][0]["at"] == "2026-11-19T02:00:00Z"
    assert "Preis → data.total_fen, bare numbers in fen" in said
    assert "备注 → left out" in said


@pytest.mark.parametrize("wrong", [("--id", "nirgends"), ("--who", "fax=手机号"), ("--who", "openid=手机号"), ("--map", "状态")])
def test_a_column_that_is_not_there_is_told_before_anything_is_sent(
    hub: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told, wrong: tuple[str, str]
) -> None:
    file = write(tmp_path / "h.csv", *orders(hub, 1))

    code, _, said = run(hub, file, *wrong, monkeypatch=monkeypatch, told=capsys)

    assert (code, json.loads(said.splitlines()[-1])["Code"]) == (1, "usage")
    assert not list(tmp_path.glob("*.report.csv"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_file_is_read_alike_whatever_wrote_it(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = [row.replace(",", separator) for row in ("1,小安,龘", "2,Ann,")]
    path = write(tmp_path / "x.csv", *rows, encoding=encoding, heading=separator.join(("号", "名", "注")))

    file = open_file(path, None)

    assert file.columns == ("号", "名", "注")
    assert [row.cells for row in read_rows(file)] == [{"号": "1", "名": "小安", "注": "龘"}, {"号": "2", "名": "Ann"}]


def test_an_encoding_that_is_none_and_columns_that_are_two_are_refused(tmp_path: Path) -> None:
    broken, twice, empty = tmp_path / "1.csv", write(tmp_path / "2.csv", heading="a,a"), tmp_path / "3.csv"
    endless = write(tmp_path / "4.csv", heading="a" * (1 << 20) + "a")
    broken.write_bytes(b"a,b\n\xff\xff,1\n")
    empty.write_bytes(b"")

    codes = []
    for path in (broken, twice, empty, endless, tmp_path / "none.csv"):
        with pytest.raises(Refusal) as refused:
            open_file(path, None)
        codes.append(refused.value.code)

    assert codes == ["encoding_unknown", *["file_unreadable"] * 4]


def test_batches_keep_within_what_the_api_takes_and_depend_on_place_and_content() -> None:
    records = [(line, {"id": str(line), "data": {"note": "注" * 2000}}) for line in range(2, 1002)]

    batches = list(pack(records, source="erp"))
    moved = list(pack([(line + 1, record) for line, record in records], source="erp"))

    assert sum(len(batch.lines) for batch in batches) == 1000
    assert max(len(batch.body) for batch in batches) <= MOST_BYTES
    assert [json.loads(batch.body)["source"] for batch in batches] == ["erp"] * len(batches)
    assert len({batch.key for batch in [*batches, *moved]}) == 2 * len(batches)
    assert [batch.key for batch in batches] == [batch.key for batch in pack(records, source="erp")]
