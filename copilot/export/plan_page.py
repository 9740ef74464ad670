"""`Plan` → one html page that needs nothing from outside: plotly.js stands in it, and a policy forbids the net.

The policy names the page's two scripts by their digests, so that nothing a user wrote could run even unescaped.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from copilot.arithmetic.returns import money
from copilot.export.plan_charts import budget_figure, funnel_figure, gantt_figure, sensitivity_figure
from copilot.export.plan_page_body import Cites, blocks_html, body_html, inline, mark, table_html, text
from copilot.export.plan_page_style import SCRIPT, STYLE
from copilot.export.plan_parts import (
    LEGEND,
    STATUS,
    Part,
    appendices,
    approver,
    chapters,
    facts,
    how_made,
    place,
    quote,
    reviewers,
)
from copilot.plans import Plan
from copilot.types import Citation
from copilot.writers.rules.plan.lines import measured, number

_FIGURES = {
    "gantt": gantt_figure, "funnel": funnel_figure, "budget": budget_figure, "sensitivity": sensitivity_figure,
}  # fmt: skip
_TITLE = 34  # pixels that a chart's title would take; here it stands above the chart
_BACK = 3  # links from a citation back to where it is cited
_COPIES = "物料文案"
_TILED = ("目标", "预算")  # facts that stand in the tiles


def plan_html(plan: Plan) -> str:
    """Return the page."""
    figures = {name: figure for name, make in _FIGURES.items() if (figure := make(plan)) is not None}
    charts = {name: _chart(name, figure) for name, figure in figures.items()}
    cites = Cites(frozenset(citation.n for citation in plan.citations), Counter())
    parts = [(section.id, title, body_html(section, cites, charts)) for title, section in chapters(plan)]
    parts.append(("sign", "审批", _sign(plan, cites)))
    parts += [(f"part{n}", part.title, _appendix(plan, part, cites)) for n, part in enumerate(appendices(plan), 1)]
    library = _library() if figures else ""
    page = [
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy([library, SCRIPT])}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">',
        '<meta name="generator" content="ops-copilot">',
        f"<title>{text(plan.title)}</title><style>{STYLE}</style></head><body>",
        '<a class="skip" href="#main">跳到正文</a>',
        f'<header><h1>{text(plan.title)}</h1><ul class="tiles">{_tiles(plan)}</ul>',
        f"{_facts(plan, cites)}{_legend()}</header>",
        f'<div class="page">{_contents(parts)}<main id="main" tabindex="-1">',
        *(_section(id, title, body) for id, title, body in parts),
        f'</main></div><footer>{text(how_made(plan))}。</footer><div id="tip" role="tooltip" hidden></div>',
        f"<script>{library}</script>" if library else "",
        f'<script type="application/json" id="figures">{_data(figures)}</script>' if library else "",
        f"<script>{SCRIPT}</script></body></html>\n",
    ]
    return "\n".join(part for part in page if part)


def _section(id: str, title: str, body: str) -> str:
    lead = ' class="lead"' if id == "summary" else ""
    head = f'<h2 id="h-{text(id)}">{text(title)}</h2>'
    return f'<section id="{text(id)}"{lead} aria-labelledby="h-{text(id)}">{head}{body}</section>'


def _contents(parts: Sequence[tuple[str, str, str]]) -> str:
    links = "".join(f'<li><a href="#{text(id)}">{text(title)}</a></li>' for id, title, _ in parts)
    return f'<nav aria-label="目录"><details open><summary>目录</summary><ol>{links}</ol></details></nav>'


# The title block


def _tiles(plan: Plan) -> str:
    asked = {gap.key for gap in plan.missing}
    budget = plan.brief.budget or plan.budget_total
    tiles = [("预算", f"{money(budget)} 元", "假设" if "budget" in asked or not plan.brief.budget else "给定", "")]
    if aim := next((kpi for kpi in plan.targets if not kpi.guard), None):
        unit = "" if aim.unit == "%" else f" {aim.unit}"
        ground = "给定" if aim.basis == "given" else "假设"
        tiles.insert(0, (f"目标：{aim.kpi}", f"{measured(aim.target, aim.unit)}{unit}", ground, ""))
    found = {measure.id: measure for measure in plan.measures if measure.value is not None}
    cost = found.get("cost_per_result")
    if plan.gap is not None:
        unit = cost.unit.partition("/")[2] if cost else ""
        tiles.append(("预计做到", f"{plan.gap.forecast:,} {unit}", "按假设测算", ""))
        if plan.gap.missing:
            tiles.append(("离目标差", f"{plan.gap.missing:,} {unit}", "按假设测算", "bad"))
    for measure in (cost, found.get("roi")):
        if measure is not None and measure.value is not None:
            ground = "按给定计算" if measure.basis == "given" else "按假设测算"
            tiles.append((measure.label, f"{number(measure.value)} {measure.unit}", ground, ""))
    return "".join(
        f"<li{f' class={kind}' if kind else ''}><span>{text(name)}</span><b>{text(value)}</b>{mark(ground)}</li>"
        for name, value, ground, kind in tiles
    )


def _facts(plan: Plan, cites: Cites) -> str:
    rows = [(name, value) for name, value in facts(plan) if name not in _TILED]
    return f"<dl>{''.join(f'<div><dt>{text(n)}</dt><dd>{inline(v, cites)}</dd></div>' for n, v in rows)}</dl>"


def _legend() -> str:
    shown = (f"{'<b>[n]</b>' if words.startswith('[') else mark(words)} {text(told)}" for words, told in LEGEND)
    return f'<ul class="legend" aria-label="依据怎么读">{"".join(f"<li>{one}</li>" for one in shown)}</ul>'


# Behind the sections


def _sign(plan: Plan, cites: Cites) -> str:
    """Return what a manager fills in: the verdict, which lever is chosen, who signs."""
    choice = "　".join(f"□ {lever.label}" for lever in plan.gap.levers) if plan.gap else ""
    owner = dict(facts(plan)).get("负责人", "")
    rows = [
        ("环节", "谁", "意见", "签字", "日期"), ("编制", owner, "", "", ""), ("审核", reviewers(plan), "", "", ""),
        ("批准", approver(plan), "", "", ""),
    ]  # fmt: skip
    told = f"<p>状态：{STATUS}　　结论：□ 同意　□ 修改后同意　□ 不同意</p>"
    told += f"<p>差距怎么补：{text(choice)}</p>" if choice else ""
    return f'{told}<div class="sign">{table_html(rows, cites, "审批")}</div>'


def _appendix(plan: Plan, part: Part, cites: Cites) -> str:
    if part.cites:
        cited = [citation for citation in part.cites if cites.met[citation.n]]
        return f'<ol class="quotes">{"".join(_quoted(citation, cites) for citation in cited)}</ol>'
    return _copies(plan) if part.title.endswith(_COPIES) else blocks_html(part.blocks, cites, part.title)


def _copies(plan: Plan) -> str:
    """Return the copy of the materials with its line breaks, to be taken over as it stands."""
    found = []
    for material in plan.materials:
        if material.copy:
            texts = "".join(
                f'<div class="copy">{"<br>".join(text(row) for row in one.splitlines())}</div>' for one in material.copy
            )
            found.append(f"<h3>{text(material.title)}：{text(material.what)}</h3>{texts}")
    return "".join(found)


def _quoted(citation: Citation, cites: Cites) -> str:
    times = cites.met[citation.n]
    back = "".join(
        f'<a href="#r{citation.n}-{n}" aria-label="回到引用处 {n}">↑{n if times > 1 else ""}</a>'
        for n in range(1, min(times, _BACK) + 1)
    )
    return (
        f'<li id="q{citation.n}" value="{citation.n}"><b>[{citation.n}]</b> {text(place(citation))}：'
        f"“{text(quote(citation))}”<small>（{text(citation.source)}）</small>"
        f"{f'<span class=back>{back}</span>' if back else ''}</li>"
    )


# Charts


def _chart(name: str, figure: dict[str, Any]) -> str:
    layout, meta = figure["layout"], figure["layout"]["meta"]
    told = f"{text(meta['alt'])}下面的表里有同样的数字。"
    return (
        f'<figure><figcaption>{layout["title"]["text"]}</figcaption><div class="plot" tabindex="0">'
        f'<div id="chart-{name}" class="{name}" role="img" aria-label="{told}" '
        f'style="height:{layout["height"] - _TITLE}px"></div></div><p class="note">{text(meta["note"])}</p>'
        "<noscript>没有脚本不显示图，数字都在表里。</noscript></figure>"
    )


def _data(figures: dict[str, dict[str, Any]]) -> str:
    """Return the figures as JSON that ends no script; their titles stand in the page."""
    shown = {}
    for name, figure in figures.items():
        layout = {key: value for key, value in figure["layout"].items() if key not in ("title", "meta")}
        layout["height"] -= _TITLE
        layout["margin"] = layout["margin"] | {"t": layout["margin"]["t"] - _TITLE}
        shown[f"chart-{name}"] = {"data": figure["data"], "layout": layout}
    told = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    return told.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _library() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def _policy(scripts: Sequence[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts if one)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
