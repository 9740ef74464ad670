"""What a brief's words are: points typed by their grammar, offers and prices as clauses, whom one can speak to."""

import re

import pytest

from copilot.briefs import AdBrief, Offer, OriginalPrice
from copilot.writers.rules.copy.lines import question_of
from copilot.writers.rules.copy.material import Material, about
from copilot.writers.rules.copy.offers import offer_text, price_text, tidy
from copilot.writers.rules.copy.points import is_occasion, is_scene, is_segment, lapse_of, plain, typed

# Kinds


@pytest.mark.parametrize(
    "raw",
    [
        "吸力8000Pa",
        "吸力 8000 Pa",
        "功率：1500W",
        "功率 1500 W",
        "续航12小时（关闭屏幕）",
        "续航约 8 h",
        "净含量：500g(含冰)",
        "尺寸：30×20×10cm",
        "保质期12个月",
        "重量仅 215 g",
        "载重100kg以上",
        "最高时速25km/h",
        "面积 89㎡",
        "屏幕尺寸6.7英寸",
        "1. 净重 2.3 kg",
        "好评率98%",
        "会员价9.9元",
        "门店300家",
    ],
)
def test_measures(raw: str) -> None:
    """A name and a value with its unit, however it is spaced; the condition in brackets belongs to the value."""
    point = typed(raw)
    assert (point.kind, point.figure) == ("measure", True)
    assert point.topic and point.topic in point.text and not any(c.isdigit() for c in point.topic)
    assert point.value and any(c.isdigit() for c in point.value)
    note = raw.partition("（" if "（" in raw else "(")[2].rstrip("）)")
    assert note in point.value


@pytest.mark.parametrize(
    ("raw", "name", "value"),
    [
        ("吸力 8000 Pa", "吸力", "8000Pa"),
        ("续航12小时（关闭屏幕）", "续航", "12小时（关闭屏幕）"),
        ("续航约 8 h", "续航", "约8h"),
        ("重量仅 215 g", "重量", "仅215g"),
        ("尺寸：30×20×10cm", "尺寸", "30×20×10cm"),
        ("载重100kg以上", "载重", "100kg以上"),
        ("厚度仅1.2cm", "厚度", "仅1.2cm"),
        ("标准档噪音 55-58 分贝", "标准档噪音", "55-58分贝"),
    ],
)
def test_a_measure_keeps_its_bound(raw: str, name: str, value: str) -> None:
    """约, 仅, 以上, ranges and products of sizes are part of the value."""
    assert (typed(raw).topic, typed(raw).value) == (name, value)


@pytest.mark.parametrize(
    "raw",
    [
        "会自己洗拖布",
        "支持无线充电",
        "3) 支持OTA升级",
        "可以机洗",
        "可水洗",
        "能自己站住",
        "能调光，还能定时",
        "自动生成周报",
        "附赠收纳袋",
        "配有收纳袋",
        "带盖",
        "耐高温",
        "不掉毛",
        "不加糖",
        "不含酒精",
        "不含防腐剂和香精",
        "不含麸质",
        "含咖啡因",
        "有5档风力",
        "让孩子自己吃饭",
        "帮你记账",
        "装得下16寸电脑",
        "通过IPX7检测",
    ],
)
def test_verbs_of_the_product(raw: str) -> None:
    """What the product does, can do, has or lacks for the better: patterns may put its name before it."""
    point = typed(raw)
    assert (point.kind, point.by_user) == ("verb", False)
    assert point.is_predicate


@pytest.mark.parametrize(
    "raw",
    [
        "不用打孔",
        "无需打孔",
        "不必下载",
        "免打孔",
        "省空间",
        "扫码点单",
        "一键导出Excel",
        "随时暂停",
        "边走边充",
        "打开就能吃",
        "只要加水",
        "单手能收",
    ],
)
def test_verbs_of_the_user(raw: str) -> None:
    """What the one who uses it does or is spared: no pattern may say that the product does it."""
    point = typed(raw)
    assert (point.kind, point.by_user) == ("verb", True)


@pytest.mark.parametrize(
    ("raw", "topic"),
    [
        ("拖布自己会洗", None),
        ("拖布它自己洗", ""),
        ("洗完自己烘干", ""),
        ("孩子自己能收", ""),
        ("一个人能抬", ""),
        ("屏幕能转", "屏幕"),
        ("桌面可升降", "桌面"),
        ("报表自动生成", "报表"),
        ("数据实时同步", ""),
        ("外教来自英国", "外教"),
        ("配料只有牛奶和菌种", "配料"),
        ("零基础也能学", ""),
        ("老人也会用", ""),
        ("洗碗机可洗", None),
        ("iPhone 和安卓都能用", ""),
        ("承重≤150kg", "承重"),
        ("噪音≤58dB(关强吸)", "噪音"),
        ("每天15分钟", ""),
        ("每晚睡前10分钟", ""),
        ("每周更新3节", ""),
        ("最快30分钟送达", ""),
    ],
)
def test_clauses(raw: str, topic: str | None) -> None:
    """A subject with its predicate is a whole sentence; its subject is a topic when it can be named alone."""
    point = typed(raw)
    assert point.kind == "clause"
    assert topic is None or point.topic == topic


@pytest.mark.parametrize(
    ("raw", "sure"),
    [
        ("304不锈钢内胆", True),
        ("不锈钢刀头", True),
        ("无线充电", True),
        ("Type-C接口", True),
        ("纯棉面料", True),
        ("耐磨鞋底", True),
        ("会员服务", True),
        ("有机认证", True),
        ("小班课，一班不超过6人", False),
        ("可乐味", False),
        ("带鱼切段装", False),
        ("能量胶", False),
        ("有声读物", False),
        ("USB 3.2", False),
        ("IPX7防水", False),
        ("真皮", False),
    ],
)
def test_nouns(raw: str, sure: bool) -> None:
    """A thing, where a verb's character at its beginning deceives too; `sure` only where its last word is a known noun."""
    point = typed(raw)
    assert (point.kind, point.sure) == ("noun", sure)
    assert not point.is_predicate


@pytest.mark.parametrize(
    "raw", ["轻便", "轻便、静音", "很好吃", "颜值高，好打理", "（3）静音", "省电", "不起球", "低糖", "质量好！！！"]
)
def test_bare_qualities(raw: str) -> None:
    """One or two adjectives and nothing else."""
    assert typed(raw).kind == "value"


@pytest.mark.parametrize(
    ("raw", "topic"),
    [
        ("7天无理由", ""),
        ("7 天无理由退换", "售后"),
        ("支持7天无理由", ""),
        ("48小时内发货", ""),
        ("顺丰包邮", ""),
        ("送运费险", ""),
        ("坏了只换不修", "售后"),
        ("三年质保", "售后"),
        ("坏果包赔", "售后"),
        ("不满意全额退款", "售后"),
        ("免费试听一节", ""),
        ("上门安装", ""),
    ],
)
def test_promises(raw: str, topic: str) -> None:
    """What the seller undertakes is no quality of the product."""
    assert (typed(raw).kind, typed(raw).topic) == ("promise", topic)


@pytest.mark.parametrize(
    "raw",
    [
        "不含适配器",
        "不含数据线",
        "不含安装费",
        "不含税",
        "电池需另购",
        "支架另售",
        "需自备插座",
        "仅限新用户",
        "只限首次到店",
        "不支持货到付款",
        "暂不支持 iOS",
        "不与其他优惠叠加",
        "预约制，需提前1天",
        "生鲜除外",
        "售完即止",
        "儿童禁用",
        "孕妇慎用",
        "一岁以下婴儿不能吃",
    ],
)
def test_limits(raw: str) -> None:
    """What one does not get, or gets only under a condition, is never a benefit (C9)."""
    assert typed(raw).kind == "limit"


def test_more_limits() -> None:
    """For whom, how much, where not, what is not in it for the better."""
    raws = ("含坚果，过敏者慎食", "每人限购2件", "偏远地区不发货", "不包邮", "仅支持安卓")
    assert [raw for raw in raws if typed(raw).kind != "limit"] == []


def test_nouns_behind_a_verb() -> None:
    """What ends in a known noun is a thing, though a verb stands before it: the verb belongs to the noun."""
    raws = (
        "防滑鞋底",
        "不粘涂层",
        "自动避障系统",
        "免洗内胆",
        "可拆卸水箱",
        "抗皱面料",
        "一键启动功能",
        "边框2mm",
        "想象力",
        "能效一级",
    )
    assert [raw for raw in raws if typed(raw).kind not in ("noun", "measure")] == []


# Plain words


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("✅ 不用打孔！！", "不用打孔"),
        ("①可折叠", "可折叠"),
        ("（2）可折叠。", "可折叠"),
        ("2、可折叠；", "可折叠"),
        ("3.5 寸屏", "3.5寸屏"),
        ("- 送保温袋", "送保温袋"),
        ("★★新款", "新款"),
        ("🔥🔥 爆汁", "爆汁"),
        ("跟着娃长高👧", "跟着娃长高"),
        ("好用，，，不贵", "好用，不贵"),
        ("重258g,,,有点分量", "重258g，有点分量"),
        ("满1,000减100", "满1,000减100"),
        ("插脚可折叠,塞口袋不硌", "插脚可折叠，塞口袋不硌"),
        ("噪音≤58dB(关强吸)", "噪音不超过58dB（关强吸）"),
        ("浓度 ≥ 90%", "浓度不低于90%"),
        ("无需打孔", "不用打孔"),
        ("仅需 3 步", "只要3步"),
        ("扫码即可", "扫码即可"),
        ("操作便捷", "操作方便"),
        ("边角是圆的 不怕磕", "边角是圆的，不怕磕"),
        ("Type-C 快充", "Type-C 快充"),
        ("支持 iOS / Android", "支持 iOS / Android"),
        ("颜色：雾蓝/燕麦", "颜色：雾蓝/燕麦"),
        ("A/B 面", "A/B 面"),
        ("   ", ""),
        ("🧩🧩", ""),
    ],
)
def test_plain(raw: str, expected: str) -> None:
    """Bullets, emoji and end marks go, commas become full-width, formal words plain; numbers and names stay."""
    assert plain(raw) == expected


@pytest.mark.parametrize(
    "raw", ["✅ 2、噪音≤58dB(关强吸)！", "无需打孔，仅需 3 步", "重258g,,,有点分量", "4000mAh / 最长16h(1档)"]
)
def test_plain_twice_is_plain(raw: str) -> None:
    """What is plain stays as it is."""
    assert plain(plain(raw)) == plain(raw)


@pytest.mark.parametrize(
    ("raw", "question"),
    [
        ("会自己洗拖布", "会不会自己洗拖布"),
        ("能自己站住", "能不能自己站住"),
        ("支持无线充电", "支不支持无线充电"),
        ("可水洗", "能不能水洗"),
        ("耐高温", ""),
        ("能调光，还能定时", ""),
        ("吸力8000Pa", ""),
    ],
)
def test_questions(raw: str, question: str) -> None:
    """A short verb phrase with a modal can be asked; nothing else can."""
    assert question_of(typed(raw)) == question


# Offers

FULL = Offer(
    "所有下单用户", "立减 300 元", "", "抹布 2 包（每包 4 片）", "前 500 名", "11 月 1 日 20:00", "11 月 3 日 24:00"
)


def test_all_of_an_offer_is_told() -> None:
    """When, who and what, gift, quota; each clause once, with nothing else in it."""
    text = offer_text(FULL)
    assert text.parts == ("11月1日20:00到11月3日24:00", "所有下单用户立减300元", "送抹布2包（每包4片）", "限前500名")
    assert (text.short, text.until, text.quota, text.dated) == ("立减300元", text.until, "限前500名", True)
    assert re.fullmatch("11月3日24:00(?:前|截止|止)", text.until)


@pytest.mark.parametrize(
    ("offer", "parts"),
    [
        (Offer(what="减50元", threshold="满299元"), ("满299元减50元",)),
        (Offer(what="第二件半价", threshold="任意两件"), ("任意两件，第二件半价",)),
        (Offer(who="新会员", what="9.9元试用"), ("新会员，9.9元试用",)),
        (Offer(who="新会员", what="减20元"), ("新会员减20元",)),
        (Offer(gift="帆布袋1个"), ("送帆布袋1个",)),
        (Offer(gift="送帆布袋1个"), ("送帆布袋1个",)),
        (Offer(what="买二送一", gift="另送冰袋"), ("买二送一", "另送冰袋")),
        (Offer(threshold="满100元包邮"), ("满100元包邮",)),
        (Offer(what="减20元", quota="100份"), ("减20元", "限100份")),
        (Offer(what="减20元", quota="限量 50 份"), ("减20元", "限量50份")),
        (Offer(what="减20元", start="5月1日"), ("5月1日起", "减20元")),
        (Offer(what="减20元", end="5月3日"), ("5月3日截止", "减20元")),
        (Offer(what="减20元", end="5月3日前"), ("5月3日前", "减20元")),
        (Offer(what="减20元", end="6月18日24:00截止"), ("6月18日24:00截止", "减20元")),
        (Offer(what="八折", start="2026-05-01", end="2026-05-05"), ("5月1日到5月5日", "八折")),
        (Offer(), ()),
    ],
)
def test_offers_of_parts(offer: Offer, parts: tuple[str, ...]) -> None:
    """Parts that are given make clauses that read; parts that are not leave nothing behind."""
    assert offer_text(offer).parts == parts


@pytest.mark.parametrize(
    ("sentence", "short", "until", "quota"),
    [
        ("满199减50，11月1日到11月3日", "满199减50", "11月3日", ""),
        ("2026-06-01到2026-06-18，下单减 40 元", "下单减40元", "6月18日", ""),
        ("办卡 365 元，送肉包礼盒 1 份（12 只），1 月 10 日到 1 月 20 日", "办卡365元", "1月20日", ""),
        ("立减 15 元券，5.1-5.5", "立减15元券", "5.5", ""),
        ("两台立减30，月底截止", "两台立减30", "月底截止", ""),
        ("首月1元，次月起15元/月，9月30日截止", "首月1元", "9月30日截止", ""),
        ("周五上新 前200单送帆布袋1个", "前200单送帆布袋1个", "", "前200单"),
        ("前100名半价", "前100名半价", "", "前100名"),
        ("下单减20", "下单减20", "", ""),
        ("6月1日起，第二件半价", "第二件半价", "", ""),
        ("买一送一（送同款杯身一个，颜色随机）", "买一送一（送同款杯身一个，颜色随机）", "", ""),
        ("双十一当天减1,000元", "双十一当天减1,000元", "", ""),
        ("7天内退换", "7天内退换", "", ""),
        ("开学季有优惠", "", "", ""),
        ("优惠多多", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_offers_of_a_sentence(sentence: str, short: str, until: str, quota: str) -> None:
    """What one gets, its end and its quota are found; a start alone or a mere duration is no end."""
    text = offer_text(sentence)
    assert (text.short, text.quota) == (short, quota)
    assert re.fullmatch(f"{re.escape(until)}(?:前|截止|止)?" if until else "", text.until)
    assert text.dated == bool(until or quota)


def test_dates_inside_a_clause() -> None:
    """The end holds the date alone, and what one gets is no date."""
    assert not re.search("满|减", offer_text("11.1-11.3 满 199 减 50").until)
    assert offer_text("618 全场八折，6月18日24:00截止").short == "618全场八折"
    assert offer_text("每天30份，19.9元套餐").short == "19.9元套餐"


def test_short_offers_are_one_sentence() -> None:
    """What fits one breath is not cut."""
    assert offer_text("满199减50，11月1日到11月3日").sentences(25) == "满199减50，11月1日到11月3日。"


def test_long_offers_are_cut_between_clauses() -> None:
    """Sentences of at most 25 characters, the date last and named as such; nothing is lost."""
    text = offer_text(FULL)
    sentences = text.sentences(25).rstrip("。").split("。")
    assert all(len(sentence) <= 25 for sentence in sentences)
    assert sentences[-1] == "活动11月1日20:00到11月3日24:00"
    assert all(any(part in sentence for sentence in sentences) for part in text.parts)


def test_a_clause_is_never_cut() -> None:
    """A clause longer than a breath stays whole: a condition cut off would promise more."""
    clause = "所有在八月份第一次到任意一家门店办卡并且完成实名登记的新会员减50元"
    assert clause in offer_text(f"{clause}，8月31日截止").sentences(25)


# Prices and forms


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("99", "99元"),
        ("1,299", "1,299元"),
        ("129.00", "129.00元"),
        ("1999 元", "1999元"),
        ("168/次", "168元/次"),
        ("59.9元/12杯", "59.9元/12杯"),
        ("¥59.9/12杯", "¥59.9/12杯"),
        ("$39", "$39"),
        ("月卡599", "月卡599元"),
        ("空调99/台", "空调99元/台"),
        ("159（M号）", "159元（M号）"),
        ("5元/人/月，10人起", "5元/人/月，10人起"),
        ("每年 360 元", "每年360元"),
        ("求职者免费", "求职者免费"),
    ],
)
def test_prices(price: str, expected: str) -> None:
    """A bare number gets its unit, where it stands; what has one is left alone."""
    assert price_text(AdBrief("杯", price=price)) == (expected,)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (OriginalPrice("2299 元", "10 月 24 日至 30 日店内最低成交价"), "2299元为10月24日至30日店内最低成交价"),
        (OriginalPrice("129", "专柜价129元"), "专柜价129元"),
        (OriginalPrice("129", ""), None),
        (OriginalPrice("", "专柜价"), None),
        (None, None),
    ],
)
def test_a_former_price_needs_its_basis(before: OriginalPrice | None, expected: str | None) -> None:
    """A price to compare with stands only beside what it rests on; value and basis are both told, once."""
    clauses = price_text(AdBrief("杯", price="99", original_price=before))
    assert clauses[0] == "99元" and len(clauses) == (2 if expected else 1)
    if before and expected:
        assert before.value.split()[0] in clauses[1] and clauses[1].count(before.value.split()[0]) == 1
        assert before.basis.replace(" ", "") in clauses[1]


def test_no_price_no_clause() -> None:
    """Nothing is said of a price that is not given, even with a former one."""
    assert price_text(AdBrief("杯", original_price=OriginalPrice("129", "专柜价"))) == ()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-11-03 20:00", "11月3日20:00"),
        (" 2026/1/5 ", "1月5日"),
        ("  满 199 减 50。", "满199减50"),
        ("周五上新 前200单送", "周五上新，前200单送"),
        ("11 月 3 日 24:00。！", "11月3日24:00"),
        ("Type-C 线 1 根", "Type-C 线1根"),
    ],
)
def test_tidy(raw: str, expected: str) -> None:
    """Blanks beside digits go, between two phrases they are a comma; ISO dates are said as people say them."""
    assert tidy(raw) == expected


# Material


def material(**given: object) -> Material:
    """A brief of these keys as the writer reads it."""
    return Material(AdBrief(**({"product": "云檐扫拖机器人"} | given)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("product", "brand", "keywords", "category"),
    [
        ("云檐扫拖机器人", "云檐", (), "扫拖机器人"),
        ("云檐扫拖机器人", "云檐", ("猫毛", "扫地机器人"), "扫地机器人"),
        ("小炉台电饭煲", "小炉台", ("小电饭煲",), "小电饭煲"),
        ("拖布自洗扫地机 T7", "净岛", ("扫地机",), "扫地机"),
        ("iPhone 16 手机壳", "", (), "手机壳"),
        ("65W 快充头", "", ("快充", "Type-C"), "快充头"),
        ("【新品】挂脖小风扇！！", "", (), "挂脖小风扇"),
        ("洗衣液3kg装", "", (), "洗衣液"),
        ("考勤App", "", ("打卡",), "考勤App"),
        ("Firefly9", "", ("露营灯",), "露营灯"),
        ("Notion", "", (), "Notion"),
    ],
)
def test_category(product: str, brand: str, keywords: tuple[str, ...], category: str) -> None:
    """A common noun: a keyword that ends as the name does, else the end of the name, else any short keyword."""
    assert material(product=product, brand=brand, keywords=keywords).category == category


@pytest.mark.parametrize(
    ("product", "name"),
    [
        ("【新品】挂脖小风扇！！", "挂脖小风扇"),
        ("儿童学习桌椅 🪑", "儿童学习桌椅"),
        ("蓝牙键盘 K3", "蓝牙键盘 K3"),
        ("65W 快充头", "65W 快充头"),
    ],
)
def test_product_name(product: str, name: str) -> None:
    """Emoji, labels and exclamation marks are no part of the name; models and Western words are."""
    assert material(product=product).product == name


@pytest.mark.parametrize(
    ("said", "audience"),
    [
        ("养猫的上班族", "养猫的上班族"),
        ("家里有猫狗的", "家里有猫狗的人"),
        ("打工人/出差党", "打工人"),
        ("毕业生、搬家的", "毕业生"),
        ("带娃逛公园的妈妈们", "带娃逛公园的妈妈们"),
        ("大家", ""),
        ("所有人", ""),
        ("25-35岁女性", ""),
        ("90后白领", ""),
        ("控糖人群", ""),
        ("两个月没来的用户", ""),
        ("一二线城市中产", ""),
        ("附近3公里", ""),
        ("孕中晚期", ""),
        ("经常加班到很晚而且周末还要带孩子上兴趣班的双职工父母", ""),
        ("", ""),
    ],
)
def test_audience(said: str, audience: str) -> None:
    """The first of several, if one would speak to somebody like that; a segment of a table is nobody."""
    assert material(audience=said).audience == audience


@pytest.mark.parametrize("said", ["两个月没来的用户", "25-35岁", "下沉市场用户", "新客", "粉丝"])
def test_segments(said: str) -> None:
    """Words of a table are known as such."""
    assert is_segment(said)


def test_audiences_that_are_acts() -> None:
    """Nobody is spoken to as an act."""
    assert [said for said in ("送长辈", "自己喝") if material(audience=said).audience == said] == []


@pytest.mark.parametrize(
    ("audience", "lapse"),
    [
        ("两个月没来的用户", "两个月没来"),
        ("近30天未登录的会员", "近30天未登录"),
        ("半年没消费的", "半年没消费"),
        ("超过3个月没有复购的老客", "超过3个月没有复购"),
        ("养了两个月猫的人", ""),
        ("上班族", ""),
    ],
)
def test_lapse(audience: str, lapse: str) -> None:
    """How long somebody stayed away, in the brief's words."""
    assert lapse_of(audience) == material(audience=audience).lapse == lapse


@pytest.mark.parametrize(
    ("said", "pain"),
    [
        ("下班回家，床底全是猫毛，弯腰够不着？", "下班回家，床底全是猫毛，弯腰够不着"),
        ("开完会谁说要干啥全忘了怎么办？", "开完会谁说要干啥全忘了"),
        ("孩子写作业老是趴着", "孩子写作业老是趴着"),
        ("空调一开一股味儿", "空调一开一股味儿"),
        ("管理混乱，效率低下", ""),
        ("价格太贵", ""),
        ("选择困难", ""),
        ("睡不好", ""),
        ("", ""),
    ],
)
def test_pain(said: str, pain: str) -> None:
    """A pain that shows something is told without its question; one that only calls something bad is not (C6)."""
    assert material(pain=said).pain == pain
    assert not pain or is_scene(pain)


@pytest.mark.parametrize(
    ("scene", "occasion"),
    [
        ("通勤路上", True),
        ("周日下午", True),
        ("孩子睡着以后", True),
        ("出门上班前", True),
        ("办公室", True),
        ("出门上班前按一下开始", False),
    ],
)
def test_occasions(scene: str, occasion: bool) -> None:
    """A time or place stands before a predicate, an act does not."""
    assert is_occasion(scene) is occasion


# Limits


def test_limits_of_the_price_and_of_a_point() -> None:
    """A restriction that speaks of a point is that point's condition; any other holds for what one buys."""
    read = material(
        selling_points=("标准档噪音不超过58分贝", "拖布自己洗", "不含适配器"),
        facts=("噪音值为标准档实测，不含强吸档", "整机保修2年", "不含上门安装"),
    )
    noise, mop = read.points
    assert read.conditions(noise) == ("噪音值为标准档实测，不含强吸档",)
    assert read.conditions(mop) == ()
    assert read.limits == ("不含适配器", "不含上门安装")
    assert read.facts == ("整机保修2年",)


def test_a_limit_is_no_point() -> None:
    """Nothing restricted is among what can lead a variant."""
    read = material(selling_points=("不含数据线", "插脚可折叠", "仅限首次下单"))
    assert [point.text for point in read.points] == ["插脚可折叠"]


def test_a_condition_in_brackets_is_not_told_twice() -> None:
    """What the point holds already is no further condition."""
    read = material(selling_points=("续航12小时（不含快充）",), facts=("续航12小时（不含快充）",))
    assert all(read.conditions(point) == () for point in read.points)


def test_points_said_twice() -> None:
    """The same point with other marks, or inside a longer one, counts once."""
    read = material(selling_points=("拖布自己洗！", "✅拖布自己洗", "拖布自己洗、自己烘", "手机画禁区"))
    assert [point.text for point in read.points] == ["拖布自己洗", "手机画禁区"]


@pytest.mark.parametrize(
    ("limit", "point", "expected"),
    [
        ("噪音值为标准档实测，不含强吸档", "标准档噪音不超过58分贝", True),
        ("不含充电线", "支持无线快充", False),
        ("不含适配器", "不含酒精", False),
        ("雨雪天顺延", "洗后48小时送回", False),
    ],
)
def test_about(limit: str, point: str, expected: bool) -> None:
    """Two characters in a row tell what a restriction speaks of; words that every restriction has do not."""
    assert about(limit, point) is expected


def test_a_price_in_the_offer_is_told_once() -> None:
    """An offer that names the price leaves no clause for it."""
    assert material(price="365 元", offer="办卡 365 元，送礼盒 1 份").price == ()
    assert material(price="399 元", offer="办卡 365 元，送礼盒 1 份").price == ("399元",)


def test_long_facts_are_no_lines() -> None:
    """A fact beyond a line stays evidence and is not told beside a point."""
    long = "由第三方实验室按标准方法在二十五度室温下连续测试七天得到的平均数值"
    read = material(selling_points=("拖布自己洗",), facts=(long, "整机保修2年"))
    assert [fact.text for fact in read.extras] == ["整机保修2年"]
    assert long in read.facts


def test_the_seed_is_the_briefs() -> None:
    """The same brief prefers the same patterns, another one others."""
    one, same, other = material(), material(), material(product="静叶循环扇")
    assert one.seed == same.seed != other.seed
