"""诊断: what a diagnosis and a report of many voices look like, and the way from a voice or a file to the words."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from page_world import open_tab, send_files, settled, visit
from playwright.sync_api import Browser, Page, expect

from copilot.diagnosis import (
    SLOTS,
    CheapTest,
    Cluster,
    Diagnosis,
    Intensity,
    JobStory,
    Need,
    NeedShare,
    Option,
    Part,
    Rung,
    SimilarCase,
    Span,
    Voice,
    VoiceReport,
)  # fmt: skip
from copilot.types import Citation
from copilot.voices.intake import glimpse
from ui import render_scores, render_voice, render_voice_picture, render_voices
from ui.render import text

HOSTILE = "<script>alert(1)</script>{{x}}${y}"
ROWS = [
    "导出只能一页页截图", "每次导出都要一页页截图", "导出要一页页截图，太慢了", "导出的时候得一页页截图，交表就晚",
    "夜里屏幕太亮刺眼", "晚上看屏幕太亮，刺眼睛", "屏幕晚上太亮了刺眼", "", "客服态度特别好，谢谢",
]  # fmt: skip


def hostile(name: str) -> str:
    """A text of its own that must never be read as HTML or as a template."""
    return f"{name}{HOSTILE}"


def full(**changed: Any) -> Diagnosis:
    """A diagnosis with every field filled by a text of its own."""
    voice = f"我是店长，每天{hostile('原话')}要手抄"
    span = Span(voice[2:4], 2, 4)
    cited = Citation(1, "doc", hostile("来处"), hostile("标题"), hostile("小节"), hostile("引文"), 0, 2, 0.5)
    need = Need(hostile("需求"), hostile("理由"), 0.6, span, hostile("反面"), hostile("推翻"), hostile("做"), (1,))
    found = Diagnosis(
        voice, "request", True, hostile("结论") + "[1]", hostile("本周"), ("churn",),
        intensity=Intensity("每天", 5, 7, 2.0), needs=(need,), whys=(Rung(hostile("因为"), "assumed"),),
        solves_root="partly", root_reason=hostile("治标"), questions=(hostile("追问"),),
        options=(Option(hostile("做法"), 3, 2, 1.5, *map(hostile, ("依据", "投入", "数字"))),),
        job_story=JobStory(*map(hostile, ("情境", "想做", "好处"))), test=CheapTest(hostile("验证"), hostile("门槛")),
        requirement=hostile("要求"), owner=hostile("谁"), reply=hostile("回复"),
        similar_cases=(SimilarCase(1, *map(hostile, ("案例", "案例节", "案例需求"))),), citations=(cited,),
        parts=(Part("我是店长", 0, 4, "other"), Part(voice[4:], 4, len(voice), "request")),
        dropped=(hostile("去掉"),), writer=hostile("模型"), segment=span, context=Span("每天", 5, 7),
    )  # fmt: skip
    return replace(found, **changed)


def report(size: int = 3) -> VoiceReport:
    """A report of one cluster and one row that is left out, all texts hostile."""
    voices = [
        Voice(n, f"第{n}句{hostile('反馈')}", hostile("用户"), "2026-11-01", "request", cluster=1)
        for n in range(1, size + 1)
    ]
    voices.append(Voice(size + 1, "", reason=hostile("空")))
    share = NeedShare(hostile("份额"), (1,), 1)
    cluster = Cluster(
        1, size, size, hostile("类名"), (hostile("词"),), {"request": size}, (1,), (hostile("代表"),), 3.0, (share,),
        full(), change=hostile("上升"), asking=size, wants=(share,),
    )  # fmt: skip
    left = ({"row": size + 1, "reason": hostile("空")},)
    return VoiceReport(
        size + 1, {"request": size}, (cluster,), left, tuple(voices), {"voice": hostile("列")}, (hostile("注"),), "式",
        people=size,
    )  # fmt: skip


def safe(html: str) -> str:
    """The page is free of what the texts would have brought in."""
    assert "<script" not in html
    assert "{{" not in html
    assert "${" not in html
    return html


def strings(value: Any) -> list[str]:
    """All texts in a record."""
    if isinstance(value, dict):
        return [found for entry in value.values() for found in strings(entry)]
    if isinstance(value, list | tuple):
        return [found for entry in value for found in strings(entry)]
    return [value] if isinstance(value, str) else []


def test_nothing_of_a_diagnosis_is_lost() -> None:
    """Every text that is not a key stands on the page, escaped; the source of a case by its citation."""
    d = full()
    html = safe(render_voice.diagnosis(d))
    told = [said for said in strings(d.to_dict()) if HOSTILE in said and said not in (d.voice, d.verdict)]
    told = [said for said in told if said not in (hostile("来处"), *(part.text for part in d.parts))]
    assert len(told) > 20
    assert [said for said in told if text(said) not in html] == []


def test_a_citation_in_a_text_is_a_button() -> None:
    """[1] opens citation 1; a number that is no citation stays text."""
    html = render_voice.first(full(verdict="先问[1]，再做[7]"), "4")
    assert re.search(r'data-act="cite" data-n="1" data-of="4"', html)
    assert "[7]" in html


def test_slots_that_overlap_are_both_marked() -> None:
    """Where one slot lies within another, each keeps its name, and the words stand once."""
    voice = "每天手抄报表"
    d = full(voice=voice, segment=None, context=Span("每天手抄", 0, 4), workaround=Span("手抄", 2, 4))
    html = render_voice_picture.marked_voice(d)
    assert re.sub(r"<span.*?</span>|<[^>]+>", "", html) == voice
    assert 'title="场合、现在怎么办"' in html
    assert len(SLOTS) == 7


@pytest.mark.parametrize("kind", ["praise", "question", "bug"])
def test_what_has_no_needs_says_why(kind: Any) -> None:
    """No picture of assumptions, but the reason."""
    html = render_voice.diagnosis(full(kind=kind, needs=(), options=(), whys=(), job_story=None))
    assert "oc-diagnose-y" not in html
    assert "为什么没有列需求" in html


def test_the_picture_has_words_for_who_cannot_see_it() -> None:
    """Four fields in their order, each with its basis."""
    html = safe(render_voice_picture.picture(full()))
    label = re.search(r'role="img" aria-label="([^"]+)"', html)
    assert label
    assert re.search("用户呼声.*用户目标.*背后动机.*产品方案", label[1])
    assert "（假设）" in label[1]


def test_a_report_is_escaped_and_accounts_for_every_row() -> None:
    """Summary, list, cluster, diagnosis, words: all escaped; the row left out says why."""
    r = report()
    parts = [
        render_voices.summary(r), render_voices.ranked(r, "1"), render_voices.cluster(r, "1"),
        render_voices.cluster(r, "left"), render_voices.cluster_diagnosis(r, "1"), render_voices.words(r, "1"),
    ]  # fmt: skip
    for html in parts:
        safe(html)
    everything = safe(render_voices.words(r, "all"))
    assert [f"第 {n} 行" in everything for n in range(1, 5)] == [True] * 4
    assert text(hostile("空")) in render_voices.words(r, "left")


def test_words_come_a_page_at_a_time() -> None:
    """Of 120 rows 50 stand on a page; the last page has the rest and no next one."""
    r = report(120)
    assert render_voices.words(r, "1").count("<li>") == 50
    last = render_voices.words(r, "1", 2)
    assert last.count("<li>") == 20
    assert "下一页" not in last


def test_flags_are_told_as_fields() -> None:
    """Messages written for the command line name what the page has."""
    assert render_voices.plain("不对就用 --column 指定") == "不对就用“反馈列”指定"
    assert render_voices.plain("不是的话加 --effort-unit") == "不是的话改“投入的单位”"


def test_the_first_rows_are_masked(tmp_path: Path) -> None:
    """A preview shows columns and rows, telephones hidden; a file without feedback still shows its columns."""
    path = tmp_path / "a.csv"
    path.write_text(f"会员号,反馈\n1,打 13812345678 找我，{HOSTILE}\n2,导出只能一页页截图\n", encoding="utf-8")
    first = glimpse(path)
    assert first.columns == {"voice": "反馈", "user": "会员号"}
    assert "13812345678" not in safe(render_voices.preview(first, hostile("名")))
    path.write_text("甲,乙\n1,2\n3,4\n", encoding="utf-8")
    assert glimpse(path).problem
    assert glimpse(path).header == ("甲", "乙")


def test_what_a_score_needs_is_said() -> None:
    """Both ways of scoring tell their columns."""
    assert "触达" in render_scores.welcome("rice")
    assert "受访者" in render_scores.welcome("kano")


# In the browser


def no_overflow(page: Page) -> None:
    """Nothing is wider than the window, when all has come."""
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_voice_becomes_a_picture_and_opens_its_sources(chromium: Browser, page_of_handbook: str) -> None:
    """On a phone: verdict, Y, cards, a citation at its passage, a file to keep."""
    with visit(chromium, page_of_handbook) as page:
        open_tab(page, "诊断")
        page.set_viewport_size({"width": 375, "height": 812})  # where the tab itself lies in a menu
        page.fill("#oc-diagnose-voice textarea", f"希望能导出 Excel，每月交报表都靠截图拼 {HOSTILE}")
        page.click("#oc-diagnose-start")
        expect(page.get_by_role("img", name="需求的 Y 图")).to_be_visible()
        expect(page.locator(".oc-diagnose-need")).not_to_have_count(0)
        no_overflow(page)
        page.locator("#oc-diagnose-shown .oc-chip").first.click()
        expect(page.locator("#oc-diagnose-one-source .oc-hit")).to_be_in_viewport()
        no_overflow(page)
        with page.expect_download() as saved:
            page.click("#oc-make-diagnose-one-docx")
        assert saved.value.suggested_filename.endswith(".docx")


def test_a_file_goes_down_to_its_words(chromium: Browser, page_of_handbook: str, tmp_path: Path) -> None:
    """A bad file is told; a good one is previewed, charted, opened by cluster, and every row found again."""
    bad, good = tmp_path / "坏.csv", tmp_path / "反馈.csv"
    bad.write_bytes(bytes(range(256)) * 8)
    lines = [f"U{n},2026-11-{n + 1:02d},{said}" for n, said in enumerate([*ROWS, HOSTILE.replace('"', "")])]
    good.write_text("\n".join(["会员号,日期,反馈", *lines]) + "\n", encoding="utf-8")
    with visit(chromium, page_of_handbook) as page:
        open_tab(page, "诊断")
        open_tab(page, "一批反馈")
        send_files(page, "#oc-diagnose-source", bad)
        expect(page.locator("#oc-diagnose-seen .oc-bad")).to_contain_text("没有读成")
        page.locator("#oc-diagnose-source").get_by_role("button").first.click()
        expect(page.locator("#oc-diagnose-seen")).to_contain_text("上传一个表")
        send_files(page, "#oc-diagnose-source", good)
        expect(page.locator(".oc-diagnose-preview")).to_contain_text(ROWS[0])
        page.click("#oc-diagnose-run")
        expect(page.locator(".oc-diagnose-pick").first).to_be_visible()
        settled(page)
        expect(page.locator("#oc-diagnose-plot .main-svg").first).to_be_visible()
        page.locator("ol .oc-diagnose-pick").last.click()
        expect(page.locator("ol .oc-diagnose-pick").last).to_have_attribute("aria-pressed", "true")
        settled(page)
        expect(page.locator("#oc-diagnose-made")).to_contain_text("回复用户")
        page.get_by_role("button", name="全部反馈").click()
        expect(page.locator(".oc-diagnose-words li")).to_have_count(len(lines))
        with page.expect_download() as saved:
            page.click("#oc-make-diagnose-xlsx")
        assert saved.value.suggested_filename == "用户反馈分析.xlsx"


def test_wants_are_scored(chromium: Browser, page_of_handbook: str, tmp_path: Path) -> None:
    """A table becomes ranks and a picture."""
    table = tmp_path / "需求.csv"
    table.write_text("需求,触达,影响,把握,投入\n<b>导出</b>,900,1,80%,4\n对账,300,3,100%,30\n", encoding="utf-8")
    with visit(chromium, page_of_handbook) as page:
        open_tab(page, "诊断")
        open_tab(page, "需求打分")
        send_files(page, "#oc-diagnose-score-file", table)
        expect(page.locator("#oc-diagnose-score-file").get_by_role("cell", name="需求.csv")).to_be_visible()
        page.click("button#oc-diagnose-score")
        expect(page.locator("#oc-diagnose-scored")).to_contain_text("先做“<b>导出</b>”")
        expect(page.locator("#oc-diagnose-score-plot .main-svg").first).to_be_visible()
