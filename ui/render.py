"""Records → HTML: pure functions. Everything that a user, a document or a model wrote goes through `text`.

What can be clicked is a <button data-act="…">: `ui.events.CLICKS` tells Python its data- attributes.
"""

import html
from collections.abc import Iterable, Sequence

from copilot.settings import Settings
from copilot.text.visible import visible
from copilot.types import Finding, Level

LEVELS: dict[Level, str] = {"ban": "不能用", "evidence": "要有证据", "caution": "留意"}


def text(value: object) -> str:
    """Return `value` as text inside or between tags; `{` and `$` too, which Gradio's templates could read."""
    return html.escape(visible(str(value)), quote=True).replace("{", "&#123;").replace("$", "&#36;")


def header(settings: Settings) -> str:
    """The line above the tabs: what this is, and who writes."""
    writer = f"写作：{settings.model}" if settings.model else "写作：规则（不用模型，不联网）"
    return f'<header class="oc-header"><h1>运营助手</h1><p>{text(writer)}</p></header>'


def note(message: str, kind: str = "info") -> str:
    """One line about what happened; `kind` is info, good, warn or bad."""
    return f'<p class="oc-note oc-{text(kind)}" role="status">{text(message)}</p>' if message else ""


def empty(message: str, *hints: str) -> str:
    """What an empty place says: what to do."""
    listed = "".join(f"<li>{text(hint)}</li>" for hint in hints)
    return f'<div class="oc-empty"><p>{text(message)}</p>{f"<ul>{listed}</ul>" if hints else ""}</div>'


def working(what: str, done: int = 0, total: int = 0) -> str:
    """What is being done, with a bar when it is known how much there is."""
    bar = (
        f'<progress max="{total}" value="{done}" aria-label="{text(what)}"></progress> {done}/{total}' if total else ""
    )
    return f'<p class="oc-note oc-working" role="status">{text(what)} {bar}</p>'


def button(label: str, act: str, css: str = "oc-link", name: str = "", **data: object) -> str:
    """A button that tells `act` and `data` to Python; `name` is what a screen reader says, if not the label."""
    attributes = "".join(f' data-{key.replace("_", "-")}="{text(value)}"' for key, value in data.items())
    said = f' aria-label="{text(name)}"' if name else ""
    return f'<button type="button" class="{css}" data-act="{text(act)}"{attributes}{said}>{text(label)}</button>'


def table(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str) -> str:
    """A table of text that scrolls within itself."""
    heads = "".join(f'<th scope="col">{text(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="oc-wide" tabindex="0" role="region" aria-label="{text(caption)}">'
        f'<table class="oc-table"><caption>{text(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def marked(whole: str, findings: Sequence[Finding]) -> str:
    """A text with its findings marked; where two overlap the first and longer one wins."""
    found, at = [], 0
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if finding.start < at or finding.end <= finding.start or finding.end > len(whole):
            continue
        found.append(text(whole[at : finding.start]))
        found.append(
            f'<mark class="oc-{finding.level}" title="{text(finding.advice)}">'
            f"{text(whole[finding.start : finding.end])}</mark>"
        )
        at = finding.end
    return "".join(found) + text(whole[at:])


def findings(listed: Sequence[Finding]) -> str:
    """Findings one by one: level, words, article, what to do."""
    if not listed:
        return ""
    items = "".join(
        f'<li class="oc-finding oc-{f.level}"><strong>{LEVELS[f.level]}</strong> '
        f"{f'“{text(f.match)}” ' if f.match else ''}"
        f'<span class="oc-law">{text(f.law)}</span> <span class="oc-advice">{text(f.advice)}</span></li>'
        for f in listed
    )
    return f'<ul class="oc-findings">{items}</ul>'
