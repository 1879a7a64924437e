"""Pages for people in a browser, where an end of ours cannot say it itself."""

from __future__ import annotations

from html import escape

from chalice.app import Response

from chalicelib.errors import CODES, LiandongError

SAYS = {
    "web_login_denied": "你没有同意授权。需要时请重新打开页面。",
    "web_login_ended": "这次登录已经失效，请回到原来的页面重新登录。",
    "web_login_missing": "这个公众号没有开通网页登录，或要返回的页面不属于它。",
    "web_login_snapshot": "当前是快照页，请点右下角打开完整页面。",
    "account_missing": "没有这个公众号。",
    "ticket_page_missing": "这个链接没有可以打开的页面，请在收到它的地方使用。",
    "ticket_refused": "链接已经失效，请回到原来的地方重新打开。",
    "wechat_busy": "微信暂时没有回应，请稍后再试。",
    "busy": "服务繁忙，请稍后再试。",
    "outcome_unknown": "微信没有回应，请重新登录。",
}
OTHERWISE = "登录没有成功，请回到原来的页面重新登录。"
HEADERS: dict[str, str | list[str]] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
  body {{ font: 17px/1.6 system-ui, "PingFang SC", "Noto Sans SC", sans-serif; color: #1c2b26; background: #f4f7f5; margin: 0;
         min-height: 100vh; display: grid; place-items: center; }}
  main {{ background: #fff; border-radius: 16px; padding: 32px 28px; margin: 16px; max-width: 26em; box-shadow: 0 6px 30px #0b3d2a14; }}
  p {{ margin: 0 0 12px; }}
  .en, .code {{ color: #5b6b65; font-size: 14px; margin: 0; }}
</style>
<main><p>{zh}</p><p class="en" lang="en">{en}</p><p class="code">{code}</p></main>
</html>
"""


def show_refusal(refused: LiandongError) -> Response:
    """What went wrong, in Chinese and then in English, with the code for whoever is asked about it."""
    says = SAYS.get(refused.code, OTHERWISE)
    body = PAGE.format(title="联动", zh=escape(says), en=escape(CODES[refused.code]), code=escape(refused.code))
    return Response(body, status_code=refused.status, headers=HEADERS)
