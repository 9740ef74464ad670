"""Reports of many voices and of one diagnosis: every format opens again, and nothing a user wrote does anything."""

import io
import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from copilot.diagnosis import (
    CheapTest,
    Cluster,
    Diagnosis,
    Intensity,
    JobStory,
    Need,
    NeedShare,
    Option,
    Rung,
    SimilarCase,
    Span,
    Voice,
    VoiceReport,
)
from copilot.errors import InputError
from copilot.export.diagnosis import diagnosis_lines
from copilot.export.voice import FORMATS, write_diagnosis, write_report
from copilot.export.voice_markdown import voice_markdown
from copilot.export.voice_page import voice_html
from copilot.export.voice_parts import report_lines, summary_lines
from copilot.export.voice_sheet import voice_xlsx
from copilot.types import Citation

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
FORMULA = '=HYPERLINK("http://evil.example","点我")'
MERMAID = 'a"]; click b "javascript:alert(1)" %%{init}%% `x` | y\n```'
CITE = Citation(1, "d", "corpus/cases/a.md", "案例集", "深色", "夜里刺眼的是对比度。", 0, 10, 0.8)


def diagnosis(voice: str = "希望增加深色模式，晚上看太刺眼") -> Diagnosis:
    """A diagnosis with something in every part."""
    need = Need(
        "夜里看屏幕的人被亮光刺得看不下去", "原话说了晚上。", 0.62, Span(voice[9:15], 9, 15), "白天也说就不成立。",
        "看 22 点后的占比，不到两成就推翻。", "先把夜里的亮度调低。", (1,),
    )  # fmt: skip
    options = (
        Option("把默认底色调暗一档", 3, 1, 3.0, "收益、成本都是估计", "0.5–1 人日", "夜间退出率"),
        Option("照做：增加深色模式", 4, 4, 1.0, "收益是数据", "8–12 人日", "夜间时长"),
        Option("不做：夜里的人照旧关掉", 1, 1, 1.0, "估计", "0 人日", "同类反馈条数"),
    )
    return Diagnosis(
        voice, "request", True, "照原话做只治标。", "本周先调暗一档。", ("churn",), None, Span(voice[9:11], 9, 11), None,
        Span(voice[4:8], 4, 8), Span(voice[11:15], 11, 15), None, None, Intensity(voice[12:13], 12, 13, 1.5), (need,),
        (Rung("太刺眼", "quoted"), Rung("看不下去就关掉", "assumed")), "partly", "亮度降了，对比度没变。",
        ("您说“太刺眼”，最近一次是哪天？",), options, JobStory("夜里躺下", "看得下去", "不伤眼"),
        CheapTest("给一半人调暗一档", "退出率降两成才做"), "要解决夜里刺眼。", "reframe", "medium", "产品经理",
        "谢谢您，我们记下了。", (SimilarCase(1, "案例集", "深色", "怕旁人看见"),), (CITE,),
    )  # fmt: skip


def cluster(number: int, label: str, quote: str, **more: Any) -> Cluster:
    """A cluster of one row."""
    given: dict[str, Any] = {
        "id": number, "size": 1, "users": 1, "label": f"{label}（1 人）", "keywords": (label[:8],),
        "kinds": {"request": 1}, "representatives": (number,), "quotes": (quote,), "score": 1.5,
        "needs": (NeedShare("夜里看屏幕的人：刺眼", (number,), 1),), "diagnosis": diagnosis(), "asking": 1,
        "intensity": 1.5, "trend": (("2026-10-05", 1), ("2026-10-12", 0), ("2026-10-19", 0)),
        "change": "数据太少：看不出变化",
    }  # fmt: skip
    return Cluster(**(given | more))


@pytest.fixture
def report() -> VoiceReport:
    """Three clusters whose texts try something, and a row without a cluster."""
    texts = [SCRIPT, FORMULA, MERMAID]
    clusters = tuple(cluster(n, text, text) for n, text in enumerate(texts, 1))
    voices = tuple(Voice(n, text, f"用户{n}", "2026-10-05", "request", cluster=n) for n, text in enumerate(texts, 1))
    voices += (Voice(4, "+1", "用户4", "", "other", reason="没有说到具体的事"), Voice(5, "-2 分@x", reason="空的"))
    return VoiceReport(
        rows=5, by_kind={"request": 3, "other": 2}, clusters=clusters,
        unclustered=({"row": 4, "reason": "没有说到具体的事"}, {"row": 5, "reason": "空的"}), voices=voices,
        columns={"voice": "反馈"}, notes=("要逐条先看：涉及人身安全的 1 条，第 3 行", "没有日期列"),
        formula="得分 = 人数 × 强度\n第 1 类：1 人 × 1.5 = 1.5", citations=(CITE,), people=4,
    )  # fmt: skip


def sheets(report: VoiceReport) -> Any:
    """The workbook as read again."""
    return openpyxl.load_workbook(io.BytesIO(voice_xlsx(report)))


def test_the_summary_says_what_matters_first(report: VoiceReport) -> None:
    """How many, what to do first, what must be looked at, what was left out and why."""
    lines = summary_lines(report)
    assert lines[0] == "5 行反馈，4 人；归成 3 类（3 行），没有归类 2 行。"
    assert [line[:4] for line in lines[1:4]] == ["先做 1", "先做 2", "先做 3"] and "本周先调暗一档" in lines[1]
    assert "人身安全" in lines[4] and "没有说到具体的事，1 行" in lines[-1]


def test_a_terminal_gets_summary_and_clusters(report: VoiceReport) -> None:
    """Each leading cluster with its score, a quote with its row, and what it holds."""
    lines = report_lines(report)
    assert lines[: len(summary_lines(report))] == summary_lines(report)
    assert any(line.startswith(f"2. {FORMULA}（1 人）　得分 1 × 1.5 = 1.5") for line in lines)
    assert f"   “{FORMULA}”（第 2 行）" in lines and "   · 夜里看屏幕的人：刺眼（1 人）" in lines


def test_the_workbook_has_its_sheets(report: VoiceReport) -> None:
    """Summary, clusters, rows, method; headers stay, filters and widths are set."""
    book = sheets(report)
    assert book.sheetnames == ["摘要", "图", "聚类", "明细", "方法"]
    for name in ("聚类", "明细"):
        sheet = book[name]
        assert sheet.freeze_panes == "C2" and sheet.auto_filter.ref.startswith("A1:")
        assert sheet.column_dimensions["B"].width > 30
    assert [cell.value for cell in book["明细"]["A"]][1:] == [1, 2, 3, 4, 5]


def test_no_text_becomes_a_formula(report: VoiceReport) -> None:
    """Cells that begin with = + - @ are texts, marked as such."""
    book = sheets(report)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type != "f" for cell in cells)
    risky = [cell for cell in cells if isinstance(cell.value, str) and cell.value[0] in "=+-@"]
    assert len(risky) >= 3 and all(cell.quotePrefix and cell.number_format == "@" for cell in risky)


def test_the_workbook_has_charts_of_its_own(report: VoiceReport) -> None:
    """Kinds, clusters, trend, value and cost; they refer to cells."""
    with zipfile.ZipFile(io.BytesIO(voice_xlsx(report))) as archive:
        charts = [archive.read(name).decode() for name in archive.namelist() if re.search(r"charts/chart\d", name)]
    kinds = {kind for chart in charts for kind in ("pieChart", "barChart", "lineChart", "bubbleChart") if kind in chart}
    assert kinds == {"pieChart", "barChart", "lineChart", "bubbleChart"}
    assert all("'图'!$" in chart for chart in charts)


def test_the_document_opens(report: VoiceReport, tmp_path: Path) -> None:
    """Summary, contents with links to the parts, a page for each cluster, its diagnosis, bars, method."""
    write_report(report, tmp_path / "r.docx")
    document = docx.Document(str(tmp_path / "r.docx"))
    headings = [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 1"]
    assert headings[:2] == ["目录", "各类一览"] and headings[-2:] == ["没有归类的反馈", "方法"] and len(headings) == 7
    xml = document.element.xml
    anchors = re.findall(r'w:anchor="(part\d+)"', xml)
    assert anchors == re.findall(r'w:bookmarkStart [^>]*w:name="(part\d+)"', xml) and len(anchors) == 6
    assert any("█" in cell.text for table in document.tables for cell in table.columns[-1].cells)
    assert xml.count('w:type="page"') >= 4 and "先看这里" in [p.text for p in document.paragraphs]


class Page(HTMLParser):
    """Tags with their attributes, and the text outside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag if tag in ("script", "style") else self.inside

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        self.text += "" if self.inside else data


def test_the_page_needs_nothing_and_runs_nothing(report: VoiceReport) -> None:
    """No address is loaded, a policy forbids it; users' tags are text, in charts as well."""
    source = voice_html(report).decode()
    page = Page()
    page.feed(source)
    assert not [attrs for tag, attrs in page.tags if tag in ("img", "link", "iframe") or attrs.get("src")]
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    assert SCRIPT in page.text and source.count("alert(1)</script>") == 0
    assert all(not (attrs.get("href") or "#").startswith("http") for _, attrs in page.tags)
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv"))
    assert policy is not None and policy.startswith("default-src 'none'")
    figures = re.findall(r'Plotly\.newPlot\(\s*"chart\d"', source)
    assert len(figures) == 4 and "<img" not in "".join(re.findall(r'"text":\[[^\]]*\]', source))


def test_the_page_prints_and_darkens(report: VoiceReport) -> None:
    """Print and dark styles, a width for telephones."""
    source = voice_html(report).decode()
    assert "@media print" in source and "prefers-color-scheme:dark" in source and "width=device-width" in source


def test_markdown_escapes_for_itself_and_for_mermaid(report: VoiceReport) -> None:
    """No fence is closed early, no quote ends a name, no pipe a cell, no tag is one."""
    source = voice_markdown(report).decode()
    fences = [line for line in source.splitlines() if line.startswith("```")]
    assert fences == ["```mermaid", "```"] * 4
    blocks = re.findall(r"```mermaid\n(.*?)\n```", source, re.S)
    assert [block.split()[0] for block in blocks] == ["pie", "xychart-beta", "xychart-beta", "quadrantChart"]
    assert all(line.count('"') % 2 == 0 for block in blocks for line in block.splitlines())
    assert not re.search(r"click |%%|javascript:", "\n".join(blocks)) or '"javascript' not in "\n".join(blocks)
    rest = re.sub(r"```mermaid\n.*?\n```", "", source, flags=re.S)
    assert "<script" not in rest and "<img" not in rest
    tables = [line for line in rest.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables} <= {3, 4, 6, 8, 11}


def test_json_is_the_whole_and_jsonl_the_rows(report: VoiceReport, tmp_path: Path) -> None:
    """The contract's keys; every row once."""
    write_report(report, tmp_path / "r.json")
    write_report(report, tmp_path / "r.jsonl")
    whole = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert whole == json.loads(json.dumps(report.to_dict()))
    assert {"rows", "by_kind", "clusters", "unclustered"} <= set(whole)
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["row"] for line in lines] == [1, 2, 3, 4, 5] and lines[0]["need"] == "夜里看屏幕的人：刺眼"


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_empty_report_is_written_too(suffix: str, tmp_path: Path) -> None:
    """No cluster, one blank row: no format stumbles."""
    voice = Voice(1, "", reason="这一行是空的")
    left = ({"row": 1, "reason": "这一行是空的"},)
    empty = VoiceReport(1, {"other": 1}, (), left, (voice,), {"voice": "反馈"}, (), "得分 = 人数 × 强度")
    write_report(empty, tmp_path / f"r{suffix}")
    assert (tmp_path / f"r{suffix}").stat().st_size > 0


def test_a_file_is_not_overwritten_unasked(report: VoiceReport, tmp_path: Path) -> None:
    """Only with overwrite; unknown formats are refused."""
    write_report(report, tmp_path / "r.md")
    with pytest.raises(InputError, match="已经存在"):
        write_report(report, tmp_path / "r.md")
    write_report(report, tmp_path / "r.md", overwrite=True)
    with pytest.raises(InputError, match="不支持"):
        write_report(report, tmp_path / "r.pdf")


# One diagnosis


def test_the_first_screen_is_verdict_week_and_reply() -> None:
    """D6: in this order, before all else."""
    lines = diagnosis_lines(diagnosis())
    assert lines[0] == "先看这里"
    assert [line.strip().split("：")[0] for line in lines[1:4]] == ["结论", "本周", "回复用户"]


def test_a_diagnosis_tells_all_its_parts() -> None:
    """Needs with their evidence, whys with their basis, questions, options, test, story, requirement, cases, sources."""
    text = "\n".join(diagnosis_lines(diagnosis()))
    for part in (
        "H1（把握 62%）：夜里看屏幕的人被亮光刺得看不下去[1]", "依据：原话“晚上看太刺眼”", "怎样推翻：看 22 点后",
        "1. 太刺眼（原话）", "2. 看不下去就关掉（假设）", "只治标：亮度降了", "您说“太刺眼”，最近一次是哪天？",
        "· 把默认底色调暗一档", "收益÷成本 3；收益、成本都是估计", "门槛：退出率降两成才做",
        "当夜里躺下，我想看得下去，以便不伤眼。", "要解决夜里刺眼。", "换个做法；紧急程度中；产品经理负责",
        "[1] 案例集 › 深色：怕旁人看见", "[1] 案例集 › 深色：“夜里刺眼的是对比度。”", "留意：要走",
    ):  # fmt: skip
        assert part in text


def test_a_praise_has_only_what_it_needs() -> None:
    """No empty headings."""
    thanks = Diagnosis("很好用", "praise", True, "这是表扬。", "本周道谢。", reply="谢谢您！", next_step="thank")
    titles = [line for line in diagnosis_lines(thanks) if line and not line.startswith(" ")]
    assert titles == ["先看这里", "原话", "下一步"]


@pytest.mark.parametrize("suffix", [".md", ".docx"])
def test_one_diagnosis_is_written(suffix: str, tmp_path: Path) -> None:
    """As Markdown and as a document, users' marks escaped."""
    path = tmp_path / f"d{suffix}"
    write_diagnosis(replace(diagnosis(), voice=SCRIPT), path)
    if suffix == ".md":
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text and "## 可选的做法" in text and "| --- |" in text
    else:
        document = docx.Document(str(path))
        assert SCRIPT in "\n".join(p.text for p in document.paragraphs)
        assert document.tables[0].cell(1, 0).text == "把默认底色调暗一档"
