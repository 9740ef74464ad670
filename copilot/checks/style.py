"""The writing rules C1–C10 and clean form, over one variant (`style_findings`) and over a set (`set_findings`)."""

from collections.abc import Mapping, Sequence
from functools import cache

from copilot.briefs import AdBrief
from copilot.checks import style_brief, style_language
from copilot.checks.diversity import masked, self_bleu, set_findings
from copilot.checks.grounding import witnesses
from copilot.checks.known import Known, known
from copilot.checks.pieces import Piece, pieces, style_finding
from copilot.checks.quantities import readable
from copilot.knowledge import read
from copilot.types import Finding

__all__ = ["masked", "self_bleu", "set_findings", "style_findings"]


def style_findings(fields: Mapping[str, str | Sequence[str]], brief: AdBrief, platform: str) -> list[Finding]:
    """Return what one variant does against the writing rules; an entry of a list is named `headlines[0]`.

    Which rules a channel or a field is exempt from stands in `style.yaml`.
    """
    family = "push" if platform.startswith("push") else platform
    exempt, exempt_fields = _exempt(family)
    everything = pieces(fields)
    parts = [piece for piece in everything if piece.name not in exempt_fields]
    holds = known(brief)
    found: list[Finding] = []
    for piece in everything:
        found += style_language.form(piece, brief.variables, holds.everything, "marks" not in exempt)
    names = readable("\n".join([brief.product, brief.brand, *brief.keywords]))
    for piece in parts:
        found += style_language.grammar(piece) + style_language.worn(piece, names) + _witnessed(piece, holds)
        if "C6" not in exempt:
            found += style_language.asked(piece)
    rules = {
        "C2": style_brief.swap,
        "C3": style_brief.one_angle,
        "C4": style_brief.whole_figures,
        "C5": style_brief.offer_told,
        "C6": style_brief.pains,
        "C9": style_brief.limits_kept,
    }
    for rule, check in rules.items():
        if rule not in exempt and parts:
            found += check(parts, holds)
    if "C7" not in exempt and family in read("style")["breath"] and parts:
        found += style_language.breath(parts)
    if "C10" not in exempt:
        found += style_brief.calls(parts, holds, family)
    order = {piece.field: number for number, piece in enumerate(everything)}
    return sorted(found, key=lambda finding: (order[finding.field], finding.start, finding.rule))


@cache
def _exempt(platform: str) -> tuple[frozenset[str], frozenset[str]]:
    data = read("style")
    return frozenset(data["exempt"].get(platform, ())), frozenset(data["exempt_fields"])


def _witnessed(piece: Piece, holds: Known) -> list[Finding]:
    """C8: experiences that nobody reported."""
    advice = "没有人说过这段经历：有真实反馈就写进 facts，没有就删掉。"
    return [style_finding("C8", piece, *span, advice) for span in witnesses(piece.plain, holds.sources)]
