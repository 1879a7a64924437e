"""Brands and accounts: made whole or not at all, their secrets in the secret store alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from chalicelib.accounts import tables
from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.tables.tokens import read_token
from chalicelib.accounts.words import (
    Account,
    AccountOrder,
    AccountSecret,
    BrandSecret,
    CallbackMode,
    Kind,
    SecretOrder,
    Slot,
    WebOriginsOrder,
)
from chalicelib.aws.clients import client
from chalicelib.aws.secrets import Secrets
from chalicelib.aws.tables import TableError
from chalicelib.errors import Conflict, Invalid, Missing
from chalicelib.staff.words import Scope
from chalicelib.world import World
from tests.builders import (
    AES_KEY,
    APP_SECRET,
    CALLBACK_TOKEN,
    OA_APPID,
    OTHER_AES_KEY,
    make_brand,
    make_key,
    mini_program,
    official_account,
    tell_wechat,
)
from tests.house import NOON, House
from tests.old_reads import old_reads

TABLES = ("accounts", "credentials", "identities", "inbox", "messages", "documents", "audit")


class CrashError(Exception):
    """The container dies here."""


class CrashingSecrets(Secrets):
    """A secret store before or after whose writing the container dies."""

    def __init__(self, house: House, *, keeps: bool) -> None:
        super().__init__(stage="local", kms_key_arn=house.settings.kms_key_arn, cache=house.world.cache)
        self._keeps = keeps

    def save(self, name: str, value: msgspec.Struct) -> None:
        if self._keeps:
            super().save(name, value)
        raise CrashError


def order(**changes: Any) -> AccountOrder:
    return msgspec.convert(official_account(**changes), AccountOrder)


def create(house: House, wanted: AccountOrder, brand: str = "demo", world: World | None = None) -> Account:
    return register.create_account(brand, wanted, actor="test", world=world or house.world, now=house.clock())


def crash(house: House, *, keeps: bool) -> World:
    return msgspec.structs.replace(house.world, secrets=CrashingSecrets(house, keeps=keeps))


def find(house: House, account: str) -> Account:
    return register.find_account(account, world=house.world, now=house.clock())


def secret_of(house: House, account: str) -> AccountSecret:
    return register.fetch_secret(find(house, account), world=house.world, now=house.clock())


def change(house: House, wanted: SecretOrder, world: World | None = None) -> None:
    register.change_secret(find(house, "demo.oa"), wanted, actor="test", world=world or house.world, now=house.clock())


def audited(house: House) -> list[str]:
    rows = sorted(house.rows("audit"), key=lambda row: row["sk"]["S"])
    return [row["did"]["S"] for row in rows]


@pytest.fixture
def demo(house: House) -> House:
    """A house with the brand demo in it."""
    make_brand(house)
    return house


# -- brands -------------------------------------------------------------------------------------------------------


def test_a_new_brand_is_listed_and_has_a_signing_key(demo: House) -> None:
    secret = register.fetch_brand_secret("demo", world=demo.world, now=NOON)

    assert tables.list_brands() == ["demo"]
    assert len(secret.signing_keys) == 1
    assert secret.signing_keys[0].made_at == NOON


def test_a_brand_is_made_once(demo: House) -> None:
    before = register.fetch_brand_secret("demo", world=demo.world, now=NOON)

    with pytest.raises(Conflict) as caught:
        make_brand(demo)

    demo.new_container()
    assert caught.value.code == "brand_taken"
    assert register.fetch_brand_secret("demo", world=demo.world, now=NOON) == before


def test_of_two_that_make_a_brand_at_once_one_is_told(house: House) -> None:
    class Rival(Secrets):
        def save(self, name: str, value: msgspec.Struct) -> None:
            tables.create_brand("demo", "Rival", now=NOON)
            super().save(name, value)

    world = house.world
    rivalled = msgspec.structs.replace(world, secrets=Rival(stage="local", kms_key_arn=house.settings.kms_key_arn, cache=world.cache))

    with pytest.raises(Conflict) as caught:
        register.create_brand("demo", "Demo", actor="test", world=rivalled, now=NOON)

    assert caught.value.code == "brand_taken"


@pytest.mark.parametrize("brand", ["", "d", "Demo", "1demo", "de-mo", "de.mo", "de#mo", "demo\n", "a" * 32, "示例"])
def test_a_brand_of_another_form_is_refused_before_anything_is_written(house: House, brand: str) -> None:
    with pytest.raises(Invalid):
        register.create_brand(brand, "", actor="test", world=house.world, now=NOON)

    assert audited(house) == []


def test_a_crash_while_a_brand_is_made_leaves_no_brand_and_making_it_again_ends_well(house: House) -> None:
    with pytest.raises(CrashError):
        register.create_brand("demo", "Demo", actor="test", world=crash(house, keeps=True), now=NOON)
    unmade = tables.list_brands()

    register.create_brand("demo", "Demo", actor="test", world=house.world, now=NOON)

    assert unmade == []
    assert tables.list_brands() == ["demo"]


def test_a_brand_is_known_where_it_was_made_although_it_was_asked_for_before(house: House) -> None:
    with pytest.raises(Missing):
        register.fetch_brand_secret("demo", world=house.world, now=NOON)

    make_brand(house)

    assert register.fetch_brand_secret("demo", world=house.world, now=NOON)


def test_a_signing_key_is_added_to_those_before_it_whoever_added_them(demo: House) -> None:
    stale = demo.world
    register.fetch_brand_secret("demo", world=stale, now=NOON)
    for n, world in enumerate((demo.new_container(), stale, demo.new_container(), stale)):
        demo.clock.advance(seconds=1)
        register.rotate_signing_key("demo", actor="test", world=world, now=demo.clock())
        kept = demo.new_container().secrets.fetch_newest("demo/brand", BrandSecret).signing_keys
        assert len(kept) == min(n + 2, register.KEPT_SIGNING_KEYS)

    ages = [(demo.clock() - key.made_at).total_seconds() for key in kept]
    assert ages == [0, 1, 2]
    assert len({key.secret for key in kept}) == len({key.id for key in kept}) == 3


def test_a_brand_that_does_not_exist_has_no_keys_to_add_to(house: House) -> None:
    with pytest.raises(Missing):
        register.rotate_signing_key("nobody", actor="test", world=house.world, now=NOON)

    assert audited(house) == []


# -- accounts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_an_account_of_every_kind_can_be_made_and_found(demo: House, kind: Kind) -> None:
    made = create(demo, order(kind=kind))

    demo.new_container()
    assert find(demo, "demo.oa") == made
    assert made.kind is kind
    assert register.list_accounts("demo") == [made]


def test_a_name_that_is_taken_is_refused(demo: House) -> None:
    create(demo, order())

    with pytest.raises(Conflict) as caught:
        create(demo, order(appid="wx00000000000000ff"))

    assert caught.value.code == "account_taken"
    assert find(demo, "demo.oa").appid == OA_APPID


def test_an_appid_that_is_taken_is_refused(demo: House) -> None:
    create(demo, order())

    with pytest.raises(Conflict) as caught:
        create(demo, order(name="second"))

    assert caught.value.code == "account_taken"
    with pytest.raises(Missing):
        find(demo, "demo.second")


def test_the_same_order_again_is_refused_and_changes_no_secret(demo: House) -> None:
    create(demo, order())

    with pytest.raises(Conflict):
        create(demo, order(app_secret="another"))

    demo.new_container()
    assert secret_of(demo, "demo.oa").app_secret == APP_SECRET


@pytest.mark.parametrize("keeps", [False, True], ids=["before the secret", "after the secret"])
def test_a_crash_on_the_way_leaves_nothing_usable_and_the_same_order_finishes_it(demo: House, keeps: bool) -> None:
    with pytest.raises(CrashError):
        create(demo, order(), world=crash(demo, keeps=keeps))
    with pytest.raises(Missing):
        find(demo, "demo.oa")
    unfinished = register.list_accounts("demo")
    status, _ = demo.call("GET", "/v1/accounts/demo.oa", key=make_key(demo, "demo", Scope.admin))

    finished = create(demo, order())

    assert (unfinished, status) == ([], 404)
    assert find(demo, "demo.oa") == finished
    assert secret_of(demo, "demo.oa").app_secret == APP_SECRET


def test_an_unfinished_account_keeps_its_name_and_its_appid(demo: House) -> None:
    with pytest.raises(CrashError):
        create(demo, order(), world=crash(demo, keeps=False))

    for wanted in (order(appid="wx00000000000000ff"), order(name="second")):
        with pytest.raises(Conflict):
            create(demo, wanted)


def test_a_claim_that_fails_for_the_appid_leaves_no_trace_of_the_name(demo: House) -> None:
    create(demo, order())
    with pytest.raises(Conflict):
        create(demo, order(name="second"))

    assert create(demo, order(name="second", appid="wx00000000000000ff")).name == "second"


def test_an_account_that_was_never_claimed_cannot_be_finished(demo: House) -> None:
    ghost = Account(id="demo.oa", brand="demo", name="oa", kind=Kind.app, appid=OA_APPID, created_at=NOON)

    with pytest.raises(TableError):
        tables.finish_account(ghost)

    assert tables.read_account("demo", "oa") is None


def test_a_new_account_is_found_at_once_where_it_was_made_although_it_was_asked_for_before(demo: House) -> None:
    with pytest.raises(Missing):
        find(demo, "demo.oa")

    create(demo, order())

    assert find(demo, "demo.oa").appid == OA_APPID


def test_a_container_reads_an_account_once_a_minute(demo: House) -> None:
    create(demo, order())
    before = find(demo, "demo.oa")
    client("dynamodb").delete_item(TableName="liandong-local-accounts", Key={"pk": {"S": "demo"}, "sk": {"S": "account#oa"}})

    demo.clock.advance(seconds=59)
    later = find(demo, "demo.oa")
    demo.clock.advance(seconds=1)

    assert later == before
    with pytest.raises(Missing):
        find(demo, "demo.oa")


def test_an_account_comes_back_with_everything_that_was_said_of_it(demo: House) -> None:
    made = create(demo, order(title="示例", callback_mode="compatible", original_id=""))

    demo.new_container()
    assert find(demo, "demo.oa") == made
    assert (made.title, made.callback_mode, made.original_id) == ("示例", CallbackMode.compatible, "")


# -- through a platform --------------------------------------------------------------------------------------------


def test_an_account_names_a_platform_of_its_own_brand(demo: House) -> None:
    make_brand(demo, "other")
    create(demo, order(name="open", kind="platform", appid="wx00000000000000c1"))
    create(demo, order(name="open", kind="platform", appid="wx00000000000000c1"), brand="other")

    made = create(demo, order(app_secret=None, platform="demo.open"))

    demo.new_container()
    assert find(demo, "demo.oa") == made
    assert made.platform == "demo.open"


@pytest.mark.parametrize("platform", ["demo.nobody", "demo.mini", "other.open"])
def test_an_account_cannot_name_what_is_no_platform_of_its_brand(demo: House, platform: str) -> None:
    make_brand(demo, "other")
    create(demo, order(name="open", kind="platform", appid="wx00000000000000c1"), brand="other")
    create(demo, msgspec.convert(mini_program(), AccountOrder))

    with pytest.raises(Missing):
        create(demo, order(app_secret=None, platform=platform))

    assert [each.id for each in register.list_accounts("demo")] == ["demo.mini"]


def test_an_account_that_is_called_through_its_platform_gets_neither_a_secret_nor_web_login(demo: House) -> None:
    create(demo, order(name="open", kind="platform", appid="wx00000000000000c1"))
    made = create(demo, order(app_secret=None, platform="demo.open"))
    pages = WebOriginsOrder(web_origins=("https://shop.example.com",))

    with pytest.raises(Invalid, match=r"\$\.app_secret"):
        change(demo, SecretOrder(app_secret="x"))
    with pytest.raises(Invalid, match=r"\$\.web_login"):
        register.change_web_origins(made, pages, actor="test", world=demo.world, now=NOON)
    quiet = msgspec.structs.replace(pages, web_login=False)
    changed = register.change_web_origins(made, quiet, actor="test", world=demo.world, now=NOON)

    assert secret_of(demo, "demo.oa").app_secret == ""
    assert (changed.web_origins, changed.web_login) == (("https://shop.example.com",), False)


# -- secrets ------------------------------------------------------------------------------------------------------


def test_secrets_are_in_the_secret_store_and_in_no_row_of_any_table(demo: House) -> None:
    account = create(demo, order())
    tell_wechat(demo, official_account(), mode="safe", format="xml", open_platform=None)
    change(demo, SecretOrder(aes_key=OTHER_AES_KEY))
    token = tokens.fetch_token(account, world=demo.world, now=NOON)

    rows = {table: str(demo.rows(table)) for table in TABLES}

    signing_key = register.fetch_brand_secret("demo", world=demo.world, now=NOON).signing_keys[0].secret
    canaries = (APP_SECRET, CALLBACK_TOKEN, AES_KEY, OTHER_AES_KEY, signing_key)
    assert not [(table, canary) for table, text in rows.items() for canary in canaries if canary in text]
    assert [table for table, text in rows.items() if token.value in text] == ["credentials"]
    kept = client("ssm").get_parameter(Name="/liandong/local/demo/accounts/oa", WithDecryption=True)["Parameter"]
    assert kept["Type"] == "SecureString"
    assert all(canary in kept["Value"] for canary in canaries[:-1])


def test_a_new_aes_key_keeps_the_old_one_whichever_container_it_comes_to(demo: House) -> None:
    create(demo, order())
    stale = demo.new_container()
    secret_of(demo, "demo.oa")
    change(demo, SecretOrder(aes_key=OTHER_AES_KEY), world=demo.new_container())

    change(demo, SecretOrder(app_secret="newer"), world=stale)

    demo.new_container()
    assert secret_of(demo, "demo.oa") == AccountSecret(app_secret="newer", callback_token=CALLBACK_TOKEN, aes_keys=(OTHER_AES_KEY, AES_KEY))


def test_a_change_of_a_secret_is_in_force_everywhere_within_five_minutes(demo: House) -> None:
    create(demo, order())
    other = demo.world
    secret_of(demo, "demo.oa")

    change(demo, SecretOrder(callback_token="Changed2026"), world=demo.new_container())
    demo.clock.advance(minutes=5)

    changed = register.fetch_secret(find(demo, "demo.oa"), world=other, now=demo.clock())
    assert changed.callback_token == "Changed2026"


# -- two brands ---------------------------------------------------------------------------------------------------


def test_two_brands_with_the_same_names_and_appids_are_apart(demo: House) -> None:
    make_brand(demo, "other")
    one = create(demo, order())
    other = create(demo, order(app_secret="other-secret", title="Other"), brand="other")
    demo.play("/accounts", {"appid": OA_APPID, "secret": APP_SECRET, "kind": "official_account", "original_id": "gh_1"})
    token = tokens.fetch_token(one, world=demo.world, now=NOON)

    assert (find(demo, "demo.oa"), find(demo, "other.oa")) == (one, other)
    assert (secret_of(demo, "demo.oa").app_secret, secret_of(demo, "other.oa").app_secret) == (APP_SECRET, "other-secret")
    assert read_token(Slot("demo", OA_APPID)).token == token
    assert read_token(Slot("other", OA_APPID)).token is None
    assert [each.id for each in register.list_accounts("other")] == ["other.oa"]


def test_an_account_of_another_brand_is_missing(demo: House) -> None:
    make_brand(demo, "demo2")
    create(demo, order(), brand="demo2")

    for account in ("demo2.oa", "demo.oa", "demo"):
        with pytest.raises(Missing) as caught:
            register.find_own_account("demo", account, world=demo.world, now=NOON)
        assert caught.value.code == "account_missing"


# -- written down -------------------------------------------------------------------------------------------------


def test_no_deed_is_done_that_was_not_written_down(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = Account(id="demo.oa", brand="demo", name="oa", kind=Kind.official_account, appid=OA_APPID, created_at=NOON)
    tables.create_brand("demo", "Demo", now=NOON)
    tables.claim_account(ready)
    tables.finish_account(ready)
    house.world.secrets.save("demo/brand", BrandSecret(()))
    house.world.secrets.save("demo/accounts/oa", AccountSecret(app_secret="before"))
    real, changed = BaseClient._make_api_call, []

    def refuse_the_audit(asking: Any, name: str, params: Any) -> Any:
        if params.get("TableName", "").endswith("-audit"):
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, name)
        if not name.startswith(("Get", "Describe", "Query")):
            changed.append(name)
        return real(asking, name, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse_the_audit)
    world, second = house.world, msgspec.convert(mini_program(), AccountOrder)
    deeds: list[Callable[[], object]] = [
        lambda: register.create_brand("second", "", actor="test", world=world, now=NOON),
        lambda: register.rotate_signing_key("demo", actor="test", world=world, now=NOON),
        lambda: register.create_account("demo", second, actor="test", world=world, now=NOON),
        lambda: register.change_secret(ready, SecretOrder(app_secret="after"), actor="test", world=world, now=NOON),
        lambda: register.change_web_origins(
            ready, WebOriginsOrder(web_origins=("https://shop.example.com",)), actor="test", world=world, now=NOON
        ),
        lambda: tokens.lend_token(ready, actor="test", world=world, now=NOON),
    ]

    for deed in deeds:
        with pytest.raises(TableError):
            deed()

    assert changed == []


def test_what_was_done_is_told_without_secrets(demo: House) -> None:
    create(demo, order())
    change(demo, SecretOrder(app_secret="newer", aes_key=OTHER_AES_KEY))
    register.rotate_signing_key("demo", actor="test", world=demo.world, now=NOON)

    text = str(demo.rows("audit"))

    assert sorted(audited(demo)) == ["account.created", "account.secret_changed", "brand.created", "brand.signing_key_added", "key.created"]
    assert '"fields": ["aes_key", "app_secret"]' in text
    assert not [secret for secret in (APP_SECRET, CALLBACK_TOKEN, AES_KEY, OTHER_AES_KEY, "newer") if secret in text]


def test_a_brand_and_an_account_made_this_moment_are_known_however_old_a_read_is(house: House) -> None:
    make_brand(house)
    made = create(house, order())

    with old_reads():
        cold = house.new_container()
        found = register.find_account(made.id, world=cold, now=NOON)
        secret = register.fetch_brand_secret("demo", world=cold, now=NOON)

    assert (found, len(secret.signing_keys)) == (made, 1)


def test_the_web_pages_of_an_account_that_is_not_there_are_not_kept(demo: House) -> None:
    made = create(demo, order())
    nobody = msgspec.structs.replace(made, name="nobody")
    before = demo.rows("accounts")

    kept = tables.change_web_origins(nobody, ("https://shop.example.com",))

    assert not kept
    assert demo.rows("accounts") == before
