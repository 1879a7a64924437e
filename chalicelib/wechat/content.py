"""WeChat's judgement of what people write in mini programs (内容安全)."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.wechat.answers import read_answer
from chalicelib.wechat.calls import Calls


class TextVerdict(msgspec.Struct, frozen=True):
    """What WeChat suggests: `pass`, `review` or `risky`; `label` says of what kind, 100 is nothing."""

    suggest: str
    label: int
    trace_id: str


class _Result(msgspec.Struct):
    suggest: str
    label: int = 0


class _TextFields(msgspec.Struct):
    result: _Result
    trace_id: str = ""


class ContentCalls(Calls):
    """The calls about content. `token`: the mini program's."""

    def check_text(self, token: str, openid: str, content: str, scene: int, **about: str) -> TextVerdict:
        """Judge a text of at most 2,500 characters by somebody active within two hours. 4,000 a minute, 2,000,000 a day.

        `scene`: 1 profile, 2 comment, 3 forum, 4 social log. `about`: title, nickname, signature.
        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html
        """
        path = "/wxa/msg_sec_check"
        body: dict[str, Any] = {"content": content, "version": 2, "scene": scene, "openid": openid}
        body |= {name: value for name, value in about.items() if value}
        told = read_answer(path, self._post(path, body, token=token), _TextFields)
        return TextVerdict(told.result.suggest, told.result.label, told.trace_id)
