"""Columns of batch: known by their names, or told by --map; what a row says by key."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from copilot.batch.columns import Columns, Task, described, map_columns, recognised, row_values
from copilot.batch.rows import Raw, header_index
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.tasks.brief import validated


def keys(header: Sequence[str], task: Task = "adcopy", **given: str) -> tuple[str, ...]:
    """The keys of columns."""
    return map_columns(header, task, given).keys


def values(header: Sequence[str], cells: Sequence[Any], task: Task = "adcopy") -> dict[str, Any]:
    """What one row says."""
    return row_values(header, map_columns(header, task, {}), cells)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("商品名", "product"), ("品名", "product"), ("标题", "product"), ("Product Name", "product"),
        ("卖点", "selling_points"), ("核心 卖点", "selling_points"), ("Selling Points", "selling_points"),
        ("賣點", "selling_points"), ("卖点1", "selling_points"), ("卖点 ２", "selling_points"),
        ("卖点三", "selling_points"), ("卖点④", "selling_points"), ("Selling Point 2", "selling_points"),
        ("价格", "price"), ("活动价", "price"), ("价格（元）", "price"), ("*商品名【必填】", "product"), ("售价/元", "price"), ("卖点1（20 字以内）", "selling_points"), ("人群", "audience"), ("渠道", "platform"),
        ("平台2", "platform"), ("关键词", "keywords"), ("禁用词", "banned"), ("划线价", "original_price"),
        ("offer.end", "offer.end"), ("优惠.截止", "offer.end"), ("截止时间", "offer.end"), ("活动截止时间", "offer.end"),
        ("优惠门槛", "offer.threshold"), ("名额", "offer.quota"), ("赠品", "offer.gift"),
        ("原价依据", "original_price.basis"), ("original_price.basis", "original_price.basis"),
        ("库存", ""), ("地址", ""), ("说明", ""), ("备注", ""), ("产品2", ""), ("2", ""), ("", ""), ("一", ""),
    ],
)  # fmt: skip
def test_names_of_adcopy(name: str, key: str) -> None:
    """Chinese and English names, numbered ones, parts; general words are nothing in a table."""
    assert recognised([name], "adcopy") == bool(key)
    assert keys(["product", name]) == ("product", key) if key != "product" else keys([name]) == (key,)


@pytest.mark.parametrize(
    ("task", "name", "key"),
    [
        ("ask", "问题", "question"), ("ask", "提问", "question"), ("ask", "Query", "question"), ("ask", "question", "question"),
        ("diagnose", "voice", "voice"), ("diagnose", "用户原声", "voice"), ("diagnose", "评论", "voice"),
        ("diagnose", "Feedback", "voice"), ("diagnose", "反馈 内容", "voice"),
    ],
)  # fmt: skip
def test_names_of_other_tasks(task: Task, name: str, key: str) -> None:
    """Their one column."""
    assert keys(["编号", name], task) == ("", key)


@pytest.mark.parametrize("group", ["keys", "offer", "original_price"])
def test_general_names_are_names(group: str) -> None:
    """Every word listed as too general is an alias in the brief: else it stands there for nothing."""
    from copilot.knowledge.keys import key_of

    assert [name for name in read("batch")["too_general"][group] if not key_of(name, group)] == []


def test_lists_of_several_columns_are_joined() -> None:
    """In the order of the columns, cells that hold lists too."""
    header = ["产品", "卖点1", "价格", "卖点2", "卖点"]
    row = values(header, ["杯", "轻、薄", "9", "", "不漏"])
    assert row == {"product": "杯", "selling_points": "轻、薄\n不漏", "price": "9"}
    assert validated(row, cells=True).selling_points == ("轻", "薄", "不漏")
    assert "卖点1、卖点2、卖点" in map_columns(header, "adcopy", {}).notes[0]


def test_lists_of_jsonl_are_joined() -> None:
    """Lists and texts side by side."""
    assert values(["product", "卖点1", "卖点2"], ["杯", ["轻", "薄"], "快"])["selling_points"] == ["轻", "薄", "快"]


def test_of_several_columns_the_better_name_wins() -> None:
    """The other one is listed as unused, with the reason."""
    columns = map_columns(["标题", "商品名", "产品"], "adcopy", {})
    assert columns.keys == ("", "", "product")
    assert [name for name, _ in columns.unused] == ["标题", "商品名"]
    assert "产品" in columns.unused[0][1]
    assert map_columns(["标题", "问题"], "ask", {}).keys == ("", "question")


@pytest.mark.parametrize("name", ["活动价", "到手价", "券后价"])
def test_the_price_to_pay_wins(name: str) -> None:
    """A plain price beside it may be the one struck through: told, not assumed."""
    columns = map_columns(["产品", "价格", name], "adcopy", {})
    assert columns.keys == ("product", "", "price")
    assert "--map 价格=original_price" in columns.unused[0][1]
    struck = map_columns(["产品", "价格", name], "adcopy", {"价格": "original_price"})
    assert struck.keys == ("product", "original_price", "price")
    assert "划线价" not in map_columns(["产品", "价格", name, "原价"], "adcopy", {}).unused[0][1]


def test_equal_names() -> None:
    """The filled cell counts; two that differ are a problem of their row."""
    header = ["产品", "价格", "价格（2）"]
    assert values(header, ["杯", "9", ""])["price"] == "9"
    assert values(header, ["杯", "", "8"])["price"] == "8"
    assert values(header, ["杯", "9", "9"])["price"] == "9"
    with pytest.raises(InputError, match="两列都叫“价格”"):
        values(header, ["杯", "9", "8"])


def test_offer_and_its_parts() -> None:
    """Parts make a mapping; a sentence beside them is what is offered; a basis alone is nothing."""
    header = ["产品", "优惠", "截止时间", "门槛", "原价", "原价依据"]
    row = values(header, ["杯", "减 20 元", "11-3", "", "99", "日常价"])
    assert row["offer"] == {"what": "减 20 元", "end": "11-3"}
    assert row["original_price"] == {"value": "99", "basis": "日常价"}
    assert values(header, ["杯", "减 20 元", "", "", "", "日常价"]) == {"product": "杯", "offer": "减 20 元"}
    assert values(header, ["杯", {"gift": "杯套"}, "11-3"])["offer"] == {"gift": "杯套", "end": "11-3"}
    assert validated(row, cells=True).to_dict()["offer"]["end"] == "11-3"


def test_blank_cells_are_left_out() -> None:
    """Blank, null, NaN and empty lists; zero is a value, a short row ends early."""
    header = ["产品", "卖点", "价格", "人群", "渠道"]
    assert values(header, [" ", [], 0, None, float("nan")]) == {"price": 0}
    assert values(header, ["杯"]) == {"product": "杯"}


def test_error_values_of_excel_are_problems() -> None:
    """In columns that are used; what a csv made by Excel holds as text."""
    assert values(["产品", "毛利"], ["杯", "#DIV/0!"]) == {"product": "杯"}
    with pytest.raises(InputError, match=r"“价格”这一格是错误值 #N/A"):
        values(["产品", "价格"], ["杯", "#N/A"])
    assert values(["产品", "卖点"], ["杯", "#露营"])["selling_points"] == "#露营"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"甲": "产品"}, ("product", "", "")),
        ({"1": "product", "2": "卖点"}, ("product", "selling_points", "")),
        ({"甲": "product", "乙": "优惠.截止", "丙": "offer.what"}, ("product", "offer.end", "offer.what")),
        ({"甲": "product", "丙": ""}, ("product", "", "")),
        ({"甲": "商品名", "乙": "selling_points", "丙": "卖点"}, ("product", "selling_points", "selling_points")),
    ],
)
def test_map(given: Mapping[str, str], expected: tuple[str, ...]) -> None:
    """Columns by name or number, keys in English or Chinese."""
    assert map_columns(["甲", "乙", "丙"], "adcopy", given).keys == expected


def test_map_goes_before_names() -> None:
    """What was told is used, and a column can be told not to be."""
    columns = map_columns(["产品", "昵称", "人群"], "adcopy", {"昵称": "product", "人群": ""})
    assert columns.keys == ("", "product", "")
    assert dict(columns.unused)["人群"] == "按 --map 不用"
    assert "昵称" in dict(columns.unused)["产品"]


def test_all_that_is_wrong_with_map_is_told_at_once() -> None:
    """Unknown columns and keys, each with the nearest one."""
    with pytest.raises(InputError) as caught:
        map_columns(["商品名", "活动卖点"], "adcopy", {"商品": "产品", "活动卖点": "卖点点", "9": "price"})
    for part in ("没有“商品”这一列，最接近的是“商品名”", "没有“卖点点”这个键，最接近的是卖点", "没有“9”这一列"):
        assert part in caught.value.message
    assert caught.value.exit_code == 2


def test_two_columns_told_for_one_key() -> None:
    """A product is one."""
    with pytest.raises(InputError, match="甲、乙"):
        map_columns(["甲", "乙"], "adcopy", {"甲": "product", "乙": "product"})


@pytest.mark.parametrize(
    ("header", "task"),
    [(["甲", "乙"], "adcopy"), (["优惠", "价格"], "adcopy"), (["甲", "乙"], "ask"), (["甲", "乙"], "diagnose")],
)
def test_what_a_task_cannot_do_without(header: list[str], task: Task) -> None:
    """The error lists the columns and shows how to map."""
    with pytest.raises(InputError, match="、".join(header)) as caught:
        map_columns(header, task, {})
    assert f"--map {header[0]}=" in caught.value.hint


def test_an_offer_may_stand_in_for_the_product() -> None:
    """With a brand, a signature or an audience, as in a brief."""
    assert keys(["优惠", "品牌"]) == ("offer", "brand")
    assert keys(["优惠内容", "截止时间", "签名"]) == ("offer", "offer.end", "sms_sign")


def test_what_is_shown() -> None:
    """Columns, why others are not used, the first row."""
    header = ["产品", "卖点1", "卖点2", "库存", "备注", "卖点们"]
    columns = map_columns(header, "adcopy", {})
    text = "\n".join(described(header, columns, row_values(header, columns, ["杯", "轻、薄", "快"])))
    assert "产品 → 产品（product）" in text
    assert "--map 库存=offer.quota" in text
    assert "最接近的是卖点（selling_points）" in text
    assert "卖点＝轻、薄、快" in text
    asked = map_columns(["问题"], "ask", {})
    assert "问题 → 问题（question）" in described(["问题"], asked, {"question": "怎么办"})[0]


def test_header_is_the_row_with_most_names() -> None:
    """Not the title above, not a row of values."""
    rows = [["产品"], ["商品名", "卖点", "甲"], ["杯", "轻", "标题"]]
    assert header_index([Raw(row) for row in rows], partial(recognised, task="adcopy")) == 1


def test_a_row_takes_microseconds() -> None:
    """20 µs is the aim, 6 were measured; the bound leaves room for a busy machine."""
    header = ["商品名", "卖点1", "卖点2", "价格", "活动价", "人群", "渠道", "截止时间", *[f"列{n}" for n in range(12)]]
    columns: Columns = map_columns(header, "adcopy", {})
    cells = ["保温杯", "轻、薄", "不漏水", "99", "79", "上班族", "小红书", "11-3", *["x"] * 12]
    row_values(header, columns, cells)
    start = time.process_time()
    for _ in range(2000):
        row_values(header, columns, cells)
    assert (time.process_time() - start) / 2000 < 100e-6
