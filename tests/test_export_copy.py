"""Files of ad copy, written and read back with the programs that people's own programs are built on."""

import csv
import io
import json
import stat
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from copilot.briefs import AdBrief, AdCopy, Gap, Offer, OriginalPrice
from copilot.channels import Channel, ChannelField
from copilot.errors import InputError
from copilot.export.copy import copy_text, csv_cell, plain, write_copy
from copilot.export.copy_parts import AI_LABEL, RULE_LABEL, count_text, properties
from copilot.types import Citation, Count, Finding, Variant

SUFFIXES = ["md", "csv", "xlsx", "docx", "jsonl"]
QUOTE = Citation(1, "d1", "handbook/copy/pain.md", "痛点写法", "开头", "把麻烦写成一个场景，", 10, 20, 0.8)
NOTE = Finding("C7", "style", "caution", "body", 0, 2, "出门", "", "一句话不超过 25 个字")
FIRST = Variant(
    "a1b2c3d4",
    "xiaohongshu",
    "pain",
    "PAS",
    {
        "title": "=出门总忘锁门",
        "body": "出门五分钟又折回来看锁。\n装上它，门一关就锁。",
        "tags": ("#智能门锁", "#租房好物"),
    },
    {
        "title": Count(6, 20, "xhs", "hard"),
        "body": Count(22, 1000, "char", "hard"),
        "tags": Count(5, 20, "char", "recommended", (5, 5)),
    },
    "=出门总忘锁门\n\n出门五分钟又折回来看锁。\n装上它，门一关就锁。\n#智能门锁 #租房好物",
    ({"keyword": "指纹", "reason": "标题放不下"},),
    (NOTE,),
    (QUOTE,),
)
SECOND = Variant(
    "202611220000001",
    "google_rsa",
    "scene",
    "FAB",
    {
        "headlines": ("Locks Itself", "No Keys"),
        "descriptions": ("Shuts and locks.", "Opens by thumb."),
        "path1": "locks",
    },
    {"headlines": Count(12, 30, "width", "hard", (12, 7))},
    "Locks Itself\nNo Keys",
)
BRIEF = AdBrief(
    "蓝牙门锁",
    selling_points=("关门自动上锁", "指纹 0.5 秒开门"),
    offer=Offer("新客", "减 50 元", "满 199 元"),
    original_price=OriginalPrice("399 元", "七日内最低成交价"),
)
RESULT = AdCopy(
    BRIEF,
    (FIRST, SECOND),
    ({"reason": "“国家级”违反广告法", "claim": "国家级品质"},),
    gaps=(Gap("price", "现在卖多少钱？"),),
)
BY_MODEL = replace(
    RESULT, variants=tuple(replace(v, ai_generated=True) for v in RESULT.variants), writer="openai:qwen3"
)


def write(result: AdCopy, path: Path, **more: Any) -> Path:
    """The file, written."""
    write_copy(result, path, **more)
    return path


def sheet_rows(path: Path) -> list[list[Any]]:
    """The cells of the review sheet."""
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path)["审核"].iter_rows()]


def custom_label(path: Path) -> Any:
    """The metadata label of an Office file."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read("docProps/custom.xml").decode()
    return json.loads(text.split("lpwstr>")[1].split("</")[0].replace("&quot;", '"'))["AIGC"]


# All formats


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_is_overwritten_unasked(tmp_path: Path, suffix: str) -> None:
    """A file that is there stays; asked to, it is replaced whole, and no temporary file is left."""
    path = tmp_path / f"文案.{suffix}"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="没有覆盖"):
        write(RESULT, path)
    assert path.read_text(encoding="utf-8") == "mine"
    write(RESULT, path, overwrite=True)
    assert path.stat().st_size > 100 and list(tmp_path.glob(".*")) == [] and stat.S_IMODE(path.stat().st_mode) & 0o400


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("copy.pdf", "不支持的格式：.pdf"),
        ("copy", "没有扩展名"),
        ("none/copy.md", "目录不存在"),
        ("folder.md", "是目录"),
    ],
)
def test_targets_that_are_refused(tmp_path: Path, name: str, told: str) -> None:
    """Unknown formats and folders that are not there are told before anything is written."""
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(InputError, match=told):
        write(RESULT, tmp_path / name)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_odd_texts_break_nothing(tmp_path: Path, suffix: str) -> None:
    """Control characters, markup, emoji, very long words, no fields at all: a file comes out and can be read."""
    odd = replace(FIRST, fields={"title": "<b>\x0b&\x00 👨‍👩‍👧 {{x}} ]]>", "body": "长" * 40000}, text="\x01x")
    result = replace(RESULT, variants=(odd, replace(FIRST, fields={}, counts={}, text="")))
    path = write(result, tmp_path / f"x.{suffix}")
    if suffix == "xlsx":
        assert len(sheet_rows(path)) == 3
    elif suffix == "docx":
        assert "👨‍👩‍👧" in docx.Document(str(path)).tables[0].cell(1, 1).text
    else:
        assert path.read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_variants_at_all(tmp_path: Path, suffix: str) -> None:
    """Where nothing could be written the file still says why."""
    path = write(replace(RESULT, variants=()), tmp_path / f"x.{suffix}")
    if suffix == "md":
        assert "“国家级”违反广告法" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_upper_case_suffixes(tmp_path: Path, suffix: str) -> None:
    """.XLSX is xlsx."""
    assert write(RESULT, tmp_path / f"x.{suffix.upper()}").stat().st_size


def test_channels_of_the_users_own(tmp_path: Path) -> None:
    """Names of channels and fields come from the table that is handed in."""
    own = {"xiaohongshu": Channel("xiaohongshu", "小红书门店号", (ChannelField("title", "封面字", 20, "xhs", "hard"),))}
    text = write(RESULT, tmp_path / "x.md", channels=own).read_text(encoding="utf-8")
    assert "小红书门店号" in text and "**封面字**（6/20 字）" in text


# Markdown and text


def test_markdown(tmp_path: Path) -> None:
    """Each variant with its exact text, counts and findings; brief, sources and what was left out behind."""
    text = write(RESULT, tmp_path / "x.md").read_text(encoding="utf-8")
    assert text.startswith("# 蓝牙门锁 · 文案 2 条\n\n## 1 · 小红书 · 痛点（a1b2c3d4）\n")
    assert "**标题**（6/20 字）\n\n```text\n=出门总忘锁门\n```" in text
    assert "```text\n#智能门锁\n#租房好物\n```" in text
    assert "- 【注意】正文“出门”：一句话不超过 25 个字" in text and "没有放下“指纹”：标题放不下" in text
    assert (
        "- 优惠：对象：新客；内容：减 50 元；门槛：满 199 元" in text and "- 原价：399 元（七日内最低成交价）" in text
    )
    assert "- 痛点写法（handbook/copy/pain.md）：“把麻烦写成一个场景，”" in text
    assert text.rstrip().endswith(RULE_LABEL) and AI_LABEL not in text


def test_text_to_paste() -> None:
    """One variant is its text and no more; all of them stand apart."""
    assert copy_text(RESULT, 1) == FIRST.text
    assert copy_text(RESULT) == f"{FIRST.text}\n\n────────\n\n{SECOND.text}"


@pytest.mark.parametrize("number", [0, 3, -1])
def test_variants_that_are_not_there(number: int) -> None:
    """Numbers start at 1."""
    with pytest.raises(InputError, match="没有第"):
        copy_text(RESULT, number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("门一关就锁[1]。省心 [2][3]", "门一关就锁。省心", id="citations"),
        pytest.param("## 标题\n**门一关** 就锁", "标题\n门一关 就锁", id="markdown"),
        pytest.param("看[这里](https://a.com/x)和`门锁`", "看这里 https://a.com/x和门锁", id="links"),
        pytest.param("#门锁 #租房#", "#门锁 #租房#", id="hash-tags"),
        pytest.param("https://a.com/?c=__CID__&d=__DID__", "https://a.com/?c=__CID__&d=__DID__", id="macros"),
        pytest.param("138****8000 和 139****9000", "138****8000 和 139****9000", id="masked-numbers"),
        pytest.param("【门锁】满 199 减 50 拒收请回复R", "【门锁】满 199 减 50 拒收请回复R", id="sms"),
        pytest.param("3*4*5 厘米，[x] 与 a_b_c", "3*4*5 厘米，[x] 与 a_b_c", id="no-markdown"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    """Marks go, what looks like them stays."""
    assert plain(text) == expected


# csv


def test_csv(tmp_path: Path) -> None:
    """UTF-8 with BOM; one row a variant; entries of lists apart, tags together; the label in a column."""
    data = write(RESULT, tmp_path / "x.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0]["标题"] == "'=出门总忘锁门" and rows[0]["话题"] == "#智能门锁 #租房好物"
    assert rows[0]["正文"].count("\n") == 1 and "标题 6/20 字；正文 22/1000 字" in rows[0]["字数"]
    assert [rows[1][name] for name in ("标题1", "标题2", "描述2")] == ["Locks Itself", "No Keys", "Opens by thumb."]
    assert rows[0]["编号"] == "a1b2c3d4" and rows[1]["编号"] == "202611220000001\t"
    assert rows[0]["没放下的关键词"] == "指纹" and rows[0]["生成方式"] == RULE_LABEL


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5°", "@所有人", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x"])
def test_formulas_are_disarmed(text: str) -> None:
    """What a spreadsheet would run begins with a quote."""
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("202611220000001", False),
        ("007", False),
        ("1e5", False),
        ("3-4", False),
        ("2026/11/1", False),
        ("12.5", True),
        ("199", True),
        ("满 199", True),
    ],
)
def test_numbers_that_would_change(text: str, kept: bool) -> None:
    """Long numbers, leading zeros, exponents and dates stay what they are."""
    assert csv_cell(text) == (text if kept else f"{text}\t")


# JSON Lines


def test_jsonl(tmp_path: Path) -> None:
    """One variant a line, as the contract has it, with product, writer and label."""
    lines = write(BY_MODEL, tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0])
    assert len(lines) == 2 and first["fields"]["tags"] == ["#智能门锁", "#租房好物"]
    assert (first["product"], first["writer"], first["label"], first["ai_generated"]) == (
        "蓝牙门锁",
        "openai:qwen3",
        AI_LABEL,
        True,
    )


# xlsx


def test_review_sheet(tmp_path: Path) -> None:
    """Fields as texts, counts in words, findings, and a state to be chosen."""
    header, first, second = sheet_rows(write(RESULT, tmp_path / "x.xlsx"))
    row = dict(zip(header, first, strict=True))
    assert (row["编号"], row["平台"], row["角度"], row["标题"]) == ("a1b2c3d4", "小红书", "痛点", "=出门总忘锁门")
    assert row["字数"].splitlines() == ["标题 6/20 字", "正文 22/1000 字", "话题 2 项，最长 5/20 字，建议值"]
    assert row["提示"].startswith("【注意】正文“出门”") and "指纹" in row["提示"]
    assert (row["状态"], row["审核意见"]) == ("待审", None)
    assert dict(zip(header, second, strict=True))["编号"] == "202611220000001"


def test_review_sheet_is_set_up(tmp_path: Path) -> None:
    """Header frozen, text wrapped, no formulas, a drop-down over exactly the rows, a second sheet with the sources."""
    book = openpyxl.load_workbook(write(RESULT, tmp_path / "x.xlsx"))
    sheet = book["审核"]
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref.startswith("A1:")
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"} and all(cell.alignment.wrap_text for cell in cells)
    (choice,) = sheet.data_validations.dataValidation
    state = next(cell.column_letter for cell in sheet[1] if cell.value == "状态")
    assert choice.formula1 == '"待审,通过,退回"' and str(choice.sqref) == f"{state}2:{state}3"
    assert all(8 < sheet.column_dimensions[cell.column_letter].width < 60 for cell in sheet[1])
    notes = [[cell.value for cell in row] for row in book["需求与引文"].iter_rows()]
    assert ["卖点", "关门自动上锁；指纹 0.5 秒开门", None, None] in notes
    assert ["引文", QUOTE.quote, "痛点写法 · handbook/copy/pain.md", "第 1 条"] in notes


def test_review_sheet_label(tmp_path: Path) -> None:
    """Properties name provider and content of what a model wrote, and say honestly when none did."""
    made = openpyxl.load_workbook(write(BY_MODEL, tmp_path / "a.xlsx"))
    assert made.properties.keywords == "人工智能生成,AI generated"
    assert (
        made.properties.description
        == "人工智能生成（AI generated）；服务提供者：openai:qwen3；内容编号：a1b2c3d4、202611220000001"
    )
    label = json.loads(made.custom_doc_props["AIGC"].value)["AIGC"]
    assert (label["Label"], label["ContentProducer"], label["ProduceID"]) == (
        "1",
        "openai:qwen3",
        "a1b2c3d4,202611220000001",
    )
    assert AI_LABEL in sheet_rows(tmp_path / "a.xlsx")[1]
    ruled = openpyxl.load_workbook(write(RESULT, tmp_path / "b.xlsx"))
    assert ruled.properties.description == RULE_LABEL and ruled.custom_doc_props.names == []


# docx


def test_document(tmp_path: Path) -> None:
    """A heading and a table for each variant, findings, sources, room for the verdict."""
    document = docx.Document(str(write(RESULT, tmp_path / "x.docx")))
    headings = [p.text for p in document.paragraphs if p.style and p.style.name.startswith("Heading")]
    assert headings[0] == "1　小红书 · 痛点" and headings[2:] == ["没有采用", "需求", "说明", "依据", "审核"]
    assert [[c.text for c in row.cells] for row in document.tables[0].rows] == [
        ["字段", "内容", "字数"],
        ["标题", "=出门总忘锁门", "6/20 字"],
        ["正文", FIRST.fields["body"], "22/1000 字"],
        ["话题", "#智能门锁\n#租房好物", "2 项，最长 5/20 字，建议值"],
    ]
    text = "\n".join(p.text for p in document.paragraphs)
    assert "【注意】正文“出门”" in text and "第 1 条 · 痛点写法（handbook/copy/pain.md）" in text
    assert "□ 通过" in document.tables[-1].cell(0, 1).text


def test_document_label(tmp_path: Path) -> None:
    """Visible line and footer, core properties and the metadata label when a model wrote it; honest words when not."""
    document = docx.Document(str(write(BY_MODEL, tmp_path / "a.docx")))
    assert [p.text for p in document.paragraphs].count(AI_LABEL) == 2
    assert AI_LABEL in document.sections[0].footer.paragraphs[0].text
    assert document.core_properties.keywords == "人工智能生成,AI generated"
    assert "服务提供者：openai:qwen3；内容编号：a1b2c3d4" in document.core_properties.comments
    assert custom_label(tmp_path / "a.docx")["ProduceID"] == "a1b2c3d4,202611220000001"
    ruled = docx.Document(str(write(RESULT, tmp_path / "b.docx")))
    assert ruled.core_properties.comments == RULE_LABEL and RULE_LABEL in ruled.sections[0].footer.paragraphs[0].text
    assert AI_LABEL not in "".join(p.text for p in ruled.paragraphs)


def test_mixed_writers(tmp_path: Path) -> None:
    """Where rules stood in for the model, the file says which variants are whose."""
    mixed = replace(BY_MODEL, variants=(replace(FIRST, ai_generated=True), SECOND))
    text = write(mixed, tmp_path / "x.md").read_text(encoding="utf-8")
    assert f"第 1 条：{AI_LABEL}。其余：{RULE_LABEL}。" in text and text.count(f"*{AI_LABEL}*") == 1


def test_properties_fit() -> None:
    """Office holds 255 characters: of many ids as many as fit, and how many there are."""
    many = replace(BY_MODEL, variants=tuple(replace(FIRST, id=f"id{n:010}", ai_generated=True) for n in range(40)))
    keywords, comments = properties(many)
    assert max(len(keywords), len(comments)) <= 255 and comments.endswith(" 等 40 条")


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (Count(18, 20, "xhs", "hard"), "18/20 字"),
        (Count(36, 60, "width", "hard"), "36/60 字符，汉字算 2"),
        (Count(81, 500, "sms", "hard", segments=2), "81/500 字，计 2 条"),
        (Count(12, 30, "char", "hard", (12, 9, 7)), "3 项，最长 12/30 字"),
        (Count(130, 125, "char", "truncated"), "130/125 字，超出会被折叠"),
        (Count(9, 0, "char", "recommended"), "9 字"),
    ],
)
def test_counts_in_words(count: Count, expected: str) -> None:
    """How long, of how much, in what, and what the limit is."""
    assert count_text(count) == expected
