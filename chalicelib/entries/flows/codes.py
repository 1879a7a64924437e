"""Codes drawn for entries, with the parameters behind their scenes; material to print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

import msgspec

from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.words import Account, Kind
from chalicelib.entries.flows import quotas, registry
from chalicelib.entries.flows.links import have_link
from chalicelib.entries.rules import addresses, qr
from chalicelib.entries.rules import codes as rules
from chalicelib.entries.rules.quotas import MOST, name_of
from chalicelib.entries.rules.registry import in_force
from chalicelib.entries.tables import codes as tables
from chalicelib.entries.tables import quotas as counts
from chalicelib.entries.tables.links import read_opened
from chalicelib.entries.tables.registry import read_entry
from chalicelib.entries.words import Entry, Following, MiniProgramPage, Target
from chalicelib.entries.words.codes import Code, CodeKind, CodeOrder, CodeShown, SceneShown
from chalicelib.entries.words.links import LinkKind
from chalicelib.entries.words.quotas import Quota
from chalicelib.errors import Busy, Conflict, Declined, Invalid, Missing
from chalicelib.ids import digest
from chalicelib.sessions.words import Claims
from chalicelib.staff import flows as staff
from chalicelib.wechat.codes import DrawnCode
from chalicelib.world import World

SHOWN_S = 600
"""How long the address of a picture is good."""
PNG, SVG = "image/png", "image/svg+xml"
TOTAL_SPENT, SPENT_FOR_NOW = 45029, 45009


def make_code(entry: Entry, order: CodeOrder, *, actor: str, world: World, now: datetime) -> CodeShown:
    """Have a code drawn that says which entry it is, and keep what its scene stands for."""
    rules.check_order(order)
    account = _find_account(entry, order, world=world, now=now)
    row = rules.write_row(world.random_bytes(rules.ROW_BYTES)) if order.parameters else ""
    scene = rules.write_scene(entry, row)
    rules.check_scene(order.kind, scene)
    about = {"entry": entry.id, "kind": order.kind.value, "scene": scene, "account": account.id}
    staff.record(entry.brand, "code.made", about, actor=actor, world=world, now=now)
    code = Code(
        entry=entry.id,
        kind=order.kind,
        row=row,
        account=account.name,
        scene=scene,
        parameters=order.parameters,
        text="",
        media_type=PNG,
        made_at=now,
        ends_at=None,
    )
    if order.kind in rules.OF_ACCOUNTS:
        return _follow(entry, account, order, code, world=world, now=now)
    return _enter(entry, account, order, code, world=world, now=now)


def show_scene(claims: Claims, scene: str, *, now: datetime) -> SceneShown:
    """What a scene stands for, told to somebody logged in at the same brand."""
    named = rules.read_scene(scene)
    entry = None if named is None else read_entry(claims.brand, named[0])
    if named is None or entry is None:
        raise Missing(code="scene_missing")
    parameters: dict[str, str] = {}
    if named[1]:
        kept = (tables.read_code(claims.brand, entry.id, kind, named[1]) for kind in CodeKind)
        code = next((each for each in kept if each is not None), None)
        if code is None:
            raise Missing(code="scene_missing")
        parameters = code.parameters
    utm = addresses.utm_of(entry.lead.utm)
    return SceneShown(entry=entry.id, parameters=parameters, utm=utm, leads_to=in_force(entry.lead, now))


def offer_material(entry: Entry, *, of: str, format: str, logo: bool, scale: int, home: str, world: World, now: datetime) -> str:
    """Where a code for print lies, for ten minutes: of the entry's own address, or of the account that is followed."""
    text = registry.link_of(entry, home) if of == "link" else _follow_text(entry, world=world, now=now)
    content = qr.draw_svg(text, logo=logo) if format == "svg" else qr.draw_png(text, logo=logo, scale=scale)
    name = f"{entry.id}/{digest(text, str(logo), str(scale))}.{format}"
    return world.archive.offer(entry.brand, name, content, SVG if format == "svg" else PNG, for_s=SHOWN_S)


def _follow(entry: Entry, account: Account, order: CodeOrder, code: Code, *, world: World, now: datetime) -> CodeShown:
    for_good = order.kind is CodeKind.follow_for_good
    lives_s = None if for_good else order.lives_s
    with _told_plainly(), ExitStack() as spent:
        spent.enter_context(quotas.spending(account, Quota.follow_codes, world=world, now=now))
        if for_good and not _is_kept(entry, account, code):
            spent.enter_context(quotas.spending(account, Quota.codes_for_good, once=code.scene, world=world, now=now))
        made = tokens.with_token(
            account, lambda token: world.wechat.create_follow_code(token, code.scene, lives_s=lives_s), world=world, now=now
        )
    ends_at = None if for_good else now + timedelta(seconds=made.lives_s or order.lives_s)
    _keep(entry, code, text=made.url, ends_at=ends_at)
    image = _offer(entry, code, qr.draw_png(made.url, logo=False, scale=10), PNG, world=world)
    shown = CodeShown(kind=code.kind, scene=code.scene, image=image, url=made.url, ends_at=ends_at)
    if not for_good:
        return shown
    used = counts.read_used(entry.brand, name_of(Quota.codes_for_good, account.name, now))
    return msgspec.structs.replace(shown, used=used, most=MOST[Quota.codes_for_good])


def _enter(entry: Entry, account: Account, order: CodeOrder, code: Code, *, world: World, now: datetime) -> CodeShown:
    page = _page_of(entry, account, now)
    limited, shown = order.kind is CodeKind.mini_program_limited, order.page or page.path

    def draw(token: str) -> DrawnCode:
        if limited:
            path = addresses.path_of(entry, page)
            return world.wechat.draw_limited_code(token, path, width=order.width, env_version=order.version.value)
        return world.wechat.draw_code(
            token, code.scene, page=shown, width=order.width, env_version=order.version.value, check_path=order.check_path
        )

    with _told_plainly(), ExitStack() as spent:
        if limited:
            spent.enter_context(quotas.spending(account, Quota.limited_codes, world=world, now=now))
        elif not order.check_path:
            spent.enter_context(quotas.spending(account, Quota.unchecked_pages, once=shown, world=world, now=now))
        drawn = tokens.with_token(account, draw, world=world, now=now)
    _keep(entry, code, text="", ends_at=None)
    image = _offer(entry, code, drawn.image, drawn.media_type, world=world)
    most = MOST[Quota.limited_codes] if limited else None
    return CodeShown(kind=code.kind, scene=code.scene, image=image, used=drawn.used, most=most)


def _find_account(entry: Entry, order: CodeOrder, *, world: World, now: datetime) -> Account:
    """Whose code it is: the account that is named, or the one the entry leads to."""
    target = in_force(entry.lead, now)
    wanted = Following if order.kind in rules.OF_ACCOUNTS else MiniProgramPage
    named = order.account or (target.account if isinstance(target, wanted) else "")
    if not named:
        raise Invalid("The entry leads to another end at this moment: name the account whose code it shall be - at `$.account`.")
    account = register.find_own_account(entry.brand, named, world=world, now=now)
    if account.kind is not (Kind.official_account if order.kind in rules.OF_ACCOUNTS else Kind.mini_program):
        raise Invalid("An account of this kind has no such codes - at `$.account`.")
    return account


def _page_of(entry: Entry, account: Account, now: datetime) -> MiniProgramPage:
    target = in_force(entry.lead, now)
    if not isinstance(target, MiniProgramPage) or target.account != account.id:
        raise Invalid("The entry does not lead to this mini program at this moment - at `$.account`.")
    return target


@contextmanager
def _told_plainly() -> Iterator[None]:
    """WeChat's words for a quota that is used up are ours."""
    try:
        yield
    except Declined as declined:
        if declined.errcode == TOTAL_SPENT:
            raise Conflict(code="codes_spent") from None
        if declined.errcode == SPENT_FOR_NOW:
            raise Busy(code="links_spent") from None
        raise


def _is_kept(entry: Entry, account: Account, code: Code) -> bool:
    """Was this very code made before? Then it is counted."""
    kept = tables.read_code(entry.brand, entry.id, code.kind, code.row)
    return kept is not None and kept.account == account.name


def _keep(entry: Entry, code: Code, *, text: str, ends_at: datetime | None) -> None:
    tables.keep_code(entry.brand, msgspec.structs.replace(code, text=text, ends_at=ends_at))


def _offer(entry: Entry, code: Code, content: bytes, media_type: str, *, world: World) -> str:
    ending = "png" if media_type == PNG else "jpg"
    return world.archive.offer(entry.brand, f"{entry.id}/{code.kind.value}-{code.row or '0'}.{ending}", content, media_type, for_s=SHOWN_S)


def _follow_text(entry: Entry, *, world: World, now: datetime) -> str:
    for_good = tables.read_code(entry.brand, entry.id, CodeKind.follow_for_good, "")
    opened, target = read_opened(entry.brand, entry.id), in_force(entry.lead, now)
    if for_good is not None and not _is_of_another(for_good, target):
        return for_good.text
    if opened is None or not isinstance(target, Following):
        raise Invalid("The entry does not lead to an official account at this moment, and has no code for good - at `of`.")
    return have_link(opened, LinkKind.follow_code, target, world=world, now=now).value


def _is_of_another(code: Code, target: Target) -> bool:
    """Does the entry lead to another account than the code is of? One that leads to none at this moment may still be followed by."""
    return isinstance(target, Following) and not target.account.endswith(f".{code.account}")
