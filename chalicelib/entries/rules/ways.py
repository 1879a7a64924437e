"""What an entry is put in place with: links for texts, cards for articles, snippets for pages. Pure."""

from __future__ import annotations

from chalicelib.entries.rules import addresses
from chalicelib.entries.words import Entry, MiniProgramPage
from chalicelib.entries.words.ways import PageWay, Sms
from chalicelib.errors import Invalid
from chalicelib.wechat.replies import MOST_TEXT_BYTES, escape_attribute, mini_program_link, page_link

LONGEST_LABEL = 64
ONE_SMS, EACH_SMS = 70, 67
"""Characters of a text with Chinese in it: alone, and of each part of a longer one."""
SNIPPET = (
    '<wx-open-launch-weapp appid="{appid}" path="{path}">'
    '<script type="text/wxtag-template"><button style="font-size:16px;padding:10px 20px">{label}</button></script>'
    "</wx-open-launch-weapp>"
)


def page_way(entry: Entry, page: MiniProgramPage, appid: str) -> PageWay:
    """The page through the entry."""
    query, path = addresses.query_of(entry, page), addresses.path_of(entry, page)
    return PageWay(account=page.account, appid=appid, page=page.path, query=query, path=path)


def text_link(label: str, link: str, way: PageWay | None) -> str:
    """A link for a text; into a mini program it opens at once, and where a client cannot, our own address leads on."""
    text = page_link(label, link) if way is None else mini_program_link(label, appid=way.appid, path=way.path, fallback_url=link)
    if len(text.encode()) > MOST_TEXT_BYTES:
        raise Invalid(f"Such a link is over the {MOST_TEXT_BYTES} bytes WeChat takes of a text: shorten the query or the UTM - at `label`.")
    return text


def article_card(title: str, image_url: str, way: PageWay) -> str:
    """A mini-program card for the HTML of an article; its picture has to lie at mmbiz.qpic.cn."""
    attributes = {"appid": way.appid, "path": way.path, "title": title, "imageurl": image_url}
    told = " ".join(f'data-miniprogram-{name}="{escape_attribute(value)}"' for name, value in attributes.items() if value)
    return f"<mp-miniprogram {told}></mp-miniprogram>"


def web_snippet(label: str, way: PageWay) -> str:
    """A button for a page within WeChat; old clients know a page by `.html` behind it."""
    path = f"{way.page}.html?{way.query}"
    return SNIPPET.format(appid=escape_attribute(way.appid), path=escape_attribute(path), label=escape_attribute(label))


def write_sms(label: str, link: str) -> Sms:
    """A text with the link, blanks around it so that telephones see where it ends."""
    text = f"{label} {link} "
    return Sms(text=text, parts=1 if len(text) <= ONE_SMS else -(-len(text) // EACH_SMS))


def check_label(label: str, *, place: str) -> str:
    """What people read on a link."""
    if not 1 <= len(label) <= LONGEST_LABEL or any(letter < " " for letter in label):
        raise Invalid(f"It has 1 to {LONGEST_LABEL} characters, none of them a control character - at `{place}`.")
    return label
