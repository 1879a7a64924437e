"""What people would like better in a menu that WeChat would take. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from chalicelib.lint.words import Said
from chalicelib.menus.words.menu import Advice, Button, ButtonType, MenuOrder, SubButton

FEWEST, MOST = 2, 3
SHOWN_TOP, SHOWN_SUB = 8, 16
"""Half-width columns a phone shows: four Chinese characters at the bottom, eight in a group."""
Clicks = Mapping[tuple[str, str], int]
"""How often each button was tapped lately, by the type of its event and the event's key."""
TOLD_AS = {ButtonType.miniprogram: "view_miniprogram"}


def advise(order: MenuOrder, clicks: Clicks) -> tuple[Advice, ...]:
    """Everything that might be better: groups of two or three, a way into a mini program, the most tapped first, names that are not cut."""
    return (*_about_groups(order), *_about_mini_programs(order), *_about_order(order, clicks), *_about_names(order))


def event_of(button: SubButton) -> tuple[str, str]:
    """What a tap on the button is told as: the event, and its key. Empty where WeChat tells of no tap."""
    match button.type:
        case ButtonType.view:
            return "view", button.url
        case ButtonType.miniprogram:
            return TOLD_AS[ButtonType.miniprogram], button.path
        case ButtonType() as kind if button.key:
            return kind.value, button.key
    return "", ""


def _about_groups(order: MenuOrder) -> Iterator[Advice]:
    for number, button in enumerate(order.buttons):
        if button.buttons and not FEWEST <= len(button.buttons) <= MOST:
            say = Said(
                f"A group of {FEWEST} or {MOST} is read at a glance; this one has {len(button.buttons)}.",
                f"每组 {FEWEST}–{MOST} 个按钮最易读，这一组有 {len(button.buttons)} 个。",
            )
            yield Advice(place=f"$.buttons[{number}].buttons", advice="group_size", say=say)


def _about_mini_programs(order: MenuOrder) -> Iterator[Advice]:
    buttons = [sub for button in order.buttons for sub in (button, *button.buttons)]
    if not any(button.type is ButtonType.miniprogram for button in buttons):
        say = Said(
            "No button leads into a mini program, where people can book and buy.", "没有小程序入口，建议放一个可预约、可购买的小程序按钮。"
        )
        yield Advice(place="$.buttons", advice="no_mini_program", say=say)


def _about_order(order: MenuOrder, clicks: Clicks) -> Iterator[Advice]:
    taps = [(f"$.buttons[{i}]", _taps(button, clicks), button.name) for i, button in enumerate(order.buttons)]
    yield from _misplaced(taps)
    for number, button in enumerate(order.buttons):
        place = f"$.buttons[{number}].buttons"
        yield from _misplaced([(f"{place}[{i}]", _taps(sub, clicks), sub.name) for i, sub in enumerate(button.buttons)])


def _misplaced(taps: Sequence[tuple[str, int, str]]) -> Iterator[Advice]:
    """The most tapped one, when it does not stand first."""
    most = max(taps, key=lambda each: each[1], default=None)
    if most is None or most[1] <= taps[0][1]:
        return
    say = Said(
        f"{most[2]} is tapped most ({most[1]} times lately): let it stand first.",
        f"“{most[2]}”近期点击最多（{most[1]} 次），建议放在最前。",
    )
    yield Advice(place=most[0], advice="most_clicked_first", say=say)


def _taps(button: SubButton, clicks: Clicks) -> int:
    subs = button.buttons if isinstance(button, Button) else ()
    return clicks.get(event_of(button), 0) + sum(clicks.get(event_of(sub), 0) for sub in subs)


def _about_names(order: MenuOrder) -> Iterator[Advice]:
    for number, button in enumerate(order.buttons):
        place = f"$.buttons[{number}]"
        yield from _cut(button.name, SHOWN_TOP, f"{place}.name")
        for inner, sub in enumerate(button.buttons):
            yield from _cut(sub.name, SHOWN_SUB, f"{place}.buttons[{inner}].name")


def _cut(name: str, columns: int, place: str) -> Iterator[Advice]:
    if sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in name) > columns:
        say = Said(
            f"A phone shows {columns // 2} Chinese characters here and cuts the rest.",
            f"此处最多显示 {columns // 2} 个汉字，其余会被截断。",
        )
        yield Advice(place=place, advice="name_cut", say=say)
