"""A plan → HTML: what it comes to, its inputs to change, its chapters; what a change did; faults of a brief."""

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from copilot.arithmetic.returns import money
from copilot.export.made_by import made_by
from copilot.export.plan_page_body import Cites, blocks_html, body_html, mark
from copilot.export.plan_parts import LEGEND, appendices, chapters, facts, how_made, place, quote
from copilot.plans import Assumption, Material, Plan
from copilot.tasks.plan_again import BUDGET, TARGET, Change, outcome_of, title_of, valued
from copilot.types import Finding
from copilot.writers.rules.plan.lines import measured, number
from ui.render import LEVELS, button, empty, note, text

_PROBLEM = re.compile(r"；(?=[^；：（]{1,8}（[a-z_]+）|[^；：]{1,40}：没有这个键)")  # where the next one begins
_KEY = re.compile(r"（[a-z_]+）")
_CITE = re.compile(r'<a class="cite" id="[^"]*" href="#q(\d+)" aria-label="[^"]*">\[\d+\]</a>')
_BASIS = {"given": "给定", "cited": "引用", "assumed": "假设"}
_COPIES = "物料文案"
_SHORT = {"目标", "预算", "产品"}  # facts that stand in the title and the tiles


def welcome() -> str:
    """What the place of a plan says before there is one."""
    return empty(
        "方案写在这里：目标和预算差多少、漏斗、排期、预算、风险和复盘表。",
        "至少填产品和目标，再按“写方案”，约一秒。",
        "没填的先按假设算，方案里会标出来，写完也能改数重算。",
    )


def faults(message: str, hint: str) -> str:
    """Everything that is wrong with a brief, at once."""
    head, _, rest = message.partition("：")
    if "处问题" not in head:
        return f'<div class="oc-note oc-bad" role="alert">{text(message)}。{text(hint)}</div>'
    items = "".join(f"<li>{text(_KEY.sub('', one, count=1))}</li>" for one in _PROBLEM.split(rest))
    return (
        f'<div class="oc-note oc-bad oc-plan-faults" role="alert"><p>{text(head)}，填过的都还在：</p>'
        f"<ul>{items}</ul></div>"
    )


# What it comes to


def head(plan: Plan) -> str:
    """Title, figures, what is to be decided, what was assumed."""
    return (
        f'<section class="oc-plan" aria-label="方案"><h2>{text(plan.title)}</h2>'
        f'<ul class="oc-plan-tiles">{_tiles(plan)}</ul>'
        f"{_levers(plan)}{_said(plan)}{_legend()}{_writer(plan)}</section>"
    )


def _writer(plan: Plan) -> str:
    told = made_by(plan.writer, plan.usage.to_dict() if plan.usage else None)
    return "" if plan.writer == "rules" else f'<p class="oc-dim">{text(told)}</p>'


def _tiles(plan: Plan) -> str:
    asked = {gap.key for gap in plan.missing}
    aim = next((kpi for kpi in plan.targets if not kpi.guard), None)
    label, count, unit = outcome_of(plan)
    tiles = []
    if plan.brief.target and aim:
        wanted = f"{measured(aim.target, aim.unit)}{'' if aim.unit == '%' else f' {aim.unit}'}"
        tiles.append((f"目标：{aim.kpi}", wanted, _BASIS[aim.basis], ""))
    ground = "假设" if plan.brief.budget is None or "budget" in asked else "给定"
    tiles.append(("预算", f"{money(plan.brief.budget or plan.budget_total)} 元", ground, ""))
    tiles.append((f"预计{label}", f"{count:,} {unit}", "按假设测算", ""))
    if plan.gap is not None:
        short = plan.gap.missing
        tiles.append(
            ("离目标差", f"{short:,} {unit}", "按假设测算", "bad")
            if short
            else ("和目标比", "够得到", "按假设测算", "good")
        )
    for measure in plan.measures:
        if measure.id in ("cost_per_result", "roi") and measure.value is not None:
            ground = "按给定计算" if measure.basis == "given" else "按假设测算"
            tiles.append((measure.label, f"{number(measure.value)} {measure.unit}", ground, ""))
    return "".join(
        f'<li class="oc-plan-tile {css}"><span>{text(name)}</span><b>{text(value)}</b>'
        f"{mark(ground) if ground else ''}</li>"
        for name, value, ground, css in tiles
    )


def _levers(plan: Plan) -> str:
    """The ways to close the gap; what can be taken over with a click is."""
    if plan.gap is None:
        return ""
    if not plan.gap.levers:
        return note(plan.gap.text + "。", "good")
    target = plan.brief.target
    items = []
    for lever in plan.gap.levers:
        own = lever.id == "budget" or (lever.id == "target" and target is not None and target.value == lever.before)
        act = ""
        if own and lever.after is not None:
            name = f"按这条重算：{lever.label}"
            act = button("按这条重算", "lever", "oc-button", name, key=lever.id, value=f"{lever.after:f}")
        items.append(f"<li><strong>{text(lever.label)}</strong><p>{text(lever.text)}。</p>{act}</li>")
    return (
        f'<div class="oc-plan-gap"><h3>{text(plan.gap.text)}。先请定一条：</h3><ul class="oc-plan-levers">'
        f"{''.join(items)}</ul></div>"
    )


def _said(plan: Plan) -> str:
    """What was assumed, understood, found and left out."""
    asked = [f"{gap.question} 没有补充前：{gap.assumed}。" for gap in plan.missing]
    told = [*plan.notes, *(f"没有采用：{dropped}" for dropped in plan.dropped)]
    parts = [
        (f"有 {len(asked)} 项没有填，先这样算", asked, ""),
        (f"说明 {len(told)} 条", told, ""),
        (f"检查出 {len(plan.findings)} 处", [_finding(one) for one in plan.findings], " open"),
    ]
    return "".join(
        f"<details{opened}><summary>{summary}</summary><ul>{''.join(f'<li>{text(one)}</li>' for one in some)}</ul>"
        "</details>"
        for summary, some, opened in parts
        if some
    )


def _finding(one: Finding) -> str:
    words = f"“{one.match}”" if one.match else ""
    return "，".join(part for part in (LEVELS[one.level] + words, one.law, one.advice) if part)


def _legend() -> str:
    rows = (f"<li>{'<b>[n]</b>' if words.startswith('[') else mark(words)} {text(told)}</li>" for words, told in LEGEND)
    return f'<ul class="oc-plan-legend" aria-label="依据怎么读">{"".join(rows)}</ul>'


# Inputs


def inputs(plan: Plan) -> str:
    """The inputs as a form; a changed one goes to Python by its place, `target` and `budget` by their names."""
    target, budget = plan.brief.target, plan.brief.budget
    unit = target.metric if target else ""
    rows = [
        _input(TARGET, "目标值", _plain(target.value) if target else "", unit, "", "给定" if target else "", ""),
        _input(BUDGET, "预算", _plain(budget) if budget is not None else "", "元", "", _budget_basis(plan), ""),
    ]
    channel: str | None = None
    for at, one in sorted(enumerate(plan.assumptions), key=lambda pair: _order(plan, pair[1])):
        if one.channel != channel:
            channel = one.channel
            title = text(title_of(plan, channel))
            rows.append(f'<tr class="oc-plan-group"><th scope="rowgroup" colspan="5">{title}</th></tr>')
        value = one.value * 100 if one.unit == "%" else one.value
        span = f"{valued(one, one.low).split(' ')[0]}–{valued(one, one.high)}" if one.low != one.high else "—"
        told = f"{one.verdict}。" if one.verdict else ""
        told += f"{one.replace}。" if one.replace else ""
        rows.append(
            _input(
                str(at),
                one.label,
                _plain(value),
                one.unit,
                span,
                _BASIS[one.basis],
                told,
                channel=title_of(plan, channel),
            )
        )
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("项目", "现在的值", "可能的区间", "依据", "到多少会不达标，什么时候换成实测")
    )
    return (
        '<form class="oc-plan-inputs"><p class="oc-dim">'
        "改几个数，按“重算”：改过的当作给定，看结果怎么变。清空一格，就回到假设的值。</p>"
        '<div class="oc-wide" tabindex="0" role="region" aria-label="测算用的数"><table class="oc-table">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        '<button type="submit" class="oc-button oc-plan-again">重算</button></form>'
    )


def _order(plan: Plan, one: Assumption) -> int:
    """Return where an input stands: those for all channels first, then channel by channel."""
    return [*("",), *plan.brief.channels].index(one.channel) if one.channel in ("", *plan.brief.channels) else 99


def _input(key: str, label: str, value: str, unit: str, span: str, basis: str, told: str, channel: str = "") -> str:
    said = f"{channel}，{label}" if channel else label
    field = (
        f'<input name="{key}" value="{text(value)}" inputmode="decimal" autocomplete="off" '
        f'aria-label="{text(said)}（{text(unit)}）">'
    )
    ground = mark(basis) if basis else ""
    return (
        f'<tr><th scope="row">{text(label)}</th><td class="oc-plan-value">{field}<span>{text(unit)}</span></td>'
        f"<td>{text(span)}</td><td>{ground}</td><td>{text(told)}</td></tr>"
    )


def _budget_basis(plan: Plan) -> str:
    return "假设" if plan.brief.budget is None or "budget" in {gap.key for gap in plan.missing} else "给定"


def _plain(value: Decimal) -> str:
    """Return a number as one would type it."""
    return f"{value.quantize(Decimal('0.0001')).normalize():f}"


def changes(inputs: Sequence[Change], outcome: Sequence[Change]) -> str:
    """What was changed, and what that did."""
    if not inputs and not outcome:
        return note("没有改动：每个数都和刚才一样。")
    said = "；".join(f"{one.label} {one.before} → {one.after}" for one in inputs) or "没有改输入"
    if not outcome:
        return note(f"{said}。结果没有变。")
    rows = "".join(
        f'<tr><th scope="row">{text(one.label)}</th><td>{text(one.before)}</td>'
        f"<td><strong>{text(one.after)}</strong></td></tr>"
        for one in outcome
    )
    return (
        f'<div class="oc-note oc-plan-changes" role="status"><p>{text(said)}。结果这样变：</p><div class="oc-wide">'
        '<table class="oc-table"><thead><tr><th scope="col">结果</th><th scope="col">原来</th>'
        f'<th scope="col">现在</th></tr></thead><tbody>{rows}</tbody></table></div></div>'
    )


# Chapters


def body(plan: Plan) -> str:
    """All chapters and appendices, each to be folded."""
    cites = Cites(frozenset(citation.n for citation in plan.citations), Counter())
    titles = {citation.n: place(citation) for citation in plan.citations}
    parts = [(title, body_html(section, cites, {})) for title, section in chapters(plan)]
    for part in appendices(plan):
        if part.cites:
            quotes = "".join(
                f'<li><a class="cite" id="" href="#q{c.n}" aria-label="">[{c.n}]</a> {text(place(c))}：'
                f'“{text(quote(c))}”<span class="oc-dim">（{text(c.source)}）</span></li>'
                for c in part.cites
            )
            parts.append((part.title, f'<ul class="oc-plan-quotes">{quotes}</ul>'))
        elif part.title.endswith(_COPIES):
            parts.append((part.title, "".join(map(_copies, plan.materials))))
        else:
            parts.append((part.title, blocks_html(part.blocks, cites, part.title)))
    folded = "".join(
        f"<details{' open' if n == 0 else ''}><summary>{text(title)}</summary>{_safe(html, titles)}</details>"
        for n, (title, html) in enumerate(parts)
    )
    shown = "".join(f"<div><dt>{text(n)}</dt><dd>{text(v)}</dd></div>" for n, v in facts(plan) if n not in _SHORT)
    return (
        f'<section class="oc-plan oc-plan-body" aria-label="方案正文"><div class="oc-plan-bar"><h2>正文</h2>'
        '<button type="button" class="oc-button" data-fold="open">全部展开</button>'
        '<button type="button" class="oc-button" data-fold="">全部收起</button></div>'
        f'<dl>{shown}</dl>{folded}<p class="oc-dim">{text(how_made(plan))}。</p></section>'
    )


def _safe(html: str, titles: dict[int, str]) -> str:
    """Return escaped HTML of the exports as this page takes it: no braces of templates, citations as chips."""

    def chip(match: re.Match[str]) -> str:
        n = int(match[1])
        return button(str(n), "cite", "oc-chip", f"出处 {n}：{titles.get(n, '')}", n=n)

    return _CITE.sub(chip, html.replace("{", "&#123;").replace("$", "&#36;"))


def _copies(material: Material) -> str:
    texts = "".join(f'<div class="oc-plan-copy">{text(one)}</div>' for one in material.copy)
    return f"<h3>{text(material.title)}：{text(material.what)}</h3>{texts}" if texts else ""


# Charts and sources


def chart_note(figure: dict[str, Any]) -> str:
    """What a chart says in a sentence, and how to read it; its figures stand in the tables of the chapters."""
    meta = figure["layout"]["meta"]
    return f'<p class="oc-dim oc-plan-alt">{text(meta["alt"])}{text(meta["note"])}同样的数在正文的表里。</p>'


def drawer(source: str) -> str:
    """A source beside the plan, to be closed."""
    source = source.replace('id="oc-hit"', 'id="oc-plan-hit"')  # 问答 has the other one
    return f'<aside class="oc-plan-drawer">{button("关闭原文", "close", "oc-button oc-plan-close")}{source}</aside>'
