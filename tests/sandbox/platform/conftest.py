"""The stage for the sandbox's third-party platforms."""

from __future__ import annotations

import pytest

from tests.sandbox.platform.scene import PLATFORM, Scene
from tests.sandbox.stage import AES_KEY, TOKEN


@pytest.fixture
def scene() -> Scene:
    """A sandbox with a platform whose callback hears everything."""
    scene = Scene()
    callback = {"url": "http://platform.test/auth", "token": TOKEN, "aes_key": AES_KEY}
    message_url = "http://platform.test/$APPID$/hear"
    scene.stage.make_account(PLATFORM, "platform", "gh_platform", open_platform=None, callback=callback, message_url=message_url)
    return scene
