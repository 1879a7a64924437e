"""Fields the house itself reads, read otherwise by a brand's dictionary."""

from __future__ import annotations

from tests.hub.source import Bringer


def test_a_dictionary_that_reads_the_houses_own_fields_otherwise_harms_no_record(hub: Bringer) -> None:
    own = {
        "ticket": {"fields": {"updated_at": {"type": "text"}}},
        "event": {"fields": {"name": {"type": "text", "mode": "observe"}}},
    }
    hub.house.call("PUT", "/v1/dictionary", {"types": own}, key=hub.key)
    tickets = [{**hub.order(), "type": "ticket", "data": {"updated_at": said}} for said in ("yesterday", "2026-11-20", "2026-11-20T10:00")]
    nameless = {**hub.order(), "type": "event", "data": {"properties": {"sku": "A1"}}}

    batch = hub.bring(hub.order(), *tickets, nameless, hub.order())

    hub.house.call("POST", "/v1/dictionary/rollback", {"version": 0}, key=hub.key)
    assert hub.verdicts(batch) == ["stored"] * 4 + ["rejected", "stored"]
    assert batch["records"][4]["problems"] == [{"pointer": "/name", "code": "missing", "mode": "block"}]
