"""What the chat model is told for a diagnosis: voice and passages fenced as data, the rules' reading as a start."""

import json
from collections.abc import Sequence

from copilot.diagnosis import SLOTS, Diagnosis
from copilot.knowledge import read
from copilot.prompts import load_prompt
from copilot.types import Passage
from copilot.writers.chat_fence import defused, fenced


def diagnose_messages(
    voice: str, rules: Diagnosis, passages: Sequence[Passage], problems: Sequence[str] = (), before: str = ""
) -> list[tuple[str, str]]:
    """Return the `(role, text)` messages; with `problems`, those of the answer `before`, which is to be repaired."""
    words = read("voice/chat")
    return load_prompt("diagnose").render(
        voice=defused(voice)[: words["shown_voice"]],
        reading=defused(json.dumps(_reading(rules), ensure_ascii=False)),
        passages="\n\n".join(map(fenced, passages)) or words["none"],
        findings=_findings(problems, before) if problems else words["first_draft"],
    )


def _reading(rules: Diagnosis) -> dict[str, object]:
    slots = {slot: span.text if (span := getattr(rules, slot)) else None for slot in SLOTS}
    needs = [need.statement for need in rules.needs]
    judged = {"solves_root": rules.solves_root, "root_reason": rules.root_reason, "next_step": rules.next_step}
    return {"kind": rules.kind, "enough": rules.enough, **slots, "needs": needs, **judged}


def _findings(problems: Sequence[str], before: str) -> str:
    words = read("voice/chat")
    told = [f"- {defused(' '.join(problem.split()))}" for problem in problems[: words["shown_problems"]]]
    answer = f"<<<上次的回答>>>\n{defused(before)[: words['shown_answer']]}\n<<<上次的回答 结束>>>\n" if before else ""
    return answer + "\n".join(told)
