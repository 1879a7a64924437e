"""Notes in the diary what a person says to an account, and fills a new diary from the kept state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.phone.diary import Diary
from sandbox.phone.words import Said
from sandbox.state import Push, State

if TYPE_CHECKING:
    from sandbox.emulator import Sandbox

SAID_KEPT = 500
_HEAD = frozenset({"ToUserName", "FromUserName", "CreateTime"})


def note_said(sandbox: Sandbox, user_id: str, out: Push) -> None:
    """A person wrote, followed or left: their own part of the chat, there before the backend has answered."""
    fields = {name: value for name, value in out.fields.items() if name not in _HEAD}
    said = Said(sandbox.now(), user_id, out.appid, fields)
    kept = sandbox.state.phone.said
    kept.append(said)
    del kept[:-SAID_KEPT]
    sandbox.diary.note("said", said.fields, at=said.at, user=user_id, appid=out.appid)


def recall(state: State) -> Diary:
    """A diary with the chats of a state that was kept; pushes and calls are not kept."""
    diary = Diary()
    chats = [(said.at, "said", said.user, said.appid, said.fields) for said in state.phone.said]
    shown = [(one.at, "shown", user, one.appid, one) for user, screen in state.received.items() for one in screen]
    for at, what, user, appid, thing in sorted([*chats, *shown], key=lambda moment: moment[0]):
        diary.note("said" if what == "said" else "shown", thing, at=at, user=user, appid=appid)
    return diary
