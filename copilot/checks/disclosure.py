"""What a text must say and does not: gift details, prize rules, opt-out, notices of an industry."""

from copilot.checks.adlaw_rules import Absence, Pack, pack
from copilot.checks.adlaw_view import View
from copilot.types import Finding


def missing_disclosures(seen: View, text: str, field: str, names: tuple[str, ...], platform: str) -> list[Finding]:
    """Return one finding for each disclosure that the text calls for and lacks, at the words that call for it."""
    found = []
    for name in names:
        for absence in _called(pack(name), seen.text):
            if not _reaches(absence, platform) or not absence.rule.unless.isdisjoint(names):
                continue
            if (finding := _missing(absence, seen, text, field)) is not None:
                found.append(finding)
    return found


def _called(rules: Pack, here: str) -> list[Absence]:
    """Return in their order the disclosures that a literal of the text calls for, and those called for by any text."""
    places = set(rules.called.held(here))
    return [each for place, each in enumerate(rules.absences) if place in places or not each.anchors]


def _reaches(absence: Absence, platform: str) -> bool:
    """Tell whether a disclosure is asked for on a platform: on those it names, on all but those with a minus."""
    wanted = {name for name in absence.platforms if name[0] != "-"}
    return f"-{platform}" not in absence.platforms and (not wanted or (platform or "none") in wanted)


def _missing(absence: Absence, seen: View, text: str, field: str) -> Finding | None:
    here = seen.text
    match = absence.when.regex.search(here)
    if match is None:
        return None
    lacking = [need.name for need in absence.needs if not need.pattern.regex.search(here)]
    if not lacking:
        return None
    start, end = seen.span(*match.span()) if match.end() > match.start() else (0, 0)
    rule = absence.rule
    if any(all(p.regex.search(here) for _, p in each.scopes) for each in rule.exemptions):
        return None
    advice = f"{rule.why}没有写：{'、'.join(lacking)}。{rule.advice}"
    return Finding(rule.id, rule.category, rule.level, field, start, end, text[start:end], rule.law, advice)
