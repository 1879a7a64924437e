"""Pages for people in a browser, where an end of ours cannot say it itself."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.aws.tables import TableError
from chalicelib.errors import CODES, Busy, LiandongError
from chalicelib.pages import HEADERS, write_page

SAYS = {
    "web_login_denied": "你没有同意授权。需要时请重新打开页面。",
    "web_login_ended": "这次登录已经失效，请重新打开页面。",
    "web_login_missing": "这个公众号没有开通网页登录，或要返回的页面不属于它。",
    "web_login_snapshot": "当前是快照页，请点右下角“使用完整服务”。",
    "account_missing": "没有这个公众号。",
    "ticket_page_missing": "这个链接没有可以打开的页面，请在收到它的地方使用。",
    "ticket_refused": "链接已经失效，请回到原来的地方重新打开。",
    "wechat_busy": "微信暂时没有回应，请稍后再试。",
    "busy": "服务繁忙，请稍后再试。",
    "outcome_unknown": "微信没有回应，请重新登录。",
}
OTHERWISE = "登录没有成功，请重新打开页面。"


def show_refusal(refused: LiandongError | TableError, *, again: str = "") -> Response:
    """What went wrong, in Chinese and then in English, with the code for whoever is asked about it. `again`: where to begin anew."""
    told = Busy() if isinstance(refused, TableError) else refused
    body = write_page(
        SAYS.get(told.code, OTHERWISE), CODES[told.code], told.code, link=("重新登录 · Log in again", again) if again else None
    )
    return Response(body, status_code=told.status, headers=HEADERS)
