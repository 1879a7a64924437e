"""What the dated rules find, what they leave alone, and where it stands."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.lint.rules.finding import find, in_force, refusal_of, refused_among, version_of
from chalicelib.lint.rules.folding import fold
from chalicelib.lint.rules.rule_set import RULES
from chalicelib.lint.words import Category, Finding, KnownPages, OwnWord, Severity, WordsOrder, Written

NOTHING_OWN = WordsOrder()


def found_in(text: str, *, service: bool = False, own: WordsOrder = NOTHING_OWN, origins: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    return find([Written("$.text", text, service=service)], RULES, own, origins)


def categories(text: str, *, service: bool = False) -> set[str]:
    return {finding.category.value for finding in found_in(text, service=service)}


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("国家级品质", "absolute_claim"),
        ("本市最佳餐厅", "absolute_claim"),
        ("全网最低价，销量第一", "absolute_claim"),
        ("NO.1 的选择", "absolute_claim"),
        ("分享到朋友圈领红包", "induced_sharing"),
        ("转发抽奖，送手机", "induced_sharing"),
        ("集满38个赞免费吃", "induced_sharing"),
        ("关注后可看全文", "induced_following"),
        ("关注公众号领红包", "induced_following"),
        ("100%有效", "false_promise"),
        ("包治百病", "false_promise"),
        ("稳赚不赔", "false_promise"),
        ("加客服微信转账", "off_platform_payment"),
        ("可用支付宝付款", "off_platform_payment"),
        ("不授权无法使用", "forced_authorisation"),
        ("授权后才能查看", "forced_authorisation"),
    ],
)
def test_what_the_law_and_the_platform_forbid_is_refused(text: str, category: str) -> None:
    refused = {finding.category.value for finding in refused_among(found_in(text))}

    assert refused == {category}


@pytest.mark.parametrize(
    "text",
    [
        "最近三天的订单",
        "最后一步：确认预约",
        "最新消息与最终解释",
        "最好提前一天预约",
        "最大限度保护隐私",
        "最低消费 50 元",
        "第一次到店请带证件，第一步先登记",
        "最佳赏味期三天",
        "国家级森林公园一日游",
        "请分享您的感受",
        "领导分享会周五举行",
        "无需关注，直接领取",
        "关注订单进度",
        "打包过来即可",
        "确保本次预约成功",
        "有效期至 12 月",
        "请勿微信转账给陌生人，谨防支付宝付款诈骗",
        "不授权也可以继续浏览",
        "NO.12 桌",
        "Our opening hours are 10:00-22:00",
        "",
    ],
)
def test_harmless_words_are_left_alone(text: str) -> None:
    assert found_in(text) == ()


@pytest.mark.parametrize("text", ["国-家 级", "国.家。级", "国\u200b家\u3000级", "ＮＯ．１", "ｎｏ 1", "最、佳", "𝐍𝐎.𝟏", "⑴00％包过"])
def test_spaces_punctuation_and_other_forms_of_letters_hide_nothing(text: str) -> None:
    assert refused_among(found_in(text)) != ()


def test_two_lines_are_no_word() -> None:
    assert found_in("点这里最\n佳节快乐") == ()


def test_a_finding_points_at_what_was_written_and_says_what_to_write_instead() -> None:
    (finding,) = found_in("我们是 国-家-级 的店")

    assert (finding.place, finding.start, finding.end, finding.found) == ("$.text", 4, 9, "国-家-级")
    assert all((finding.why.en, finding.why.zh, finding.instead.en, finding.instead.zh, finding.source))


def test_what_markets_is_refused_in_a_text_of_service_alone() -> None:
    text = "您的订单已发货，限时优惠，立即购买"

    assert "service_marketing" not in categories(text)
    assert "service_marketing" in categories(text, service=True)
    assert categories("本单已优惠 5 元", service=True) == set()


@pytest.mark.parametrize("text", ["新品首发，立即购买", "马上抢，只剩 3 件", "立即抢购", "请 马-上 买", "立即下单"])
def test_asking_to_buy_is_refused_in_a_text_of_service_also_where_names_are_filled_in(text: str) -> None:
    found = [find([Written("$.text", text, service=True, filled=filled)], RULES, NOTHING_OWN) for filled in (False, True)]

    assert [[each.rule for each in refused_among(findings)] for findings in found] == [["service-asks-to-buy"]] * 2


@pytest.mark.parametrize("text", ["我们将立即抢修", "请到前台马上买单", "系统会为您立即下单", "请勿立即购买", "我们已马上抢救数据"])
def test_what_is_done_at_once_asks_nobody_to_buy(text: str) -> None:
    rules = {finding.rule for finding in found_in(text, service=True)}

    assert "service-asks-to-buy" not in rules


@pytest.mark.parametrize(
    "name",
    [
        "【爆款】顶级和牛套餐",
        "最佳拍档玩偶",
        "国家级博物馆路 1 号",
        "限时特惠 满100减20 面膜",
        "https://elsewhere.example.net/t/1",
        "对手牌",
    ],
)
def test_a_name_that_was_filled_in_is_told_and_refuses_nothing(name: str) -> None:
    text, own = f"您的 {name} 已发货", WordsOrder(words=(OwnWord(word="对手牌"),))
    written = (Written("$.text", text, service=True, filled=filled) for filled in (False, True))

    strict, lenient = (find([each], RULES, own, ("https://shop.example.com",)) for each in written)

    assert refused_among(strict)
    assert [each.rule for each in lenient] == [each.rule for each in strict]
    assert refused_among(lenient) == ()


def test_a_refusal_says_where_it_found_something_when_it_may_not_say_what() -> None:
    (finding,) = found_in("我们是 国家级 的店")

    told = refusal_of([msgspec.structs.replace(finding, found="")])

    assert "国家级 的店" not in told
    assert told.startswith("$.text, characters 4 to 7 (absolute-named): ")


def test_two_spots_of_guidance_are_fine_and_the_third_is_told() -> None:
    two, three = "扫码关注。长按识别二维码。", "扫码关注。长按识别二维码。下载APP。"

    assert categories(two.replace("二维码", "")) == set()
    assert [finding.found for finding in found_in(three) if finding.category is Category.guidance_spots] == ["下载APP"]
    assert {finding.severity for finding in found_in(three)} == {Severity.warn}


def test_texts_of_one_page_share_their_spots() -> None:
    texts = [Written(f"$[{number}]", "扫码关注", page="article") for number in range(3)]
    apart = [Written(f"$[{number}]", "扫码关注") for number in range(3)]

    assert [finding.place for finding in find(texts, RULES, NOTHING_OWN)] == ["$[2]"]
    assert find(apart, RULES, NOTHING_OWN) == ()


def test_the_brand_says_how_many_spots_a_page_may_have() -> None:
    assert len(found_in("扫码关注", own=WordsOrder(most_guidance_spots=0))) == 1


def test_a_path_among_named_pages_is_known_and_another_is_not() -> None:
    own = WordsOrder(pages=(KnownPages(mini_program="demo.mini", paths=("pages/index/index",)),))
    known = Written("$.a", mini_program="demo.mini", leads_to="pages/index/index?from=menu")
    unknown = Written("$.b", mini_program="demo.mini", leads_to="pages/gone/index")
    elsewhere = Written("$.c", mini_program="demo.other", leads_to="pages/any/index")

    found = find([known, unknown, elsewhere], RULES, own)

    assert [(finding.place, finding.rule, finding.found) for finding in found] == [("$.b", "unknown-page", "pages/gone/index")]


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("https://shop.example.com/a?b=c", True),
        ("https://mp.weixin.qq.com/s/abc", True),
        ("https://shop.example.com.evil.example/", False),
        ("https://evil.example/", False),
        ("https://shop.example.com@evil.example/", False),
    ],
)
def test_a_web_address_is_known_by_its_origin(address: str, known: bool) -> None:
    led = find([Written("$.url", leads_to=address)], RULES, NOTHING_OWN, ("https://shop.example.com",))
    said = find([Written("$.text", f"看这里 {address}。")], RULES, NOTHING_OWN, ("https://shop.example.com",))

    assert (led == (), said == ()) == (known, known)


def test_where_no_origin_is_named_no_address_is_unknown() -> None:
    assert found_in("https://anywhere.example/") == ()


def test_a_brand_s_own_word_is_found_however_it_is_written() -> None:
    own = WordsOrder(words=(OwnWord(word="竞品 A", severity=Severity.warn, why="nobody advertises others"),))

    (finding,) = found_in("比竞品－ａ更好", own=own)

    assert (finding.rule, finding.found, finding.severity) == ("own-word", "竞品－ａ", Severity.warn)
    assert "nobody advertises others" in finding.why.en


def test_a_rule_is_in_force_from_its_day_in_beijing() -> None:
    rule = msgspec.structs.replace(RULES[0], since=date(2027, 1, 1))

    before = in_force([rule], datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC))
    after = in_force([rule], datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC))

    assert (before, after) == ((), (rule,))
    assert version_of(before, 0) != version_of(after, 0) != version_of(after, 1)


def test_a_refusal_names_place_words_reason_and_remedy_of_the_first_findings() -> None:
    told = refusal_of(found_in("国家级 " * 7))

    assert told.count("$.text") == 5
    assert all(part in told for part in ("“国家级”", "And 2 more", "override"))


def test_rules_have_names_of_their_own_and_say_everything_in_both_languages() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(said.en and said.zh for rule in RULES for said in (rule.why, rule.instead))
    assert {rule.category for rule in RULES} == set(Category) - {Category.own_word}


@given(st.text())
def test_folding_twice_is_folding_once_and_points_into_the_text(text: str) -> None:
    folded = fold(text)

    assert fold(folded.text).text == folded.text
    assert len(folded.origins) == len(folded.text)
    assert all(0 <= place < len(text) for place in folded.origins)
    assert list(folded.origins) == sorted(folded.origins)


@given(
    st.lists(
        st.sampled_from(
            ["最", "佳", "国家级", "分享", "领", "关注", "后", "可看", "\n", " ", "-", "扫码", "1", "百", "https://a.b", "é", "ﷺ"]
        )
    )
)
def test_whatever_is_written_findings_stand_in_it(parts: list[str]) -> None:
    text = "".join(parts)

    found = find([Written("$", text, service=True)], RULES, WordsOrder(most_guidance_spots=0), ("https://shop.example.com",))

    assert all(0 <= each.start < each.end <= len(text) and text[each.start : each.end] == each.found for each in found)
