"""The page of a plan: whole without the net, nothing of a user's runs, and its charts hold the plan's own figures."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from copilot.arithmetic.workdays import is_workday
from copilot.export.plan_charts import budget_figure, funnel_figure, gantt_figure, sensitivity_figure
from copilot.export.plan_page import plan_html
from copilot.export.plan_parts import chapters
from copilot.library import Library
from copilot.plans import Plan, plain
from copilot.tasks.plan import plan as make_plan

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
BOLD = '<b>粗</b><a href="javascript:alert(3)">点</a>'
FIGURES = (gantt_figure, budget_figure, funnel_figure, sensitivity_figure)
BRIEF = {
    "product": "青禾读书", "goal": "拉新", "target": "注册 1 万人", "budget": "5万", "start": "2026-09-21",
    "end": "2026-10-11", "channels": "巨量引擎信息流、小红书、达人", "audience": "25–35 岁想系统读书的上班族",
    "selling_points": ["每天 15 分钟听完一本书"], "team": ["运营负责人：王敏"],
}  # fmt: skip


@pytest.fixture(scope="module")
def plan(handbook: Library) -> Plan:
    """A plan whose days hold weekends, a holiday and a weekend that is worked for it."""
    return make_plan(handbook, BRIEF, today=date(2026, 8, 31))


@pytest.fixture(scope="module")
def hostile(plan: Plan) -> Plan:
    """The plan with markup in everything that comes from a user."""
    tasks = tuple(replace(task, task=f"{SCRIPT}{task.task}", owner=BOLD) for task in plan.schedule)
    funnels = tuple(replace(one, title=SCRIPT) for one in plan.channel_funnels)
    lines = tuple(replace(one, item=SCRIPT, note=BOLD) for one in plan.budget)
    bodies = tuple(
        replace(one, body=f"{one.body}\n\n- {SCRIPT}{BOLD} [1] \u202e\x00\n\n### {BOLD}") for one in plan.sections
    )
    cites = tuple(replace(one, quote=SCRIPT, title=BOLD, source=SCRIPT) for one in plan.citations)
    materials = tuple(replace(one, title=BOLD, copy=(f"{SCRIPT}\n第二行",)) for one in plan.materials)
    return replace(
        plan, title=SCRIPT, brief=replace(plan.brief, product=SCRIPT, competitors=(BOLD,)), schedule=tasks, budget=lines,
        channel_funnels=funnels, sections=bodies, citations=cites, materials=materials, notes=(SCRIPT,),
    )  # fmt: skip


class Page(HTMLParser):
    """Tags with their attributes, scripts by their type, and the text outside scripts and styles."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str, str]] = []
        self.text = ""
        self.inside = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag if tag in ("script", "style") else self.inside
        if tag == "script":
            self.scripts.append((dict(attrs).get("type") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        self.text += "" if self.inside else data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def source(plan: Plan) -> str:
    """The page as it is written."""
    return plan_html(plan)


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    """The page as it is read."""
    return Page(source)


def some(figure: Any) -> Any:
    """A figure that must be there."""
    assert figure is not None
    return figure


# The page


def test_every_section_is_there_and_in_the_contents(plan: Plan, page: Page) -> None:
    """In the plan's order, then approval, open questions, citations; the contents lead to each."""
    ids = [attrs["id"] for attrs in page.named("section")]
    assert ids[: len(plan.sections)] == [section.id for section in plan.sections] and "sign" in ids
    links = [attrs["href"] for attrs in page.named("a") if "class" not in attrs and "aria-label" not in attrs]
    assert links == [f"#{id}" for id in ids]
    assert all(title in page.text for title, _ in chapters(plan))


def test_all_that_a_section_says_is_on_the_page(plan: Plan, page: Page) -> None:
    """Every sentence and every cell."""
    for section in plan.sections:
        for line in section.body.splitlines():
            parts = re.split(r"\[\d+\]|（[^（）]*(?:给定|假设)[^（）]*）| \| |^\| | \|$|^- |^#+ ", line)
            for part in parts:
                assert part.strip(" |-") in page.text, (section.id, part)


def test_the_page_needs_nothing_from_outside(source: str, page: Page) -> None:
    """No address is loaded, and a policy forbids it; it stays below 6 MB."""
    assert not [attrs for _, attrs in page.tags if attrs.get("src") or attrs.get("action")]
    assert {(attrs.get("href") or "")[:1] for tag, attrs in page.tags if tag == "a"} == {"#"}
    assert [attrs["href"] for attrs in page.named("link")] == ["data:,"]
    assert not re.search(r"@import|url\(", source[source.index("<style>") : source.index("</style>")])
    assert source.count("plotly.js v") == 1 and len(source.encode()) < 6_000_000


def test_the_policy_names_the_scripts(source: str, page: Page) -> None:
    """Only the library and the page's own script run, whatever else may stand there."""
    policy = next(attrs["content"] for attrs in page.named("meta") if attrs.get("http-equiv")) or ""
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "script-src 'unsafe" not in policy
    run = [text for kind, text in page.scripts if kind != "application/json"]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in run]
    assert re.findall(r"'sha256-([^']+)'", policy) == digests and len(digests) == 2


def test_nothing_a_user_wrote_does_anything(hostile: Plan) -> None:
    """Tags are text in product, tasks, channels, quotes and copy; in charts they are escaped, control signs gone."""
    source = plan_html(hostile)
    page = Page(source)
    assert len(page.scripts) == 3 and not page.named("img")
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    assert all((attrs.get("href") or "").startswith("#") for attrs in page.named("a"))
    assert SCRIPT in page.text and BOLD in page.text and "第二行" in page.text
    assert not re.search("[\u202e\x00]", source[: source.index("<script>")])
    data = dict(page.scripts)["application/json"]
    assert "<" not in data and "&" not in data


def test_labels_of_charts_are_escaped(hostile: Plan) -> None:
    """Plotly reads <b> and <a> in labels: the only tags there are our own <b> and <br>."""
    for make in FIGURES:
        figure = some(make(hostile))
        del figure["layout"]["meta"]  # plain text, which plotly never shows; the page escapes it
        told = json.dumps(figure, ensure_ascii=False)
        assert set(re.findall("<[^>]*>", told)) <= {"<b>", "</b>", "<br>"}


def test_marks_and_citations_show_what_they_are(plan: Plan, page: Page) -> None:
    """假设 looks other than 给定; every citation leads to its quote, every quote back."""
    marks = [attrs["class"] for attrs in page.named("span") if (attrs.get("class") or "").startswith("mark")]
    assert {"mark given", "mark assumed"} == set(marks)
    cited = [attrs for attrs in page.named("a") if attrs.get("class") == "cite"]
    quotes = {attrs["id"] for attrs in page.named("li") if (attrs.get("id") or "").startswith("q")}
    assert cited and {(attrs["href"] or "")[1:] for attrs in cited} == quotes
    back = {attrs["href"] for attrs in page.named("a") if (attrs.get("aria-label") or "").startswith("回到")}
    assert back <= {f"#{attrs['id']}" for attrs in cited} and len(back) >= len(quotes)


def test_the_page_can_be_read_by_keyboard_and_by_voice(page: Page) -> None:
    """Language, headers with scope, tables and charts that take the focus and have a name, one heading of the page."""
    assert page.named("html") == [{"lang": "zh-CN"}]
    assert all(attrs.get("scope") in ("col", "row") for attrs in page.named("th")) and page.named("th")
    wide = [attrs for attrs in page.named("div") if attrs.get("class") == "wide"]
    assert len(wide) == len(page.named("table")) and all(
        attrs["tabindex"] == "0" and attrs["aria-label"] for attrs in wide
    )
    charts = [attrs for attrs in page.named("div") if attrs.get("role") == "img"]
    assert [attrs["class"] for attrs in charts] == ["funnel", "gantt", "budget", "sensitivity"]
    assert all(attrs["aria-label"] for attrs in charts)
    ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
    assert len(ids) == len(set(ids)) and len(page.named("h1")) == 1


def test_the_page_prints_darkens_and_narrows(source: str) -> None:
    """A4, dark ground, telephones; the charts get the width of the paper."""
    for part in ("size:A4", "@media print", "prefers-color-scheme:dark", "max-width:900px", "width=device-width"):
        assert part in source
    assert "beforeprint" in source and "break-inside:avoid" in source


def test_the_same_plan_is_the_same_page(plan: Plan, source: str) -> None:
    """Byte by byte: no day of writing, no chance."""
    assert plan_html(plan) == source


def test_copy_of_the_materials_keeps_its_lines(plan: Plan) -> None:
    """What --with-copy wrote stands behind the sections as it is to be pasted."""
    first, *rest = plan.materials
    source = plan_html(replace(plan, materials=(replace(first, copy=("第一行\n第二行",)), *rest)))
    assert '<div class="copy">第一行<br>第二行</div>' in source


def test_who_wrote_it_is_said(plan: Plan, source: str) -> None:
    """By rules or by a model."""
    assert "未使用人工智能模型" in source
    assert "人工智能生成" in Page(plan_html(replace(plan, writer="chat:x"))).text


def test_a_bar_in_a_cell_loses_nothing(plan: Plan) -> None:
    """A row longer than its header keeps all its cells."""
    body = "| 甲 | 依据 |\n| --- | --- |\n| 一 | 二 | 三 | 给定 |"
    source = plan_html(replace(plan, sections=(replace(plan.sections[0], body=body),)))
    assert all(word in Page(source).text for word in "一二三")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium")
def test_a_browser_draws_the_charts_and_runs_nothing_else(hostile: Plan, tmp_path: Path) -> None:
    """Four charts are drawn under the policy; tags of users are text, also after plotly has read the labels."""
    (tmp_path / "p.html").write_text(plan_html(hostile), encoding="utf-8")
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--virtual-time-budget=8000",
        f"--user-data-dir={tmp_path}/c",
        "--dump-dom",
    ]
    done = subprocess.run(
        [*command, f"file://{tmp_path}/p.html"], capture_output=True, text=True, timeout=120, check=True
    )
    drawn = Page(done.stdout)
    assert len([1 for attrs in drawn.named("div") if "js-plotly-plot" in (attrs.get("class") or "")]) == 4
    assert not drawn.named("img") and not [
        a for _, a in drawn.tags if "javascript:" in str(a.get("href", a.get("xlink:href")))
    ]
    assert len(drawn.scripts) == 3 and "sendChartToCloud" not in done.stdout[: done.stdout.index("plotly.js v")]
    assert not [attrs for _, attrs in drawn.tags if "modebar-btn" in (attrs.get("class") or "")]


# The charts


def test_the_gantt_chart_holds_the_schedule(plan: Plan) -> None:
    """Every task once, with its days; bars from the first day to the end of the last, diamonds for milestones."""
    figure = some(gantt_figure(plan))
    held = [row for trace in figure["data"] for row in zip(trace["y"], trace["customdata"], strict=True)]
    wanted = [[t.id, f"{t.start}", f"{t.end}", t.workdays] for t in plan.schedule]
    assert [data for _, data in sorted(held)] == wanted and sorted(y for y, _ in held) == list(
        range(1, len(wanted) + 1)
    )
    for trace in figure["data"]:
        if trace["type"] == "bar":
            days = [(date.fromisoformat(d[2]) - date.fromisoformat(d[1])).days + 1 for d in trace["customdata"]]
            assert trace["x"] == [86_400_000 * n for n in days] and trace["base"] == [d[1] for d in trace["customdata"]]
        else:
            assert trace["marker"]["symbol"] == "diamond" and len(trace["x"]) == sum(t.milestone for t in plan.schedule)


def test_phases_and_critical_tasks_can_be_told_apart(plan: Plan) -> None:
    """A colour for each phase, once in the legend; what is critical is hatched."""
    bars = [trace for trace in some(gantt_figure(plan))["data"] if trace["type"] == "bar"]
    named = [trace["name"] for trace in bars if trace["showlegend"]]
    assert named == list(dict.fromkeys(t.phase for t in plan.schedule if not t.milestone))
    assert len({trace["marker"]["color"] for trace in bars}) == len(named)
    hatched = {d[0] for trace in bars if trace["marker"]["pattern"]["shape"] for d in trace["customdata"]}
    assert hatched == {t.id for t in plan.schedule if t.critical and not t.milestone}


def test_free_days_are_shaded_and_holidays_named(plan: Plan) -> None:
    """Exactly the days without work: weekends, public holidays, but no weekend that is worked."""
    layout = some(gantt_figure(plan))["layout"]
    shaded: dict[date, str] = {}
    for shape in layout["shapes"]:
        if shape["type"] == "rect":
            day = date.fromisoformat(shape["x0"])
            while day < date.fromisoformat(shape["x1"]):
                shaded[day] = shape["fillcolor"]
                day += timedelta(days=1)
    first, last = min(t.start for t in plan.schedule), max(t.end for t in plan.schedule)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert set(shaded) == {day for day in days if not is_workday(day)}
    assert shaded[date(2026, 10, 1)] != shaded[date(2026, 9, 12)] and date(2026, 10, 10) not in shaded
    assert "国庆节" in [note["text"] for note in layout["annotations"]] and "橙底是法定节假日" in layout["meta"]["note"]


def test_one_who_points_at_a_task_learns_what_it_waits_for(plan: Plan) -> None:
    """The numbers are those of the table."""
    numbers = {task.id: n for n, task in enumerate(plan.schedule, 1)}
    told = {
        d[0]: h for t in some(gantt_figure(plan))["data"] for d, h in zip(t["customdata"], t["hovertext"], strict=True)
    }
    waiting = [task for task in plan.schedule if task.depends_on]
    assert waiting
    for task in waiting:
        assert all(f"· {numbers[id]} " in told[task.id] for id in task.depends_on) and task.owner in told[task.id]


def test_the_budget_chart_holds_the_lines(plan: Plan) -> None:
    """Each subtotal, in order, to the cent; their sum is the total."""
    figure = some(budget_figure(plan))
    (trace,) = figure["data"]
    assert trace["x"] == [plain(line.subtotal) for line in plan.budget]
    assert sum(map(Decimal, map(str, trace["x"]))) == plan.budget_total
    told = [note["text"] for note in figure["layout"]["annotations"]]
    assert all(f"<b>{line.subtotal:,.2f}".removesuffix(".00") in " ".join(told) for line in plan.budget)
    colours = {line.category: colour for line, colour in zip(plan.budget, trace["marker"]["color"], strict=True)}
    assert len(set(colours.values())) == len(colours)


def test_the_funnel_holds_every_stage_of_every_channel(plan: Plan) -> None:
    """The whole, then its channels, as numbers and as text, zeros too."""
    nothing = replace(plan.channel_funnels[1].stages[-1], value=Decimal(0))
    second = replace(plan.channel_funnels[1], stages=(*plan.channel_funnels[1].stages[:-1], nothing))
    other = replace(plan, channel_funnels=(plan.channel_funnels[0], second, plan.channel_funnels[2]))
    figure = some(funnel_figure(other))
    wanted = [
        value
        for n, stage in enumerate(other.funnel)
        for value in (stage.value, *(channel.stages[n].value for channel in other.channel_funnels))
    ]
    assert figure["data"][0]["x"] == [plain(value) for value in wanted] and 0 in figure["data"][0]["x"]
    right = [note["text"] for note in figure["layout"]["annotations"] if note["x"] == 1]
    assert [text.replace("<b>", "").replace("</b>", "") for text in right] == [f"{int(value):,}" for value in wanted]
    assert figure["layout"]["xaxis"]["type"] == "log"


def test_many_channels_still_fit_on_a_sheet(plan: Plan) -> None:
    """The best have rows of their own, the others one together; nobody is lost."""
    first = plan.channel_funnels[0]
    many = tuple(replace(first, channel=f"c{n}", title=f"渠道{n}", outcome=n) for n in range(20))
    (trace,) = some(funnel_figure(replace(plan, channel_funnels=many)))["data"]
    size = len(trace["x"]) // len(plan.funnel)
    assert len(trace["x"]) <= 54 and len(trace["x"]) % size == 0
    for n, stage in enumerate(first.stages):
        assert sum(trace["x"][n * size + 1 : (n + 1) * size]) == 20 * stage.value
    assert trace["hovertext"][1].startswith(f"渠道{20 - (size - 2)}，")


def test_the_sensitivity_chart_begins_at_the_plan(plan: Plan) -> None:
    """Bars from the outcome as planned to that of ±20 %, greatest first."""
    low, high = some(sensitivity_figure(plan))["data"]
    swings = sorted(plan.sensitivity, key=lambda s: -abs(s.outcome_high - s.outcome_low))[:12]
    base = sum(channel.outcome for channel in plan.channel_funnels)
    assert plan.gap is not None and plan.gap.forecast == base and low["base"] == high["base"] == base
    assert [base + x for x in low["x"]] == [s.outcome_low for s in swings] == [d[2] for d in low["customdata"]]
    assert [base + x for x in high["x"]] == [s.outcome_high for s in swings] == [d[2] for d in high["customdata"]]
    assert [d[:2] for d in high["customdata"]] == [[s.input, plain(s.high)] for s in swings]


def test_plotly_takes_the_figures(plan: Plan) -> None:
    """As the web page hands them over; as JSON they stay what they are."""
    import plotly.graph_objects as go

    for make in FIGURES:
        figure = some(make(plan))
        assert json.loads(json.dumps(figure)) == figure and len(go.Figure(figure).data) == len(figure["data"])


def test_what_is_not_there_has_no_chart(plan: Plan) -> None:
    """No tasks, lines, stages, swings: no figure, and a page without plotly.js."""
    bare = replace(plan, schedule=(), budget=(), funnel=(), sensitivity=())
    assert [make(bare) for make in FIGURES] == [None] * 4
    source = plan_html(bare)
    assert len(source) < 400_000 and "plotly.js v" not in source and 'class="plot"' not in source


@pytest.mark.parametrize("kind", ["annual", "launch"])
def test_other_kinds_have_their_sections_and_charts(handbook: Library, kind: str) -> None:
    """A year's axis names months, the other weeks; every chart fits on a sheet of A4."""
    span = {"annual": ("2026-01-01", "2026-12-31"), "launch": ("2026-03-02", "2026-03-22")}[kind]
    brief = {"product": "青禾读书", "goal": "复购", "kind": kind, "budget": "20万", "start": span[0], "end": span[1]}
    made = make_plan(handbook, brief, today=date(2025, 12, 1))
    assert [attrs["id"] for attrs in Page(plan_html(made)).named("section")][: len(made.sections)] == [
        s.id for s in made.sections
    ]
    axis = some(gantt_figure(made))["layout"]["xaxis"]
    assert (axis["dtick"] == "M1") == (kind == "annual")
    assert all(figure["layout"]["height"] <= 1100 for make in FIGURES if (figure := make(made)))
