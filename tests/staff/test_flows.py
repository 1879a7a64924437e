"""API keys: shown once, kept as a hash, refused soon after they are revoked, and every deed written down first."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from chalicelib.aws.tables import TableError
from chalicelib.errors import Forbidden, Invalid, Missing, Unauthenticated
from chalicelib.staff import flows, tables
from chalicelib.staff.words import Caller, KeyOrder, NewKey, Scope
from chalicelib.world import World
from tests.house import NOON, House
from tests.old_reads import old_reads

TABLES = ("accounts", "credentials", "identities", "inbox", "messages", "documents", "audit")


def create(house: House, *scopes: Scope, brand: str = "demo", note: str = "") -> NewKey:
    return flows.create_key(brand, KeyOrder(scopes=scopes or (Scope.admin,), note=note), actor="test", world=house.world, now=house.clock())


def use(house: House, key: str, scope: Scope = Scope.admin, world: World | None = None) -> Caller:
    return flows.authenticate(key, scope=scope, world=world or house.world, now=house.clock())


def revoke(house: House, key: NewKey, world: World | None = None) -> None:
    flows.revoke_key("demo", key.id, actor="test", world=world or house.world, now=house.clock())


def audited(house: House) -> list[tuple[str, str, dict[str, Any]]]:
    rows = sorted(house.rows("audit"), key=lambda row: row["sk"]["S"])
    return [(row["actor"]["S"], row["did"]["S"], json.loads(row["about"]["S"])) for row in rows]


def test_a_key_names_its_brand_and_what_it_may(house: House) -> None:
    made = create(house, Scope.people_read, Scope.accounts_read)

    assert use(house, made.key, Scope.people_read) == Caller("demo", made.id, frozenset({Scope.people_read, Scope.accounts_read}))


def test_a_keys_secret_is_in_no_row_of_any_table(house: House) -> None:
    made = create(house)
    use(house, made.key)
    revoke(house, made)

    secret = made.key.rsplit("_", 1)[1]
    assert len(secret) == 43
    assert not [table for table in TABLES if secret in str(house.rows(table))]


def test_a_key_is_shown_once_and_listed_without_its_secret_or_hash(house: House) -> None:
    made = create(house, Scope.rules_write, note="CMS")

    [shown] = flows.list_keys("demo")

    assert (shown.id, shown.scopes, shown.note, shown.created_at, shown.revoked_at) == (made.id, (Scope.rules_write,), "CMS", NOON, None)
    assert made.key.rsplit("_", 1)[1] not in str(shown)
    assert not hasattr(shown, "secret_sha256")


def test_scopes_named_twice_are_kept_once_and_in_order(house: House) -> None:
    assert create(house, Scope.rules_write, Scope.admin, Scope.rules_write).scopes == (Scope.admin, Scope.rules_write)


def test_a_key_without_scopes_is_refused(house: House) -> None:
    with pytest.raises(Invalid, match=r"\$\.scopes"):
        flows.create_key("demo", KeyOrder(scopes=()), actor="test", world=house.world, now=NOON)


def test_the_scope_that_is_missing_is_named(house: House) -> None:
    made = create(house)

    with pytest.raises(Forbidden, match="tokens:read") as caught:
        use(house, made.key, Scope.tokens_read)

    assert caught.value.code == "scope_missing"


def test_a_wrong_secret_an_unknown_key_and_a_revoked_one_are_refused_alike(house: House) -> None:
    made, gone = create(house), create(house)
    revoke(house, gone)
    keys = [
        made.key[:-1] + ("A" if made.key[-1] != "A" else "B"),
        f"ld_demo-aaaaaaaa_{'A' * 43}",
        f"ld_other-aaaaaaaa_{'A' * 43}",
        gone.key,
    ]

    refused = []
    for key in keys:
        with pytest.raises(Unauthenticated) as caught:
            use(house, key)
        refused.append((caught.value.code, caught.value.message))

    assert len(set(refused)) == 1
    assert refused[0][0] == "key_refused"


@pytest.mark.parametrize("credential", ["", "nonsense", "ld_demo-aaaaaaaa_short", "a.b.c"])
def test_a_malformed_key_is_refused_without_asking_a_table(house: House, credential: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseClient, "_make_api_call", None)

    with pytest.raises(Unauthenticated) as caught:
        use(house, credential)

    assert caught.value.code == "key_refused"
    assert not credential or credential not in caught.value.message


def test_a_key_whose_brand_was_swapped_is_refused(house: House) -> None:
    made = create(house)

    with pytest.raises(Unauthenticated):
        use(house, made.key.replace("ld_demo-", "ld_other-"))


def test_a_revoked_key_is_refused_at_once_where_it_was_revoked(house: House) -> None:
    made = create(house)
    use(house, made.key)

    revoke(house, made)

    with pytest.raises(Unauthenticated):
        use(house, made.key)


def test_a_revoked_key_is_refused_within_thirty_seconds_on_every_other_container(house: House) -> None:
    made, other = create(house), house.world
    use(house, made.key, world=other)
    revoke(house, made, world=house.new_container())

    house.clock.advance(seconds=29)
    caller = use(house, made.key, world=other)
    house.clock.advance(seconds=1)

    assert caller.key_id == made.id
    with pytest.raises(Unauthenticated):
        use(house, made.key, world=other)


def test_a_key_is_read_once_in_thirty_seconds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = create(house)
    use(house, made.key)
    monkeypatch.setattr(BaseClient, "_make_api_call", None)
    house.clock.advance(seconds=29)

    assert use(house, made.key).key_id == made.id


def test_revoking_twice_changes_nothing(house: House) -> None:
    made = create(house)
    revoke(house, made)
    house.clock.advance(hours=1)

    revoke(house, made)

    assert [key.revoked_at for key in flows.list_keys("demo")] == [NOON]


def test_a_key_of_another_brand_cannot_be_revoked_or_seen(house: House) -> None:
    made = create(house, brand="other")

    with pytest.raises(Missing) as caught:
        revoke(house, made)

    assert caught.value.code == "key_missing"
    assert flows.list_keys("demo") == []
    assert use(house, made.key).brand == "other"


def test_a_key_that_is_not_there_cannot_be_marked_revoked(house: House) -> None:
    with pytest.raises(TableError):
        tables.revoke_key("demo", "demo-aaaaaaaa", now=NOON)

    assert flows.list_keys("demo") == []


def test_no_key_takes_the_place_of_another(house: House) -> None:
    made = create(house)
    kept = tables.read_key("demo", made.id)
    assert kept is not None

    with pytest.raises(TableError):
        tables.keep_key(kept)

    assert use(house, made.key)


def test_an_audit_entry_is_never_written_over(house: House) -> None:
    tables.keep_audit("demo", "01J", actor="a", did="first", about={}, now=NOON)

    with pytest.raises(TableError):
        tables.keep_audit("demo", "01J", actor="b", did="second", about={}, now=NOON)

    assert [did for _, did, _ in audited(house)] == ["first"]


def test_who_did_what_is_written_down_under_the_brand_and_month(house: House) -> None:
    made = create(house, Scope.rules_write)
    house.clock.advance(seconds=1)
    revoke(house, made)

    assert audited(house) == [
        ("test", "key.created", {"key": made.id, "scopes": ["rules:write"]}),
        ("test", "key.revoked", {"key": made.id}),
    ]
    assert {row["pk"]["S"] for row in house.rows("audit")} == {"demo#2026-11"}
    assert {row["at"]["S"] for row in house.rows("audit")} == {"2026-11-20T04:00:00+00:00", "2026-11-20T04:00:01+00:00"}


def test_no_deed_is_done_that_was_not_written_down(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = create(house)
    before = house.rows("accounts")
    break_table(monkeypatch, "audit")

    for deed in (lambda: create(house), lambda: revoke(house, made)):
        with pytest.raises(TableError):
            deed()

    assert house.rows("accounts") == before


def test_a_deed_that_failed_stays_written_down_as_an_attempt(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    break_table(monkeypatch, "accounts")

    with pytest.raises(TableError):
        create(house)

    assert [did for _, did, _ in audited(house)] == ["key.created"]


def break_table(monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    """One table takes no writes any more."""
    real: Callable[..., Any] = BaseClient._make_api_call

    def ask(asking: Any, name: str, params: Any) -> Any:
        if name in ("PutItem", "UpdateItem") and params["TableName"].endswith(f"-{table}"):
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, name)
        return real(asking, name, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", ask)


def test_a_key_made_this_moment_opens_and_one_revoked_this_moment_does_not_however_old_a_read_is(house: House) -> None:
    made = create(house)

    with old_reads():
        opened = use(house, made.key, world=house.new_container())
        revoke(house, made)
        with pytest.raises(Unauthenticated):
            use(house, made.key, world=house.new_container())

    assert opened.key_id == made.id
