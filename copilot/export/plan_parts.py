"""What all files of a campaign plan share: chapters, facts of the title block, bodies taken apart, citations."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from copilot.arithmetic.returns import money
from copilot.export.copy_parts import AI_LABEL, RULE_LABEL
from copilot.knowledge import read
from copilot.plans import EVERYWHERE, Plan, PlanSection, Stage, Task
from copilot.text.visible import visible
from copilot.types import Citation
from copilot.writers.rules.plan.lines import measured, span

Piece = Literal["text", "mark", "cite"]

STATUS = "待审批"
BASES = {"given": "给定", "cited": "引用", "assumed": "假设"}
LEGEND = (  # how to read the marks
    ("[n]", "这句话依据资料库，原文见文末引用第 n 条"),
    ("给定", "需求里写明的数字和要求"),
    ("假设", "需求里没有，先按这个值算，拿到实测就替换"),
    ("按给定计算", "全部由给定的数字算出"),
    ("按假设测算", "算式里至少有一个假设"),
)
_PIECES = re.compile(r"(?P<cite>\[\d+\])|(?P<mark>（(?:给定|假设(?:：[^（）]{1,40})?|按给定计算|按假设测算)）)")
_RULE_ROW = re.compile(r"\|(?:\s*:?-{3,}:?\s*\|)+")
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # they reorder a line
_DIGITS = "零一二三四五六七八九"
_MARKUP = re.compile(r"\*\*|__|`|^#{1,6} |^(?:[-*+]|\d+\.) |^> ?")


class Block(NamedTuple):
    """A part of a section's body: `rows` of a table begin with its header, `text` of the other kinds is one line."""

    kind: Literal["head", "bullet", "text", "table"]
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


class Part(NamedTuple):
    """A chapter of the document behind the sections: 附 1 …; `cites` is the list of citations."""

    title: str
    blocks: tuple[Block, ...] = ()
    cites: tuple[Citation, ...] = ()


def line(text: str) -> str:
    """Return a text on one line, without control characters and without those that turn the direction of writing."""
    return " ".join(visible("".join(c if _is_visible(c) else " " for c in text)).split())


def blocks_of(body: str) -> list[Block]:
    """Return the parts of a section's body, in order."""
    found: list[Block] = []
    rows: list[tuple[str, ...]] = []
    for raw in [*body.splitlines(), ""]:
        text = line(raw)
        if text.startswith("|"):
            if not _RULE_ROW.fullmatch(text):
                rows.append(tuple(cell.strip() for cell in text.strip("|").split("|")))
            continue
        if rows:
            found.append(Block("table", rows=tuple(row + ("",) * (len(rows[0]) - len(row)) for row in rows)))
            rows = []
        if text.startswith("#"):
            found.append(Block("head", text.lstrip("# ")))
        elif text.startswith("- "):
            found.append(Block("bullet", text[2:].strip()))
        elif text:
            found.append(Block("text", text))
    return found


def pieces(text: str) -> list[tuple[Piece, str]]:
    """Return a sentence as text, marks of basis and citations; joined they are the sentence."""
    found: list[tuple[Piece, str]] = []
    at = 0
    for match in _PIECES.finditer(text):
        if match.start() > at:
            found.append(("text", text[at : match.start()]))
        found.append(("cite" if match["cite"] else "mark", match[0]))
        at = match.end()
    return [*found, ("text", text[at:])] if at < len(text) else found


def numeral(number: int) -> str:
    """Return a number below 100 as chapters are counted: 十二."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones or not tens else "")


def chapters(plan: Plan) -> list[tuple[str, PlanSection]]:
    """Return the sections with their numbered titles: 一、背景."""
    return [(f"{numeral(n)}、{line(section.title)}", section) for n, section in enumerate(plan.sections, 1)]


def appendices(plan: Plan) -> list[Part]:
    """Return what stands behind the sections: open questions, what was found and understood, copy, citations."""
    asked = (("要补充的", "没有补充前这样写"), *((line(g.question), line(g.assumed)) for g in plan.missing))
    found = [" ".join(filter(None, (f"“{f.match}”", f.law, f.advice))) for f in plan.findings]
    parts = [
        ("待补充的信息", (Block("table", rows=asked),) if plan.missing else ()),
        ("检查出的问题", _bullets(found)),
        ("全部渠道通用的合规条目", tuple(_general_rules(plan))),
        ("说明", _bullets([*plan.notes, *(f"没有采用：{dropped}" for dropped in plan.dropped)])),
        ("物料文案", tuple(_copies(plan))),
    ]
    kept = [(title, blocks, ()) for title, blocks in parts if blocks]
    listed = [*kept, ("引用", (), plan.citations)] if plan.citations else kept
    return [Part(f"附 {n} {title}", blocks, cites) for n, (title, blocks, cites) in enumerate(listed, 1)]


def facts(plan: Plan) -> list[tuple[str, str]]:
    """Return the title block: product, goal, period, budget, who answers for it, who approves, status."""
    brief, assumed = plan.brief, {gap.key for gap in plan.missing}
    aim = next((k for k in plan.targets if not k.guard), None)
    target, period = "", ""
    if aim:
        unit = "" if aim.unit == "%" else f" {aim.unit}"
        target = f"{brief.goal}：{aim.kpi} {measured(aim.target, aim.unit)}{unit}（{BASES[aim.basis]}）"
    if brief.start and brief.end:
        mark = _mark(bool({"start", "end"} & assumed))
        period = f"{brief.start} 至 {brief.end}，{(brief.end - brief.start).days + 1} 天{mark}"
    budget = plan.budget_total if brief.budget is None else brief.budget
    found = [
        ("产品", f"{brief.product}（{brief.brand}）" if brief.brand else brief.product),
        ("方案类型", read("plan/words")["kinds"][brief.kind]),
        ("目标", target or brief.goal),
        ("周期", period),
        ("预算", f"{money(budget)} 元{_mark(brief.budget is None or 'budget' in assumed)}"),
        ("负责人", aim.owner if aim else ""),
        ("审批人", approver(plan)),
        ("状态", STATUS),
    ]
    return [(name, line(value) or "—") for name, value in found]


def approver(plan: Plan) -> str:
    """Return who checks the milestones and approves, "" when the plan names nobody."""
    return next((line(task.owner) for task in plan.schedule if task.milestone), "")


def reviewers(plan: Plan) -> str:
    """Return who settles the money and who reads the law, by the schedule."""
    words = read("plan/words")["owners"]
    roles = (words["settle"], words["compliance"])
    named = [next((t.owner for t in plan.schedule if t.owner.startswith(role)), "") for role in roles]
    return "、".join(line(name) for name in named if name)


def how_made(plan: Plan) -> str:
    """Return the honest label of the plan."""
    return RULE_LABEL if plan.writer == "rules" else AI_LABEL


def short_task(task: Task) -> str:
    """Return what is to be done without who, when and which figure it moves, which stand elsewhere."""
    text = line(task.task).removeprefix(task.owner).strip()
    text = text.removeprefix(span(task.start, task.end)).strip()
    return re.sub("，看[^，。]{1,24}$", "", text).removeprefix("里程碑：")


def quote(citation: Citation) -> str:
    """Return the cited words without their markup, on one line."""
    rows = (_MARKUP.sub("", row.strip()) for row in citation.quote.splitlines())
    return line(" ".join(_MARKUP.sub("", row) for row in rows))


def place(citation: Citation) -> str:
    """Return where a citation stands: title and the headings below it."""
    title, section = line(citation.title), line(citation.section)
    below = section.removeprefix(title).removeprefix(" › ").strip() if section.startswith(title) else section
    return f"{title} › {below}" if below else title


def steps(funnel: Sequence[Stage]) -> list[str]:
    """Return what part of each stage reaches the next: 1.2%, or × 3 where it grows."""
    found = []
    for before, after in pairwise(funnel):
        ratio = float(after.value / before.value) if before.value else 0.0
        found.append(f"× {ratio:.3g}" if ratio > 1 else f"{100 * ratio:.3g}%")
    return found


def _mark(assumed: bool) -> str:
    return "（假设）" if assumed else "（给定）"


def _general_rules(plan: Plan) -> Iterable[Block]:
    """What the section on compliance only counts: rules that hold for every channel, to be ticked off."""
    rules = [rule for rule in plan.compliance if rule.channel == EVERYWHERE]
    rows = [
        (
            str(n), line(rule.rule), line(rule.check), line(rule.law) or "—",
            "有出处" if rule.verified else "未核实，上线前请法务确认",
            "".join(f"[{c}]" for c in rule.cites) or "假设", "□",
        )
        for n, rule in enumerate(rules, 1)
    ]  # fmt: skip
    if rows:
        yield Block("table", rows=(("序号", "要守的", "谁怎么查", "条文", "状态", "依据", "已核"), *rows))


def _copies(plan: Plan) -> Iterable[Block]:
    for material in plan.materials:
        if material.copy:
            yield Block("head", line(f"{material.title}：{material.what}"))
            yield from _bullets(material.copy)


def _bullets(texts: Iterable[str]) -> tuple[Block, ...]:
    return tuple(Block("bullet", line(text)) for text in texts if line(text))


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs", "Cn") and character not in _TURNING
