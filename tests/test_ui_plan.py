"""方案 in the browser: a brief becomes a plan, its inputs can be changed, its results reviewed."""

from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from page_world import open_tab, send_files, settled, visit
from playwright.sync_api import Browser, Page, expect

from copilot.errors import InputError
from copilot.library import Library
from copilot.plans import Plan
from copilot.tasks.plan import plan
from copilot.tasks.plan_again import Change
from copilot.tasks.plan_brief import read_plan_brief
from copilot.tasks.plan_review_records import NextStep, PlanReview, ReviewRow, Unused
from copilot.types import Finding
from ui import plan_form, render_plan, render_plan_review

EVIL = "<script>alert(1)</script>{{x}}${y}<img src=x onerror=alert(1)>"
SAMPLES = sorted((Path(__file__).resolve().parent.parent / "docs/samples/plans").glob("*.yaml"))
BAD = ("<script", "<img", "{{", "${")


_CODES = {"basis", "goal", "kind", "level", "id", "channel", "model", "key", "writer", "doc_id", "metric", "what"}


def poisoned(value: Any) -> Any:
    """Return a record with something in all of its texts that would like to be markup; codes stay."""
    if isinstance(value, str):
        return f"{value}{EVIL}"
    if isinstance(value, tuple):
        return tuple(map(poisoned, value))
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in _CODES}
        return replace(value, **{name: poisoned(one) for name, one in named.items()})
    return value


@pytest.fixture(scope="module")
def evil_plan(handbook: Library) -> Plan:
    """A plan all of whose texts are hostile: of users, documents and models."""
    brief = {"product": "甲", "goal": "拉新", "target": "注册 9000 人", "budget": "5万", "channels": ["小红书"]}
    made = plan(handbook, brief, today=date(2026, 11, 23))
    copied = tuple(replace(one, copy=("丁",)) for one in made.materials)
    finding = Finding("rule", "甲", "ban", "text", 0, 1, "甲", "第九条", "改掉")
    return cast(Plan, poisoned(replace(made, materials=copied, findings=(finding,), notes=("丙",), dropped=("戊",))))


def test_texts_of_a_plan_are_escaped(evil_plan: Plan) -> None:
    """In every part of the page: what a user wrote stays text."""
    change = [Change(EVIL, EVIL, EVIL)]
    shown = [
        render_plan.head(evil_plan), render_plan.inputs(evil_plan), render_plan.body(evil_plan),
        render_plan.changes(change, change), render_plan.faults(f"方案简报有 1 处问题：{EVIL}", ""),
        render_plan.faults(EVIL, EVIL), render_plan.chart_note({"layout": {"meta": {"alt": EVIL, "note": EVIL}}}),
    ]  # fmt: skip
    assert evil_plan.gap and evil_plan.gap.levers and evil_plan.missing and evil_plan.citations
    assert not [bad for one in shown for bad in BAD if bad in one]


def test_texts_of_a_review_are_escaped() -> None:
    """Names of figures and files come from workbooks that anybody may have made."""
    row = ReviewRow("main", EVIL, "人", None, None, None, None, "没有数据", EVIL, EVIL)
    review = PlanReview(
        EVIL, EVIL, EVIL, "拉新", EVIL, (row,), (), (), (NextStep(EVIL, EVIL, EVIL, "", EVIL),), (),
        (Unused(EVIL, EVIL, EVIL),), (EVIL,),
    )  # fmt: skip
    shown = render_plan_review.review(review)
    assert not [bad for bad in BAD if bad in shown]


def test_faults_stand_one_by_one() -> None:
    """Each wrong field on a line of its own, by the name that stands over the field."""
    with pytest.raises(InputError) as caught:
        read_plan_brief({"product": "甲", "goal": "拉升", "budget": "很多", "start": "2026-13-01"}, today=date.today())
    shown = render_plan.faults(caught.value.message, caught.value.hint)
    assert shown.count("<li>") == 3
    assert "<li>预算：“很多”读不成一个数" in shown


@pytest.mark.parametrize("name", [path.stem for path in SAMPLES] + plan_form.examples())
def test_the_form_holds_a_whole_brief(name: str) -> None:
    """What is put into the fields is read back as the same brief."""
    path = SAMPLES[0].with_name(f"{name}.yaml")
    data = yaml.safe_load(path.read_text(encoding="utf-8")) if path in SAMPLES else plan_form.example(name)
    if name == "sales":
        data["自有渠道"] = [
            {"name": "校园大使", "model": "按人天", "price": 300, "output": 40, "unit": "天", "reach": 900}
        ]
    reading = read_plan_brief(data, today=date.today())
    keys = list(KEYS)
    values = [one["value"] if isinstance(one, dict) else one for one in plan_form.filled(keys, reading)]
    again = read_plan_brief(plan_form.given(keys, values), today=date.today())
    assert (again.brief, again.given) == (reading.brief, reading.given)


KEYS = (
    "product", "goal", "kind", "target", "budget", "start", "end", "audience", "channels", "details", "baseline", "team",
    "constraints", "assumptions", "selling_points", "facts", "pain", "offer", "brand", "price", "competitors", "sms_sign",
    "link",
)  # fmt: skip


def write(page: Page) -> None:
    """Fill in an example and write its plan."""
    page.get_by_role("button", name="例子：老客复购").click()
    expect(page.get_by_label("产品", exact=True)).to_have_value("巷口咖啡")
    settled(page)
    page.click("#oc-plan-write")
    expect(page.locator(".oc-plan-tiles")).to_be_visible()
    settled(page)


def test_a_wrong_brief_keeps_what_was_filled_in(chromium: Browser, page_of_handbook: str, tmp_path: Path) -> None:
    """All faults at once, of the form and of an imported file; a good file fills the form."""
    with visit(chromium, page_of_handbook) as page:
        open_tab(page, "方案")
        page.get_by_label("预算", exact=True).fill("很多")
        page.click("#oc-plan-write")
        expect(page.locator(".oc-plan-faults li")).to_have_count(3)
        expect(page.get_by_label("预算", exact=True)).to_have_value("很多")
        bad, good = tmp_path / "坏.yaml", tmp_path / "好.yaml"
        bad.write_text("产品: 甲\n目标: <b>\n", encoding="utf-8")
        good.write_text("产品: 小满记账\n目标: 召回\n渠道: [短信]\n预算: 3000\n", encoding="utf-8")
        upload(page, bad)
        expect(page.locator(".oc-plan-faults li")).to_have_count(1)
        expect(page.get_by_label("预算", exact=True)).to_have_value("很多")
        upload(page, good)
        expect(page.get_by_label("产品", exact=True)).to_have_value("小满记账")
        expect(page.get_by_label("预算", exact=True)).to_have_value("3000")


def upload(page: Page, file: Path) -> None:
    """Choose a brief file."""
    with page.expect_file_chooser() as chooser:
        page.click("#oc-plan-import")
    chooser.value.set_files(file)
    settled(page)


def test_a_plan_is_written_changed_and_reviewed(chromium: Browser, page_of_handbook: str, tmp_path: Path) -> None:
    """Chart, chapters, a citation at its passage, an input changed, the workbook taken away and brought back."""
    with visit(chromium, page_of_handbook) as page:
        open_tab(page, "方案")
        write(page)
        expect(page.locator("#oc-plan-chart-0 .main-svg").first).to_be_visible()
        page.locator(".oc-plan-body summary", has_text="背景").click()
        page.locator(".oc-plan-body .oc-chip:visible").first.click()
        expect(page.locator("#oc-plan-hit")).to_be_in_viewport()
        expect(page.locator(".oc-plan-close")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".oc-plan-drawer")).to_have_count(0)

        page.locator("#oc-plan-recount > button").click()
        page.locator("#oc-plan-inputs input[name=budget]").fill("很多")
        page.click(".oc-plan-again")
        expect(page.locator("#oc-plan-trouble")).to_contain_text("预算：“很多”")
        page.locator("#oc-plan-inputs input[name=budget]").fill("1000")
        page.click(".oc-plan-again")
        expect(page.locator(".oc-plan-changes")).to_contain_text("预算 4,000 元 → 1,000 元")
        expect(page.locator(".oc-plan-tiles")).to_contain_text("1,000 元")

        book = saved(page, "下载 Excel", tmp_path)
        assert saved(page, "下载 Word", tmp_path).suffix == ".docx"
        page.get_by_role("tab", name="复盘", exact=True).click()
        results = tmp_path / "实绩.csv"
        results.write_text("指标,实际\n复购单数,90\n<b>,1\n", encoding="utf-8")
        send_files(page, "#oc-plan-workbook", book)
        send_files(page, "#oc-plan-actuals", results)
        expect(page.locator("#oc-plan-actuals")).to_contain_text("实绩")
        page.click("#oc-plan-review")
        expect(page.locator(".oc-plan-rows").first).to_contain_text("未达")
        expect(page.locator("#oc-plan-reviewed")).to_contain_text("没有用上")
        assert saved(page, "下载 填好的 Excel", tmp_path).suffix == ".xlsx"


def saved(page: Page, label: str, folder: Path) -> Path:
    """Click a download and return its file."""
    with page.expect_download() as got:
        page.get_by_role("button", name=label, exact=True).first.click()
    path = folder / got.value.suggested_filename
    got.value.save_as(path)
    return path


def test_a_phone_shows_all_of_it(chromium: Browser, page_of_handbook: str) -> None:
    """Dark, 375 pixels wide, with copy and all chapters open: nothing hangs over the side."""
    with visit(chromium, page_of_handbook, color_scheme="dark") as page:
        open_tab(page, "方案")
        page.set_viewport_size({"width": 375, "height": 812})
        page.check("#oc-plan-copies input")
        write(page)
        page.get_by_role("button", name="全部展开").click()
        expect(page.locator(".oc-plan-copy").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
