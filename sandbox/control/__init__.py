"""The control API under /_sandbox/: sets the stage, moves people's fingers, looks behind the scenes."""

from __future__ import annotations

from flask import Blueprint, Response, request

from sandbox.control import accounts, apps, channels, desks, doors, mini, official, phones, platforms, pushes, shop, subscriptions, workings
from sandbox.emulator import Sandbox


def make_control(sandbox: Sandbox) -> Blueprint:
    """All control doors; whatever changed something is soon in the state file."""
    blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")
    accounts.add_doors(blueprint, sandbox)
    phones.add_doors(blueprint, sandbox)
    mini.add_doors(blueprint, sandbox)
    apps.add_doors(blueprint, sandbox)
    platforms.add_doors(blueprint, sandbox)
    shop.add_doors(blueprint, sandbox)
    subscriptions.add_doors(blueprint, sandbox)
    channels.add_doors(blueprint, sandbox)
    official.add_doors(blueprint, sandbox)
    desks.add_doors(blueprint, sandbox)
    pushes.add_doors(blueprint, sandbox)
    workings.add_doors(blueprint, sandbox)
    blueprint.register_error_handler(doors.ControlError, doors.tell_error)

    @blueprint.after_request
    def note_change(response: Response) -> Response:
        if request.method != "GET":
            sandbox.unsaved.set()
        return response

    return blueprint
