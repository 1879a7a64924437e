"""The shape of every page of ours that says something to somebody in a browser. Pure."""

from __future__ import annotations

from html import escape

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
  p {{ margin: 0 0 12px; text-wrap: balance; }}
  a {{ color: #0a7d4b; }}
  .en, .code {{ color: #5b6b65; font-size: 14px; margin: 0; }}
</style>
<main><p>{zh}</p><p class="en" lang="en">{en}</p>{way}<p class="code">{code}</p></main>
</html>
"""


def write_page(zh: str, en: str, code: str = "", *, link: tuple[str, str] | None = None) -> str:
    """A page that says the same in Chinese and in English; `code` is for whoever is asked about it. What is said may hold anything.

    `link`: words and the address they lead to, which has to be one of ours or of an account's pages.
    """
    way = f'<p><a href="{escape(link[1])}">{escape(link[0])}</a></p>' if link else ""
    return PAGE.format(title=escape(zh[:12]), zh=escape(zh), en=escape(en), code=escape(code), way=way)
