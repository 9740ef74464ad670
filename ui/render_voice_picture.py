"""The picture of a diagnosis: the Y of voice, goal, motive and solution, and the voice with its slots marked → HTML."""

from itertools import pairwise
from typing import NamedTuple

from copilot.checks.voice import option_role
from copilot.diagnosis import SLOTS, Diagnosis, Span
from copilot.knowledge import read
from ui.render import text

_SHORT = 60  # characters of a voice that stand in the picture
_BASIS = {"quoted": "原话", "assumed": "假设"}


class Node(NamedTuple):
    """A field of the picture: its name, what stands there, and whether that is quoted or assumed ("" for neither)."""

    name: str
    said: str
    basis: str


def basis(basis: str) -> str:
    """原话 or 假设, as a mark behind what is said."""
    return f'<span class="oc-diagnose-basis oc-diagnose-{basis}">{_BASIS[basis]}</span>' if basis else ""


def nodes(d: Diagnosis) -> list[Node]:
    """Return the four fields: voice, goal, motive, solution."""
    story, why = d.job_story, d.whys[-1] if d.whys else None
    asked = d.requested or d.pain
    voice = Node("用户呼声", asked.text if asked else _short(d.voice), "quoted")
    if d.goal:
        goal = Node("用户目标", d.goal.text, "quoted")
    elif story:
        goal = Node("用户目标", story.motivation, "assumed")
    else:
        goal = Node("用户目标", d.needs[0].statement if d.needs else "", "assumed" if d.needs else "")
    if d.consequence:
        motive = Node("背后动机", d.consequence.text, "quoted")
    elif story:
        motive = Node("背后动机", story.outcome, "assumed")
    else:
        motive = Node("背后动机", why.text if why else "", why.basis if why else "")
    best = next((option for option in d.options if option_role(option) != "nothing"), None)
    return [voice, goal, motive, Node("产品方案", best.idea if best else "", "assumed" if best else "")]


def picture(d: Diagnosis) -> str:
    """The Y: from the voice down to goal and motive, from there up to the solution; one below the other on a phone."""
    four = nodes(d)
    told = "；".join(f"{n.name}：{n.said or '原话没有说到'}{f'（{_BASIS[n.basis]}）' if n.basis else ''}" for n in four)
    spots = ("voice", "goal", "motive", "plan")
    boxes = [_node(number, spot, node) for number, (spot, node) in enumerate(zip(spots, four, strict=True), 1)]
    arms = (
        '<svg class="oc-diagnose-arms" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        '<path d="M22 0 L46 100 M54 100 L78 0"/></svg>'
    )
    hints = '<span class="oc-diagnose-why">问为什么</span><span class="oc-diagnose-how">回头想办法</span>'
    stem = '<span class="oc-diagnose-stem">再问为什么</span>'
    return (
        '<figure class="oc-diagnose-y">'
        f'<div class="oc-diagnose-grid" role="img" aria-label="需求的 Y 图。{text(told)}">'
        f"{boxes[0]}{arms}{hints}{boxes[1]}{stem}{boxes[2]}{boxes[3]}</div>"
        '<figcaption class="oc-dim">从用户的话往下问为什么，问到动机再往上想办法。标“假设”的要验证。</figcaption>'
        "</figure>"
    )


def _node(number: int, spot: str, node: Node) -> str:
    said = f"“{text(node.said)}”" if node.basis == "quoted" else text(node.said) or "原话没有说到，要追问"
    return (
        f'<div class="oc-diagnose-node oc-diagnose-{spot}"><p class="oc-diagnose-name"><b>{number}</b> {node.name} '
        f'{basis(node.basis)}</p><p class="oc-diagnose-said">{said}</p></div>'
    )


def _short(voice: str) -> str:
    line = " ".join(voice.split())
    return line if len(line) <= _SHORT else f"{line[:_SHORT]}…"


def marked_voice(d: Diagnosis) -> str:
    """The voice with its slots marked, also where one lies within another."""
    names: dict[str, str] = read("voice/report")["slots"]
    spans: list[tuple[str, str, Span]] = [(names[s], s, span) for s in SLOTS if (span := getattr(d, s))]
    cuts = sorted({0, len(d.voice), *(at for _, _, span in spans for at in (span.start, span.end))})
    shown = []
    for start, end in pairwise(cuts):
        piece = text(d.voice[start:end])
        over = [(name, slot) for name, slot, span in spans if span.start <= start and end <= span.end]
        if not over:
            shown.append(piece)
            continue
        begun = [name for name, _, span in spans if span.start == start]
        label = f'<span class="oc-diagnose-slot-name">{text("、".join(begun))}</span>' if begun else ""
        title = "、".join(name for name, _ in over)
        shown.append(
            f'<mark class="oc-diagnose-slot oc-diagnose-slot-{over[-1][1]}" title="{title}">{label}{piece}</mark>'
        )
    return "".join(shown)
