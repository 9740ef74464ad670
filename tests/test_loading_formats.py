"""What each format keeps: headings, lists, tables, titles. All files are made here."""

import datetime
import io
import json
import socket
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE

from copilot.errors import LoadError
from copilot.loading import load
from copilot.text import normalise
from copilot.types import LoadedText

Load = Callable[[str, str | bytes], LoadedText]


@pytest.fixture
def load_as(tmp_path: Path) -> Load:
    """Return a function (file name, content) → what `load` makes of it."""

    def write_and_load(name: str, content: str | bytes) -> LoadedText:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load(path)

    return write_and_load


def saved(document: object) -> bytes:
    """The bytes of an Office document that was made here."""
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


# Markdown and text


def test_markdown_is_untouched(load_as: Load) -> None:
    """Only line ends change."""
    words = "# 一\r\n\r\n* 甲\r\n|a|b|\r\n\t代码  \r\n<b>x</b> ｆｕｌｌ\u200b"
    assert load_as("a.md", words).text == words.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("---\ntitle: '增长手册'\ntags: []\n---\n# 别的", "增长手册"),
        ("---\r\ntitle: 增长手册\r\n---\r\n正文", "增长手册"),
        ("前言\n\n```\n# 注释\n```\n## 小\n# 增长 手册 #\n", "增长 手册"),
        ("增长手册\n====\n", "增长手册"),
        ("只有正文 #标签", "文件名"),
        ("--- \n没有结束的头", "文件名"),
    ],
    ids=["front-matter", "crlf", "first-h1", "setext", "none", "open-front-matter"],
)
def test_markdown_title(load_as: Load, words: str, title: str) -> None:
    """Front matter, then the first level-1 heading outside code, then the file's stem."""
    assert load_as("文件名.md", words).title == title


# HTML

PAGE = """<!doctype html><html><head><title> 增长
手册 </title><style>p{}</style></head><body><nav>导航</nav><h1>拉新</h1>
<p>这一段在源码里
换了行，<b>重点</b>在<a href="https://example.com/x">这里</a>。2 * 3 = 6 与 a_b_c</p>
<ul><li>一<ul><li>一点一</li></ul></li><li>二</li></ul><ol><li>甲</li><li>乙</li></ol>
<table><tr><th>渠道</th><th>花费</th></tr><tr><td>a|b</td><td>1<br>2</td></tr></table>
<img src="https://example.com/a.png" alt="漏斗图"><div style="display: none">藏</div><p hidden>藏</p>
<script>document.write("藏")</script><!-- 藏 --></body></html>"""


def test_html(load_as: Load) -> None:
    """Headings, lists and tables stay; scripts, navigation, hidden parts and addresses go."""
    loaded = load_as("a.html", PAGE)
    assert loaded.title == "增长 手册"
    assert loaded.text == (
        "# 拉新\n\n这一段在源码里换了行，**重点**在这里。2 * 3 = 6 与 a_b_c\n\n- 一\n  - 一点一\n- 二\n\n1. 甲\n2. 乙\n\n"
        "| 渠道 | 花费 |\n| --- | --- |\n| a\\|b | 1<br>2 |\n\n漏斗图"
    )


def test_html_layout_tables_are_text(load_as: Load) -> None:
    """A table that holds headings arranges a page; its parts stay headings and lists."""
    words = "<table><tr><td><h2>左</h2><ul><li>一</li></ul></td><td><p>右</p></td></tr></table>"
    assert load_as("a.html", words).text == "## 左\n\n- 一\n\n右"


def test_html_nested_too_deep(load_as: Load) -> None:
    """Words survive nesting that no recursion can follow."""
    loaded = load_as("a.html", "<div>" * 3000 + "深处的字" + "</div>" * 3000)
    assert "深处的字" in loaded.text


def test_html_untitled(load_as: Load) -> None:
    """Without <title> the first heading names the page."""
    assert load_as("a.htm", "<h1>拉新</h1><p>正文</p>").title == "拉新"


# Word


def test_docx(load_as: Load) -> None:
    """Headings by English, Chinese, inherited and custom styles; lists; tables; no table of contents."""
    document = docx.Document()
    document.core_properties.title = ""
    document.add_heading("增长手册", 0)
    document.styles.add_style("toc 1", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("第一章……1", style="toc 1")
    document.add_heading("拉新", 1)
    document.styles.add_style("标题 2", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("渠道", style="标题 2")
    document.styles.add_style("节标题", WD_STYLE_TYPE.PARAGRAPH).base_style = document.styles["Heading 3"]
    document.add_paragraph("投放", style="节标题")
    document.add_paragraph("正文 *不是* 强调_下划线_。")
    for words in ("小红书", "抖音"):
        document.add_paragraph(words, style="List Bullet")
    for words in ("先看", "再做"):
        document.add_paragraph(words, style="List Number")
    table = document.add_table(2, 2)
    for cell, words in zip(table._cells, ("渠道", "花费", "a|b", "1\n2"), strict=True):
        cell.text = words
    loaded = load_as("a.docx", saved(document))
    assert loaded.title == "增长手册"
    assert loaded.encoding == ""
    assert loaded.text == (
        "# 增长手册\n\n# 拉新\n\n## 渠道\n\n### 投放\n\n正文 *不是* 强调_下划线_。\n\n- 小红书\n- 抖音\n\n1. 先看\n2. 再做\n\n"
        "| 渠道 | 花费 |\n| --- | --- |\n| a\\|b | 1<br>2 |"
    )


@pytest.mark.parametrize(("title", "expected"), [("增长手册", "增长手册"), ("Word Document", "a"), ("稿 3.docx", "a")])
def test_docx_title(load_as: Load, title: str, expected: str) -> None:
    """The title property counts unless a program or a file name put it there."""
    document = docx.Document()
    document.core_properties.title = title
    document.add_paragraph("正文")
    assert load_as("a.docx", saved(document)).title == expected


# PowerPoint


def test_pptx(load_as: Load) -> None:
    """A section for every slide; bullets with levels; tables, charts and notes."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text, slide.placeholders[1].text = "增长汇报", "第三季度"
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "目标"
    slide.placeholders[1].text_frame.text = "拉新 10 万"
    below = slide.placeholders[1].text_frame.add_paragraph()
    below.text, below.level = "自然流量", 1
    slide.notes_slide.notes_text_frame.text = "讲稿"
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(2, 2, 0, 0, 100, 100).table
    for cell, words in zip(table.iter_cells(), ("渠道", "花费", "a|b", "1"), strict=True):
        cell.text = words
    chart = CategoryChartData()
    chart.categories = ["一月", "二月"]
    chart.add_series("销量", (1.5, 2))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 1000, 1000, 1000, chart)
    loaded = load_as("a.pptx", saved(deck))
    assert loaded.title == "增长汇报"
    assert loaded.text == (
        "# 增长汇报\n\n第三季度\n\n## 目标\n\n- 拉新 10 万\n  - 自然流量\n\n备注：讲稿\n\n## 第 3 页\n\n"
        "| 渠道 | 花费 |\n| --- | --- |\n| a\\|b | 1 |\n\n| 类别 | 销量 |\n| --- | --- |\n| 一月 | 1.5 |\n| 二月 | 2 |"
    )


# Excel


def test_xlsx(load_as: Load) -> None:
    """Every sheet a table; captions above it; blanks dropped; numbers and dates as people read them."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "渠道"
    sheet.append(["2024 年渠道报表"])
    sheet.merge_cells("A1:E1")
    sheet.append(["渠道", "花费", None, "日期", "转化率"])
    sheet.append(["a|b\n换行", 1200.0, None, datetime.date(2024, 5, 1), 0.125])
    sheet["E3"].number_format = "0.0%"
    sheet.append([])
    sheet.append(["抖音", 0.1 + 0.2, None, datetime.datetime(2024, 5, 1, 8, 30), True])
    book.create_sheet("空表")
    book.create_sheet("偏移")["C5"] = "单格"
    assert load_as("a.xlsx", saved(book)).text == (
        "## 渠道\n\n2024 年渠道报表\n\n| 渠道 | 花费 | 日期 | 转化率 |\n| --- | --- | --- | --- |\n"
        "| a\\|b<br>换行 | 1200 | 2024-05-01 | 12.5% |\n| 抖音 | 0.3 | 2024-05-01 08:30 | 是 |\n\n"
        "## 偏移\n\n| 单格 |\n| --- |"
    )


def test_xlsx_of_a_write_only_book(load_as: Load) -> None:
    """A sheet that states no dimension is read whole."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    for row in (["名", "值"], ["甲", 1], ["乙", 2]):
        sheet.append(row)
    assert load_as("a.xlsx", saved(book)).text.endswith("| 甲 | 1 |\n| 乙 | 2 |")


# csv, tsv


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.csv", "渠道,花费\r\n小红书,1\r\n"),
        ("a.csv", "渠道;花费\n小红书;1\n"),
        ("a.csv", "渠道\t花费\n小红书\t1\n"),
        ("a.csv", "sep=;\n渠道;花费\n小红书;1\n"),
        ("a.csv", "渠道|花费\n\n小红书|1\n"),
        ("a.csv", "渠道，花费\n小红书，1\n"),
        ("a.tsv", "渠道\t花费\n小红书\t1\n"),
        ("a.tsv", "渠道,花费\n小红书,1\n"),
        ("a.csv", "渠道,花费,\n小红书,1,\n"),
    ],
    ids=["comma", "semicolon", "tab", "hint", "bar", "full-width", "tsv", "tsv-commas", "empty-column"],
)
def test_delimiters(load_as: Load, name: str, words: str) -> None:
    """The delimiter is found."""
    assert load_as(name, words).text == "| 渠道 | 花费 |\n| --- | --- |\n| 小红书 | 1 |"


def test_csv_cells(load_as: Load) -> None:
    """Quoted commas, line breaks and bars stay inside their cell; short rows are filled up."""
    words = '评论,分\n"好，""很好"", 真的\n下次再来",5\n一般|般\n'
    expected = '| 评论 | 分 |\n| --- | --- |\n| 好，"很好", 真的<br>下次再来 | 5 |\n| 一般\\|般 |  |'
    assert load_as("a.csv", words).text == expected


def test_csv_with_a_quote_that_never_closes(load_as: Load) -> None:
    """A stray quote swallows nothing."""
    loaded = load_as("a.csv", '评论,分\n"好,5\n差,1\n')
    assert loaded.text.endswith('| "好 | 5 |\n| 差 | 1 |')
    assert "引号" in loaded.note


def test_csv_with_odd_quotes(load_as: Load) -> None:
    """Quotes inside a quoted cell that are not doubled do no harm to the other rows."""
    assert load_as("a.csv", '评论,分\n"他说"好"",5\n差,1\n').text.endswith("| 差 | 1 |")


# json


def test_json_records(load_as: Load) -> None:
    """An array of objects: a section each, named by a title-like key, values as a list."""
    records = [
        {
            "问题": "怎么退款？",
            "答案": "订单页",
            "标签": ["售后", "退款"],
            "更多": {"时效": 3, "可否": True, "空": None},
        },
        {"a": 1.5},
    ]
    assert load_as("a.json", json.dumps(records)).text == (
        "## 怎么退款？\n\n- 答案：订单页\n- 标签：售后、退款\n- 更多：\n  - 时效：3\n  - 可否：是\n\n## 记录 2\n\n- a：1.5"
    )


def test_long_values_are_paragraphs(load_as: Load) -> None:
    """A long or many-lined value is no list item, so that it can be cut into chunks."""
    text = load_as("a.jsonl", json.dumps({"title": "一", "正文": "句子。" * 60, "源": "x"}, ensure_ascii=False)).text
    assert text == "## 一\n\n正文：\n\n" + "句子。" * 60 + "\n\n- 源：x"


def test_other_json(load_as: Load) -> None:
    """Objects and plain values come out in their order."""
    assert load_as("a.json", '{"b": {"c": [1, 2]}, "a": "x"}').text == "- b：\n  - c：1、2\n- a：x"
    assert load_as("a.json", '{"total": 1, "data": [{"name": "甲", "v": 2}]}').text == (
        "- total：1\n\n# data\n\n## 甲\n\n- v：2"
    )
    assert load_as("a.json", '["甲", "乙"]').text == "- 甲\n- 乙"


def test_json_and_jsonl_under_each_others_suffix(load_as: Load) -> None:
    """Lines under .json and one document under .jsonl are understood."""
    assert load_as("a.json", '{"q": "一"}\n{"q": "二"}\n').text == "## 一\n\n## 二"
    assert load_as("a.jsonl", '[\n{"q": "一"},\n{"q": "二"}\n]').text == "## 一\n\n## 二"


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("a.jsonl", '{"q": 1}\n\n{"q": \n', "第 3 行"),
        ("a.json", '{"q": 1,\n "r": }', "第 2 行"),
        ("a.json", "[" * 100_000, "太深"),
        ("a.json", "[" * 80 + "{}" + "]" * 80, "没有文字|太深"),
        ("a.json", '{"a":' * 80 + "1" + "}" * 80, "太深"),
        ("a.json", "[" + "9" * 5000 + "]", "位数过多"),
        ("a.json", "[]", "没有文字"),
    ],
    ids=["line", "place", "very-deep", "deep-lists", "deep-objects", "long-integer", "nothing"],
)
def test_bad_json(load_as: Load, name: str, words: str, message: str) -> None:
    """What is wrong is named with its line."""
    with pytest.raises(LoadError, match=message):
        load_as(name, words)


# Everything


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html", "a.csv", "a.json"])
def test_text_is_normalised(load_as: Load, name: str) -> None:
    """What comes out is a fixed point of `normalise`."""
    words = json.dumps({"k": "e\u0301\r\n\ud83d\ude00 \ud800"}) if name == "a.json" else "e\u0301,x\r\n\u200b😀,y\r\n"
    text = load_as(name, words).text
    assert text == normalise(text) and "\u00e9" in text


def test_nothing_is_fetched(load_as: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and documents with remote pictures, styles and relationships open no connection."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    page = '<link rel="stylesheet" href="http://example.com/x.css"><img src="http://example.com/x.png"><p>字</p>'
    assert load_as("a.html", page).text == "字"
    document = docx.Document()
    document.add_paragraph("字")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    for name in ("image", "attachedTemplate", "hyperlink"):
        document.part.rels.get_or_add_ext_rel(kind + name, "http://example.com/x")
    assert load_as("a.docx", saved(document)).text == "字"
