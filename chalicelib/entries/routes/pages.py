"""What a visitor of a link sees where no address leads on: a code to scan, or what to look for, in Chinese and English."""

from __future__ import annotations

from html import escape

from chalice.app import Response

from chalicelib.aws.tables import TableError
from chalicelib.entries.rules import qr
from chalicelib.entries.words.links import Find, OpenedIn, Scan
from chalicelib.errors import Busy, LiandongError
from chalicelib.pages import HEADERS, write_page

SAYS = {
    "entry_missing": ("没有这个页面，请检查链接是否完整。", "There is no such page: check that the link is complete."),
    "entry_retired": ("这个活动已经结束。", "This offer is over."),
    "entry_page_missing": ("这个链接的页面已经不可用。", "The page of this link is not there any more."),
    "busy": ("服务繁忙，请稍后再试。", "Too busy at this moment: try again in a while."),
}
SCAN = {
    OpenedIn.desktop: ("请用微信扫一扫", "Scan with WeChat"),
    OpenedIn.wechat: ("请长按识别二维码", "Press the code long to open it"),
    OpenedIn.mobile: (
        "请保存图片，或者截屏，再在微信“扫一扫”里从相册选取",
        "Save the picture or the screen, then pick it in WeChat's scanner",
    ),
}
EXHAUSTED = ("今天直接打开的次数已用完，扫码一样可以打开。", "Today's direct links are used up; the code opens the same page.")
LATER = ("暂时打不开，请过几分钟再试。", "It cannot be opened at this moment: try again in some minutes.")
FIND = ("请打开微信，搜索视频号", "Open WeChat and search Channels for")
PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
  * {{ box-sizing: border-box; }}
  body {{ font: 17px/1.6 system-ui, "PingFang SC", "Noto Sans SC", sans-serif; color: #1c2b26; background: #f4f7f5; margin: 0;
         min-height: 100vh; display: grid; place-items: center; }}
  main {{ background: #fff; border-radius: 16px; padding: 28px; margin: 16px; width: min(22em, 100% - 32px); text-align: center;
         box-shadow: 0 6px 30px #0b3d2a14; }}
  h1 {{ font-size: 20px; line-height: 1.4; margin: 0 0 16px; overflow-wrap: anywhere; }}
  h1, p {{ text-wrap: balance; }}
  p {{ word-break: keep-all; overflow-wrap: anywhere; }}
  img {{ display: block; width: 100%; max-width: 260px; margin: 0 auto 16px; }}
  p {{ margin: 0 0 4px; }}
  .en {{ color: #5b6b65; font-size: 14px; margin: 0 0 12px; }}
  strong {{ color: #0a7d4b; overflow-wrap: anywhere; }}
</style>
<main>{content}</main>
</html>
"""
SHOWN = {**HEADERS, "Content-Security-Policy": f"{HEADERS['Content-Security-Policy']}; img-src data:"}


def show_code(scan: Scan, opened_in: OpenedIn) -> Response:
    """A code to scan, and how to. What the entry is called may hold anything."""
    if scan.exhausted and not scan.image:  # our own code would only lead back here
        return _answer(scan.title, f"<h1>{escape(scan.title)}</h1>{_line(LATER)}")
    lines = [SCAN[opened_in], *([EXHAUSTED] if scan.exhausted else [])]
    picture = f'<img alt="二维码 QR code" src="{escape(scan.image or qr.draw_inline(scan.text))}">'
    return _answer(scan.title, f"<h1>{escape(scan.title)}</h1>{picture}{''.join(map(_line, lines))}")


def show_name(find: Find) -> Response:
    """What to look for."""
    return _answer(find.title, f"{_line(FIND)}<p><strong>{escape(find.title)}</strong></p>")


def show_refusal(refused: LiandongError | TableError) -> Response:
    """Why a link leads nowhere."""
    told = Busy() if isinstance(refused, TableError) else refused
    body = write_page(*SAYS.get(told.code, SAYS["busy"]), told.code)
    return Response(body, status_code=told.status, headers=HEADERS)


def _line(said: tuple[str, str]) -> str:
    return f'<p>{said[0]}</p><p class="en" lang="en">{said[1]}</p>'


def _answer(title: str, content: str) -> Response:
    return Response(PAGE.format(title=escape(title[:24]), content=content), headers=SHOWN)
