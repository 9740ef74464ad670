"""The sentences of a plan that a model may word: taken out of the Markdown of its sections, and put back.

What is ours stays out of its hands: a bullet's dash, the name before the colon (注册：), the mark of the ground.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from copilot.checks.citations import is_verbatim
from copilot.checks.plan import unmarked
from copilot.knowledge import read
from copilot.plans import Plan, PlanSection
from copilot.text import fold, sentence_spans

_MARKED = re.compile(r"(?P<text>.*?)(?P<mark>(?:\[\d+\])+|（[^（）]*(?:给定|假设)[^（）]*）)(?P<stop>[。？！])")
_LEAD = re.compile(r"[^：]{1,30}：(?=.)")
_GIVEN = "（给定）"


class Sentence(NamedTuple):
    """A sentence `lead + text + mark + stop`, of which only `text` is open; `line` of the body of section `place`."""

    id: str
    place: int
    line: int
    heading: str
    bullet: str
    lead: str
    text: str
    mark: str
    stop: str
    quote: str  # what its citations say; "" for one that rests on the brief or on assumptions

    def with_text(self, text: str) -> str:
        """Return the line of Markdown with another text."""
        return f"{self.bullet}{self.lead}{text}{self.mark}{self.stop}"


def open_sentences(plan: Plan) -> list[Sentence]:
    """Return the sentences that a model may word, in order, with ids `s1`, `s2` ….

    Not open: tables and headings, the first two lines of the summary (P1), what the user gave or his documents say
    word for word, rules and definitions (`kept` of chat.yaml), and a text that stands in two places: it would be two.
    """
    found = [one for place in range(len(plan.sections)) for one in _of_section(plan, place)]
    times = Counter(one.text for one in found)
    free = [one for one in found if times[one.text] == 1 and not _is_kept(one, plan.sections[one.place].id)]
    return [one._replace(id=f"s{number}") for number, one in enumerate(free, 1)]


def _is_kept(one: Sentence, section: str) -> bool:
    data = read("plan/chat")
    if len(one.text) < data["shortest"] or one.mark == _GIVEN:
        return True
    if one.quote:
        return is_verbatim(fold(one.text), fold(one.quote))
    return section in data["kept"]


def with_texts(plan: Plan, texts: Mapping[str, str], sentences: list[Sentence]) -> Plan:
    """Return the plan with other texts for the sentences whose ids are in `texts`; nothing else changes."""
    sections = list(plan.sections)
    for one in sentences:
        if one.id in texts:
            lines = sections[one.place].body.split("\n")
            lines[one.line] = one.with_text(texts[one.id])
            sections[one.place] = replace(sections[one.place], body="\n".join(lines))
    return replace(plan, sections=tuple(sections))


def _of_section(plan: Plan, place: int) -> list[Sentence]:
    section: PlanSection = plan.sections[place]
    quotes = {citation.n: citation.quote for citation in section.citations}
    found: list[Sentence] = []
    heading, shown = section.title, 0
    for number, line in enumerate(section.body.split("\n")):
        if line.startswith("#"):
            heading = f"{section.title} › {line.lstrip('#').strip()}"
        elif line.strip() and not line.startswith("|"):
            shown += 1
            one = _sentence(line, place, number, heading, quotes)
            if one is not None and not (section.id == "summary" and shown <= 2):
                found.append(one)
    return found


def _sentence(line: str, place: int, number: int, heading: str, quotes: Mapping[int, str]) -> Sentence | None:
    """Return the sentence that a line is, None for a line that is more or less than one marked sentence."""
    bullet = "- " if line.startswith("- ") else ""
    said = line.removeprefix(bullet)
    match = _MARKED.fullmatch(said)
    if match is None or len(sentence_spans(said)) != 1 or unmarked(line):
        return None
    cited = [int(n) for n in re.findall(r"\[(\d+)\]", match["mark"])]
    if any(n not in quotes for n in cited):
        return None
    lead = found[0] if (found := _LEAD.match(match["text"])) else ""
    text = match["text"][len(lead) :]
    quote = "\n".join(quotes[n] for n in cited)
    return Sentence("", place, number, heading, bullet, lead, text, match["mark"], match["stop"], quote)
