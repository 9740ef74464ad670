"""Grounding: what the copy states stands in the brief, written as it may be; the rest is found."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.briefs import AdBrief, Offer, OriginalPrice
from copilot.checks.grounding import Sources, brief_sources, ungrounded, ungrounded_fields
from copilot.checks.quantities import quantities
from copilot.types import Finding

# (source, copy): the same thing said another way.
SAME = [
    ("3 块钱", "三块"), ("送 2 块电池", "两块电池"), ("十分钟出餐", "10 分钟出餐"), ("5 星级酒店", "五星级酒店"), ("3000+门店", "3000 多家门店"),
    ("1.2w+用户", "1.2 万+ 用户"), ("每人限购 2 件", "最多两件"), ("三块九", "3.9 元"), ("省 50%", "省五成"), ("节省一半电", "省电 50%"),
    ("1.2万人在用", "12000 人在用"), ("活动到 11月3日", "11/3 结束"), ("11.3 截止", "11 月 3 日截止"), ("11月3日截止", "11.3 截止"),
    ("售价 199 元", "¥199"), ("199块", "只要 199"), ("24h 客服", "24 小时客服"), ("三十分钟送到", "30 分钟送到"), ("8.5 折", "85折"),
    ("第二件半价", "第 2 件 5 折"), ("质保两年", "2 年质保"), ("质保 24 个月", "两年质保"), ("500ml", "0.5 升"), ("1 公斤", "1000g"),
    ("前100名", "前 100 位"), ("容量 10000mAh", "10000 毫安时"), ("满300减40", "满 300 元减 40 元"), ("40 元优惠券", "领 40 元优惠券"),
    ("晚上8点开播", "20:00 开播"), ("周五发货", "星期五发"), ("8 点开抢", "20:00 开抢"), ("7天无理由退换", "7 天无理由退货"), ("3-5天到货", "3~5 天到"), ("A 轮融资 1 亿元", "融资 1亿"),
    ("超过3000家门店", "3000 多家门店"), ("续航最长30小时", "最长 30 小时续航"), ("获得ISO 9001认证", "ISO9001 认证"), ("100% 棉", "百分百棉"),
    ("iPhone 15 手机壳", "给 iPhone 15 用的"), ("4K 画质", "4k 屏"), ("每天 10 元", "一天 10 元"), ("全场包邮", "包邮到家"),
    ("不超过 58 分贝", "58 分贝以下"), ("至少 3 年", "3 年以上"), ("约 200 克", "200 克左右"), ("20-35 岁女性", "20 到 35 岁"),
    ("九块九包邮", "9.9 元包邮"), ("2025年11月", "11 月"), ("0糖", "零糖"), ("双十一", "双 11 见"),
    ("10:00-22:00 营业", "早上 10 点到晚上 10 点"), ("3 杯咖啡", "三杯咖啡"), ("一小时送达", "1 小时送达"), ("尺寸 30×40cm", "30*40 厘米"),
    ("满 199 元减 50", "满一百九十九减五十"), ("首月 1 元", "首月一元"), ("三成", "30%"), ("3/4 的用户", "四分之三的用户"), ("买二送一", "买2送1"),
    ("净含量 250 克*12 盒", "250g×12 盒"), ("每月 15 日开课", "15 号开课"), ("报名截止 2026-03-31", "3 月 31 日截止"),
    ("原价 1,299 元", "1299 元"), ("原价￥1299.00", "1299元"), ("电池 4500mAh，66W 快充", "66 瓦快充"),
    ("分 12 期，每期 83.25 元", "12 期，一期 83.25"), ("2.5 小时车程", "开车 2.5 小时"), ("课程 30 节", "三十节课"), ("20 ℃", "20 度"),
    ("一盒 10 袋", "10 袋装"), ("满3件打7折", "3 件 7 折"), ("每满 200 减 30", "满 200 减 30"), ("会员价 88 元", "会员 88 元"),
    ("A4 纸", "A4 大小"), ("Wi-Fi 6", "WiFi6"), ("Type-C 接口", "type c 口"), ("支持 5G", "5g 手机"),
    ("Core i7-13700H 处理器", "i7-13700H"), ("IP68 防水", "防水 IP68"), ("6.7 英寸", "6.7寸"), ("容量1.5L", "1.5 升"),
    ("水压 0.6MPa", "0.6 兆帕"), ("约 80 平米", "80 平左右"), ("55–65 分", "55 到 65 分"), ("3 秒开机", "三秒开机"),
    ("晚8点-10点", "20:00-22:00"), ("早 9 晚 6", "早9晚6"), ("12.12 当天", "12 月 12 日"), ("热量 120 千卡", "120 大卡"),
    ("减脂餐 350kcal", "350 千卡"), ("省 1/3 空间", "省三分之一的空间"), ("月租 3,500 元/月", "每月 3500 块"),
    ("近 30 天销量 1,024 件", "近30天卖了1024件"), ("前五十名", "前 50 名"), ("赠 2 张 20 元券", "送两张 20 元券"), ("每日限 200 份", "每天 200 份"),
    ("保质期 12 个月", "一年保质期"), ("保质期12个月", "12 个月"), ("98.6% 通过率", "98.6%"), ("3.5 折起", "3.5 折起"), ("不低于 95%", "95% 以上"),
    ("误差 ±0.1℃", "误差 ±0.1 度"), ("凌晨 0 点开抢", "0 点开抢"), ("24 期免息", "免息 24 期"), ("送价值 199 元礼盒", "赠 199 元礼盒"),
    ("成立于 1998 年", "1998 年开的店"), ("第 3 代", "第三代"), ("第 2 杯半价", "第二杯半价"), ("连续 7 天打卡", "打卡 7 天"),
    ("2 人餐 128 元", "两人餐 128"), ("PM2.5 去除率 99.9%", "去除 PM2.5"), ("每 100g 含蛋白质 3.6g", "100 克 3.6 克蛋白"),
    ("8 小时工作制", "八小时"), ("7×24 小时客服", "7*24 小时"), ("获得 3 项国家专利", "三项专利"), ("2024 年度红点奖", "红点奖"),
    ("SGS 检测报告", "SGS 检测过"), ("有机认证", "有机产品"),
]  # fmt: skip
# Copy that states no figure and no proof.
ORDINARY = [
    "第一次用也不慌，一键开机，一个人就行", "十分安静，千万别错过", "一家三口，一日三餐", "周末带孩子，两个人刚好", "1. 先开机\n2. 再选档\n3. 等着", "3 个细节：缝、盖、把手",
    "镜头1｜0–3秒｜近景", "① 打开 ② 倒水", "一杯下去，整个人醒了", "忙了一天，鞋还没换", "第一口就知道", "再等一等，一会儿就好", "一边做饭一边看娃", "三五好友坐一桌",
    "好事成双，四季都能穿", "两点一线的日子", "说走就走", "八宝粥", "万一下雨", "一分钟都不想等", "家里老人一看就会", "第二天还是热的", "半天就干", "我们把它做得更小", "五金店",
    "七手八脚", "三番五次", "一年四季", "百分点", "九宫格火锅", "四件套", "双肩包", "一米阳光", "三下两下装好", "一年到头", "千层蛋糕", "二手车", "一天下来", "一块布",
    "一百个放心", "一人一份", "八卦", "五花肉", "一寸一寸地量", "百里挑一", "一秒变", "两不误", "一个人的晚饭", "一家人坐一起", "百闻不如一试", "好好睡一觉", "一点儿也不重",
    "再忙也吃口热的", "一站买齐", "两手空空", "来一份", "一会儿见", "三天打鱼两天晒网", "五分熟", "一楼到顶楼", "下半年", "千万记得", "七分裤", "十字路口", "一打开就闻到",
    "一件事", "万物复苏", "说一不二", "独一份", "统一发货", "四处看看", "六边形战士", "一摸就知道", "每一步都有人带", "一杯接一杯", "二话不说", "一层一层往上", "再来一单",
    "一手抱娃一手推车", "单手就能开", "一半一半", "从零开始学", "零基础也能跟上", "一首歌的时间", "一只手就够", "老人小孩都能用", "你的朋友", "我们家的米", "自我介绍", "给同事带一杯",
    "和朋友一起去", "拿奖学金", "抽屉", "没有套路",
]  # fmt: skip
# (source, copy): another figure, another unit, another bound.
OTHER = [
    ("3 块蛋糕", "3 元"), ("10分钟", "15 分钟"), ("省 50%", "省 60%"), ("199元", "189 元"), ("满300减40", "满 200 减 40"),
    ("58分贝", "50 分贝"), ("不超过 58 分贝", "58 分贝"), ("3000元起", "3000 元"), ("3-5天", "3 天到"), ("11月3日", "11月4日"),
    ("两年质保", "三年质保"), ("500 份", "500 元"), ("满199减50", "199 减 60"), ("约 200 克", "200 克"), ("超过 3000 家", "3000 家"),
    ("最长 30 小时", "30 小时"), ("3 月 8 日", "3 月 9 日"), ("10000mAh", "20000mAh"), ("iPhone 15", "iPhone 16"),
    ("30×40cm", "30×50cm"), ("20:00", "21:00"), ("9:00 开门", "21:00 开门"), ("1.2万人", "1.5万人"), ("买二送一", "买一送一"), ("$49", "$39"),
    ("under 90 minutes", "90 minutes"), ("满200减30", "满 300 减 30"), ("30 节", "40 节课"), ("66W", "120W"),
    ("12 期", "24 期"), ("i7-13700H", "i9-13900K"), ("IP67", "IP68"), ("95% 以上", "99% 以上"), ("前 50 名", "前 100 名"),
    ("3 人餐", "两人餐 128"), ("第 2 杯半价", "第 3 杯半价"), ("12 月 12 日", "12 月 11 日"), ("20:00", "晚上 9 点"),
    ("每天 200 份", "每天 300 份"), ("红点奖", "iF 设计奖"), ("一项专利", "3 项专利"), ("约 80 平", "80 平"),
]  # fmt: skip
# Copy that states what no source holds.
INVENTED = [
    "十点半的办公室", "十分钟充满", "三星级服务", "ISO9001 认证", "通过 CE 认证", "有机认证", "3C认证", "国家专利", "研究表明，早睡更好", "数据显示更省电", "荣获红点奖",
    "销量第一", "TOP1 品牌", "亲测有效", "我用了半个月", "闺蜜都来要链接", "无限回购", "我家娃抢着吃", "3000 人已购", "好评率 99%", "包邮", "免费试用", "限前 100 名",
    "周五见", "晚上 8 点开抢", "双 11 狂欢", "买一送一", "半价", "打八折", "九成用户满意", "三倍吸力", "每天省 20 分钟", "10 万家庭的选择", "上万人在用", "临床测试",
    "医生推荐", "食品级硅胶", "零添加", "5 年质保", "五年质保", "7 天无理由", "3 个理由选它", "1:1 还原", "搭载骁龙 8", "8GB 内存", "明星同款", "获国际大奖",
    "老用户都说好", "今晚 20:00", "3 月 8 日", "2026 年新款", "一分钟出餐", "翻倍", "一半的时间", "百万用户", "数十万人", "全国联保", "假一赔十", "两周见效",
    "7 天见效", "一年质保", "专家力荐", "实测省电", "首创", "不到 200 元", "用了三个月，皮肤好了", "Award-winning", "free trial", "save 30%",
    "限量 100 件", "只剩 3 天", "最后 5 席", "低至 3 折", "领 20 元券", "再送 2 包", "比去年快 30%", "98% 的人选择", "权威认证", "通过国家检测", "官方授权",
    "军工级材质", "非遗工艺", "百年老店", "网红同款", "热销爆款", "断货王", "我妈用了都说好", "同事都来问", "用了两周，明显好了", "安利给大家", "作为老用户", "前后用了 3 瓶",
    "28 天见效", "终身质保", "货到付款", "次日达", "0 首付", "中秋特惠", "国庆见", "赠运费险", "业内首家", "十大品牌", "500 强企业", "FDA 认证",
    "GB/T 18801 标准", "A 类面料", "零甲醛", "某大学教授推荐", "据统计，八成人没睡好", "90 后都在用", "平均 4.9 分", "#1 in class",
    "clinically proven", "I tried it for two weeks", "10x faster", "two-year warranty", "over 10,000 customers",
    "Nov 11 only", "free shipping",
]  # fmt: skip

BRIEF = AdBrief(
    product="云梯 K7 折叠自行车",
    brand="云梯",
    selling_points=("折起来 58×60 厘米", "车重不超过 11.5 公斤", "满电能骑最长 40 公里", "三档助力"),
    audience="20–35 岁上班的人",
    pain="早上 8 点半的地铁挤不上去",
    offer=Offer(
        who="新客",
        what="立减 200 元",
        threshold="满 3000 元",
        gift="车锁 1 把",
        quota="300",
        start="6 月 1 日",
        end="18 日",
    ),
    price="3299",
    original_price=OriginalPrice("3699", "七日内最低成交价"),
    facts=("2024 年获红点奖", "一位车主：我骑了三个月"),
)


def rules(text: str, *sources: str) -> list[str]:
    """What is found in `text`, by its last name."""
    return [finding.rule.removeprefix("grounding.") for finding in ungrounded(text, sources)]


@pytest.mark.parametrize(("source", "text"), SAME)
def test_the_same_said_another_way(source: str, text: str) -> None:
    """Another spelling of a figure, a date, a proof is no finding."""
    assert rules(text, source) == []


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_are_no_figures(text: str) -> None:
    """Numbers inside words, counting, numbering and shots state nothing."""
    assert rules(text, "") == []


@pytest.mark.parametrize(("source", "text"), OTHER)
def test_another_figure_is_found(source: str, text: str) -> None:
    """Value, unit and bound must be those of the source."""
    assert rules(text, source)


@pytest.mark.parametrize("text", INVENTED)
def test_what_nobody_said_is_found(text: str) -> None:
    """Figures, dates, certificates, awards, promises and witnesses from nowhere."""
    assert rules(text, "")


@pytest.mark.parametrize(
    ("source", "text", "rule"),
    [
        ("车重不超过 11.5 公斤", "车重 11.5 公斤", "bound"),
        ("车重 11.5 公斤", "车重 11.5 斤", "number"),
        ("续航 40 公里", "续航 40 小时", "number"),
        ("40 件", "40 元", "unit"),
        ("3–5 天", "5 天", "bound"),
        ("6 月 1 日", "6 月 2 日", "date"),
        ("K7", "K9", "name"),
        ("", "有机认证", "certificate"),
        ("", "斩获金奖", "award"),
        ("", "销量第一", "ranking"),
        ("", "研究表明", "test"),
        ("", "发明专利", "patent"),
        ("", "好评如潮", "social"),
        ("", "全场包邮", "promise"),
        ("", "双十一见", "feast"),
        ("", "亲测好用", "witness"),
        ("", "3 个理由选它", "count"),
    ],
)
def test_the_rule_says_what_is_wrong(source: str, text: str, rule: str) -> None:
    """The rule names the kind of claim, so that the writer knows what to mend."""
    assert rule in rules(text, source)


def test_everything_in_a_brief_is_a_source() -> None:
    """Points, audience, pain, offer, prices, facts: each grounds what it says, in other spellings too."""
    text = (
        "8:30 的地铁，20 到 35 岁的人都懂。\nK7 折起来 58*60cm，三档助力，最长骑 40km。\n3299 元，原价 3699。"
        "新客满 3000 减 200，前 300 名送车锁 1 把，6.1–6.18。\n红点奖，2024 年。"
    )
    assert ungrounded(text, Sources.of(BRIEF)) == []


def test_a_gift_may_be_called_one() -> None:
    """The field says that it is given, so 赠送 is no promise from nowhere."""
    assert ungrounded("赠车锁 1 把", Sources.of(BRIEF)) == []
    assert ungrounded("赠车锁 2 把", Sources.of(BRIEF))


def test_a_price_is_not_computed() -> None:
    """3299 − 200 stands nowhere."""
    assert [finding.match for finding in ungrounded("到手 3099 元", Sources.of(BRIEF))] == ["3099 元"]


def test_a_bare_price_is_money() -> None:
    """A price of 3299 grounds 3299 元, not 3299 人; a price with words grounds its amounts."""
    assert "3299元" in brief_sources(BRIEF)
    assert ungrounded("3299 人在骑", Sources.of(BRIEF))
    cards = AdBrief(product="瑜伽馆", price="月卡599 季卡1499")
    assert ungrounded("季卡 1499 元", Sources.of(cards)) == []


def test_a_quota_counts_anything() -> None:
    """A quota of 300 may be 名, 份 or 单."""
    assert ungrounded("前 300 名，限 300 份", Sources.of(BRIEF)) == []


def test_experience_stands_only_when_reported() -> None:
    """我骑了三个月 is a fact of this brief; 闺蜜 is nobody's."""
    reported = AdBrief(product="车", facts=("车主：我用了三个月，没掉过链子",))
    assert ungrounded("我用了三个月", Sources.of(reported)) == []
    assert ungrounded("闺蜜也骑", Sources.of(reported))


def test_the_product_may_hold_numbers() -> None:
    """Names with digits are no figures where they are the product's."""
    named = AdBrief(product="小米 14 手机壳 iPhone 15 Pro 款")
    assert ungrounded("小米 14 能用，iPhone 15 也能用", Sources.of(named)) == []


def test_points_are_counted_over_all_fields() -> None:
    """A title may announce what the body lists; another number is found."""
    body = "1. 折得小\n2. 拎得动\n3. 骑得远"
    assert ungrounded_fields({"title": "3 个理由选它", "body": body}, [""]) == []
    assert ungrounded_fields({"title": "4 个理由选它", "body": body}, [""])[0].rule == "grounding.count"


def test_fields_of_lists_are_named() -> None:
    """A finding says in which entry it stands."""
    found = ungrounded_fields({"headlines": ("好骑", "好评率 99%"), "path1": "bike"}, [""])
    assert {finding.field for finding in found} == {"headlines[1]"}


def test_advice_quotes_the_brief() -> None:
    """Who reads a finding sees how the brief has it."""
    assert "车重不超过 11.5 公斤" in ungrounded("11.5 公斤", Sources.of(BRIEF))[0].advice


def test_sources_are_made_once() -> None:
    """Equal briefs share their sources."""
    assert Sources.of(BRIEF) is Sources.of(BRIEF)
    assert Sources.from_texts(["a"]) is Sources.from_texts(("a",))


def _exact(text: str, found: list[Finding]) -> bool:
    return all(text[f.start : f.end] == f.match and f.start < f.end and f.category == "grounding" for f in found)


@given(
    st.text(
        alphabet="一二三两十百千万亿半个人元块折%％0123456789.,:：/-–年月日号点天小时分秒公斤mg满减第前约超过以上内起，。 aK\n①买送专利我用了",
        max_size=60,
    )
)
def test_offsets_are_exact(text: str) -> None:
    """Whatever the text, a finding is a slice of it."""
    found = ungrounded(text, ["满 199 减 50"])
    assert _exact(text, found)
    assert [f.start for f in found] == sorted(f.start for f in found)


@given(st.text(max_size=80))
def test_a_text_is_its_own_source(text: str) -> None:
    """What a source says word for word is grounded."""
    assert [f for f in ungrounded(text, [text]) if f.rule != "grounding.count"] == []


@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_money_in_all_spellings(value: int, other: int) -> None:
    """¥n, n 元, n 块, 满 n 减 are one amount, with and without a comma; another amount is another."""
    source = f"到手价 {value} 元"
    for text in (f"¥{value}", f"{value}块钱", f"{value:,} 元", f"只要 {value}，"):
        assert rules(text, source) == []
        assert bool(rules(text, f"到手价 {other} 元")) == (value != other)


@given(st.integers(1, 12), st.integers(1, 28), st.integers(1, 12), st.integers(1, 28))
def test_dates_in_all_spellings(month: int, day: int, other_month: int, other_day: int) -> None:
    """11 月 3 日, 11/3 and 11 月 3 号 are one date."""
    for text in (f"{month}/{day} 开始", f"{month}月{day}号开始", f"{month} 月 {day} 日开始"):
        assert rules(text, f"{month} 月 {day} 日开始") == []
        same = (month, day) == (other_month, other_day)
        found = rules(text, f"{other_month} 月 {other_day} 日开始")
        assert bool(found) == (not same)


@given(
    st.integers(1, 99),
    st.sampled_from(["不超过 {}{}", "{}{}以上", "约 {}{}", "{}{}起", "超过 {}{}"]),
    st.sampled_from(["公斤", "分贝", "元", "人"]),
)
def test_a_bound_is_never_dropped_or_added(value: int, bound: str, unit: str) -> None:
    """Bound and bare figure do not stand for each other."""
    bounded, bare = bound.format(value, unit), f"{value}{unit}"
    assert rules(bounded, bounded) == []
    assert rules(bare, bounded) == ["bound"]
    assert rules(bounded, bare) == ["bound"]


@given(st.integers(2, 9), st.sampled_from(["年", "小时", "分钟", "倍", "公斤"]))
def test_chinese_numerals_are_figures_with_a_measure(value: int, unit: str) -> None:
    """三年 is 3 年."""
    numeral = "零一二三四五六七八九"[value]
    assert rules(f"用{numeral}{unit}", f"用 {value} {unit}") == []
    assert rules(f"用 {value} {unit}", f"用{numeral}{unit}") == []


def test_a_quantity_says_what_it_is() -> None:
    """Value in its base unit, bound, range."""
    (range_,) = quantities("3–5 小时以内")
    assert (range_.low, range_.value, range_.unit, range_.bound) == (3 * 3600, 5 * 3600, "秒", "max")


def test_it_is_quick() -> None:
    """Benchmarks hold the figure (0.2 ms); a text of 10,000 characters in well under a second keeps it linear."""
    start = time.perf_counter()
    ungrounded("标准档噪音不超过 58 分贝，11 月 1 日到 3 日，前 500 名加送 2 包。" * 250, Sources.of(BRIEF))
    assert time.perf_counter() - start < 3
