"""A holiday of a minute, planned before all other tests on the stack and watched beside them, as WeChat's `menu/get` shows it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from desk.state import Addresses
from desk.teller import http

BRAND, APPID, SECRET = "feast", "wxfeast0000000001", "secret-feast"
BEGINS_IN, LASTS = timedelta(seconds=20), timedelta(seconds=75)
"""Longer than a minute, so that the schedule runs at least once in it."""
PATIENCE_S = 300
DAY, FEAST = "平日", "节日"
KEY = ("key", "create", BRAND, "--scope", "admin", "--scope", "tokens:read")


class Feast:
    """A brand of its own; `seen`: each menu WeChat showed, and when it first did."""

    def __init__(self, addresses: Addresses, environ: dict[str, str]) -> None:
        self.addresses, self.seen = addresses, list[tuple[datetime, list[str]]]()
        self._environ = {**environ, **addresses.environment}
        self._command("brand", "create", BRAND)
        self._key = str(self._command(*KEY)["key"])
        self._publish()
        self.begins = datetime.now(UTC) + BEGINS_IN
        self.ends = self.begins + LASTS
        times = {"from_at": self.begins.isoformat(), "until_at": self.ends.isoformat()}
        self._call("PUT", f"/v1/menus/{BRAND}.oa/holidays/feast", {**times, "buttons": [_button(FEAST)]})
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def wait(self) -> list[list[str]]:
        """The menus WeChat showed, in order, once the holiday's has come and gone."""
        self._watcher.join(PATIENCE_S)
        return [names for _, names in self.seen]

    def stop(self) -> None:
        self._over.set()
        self._watcher.join(10)

    def _publish(self) -> None:
        self._call("POST", "/v1/accounts", {"name": "oa", "kind": "official_account", "appid": APPID, "app_secret": SECRET})
        told = {"appid": APPID, "secret": SECRET, "kind": "official_account", "original_id": "gh_feast"}
        assert http("POST", f"{self.addresses.sandbox}/_sandbox/accounts", told)[0] < 300
        revision = self._call("PUT", f"/v1/menus/{BRAND}.oa/draft", {"buttons": [_button(DAY)]})["revision"]
        assert self._call("POST", f"/v1/menus/{BRAND}.oa/publish", {"revision": revision})["told"] == "live"

    def _watch(self) -> None:
        token = self._call("GET", f"/v1/tokens/{BRAND}.oa")["access_token"]
        address = f"{self.addresses.sandbox}/cgi-bin/menu/get?access_token={token}"
        given_up = time.monotonic() + PATIENCE_S
        while not self._over.wait(0.5) and len(self.seen) < 3 and time.monotonic() < given_up:
            try:
                names = [button["name"] for button in http("GET", address)[1]["menu"]["button"]]
            except (OSError, KeyError, TypeError):
                continue  # the stack is being put down and up again
            if not self.seen or self.seen[-1][1] != names:
                self.seen.append((datetime.now(UTC), names))

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = http(method, self.addresses.front + path, body, key=self._key)
        assert status < 300, answer
        return answer

    def _command(self, *arguments: str) -> Any:
        done = subprocess.run([sys.executable, "-m", "liandong", *arguments], env=self._environ, capture_output=True, check=True)
        return json.loads(done.stdout)


def _button(name: str) -> dict[str, str]:
    return {"name": name, "type": "click", "key": "K"}
