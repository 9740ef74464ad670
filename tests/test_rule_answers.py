"""The rule writer: reading the question, cutting units, choosing and ordering them."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from copilot.embedding import Embedding, load_embedding
from copilot.library import Library
from copilot.retrieval import Evidence, retrieve
from copilot.types import Draft, Passage
from copilot.writers.rules.answers import choose, write_answer
from copilot.writers.rules.question import read_question
from copilot.writers.rules.units import plain, row_text, units_of

STEPS = """# 门店盘点

## 门店盘点的步骤有哪些

门店盘点按四步做：

1. **停进出**：盘点开始前停止收货和退货。
2. **分区**：把货架分给两人一组。
3. **清点**：一人点数，一人记录。
4. **对账**：差异超过两件的货位再点一次。

盘点应当放在打烊之后。
"""
KINDS = """# 会员等级

## 会员等级有哪几种

会员等级有三种：

- 铜卡会员，注册就有。
- 银卡会员，一年买满五次。
- 金卡会员，一年买满二十次。
"""
SIDES = """# 两种券

## 满减券

满减券要买满规定的金额才能用，适合拉高一单的金额。

## 折扣券

折扣券不限金额，按比例少付，适合清理库存。
"""
FACTS = """# 配送说明

## 配送范围

配送范围是门店周围三公里。超出范围的订单由快递发出。门店每天早上八点开始接单。

## 配送费用

一单的配送费是六元。买满九十九元免配送费。雨雪天气时每单加收两元，会在下单页写明。
"""
LONG = "# 开店\n\n## 新店开业要做哪些准备\n\n新店开业要做这些准备：\n\n" + "".join(
    f"- 准备{mark}：{'把要用的东西列成单子并且交给店长逐样确认' * 2}。\n" for mark in "甲乙丙丁戊己庚辛壬癸"
)
ASIDES = (
    "# 标题\n\n## 商品标题怎么写\n\n商品标题先写品类，再写卖点。"
    + "".join(f"例如第{n}家店{'把品类放在最前面并且把卖点放在后面' * 7}。" for n in "一二三四五六")
    + "商品标题不写极限词，因为写了会被下架。商品标题不超过三十个字，多出的在手机上看不见。商品标题写完以后念一遍。\n"
)


@pytest.fixture(scope="module")
def embedding() -> Embedding:
    """The built-in embedding."""
    return load_embedding()


@pytest.fixture
def library(tmp_path: Path, embedding: Embedding) -> Iterator[Library]:
    """An empty library."""
    with closing(Library(tmp_path / "library", embedding)) as opened:
        yield opened


def evidence_of(library: Library, question: str, **texts: str) -> Evidence:
    """What is retrieved for a question from documents of these texts; `name_csv` makes a csv file."""
    folder = library.root.parent / "files"
    folder.mkdir()
    for name, text in texts.items():
        (folder / name.replace("_csv", ".csv")).with_suffix(".csv" if name.endswith("_csv") else ".md").write_text(
            text, encoding="utf-8"
        )
    library.add([folder])
    return retrieve(library, question, 8)


def answer(library: Library, question: str, long: bool = False, **texts: str) -> tuple[Draft, ...]:
    """The rule writer's drafts."""
    return write_answer(question, evidence_of(library, question, **texts), long)


def lines(drafts: tuple[Draft, ...]) -> list[str]:
    """The texts of drafts."""
    return [draft.text for draft in drafts]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("满减券和折扣券有什么区别？", "compare"),
        ("自营 vs 平台", "compare"),
        ("什么是次日留存", "define"),
        ("私域是什么意思？", "define"),
        ("会员等级有哪几种", "list"),
        ("盘点的步骤", "list"),
        ("门店盘点分几步？", "list"),
        ("为什么老客不来了", "reason"),
        ("一单配送费多少钱", "fact"),
        ("门店几点开门", "fact"),
        ("怎么写商品标题", "how"),
        ("會員怎麼升級", "how"),
        ("说说门店盘点", "open"),
    ],
)
def test_kind_of_question(question: str, kind: str) -> None:
    """The kind follows from the words of the question, in either script."""
    assert read_question(question).kind == kind


def test_sides_of_a_comparison() -> None:
    """Both sides of a comparison are read."""
    assert read_question("满减券和折扣券有什么区别？").sides == ("满减券", "折扣券")


def test_type_of_a_fact() -> None:
    """A question for a number wants a sentence with a number."""
    must_have = read_question("一单的配送费是多少").must_have
    assert must_have and must_have.search("配送费六元") and not must_have.search("配送很快")


def test_steps_are_whole_and_in_order(library: Library) -> None:
    """A question for steps gets the lead and every step, in order."""
    found = lines(answer(library, "门店盘点的步骤有哪些？", steps=STEPS))
    assert found[:5] == [
        "门店盘点按四步做：",
        "1. 停进出：盘点开始前停止收货和退货。",
        "2. 分区：把货架分给两人一组。",
        "3. 清点：一人点数，一人记录。",
        "4. 对账：差异超过两件的货位再点一次。",
    ]


def test_kinds_are_whole_and_in_order(library: Library) -> None:
    """A question for kinds gets the lead and every item, in order."""
    found = lines(answer(library, "会员等级有哪几种？", kinds=KINDS, steps=STEPS))
    assert found[:4] == [
        "会员等级有三种：",
        "- 铜卡会员，注册就有。",
        "- 银卡会员，一年买满五次。",
        "- 金卡会员，一年买满二十次。",
    ]


def test_comparison_shows_both_sides(library: Library) -> None:
    """A comparison says something about either side."""
    text = "".join(lines(answer(library, "满减券和折扣券有什么区别？", sides=SIDES)))
    assert "满减券要买满" in text
    assert "折扣券不限金额" in text


def test_fact_is_short(library: Library) -> None:
    """A question for a figure gets its sentence, not the section."""
    found = lines(answer(library, "一单的配送费是多少元？", facts=FACTS, steps=STEPS))
    assert "一单的配送费是六元。" in found
    assert sum(map(len, found)) <= 60


def test_document_order_within_a_source(handbook: Library) -> None:
    """Sentences of one passage come in the order of the document."""
    for question in ("怎么让流失用户回来", "用户画像怎么做", "活动复盘看什么", "产品经理和运营怎么分工"):
        evidence = retrieve(handbook, question, 8)
        last: dict[int, int] = {}
        for draft in write_answer(question, evidence):
            passage = draft.cites[0]
            place = next(
                unit.start
                for unit in units_of(0, evidence.passages[passage - 1].text)
                if unit.plain == draft.text and unit.start >= last.get(passage, 0)
            )
            last[passage] = place


def test_sources_are_not_mixed(handbook: Library) -> None:
    """Once an answer has left a passage it does not come back to it."""
    for question in ("怎么让流失用户回来", "用户画像怎么做", "活动复盘看什么", "数据分析的步骤"):
        cites = [draft.cites[0] for draft in write_answer(question, retrieve(handbook, question, 8))]
        runs = [cite for i, cite in enumerate(cites) if i == 0 or cites[i - 1] != cite]
        assert len(runs) == len(set(runs))


def test_answer_is_short_by_default_and_longer_on_wish(handbook: Library) -> None:
    """`long` has room for more than the default."""
    evidence = retrieve(handbook, "运营要学哪些数据指标", 8)
    short = sum(len(text) for text in lines(write_answer("运营要学哪些数据指标", evidence)))
    long = sum(len(text) for text in lines(write_answer("运营要学哪些数据指标", evidence, long=True)))
    assert short <= 700 < long


@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
def test_list_over_two_chunks_is_whole(library: Library, long: bool) -> None:
    """A list longer than a chunk is answered whole, also when it runs a little over."""
    found = lines(answer(library, "新店开业要做哪些准备？", long=long, shop=LONG))
    assert [text[:5] for text in found[1:]] == [f"- 准备{mark}" for mark in "甲乙丙丁戊己庚辛壬癸"]


@pytest.mark.parametrize(
    "question", ["怎么让流失用户回来", "用户画像怎么做", "活动复盘看什么", "运营要学哪些数据指标", "电商有哪些策略"]
)
def test_handbook_answers_stay_short(handbook: Library, question: str) -> None:
    """Answers from the handbook are two sections at most, and the term explained."""
    assert sum(len(text) for text in lines(write_answer(question, retrieve(handbook, question, 8)))) <= 800


def test_dependent_sentence_brings_the_one_before(library: Library) -> None:
    """A sentence that opens with 它 or 但 is never shown without the one it hangs on."""
    text = "# 试吃\n\n试吃台放在入口左侧。但周末客流超过三百人时要移到收银台旁边。\n\n冷柜每天擦两次。\n"
    found = lines(answer(library, "周末客流超过三百人时试吃台要移到哪里？", taste=text))
    at = found.index("但周末客流超过三百人时要移到收银台旁边。")
    assert found[at - 1] == "试吃台放在入口左侧。"


def test_asides_go_first(library: Library) -> None:
    """When a section asked for as a list has no room, its examples go before its statements."""
    found = lines(answer(library, "商品标题怎么写，有哪几条？", title=ASIDES))
    assert found[0] == "商品标题先写品类，再写卖点。"
    assert "商品标题写完以后念一遍。" in found
    assert sum(text.startswith("例如") for text in found) < 6


def test_csv_row_reads_as_columns(library: Library) -> None:
    """A row of a csv file is shown as `column：cell`."""
    table = "问题,答案\n怎么退押金,在小程序里点退押金，三天到账\n怎么换车锁,拨打门店电话预约\n"
    found = lines(answer(library, "怎么退押金？", faq_csv=table.replace("，", "；")))
    assert found[0] == "问题：怎么退押金；答案：在小程序里点退押金；三天到账。"


def test_row_of_a_long_table_reads_as_columns(library: Library) -> None:
    """A row far down in a table has its column names too."""
    rows = [f"办理第{n}号业务要带什么材料,带第{n}号表格和身份证原件到二楼窗口,王{n}" for n in range(40)]
    table = "\n".join(["问题,答案,负责人", *rows])
    found = lines(answer(library, "办理第33号业务要带什么材料？", faq_csv=table))
    assert "问题：办理第33号业务要带什么材料；答案：带第33号表格和身份证原件到二楼窗口；负责人：王33。" in found


@pytest.mark.parametrize(
    "pointer", ["怎么算毛利见[成本](cost.md)。", "详见[成本](cost.md)", "更多内容参见[成本核算](../a/cost.md)。"]
)
def test_pointers_are_left_out(pointer: str) -> None:
    """A sentence that only points to another article is no unit of an answer."""
    assert [unit.plain for unit in units_of(0, f"毛利是售价减去成本。{pointer}")] == ["毛利是售价减去成本。"]


def test_sentence_with_a_link_stays() -> None:
    """A sentence that says something and links is kept, as plain text."""
    assert units_of(0, "先算[毛利](cost.md)，再定折扣。")[0].plain == "先算毛利，再定折扣。"


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        pytest.param("**圈定**：按定义取名单。", "圈定：按定义取名单。", id="bold"),
        pytest.param("__圈定__和`代码`、~~旧价~~", "圈定和代码、旧价", id="marks"),
        pytest.param("* 一项", "- 一项", id="bullet"),
        pytest.param("3. 第三步", "3. 第三步", id="number"),
        pytest.param("![图](a.png)见<b>上</b>", "图见上", id="image-and-tag"),
        pytest.param("第一行\n   第二行", "第一行 第二行", id="lines"),
        pytest.param("价格 < 100 且 > 50", "价格 < 100 且 > 50", id="no-tag"),
        pytest.param("user_id 和 2 * 3 * 4", "user_id 和 2 * 3 * 4", id="no-emphasis"),
    ],
)
def test_plain(markdown: str, shown: str) -> None:
    """Markdown is shown without its marks; what only looks like Markdown stays."""
    assert plain(markdown) == shown


@pytest.mark.parametrize(
    ("row", "header", "shown"),
    [
        pytest.param("| 铜卡 | 一年 |", "| 等级 | 期限 |", "等级：铜卡；期限：一年。", id="columns"),
        pytest.param("| 铜卡 |  |", "| 等级 | 期限 |", "等级：铜卡。", id="empty-cell"),
        pytest.param(r"| 甲\|乙 | 一<br>二 |", "| 名 | 数 |", "名：甲|乙；数：一 二。", id="escapes"),
        pytest.param("| 等级 | 期限 |", "| 等级 | 期限 |", "", id="header"),
        pytest.param("| --- | :-: |", "", "", id="rule"),
    ],
)
def test_row(row: str, header: str, shown: str) -> None:
    """A table row reads as a sentence."""
    assert row_text(row, header) == shown


def test_clauses_at_a_semicolon_are_one_sentence() -> None:
    """A sentence with semicolons is one unit."""
    assert [u.plain for u in units_of(0, "先圈人；再触达；最后复看。完成。")] == [
        "先圈人；再触达；最后复看。",
        "完成。",
    ]


def test_units_lie_in_their_text(handbook: Library) -> None:
    """Units follow each other, and their plain text stands in the plain text of their span."""
    for document in handbook.list():
        text = handbook.show(document.doc_id).text
        here = 0
        for unit in units_of(0, text):
            assert here <= unit.start < unit.end <= len(text)
            here = unit.end
            if unit.kind in ("sentence", "item"):
                assert unit.plain == plain(text[unit.start : unit.end])


def _bare(text: str) -> str:
    return re.sub(r"^[-*+] |\s", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    "question", ["怎么让流失用户回来", "用户画像怎么做", "客服的话术有哪些", "产品和运营有什么区别", "留存率怎么算"]
)
def test_answers_are_slices(handbook: Library, question: str) -> None:
    """The writer has no words of its own: the text of every draft stands in its quote."""
    evidence = retrieve(handbook, question, 8)
    for draft in write_answer(question, evidence, long=True):
        ((start, end),) = draft.quotes
        quote = evidence.passages[draft.cites[0] - 1].text[start:end]
        words = [_bare(cell) for cell in re.split("[：；。]", draft.text)] if "|" in quote else [_bare(draft.text)]
        assert all(word in _bare(plain(quote)) for word in words)


@pytest.mark.parametrize(
    "question", ["怎么让流失用户回来", "商品和活动怎么定价", "运营的职业阶梯", "五种运营分别做什么"]
)
def test_no_markdown_is_left(handbook: Library, question: str) -> None:
    """No emphasis, link, heading or table bar is left in an answer."""
    for text in lines(write_answer(question, retrieve(handbook, question, 8), long=True)):
        assert not re.search(r"\*\*|__|~~|`|\]\(|^#|^\|", text)


def test_same_question_same_answer(handbook: Library) -> None:
    """The writer is deterministic."""
    evidence = retrieve(handbook, "怎么让流失用户回来", 8)
    assert len({write_answer("怎么让流失用户回来", evidence) for _ in range(3)}) == 1


def test_no_units_no_answer() -> None:
    """Evidence without a unit gives an empty answer, not an error."""
    passage = Passage(1, 1.0, "d", "a.md", "a", "a", "详见[成本](cost.md)。", 0, 16)
    assert write_answer("成本怎么算", Evidence((passage,), {}, (0.5,))) == ()


def test_choose_takes_the_best_even_beyond_the_room() -> None:
    """One unit always comes; a further one only where it has room and adds something."""
    units = units_of(0, "第一句话说的是事情的经过。第二句话说的是别的。第三句话也一样。")
    assert choose(units, [0.9, 0.8, 0.01], 0.0001, room=5) == [0]
    assert choose(units, [0.9, 0.8, 0.01], 0.0001, room=400, share=0.05) == [0, 1]
