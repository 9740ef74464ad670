"""A plan as Markdown, JSON and lines: nothing is lost, Mermaid stays readable, texts of users do nothing."""

import dataclasses
import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from copilot.errors import InputError
from copilot.export.plan import FORMATS, plan_lines, write_plan
from copilot.export.plan_markdown import plan_markdown
from copilot.export.plan_parts import (
    appendices,
    blocks_of,
    chapters,
    facts,
    line,
    numeral,
    pieces,
    quote,
    short_task,
    steps,
)
from copilot.library import Library
from copilot.plans import Plan, PlanGap
from copilot.tasks.plan import plan as make_plan
from copilot.text.counters import count
from copilot.types import Citation, Finding

HOSTILE = (
    '=1+1 a:b;c#d,e "x" `y` *z* [点我](javascript:alert(1)) ![](http://e.example/p.png) <b>|</b>\n```\n\x00\u202e$q$'
)
GIVEN: dict[str, Any] = {
    "product": "青禾读书", "goal": "拉新", "target": "注册 1 万人", "budget": "5万", "start": "2026-12-01",
    "end": "2026-12-21", "channels": "巨量引擎信息流、小红书、达人", "audience": "想系统读书的上班族",
    "selling_points": ["每天 15 分钟听完一本书"], "team": ["运营负责人：王敏"],
}  # fmt: skip
TASK = re.compile(r"    (\d+) ([^:;#,\n]+) :((?:milestone, |crit, )*)t(\d+), (\d{4}-\d\d-\d\d), (\d{4}-\d\d-\d\d|0d)")


@pytest.fixture(scope="module")
def plan(handbook: Library) -> Plan:
    """A plan for three channels whose budget does not reach its target."""
    return make_plan(handbook, GIVEN, today=date(2026, 11, 23))


@pytest.fixture(scope="module")
def hostile(plan: Plan) -> Plan:
    """The same plan with texts that try something wherever a text may come from outside."""
    swap = dataclasses.replace
    return swap(
        plan, title=HOSTILE, notes=(HOSTILE,), dropped=(HOSTILE,), missing=(PlanGap("x", HOSTILE, HOSTILE),),
        brief=swap(plan.brief, product=HOSTILE),
        schedule=tuple(swap(task, task=f"{task.owner} {HOSTILE}", phase=HOSTILE) for task in plan.schedule),
        funnel=tuple(swap(stage, stage=HOSTILE, unit=HOSTILE) for stage in plan.funnel),
        budget=tuple(swap(one, item=HOSTILE) for one in plan.budget),
        citations=tuple(swap(c, title=HOSTILE, section=HOSTILE, quote=HOSTILE, source=HOSTILE) for c in plan.citations),
        sections=tuple(swap(s, title=HOSTILE, body=f"{HOSTILE}\n\n{s.body}") for s in plan.sections[:3])
        + plan.sections[3:],
    )  # fmt: skip


def mermaid(text: str) -> list[list[str]]:
    """The lines of each Mermaid chart."""
    return [chart.split("\n") for chart in re.findall(r"^```mermaid\n(.*?)\n```$", text, re.S | re.M)]


def gantt(text: str) -> list[str]:
    """The lines of the Gantt chart."""
    return next(chart for chart in mermaid(text) if chart[0] == "gantt")


# Markdown


def test_all_chapters_stand_in_order(plan: Plan) -> None:
    """Every section with its number, then the open questions and the citations."""
    found = re.findall(r"^## (.+)$", plan_markdown(plan), re.M)
    assert found == [*(title for title, _ in chapters(plan)), *(part.title for part in appendices(plan))]
    assert found[0].startswith("一、摘要")
    assert found[-3:] == ["附 1 待补充的信息", "附 2 全部渠道通用的合规条目", "附 3 引用"]


def test_the_title_block_says_who_and_how_much(plan: Plan) -> None:
    """Product, goal, period, budget with its mark, owner, approver, status."""
    told = dict(facts(plan))
    assert told["预算"] == "50,000 元（给定）" and told["周期"] == "2026-12-01 至 2026-12-21，21 天（给定）"
    assert told["状态"] == "待审批" and told["审批人"] == "运营负责人王敏"
    assert told["目标"] == "拉新：注册人数 10,000 人（给定）"
    assert all(f"| {name} | {value} |" in plan_markdown(plan) for name, value in told.items())


def test_what_was_not_given_is_marked(handbook: Library) -> None:
    """A budget and a period that the brief leaves out are assumed, and said to be."""
    told = dict(facts(make_plan(handbook, {"product": "青禾读书", "goal": "拉新"}, today=date(2026, 11, 23))))
    assert told["预算"].endswith("元（假设）") and told["周期"].endswith("天（假设）")


def test_every_sentence_of_the_bodies_is_there(plan: Plan) -> None:
    """Bodies are escaped, not changed: without the escapes they are the same."""
    text = re.sub(r"\\(.)", r"\1", plan_markdown(plan))
    for section in plan.sections:
        for block in blocks_of(section.body):
            told = f"| {' | '.join(block.rows[-1])} |" if block.rows else block.text
            assert told in text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"), told


def test_every_citation_of_the_bodies_stands_in_the_list(plan: Plan) -> None:
    """Each [n] leads to an entry with source, section and quote; each entry is there once."""
    body, _, tail = plan_markdown(plan).partition("附 3 引用")
    listed = re.findall(r"^- \[(\d+)\] (.+)：“(.+)”（(.+)）$", tail, re.M)
    assert [int(one[0]) for one in listed] == [c.n for c in plan.citations]
    cited = set(re.findall(r"\[(\d+)\]", body))
    assert cited and cited <= {one[0] for one in listed}


def test_each_task_of_the_chart_is_one_of_the_table(plan: Plan) -> None:
    """Number, name, id and dates of every task; milestones and critical tasks are tagged."""
    rows = [TASK.fullmatch(row) for row in gantt(plan_markdown(plan)) if re.match(r"    \d", row)]
    assert len(rows) == len(plan.schedule) and all(rows)
    for n, (row, task) in enumerate(zip(rows, plan.schedule, strict=True), 1):
        assert row and (row[1], row[4]) == (str(n), str(n))
        assert ("milestone" in row[3], "crit" in row[3]) == (task.milestone, task.critical)
        assert row[5] == f"{task.start}" and row[6] == ("0d" if task.milestone else f"{task.end}")
    assert any(task.milestone for task in plan.schedule) and any(task.critical for task in plan.schedule)


def test_the_chart_names_its_calendar(plan: Plan) -> None:
    """Ends are inclusive; weekends are free, holidays in the week too, weekends worked for them are not."""
    task = dataclasses.replace(plan.schedule[0], start=date(2026, 9, 28), end=date(2026, 10, 12))
    chart = gantt(plan_markdown(dataclasses.replace(plan, schedule=(task,))))
    assert chart[0] == "gantt" and "    dateFormat YYYY-MM-DD" in chart and "    inclusiveEndDates" in chart
    free = next(row for row in chart if row.startswith("    excludes weekends, "))
    assert "2026-10-01" in free and "2026-10-07" in free and "2026-10-10" not in free
    assert "    includes 2026-10-10" in chart


def test_the_flow_shows_the_figures_of_the_funnel(plan: Plan) -> None:
    """A node for each stage, between them what part goes on."""
    chart = next(chart for chart in mermaid(plan_markdown(plan)) if chart[0] == "flowchart LR")
    nodes = re.findall(r'^    s\d\["(.+)<br/>([\d,]+) (.+)"\]$', "\n".join(chart), re.M)
    assert nodes == [(s.stage, f"{int(s.value):,}", s.unit) for s in plan.funnel]
    shares = re.findall(r'-->\|"(.+)"\|', "\n".join(chart))
    assert shares == [step.replace("%", "％") for step in steps(plan.funnel)] and len(shares) == len(nodes) - 1


def test_charts_stand_behind_their_tables(plan: Plan) -> None:
    """The Gantt chart in the schedule, the flow in the path."""
    parts = re.split(r"^## ", plan_markdown(plan), flags=re.M)
    with_chart = {part.split("\n")[0].partition("、")[2]: part for part in parts if "```mermaid" in part}
    assert list(with_chart) == ["路径与漏斗", "排期"]
    assert all("| --- |" in part.partition("```mermaid")[0] for part in with_chart.values())


def test_texts_of_users_do_nothing_in_markdown(hostile: Plan) -> None:
    """No link, picture, tag, fence or heading comes of them; charts keep their form."""
    text = plan_markdown(hostile)
    assert len(re.findall(r"^\s*```", text, re.M)) == 2 * len(mermaid(text)) == 4
    prose = re.sub(r"^```mermaid\n.*?\n```$", "", text, flags=re.S | re.M)
    assert not re.search(r"(?<!\\)\]\(", prose) and not re.search(r"<(?!/?br)", prose)
    assert not re.search(r"(?<!\\)[`$]", prose) and "\x00" not in text and "\u202e" not in text
    assert len(re.findall(r"^## ", text, re.M)) == len(hostile.sections) + len(appendices(hostile))
    rows = [row for row in gantt(text) if re.match(r"    \d", row)]
    assert len(rows) == len(hostile.schedule) and all(TASK.fullmatch(row) for row in rows)
    assert all(re.fullmatch(r"    section [^:;#,]+", row) for row in gantt(text) if "section" in row)


def test_a_citation_never_becomes_a_link(plan: Plan) -> None:
    """A known [n] stays as it is; with an address behind it, it is escaped."""
    section = dataclasses.replace(plan.sections[0], body="先做这件事[1]。再看[2](http://e.example)。")
    text = plan_markdown(dataclasses.replace(plan, sections=(section,)))
    assert "先做这件事[1]。" in text and r"\[2\](http" in text


def test_a_list_stays_a_list(plan: Plan) -> None:
    """A sentence that begins like a list or an underlined heading is a sentence."""
    section = dataclasses.replace(plan.sections[0], body="1. 甲\n\n=乙\n\n+ 丙")
    text = plan_markdown(dataclasses.replace(plan, sections=(section,)))
    assert "\n1\\. 甲\n" in text and "\n\\=乙\n" in text and "\n\\+ 丙\n" in text


def test_findings_notes_and_copy_stand_behind(plan: Plan) -> None:
    """What a check found, what was understood or given up, what adcopy wrote."""
    finding = Finding("x", "", "ban", "", 0, 2, "最好", "广告法第九条", "删去")
    copied = (dataclasses.replace(plan.materials[0], copy=("第一版正文", "第二版正文")), *plan.materials[1:])
    more = dataclasses.replace(plan, findings=(finding,), notes=("按 30 天算",), dropped=("改了数",), materials=copied)
    text = plan_markdown(more)
    titles = ["待补充的信息", "检查出的问题", "全部渠道通用的合规条目", "说明", "物料文案", "引用"]
    assert [part.title[4:] for part in appendices(more)] == titles
    assert "“最好” 广告法第九条 删去" in text and "没有采用：改了数" in text and "- 第二版正文" in text


def test_a_model_is_named(plan: Plan) -> None:
    """A plan that a model worded carries the label of generated texts."""
    assert "*由规则模板生成，未使用人工智能模型。*" in plan_markdown(plan)
    assert "*本文由人工智能生成。*" in plan_markdown(dataclasses.replace(plan, writer="openai:x"))


# Parts


def test_chapters_are_counted_in_chinese() -> None:
    """One to ninety-nine."""
    assert [numeral(n) for n in (1, 10, 11, 20, 22, 99)] == ["一", "十", "十一", "二十", "二十二", "九十九"]


def test_a_body_comes_apart() -> None:
    """Headings, bullets, paragraphs, tables with their empty cells."""
    blocks = blocks_of("### 甲\n\n- 乙[1]。\n丙。\n\n| a | b | c |\n| --- | --- | --- |\n| 1 |  |  |\n\n- 丁")
    assert [(b.kind, b.text) for b in blocks] == [
        ("head", "甲"), ("bullet", "乙[1]。"), ("text", "丙。"), ("table", ""), ("bullet", "丁")
    ]  # fmt: skip
    assert blocks[3].rows == (("a", "b", "c"), ("1", "", ""))


def test_a_sentence_comes_apart() -> None:
    """Marks and citations are found, other brackets are not."""
    text = "要 5 元（给定），只够 7 人（很难）（按假设测算）[12][3]，无据（假设：库里没有依据）。"
    found = pieces(text)
    assert "".join(piece for _, piece in found) == text
    marks = [piece for kind, piece in found if kind == "mark"]
    assert marks == ["（给定）", "（按假设测算）", "（假设：库里没有依据）"]
    assert [piece for kind, piece in found if kind == "cite"] == ["[12]", "[3]"]


def test_control_characters_go() -> None:
    """Also those that turn the direction of writing."""
    assert line("a\x00b\u202ec\r\nd\u2066 \ud800e") == "a b c d e"


def test_a_quote_loses_its_markup() -> None:
    """Bullets, emphasis and line breaks of the source are no part of what it says."""
    cite = Citation(1, "d", "a.md", "甲", "甲 › 乙", "- **用户**：陌生人\n\n## 丙\n1. `丁`", 0, 9, 1.0)
    assert quote(cite) == "用户：陌生人 丙 丁"


def test_a_task_is_named_without_who_and_when(plan: Plan) -> None:
    """What stands in other columns is not said again."""
    for task in plan.schedule:
        short = short_task(task)
        assert short and not short.startswith(task.owner) and f"{task.start.month}/{task.start.day}" not in short[:8]


# Lines and files


def test_lines_hold_what_matters(plan: Plan) -> None:
    """Title, summary, every stage, every line of the budget, every task, what is missing, where the rest is."""
    lines = plan_lines(plan)
    text = "\n".join(lines)
    assert lines[0] == plan.title and plan.sections[0].body[:20] in text
    assert max(count(row, "width") for row in lines) <= 100
    assert all(f"{int(stage.value):,}" in text for stage in plan.funnel)
    budget = lines[lines.index("预算") + 2 :][: len(plan.budget) + 1]
    assert [row.split()[0] for row in budget] == [*(one.category for one in plan.budget), "合计"]
    days = lines[lines.index("排期") + 2 :][: len(plan.schedule)]
    assert [int(row.split()[0]) for row in days] == list(range(1, len(plan.schedule) + 1))
    assert "客单价多少元" in text and lines[-1].startswith(f"全文 {len(plan.sections)} 节")


def test_columns_are_aligned(plan: Plan) -> None:
    """The owner begins at the same column in every row of the schedule."""
    lines = plan_lines(plan)
    rows = lines[lines.index("排期") + 2 :][: len(plan.schedule)]
    starts = {
        count(row[: row.index(f"  {task.owner}")], "width") for row, task in zip(rows, plan.schedule, strict=True)
    }
    assert len(starts) == 1


def test_lines_of_hostile_texts_stay_lines(hostile: Plan) -> None:
    """No control character reaches the terminal, no line is too wide."""
    lines = plan_lines(hostile)
    assert all(row.isprintable() for row in lines) and max(count(row, "width") for row in lines) <= 100


def test_json_is_all_of_it(plan: Plan, tmp_path: Path) -> None:
    """The file holds what `to_dict` says."""
    write_plan(plan, tmp_path / "方案.json")
    assert json.loads((tmp_path / "方案.json").read_text(encoding="utf-8")) == json.loads(json.dumps(plan.to_dict()))


def test_the_suffix_decides(plan: Plan, tmp_path: Path) -> None:
    """Also in capitals; the same plan gives the same file."""
    write_plan(plan, tmp_path / "a.MD")
    write_plan(plan, tmp_path / "b.md")
    assert (tmp_path / "a.MD").read_bytes() == (tmp_path / "b.md").read_bytes() == plan_markdown(plan).encode()


def test_nothing_is_overwritten_unasked(plan: Plan, tmp_path: Path) -> None:
    """A file that is there stays, an unknown format is refused with those that are known."""
    write_plan(plan, tmp_path / "a.md")
    with pytest.raises(InputError, match="已经存在"):
        write_plan(plan, tmp_path / "a.md")
    write_plan(plan, tmp_path / "a.md", overwrite=True)
    with pytest.raises(InputError) as caught:
        write_plan(plan, tmp_path / "a.pptx")
    assert all(suffix in caught.value.hint for suffix in FORMATS)
    assert FORMATS == (".docx", ".xlsx", ".md", ".html", ".json")


def test_formats_are_known_without_their_libraries() -> None:
    """To check a file's name before long work loads no library of a format."""
    code = "import sys, copilot.export.plan; print({'docx', 'openpyxl', 'plotly'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
