"""One diagnosis in words: first what it comes to, what to do this week and the reply; then all it rests on."""

from typing import Any, NamedTuple

from copilot.diagnosis import SLOTS, Diagnosis, Need, Option
from copilot.export.score import escaped
from copilot.knowledge import read

TITLE = "用户原声诊断"
OPTION_HEADER = ("做法", "收益", "成本", "收益÷成本", "投入", "看哪个数", "依据")


class Section(NamedTuple):
    """A part with its heading; `table` has a header row, and stands behind the lines."""

    title: str
    lines: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


def diagnosis_lines(diagnosis: Diagnosis) -> list[str]:
    """Return the diagnosis as lines for a terminal."""
    lines: list[str] = []
    for section in sections_of(diagnosis):
        lines += ["", f"{section.title}"] if lines else [section.title]
        lines += [f"  {line}" for line in section.lines]
        for row in section.table[1:]:
            cells = dict(zip(section.table[0], row, strict=True))
            lines += [f"  · {row[0]}", f"　　　收益÷成本 {cells['收益÷成本']}；{cells['依据'] or cells['投入']}"]
    return lines


def diagnosis_markdown(diagnosis: Diagnosis) -> bytes:
    """Return the diagnosis as Markdown."""
    return (f"# {TITLE}\n\n" + "\n\n".join(markdown_blocks(diagnosis, 2)) + "\n").encode()


def markdown_blocks(diagnosis: Diagnosis, level: int) -> list[str]:
    """Return the blocks of a diagnosis in Markdown, with headings of a level."""
    blocks = []
    for section in sections_of(diagnosis):
        blocks.append(f"{'#' * level} {section.title}")
        if section.lines:
            blocks.append("\n".join(_item(line) for line in section.lines))
        if section.table:
            head, *rows = [[escaped(cell) for cell in row] for row in section.table]
            blocks.append("\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)))
    return blocks


def _item(line: str) -> str:
    """A line of a list; one that is numbered keeps its number as the mark."""
    number, mark, rest = line.partition(". ")
    return f"{number}. {escaped(rest)}" if mark and number.isdecimal() else f"- {escaped(line)}"


def sections_of(diagnosis: Diagnosis) -> list[Section]:
    """Return the parts of a diagnosis in the order they are read; empty ones are left out."""
    words: dict[str, Any] = read("voice/report")
    d = diagnosis
    named = (("结论", d.verdict), ("本周", d.this_week), ("回复用户", d.reply))
    first = [f"{name}：{text}" for name, text in named if text]
    owner = f"；{d.owner}负责" if d.owner else ""
    step = f"{words['steps'][d.next_step]}；紧急程度{words['urgency'][d.urgency]}{owner}"
    root = [f"{words['verdicts'][d.solves_root]}：{d.root_reason}"] if d.root_reason or d.needs else []
    basis = {"quoted": "原话", "assumed": "假设"}
    story = d.job_story
    parts = [
        Section("先看这里", tuple(first)),
        Section("原话", (f"“{d.voice}”", *_heard(d))),
        Section("可能的需求（都是假设）", tuple(line for n, need in enumerate(d.needs, 1) for line in _need(n, need))),
        Section("一层层问为什么", tuple(f"{n}. {why.text}（{basis[why.basis]}）" for n, why in enumerate(d.whys, 1))),
        Section("照原话做能治本吗", tuple(root)),
        Section("追问", tuple(f"{n}. {question}" for n, question in enumerate(d.questions, 1))),
        Section("可选的做法", (), (OPTION_HEADER, *map(_option, d.options)) if d.options else ()),
        Section("最便宜的验证", (f"做法：{d.test.what}", f"门槛：{d.test.threshold}") if d.test else ()),
        Section("用户故事", (f"当{story.situation}，我想{story.motivation}，以便{story.outcome}。",) if story else ()),
        Section("产品需求", (d.requirement,) if d.requirement else ()),
        Section("下一步", (step,)),
        Section("类似案例", tuple(f"[{c.n}] {_place(c.title, c.section)}：{c.need}" for c in d.similar_cases)),
        Section("引用", tuple(f"[{c.n}] {_place(c.title, c.section)}：“{_line(c.quote)}”" for c in d.citations)),
        Section("检查时去掉的", d.dropped),
    ]
    return [part for part in parts if part.lines or part.table]


def _heard(d: Diagnosis) -> list[str]:
    words: dict[str, Any] = read("voice/report")
    strong = f"，强度 {d.intensity.score:g}" if d.intensity else ""
    if d.intensity and d.intensity.text:
        strong += f"（“{d.intensity.text}”）"
    lines = [f"类型：{words['kinds'][d.kind]}{strong}" + ("" if d.enough else "；说得太少，不作推断")]
    spans = ((slot, getattr(d, slot)) for slot in SLOTS)
    lines += [f"{words['slots'][slot]}：“{span.text}”" for slot, span in spans if span]
    if d.signals:
        lines.append(f"留意：{'、'.join(words['signals'].get(signal, signal) for signal in d.signals)}")
    return lines


def _need(number: int, need: Need) -> list[str]:
    cites = "".join(f"[{n}]" for n in need.cites)
    quoted = f"原话“{need.evidence.text}”" if need.evidence else "原话没有直接说到"
    return [
        f"H{number}（把握 {need.confidence:.0%}）：{need.statement}{cites}",
        f"　　依据：{quoted}。{need.reason}",
        f"　　反过来看：{need.against}",
        f"　　怎样推翻：{need.falsifier}",
        f"　　成立就做：{need.action}",
    ]


def _option(option: Option) -> tuple[str, ...]:
    ratio = f"{option.ratio:g}"
    return option.idea, str(option.benefit), str(option.cost), ratio, option.effort, option.moves, option.why


def _place(title: str, section: str) -> str:
    return f"{title} › {section}" if section else title


def _line(text: str) -> str:
    return " ".join(text.split())
