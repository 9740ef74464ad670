"""Existing copy freed of claims that must not be said: the words alone where the clause lives on, else the clause."""

import re
from collections.abc import Callable, Sequence

from copilot.types import Finding
from copilot.writers.rules.copy.clauses import Clause, clauses, joined
from copilot.writers.rules.copy.rework import bundle_of, lost, needs_of

_HAN = re.compile(r"[\u3400-\u9fff]")
_LEFT = 3  # Chinese characters that a clause keeps at least when words are taken out of it


def without_forbidden(
    text: str, forbidden: Callable[[str], Sequence[Finding]]
) -> tuple[str, tuple[tuple[Finding, str], ...]]:
    """Return the text without what `forbidden` finds in it, and each with what went; "" when nothing is left."""
    gone: list[tuple[Finding, str]] = []
    for _ in range(12):
        finding = next((f for f in forbidden(text) if f.end > f.start), None)
        if finding is None:
            break
        found = clauses(text)
        place = next((n for n, clause in enumerate(found) if clause.start <= finding.start < clause.end), None)
        if place is None:
            break
        clause = found[place]
        shorter = _excised(clause, finding) if _is_needed(found, place) else ""
        if shorter and not any(f.end > f.start for f in forbidden(shorter)):
            gone.append((finding, finding.match))
            text = text[: clause.start] + shorter + text[clause.end :]
            continue
        needs = needs_of(found)
        bundle = {clause.unit}
        if clause.why or all(f.unit != clause.unit or f is clause for f in found):
            bundle = bundle_of(
                clause.unit, {u: n for u, n in needs.items() if u not in _promised(found)}, {c.unit for c in found}
            )
        kept = [c.unit not in bundle for c in found]
        gone.append((finding, "，".join(lost(found, kept))))
        text = joined(found, kept)
    return text, tuple(gone)


def _promised(found: Sequence[Clause]) -> set[int]:
    return {clause.unit for clause in found if clause.why}


def _is_needed(found: Sequence[Clause], place: int) -> bool:
    """Something else hangs on the clause: a promise, a figure, a tied clause, or it is all there is."""
    clause = found[place]
    tied = sum(other.unit == clause.unit for other in found) > 1
    plain = [other for other in found if other.role in ("plain", "question")]
    head = not place or found[place - 1].ends
    return bool(clause.why) or tied or len(plain) < 2 or any(c.isdigit() for c in clause.bare) or head


def _excised(clause: Clause, finding: Finding) -> str:
    """The clause without the match and the 的 behind it, "" when what is left is no clause."""
    start, end = finding.start - clause.start, min(finding.end - clause.start, len(clause.text))
    before, after = clause.text[:start], re.sub("^(?:的|地|之)(?!确)", "", clause.text[end:])
    before = (
        re.sub(r"(?:是|都是|就是|真的是|堪称|号称|作为|属于|，|、|的)$", "", before) if not after.strip() else before
    )
    left = (before + after).strip("、，, ")
    if len(_HAN.findall(left)) < _LEFT or re.match(_BROKEN_HEAD, left) or re.search(_BROKEN_TAIL, left):
        return ""
    return "" if re.search(r"[是的比最更很]{2}|的的|[是比最更][的，]", left) else left


_BROKEN_HEAD = r"(?:了|着|过|的|地|得|和|与|及|或|吗|呢|吧|等|、)"
_BROKEN_TAIL = r"(?:的|地|得|和|与|及|或|比|把|被|是|为|最|更|在|让|有|能|会|就|都|也|不|没|无|零|之)$"
