"""Chunks are exact slices, cover the content, and end only where something ends."""

import json
from itertools import pairwise
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from hash_embedding import HashEmbedding
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.chunking import LONG_HEADING, LONG_SENTENCE, WHOLE, body_start, chunk_text, pieces
from copilot.library import Library
from copilot.retrieval import search
from copilot.text import normalise, sentence_spans
from copilot.types import Chunk

MARKS = "。！？；…!?. "
WORDS = st.text(
    alphabet="用户运营增长留存ＡＢ５％　ab12é\u0301😀\u200b\u200d\ufeff\ud83d\ude00，、：“”（）*_`",
    min_size=1,
    max_size=40,
)
SENTENCE = st.tuples(WORDS, st.sampled_from(MARKS)).map("".join)
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=25).map("".join)
LEVEL = st.sampled_from(["# ", "## ", "### ", "第一章 ", "一、", "（二）"])
HEADING = st.tuples(LEVEL, WORDS.map(lambda words: words[:20])).map("".join)
LIST = st.lists(st.tuples(st.sampled_from(["- ", "* ", "1. ", "2、", "① ", "  - "]), SENTENCE).map("".join), min_size=1)
ROW = st.lists(WORDS.map(lambda w: w.replace("|", "")), min_size=2, max_size=4).map(lambda c: f"| {' | '.join(c)} |")
TABLE = st.tuples(ROW, st.just("| --- | --- |"), st.lists(ROW, max_size=12)).map(lambda t: [t[0], t[1], *t[2]])
CODE = st.tuples(st.sampled_from(["```", "~~~", "```python"]), PARAGRAPH).map(lambda c: [c[0], c[1], c[0][:3]])
BLOCK = st.one_of(
    PARAGRAPH.map(lambda p: [p]),
    HEADING.map(lambda h: [h]),
    LIST,
    TABLE,
    CODE,
    st.sampled_from([["---"], [""], ["```"]]),
)
DOCUMENT = st.tuples(
    st.sampled_from(["", "\ufeff", "---\ntitle: 增长\n---\n", "---\n"]),
    st.lists(BLOCK, max_size=12),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
).map(lambda d: d[0] + d[2].join(d[2].join(block) for block in d[1]))


def slices(text: str) -> list[str]:
    """Return the chunks' texts."""
    return [text[c.start : c.end] for c in chunk_text(text)]


def lines_outside(text: str, chunks: list[Chunk]) -> list[str]:
    """Return what stands in no chunk, by lines."""
    ends = [body_start(text), *(c.end for c in chunks)]
    starts = [*(c.start for c in chunks), len(text)]
    return [line for a, b in zip(ends, starts, strict=True) for line in text[a:b].split("\n") if line.strip()]


@settings(max_examples=120, deadline=None)
@given(DOCUMENT)
def test_chunks_are_exact_and_complete(raw: str) -> None:
    """In order, without overlap, trimmed; only headings and rules are outside, and headings are in sections."""
    text = normalise(raw)
    chunks = chunk_text(text)
    assert all(one.end <= other.start for one, other in pairwise(chunks))
    assert all(text[c.start : c.end] == text[c.start : c.end].strip() != "" for c in chunks)
    for line in lines_outside(text, chunks):
        name = line.strip().lstrip("#").strip().rstrip("#").strip(" \t*_`")
        is_rule = not line.strip().strip("-*_= \t")
        assert is_rule or any(plain(name) in plain(c.section) for c in chunks), line


def plain(words: str) -> str:
    """Leave out the marks of emphasis."""
    return "".join(c for c in words if c not in "*_`#").strip()


@settings(max_examples=120, deadline=None)
@given(DOCUMENT)
def test_chunks_end_where_something_ends(raw: str) -> None:
    """No border lies inside a sentence, a table row or a list item."""
    text = normalise(raw)
    chunks = chunk_text(text)
    borders = {border for c in chunks for border in (c.start, c.end)}
    whole = [(p.start, p.end) for p in pieces(text) if p.kind in ("item", "row")]
    whole += [span for span in sentence_spans(text) if span[1] - span[0] <= LONG_SENTENCE]
    for start, end in whole:
        inside = [border for border in borders if start < border < end]
        assert not any(text[start:border].strip() and text[border:end].strip() for border in inside)


@settings(max_examples=100, deadline=None)
@given(PARAGRAPH.filter(lambda p: p.strip()), st.integers(1, 12))
def test_a_chunk_cut_again_stays_whole(paragraph: str, times: int) -> None:
    """The pieces of a chunk's text are those of the document there: answers quote by them."""
    text = normalise("正文" + paragraph * times)
    for chunk in chunk_text(text):
        inside = [(p.start, p.end) for p in pieces(text) if chunk.start <= p.start < chunk.end]
        assert [(p.start + chunk.start, p.end + chunk.start) for p in pieces(text[chunk.start : chunk.end])] == inside


def test_sections_are_heading_paths() -> None:
    """Levels nest, a shallower heading closes the deeper ones, marks of emphasis go."""
    text = "# 手册 #\n前言。\n## **拉新**\n投放。\n### user_id 与 C#\n看。\n## 留存\n做。\n# 附录\n完。"
    assert [(c.section, text[c.start : c.end]) for c in chunk_text(text)] == [
        ("手册", "前言。"),
        ("手册 › 拉新", "投放。"),
        ("手册 › 拉新 › user_id 与 C#", "看。"),
        ("手册 › 留存", "做。"),
        ("附录", "完。"),
    ]


def test_numbered_headings_of_plain_text() -> None:
    """第一章, 一、 and （一） are headings below each other; long or finished lines are not."""
    text = "第一章 总则\n前言。\n一、目标\n拉新。\n（一）渠道\n投放。\n二、办法\n一、这一条说完了。\n第二章 附则\n完。"
    assert [c.section for c in chunk_text(text)] == [
        "第一章 总则",
        "第一章 总则 › 一、目标",
        "第一章 总则 › 一、目标 › （一）渠道",
        "第一章 总则 › 二、办法",
        "第二章 附则",
    ]


def test_underlined_headings() -> None:
    """Markdown's other way to write headings; a sentence above a rule is none."""
    text = "手册\n====\n前言。\n\n拉新\n----\n投放。\n\n这是一句话。\n---\n完。"
    assert [(c.section, text[c.start : c.end]) for c in chunk_text(text)] == [
        ("手册", "前言。"),
        ("手册 › 拉新", "投放。\n\n这是一句话。\n---\n完。"),
    ]


@pytest.mark.parametrize(
    "text",
    ["# 一\n\n## 二\n\n## 三\n", "## 只有标题", "正文。\n\n# 尾巴\n", "# 一\n---\n# 二\n---", "一、甲\n二、乙\n三、丙"],
    ids=["levels", "alone", "last", "rules", "outline"],
)
def test_headings_over_nothing_are_content(text: str) -> None:
    """What a document says only in headings can still be found."""
    said = "\n".join(slices(text)) + "\n".join(c.section for c in chunk_text(text))
    assert all(line.strip("# ") in said for line in text.split("\n") if line.strip("-# "))


def test_a_paragraph_in_a_headings_style_is_content() -> None:
    """A "heading" that goes on and on is read as text."""
    text = "# " + "很长的话，" * LONG_HEADING
    assert "".join(slices(text)) == text


def test_front_matter_is_left_out() -> None:
    """YAML between `---` and `---` or `...` is no content."""
    for close in ("---", "..."):
        text = f"---\ntitle: 手册\ntags: [a]\n{close}\n正文。"
        assert slices(text) == ["正文。"]


@pytest.mark.parametrize(
    "text",
    ["---\n\n第一段。\n\n---\n\n第二段。", "---\n第一段。\n---\n第二段。", "---\ntitle: 没有结束\n\n正文。"],
    ids=["rules", "tight-rules", "open"],
)
def test_rules_at_the_start_are_no_front_matter(text: str) -> None:
    """Nothing between two horizontal rules is lost."""
    said = "".join(slices(text))
    assert all(words in said for words in text.replace("---", "").split("\n"))


def test_length() -> None:
    """Long text comes in even chunks of about 300 characters, a short section stays whole."""
    text = "这句话正好一共有二十个汉字用来凑一个长度。" * 200
    lengths = [c.end - c.start for c in chunk_text(text)]
    assert min(lengths) > 250 and max(lengths) < 350
    assert len(chunk_text(text[:WHOLE])) == 1


@pytest.mark.parametrize(
    "text",
    [
        "字" * 50_000,
        "word " * 10_000,
        "词，" * 20_000,
        "- " + "字" * 9000,
        "| " + "字" * 9000 + " | b |",
        "a" + " " * 9000 + "b",
    ],
    ids=["han", "words", "commas", "item", "row", "spaces"],
)
def test_endless_text_is_bounded(text: str) -> None:
    """Without sentence ends no chunk is much longer than others, and none is blank."""
    said = slices(text)
    assert all(piece.strip() and len(piece) <= 2 * WHOLE for piece in said)
    assert "".join("".join(said).split()) == "".join(text.split())


@pytest.mark.parametrize("line", ["甲：\n", "- 甲：\n", "一、甲\n", "# 甲\n", "```\n", "````x\n", "| a |\n", "> \n"])
def test_many_odd_lines_are_cut_and_cost_little(line: str) -> None:
    """Lines that lead to more, headings over nothing and open fences never pile up into one chunk."""
    text = line * 5000
    assert all(len(piece) <= 2000 for piece in slices(text))


@pytest.mark.parametrize(
    "line",
    [
        "# a" + " " * 30_000 + "b",
        "|" + "-" * 30_000 + "x|\n|" + "-" * 30_000 + "x|",
        "# " + "*a " * 20_000,
        "- " * 30_000 + "x",
    ],
    ids=["spaces", "dashes", "stars", "rule"],
)
def test_odd_long_lines_cost_little(line: str) -> None:
    """No line makes the patterns backtrack for ever."""
    assert slices(line)


def test_items_stay_whole() -> None:
    """An item goes with its indented lines; numbers, emphasis and negative numbers begin no item."""
    text = "- 一\n  接着一\n- 二\n\n-5 度。3.5 倍。\n\n**重点**是这个。\n\n3.5 倍的增长。\n\n1.打开\n2、保存\n-关闭"
    assert [(p.kind, text[p.start : p.end]) for p in pieces(text)] == [
        ("item", "- 一\n  接着一"),
        ("item", "- 二"),
        ("sentence", "-5 度。"),
        ("sentence", "3.5 倍。"),
        ("sentence", "**重点**是这个。"),
        ("sentence", "3.5 倍的增长。"),
        ("item", "1.打开"),
        ("item", "2、保存"),
        ("item", "-关闭"),
    ]


@pytest.mark.parametrize("edge", ["| ", ""], ids=["edged", "bare"])
def test_rows_carry_their_header(edge: str) -> None:
    """A chunk that begins inside a table knows the header row; rows are never cut, with or without outer bars."""
    row = f"{edge}渠道{'某' * 40}。后半 | 花费 100"
    text = "\n".join([f"{edge}渠道 | 花费", f"{edge}--- | ---", *[row] * 30])
    chunks = chunk_text(text)
    assert len(chunks) > 3
    assert chunks[0].context == "" and {c.context for c in chunks[1:]} == {f"{edge}渠道 | 花费"}
    assert {line for piece in slices(text) for line in piece.split("\n")[2:]} == {row}


def test_code_is_no_heading() -> None:
    """Comments in code open no section; a fence that never closes swallows nothing."""
    text = "# 一\n```sh\n# 注释\n```\n正文。\n```\n# 二\n正文。"
    assert [c.section for c in chunk_text(text)] == ["一", "二"]


# Every format, through the library


def write_files(folder: Path) -> None:
    """Write one file of every format, each with its name in the text."""
    words = "用户运营讲究拉新和留存。😀 ＡＢ测试很重要！\u200b真的？"
    (folder / "a.md").write_bytes(f"\ufeff# 标题\r\n\r\n格式 md：{words}\r\n\r\n- 一\r\n- 二\r\n".encode())
    (folder / "a.txt").write_bytes(f"一、标题\r格式 txt：{words}\r".encode("gb18030"))
    (folder / "a.html").write_text(f"<h1>标题</h1><p>格式 html：{words}</p><ul><li>一</li></ul>", encoding="utf-8")
    (folder / "a.csv").write_bytes(f"渠道,说明\r\n格式 csv,{words}\r\n".encode("utf-16"))
    (folder / "a.json").write_text(json.dumps([{"标题": "格式 json", "说明": words}]), encoding="utf-8")
    (folder / "a.jsonl").write_text(json.dumps({"标题": "格式 jsonl", "说明": words}) + "\n", encoding="utf-8")
    document = docx.Document()
    document.add_heading("标题", 1)
    document.add_paragraph(f"格式 docx：{words}")
    document.save(str(folder / "a.docx"))
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text_frame.text = "标题", f"格式 pptx：{words}"
    deck.save(str(folder / "a.pptx"))
    book = openpyxl.Workbook()
    book.active.append(["渠道", "说明"])
    book.active.append(["格式 xlsx", words])
    book.save(folder / "a.xlsx")
    (folder / "a.pdf").write_bytes(pdf("format pdf: users come and stay. Retention matters!"))


def pdf(words: str) -> bytes:
    """Return a page with one line."""
    content = f"BT /F1 12 Tf 72 700 Td ({words}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return out + head + table + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(out)


def test_passages_of_every_format_are_slices(tmp_path: Path) -> None:
    """`text[start:end]` of what `show` returns is the passage that `search` returns, for all ten formats."""
    folder = tmp_path / "files"
    folder.mkdir()
    write_files(folder)
    library = Library(tmp_path / "library", HashEmbedding())
    report = library.add([folder])
    assert report.totals["added"] == 10, [f for f in report.files if f.status != "added"]
    found = {}
    for suffix in ("md", "txt", "html", "csv", "json", "jsonl", "docx", "pptx", "xlsx", "pdf"):
        for passage in search(library, f"格式 format {suffix} 用户运营", 20).passages:
            view = library.show(passage.doc_id)
            assert view.text[passage.start : passage.end] == passage.text
            assert (passage.start, passage.end) in {(c.start, c.end) for c in view.chunks}
            found[Path(passage.source).suffix[1:]] = passage.text
    library.close()
    assert len(found) == 10
