"""`python -m desk …`: the commands behind the Makefile."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import signal
import sys
from types import FrameType

from desk import flows, phone
from desk.bundle import alone_in_build, is_whole, make_bundle, make_layer, make_libraries
from desk.settings import ROOT, Ports, read_ports
from desk.state import Addresses
from desk.template import make_template
from desk.trouble import Trouble


def main(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if sys.version_info < (3, 11):  # noqa: UP036 - said in a sentence, where the rest of the code cannot be read at all
            raise Trouble(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
        code: int = given.run(given)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m desk", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: object, words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words, description=words)
        added.set_defaults(run=run)
        return added

    command("up", _up, "start the local stack, deploy what has changed")
    command("down", _down, "stop it and keep its data")
    command("reset", _reset, "stop it and forget its data")
    command("status", _status, "what runs where; exit code 1 when something does not")
    command("logs", _logs, "what the functions have logged").add_argument("function", nargs="*", help="door, api …; without, all")
    command("env", _env, "the environment in which `python -m liandong` and AWS clients reach the local stack, for `eval`")
    command("demo", _demo, "up, the story, and stay until Ctrl-C").add_argument("--once", action="store_true", help="do not stay")
    command("package", _package, "make the package for production").add_argument("--stage", default="prod")
    command("template", _template, "make the template alone, without fetching libraries").add_argument("--stage", default="prod")
    return parser


def _up(given: argparse.Namespace) -> int:
    addresses = flows.up(_ports())
    _tell(addresses)
    if lacking := phone.find_lacking(addresses):
        print(f"         {lacking}")
    return 0


def _down(given: argparse.Namespace) -> int:
    flows.down()
    return 0


def _reset(given: argparse.Namespace) -> int:
    flows.reset()
    return 0


def _status(given: argparse.Namespace) -> int:
    words, all_run = flows.status()
    print(words)
    return 0 if all_run else 1


def _env(given: argparse.Namespace) -> int:
    for name, value in flows.running().environment.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _logs(given: argparse.Namespace) -> int:
    for line in flows.read_logs(given.function):
        print(line)
    return 0


def _demo(given: argparse.Namespace) -> int:
    """Play the story; afterwards everything is stopped, whatever happened."""
    from desk import story

    try:
        addresses = flows.up(_ports())
        _tell(addresses)
        failed: int = story.play(addresses)
        if not given.once:
            print("\nThe stack stays up until Ctrl-C: now play the story yourself, on the phone.", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                signal.pause()
        return failed
    finally:
        flows.down()


def _package(given: argparse.Namespace) -> int:
    if not is_whole():
        raise Trouble("The package for production is made on Linux x86_64, or in a container of it: its libraries are.")
    with alone_in_build():
        code, layer = make_bundle(given.stage, libraries=make_libraries()), make_layer(given.stage, whole=True)
        template = make_template(given.stage, code=code, layer=layer)
    print(template.relative_to(ROOT))
    for made in (code, layer):
        print(f"{made.relative_to(ROOT)}  {made.stat().st_size / 1e6:.1f} MB")
    return 0


def _template(given: argparse.Namespace) -> int:
    print(make_template(given.stage, code=None).relative_to(ROOT))
    return 0


def _tell(addresses: Addresses) -> None:
    print(
        f"front    {addresses.front}\nsandbox  {addresses.sandbox}\naws      {addresses.aws}\nphone    {phone.page_of(addresses)}",
        flush=True,
    )


def _ports() -> Ports:
    return read_ports(os.environ, flows.ports_of_last_time())


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
